// SPDX-License-Identifier: GPL-2.0
/* The prices: our hooks, what each output adds, the parts of the stream, all ways. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "report/md.h"
#include "report/parts.h"

/*
 * Outputs cost the same under every hook but for a copied instruction or a register
 * more: what is further than this from the median is told by itself.
 */
#define SAME_OUTPUT 5

static const char *const outputs[] = { "count", "stream", "trace", "log" };

/* The table of hooks by outputs, kernel beside kernel. */
struct hooks {
	const struct report *report;
	size_t nr;
	const struct way **rows;
};

/* Its columns: the site, each output on each kernel, traps. */
static size_t price_columns(const struct report *r)
{
	return r->ways.nr_kernels * ARRAY_SIZE(outputs);
}

static void hooks_row(struct text *t, size_t row, const void *arg)
{
	md_plain(t, ((const struct hooks *)arg)->rows[row]->name);
}

static void hooks_column(struct text *t, size_t column, const void *arg)
{
	const struct report *r = ((const struct hooks *)arg)->report;
	size_t o = (column - 1) % ARRAY_SIZE(outputs);

	if (!column || column > price_columns(r))
		text_add(t, column ? "traps" : "site");
	else if (o)
		text_add(t, "%s", outputs[o]);
	else
		text_add(t, "%s: %s", r->ways.kernels[(column - 1) / ARRAY_SIZE(outputs)],
			 outputs[o]);
}

static void hooks_cell(struct text *t, size_t row, size_t column, const void *arg)
{
	const struct hooks *h = arg;
	const struct ways *ways = &h->report->ways;
	const struct way *w = h->rows[row];

	if (!column || column > price_columns(h->report)) {
		md_plain(t, column ? w->traps ?: "" : w->site);
		return;
	}
	w = way_find(ways, ways->kernels[(column - 1) / ARRAY_SIZE(outputs)], w->hook,
		     outputs[(column - 1) % ARRAY_SIZE(outputs)]);
	if (w)
		md_price(t, &w->price);
}

/* A hook of ours, or the kernel's own event, which comes last. */
static bool is_row(const struct way *w)
{
	return is_count(w) || w->kind == WAY_EVENT;
}

static void fill_hooks(struct text *t, const void *arg)
{
	struct hooks h = { .report = arg };
	const struct way *w;

	h.nr = ways_select(&h.report->ways, NULL, is_row, &h.rows);
	for (size_t i = 0; i + 1 < h.nr; i++) {
		if (h.rows[i]->kind != WAY_EVENT)
			continue;
		w = h.rows[i];
		h.rows[i] = h.rows[i + 1];
		h.rows[i + 1] = w;
	}
	md_grid(t, &(struct md_grid){
		"hook", h.nr, price_columns(h.report) + 2, false, hooks_row, hooks_column,
		hooks_cell, &h,
	});
	free(h.rows);
}

/* What is measured where there is no hook. */
static void fill_control(struct text *t, const void *arg)
{
	const struct report *r = arg;

	for (size_t i = 0; i < r->ways.nr; i++) {
		const struct way *w = &r->ways.all[i];

		if (w->kind != WAY_CONTROL || w->beside)
			continue;
		text_add(t, "%s", t->len ? ", " : "");
		md_price(t, &w->price);
		text_add(t, " on %s", w->kernel);
	}
}

/* Why a price of ours is no single number; hooks and outputs with one reason together. */
static void fill_hooks_notes(struct text *t, const void *arg)
{
	const struct report *r = arg;

	for (size_t i = 0; i < r->ways.nr; i++) {
		const struct way *w = &r->ways.all[i];

		if (w->kind != WAY_OURS || !w->mechanism || w->part ||
		    (price_exact(&w->price) && w->price.lo == w->price.hi) ||
		    (price_sharp(&w->price) && strcmp(w->mode, "count")))
			continue;
		text_add(t, "- ");
		md_plain(t, w->hook);
		text_add(t, " on %s: ", w->kernel);
		if (price_sharp(&w->price)) {
			md_plain(t, w->price.reason);
			text_add(t, ". It is so with each output.\n");
		} else if (w->price.reason) {
			text_add(t, "*%s*: ", w->mode);
			md_plain(t, w->price.reason);
			text_add(t, ".\n");
		} else {
			text_add(t, "*%s*: most exits do not cost the same; from the 10th to the "
				    "90th percentile.\n", w->mode);
		}
	}
}

/* What an output adds to the hooks of a kernel. */
struct surcharge {
	const char *hook;
	long lo, hi;
};

static int by_lo(const void *a, const void *b)
{
	const struct surcharge *x = a, *y = b;

	return (x->lo > y->lo) - (x->lo < y->lo);
}

static size_t surcharges(const struct report *r, const char *kernel, const char *output,
			 struct surcharge *found)
{
	size_t nr = 0;

	for (size_t i = 0; i < r->ways.nr; i++) {
		const struct way *w = &r->ways.all[i], *count;

		if (w->kind != WAY_OURS || w->process || !w->mechanism ||
		    strcmp(w->kernel, kernel) || strcmp(w->mode, output))
			continue;
		count = way_find(&r->ways, kernel, w->hook, "count");
		if (!count || !price_sharp(&w->price) || !price_sharp(&count->price))
			continue;
		found[nr++] = (struct surcharge){
			w->hook, w->price.lo - count->price.lo, w->price.hi - count->price.hi,
		};
	}
	qsort(found, nr, sizeof(*found), by_lo);
	return nr;
}

static bool is_usual(const struct surcharge *s, const struct surcharge *median)
{
	return labs(s->lo - median->lo) <= SAME_OUTPUT && labs(s->hi - median->lo) <= SAME_OUTPUT;
}

static void add_amount(struct text *t, long lo, long hi)
{
	if (lo == hi)
		text_add(t, "%ld", lo);
	else
		text_add(t, "%ld to %ld", lo, hi);
}

/* What an output adds to most hooks. */
struct usual {
	const struct surcharge *median;
	long lo, hi;
};

static struct usual usual_of(const struct surcharge *all, size_t nr)
{
	const struct surcharge *median = &all[nr / 2];
	struct usual u = { median, median->lo, median->hi };

	for (size_t i = 0; i < nr; i++) {
		if (!is_usual(&all[i], median))
			continue;
		u.lo = all[i].lo < u.lo ? all[i].lo : u.lo;
		u.hi = all[i].hi > u.hi ? all[i].hi : u.hi;
	}
	return u;
}

/* The usual amount, and the hooks with another. Return false if nothing is known. */
static bool add_surcharge(struct text *t, const struct report *r, const char *kernel,
			  const char *output)
{
	struct surcharge *all = xcalloc(r->ways.nr + 1, sizeof(*all));
	size_t nr = surcharges(r, kernel, output, all), others = 0;
	struct usual usual = usual_of(all, nr);

	if (nr)
		add_amount(t, usual.lo, usual.hi);
	for (size_t i = 0; i < nr; i++) {
		if (is_usual(&all[i], usual.median))
			continue;
		text_add(t, "%s", others++ ? ", " : " (");
		md_plain(t, all[i].hook);
		text_add(t, " ");
		add_amount(t, all[i].lo, all[i].hi);
	}
	text_add(t, "%s", others ? ")" : "");
	free(all);
	return nr;
}

static void output_row(struct text *t, size_t row, const void *arg)
{
	(void)arg;
	text_add(t, "*%s*", outputs[row + 1]);
}

static void surcharge_cell(struct text *t, size_t row, size_t column, const void *arg)
{
	const struct report *r = arg;

	add_surcharge(t, r, r->ways.kernels[column], outputs[row + 1]);
}

static void fill_surcharges(struct text *t, const void *arg)
{
	const struct report *r = arg;

	md_grid(t, &(struct md_grid){
		"the output", ARRAY_SIZE(outputs) - 1, r->ways.nr_kernels, false, output_row,
		kernel_heading, surcharge_cell, r,
	});
}

/* The same as data of a picture: kernel, row, least, most, label. */
static void fill_outputs_picture(struct text *t, const void *arg)
{
	const struct report *r = arg;
	struct surcharge *all = xcalloc(r->ways.nr + 1, sizeof(*all));

	for (size_t k = 0; k < r->ways.nr_kernels; k++) {
		for (size_t o = 1; o < ARRAY_SIZE(outputs); o++) {
			size_t nr = surcharges(r, r->ways.kernels[k], outputs[o], all);
			struct usual u = usual_of(all, nr);

			if (!nr)
				continue;
			text_add(t, "%zu -%zu %ld %ld \"", k, o - 1, u.lo, u.hi);
			add_amount(t, u.lo, u.hi);
			text_add(t, "\"\n");
		}
	}
	/* gnuplot refuses a block without a line, and draws no NaN. */
	if (!t->len)
		text_add(t, "0 0 NaN NaN -\n");
	free(all);
}

/* On the first kernel, as a sentence. */
static void fill_surcharge_finding(struct text *t, const void *arg)
{
	const struct report *r = arg;
	struct text part = { 0 };

	if (!r->ways.nr_kernels || !add_surcharge(&part, r, r->ways.kernels[0], "stream"))
		return;
	text_free(&part);
	text_add(t, "on %s ", r->ways.kernels[0]);
	for (size_t o = 1; o < ARRAY_SIZE(outputs); o++) {
		text_add(t, "%s%s ", md_join(o - 1, ARRAY_SIZE(outputs) - 1),
			 o == 1 ? "the stream adds" : o == 2 ? "the trace event" : "the log");
		add_surcharge(t, r, r->ways.kernels[0], outputs[o]);
	}
}

/* A part of the stream's price: the price with one output less that with another. */
static const struct part {
	const char *what, *of, *less;
} parts[] = {
	{ "the hook: be called, count", "count", NULL },
	{ "the record: fill it, and find no room (*dropped* less *count*)", "dropped", "count" },
	{ "the stream: number it, hand it over (*stream* less *dropped*)", "stream", "dropped" },
	{ "**all three**", "stream", NULL },
	{ "for comparison: an exit that a filter keeps back (*filtered*)", "filtered", NULL },
};

/* The hook whose parts were measured. */
static const struct way *measured_parts(const struct report *r, const char *kernel)
{
	for (size_t i = 0; i < r->ways.nr; i++)
		if (!strcmp(r->ways.all[i].kernel, kernel) && r->ways.all[i].part &&
		    !strcmp(r->ways.all[i].output, "dropped"))
			return &r->ways.all[i];
	return NULL;
}

static void part_row(struct text *t, size_t row, const void *arg)
{
	(void)arg;
	text_add(t, "%s", parts[row].what);
}

static void part_cell(struct text *t, size_t row, size_t column, const void *arg)
{
	const struct report *r = arg;
	const char *kernel = r->ways.kernels[column];
	const struct way *hook = measured_parts(r, kernel), *of, *less;

	if (!hook)
		return;
	of = way_find(&r->ways, kernel, hook->hook, parts[row].of);
	less = parts[row].less ? way_find(&r->ways, kernel, hook->hook, parts[row].less) : NULL;
	if (of && price_exact(&of->price) && (!parts[row].less || (less && price_exact(&less->price))))
		text_add(t, "%ld", of->price.lo - (less ? less->price.lo : 0));
}

static void fill_parts(struct text *t, const void *arg)
{
	const struct report *r = arg;

	md_grid(t, &(struct md_grid){
		"the tracepoint's stream", ARRAY_SIZE(parts), r->ways.nr_kernels, false, part_row,
		kernel_heading, part_cell, r,
	});
}

static void cell_tool(struct text *t, const void *row, size_t at)
{
	const struct way *w = row;

	(void)at;
	if (w->kind == WAY_CONTROL)
		text_add(t, "control: %s", strcmp(w->mode, "-") ? w->mode : "no tool");
	else
		md_way(t, w);
}

static void cell_whole(struct text *t, const void *row, size_t at)
{
	const struct whole *w = &((const struct way *)row)->whole;

	(void)at;
	if (w->known)
		text_add(t, "%.0f (%.0f to %.0f)", w->mean, w->lo, w->hi);
}

/* In a hundred exits, at least one woke the reader, which then ran within the exit. */
static bool runs_inside(const struct way *w)
{
	return w->wakeups >= 10;
}

static void cell_remark(struct text *t, const void *row, size_t at)
{
	const struct way *w = row;

	(void)at;
	if (w->beside_price.known && price_order(&w->beside_price, &w->price)) {
		text_add(t, "beside the tools ");
		md_price(t, &w->beside_price);
	} else if (w->price.reason) {
		md_plain(t, w->price.reason);
	} else if (!price_sharp(&w->price) && w->price.known) {
		text_add(t, "a range: %s", runs_inside(w) ? "the reader runs inside the exit" :
							    "exits take different paths");
	}
}

static bool is_beside(const struct way *w)
{
	return w->beside || w->kind == WAY_EVENT;
}

/* Everybody who was measured beside the other tools, the cheapest first. */
static void fill_tools(struct text *t, const void *arg)
{
	static const struct md_column all[] = {
		{ "way", false, cell_tool, 0 },
		{ "in the path", true, md_cell_price, offsetof(struct way, price) },
		{ "traps", true, md_cell_string, offsetof(struct way, traps) },
		{ "wake-ups per 1000 exits", true, md_cell_number, offsetof(struct way, wakeups) },
		{ "peak KiB", true, md_cell_number, offsetof(struct way, peak) },
		{ "remark", false, cell_remark, 0 },
		{ "whole: mean (interval)", true, cell_whole, 0 },
		{ 0 },
	};
	const struct report *r = arg;

	for (size_t k = 0; k < r->ways.nr_kernels; k++) {
		struct md_column columns[ARRAY_SIZE(all)];
		const struct way **rows;
		size_t nr = ways_select(&r->ways, r->ways.kernels[k], is_beside, &rows);
		bool whole = false, tools = false;

		for (size_t i = 0; i < nr; i++) {
			whole |= rows[i]->whole.known;
			tools |= rows[i]->beside;
		}
		memcpy(columns, all, sizeof(all));
		if (!whole)
			columns[ARRAY_SIZE(all) - 2].heading = NULL;
		if (tools) {
			text_add(t, "On Linux %s:\n\n", r->ways.kernels[k]);
			md_table(t, columns, rows, nr);
		}
		free(rows);
	}
}

/* The controls whose whole price is not that of nothing. */
static void fill_whole_refused(struct text *t, const void *arg)
{
	const struct table *p = &((const struct report *)arg)->ts.t[PEERS];

	for (size_t i = 0; i < p->nr; i++) {
		double mean, lo, hi;

		if (!table_is(p, i, "peer", "none") ||
		    !table_number(p, i, "whole_mean", &mean) ||
		    !table_number(p, i, "whole_lo", &lo) ||
		    !table_number(p, i, "whole_hi", &hi) || (lo <= 0 && hi >= 0))
			continue;
		text_add(t, "%s%s on %s came out at %.0f (%.0f to %.0f)", t->len ? ", " : "",
			 table_is(p, i, "mode", "-") ? "no tool" : table_cell(p, i, "mode"),
			 table_cell(p, i, "kernel"), mean, lo, hi);
	}
}

const struct place price_places[] = {
	{ "prices of hooks", fill_hooks },
	{ "prices control", fill_control },
	{ "prices notes", fill_hooks_notes },
	{ "surcharges", fill_surcharges },
	{ "outputs picture", fill_outputs_picture },
	{ "finding surcharges", fill_surcharge_finding },
	{ "parts of the stream", fill_parts },
	{ "prices of tools", fill_tools },
	{ "whole refused", fill_whole_refused },
	{ 0 },
};
