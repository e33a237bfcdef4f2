// SPDX-License-Identifier: GPL-2.0
/* Question 1, the price: our hooks, the other tools beside them, the stream's parts. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/md.h"

static const struct {
	const char *output;
	const char *what;
} known[] = {
	{ "count", "the hook runs and counts the exit; nobody wants the record" },
	{ "stream", "as count, and the whole record goes to the per-CPU ring buffer that "
		    "bench/build/procmon reads" },
	{ "trace", "as count, and the whole record goes to the ftrace ring buffer as "
		   "procmon:procmon_exit; for *kernel's event* it is the kernel's own "
		   "sched:sched_process_exit, which has a name, an id and a priority, since 6.16 also "
		   "whether it was the last thread" },
	{ "log", "as count, and a line goes to the buffer of the kernel log (what dmesg shows); no "
		 "console is attached, for what a console costs depends on the console alone (a "
		 "breakpoint's handler runs like an NMI, where printk() leaves some of its work for "
		 "later: that is why int3 adds a little less here)" },
};

static void add_outputs(struct text *t, const struct grid *g)
{
	text_add(t, "Instructions that the hook adds to one exit, all of them in the kernel, in the path "
		    "of the task that exits:\n\n");
	for (size_t o = 0; o < g->nr_outputs; o++)
		for (size_t i = 0; i < ARRAY_SIZE(known); i++)
			if (!strcmp(known[i].output, g->outputs[o]))
				text_add(t, "- **%s**: %s.\n", known[i].output, known[i].what);
	text_add(t, "\nA bold number passed every gate (see [how it was measured]"
		    "(#how-it-was-measured)). A range is from the 10th to the 90th percentile of "
		    "the differences of equal rank, with the gate that failed; if that is *shift*, "
		    "each boot has a number of its own that passed all other gates, and the range is "
		    "from the least to the most of them. Figures: "
		    "[exact.tsv](exact.tsv); ranges, overlaps, each boot: "
		    "[estimates.tsv](estimates.tsv).\n\n");
}

/* One figure if the rows of a hook agree, else one for each. */
static void add_traps(struct text *t, const struct grid *g, size_t h)
{
	const struct price **cells = &g->cells[h * g->nr_outputs];
	const char *gap = " ";

	for (size_t o = 0; o < g->nr_outputs; o++) {
		bool before = !cells[o] || cells[o]->skip;

		for (size_t i = 0; i < o && !before; i++)
			before = cells[i] && !cells[i]->skip &&
				 !strcmp(cells[i]->traps, cells[o]->traps);
		if (before)
			continue;
		text_add(t, "%s%s", gap, strcmp(cells[o]->traps, "-") ? cells[o]->traps :
			 "not counted");
		gap = " / ";
	}
	text_add(t, " |");
}

static void add_grid(struct text *t, const struct tables *ts, const struct grid *g)
{
	text_add(t, "### Linux ");
	md_plain(t, g->kernel);
	text_add(t, "\n\n| hook | mechanism | flavour | site |");
	for (size_t o = 0; o < g->nr_outputs; o++)
		md_cell(t, g->outputs[o]);
	text_add(t, " traps per exit |\n|---|---|---|---|");
	for (size_t o = 0; o <= g->nr_outputs; o++)
		text_add(t, "--:|");
	text_add(t, "\n");
	for (size_t i = 0; i < ts->prices.nr; i++) {
		const struct price *r = &ts->prices.all[i];

		if (!r->control || strcmp(r->kernel, g->kernel))
			continue;
		text_add(t, "| no hook (control) | none | - | - |");
		for (size_t o = 0; o < g->nr_outputs; o++)
			md_price(t, o ? NULL : r);
		text_add(t, " |\n");
	}
	for (size_t h = 0; h < g->nr_hooks; h++) {
		text_add(t, "|");
		md_cell(t, g->hooks[h]->hook);
		md_cell(t, g->hooks[h]->mechanism);
		md_cell(t, g->hooks[h]->flavour);
		md_cell(t, g->hooks[h]->site);
		for (size_t o = 0; o < g->nr_outputs; o++)
			md_price(t, g->cells[h * g->nr_outputs + o]);
		add_traps(t, g, h);
		text_add(t, "\n");
	}
	text_add(t, "\n");
}

/* What another kernel did to the price of the same hook: by hook's name, first output. */
static void add_kernels(struct text *t, const struct tables *ts)
{
	const struct prices *p = &ts->prices;
	const struct grid *first = &p->grids[0];

	if (p->nr_kernels < 2 || !first->nr_outputs)
		return;
	text_add(t, "### The same hook on each kernel, output ");
	md_plain(t, first->outputs[0]);
	text_add(t, "\n\n| hook |");
	for (size_t k = 0; k < p->nr_kernels; k++)
		md_cell(t, p->grids[k].kernel);
	text_add(t, "\n|---|");
	for (size_t k = 0; k < p->nr_kernels; k++)
		text_add(t, "--:|");
	text_add(t, "\n");
	for (size_t h = 0; h < first->nr_hooks; h++) {
		if (!first->cells[h * first->nr_outputs])
			continue;
		text_add(t, "|");
		md_cell(t, first->hooks[h]->hook);
		for (size_t k = 0; k < p->nr_kernels; k++) {
			const struct grid *g = &p->grids[k];
			size_t o = grid_output(g, first->outputs[0]), i = 0;

			while (i < g->nr_hooks && strcmp(g->hooks[i]->hook, first->hooks[h]->hook))
				i++;
			md_price(t, i < g->nr_hooks && o < g->nr_outputs ?
				 g->cells[i * g->nr_outputs + o] : NULL);
		}
		text_add(t, "\n");
	}
	text_add(t, "\n");
}

static void add_part(struct text *t, const char *what, int64_t n)
{
	text_add(t, "| %s | %" PRId64 " |\n", what, n);
}

/* What the stream's price is made of, for the hook whose parts were measured. */
static void add_breakdown(struct text *t, const struct prices *p, const char *kernel)
{
	const struct price *full = NULL, *hook, *stream, *filtered, *event;

	for (size_t i = 0; i < p->nr && !full; i++)
		if (!strcmp(p->all[i].kernel, kernel) && p->all[i].exact &&
		    !strcmp(p->all[i].output, "dropped"))
			full = &p->all[i];
	if (!full)
		return;
	hook = prices_find(p, kernel, full->hook, "count");
	stream = prices_find(p, kernel, full->hook, "stream");
	filtered = prices_find(p, kernel, full->hook, "filtered");
	event = prices_find(p, kernel, NULL, "trace");
	if (!hook || !stream)
		return;
	text_add(t, "| Linux ");
	md_plain(t, kernel);
	text_add(t, ", ");
	md_plain(t, full->hook);
	text_add(t, " | instructions |\n|---|--:|\n");
	add_part(t, "the hook: be called, count (*count*)", hook->instructions);
	add_part(t, "the record: make all of it, and find no room (*dropped* less *count*)",
		 full->instructions - hook->instructions);
	add_part(t, "the stream: number it, hand it over (*stream* less *dropped*)",
		 stream->instructions - full->instructions);
	add_part(t, "**hook + record + stream**", stream->instructions);
	if (filtered)
		add_part(t, "for comparison: an exit that a filter keeps back (*filtered*)",
			 filtered->instructions);
	if (event) {
		add_part(t, "for comparison: the kernel's own event, a few fields",
			 event->instructions);
		text_add(t, "\nThe kernel's own event costs %.1f times as much as hook, record and "
			    "stream together.\n",
			 (double)event->instructions / (double)stream->instructions);
	}
	text_add(t, "\n");
}

static void add_breakdowns(struct text *t, const struct prices *p)
{
	struct text parts = { 0 };

	for (size_t k = 0; k < p->nr_kernels; k++)
		add_breakdown(&parts, p, p->grids[k].kernel);
	if (!parts.len)
		return;
	text_add(t, "### What the stream's price is made of\n\n%s", parts.s);
	text_add(t, "The record is made in place in the buffer; nobody copies it before the reader "
		    "does. Most of its price is loads and stores of its members, one each. The "
		    "largest part that is not is the clock, ktime\\_get\\_mono\\_fast\\_ns(): it "
		    "reads the time stamp counter through a function pointer and converts it to "
		    "nanoseconds. The next instructions could be saved there, by leaving the "
		    "conversion to the reader, who would then have to know the clock's rate and "
		    "offset of that moment.\n\n");
	text_free(&parts);
}

/**
 * struct way - a row of the table of everybody
 * @price: of ours, or NULL
 * @line: in peers.tsv, or -1
 * @has: @low is set: rows without a figure come last
 * @low: price, or the lower end of a range
 */
struct way {
	const struct price *price;
	ssize_t line;
	bool has;
	double low;
};

static int by_price(const void *a, const void *b)
{
	const struct way *x = a, *y = b;

	if (x->has != y->has)
		return x->has ? -1 : 1;
	if (x->low < y->low)
		return -1;
	return x->low > y->low;
}

static size_t collect(struct way *ways, const struct tables *ts, const char *kernel)
{
	const struct table *peers = &ts->t[PEERS];
	bool *taken = xcalloc(peers->nr, sizeof(*taken));
	size_t n = 0;

	for (size_t i = 0; i < ts->prices.nr; i++) {
		const struct price *r = &ts->prices.all[i];
		struct way w = { r, peer_of_hook(peers, r), r->exact || r->has_range,
				 (double)(r->exact ? r->instructions : r->lo) };

		if (r->control || is_part(r) || strcmp(r->kernel, kernel))
			continue;
		if (w.line >= 0)
			taken[w.line] = true;
		ways[n++] = w;
	}
	for (size_t i = 0; i < peers->nr; i++) {
		struct way w = { NULL, (ssize_t)i, false, 0 };

		if (taken[i] || !table_is(peers, i, "kernel", kernel))
			continue;
		w.has = strcmp(table_cell(peers, i, "in_path"), "-");
		w.low = w.has ? atof(table_cell(peers, i, "in_path")) : 0;
		ways[n++] = w;
	}
	free(taken);
	qsort(ways, n, sizeof(*ways), by_price);
	return n;
}

/* The cell of a peer that is a number; without one, empty. */
static void add_number(struct text *t, const struct table *p, size_t line, const char *column)
{
	double v;

	text_add(t, " ");
	if (table_number(p, line, column, &v))
		md_number(t, v);
	text_add(t, " |");
}

static void add_peer_price(struct text *t, const struct table *p, size_t line)
{
	const char *in_path = table_cell(p, line, "in_path"), *dots = strstr(in_path, "..");

	if (table_is(p, line, "gate", "ok"))
		text_add(t, " **%s** |", in_path);
	else if (table_is(p, line, "gate", "shift") && dots)
		text_add(t, " **%.*s to %s** |", (int)(dots - in_path), in_path, dots + 2);
	else if (table_is(p, line, "gate", "skipped"))
		text_add(t, " not run |");
	else if (dots)
		text_add(t, " %.*s to %s, gate *%s* |", (int)(dots - in_path), in_path, dots + 2,
			 table_cell(p, line, "gate"));
	else
		text_add(t, " no figure, gate *%s* |", table_cell(p, line, "gate"));
}

static void add_whole(struct text *t, const struct table *p, size_t line)
{
	double mean, lo, hi;

	if (table_number(p, line, "whole_mean", &mean) && table_number(p, line, "whole_lo", &lo) &&
	    table_number(p, line, "whole_hi", &hi))
		text_add(t, " %.0f (%.0f to %.0f) |", mean, lo, hi);
	else
		text_add(t, " |");
}

static void add_way(struct text *t, const struct table *p, const struct way *w)
{
	size_t line = w->line < 0 ? 0 : (size_t)w->line;
	double v;

	text_add(t, "|");
	if (w->price) {
		text_add(t, is_event(w->price) ? " " : " procmon ");
		md_plain(t, w->price->hook);
		text_add(t, " |");
		md_cell(t, w->price->output);
		md_price(t, w->price);
	} else {
		md_cell(t, table_is(p, line, "peer", "none") ? "no tool (control)" :
			table_cell(p, line, "peer"));
		md_cell(t, table_cell(p, line, "mode"));
		add_peer_price(t, p, line);
	}
	if (w->line < 0) {
		text_add(t, " | %s | | | |\n", strcmp(w->price->traps, "-") ? w->price->traps : "");
		return;
	}
	add_whole(t, p, line);
	if (w->price)
		text_add(t, " %s |", strcmp(w->price->traps, "-") ? w->price->traps : "");
	else
		add_number(t, p, line, "traps_per_exit");
	add_number(t, p, line, "wakeups_per_1000");
	add_number(t, p, line, "peak_kib");
	text_add(t, " ");
	if (w->price && table_number(p, line, "in_path", &v)) {
		text_add(t, "measured beside the other tools, too: ");
		md_plain(t, table_cell(p, line, "in_path"));
	} else if (w->price) {
		text_add(t, "measured beside the other tools, too: gate ");
		md_plain(t, table_cell(p, line, "gate"));
	}
	if (strcmp(table_cell(p, line, "reason"), "-")) {
		text_add(t, w->price ? "; " : "");
		md_plain(t, table_cell(p, line, "reason"));
	}
	text_add(t, " |\n");
}

static void add_everybody(struct text *t, const struct tables *ts)
{
	const struct table *peers = &ts->t[PEERS];
	struct way *ways = xcalloc(ts->prices.nr + peers->nr, sizeof(*ways));

	text_add(t, "### All ways in one table\n\n");
	if (md_missing(t, ts, PEERS, "The other tools that report exits (perf, bpftrace, exitsnoop, "
				     "process accounting, ...) are")) {
		free(ways);
		return;
	}
	text_add(t, "The tools that one would take instead, measured in the same guest by the same "
		    "estimator and gates, beside our hooks; the cheapest first. *In the path*: "
		    "instructions that each exit takes longer, exact where it is bold. "
		    "A bold range: each time that the tool was attached there was an exact number, "
		    "and they differ by a few instructions (when something is attached, the "
		    "kernel's own path through an exit moves by two). Where a reading process wakes "
		    "up within each exit, there is none, but a range of percentiles with the gate "
		    "that failed, and the scheduler as shipped ([why](#how-it-was-measured)). "
		    "*Whole*: all that the machine spends on one exit, the share of the process that reads the "
		    "events included, which does not fall into every exit: a mean, and its 95 %% "
		    "interval (bootstrap). Our hooks without a figure there have no reading process: "
		    "what is in the path is all; but *stream* has one, and its share is known where "
		    "it was measured beside the other tools. *Wake-ups*: how often the reading "
		    "process had gone to sleep and was woken. *Peak*: the largest resident memory of "
		    "its processes. "
		    "From [peers.tsv](peers.tsv).\n\n");
	for (size_t i = 0; i < peers->nr; i++) {
		const char *kernel = table_cell(peers, i, "kernel");
		size_t n;

		if (!table_first(peers, i, "kernel"))
			continue;
		n = collect(ways, ts, kernel);
		text_add(t, "#### Linux ");
		md_plain(t, kernel);
		text_add(t, "\n\n| tool | how | in the path | whole: mean (interval) | traps per exit | "
			    "wake-ups per 1000 exits | peak KiB | remark |\n"
			    "|---|---|--:|--:|--:|--:|--:|---|\n");
		for (size_t w = 0; w < n; w++)
			add_way(t, peers, &ways[w]);
		text_add(t, "\n");
	}
	free(ways);
}

void md_prices(struct text *t, const struct tables *ts)
{
	text_add(t, "## The price\n\n");
	if (!md_missing(t, ts, EXACT, "What our hooks add to an exit is")) {
		add_outputs(t, &ts->prices.grids[0]);
		for (size_t k = 0; k < ts->prices.nr_kernels; k++)
			if (ts->prices.grids[k].nr_hooks)
				add_grid(t, ts, &ts->prices.grids[k]);
		add_kernels(t, ts);
	}
	add_everybody(t, ts);
	add_breakdowns(t, &ts->prices);
}
