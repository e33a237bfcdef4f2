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
 * So much is held at most while no clock record comes. Whoever read the stream may
 * have had a larger buffer than ours.
 */
#define HELD_BYTES	(64 * READ_BYTES)

/* A stretch of exits that are in the order of time. */
struct intake_run {
	const struct exit *at, *end;
};

/* Give what is not done yet a place of @size bytes, which may be the old one. */
static void move_to(struct intake *in, char *to, size_t size)
{
	ptrdiff_t by = to - (in->buf + in->done);
	size_t i;

	in->len -= in->done;
	in->seen -= in->done;
	memmove(to, in->buf + in->done, in->len);
	for (i = 0; i < in->n; i++)
		in->exits[i].rec = (const void *)((const char *)in->exits[i].rec + by);
	in->done = 0;
	in->buf = to;
	in->size = size;
}

static void grow(struct intake *in)
{
	size_t size = in->size + READ_BYTES;
	size_t n = size / sizeof(struct procmon_record);
	char *old = in->buf;

	move_to(in, xrealloc(NULL, size, 1), size);
	free(old);
	in->exits = xrealloc(in->exits, n, sizeof(*in->exits));
	in->order = xrealloc(in->order, n, sizeof(*in->order));
	in->runs = xrealloc(in->runs, n, sizeof(*in->runs));
}

char *intake_room(struct intake *in, size_t *room)
{
	if (in->size - in->len < ROOM_LEAST && in->done)
		move_to(in, in->buf, in->size);
	if (in->size - in->len < ROOM_LEAST)
		grow(in);
	*room = in->size - in->len;
	return in->buf + in->len;
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

/* What is of the same time keeps its order, which is that in the buffer. */
static bool is_before(const struct intake_run *a, const struct intake_run *b)
{
	if (a->at->boot_ns != b->at->boot_ns)
		return a->at->boot_ns < b->at->boot_ns;
	return a->at < b->at;
}

/* Below the place @i a heap is in order: put there what is in it. */
static void sift_down(struct intake_run *heap, size_t n, size_t i)
{
	struct intake_run run = heap[i];
	size_t child;

	while ((child = 2 * i + 1) < n) {
		if (child + 1 < n && is_before(&heap[child + 1], &heap[child]))
			child++;
		if (!is_before(&heap[child], &run))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = run;
}

/* The records of a CPU are in order, so there are few runs. */
static void merge(struct intake *in, size_t n_runs)
{
	struct intake_run *heap = in->runs;
	size_t i;

	for (i = n_runs / 2; i-- > 0; )
		sift_down(heap, n_runs, i);
	for (i = 0; i < in->n; i++) {
		in->order[i] = heap->at++;
		if (heap->at == heap->end)
			*heap = heap[--n_runs];
		sift_down(heap, n_runs, 0);
	}
}

/*
 * All that wait have a clock record behind them, or will never have one. Return a
 * fault or NULL.
 */
static char *show_waiting(struct intake *in)
{
	const struct exit *end = in->exits + in->n;
	char *fault = NULL;
	size_t n_runs = 0;
	struct exit *e;
	size_t i;

	balance_batch();
	for (e = in->exits; e < end; e++) {
		if (!timeline_convert(e)) {
			fault = xasprintf("damaged: a record of clock %u, of which there is no clock record",
					  e->rec->clock);
			in->n = (size_t)(e - in->exits);
			break;
		}
		if (e == in->exits || e->boot_ns < e[-1].boot_ns)
			in->runs[n_runs++].at = e;
		in->runs[n_runs - 1].end = e + 1;
	}
	if (in->in_order && n_runs > 1)
		merge(in, n_runs);
	else
		for (i = 0; i < in->n; i++)
			in->order[i] = &in->exits[i];
	if (in->n)
		in->show(in->order, in->n);
	in->n = 0;
	in->done = in->seen;
	return fault;
}

/* Return why the next record cannot be read, or NULL if it is not there yet. */
static char *look(struct intake *in)
{
	const size_t head = offsetof(struct procmon_record, info);
	char *fault;

	while (in->len - in->seen >= head) {
		const struct procmon_record *rec =
			(const struct procmon_record *)(in->buf + in->seen);

		if (rec->version != PROCMON_RECORD_VERSION || rec->size != sizeof(*rec)) {
			fault = intake_fault(rec);
			if (fault)
				return fault;
		}
		if (in->len - in->seen < rec->size)
			break;
		in->seen += rec->size;
		if (rec->info & PROCMON_INFO_CLOCK) {
			timeline_add((const struct procmon_clock *)rec);
			fault = show_waiting(in);
			if (fault)
				return fault;
			continue;
		}
		balance_record(rec);
		if (!in->wants || in->wants(rec))
			in->exits[in->n++].rec = rec;
	}
	return NULL;
}

char *intake_take(struct intake *in, size_t len)
{
	char *fault, *last = NULL;

	in->len += len;
	fault = look(in);
	if (fault || !len || in->seen - in->done >= HELD_BYTES)
		last = show_waiting(in);
	if (in->done == in->len)
		in->done = in->seen = in->len = 0;
	return fault ? fault : last;
}
