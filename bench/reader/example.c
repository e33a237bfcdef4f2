// SPDX-License-Identifier: GPL-2.0
/* A reader of /dev/procmon of one's own: when each process ended, and how. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "variants/handler/record.h"

int main(int argc, char **argv)
{
	static struct procmon_record recs[4096];
	static struct procmon_clock pairs[64];	/* the last ones */
	unsigned int n_pairs = 0;
	ssize_t n, i;
	int fd = open(argc > 1 ? argv[1] : PROCMON_DEVICE, O_RDONLY);

	while (fd >= 0 && (n = read(fd, recs, sizeof(recs))) > 0) {
		n /= sizeof(*recs);
		for (i = 0; i < n; i++) {
			if (recs[i].version != PROCMON_RECORD_VERSION || recs[i].size != sizeof(*recs))
				errx(1, "records of another version");
			if (recs[i].info & PROCMON_INFO_CLOCK)
				memcpy(&pairs[n_pairs++ % 64], &recs[i], sizeof(*pairs));
		}
		for (i = 0; i < n; i++) {
			__s64 when;
			__u64 boot_ns;

			if (recs[i].info & PROCMON_INFO_CLOCK)
				continue;
			boot_ns = procmon_record_time(&recs[i], pairs, n_pairs < 64 ? n_pairs : 64, &when);
			printf("%lld.%09lld pid %d tid %d status %d%s signal %d age_us %lld, dropped %u on CPU %u\n",
			       when / 1000000000, when % 1000000000, recs[i].tgid, recs[i].tid,
			       procmon_record_exit_status(&recs[i]),
			       procmon_record_known(&recs[i]) ? "" : " (unknown)",
			       procmon_record_signal(&recs[i]),
			       (__s64)(boot_ns - recs[i].start_ns) / 1000, recs[i].dropped, recs[i].cpu);
		}
		fflush(stdout);
	}
	if (fd < 0 || n < 0)
		err(1, "%s", argc > 1 ? argv[1] : PROCMON_DEVICE);
	return 0;
}
