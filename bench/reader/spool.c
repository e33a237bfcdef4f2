// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "reader/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"
#include "reader/balance.h"
#include "reader/intake.h"

/* As much as the buffers of 16 CPUs hold: a read(2) and a write(2) more cost little. */
#define SPOOL_BYTES	(16 * 8192 * sizeof(struct procmon_record))

static struct {
	int fd;
	const char *name;
	char *buf;
	bool failed;
	uint64_t saved;		/* exits */
} out;

/* Return how many of the bytes are in the file, or are lost in a pipe. */
static size_t write_out(const char *p, size_t len)
{
	size_t done = 0;

	while (done < len && !out.failed) {
		ssize_t n = write(out.fd, p + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			fprintf(stderr, "procmon: cannot write %s: %s\n", out.name,
				strerror(errno));
			out.failed = true;
			break;
		}
		done += (size_t)n;
	}
	return done;
}

/* Count what was read; @written bytes of it are in the file. */
static void count(const struct source *src, size_t len, size_t written)
{
	size_t whole = 0;
	size_t at = 0;

	while (at < len) {
		const struct procmon_record *rec = (const struct procmon_record *)(out.buf + at);

		if (rec->version != PROCMON_RECORD_VERSION || rec->size != sizeof(*rec)) {
			char *fault = intake_fault(rec);

			if (fault)
				die("%s: %s", src->name, fault);
		}
		at += rec->size;
		if (at <= written)
			whole = at;
		if (rec->info & PROCMON_INFO_CLOCK)
			continue;
		balance_record(rec);
		out.saved += at <= written;
	}
	/* a part of a record would only be in the way; of a pipe it cannot be taken back */
	if (written > whole) {
		off_t end = lseek(out.fd, 0, SEEK_CUR);

		if (end < 0 || ftruncate(out.fd, end - (off_t)(written - whole)))
			fprintf(stderr, "procmon: %s ends in the middle of a record\n", out.name);
	}
}

static void read_once(struct source *src)
{
	size_t n = source_read(src, out.buf, SPOOL_BYTES);

	if (n)
		count(src, n, write_out(out.buf, n));
}

bool spool(struct source *src, const char *file, uint64_t *saved)
{
	out.name = file;
	out.fd = STDOUT_FILENO;
	if (strcmp(file, "-")) {
		/* who may not see the exits may not see the file */
		out.fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (out.fd < 0)
			die("%s: %s", file, strerror(errno));
	} else {
		out.name = "standard output";
	}
	out.buf = xrealloc(NULL, SPOOL_BYTES, 1);
	while (!out.failed && source_wait(src, out.fd))
		read_once(src);
	source_stop(src);
	while (!src->ended)
		read_once(src);
	if (out.fd != STDOUT_FILENO && close(out.fd) && !out.failed) {
		fprintf(stderr, "procmon: cannot write %s: %s\n", out.name, strerror(errno));
		out.failed = true;
	}
	*saved = out.saved;
	return !out.failed;
}
