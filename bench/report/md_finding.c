// SPDX-License-Identifier: GPL-2.0
/* The first screen of the report: what was found, in a few sentences with figures. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/md.h"

/* "A on Linux 6.12, B on 7.3": what stands behind A, and before B. */
static void add_on(struct text *t, const struct tables *ts, const char *kernel, bool first)
{
	text_add(t, first ? " on Linux " : " on ");
	md_kernel(t, ts, kernel);
}

/* A price and whose it is. */
static void add_price(struct text *t, const struct price *r)
{
	text_add(t, "**%" PRId64 "** (", r->instructions);
	md_plain(t, r->hook);
	if (takes_traps(r))
		text_add(t, ", and %s trap%s", r->traps, strcmp(r->traps, "1") ? "s" : "");
	text_add(t, ")");
}

/* From the cheapest to the dearest hook; only those with an exact price count. */
static void add_hooks(struct text *t, const struct tables *ts)
{
	struct text said = { 0 };

	for (size_t k = 0; k < ts->prices.nr_kernels; k++) {
		const struct grid *g = &ts->prices.grids[k];
		size_t o = grid_output(g, "count");
		const struct price *low = grid_extreme(g, o, false);
		bool first = !said.len;

		if (!low)
			continue;
		text_add(&said, first ? "from " : ", from ");
		add_price(&said, low);
		text_add(&said, " to ");
		add_price(&said, grid_extreme(g, o, true));
		text_add(&said, first ? " instructions" : "");
		add_on(&said, ts, g->kernel, first);
	}
	if (said.len)
		text_add(t, "- To see an exit from inside the kernel and count it costs %s.\n", said.s);
	else
		text_add(t, "- What our hooks add to an exit has no exact figure yet (run "
			    "`make bench`).\n");
	text_free(&said);
}

/* How many times as much as @than something costs, on each kernel. */
static void add_times(struct text *t, const struct tables *ts, const char *kernel,
		      const struct price *of, const struct price *than)
{
	double times = (double)of->instructions / (double)than->instructions;
	bool first = !t->len;

	text_add(t, first ? "" : ", ");
	text_add(t, times < 10 ? "%.1f" : "%.0f", times);
	text_add(t, first ? " times as much on " : " on ");
	md_kernel(t, ts, kernel);
}

static void add_records(struct text *t, const struct tables *ts)
{
	struct text said = { 0 }, events = { 0 }, logs = { 0 };

	for (size_t k = 0; k < ts->prices.nr_kernels; k++) {
		const struct grid *g = &ts->prices.grids[k];
		const struct price *stream = grid_extreme(g, grid_output(g, "stream"), false);
		const struct price *event = prices_find(&ts->prices, g->kernel, NULL, "trace");
		const struct price *log = grid_extreme(g, grid_output(g, "log"), false);
		bool first = !said.len;

		if (!stream || stream->instructions <= 0)
			continue;
		text_add(&said, first ? "" : ", ");
		add_price(&said, stream);
		text_add(&said, first ? " instructions" : "");
		add_on(&said, ts, g->kernel, first);
		if (event)
			add_times(&events, ts, g->kernel, event, stream);
		if (log)
			add_times(&logs, ts, g->kernel, log, stream);
	}
	if (said.len) {
		text_add(t, "- To hand the whole record of an exit to a reader (*stream*) costs %s.",
			 said.s);
		if (events.len)
			text_add(t, " The kernel's own trace event, with a few fields, costs %s.",
				 events.s);
		if (logs.len)
			text_add(t, " A line of the kernel log costs %s.", logs.s);
		text_add(t, "\n");
	}
	text_free(&said);
	text_free(&events);
	text_free(&logs);
}

/* The cheapest and the dearest of the other tools on a kernel, and the whole prices. */
static void add_peers_of(struct text *t, const struct tables *ts, const char *kernel)
{
	const struct table *p = &ts->t[PEERS];
	size_t n = 0, low = 0, high = 0, whole = 0;
	size_t cheap = 0, dear = 0;
	double least = 0, most = 0, v, lo;
	int64_t price, low_price = 0, high_price = 0;

	for (size_t i = 0; i < p->nr; i++) {
		if (!table_is(p, i, "kernel", kernel) || is_ours(p, i) ||
		    table_is(p, i, "peer", "none"))
			continue;
		if (peer_price(p, i, &price)) {
			if (!n || price < low_price) {
				low = i;
				low_price = price;
			}
			if (!n++ || price > high_price) {
				high = i;
				high_price = price;
			}
		}
		/* A mean whose interval has zero in it says nothing. */
		if (!table_number(p, i, "whole_mean", &v) || !table_number(p, i, "whole_lo", &lo) ||
		    lo <= 0)
			continue;
		if (!whole || v < least) {
			cheap = i;
			least = v;
		}
		if (!whole++ || v > most) {
			dear = i;
			most = v;
		}
	}
	if (n) {
		text_add(t, "- Of %zu other tools whose price in the path of the exit is sharp on ", n);
		md_kernel(t, ts, kernel);
		text_add(t, ", the cheapest makes an exit **%" PRId64 "** instructions longer (",
			 low_price);
		md_tool(t, p, low);
		text_add(t, "), the dearest **%" PRId64 "** (", high_price);
		md_tool(t, p, high);
		text_add(t, ")");
	} else {
		text_add(t, "- No other tool has a sharp price in the path of the exit on ");
		md_kernel(t, ts, kernel);
	}
	if (whole) {
		text_add(t, "; with the share of the process that reads, %zu cost from %.0f (",
			 whole, least);
		md_tool(t, p, cheap);
		text_add(t, ") to %.0f (", most);
		md_tool(t, p, dear);
		text_add(t, ") instructions an exit");
	}
	text_add(t, ".\n");
}

static void add_peers(struct text *t, const struct tables *ts)
{
	const struct table *p = &ts->t[PEERS];

	if (!tables_has(ts, PEERS))
		text_add(t, "- What other tools (perf, bpftrace, exitsnoop, ...) add to an exit was not "
			    "measured yet (run `make bench-peers`).\n");
	for (size_t i = 0; i < p->nr; i++)
		if (table_first(p, i, "kernel"))
			add_peers_of(t, ts, table_cell(p, i, "kernel"));
}

/* Verdicts on our records: unit=process, which is compared with wait(2) itself. */
static void add_own_truth(struct text *t, const struct tables *ts)
{
	const struct table *p = &ts->t[TRUTH];
	size_t right = 0, refused = 0, wrong = 0;

	for (size_t i = 0; i < p->nr; i++) {
		for (size_t c = 0; table_first(p, i, "kernel") && c < p->nr_columns; c++) {
			struct verdicts v = { 0 };

			if (truth_hook(p, c))
				v = truth_count(p, table_cell(p, i, "kernel"), truth_hook(p, c),
						true);
			right += v.right;
			refused += v.refused;
			wrong += v.wrong;
		}
	}
	if (!right && !wrong)
		return;
	text_add(t, "- Asked for one record per process, our hooks gave what wait(2) gives the parent "
		    "in %zu of %zu trials (kernel × hook × way to end a process)", right,
		 right + wrong);
	if (refused)
		text_add(t, "; %zu more were not possible, and the module refused to load", refused);
	text_add(t, ".");
}

static void add_peers_truth(struct text *t, const struct tables *ts)
{
	const struct table *p = &ts->t[PEERS_TRUTH];
	size_t tools = 0, right = 0, wrong = 0;

	for (size_t i = 0; i < p->nr; i++) {
		if (!table_first(p, i, "kernel peer mode") || is_ours(p, i))
			continue;
		tools++;
		right += peer_count(ts, p, i, "right") == peer_count(ts, p, i, NULL);
		wrong += peer_count(ts, p, i, "wrong") > 0;
	}
	if (tools)
		text_add(t, " Of %zu other ways, %zu %s right every time, and %zu say%s something "
			    "wrong at least once.", tools, right, right == 1 ? "is" : "are", wrong,
			 wrong == 1 ? "s" : "");
}

static void add_losses(struct text *t, const struct tables *ts)
{
	const struct table *p = &ts->t[COMPLETENESS];
	size_t tools = 0, silent = 0;
	const char *worst = NULL;
	double most = 0, exits = 0;
	size_t at = 0;

	for (size_t i = 0; i < p->nr; i++) {
		bool lost = false, ran = false;
		double v;

		if (!table_first(p, i, "kernel peer mode"))
			continue;
		for (size_t k = i; k < p->nr; k++) {
			if (!table_same(p, i, k, "kernel peer mode") ||
			    !table_number(p, k, "vanished", &v))
				continue;
			ran = true;
			lost |= v > 0;
			if (v > most) {
				most = v;
				at = k;
				worst = table_cell(p, k, "peer");
			}
		}
		tools += ran;
		silent += lost;
	}
	if (!tools)
		return;
	text_add(t, "- In a storm of exits, %zu of %zu ways lost some without a word", silent, tools);
	if (worst && table_number(p, at, "exits", &exits)) {
		text_add(t, ", the most **%.0f** of %.0f (", most, exits);
		md_tool(t, p, at);
		text_add(t, ", %s CPU%s)", table_cell(p, at, "cpus"),
			 table_is(p, at, "cpus", "1") ? "" : "s");
	}
	text_add(t, ".\n");
}

static void add_exactness(struct text *t, const struct tables *ts)
{
	size_t numbers = 0, rows = 0, skipped = 0;

	for (size_t i = 0; i < ts->prices.nr; i++) {
		const struct price *r = &ts->prices.all[i];

		if (r->control)
			continue;
		rows++;
		numbers += r->exact;
		skipped += r->skip != NULL;
	}
	if (!rows)
		return;
	text_add(t, "The prices of our hooks are numbers of CPU instructions, not estimates of time: "
		    "%zu of %zu rows passed every gate and are exact to the instruction", numbers,
		 rows);
	if (rows - numbers - skipped)
		text_add(t, "; %zu did not and %s given as a range", rows - numbers - skipped,
			 rows - numbers - skipped == 1 ? "is" : "are");
	if (skipped)
		text_add(t, "; %zu cannot run on %s", skipped,
			 ts->prices.nr_kernels > 1 ? "their kernel" : "this kernel");
	text_add(t, " (see [how it was measured](#how-it-was-measured) and [what it cannot tell]"
		    "(#what-it-cannot-tell)).\n\n");
}

void md_finding(struct text *t, const struct tables *ts)
{
	size_t len;

	add_hooks(t, ts);
	add_records(t, ts);
	add_peers(t, ts);
	len = t->len;
	add_own_truth(t, ts);
	if (t->len == len && tables_has(ts, PEERS_TRUTH))
		text_add(t, "-");
	add_peers_truth(t, ts);
	if (t->len > len)
		text_add(t, "\n");
	add_losses(t, ts);
	text_add(t, "\n");
	add_exactness(t, ts);
}
