// SPDX-License-Identifier: GPL-2.0
/* A reader of /dev/procmon of one's own: when each process ended, and how. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "variants/handler/record.h"

/* Behind a record may be members that this does not know. */
#define for_each_record(rec)						\
	for (rec = (void *)buf; (char *)buf + n - (char *)rec >= (ssize_t)sizeof(*rec); \
	     rec = (void *)((char *)rec + rec->size))

int main(int argc, char **argv)
{
	static __u64 buf[65536];
	static struct procmon_clock pairs[64];	/* the last ones */
	const struct procmon_record *rec;
	unsigned int n_pairs = 0;
	ssize_t n;
	int fd = open(argc > 1 ? argv[1] : PROCMON_DEVICE, O_RDONLY);

	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0) {
		for_each_record(rec) {
			if (rec->version != PROCMON_RECORD_VERSION || rec->size < sizeof(*rec))
				errx(1, "records of another version");
			if (rec->info & PROCMON_INFO_CLOCK)
				memcpy(&pairs[n_pairs++ % 64], rec, sizeof(*pairs));
		}
		for_each_record(rec) {
			__s64 when;
			__u64 boot_ns;

			if (rec->info & PROCMON_INFO_CLOCK)
				continue;
			boot_ns = procmon_record_time(rec, pairs, n_pairs < 64 ? n_pairs : 64, &when);
			printf("%lld.%09lld pid %d tid %d status %d%s signal %d age_us %lld, dropped %u on CPU %u\n",
			       when / 1000000000, when % 1000000000, rec->tgid, rec->tid, procmon_record_exit_status(rec),
			       procmon_record_known(rec) ? "" : " (unknown)", procmon_record_signal(rec),
			       (__s64)(boot_ns - rec->start_ns) / 1000, rec->dropped, rec->cpu);
		}
		fflush(stdout);
	}
	if (fd < 0 || n < 0)
		err(1, "%s", argc > 1 ? argv[1] : PROCMON_DEVICE);
	return 0;
}
