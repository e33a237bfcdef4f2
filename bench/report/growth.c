// SPDX-License-Identifier: GPL-2.0
/* What the price of a hook depends on, and what a clock says of it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/md.h"
#include "report/parts.h"

/* What was varied: how the values are told. */
static const struct factor {
	const char *name, *what;
} factors[] = {
	{ "exits", "exits seen before" },
	{ "cpus", "CPUs" },
	{ "threads", "other threads of the process" },
};

static bool is_line(const struct table *g, size_t i, const char *kernel, const char *factor)
{
	return table_is(g, i, "kernel", kernel) && table_is(g, i, "factor", factor) &&
	       !table_is(g, i, "hook", "none");
}

/* The first value of a factor, its last, and the line of the first that is not the same. */
struct span {
	const char *from, *to;
	size_t hooks;
	struct text moved;
};

static struct span look_at(const struct table *g, const char *kernel, const char *factor)
{
	struct span s = { 0 };

	for (size_t i = 0; i < g->nr; i++) {
		struct price first, last;
		size_t at = i;

		if (!is_line(g, i, kernel, factor))
			continue;
		s.from = s.from ?: table_cell(g, i, "value");
		s.to = table_cell(g, i, "value");
		if (!table_is(g, i, "value", s.from))
			continue;
		s.hooks++;
		for (size_t k = i; k < g->nr; k++)
			if (is_line(g, k, kernel, factor) && table_same(g, i, k, "hook output"))
				at = k;
		first = price_read(g, i);
		last = price_read(g, at);
		if (!price_order(&first, &last) && price_sharp(&last))
			continue;
		text_add(&s.moved, "; ");
		md_plain(&s.moved, table_cell(g, i, "hook"));
		text_add(&s.moved, " (*%s*) goes from ", table_cell(g, i, "output"));
		md_price(&s.moved, &first);
		text_add(&s.moved, " to ");
		md_price(&s.moved, &last);
	}
	return s;
}

/* One sentence for what stays the same, with the exceptions. */
static void fill_flat(struct text *t, const void *arg)
{
	const struct report *r = arg;
	const struct table *g = &r->ts.t[GROWTH];

	for (size_t k = 0; k < r->ways.nr_kernels; k++) {
		for (size_t f = 0; f < ARRAY_SIZE(factors); f++) {
			struct span s = look_at(g, r->ways.kernels[k], factors[f].name);

			if (s.hooks)
				text_add(t, "- %s, from %s to %s on Linux %s: the price of each of "
					    "the %zu rows measured %s%s.\n", factors[f].what, s.from,
					 s.to, r->ways.kernels[k], s.hooks,
					 s.moved.len ? "stays, but" : "stays the same to the "
					 "instruction", s.moved.len ? s.moved.s + 1 : "");
			text_free(&s.moved);
		}
	}
}

/* Who else is on the site of a hook. */
static const struct neighbour {
	const char *who, *factor;
	const char *value;	/* NULL: any but 0 */
} neighbours[] = {
	{ "nobody", "crowded", "alone" },
	{ "1 to 16 kprobe events on do\\_exit", "probes", NULL },
	{ "the function tracer and BPF programs", "crowded", "ftrace+bpf" },
};

/* A table: who is there by hook, on one kernel. */
struct crowd {
	const struct table *growth;
	const char *kernel;
	const struct way **hooks;
};

static void crowd_row(struct text *t, size_t row, const void *arg)
{
	(void)arg;
	text_add(t, "%s", neighbours[row].who);
}

static void crowd_column(struct text *t, size_t column, const void *arg)
{
	md_plain(t, ((const struct crowd *)arg)->hooks[column]->hook);
}

/* The price beside this neighbour, from the least to the most of its values. */
static void crowd_cell(struct text *t, size_t row, size_t column, const void *arg)
{
	const struct crowd *c = arg;
	const struct neighbour *n = &neighbours[row];
	const struct table *g = c->growth;
	struct price all = { 0 };

	for (size_t i = 0; i < g->nr; i++) {
		struct price p;

		if (!is_line(g, i, c->kernel, n->factor) ||
		    !table_is(g, i, "hook", c->hooks[column]->hook) ||
		    !table_is(g, i, "output", "count") ||
		    (n->value ? !table_is(g, i, "value", n->value) : table_is(g, i, "value", "0")))
			continue;
		p = price_read(g, i);
		if (!p.known)
			continue;
		if (!all.known || !price_exact(&p))
			all.gate = p.gate;
		all.lo = !all.known || p.lo < all.lo ? p.lo : all.lo;
		all.hi = !all.known || p.hi > all.hi ? p.hi : all.hi;
		all.known = true;
	}
	if (all.known)
		md_price(t, &all);
}

static bool is_crowded(const struct way *w)
{
	return is_count(w) && w->crowded.gate;
}

static void fill_neighbours(struct text *t, const void *arg)
{
	const struct report *r = arg;

	for (size_t k = 0; k < r->ways.nr_kernels; k++) {
		struct crowd c = { &r->ts.t[GROWTH], r->ways.kernels[k], NULL };
		size_t nr = ways_select(&r->ways, c.kernel, is_crowded, &c.hooks);

		if (nr)
			text_add(t, "On Linux %s:\n\n", c.kernel);
		md_grid(t, &(struct md_grid){
			"who else is there", nr ? ARRAY_SIZE(neighbours) : 0, nr, false, crowd_row,
			crowd_column, crowd_cell, &c,
		});
		free(c.hooks);
	}
}

/*
 * Pairs of hooks that the clock tells from each other (further apart than both spreads
 * together), and of these how many it puts in the order of their instructions.
 */
static void fill_clock(struct text *t, const void *arg)
{
	const struct report *r = arg;
	const struct table *c = &r->ts.t[WALL];
	const char *kernel = r->ways.nr_kernels ? r->ways.kernels[0] : "-";
	size_t pairs = 0, apart = 0, agree = 0;

	for (size_t i = 0; i < c->nr; i++) {
		for (size_t k = 0; k < i; k++) {
			const struct way *x = way_find(&r->ways, kernel,
						       table_cell(c, i, "command"), "count");
			const struct way *y = way_find(&r->ways, kernel,
						       table_cell(c, k, "command"), "count");
			double a, b, sa, sb;

			if (!x || !y || !table_number(c, i, "mean", &a) ||
			    !table_number(c, k, "mean", &b) ||
			    !table_number(c, i, "stddev", &sa) ||
			    !table_number(c, k, "stddev", &sb))
				continue;
			pairs++;
			if (fabs(a - b) <= sa + sb)
				continue;
			apart++;
			agree += (a > b) == (price_order(&x->price, &y->price) > 0);
		}
	}
	if (pairs)
		text_add(t, "it tells %zu of %zu pairs of hooks from each other, %zu of them in the "
			    "order of their instructions", apart, pairs, agree);
}

const struct place growth_places[] = {
	{ "growth flat", fill_flat },
	{ "growth neighbours", fill_neighbours },
	{ "clock", fill_clock },
	{ 0 },
};
