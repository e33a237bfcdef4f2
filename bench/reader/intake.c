// SPDX-License-Identifier: GPL-2.0
#include "reader/intake.h"

#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "reader/balance.h"
#include "reader/timeline.h"

/* What one read(2) takes at most: as many records as a CPU's buffer holds. */
#define READ_BYTES	(8192 * sizeof(struct procmon_record))

#define ROOM_LEAST	65536

/*
 * So many exits wait at most while no clock record comes. Whoever read the stream may
 * have had a larger buffer than ours.
 */
#define WAIT_MOST	(64 * 8192)

/* A record that is not all there is the only thing that must move. */
static void next_buf(struct intake *in)
{
	const char *rest = in->n_bufs ? in->bufs[in->current] + in->seen : NULL;

	in->len -= in->seen;
	in->seen = 0;
	if (in->n_bufs)
		in->current++;
	if (in->current == in->n_bufs)
		*APPEND(in->bufs, in->n_bufs) = xrealloc(NULL, READ_BYTES, 1);
	if (in->len)
		memcpy(in->bufs[in->current], rest, in->len);
}

char *intake_room(struct intake *in, size_t *room)
{
	if (!in->n_bufs || READ_BYTES - in->len < ROOM_LEAST)
		next_buf(in);
	*room = READ_BYTES - in->len;
	if (in->room - in->n < READ_BYTES / sizeof(struct procmon_record)) {
		in->room = 2 * in->room + READ_BYTES / sizeof(struct procmon_record);
		in->exits = xrealloc(in->exits, in->room, sizeof(*in->exits));
		in->other = xrealloc(in->other, in->room, sizeof(*in->other));
		in->ends = xrealloc(in->ends, in->room + 1, sizeof(*in->ends));
	}
	return in->bufs[in->current] + in->len;
}

char *intake_fault(const struct procmon_record *rec)
{
	const char *why = "a stream is read by the program that was built with its module";

	if (rec->version != PROCMON_RECORD_VERSION) {
		/* every version had records of this size or more */
		if (rec->size < sizeof(*rec) || rec->size % 8 || rec->size > 4096)
			return xasprintf("not a stream of procmon, or damaged");
		return xasprintf("a record of version %u, but this program knows version %u: %s",
				 rec->version, PROCMON_RECORD_VERSION, why);
	}
	/* a bigger one has members that we do not know, behind those that we do */
	if (rec->size < sizeof(*rec) || rec->size % 8)
		return xasprintf("a record of %u bytes, but those of version %u have %zu: %s",
				 rec->size, PROCMON_RECORD_VERSION, sizeof(*rec), why);
	return NULL;
}

/* Two stretches to one; what is of the same time keeps its order. */
static struct exit *merge(struct exit *to, const struct exit *a, const struct exit *a_end,
			  const struct exit *b, const struct exit *b_end)
{
	while (b < b_end) {
		if (b->boot_ns < a->boot_ns) {
			*to++ = *b++;
			continue;
		}
		*to++ = *a++;
		if (a == a_end)
			break;
	}
	while (a < a_end)
		*to++ = *a++;
	while (b < b_end)
		*to++ = *b++;
	return to;
}

/* The records of a CPU are in order, so there are few stretches: merge them in pairs. */
static void sort(struct intake *in, size_t n_ends)
{
	size_t *const ends = in->ends;
	size_t from, i, n;

	while (n_ends > 1) {
		struct exit *to = in->other;
		const struct exit *e = in->exits;

		from = 0;
		n = 0;
		for (i = 0; i < n_ends; i += 2) {
			size_t last = i + 1 < n_ends ? ends[i + 1] : ends[i];

			to = merge(to, e + from, e + ends[i], e + ends[i], e + last);
			from = last;
			ends[n++] = last;
		}
		n_ends = n;
		to = in->other;
		in->other = in->exits;
		in->exits = to;
	}
}

/*
 * All that wait have a clock record behind them, or will never have one. Return a
 * fault or NULL.
 */
static char *show_waiting(struct intake *in)
{
	struct exit *const end = in->exits + in->n;
	size_t *run_end = in->ends;
	char *fault = NULL;
	uint64_t last = 0;
	struct exit *e;
	char *current;

	balance_batch();
	for (e = in->exits; e < end; e++) {
		if (!timeline_convert(e)) {
			fault = xasprintf("damaged: a record of clock %u, of which there is no clock record",
					  e->rec->clock);
			break;
		}
		if (e->boot_ns < last)
			*run_end++ = (size_t)(e - in->exits);
		last = e->boot_ns;
	}
	in->n = (size_t)(e - in->exits);
	*run_end++ = in->n;
	if (in->in_order)
		sort(in, (size_t)(run_end - in->ends));
	if (in->n)
		in->show(in->exits, in->n);

	/* nothing waits in the other buffers any more */
	in->n = 0;
	current = in->bufs[in->current];
	in->bufs[in->current] = in->bufs[0];
	in->bufs[0] = current;
	in->current = 0;
	return fault;
}

/*
 * Look at what is there of the current buffer. Return why the next record cannot be
 * read, or NULL if it is not there yet.
 */
static inline char *look(struct intake *in, bool (*wants)(const struct procmon_record *rec))
{
	char *at = in->bufs[in->current] + in->seen;
	char *const end = in->bufs[in->current] + in->len;
	struct exit *e = in->exits + in->n;
	struct procmon_record *rec;
	char *fault = NULL;

	for (; end - at >= (ptrdiff_t)sizeof(*rec); at += rec->size) {
		rec = (struct procmon_record *)at;
		if (rec->version != PROCMON_RECORD_VERSION || rec->size != sizeof(*rec)) {
			fault = intake_fault(rec);
			if (fault || end - at < rec->size)
				break;
		}
		if (rec->info & PROCMON_INFO_CLOCK) {
			timeline_add((const struct procmon_clock *)rec);
			in->n = (size_t)(e - in->exits);
			fault = show_waiting(in);
			if (fault)
				break;
			e = in->exits;
			continue;
		}
		balance_record(rec);
		e->rec = rec;
		e += !wants || wants(rec);
	}
	/* a file of something else may be shorter than a record */
	if (!fault && end - at >= (ptrdiff_t)offsetof(struct procmon_record, info))
		fault = intake_fault((const struct procmon_record *)at);
	in->n = (size_t)(e - in->exits);
	in->seen = (size_t)(at - (end - in->len));
	return fault;
}

char *intake_take(struct intake *in, size_t len)
{
	char *fault, *last = NULL;

	if (!in->n_bufs)
		return NULL;
	in->len += len;
	fault = in->wants ? look(in, in->wants) : look(in, NULL);
	if (fault || !len || in->n >= WAIT_MOST)
		last = show_waiting(in);
	if (!in->n && in->seen == in->len)
		in->seen = in->len = 0;
	return fault ? fault : last;
}
