// SPDX-License-Identifier: GPL-2.0
/* What the price of a hook depends on, and what a clock says of it. */
#include <math.h>
#include <stdlib.h>

#include "report/fill.h"
#include "report/md.h"

/* What was varied: how the values are told. */
static const struct factor {
	const char *name, *what;
} factors[] = {
	{ "exits", "exits seen before" },
	{ "cpus", "CPUs" },
	{ "threads", "other threads of the process" },
};

/* From the first value of a factor to its last: what stays the same, and the exceptions. */
static void add_factor(struct text *t, const struct table *g, const char *kernel,
		       const struct factor *f)
{
	const char *from = NULL, *to = NULL;
	struct text moved = { 0 };
	size_t rows = 0;

	for (size_t i = 0; i < g->nr; i++) {
		struct price first, last;
		size_t at = i;

		if (!table_is(g, i, "kernel", kernel) || !table_is(g, i, "factor", f->name) ||
		    table_is(g, i, "hook", "none"))
			continue;
		from = from ?: table_cell(g, i, "value");
		to = table_cell(g, i, "value");
		if (!table_is(g, i, "value", from))
			continue;
		rows++;
		for (size_t k = i; k < g->nr; k++)
			if (table_same(g, i, k, "kernel,factor,hook,output"))
				at = k;
		first = price_read(g, i);
		last = price_read(g, at);
		if (!price_order(&first, &last) && price_sharp(&last))
			continue;
		text_add(&moved, "%s %s (*%s*) goes from %s to %s", moved.len ? ";" : "",
			 md_plain(table_cell(g, i, "hook")), table_cell(g, i, "output"),
			 md_price(&first), md_price(&last));
	}
	if (rows)
		text_add(t, "- %s, from %s to %s on Linux %s: the price of each of the %zu rows "
			    "measured %s%s.\n", f->what, from, to, kernel, rows, moved.len ?
			 "stays, but" : "stays the same to the instruction", moved.s ?: "");
	text_free(&moved);
}

static void fill_flat(struct text *t, const struct report *r)
{
	for_each_kernel(k, r)
		for (size_t f = 0; f < ARRAY_SIZE(factors); f++)
			add_factor(t, &r->tables[GROWTH], *k, &factors[f]);
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

/* The price of a hook beside this neighbour, from the least to the most of its values. */
static const char *price_beside(const struct table *g, const struct way *hook,
				const struct neighbour *n)
{
	struct price all = { 0 };

	for (size_t i = 0; i < g->nr; i++) {
		struct price p;

		if (!table_is(g, i, "kernel", hook->kernel) ||
		    !table_is(g, i, "factor", n->factor) ||
		    !table_is(g, i, "hook", hook->hook) || !table_is(g, i, "output", "count") ||
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
	return all.known ? md_price(&all) : "";
}

static bool is_crowded(const struct way *w)
{
	return is_count(w) && w->crowded.gate;
}

static void fill_neighbours(struct text *t, const struct report *r)
{
	for_each_kernel(k, r) {
		struct way *hooks = ways_select(r, *k, is_crowded, NULL);
		struct md_table m = { .kernel = *k };

		for (size_t n = 0; n < ARRAY_SIZE(neighbours); n++) {
			md_row(&m);
			md_left(&m, "who else is there", neighbours[n].who);
			for_each_way(w, hooks)
				md_right(&m, w->hook,
					 price_beside(&r->tables[GROWTH], w, &neighbours[n]));
		}
		md_end(t, &m);
		free(hooks);
	}
}

/*
 * Pairs of hooks that the clock tells from each other (further apart than both spreads
 * together), and of these how many it puts in the order of their instructions.
 */
static void fill_clock(struct text *t, const struct report *r)
{
	const struct table *c = &r->tables[WALL];
	const char *kernel = r->kernels[0] ?: "-";
	size_t pairs = 0, apart = 0, agree = 0;

	for (size_t i = 0; i < c->nr; i++) {
		for (size_t k = 0; k < i; k++) {
			const struct way *x = way_find(r, kernel, table_cell(c, i, "command"),
						       "count");
			const struct way *y = way_find(r, kernel, table_cell(c, k, "command"),
						       "count");
			double a = table_number(c, i, "mean"), b = table_number(c, k, "mean");
			double spread = table_number(c, i, "stddev") + table_number(c, k, "stddev");

			if (!x || !y || isnan(a - b + spread))
				continue;
			pairs++;
			if (fabs(a - b) <= spread)
				continue;
			apart++;
			agree += (a > b) == (price_order(&x->price, &y->price) > 0);
		}
	}
	if (pairs)
		text_add(t, "it tells %zu of %zu pairs of hooks from each other, %zu of them in "
			    "the order of their instructions", apart, pairs, agree);
}

const struct place growth_places[] = {
	{ "growth flat", fill_flat },
	{ "growth neighbours", fill_neighbours },
	{ "clock", fill_clock },
	{ 0 },
};
