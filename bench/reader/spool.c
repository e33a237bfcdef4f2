// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "reader/spool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"
#include "reader/balance.h"
#include "reader/intake.h"
#include "reader/output.h"

/* As much as the buffers of 16 CPUs hold: a read(2) and a write(2) more cost little. */
#define SPOOL_BYTES	(16 * 8192 * sizeof(struct procmon_record))

static struct {
	uint64_t saved;		/* exits */
	char *buf;
	size_t rest;		/* bytes there of a record that is not all there yet */
} out;

/* A part of a record would only be in the way. */
static void take_back(size_t bytes)
{
	off_t end = lseek(output_fd(), 0, SEEK_CUR);

	/* of a pipe it cannot be taken back */
	if (end < 0 || ftruncate(output_fd(), end - (off_t)bytes))
		fprintf(stderr, "procmon: %s ends in the middle of a record\n", output_name());
}

/* It failed when only so many bytes of the buffer were in the file. */
static void cut_file(size_t written)
{
	const struct procmon_record *rec;
	size_t at;

	for (at = 0; written - at >= sizeof(*rec); at += rec->size) {
		rec = (const struct procmon_record *)(out.buf + at);
		if (written - at < rec->size)
			break;
		out.saved += !(rec->info & PROCMON_INFO_CLOCK);
	}
	if (at < written)
		take_back(written - at);
}

/* Check what is in the buffer, and keep what is not a whole record. */
static uint64_t count(const struct source *src, size_t len)
{
	const char *const end = out.buf + len;
	const char *at = out.buf;
	const struct procmon_record *rec;
	uint64_t n = 0;
	char *fault;

	for (; end - at >= (ptrdiff_t)sizeof(*rec); at += rec->size) {
		rec = (const struct procmon_record *)at;
		if (rec->version != PROCMON_RECORD_VERSION || rec->size != sizeof(*rec)) {
			fault = intake_fault(rec);
			if (fault)
				die("%s: %s", src->name, fault);
			if (end - at < rec->size)
				break;
		}
		if (rec->info & PROCMON_INFO_CLOCK)
			continue;
		balance_record(rec);
		n++;
	}
	out.rest = (size_t)(end - at);
	memmove(out.buf, at, out.rest);
	return n;
}

static void read_once(struct source *src)
{
	char *to = out.buf + out.rest;
	size_t n = source_read(src, to, SPOOL_BYTES - out.rest);
	bool failed = output_failed();
	size_t written = out.rest + output_write(to, n);
	uint64_t exits;

	if (!n)
		return;
	if (output_failed() && !failed)
		cut_file(written);
	exits = count(src, out.rest + n);
	balance_batch();
	if (!output_failed())
		out.saved += exits;
}

void spool(struct source *src, uint64_t *saved)
{
	out.buf = xrealloc(NULL, SPOOL_BYTES, 1);
	while (!output_failed() && source_wait(src) == SOURCE_DATA)
		read_once(src);
	if (src->live) {
		source_stop(src);
		while (!src->ended)
			read_once(src);
	}
	if (src->ended && out.rest)
		balance_cut(src->name, out.rest);
	*saved = out.saved;
}
