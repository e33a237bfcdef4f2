// SPDX-License-Identifier: GPL-2.0
/*
 * The decision table: for each need the cheapest way that the tables show to meet
 * it, on each kernel. Where no table decides, it says so.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/md.h"

/**
 * struct pick - what to use for a need on one kernel
 * @use: its name; empty: no table decides
 * @price: instructions per exit
 * @traps: per exit
 * @lacks: what it cannot do or needs beside, or why there is no answer
 */
struct pick {
	struct text use, price, traps, lacks;
};

static void pick_free(struct pick *p)
{
	text_free(&p->use);
	text_free(&p->price);
	text_free(&p->traps);
	text_free(&p->lacks);
}

static void take_none(struct pick *p, const char *why)
{
	pick_free(p);
	text_add(&p->lacks, "%s", why);
}

static void add_traps(struct pick *p, const char *traps)
{
	text_add(&p->traps, "%s", strcmp(traps, "-") ? traps : "not counted");
}

/* With the share of whoever reads, if that was measured. */
static void add_whole(struct pick *p, const struct table *peers, ssize_t line)
{
	double v, lo;

	/* A mean whose interval has zero in it says nothing. */
	if (line >= 0 && table_number(peers, (size_t)line, "whole_mean", &v) &&
	    table_number(peers, (size_t)line, "whole_lo", &lo) && lo > 0)
		text_add(&p->price, " (whole: %.0f)", v);
}

static void take_hook(struct pick *p, const struct tables *ts, const struct price *r)
{
	pick_free(p);
	md_bold(&p->use, r->hook);
	if (!is_event(r)) {
		text_add(&p->use, ", *");
		md_plain(&p->use, r->output);
		text_add(&p->use, "*");
	}
	text_add(&p->price, "%" PRId64, r->instructions);
	add_whole(p, &ts->t[PEERS], peer_of_hook(&ts->t[PEERS], r));
	add_traps(p, r->traps);
}

static void take_peer(struct pick *p, const struct tables *ts, const struct table *from,
		      size_t line)
{
	const struct table *peers = &ts->t[PEERS];
	ssize_t at = from == peers ? (ssize_t)line : peer_find(peers, from, line);
	const struct price *own = is_ours(from, line) ?
		prices_find(&ts->prices, table_cell(from, line, "kernel"),
			    table_cell(from, line, "peer") + strlen("procmon "),
			    table_cell(from, line, "mode")) : NULL;
	const char *in_path, *dots;
	int64_t price;

	pick_free(p);
	text_add(&p->use, "**");
	md_tool(&p->use, from, line);
	text_add(&p->use, "**");
	in_path = at >= 0 ? table_cell(peers, (size_t)at, "in_path") : "-";
	dots = strstr(in_path, "..");
	if (at >= 0 && peer_price(peers, (size_t)at, &price))
		text_add(&p->price, "%" PRId64, price);
	else if (own)
		text_add(&p->price, "%" PRId64, own->instructions);
	else if (dots)
		text_add(&p->price, "%.*s to %s", (int)(dots - in_path), in_path, dots + 2);
	else
		text_add(&p->price, "no figure");
	add_whole(p, peers, at);
	add_traps(p, at >= 0 ? table_cell(peers, (size_t)at, "traps_per_exit") : "-");
}

static const char untested[] =
	"what the records say was not tested on this kernel: run `make test`";

typedef bool (*hook_test)(const struct tables *ts, const char *kernel, const char *hook);

/* The cheapest of our hooks with this output that passes the test. */
static const struct price *cheapest(const struct tables *ts, const struct grid *g,
				    const char *output, hook_test test)
{
	size_t o = grid_output(g, output);
	const struct price *best = NULL;

	for (size_t h = 0; o < g->nr_outputs && h < g->nr_hooks; h++) {
		const struct price *r = grid_exact(g, h, o);

		if (r && (!best || r->instructions < best->instructions) &&
		    (!test || test(ts, g->kernel, r->hook)))
			best = r;
	}
	return best;
}

/* An output of the cheapest hook, whichever it is. */
static void pick_output(struct pick *p, const struct tables *ts, const struct grid *g,
			const char *output, const char *lacks)
{
	const struct price *r = cheapest(ts, g, output, NULL);

	if (!r) {
		take_none(p, "no hook has an exact price here");
		return;
	}
	take_hook(p, ts, r);
	text_add(&p->lacks, "%s", lacks);
}

static void pick_count(struct pick *p, const struct tables *ts, const struct grid *g)
{
	const struct table *peers = &ts->t[PEERS];
	const struct price *r = cheapest(ts, g, "count", NULL);
	int64_t least = r ? r->instructions : INT64_MAX, price;

	pick_output(p, ts, g, "count", "a number, no record; a module to build and load");
	for (size_t i = 0; i < peers->nr; i++) {
		if (!table_is(peers, i, "kernel", g->kernel) || is_ours(peers, i) ||
		    table_is(peers, i, "peer", "none") || !peer_price(peers, i, &price) ||
		    price >= least)
			continue;
		least = price;
		take_peer(p, ts, peers, i);
	}
}

static void pick_trace(struct pick *p, const struct tables *ts, const struct grid *g)
{
	pick_output(p, ts, g, "trace",
		    "much of the price is the ftrace ring buffer; a module to build and load");
}

static void pick_log(struct pick *p, const struct tables *ts, const struct grid *g)
{
	pick_output(p, ts, g, "log",
		    "old lines are overwritten; every reader must parse text; a module to build "
		    "and load");
}

static bool right_task(const struct tables *ts, const char *kernel, const char *hook)
{
	struct verdicts v = truth_count(&ts->t[TRUTH], kernel, hook, false);

	return truth_all(&v);
}

/* Right in every case, and the last thread is known: so each process has one record. */
static bool right_process(const struct tables *ts, const char *kernel, const char *hook)
{
	const struct table *truth = &ts->t[TRUTH];
	struct verdicts v = truth_count(truth, kernel, hook, true);

	if (!truth_all(&v))
		return false;
	for (size_t i = 0; i < truth->nr; i++)
		if (table_is(truth, i, "kernel", kernel) && !truth_is_case(truth, i))
			return truth_verdict(truth, i, hook, true, "ok");
	return false;
}

static bool at_entry(const struct tables *ts, const char *kernel, const char *hook)
{
	const struct table *sees = &ts->t[SEES];

	for (size_t i = 0; i < sees->nr; i++)
		if (table_is(sees, i, "kernel", kernel) && table_is(sees, i, "hook", hook))
			return !strncmp(table_cell(sees, i, "when"), "at entry", 8);
	return false;
}

static bool has_kernel(const struct table *t, const char *kernel)
{
	for (size_t i = 0; i < t->nr; i++)
		if (table_is(t, i, "kernel", kernel))
			return true;
	return false;
}

/* A whole record with unit=process. */
static void pick_process(struct pick *p, const struct tables *ts, const struct grid *g)
{
	const struct price *all = cheapest(ts, g, "stream", NULL);
	const struct price *r = cheapest(ts, g, "stream", right_process);

	if (!has_kernel(&ts->t[TRUTH], g->kernel)) {
		take_none(p, untested);
	} else if (!r) {
		take_none(p, "no hook that passed the tests has an exact price here");
	} else {
		take_hook(p, ts, r);
		text_add(&p->use, ", `unit=process`");
		if (all != r) {
			struct verdicts v = truth_count(&ts->t[TRUTH], g->kernel, all->hook, true);

			text_add(&p->lacks, "the cheaper ");
			md_plain(&p->lacks, all->hook);
			text_add(&p->lacks, " %s; ", v.refused && !v.right && !v.wrong ?
				 "cannot do it here and refuses to load" :
				 "did not pass the tests here");
		}
		text_add(&p->lacks, "the price is that of `unit=task`, the default, which is what was "
				    "measured; a module to build and load");
	}
}

static void pick_task(struct pick *p, const struct tables *ts, const struct grid *g)
{
	const struct price *r = cheapest(ts, g, "stream", right_task);

	if (!has_kernel(&ts->t[TRUTH], g->kernel)) {
		take_none(p, untested);
	} else if (!r) {
		take_none(p, "no hook that passed the tests has an exact price here");
	} else {
		take_hook(p, ts, r);
		text_add(&p->lacks, "a module to build and load");
	}
}

static void pick_first(struct pick *p, const struct tables *ts, const struct grid *g)
{
	const struct price *r = cheapest(ts, g, "count", at_entry);

	if (!r) {
		take_none(p, "no hook at the entry has an exact price here");
		return;
	}
	take_hook(p, ts, r);
	text_add(&p->lacks, "what is only known later: whether it was the last thread");
}

/* What the tables say against a peer. */
/* The worst that a storm did to it, if it said nothing about that. */
static void add_vanished(struct pick *p, const struct table *storms, const struct table *from,
			 size_t line)
{
	double vanished, worst = 0;
	size_t at = 0;

	for (size_t i = 0; i < storms->nr; i++) {
		if (table_is(storms, i, "kernel", table_cell(from, line, "kernel")) &&
		    table_is(storms, i, "peer", table_cell(from, line, "peer")) &&
		    table_is(storms, i, "mode", table_cell(from, line, "mode")) &&
		    table_number(storms, i, "vanished", &vanished) && vanished > worst) {
			worst = vanished;
			at = i;
		}
	}
	if (worst > 0)
		text_add(&p->lacks, "; of %s exits in a storm on %s CPU%s, %.0f vanished without a "
				    "word", table_cell(storms, at, "exits"),
			 table_cell(storms, at, "cpus"),
			 table_is(storms, at, "cpus", "1") ? "" : "s", worst);
}

static void add_peer_lacks(struct pick *p, const struct tables *ts, const struct table *from,
			   size_t line)
{
	size_t cases = peer_count(ts, from, line, NULL);
	ssize_t reach = peer_find(&ts->t[REACH], from, line);

	if (cases && cases == peer_count(ts, from, line, "missing"))
		text_add(&p->lacks, "a number, no record");
	else if (cases)
		text_add(&p->lacks, "of %zu cases, the status is right in %zu and the process "
				    "missing in %zu", cases, peer_count(ts, from, line, "right"),
			 peer_count(ts, from, line, "missing"));
	else
		text_add(&p->lacks, "whether it tells the truth was not tested");
	if (reach >= 0 && strcmp(table_cell(&ts->t[REACH], (size_t)reach, "needs"), "-")) {
		text_add(&p->lacks, "; needs ");
		md_plain(&p->lacks, table_cell(&ts->t[REACH], (size_t)reach, "needs"));
	}
	add_vanished(p, &ts->t[COMPLETENESS], from, line);
}

/* The kernel's own event is all that make bench knows beside our modules. */
static void pick_event(struct pick *p, const struct tables *ts, const struct grid *g,
		       const char *but)
{
	const struct table *sees = &ts->t[SEES];
	const struct price *r = prices_find(&ts->prices, g->kernel, NULL, "trace");

	if (!r) {
		take_none(p, but);
		return;
	}
	take_hook(p, ts, r);
	text_add(&p->use, " (tracefs)");
	for (size_t i = 0; i < sees->nr; i++) {
		if (!table_is(sees, i, "kernel", g->kernel) || !table_is(sees, i, "hook", r->hook))
			continue;
		text_add(&p->lacks, "exit code: ");
		md_plain(&p->lacks, table_cell(sees, i, "exit code"));
		text_add(&p->lacks, "; ");
	}
	text_add(&p->lacks, "%s", but);
}

static bool needs_nothing(const struct tables *ts, const struct table *from, size_t line)
{
	ssize_t at = peer_find(&ts->t[REACH], from, line);
	const char *needs = at < 0 ? "?" : table_cell(&ts->t[REACH], (size_t)at, "needs");

	return !strcmp(needs, "-") || !strncmp(needs, "nothing", 7) || !strncmp(needs, "none", 4);
}

/**
 * enum wish - what is asked of another tool
 * @WISH_CHEAP: an exact price, the least
 * @WISH_BARE: the same, and that it needs nothing but the kernel and a shell
 * @WISH_NAME: that it names the process in most cases; of these the cheapest, but
 *	one without an exact price will do
 * @WISH_STATUS: the same for the right status
 */
enum wish {
	WISH_CHEAP,
	WISH_BARE,
	WISH_NAME,
	WISH_STATUS,
};

/* Cases in which a peer does what is asked. */
static size_t granted(const struct tables *ts, size_t line, enum wish wish)
{
	const struct table *peers = &ts->t[PEERS];

	return wish == WISH_STATUS ? peer_count(ts, peers, line, "right") :
	       peer_count(ts, peers, line, NULL) - peer_count(ts, peers, line, "missing");
}

/* The line of peers.tsv, or -1. */
static ssize_t best_peer(const struct tables *ts, const char *kernel, enum wish wish)
{
	const struct table *peers = &ts->t[PEERS];
	int64_t price, least = INT64_MAX;
	size_t most = 0;
	ssize_t best = -1;

	for (size_t i = 0; i < peers->nr; i++) {
		size_t cases = wish < WISH_NAME ? 0 : granted(ts, i, wish);
		bool exact = peer_price(peers, i, &price);

		if (!table_is(peers, i, "kernel", kernel) || is_ours(peers, i) ||
		    table_is(peers, i, "peer", "none") ||
		    (wish == WISH_BARE && !needs_nothing(ts, peers, i)) ||
		    (wish < WISH_NAME ? !exact : !cases))
			continue;
		if (!exact)
			price = INT64_MAX;
		if (best < 0 || cases > most || (cases == most && price < least)) {
			best = (ssize_t)i;
			most = cases;
			least = price;
		}
	}
	return best;
}

static void pick_peer(struct pick *p, const struct tables *ts, const struct grid *g,
		      enum wish wish)
{
	const struct table *peers = &ts->t[PEERS];
	ssize_t best = best_peer(ts, g->kernel, wish);

	if (best >= 0) {
		take_peer(p, ts, peers, (size_t)best);
		add_peer_lacks(p, ts, peers, (size_t)best);
	} else if (wish >= WISH_NAME) {
		take_none(p, "no other tool that was measured does it in any case");
	} else {
		pick_event(p, ts, g, has_kernel(peers, g->kernel) ?
			   "no other tool with a sharp price is known to qualify" :
			   "other tools were not measured here: run `make bench-peers`");
	}
}

/* What they say is known only if both tables have this kernel. */
static void pick_tested_peer(struct pick *p, const struct tables *ts, const struct grid *g,
			     enum wish wish)
{
	if (has_kernel(&ts->t[PEERS_TRUTH], g->kernel) && has_kernel(&ts->t[PEERS], g->kernel))
		pick_peer(p, ts, g, wish);
	else
		take_none(p, "what the other tools say was not tested here: run `make bench-peers`");
}

static void pick_cheap_peer(struct pick *p, const struct tables *ts, const struct grid *g)
{
	pick_peer(p, ts, g, WISH_CHEAP);
}

static void pick_naming_peer(struct pick *p, const struct tables *ts, const struct grid *g)
{
	pick_tested_peer(p, ts, g, WISH_NAME);
}

static void pick_right_peer(struct pick *p, const struct tables *ts, const struct grid *g)
{
	pick_tested_peer(p, ts, g, WISH_STATUS);
}

static void pick_shell(struct pick *p, const struct tables *ts, const struct grid *g)
{
	if (tables_has(ts, PEERS) && !tables_has(ts, REACH))
		pick_event(p, ts, g, "what the other tools need is not written down yet: run "
				     "`make bench-peers`");
	else
		pick_peer(p, ts, g, WISH_BARE);
}

/* Exits that a tool admits to have lost in the storms; -1 if it lost any in silence. */
static double admitted(const struct table *t, size_t line)
{
	double sum = 0, v, lost;

	for (size_t i = line; i < t->nr; i++) {
		if (!table_same(t, line, i, "kernel peer mode"))
			continue;
		if (!table_number(t, i, "vanished", &v) || v > 0 ||
		    !table_number(t, i, "admitted_lost", &lost))
			return -1;
		sum += lost;
	}
	return sum;
}

static int64_t any_price(const struct tables *ts, const struct table *from, size_t line)
{
	ssize_t at = peer_find(&ts->t[PEERS], from, line);
	int64_t v;

	return at >= 0 && peer_price(&ts->t[PEERS], (size_t)at, &v) ? v : INT64_MAX;
}

static void pick_load(struct pick *p, const struct tables *ts, const struct grid *g)
{
	const struct table *c = &ts->t[COMPLETENESS];
	ssize_t best = -1;
	double least = 0, exits = 0, v;

	if (!has_kernel(c, g->kernel)) {
		take_none(p, "no storm was run here: run `make bench-peers`");
		return;
	}
	for (size_t i = 0; i < c->nr; i++) {
		double lost = admitted(c, i);

		if (!table_is(c, i, "kernel", g->kernel) || lost < 0 ||
		    !table_first(c, i, "kernel peer mode"))
			continue;
		if (best < 0 || lost < least ||
		    (lost <= least && any_price(ts, c, i) < any_price(ts, c, (size_t)best))) {
			best = (ssize_t)i;
			least = lost;
		}
	}
	if (best < 0) {
		take_none(p, "every tool lost exits in silence or has no way to tell");
		return;
	}
	for (size_t i = 0; i < c->nr; i++)
		if (table_same(c, (size_t)best, i, "kernel peer mode") &&
		    table_number(c, i, "exits", &v))
			exits += v;
	take_peer(p, ts, c, (size_t)best);
	text_add(&p->lacks, "%.0f of %.0f exits lost in the storms, all admitted%s", least, exits,
		 is_ours(c, (size_t)best) ? "; a module to build and load" : "");
}

/* The price of a hook on a site that it has for itself or shares. */
static bool crowd_price(const struct table *t, const char *kernel, const char *hook,
			const char *value, double *v)
{
	for (size_t i = 0; i < t->nr; i++)
		if (table_is(t, i, "factor", "crowded") && table_is(t, i, "kernel", kernel) &&
		    table_is(t, i, "hook", hook) && table_is(t, i, "value", value) &&
		    table_is(t, i, "output", "count") && table_is(t, i, "gate", "ok"))
			return table_number(t, i, "instructions", v);
	return false;
}

static void pick_crowd(struct pick *p, const struct tables *ts, const struct grid *g)
{
	static const char both[] = "ftrace+bpf";
	const struct table *t = &ts->t[GROWTH];
	const struct price *best = NULL;
	double least = 0, alone, v;

	for (size_t h = 0; h < g->nr_hooks; h++) {
		if (!crowd_price(t, g->kernel, g->hooks[h]->hook, both, &v) ||
		    (best && v >= least))
			continue;
		best = g->hooks[h];
		least = v;
	}
	if (!best) {
		take_none(p, "not measured yet on this kernel");
		return;
	}
	pick_free(p);
	md_bold(&p->use, best->hook);
	text_add(&p->price, "%.0f", least);
	add_traps(p, best->traps);
	if (crowd_price(t, g->kernel, best->hook, "alone", &alone))
		text_add(&p->lacks, "%.0f with the site to itself; ", alone);
	text_add(&p->lacks, "a module to build and load");
}

static const struct need {
	const char *want;
	void (*pick)(struct pick *p, const struct tables *ts, const struct grid *g);
} needs[] = {
	{ "only to know how many exits there were", pick_count },
	{ "one record per thread, with the code that it handed to do\\_exit", pick_task },
	{ "one record per process, with the status that wait(2) gives, for certain", pick_process },
	{ "every exit under load, and losses counted", pick_load },
	{ "to be told before anything of the task is torn down", pick_first },
	{ "the record in perf, trace-cmd or a tracefs histogram", pick_trace },
	{ "lines that a person reads in dmesg", pick_log },
	{ "no kernel module: to count, at least", pick_cheap_peer },
	{ "no kernel module: the name of every process", pick_naming_peer },
	{ "no kernel module: the status", pick_right_peer },
	{ "nothing but the stock kernel and a shell", pick_shell },
	{ "a site where ftrace and BPF trace, too", pick_crowd },
};

static bool same_pick(const struct pick *a, const struct pick *b)
{
	return !strcmp(a->use.s ? a->use.s : "", b->use.s ? b->use.s : "") &&
	       !strcmp(a->lacks.s ? a->lacks.s : "", b->lacks.s ? b->lacks.s : "");
}

static void add_row(struct text *t, const char *want, const char *on, const char *use,
		    const char *price, const char *traps, const char *lacks)
{
	text_add(t, "| %s | %s | %s | %s | %s | %s |\n", want, on, use ? use : "*not decided*",
		 price ? price : "", traps ? traps : "", lacks ? lacks : "");
}

/* Kernels with the same answer are one row, the prices in the order of the kernels. */
static void add_need(struct text *t, const struct tables *ts, const struct need *need)
{
	size_t nr = ts->prices.nr_kernels;
	struct pick *picks = xcalloc(nr, sizeof(*picks));
	bool *done = xcalloc(nr, sizeof(*done));

	for (size_t k = 0; k < nr; k++)
		need->pick(&picks[k], ts, &ts->prices.grids[k]);
	for (size_t k = 0; k < nr; k++) {
		struct text on = { 0 }, price = { 0 }, traps = { 0 };
		bool same_traps = true;

		if (done[k])
			continue;
		for (size_t i = k; i < nr; i++) {
			if (!same_pick(&picks[k], &picks[i]))
				continue;
			done[i] = true;
			text_add(&on, on.len ? ", " : "");
			md_kernel(&on, ts, ts->prices.grids[i].kernel);
			if (!picks[i].use.len)
				continue;
			same_traps &= !strcmp(picks[k].traps.s, picks[i].traps.s);
			text_add(&price, "%s%s", price.len ? ", " : "", picks[i].price.s);
			text_add(&traps, "%s%s", traps.len ? ", " : "", picks[i].traps.s);
		}
		add_row(t, need->want, on.s, picks[k].use.s, price.s,
			same_traps ? picks[k].traps.s : traps.s, picks[k].lacks.s);
		text_free(&on);
		text_free(&price);
		text_free(&traps);
	}
	for (size_t k = 0; k < nr; k++)
		pick_free(&picks[k]);
	free(picks);
	free(done);
}

/* Kernels that the modules were tested on but not measured: there are no prices. */
static void add_untimed(struct text *t, const struct tables *ts)
{
	const struct table *truth = &ts->t[TRUTH];
	const struct grid *g = &ts->prices.grids[0];

	for (size_t i = 0; ts->prices.nr_kernels && i < truth->nr; i++) {
		const char *kernel = table_cell(truth, i, "kernel");
		const struct price *best[2] = { NULL, NULL };
		struct text on = { 0 }, use = { 0 }, lacks = { 0 };
		size_t o = grid_output(g, "stream");
		bool timed = false;

		for (size_t k = 0; k < ts->prices.nr_kernels; k++)
			timed |= !strcmp(ts->prices.grids[k].kernel, kernel);
		if (timed || !table_first(truth, i, "kernel"))
			continue;
		for (size_t h = 0; o < g->nr_outputs && h < g->nr_hooks; h++) {
			const struct price *r = grid_exact(g, h, o);

			for (int unit = 0; r && unit < 2; unit++)
				if ((!best[unit] || r->instructions < best[unit]->instructions) &&
				    (unit ? right_process : right_task)(ts, kernel, r->hook))
					best[unit] = r;
		}
		md_kernel(&on, ts, kernel);
		for (int unit = 0; unit < 2; unit++) {
			if (!best[unit])
				continue;
			text_add(&use, use.len ? "; " : "");
			md_bold(&use, best[unit]->hook);
			text_add(&use, unit ? " with `unit=process`" : " with `unit=task`");
		}
		text_add(&lacks, "no price was measured there: these are the cheapest on ");
		md_kernel(&lacks, ts, g->kernel);
		text_add(&lacks, " of those that load and are right in every case");
		add_row(t, "to run on a kernel as old as this", on.s, use.s, "", "", lacks.s);
		text_free(&on);
		text_free(&use);
		text_free(&lacks);
	}
}

void md_choice(struct text *t, const struct tables *ts)
{
	text_add(t, "## Which one to choose\n\n");
	if (md_missing(t, ts, EXACT, "The price of our hooks is"))
		return;
	text_add(t, "| you want | on Linux | use | instructions per exit | traps per exit | "
		    "what it lacks or needs |\n|---|---|---|--:|--:|---|\n");
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		add_need(t, ts, &needs[i]);
	add_untimed(t, ts);
	text_add(t, "\nEach row names the cheapest way that the tables below show to serve. In bold the "
		    "hook ([what the names mean](#the-names)), in italics where its record goes. An "
		    "instruction is not a nanosecond and a trap costs more than its two instructions: "
		    "see [what it cannot tell](#what-it-cannot-tell). %sA tracepoint is the interface "
		    "that changes least from kernel to kernel; hooks on a function break when the "
		    "function is renamed or inlined.\n\n", tables_has(ts, PEERS) ?
		 "*Whole* is the mean with the share of the process that reads; the number before it "
		 "is what each exit takes longer. " : "");
}

void md_words(struct text *t)
{
	text_add(t,
		"## The names\n\n"
		"When a thread of a process ends, it runs the kernel's function `do_exit` once; when "
		"the last thread of a process has done so, the process is gone, and its parent learns "
		"the *status* by wait(2). To *watch exits* is to have code of one's own run at that "
		"moment. Linux offers several mechanisms for it:\n\n"
		"- **tracepoint**: the kernel's authors left a marked place, here "
		"`sched:sched_process_exit`; while nobody listens it is an instruction that does nothing, "
		"and a listener is called like a function.\n"
		"- **ftrace** (ftrace\\_ops): nearly every kernel function begins with an "
		"instruction that does nothing, which the kernel can turn into a call while it runs; ftrace\\_ops is the plain "
		"way to be called from there.\n"
		"- **fprobe**: the same call at the beginning, made comfortable: by name, for many "
		"functions at once; **fprobe exit** is called when the function returns, for which its "
		"return address is replaced on the way in.\n"
		"- **kprobe**: a probe on nearly any instruction of the kernel. What it becomes depends on "
		"the place: **kprobe ftrace** is called from a function's beginning as ftrace is; **kprobe "
		"jump** overwrites the instructions with a jump to code that calls the probe and then "
		"runs a copy of them; **kprobe int3** puts a breakpoint there, and each hit is an exception (a *trap*) that the CPU must "
		"enter and leave.\n"
		"- **kretprobe**: a kprobe at the beginning that replaces the return address, to be called "
		"when the function returns.\n"
		"- **kernel's event**: not a hook of ours but the trace event that the kernel itself makes "
		"of its tracepoint, for comparison.\n\n"
		"A *hook* is such a mechanism at one place of the exit path (the *site*). `do_exit` never "
		"returns, so what waits for a return sits on `acct_collect`, which `do_exit` calls (in kernels with "
		"CONFIG\\_BSD\\_PROCESS\\_ACCT), and which is told whether the thread is the last.\n\n");
}
