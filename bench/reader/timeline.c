// SPDX-License-Identifier: GPL-2.0
/*
 * Two clock records, one before an exit and one behind it, give its time by the rule
 * of three. Where one is missing, it is reckoned from the other, at the rate that the
 * counter had last.
 */
#include "reader/timeline.h"

#include <stddef.h>

/*
 * Of so many clock records is known where they were. An exit may be older than the
 * last ones: of a CPU with many records only some fit into a read(2).
 */
#define PAIRS	1024

/* Below this the few ns by which a pair may be off would make the rate too inexact. */
#define RATE_NS_LEAST	10000000
/* So far back is the beginning of what the rate is taken from. */
#define RATE_NS_MOST	1000000000

struct timeline_span timeline_span;

static struct procmon_clock pairs[PAIRS];
static uint64_t n_pairs;

static struct procmon_clock rate_from;	/* where the stretch for the rate began */
static uint64_t rate;			/* 0: not known yet */
static uint64_t rate_ns;		/* the stretch that it is from */

/*
 * Rounded up, so that what is a whole number of ns does not become one less. Return 0
 * if no counter can be like that.
 */
static uint64_t rate_between(const struct procmon_clock *a, const struct procmon_clock *b)
{
	uint64_t ticks = b->counter - a->counter;
	uint64_t ns = b->boot_ns - a->boot_ns;
	unsigned __int128 r;

	if (b->counter <= a->counter || b->boot_ns <= a->boot_ns)
		return 0;
	r = (((unsigned __int128)ns << TIMELINE_SHIFT) + ticks - 1) / ticks;
	return r >> 63 ? 0 : (uint64_t)r;
}

void timeline_add(const struct procmon_clock *pair)
{
	uint64_t ns = pair->boot_ns - rate_from.boot_ns;
	uint64_t r = 0;
	bool first = !n_pairs;

	pairs[n_pairs++ % PAIRS] = *pair;
	timeline_span.ticks = 0;	/* perhaps this one is nearer */
	if (pair->info & PROCMON_INFO_NS)
		return;
	if (!first && pair->clock == rate_from.clock)
		r = rate_between(&rate_from, pair);
	if (r && (ns >= RATE_NS_LEAST || ns > rate_ns)) {
		rate = r;
		rate_ns = ns;
	}
	if (!r || ns >= RATE_NS_MOST)
		rate_from = *pair;
}

bool timeline_is_known(void)
{
	return rate || !n_pairs || pairs[(n_pairs - 1) % PAIRS].info & PROCMON_INFO_NS;
}

/* From @from, @ticks long, straight through @pair, which is not before @from. */
static void set_span(uint64_t from, uint64_t ticks, const struct procmon_clock *pair, uint64_t r)
{
	timeline_span = (struct timeline_span) {
		.from = from,
		.ticks = ticks,
		.boot_ns = pair->boot_ns - timeline_ns(pair->counter - from, r),
		.offset_ns = (int64_t)((uint64_t)pair->real_ns - pair->boot_ns),
		.rate = r,
		.clock = pair->clock,
	};
}

bool timeline_find(const struct procmon_record *rec)
{
	const struct procmon_clock *before = NULL, *after = NULL, *pair;
	uint64_t first = n_pairs > PAIRS ? n_pairs - PAIRS : 0;
	uint64_t r = rate;
	uint64_t i, middle;

	for (i = n_pairs; i > first && !before; i--) {
		pair = &pairs[(i - 1) % PAIRS];
		if (pair->clock != rec->clock)
			continue;
		if (pair->counter <= rec->time)
			before = pair;
		else
			after = pair;
	}
	pair = before ? before : after;
	if (!pair)
		return false;
	if (pair->info & PROCMON_INFO_NS)
		r = 1ull << TIMELINE_SHIFT;
	else if (before && after && rate_between(before, after))
		r = rate_between(before, after);

	/* the time of day was set somewhere between: take that of the nearer one */
	if (before && after) {
		middle = before->counter + (after->counter - before->counter) / 2 + 1;
		if (rec->time < middle)
			set_span(before->counter, middle - before->counter, before, r);
		else
			set_span(middle, after->counter - middle, after, r);
	} else if (before) {
		set_span(before->counter, UINT64_MAX - before->counter, before, r);
	} else {
		set_span(0, after->counter, after, r);
	}
	return true;
}
