/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the counter that the records have to the time, by the clock records of the
 * stream: a line between each two of them.
 */
#ifndef BENCH_TIMELINE_H
#define BENCH_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "reader/exit.h"

/** TIMELINE_SHIFT - a rate is in ns a tick times 2^this: exact to 1 ns in 78 hours */
#define TIMELINE_SHIFT	48

/**
 * struct timeline_span - a stretch of a clock's counter
 * @from: where it begins
 * @ticks: so long it is
 * @boot_ns: CLOCK_BOOTTIME at its beginning
 * @offset_ns: CLOCK_REALTIME less CLOCK_BOOTTIME, all over it
 * @rate: see TIMELINE_SHIFT
 * @clock: of which clock
 */
struct timeline_span {
	uint64_t from, ticks;
	uint64_t boot_ns;
	int64_t offset_ns;
	uint64_t rate;
	uint16_t clock;
};

/** timeline_span - the one that the last exit was in */
extern struct timeline_span timeline_span;

/**
 * timeline_add() - one clock record more
 * @pair: it, in the order of the stream
 */
void timeline_add(const struct procmon_clock *pair);

/**
 * timeline_find() - make timeline_span the one that a record is in
 * @rec: the record; the clock records around it were added, or as many as there are
 *
 * Return: false if there was no clock record of its clock.
 */
bool timeline_find(const struct procmon_record *rec);

/**
 * timeline_is_known() - whether the stream has told how fast its counter goes
 *
 * Return: false if it has not, so that all exits were said to be at the moment of a
 * clock record, where there were any.
 */
bool timeline_is_known(void);

static inline uint64_t timeline_ns(uint64_t ticks, uint64_t rate)
{
	return (uint64_t)(((unsigned __int128)ticks * rate) >> TIMELINE_SHIFT);
}

/**
 * timeline_convert() - when an exit was
 * @e: its record is as it was read; it will be as struct exit says
 *
 * Return: as timeline_find().
 */
static inline bool timeline_convert(struct exit *e)
{
	const struct timeline_span *span = &timeline_span;
	struct procmon_record *rec = e->rec;

	if ((rec->time - span->from >= span->ticks || rec->clock != span->clock) &&
	    !timeline_find(rec))
		return false;
	e->boot_ns = span->boot_ns + timeline_ns(rec->time - span->from, span->rate);
	rec->time = e->boot_ns + (uint64_t)span->offset_ns;
	return true;
}

#endif
