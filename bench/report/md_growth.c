// SPDX-License-Identifier: GPL-2.0
/* How the prices grow, and whether the clock ranks the hooks as the counting does. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/md.h"

static const struct factor {
	const char *name;
	const char *title;
	const char *one;
	const char *many;
} factors[] = {
	{ "exits", "Number of exits", "exit", "exits" },
	{ "cpus", "CPUs", "CPU", "CPUs" },
	{ "threads", "Threads of the process", "thread", "threads" },
	{ "probes", "Probes on the site", "probe", "probes" },
};

/**
 * struct point - the price at one value of a factor
 * @at: the value
 * @lo: instructions
 * @hi: the same; more, if each boot has another number and all else is proved
 */
struct point {
	double at, lo, hi;
};

/**
 * struct series - a hook's prices along one factor
 * @nr: number of @points
 * @points: in the order of the table
 * @refused: points that failed a gate
 */
struct series {
	size_t nr;
	struct point *points;
	size_t refused;
};

static void read_series(struct series *s, const struct table *g, size_t line)
{
	*s = (struct series){ .points = xcalloc(g->nr, sizeof(*s->points)) };
	for (size_t i = line; i < g->nr; i++) {
		struct point *p = &s->points[s->nr];
		bool is_point = table_number(g, i, "value", &p->at);

		if (!table_same(g, line, i, "kernel factor hook output") ||
		    table_is(g, i, "gate", "skipped"))
			continue;
		if (is_point && table_is(g, i, "gate", "ok") &&
		    table_number(g, i, "instructions", &p->lo)) {
			p->hi = p->lo;
			s->nr++;
		} else if (is_point && table_is(g, i, "gate", "shift") &&
			   table_number(g, i, "lo", &p->lo) && table_number(g, i, "hi", &p->hi)) {
			s->nr++;
		} else {
			s->refused++;
		}
	}
}

/* The range of all points; is there a number that lies in each of them? */
static bool stays(const struct series *s, double *least, double *most)
{
	double lo = -INFINITY, hi = INFINITY;

	*least = INFINITY;
	*most = -INFINITY;
	for (size_t i = 0; i < s->nr; i++) {
		lo = fmax(lo, s->points[i].lo);
		hi = fmin(hi, s->points[i].hi);
		*least = fmin(*least, s->points[i].lo);
		*most = fmax(*most, s->points[i].hi);
	}
	return lo <= hi;
}

static double slope(const struct point *a, const struct point *b)
{
	return (b->lo - a->lo) / (b->at - a->at);
}

/* Are all points numbers, and is every step as steep as the whole, within a twentieth? */
static bool is_straight(const struct series *s)
{
	double whole = slope(&s->points[0], &s->points[s->nr - 1]);

	for (size_t i = 0; i < s->nr; i++)
		if (s->points[i].lo < s->points[i].hi ||
		    (i && fabs(slope(&s->points[i - 1], &s->points[i]) - whole) >
		     fabs(whole) / 20))
			return false;
	return s->nr > 2;
}

/* "168", or "168 to 170". */
static void add_span(struct text *t, double lo, double hi)
{
	md_number(t, lo);
	if (hi > lo) {
		text_add(t, " to ");
		md_number(t, hi);
	}
}

static void add_name(struct text *t, const struct table *g, size_t line, bool outputs)
{
	md_bold(t, table_cell(g, line, "hook"));
	if (outputs) {
		text_add(t, " (");
		md_plain(t, table_cell(g, line, "output"));
		text_add(t, ")");
	}
}

static void add_change(struct text *t, const struct factor *f, const struct series *s)
{
	const struct point *first = &s->points[0], *last = &s->points[s->nr - 1];

	text_add(t, " goes from ");
	add_span(t, first->lo, first->hi);
	text_add(t, " at ");
	md_number(t, first->at);
	text_add(t, " to ");
	add_span(t, last->lo, last->hi);
	text_add(t, " at ");
	md_number(t, last->at);
	if (is_straight(s)) {
		text_add(t, ", ");
		md_number(t, slope(first, last));
		text_add(t, " per %s", f->one);
	}
}

/* "from 0 to 16 probes: X (18) stays the same; Y goes from 168 at 0 to 412 at 16, 15 per probe" */
static void add_sentence(struct text *t, const struct tables *ts, const struct factor *f,
			 size_t line)
{
	const struct table *g = &ts->t[GROWTH];
	struct text same = { 0 }, other = { 0 };
	double from = INFINITY, to = -INFINITY;
	bool outputs = false;
	size_t refused = 0, nr_same = 0;

	for (size_t i = line; i < g->nr; i++)
		outputs |= table_same(g, line, i, "kernel factor") &&
			   !table_same(g, line, i, "output");
	for (size_t i = line; i < g->nr; i++) {
		double least, most;
		struct series s;

		if (!table_same(g, line, i, "kernel factor") ||
		    !table_first(g, i, "kernel factor hook output"))
			continue;
		read_series(&s, g, i);
		refused += s.refused;
		for (size_t k = 0; k < s.nr; k++) {
			from = fmin(from, s.points[k].at);
			to = fmax(to, s.points[k].at);
		}
		if (s.nr > 1 && stays(&s, &least, &most)) {
			text_add(&same, same.len ? ", " : "");
			add_name(&same, g, i, outputs);
			text_add(&same, " (");
			add_span(&same, least, most);
			text_add(&same, least < most ? ", from boot to boot)" : ")");
			nr_same++;
		} else if (s.nr > 1) {
			text_add(&other, other.len ? "; " : "");
			add_name(&other, g, i, outputs);
			add_change(&other, f, &s);
		}
		free(s.points);
	}
	text_add(t, "Linux ");
	md_kernel(t, ts, table_cell(g, line, "kernel"));
	if (same.len || other.len) {
		text_add(t, ", from ");
		md_number(t, from);
		text_add(t, " to ");
		md_number(t, to);
		text_add(t, " %s: ", f->many);
	} else {
		text_add(t, ": no hook has two points that passed the gates");
	}
	if (same.len)
		text_add(t, "%s stay%s the same%s", same.s, nr_same == 1 ? "s" : "",
			 other.len ? "; " : "");
	text_add(t, "%s.", other.len ? other.s : "");
	if (refused)
		text_add(t, " %zu point%s failed a gate and %s left out.", refused,
			 refused == 1 ? "" : "s", refused == 1 ? "is" : "are");
	text_add(t, "\n\n");
	text_free(&same);
	text_free(&other);
}

static void add_factor(struct text *t, const struct tables *ts, const struct factor *f)
{
	const struct table *g = &ts->t[GROWTH];
	char *picture = xasprintf("growth-%s.svg", f->name);
	bool any = false;

	text_add(t, "### %s\n\n", f->title);
	for (size_t i = 0; i < g->nr; i++) {
		if (!table_is(g, i, "factor", f->name) || !table_first(g, i, "kernel factor"))
			continue;
		if (!any && tables_file(ts, picture))
			text_add(t, "![Lines: price of each hook against the number of %s](%s)\n\n",
				 f->many, picture);
		any = true;
		add_sentence(t, ts, f, i);
	}
	if (!any)
		text_add(t, "Not measured yet.\n\n");
	free(picture);
}

void md_growth(struct text *t, const struct tables *ts)
{
	text_add(t, "## How the price grows\n\n");
	if (md_missing(t, ts, GROWTH, "The price against the number of exits, CPUs, threads and probes "
				      "is"))
		return;
	text_add(t, "Instructions that a hook adds to one exit, while one thing grows and the rest stays. "
		    "From [growth.tsv](growth.tsv).\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(factors); i++)
		add_factor(t, ts, &factors[i]);
}

/* hyperfine does not say on which kernel: the run that also measured the growth. */
static const char *wall_kernel(const struct tables *ts)
{
	if (tables_has(ts, GROWTH))
		return table_cell(&ts->t[GROWTH], 0, "kernel");
	return ts->prices.nr_kernels ? ts->prices.grids[0].kernel : "-";
}

/* The price that is to rank a command: its hook's, output count. */
static const struct price *ranked(const struct tables *ts, size_t line)
{
	return prices_find(&ts->prices, wall_kernel(ts),
			   table_cell(&ts->t[WALL], line, "command"), "count");
}

/* Instructions of a command, 0 without a hook; false if there is no exact figure. */
static bool counted(const struct tables *ts, size_t line, double *v)
{
	const struct price *r = ranked(ts, line);

	*v = r ? (double)r->instructions : 0;
	return r || table_is(&ts->t[WALL], line, "command", "none");
}

static void add_ranking(struct text *t, const struct tables *ts)
{
	const struct table *w = &ts->t[WALL];
	size_t pairs = 0, agree = 0, close = 0;
	struct text against = { 0 };

	for (size_t a = 0; a < w->nr; a++) {
		for (size_t b = a + 1; b < w->nr; b++) {
			double mean_a, mean_b, dev_a, dev_b, count_a, count_b;

			if (!table_number(w, a, "mean", &mean_a) ||
			    !table_number(w, b, "mean", &mean_b) ||
			    !table_number(w, a, "stddev", &dev_a) ||
			    !table_number(w, b, "stddev", &dev_b) ||
			    !counted(ts, a, &count_a) || !counted(ts, b, &count_b))
				continue;
			if (fabs(mean_a - mean_b) <= dev_a + dev_b) {
				close++;
				continue;
			}
			pairs++;
			if ((mean_a < mean_b) == (count_a < count_b)) {
				agree++;
				continue;
			}
			text_add(&against, against.len ? "; " : "");
			md_plain(&against, table_cell(w, a, "command"));
			text_add(&against, " and ");
			md_plain(&against, table_cell(w, b, "command"));
		}
	}
	if (pairs + close) {
		text_add(t, "Of %zu pairs, %zu differ by more than both spreads together; %zu of these %s "
			    "ranked as by the instructions", pairs + close, pairs, agree,
			 agree == 1 ? "is" : "are");
		if (against.len)
			text_add(t, " (not: %s)", against.s);
		text_add(t, ".\n\n");
	}
	text_free(&against);
}

void md_wall(struct text *t, const struct tables *ts)
{
	const struct table *w = &ts->t[WALL];
	ssize_t none = -1;

	text_add(t, "## By the clock, emulated\n\n");
	if (md_missing(t, ts, WALL, "A storm by the clock is"))
		return;
	text_add(t, "A whole storm of exits under each hook (output count), timed by hyperfine in a guest "
		    "**under emulation**: these seconds are those of no machine. They are here to show "
		    "that the ranking does not come of the counting. From [hyperfine.csv]"
		    "(hyperfine.csv)%s.", tables_file(ts, "hyperfine.json") ?
			"; every run in [hyperfine.json](hyperfine.json)" : "");
	if (ts->prices.nr_kernels) {
		text_add(t, " Instructions are those of Linux ");
		md_kernel(t, ts, wall_kernel(ts));
		text_add(t, ".");
	}
	text_add(t, "\n\n");
	add_ranking(t, ts);
	for (size_t i = 0; i < w->nr; i++)
		if (table_is(w, i, "command", "none"))
			none = (ssize_t)i;
	text_add(t, "| hook | storm, mean ± standard deviation | more than without hook | instructions per "
		    "exit |\n|---|--:|--:|--:|\n");
	for (size_t i = 0; i < w->nr; i++) {
		double mean, dev, base;

		if (!table_number(w, i, "mean", &mean) || !table_number(w, i, "stddev", &dev))
			continue;
		text_add(t, "|");
		md_cell(t, table_cell(w, i, "command"));
		text_add(t, " %.3f ± %.3f s |", mean, dev);
		if (none >= 0 && i != (size_t)none && table_number(w, (size_t)none, "mean", &base) &&
		    base > 0)
			text_add(t, " %+.1f %% |", 100 * (mean - base) / base);
		else
			text_add(t, " |");
		md_price(t, ranked(ts, i));
		text_add(t, "\n");
	}
	text_add(t, "\n");
}
