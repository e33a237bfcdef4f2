// SPDX-License-Identifier: GPL-2.0
#include "report/way.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

const unsigned int storm_cpus[NR_STORMS] = { 1, 4 };

bool price_exact(const struct price *p)
{
	return p->known && !strcmp(p->gate, "ok");
}

bool price_sharp(const struct price *p)
{
	return p->known && (!strcmp(p->gate, "ok") || !strcmp(p->gate, "shift"));
}

int price_order(const struct price *a, const struct price *b)
{
	if (a->known != b->known)
		return a->known ? -1 : 1;
	if (a->hi != b->hi)
		return a->hi < b->hi ? -1 : 1;
	return (a->lo > b->lo) - (a->lo < b->lo);
}

const struct price *way_price(const struct way *w)
{
	return &w->price;
}

const struct way *cheapest(const struct ways *w, const char *kernel,
			   size_t (*grade)(const struct way *),
			   const struct price *(*price)(const struct way *))
{
	const struct way *best = NULL;

	for (size_t i = 0; i < w->nr; i++) {
		const struct way *a = &w->all[i];
		size_t g = grade(a);

		if (!g || a->kind == WAY_CONTROL || a->part || !price(a)->known ||
		    strcmp(a->kernel, kernel))
			continue;
		if (!best || g > grade(best) ||
		    (g == grade(best) && price_order(price(a), price(best)) < 0))
			best = a;
	}
	return best;
}

bool way_same(const struct way *a, const struct way *b)
{
	return a->kind == b->kind && a->process == b->process && !strcmp(a->name, b->name) &&
	       !strcmp(a->mode, b->mode);
}

bool is_count(const struct way *w)
{
	return w->kind == WAY_OURS && !w->process && !strcmp(w->mode, "count");
}

static int by_price(const void *a, const void *b)
{
	const struct way *const *x = a, *const *y = b;

	return price_order(&(*x)->price, &(*y)->price);
}

size_t ways_select(const struct ways *w, const char *kernel, bool (*is)(const struct way *),
		   const struct way ***rows)
{
	size_t nr = 0;

	*rows = xcalloc(w->nr, sizeof(**rows));
	for (size_t i = 0; i < w->nr; i++) {
		const struct way *a = &w->all[i];
		size_t k = 0;

		if (!is(a) || (kernel && strcmp(a->kernel, kernel)))
			continue;
		while (k < nr && !way_same((*rows)[k], a))
			k++;
		if (k == nr)
			(*rows)[nr++] = a;
	}
	qsort(*rows, nr, sizeof(**rows), by_price);
	return nr;
}

void way_name(struct text *t, const struct way *w)
{
	text_add(t, "%s%s", w->hook ? "procmon " : "", w->hook ?: w->name);
	if (strcmp(w->mode, "-") && w->kind != WAY_EVENT)
		text_add(t, ", %s", w->mode);
	if (w->borrowed)
		text_add(t, ", unit=process");
}

const struct way *way_find(const struct ways *w, const char *kernel, const char *hook,
			   const char *output)
{
	for (size_t i = 0; i < w->nr; i++) {
		const struct way *a = &w->all[i];

		if (a->kind != WAY_CONTROL && !a->process && !strcmp(a->kernel, kernel) &&
		    a->output && !strcmp(a->output, output) &&
		    (hook ? a->hook && !strcmp(a->hook, hook) : a->kind == WAY_EVENT))
			return a;
	}
	return NULL;
}

/* NULL for a cell that says nothing. */
static const char *text_of(const struct table *t, size_t line, const char *column)
{
	const char *cell = table_cell(t, line, column);

	return strcmp(cell, "-") ? cell : NULL;
}

static double number_of(const struct table *t, size_t line, const char *column)
{
	double v;

	return table_number(t, line, column, &v) ? v : -1;
}

struct price price_read(const struct table *t, size_t line)
{
	double lo, hi;
	struct price p = {
		.gate = table_cell(t, line, "gate"), .reason = text_of(t, line, "reason"),
	};

	p.known = table_number(t, line, "lo", &lo) && table_number(t, line, "hi", &hi);
	p.lo = p.known ? (long)lo : 0;
	p.hi = p.known ? (long)hi : 0;
	if (p.known ? (double)p.lo != lo || (double)p.hi != hi || lo > hi ||
		      (price_exact(&p) && lo < hi) : !strcmp(p.gate, "ok"))
		die("%s:%zu: '%s' to '%s' is no price with the gate '%s'", t->name, line + 2,
		    table_cell(t, line, "lo"), table_cell(t, line, "hi"), p.gate);
	return p;
}

/* What exact.tsv tells: our hooks, the kernel's event and the control. */
static void add_hooks(struct ways *w, const struct table *t)
{
	for (size_t i = 0; i < t->nr; i++) {
		const char *hook = table_cell(t, i, "hook"), *output = table_cell(t, i, "output");
		bool event = table_is(t, i, "mechanism", "trace event");
		bool control = !strcmp(hook, "none");

		if (!table_first(t, i, "kernel hook mechanism flavour site output"))
			die("%s:%zu: a row is given twice", t->name, i + 2);
		GROW(w->all, w->nr);
		w->all[w->nr++] = (struct way){
			.kind = control ? WAY_CONTROL : event ? WAY_EVENT : WAY_OURS,
			.kernel = table_cell(t, i, "kernel"),
			.name = hook, .hook = control || event ? NULL : hook,
			.mode = output, .output = output,
			.part = !strcmp(output, "filtered") || !strcmp(output, "dropped"),
			.mechanism = table_cell(t, i, "mechanism"),
			.flavour = table_cell(t, i, "flavour"),
			.site = table_cell(t, i, "site"),
			.price = price_read(t, i),
			.traps = text_of(t, i, "traps"),
			.wakeups = -1, .peak = -1,
			.hits = text_of(t, i, "hits"), .exits = text_of(t, i, "exits"),
			.missed = text_of(t, i, "missed"),
		};
	}
}

/* Is a line about this way? */
static bool is_about(const struct table *t, size_t line, const struct way *a)
{
	return table_is(t, line, "kernel", a->kernel) && table_is(t, line, "peer", a->tool) &&
	       table_is(t, line, "mode", a->mode);
}

static void add_verdicts(struct way *a, const struct table *t)
{
	for (size_t i = 0; i < t->nr; i++) {
		if (!is_about(t, i, a))
			continue;
		a->truth.cases++;
		a->truth.right += table_is(t, i, "verdict", "right");
		a->truth.wrong += table_is(t, i, "verdict", "wrong");
		a->truth.missing += table_is(t, i, "verdict", "missing");
		a->truth.no_status += table_is(t, i, "verdict", "no-status");
	}
}

static void add_storms(struct way *a, const struct table *t)
{
	for (size_t i = 0; i < t->nr; i++) {
		for (size_t s = 0; is_about(t, i, a) && s < NR_STORMS; s++) {
			if (number_of(t, i, "cpus") != (double)storm_cpus[s])
				continue;
			a->storms[s] = (struct storm){
				.ran = text_of(t, i, "exits") != NULL,
				.exits = number_of(t, i, "exits"),
				.reported = number_of(t, i, "reported"),
				.repeated = number_of(t, i, "repeated"),
				.admitted = number_of(t, i, "admitted_lost"),
				.vanished = number_of(t, i, "vanished"),
				.reason = text_of(t, i, "reason"),
			};
		}
	}
}

/* What reach.tsv tells of a tool, and whose it is. */
static void add_reach(struct way *a, const struct table *t)
{
	size_t i = 0;

	while (i < t->nr && (!table_is(t, i, "peer", a->tool) || !table_is(t, i, "mode", a->mode)))
		i++;
	if (i == t->nr)
		return;
	a->hook = text_of(t, i, "hook");
	a->output = text_of(t, i, "output");
	a->process = table_is(t, i, "unit", "process");
	if (a->hook)
		a->kind = WAY_OURS;
	a->only_number = table_is(t, i, "tells", "number");
	a->bare = table_is(t, i, "bare", "yes");
	a->options = text_of(t, i, "options");
	a->oldest = text_of(t, i, "oldest_kernel");
	a->fields = text_of(t, i, "fields");
	a->needs = text_of(t, i, "needs");
	a->second_user = text_of(t, i, "second_user");
}

/* The row of exact.tsv about the same hook, output and reader; or NULL. */
static struct way *same_hook(struct ways *w, const struct way *a)
{
	if (a->kind != WAY_OURS || a->process || strcmp(a->mode, a->output))
		return NULL;
	return (struct way *)way_find(w, a->kernel, a->hook, a->output);
}

/* The tools, and those of our hooks that ran beside them. */
static void add_tools(struct ways *w, const struct tables *ts)
{
	const struct table *peers = &ts->t[PEERS];

	for (size_t i = 0; i < peers->nr; i++) {
		const char *name = table_cell(peers, i, "peer");
		struct price price = price_read(peers, i);
		struct way tool = {
			.kind = strcmp(name, "none") ? WAY_TOOL : WAY_CONTROL,
			.kernel = table_cell(peers, i, "kernel"), .name = name, .tool = name,
			.mode = table_cell(peers, i, "mode"), .price = price,
			.traps = text_of(peers, i, "traps_per_exit"),
		}, *a;

		add_reach(&tool, &ts->t[REACH]);
		a = same_hook(w, &tool);
		if (a) {
			a->tool = name;
			a->beside_price = price;
			add_reach(a, &ts->t[REACH]);
		} else {
			GROW(w->all, w->nr);
			a = &w->all[w->nr++];
			*a = tool;
			a->name = a->hook ?: name;
		}
		a->beside = true;
		a->whole.mean = number_of(peers, i, "whole_mean");
		a->whole.known = table_is(peers, i, "whole_gate", "ok") &&
				 table_number(peers, i, "whole_lo", &a->whole.lo) &&
				 table_number(peers, i, "whole_hi", &a->whole.hi);
		a->wakeups = number_of(peers, i, "wakeups_per_1000");
		a->peak = number_of(peers, i, "peak_kib");
		add_verdicts(a, &ts->t[PEERS_TRUTH]);
		add_storms(a, &ts->t[COMPLETENESS]);
	}
}

/* One cell of truth.tsv is "TASK/PROCESS", or one word for both. */
static bool verdict_is(const char *cell, bool process, const char *verdict)
{
	const char *slash = strchr(cell, '/');
	size_t len;

	if (slash && process)
		cell = slash + 1;
	len = slash && !process ? (size_t)(slash - cell) : strlen(cell);
	return len == strlen(verdict) && !strncmp(cell, verdict, len);
}

/* What the tests found of a hook, and whether it knows the last thread. */
struct verdicts truth_count(const struct table *t, const char *kernel, const char *hook,
			    bool process, bool *last)
{
	struct verdicts v = { 0 };
	char *column = xstrdup(hook);

	/* The tests call "fprobe exit" by the name of its build, "fprobe-exit". */
	for (char *s = column; *s; s++)
		if (*s == ' ')
			*s = '-';
	for (size_t i = 0; i < t->nr; i++) {
		const char *cell = table_cell(t, i, column);

		if (!table_is(t, i, "kernel", kernel) || verdict_is(cell, process, "-"))
			continue;
		if (table_is(t, i, "case", LAST_THREAD)) {
			*last = verdict_is(cell, process, "ok");
			continue;
		}
		v.cases++;
		if (verdict_is(cell, process, "ok"))
			v.right++;
		else if (verdict_is(cell, process, "refused"))
			v.refused++;
		else
			v.wrong++;
	}
	free(column);
	return v;
}

bool truth_right(const struct verdicts *v)
{
	return v->cases && v->right == v->cases;
}

/*
 * Each of our hooks with each output, once more with unit=process; its price is that
 * with unit=task, unless it was measured by itself.
 */
static void add_processes(struct ways *w, const struct table *truth)
{
	size_t nr = w->nr;

	for (size_t i = 0; i < nr; i++) {
		struct way a = w->all[i], *own = NULL;
		bool last = false;
		struct verdicts v;

		if (a.kind != WAY_OURS || a.process || a.part || strcmp(a.mode, a.output))
			continue;
		v = truth_count(truth, a.kernel, a.hook, false, &last);
		w->all[i].right_task = truth_right(&v);
		for (size_t k = 0; k < nr; k++)
			if (w->all[k].process && !strcmp(w->all[k].kernel, a.kernel) &&
			    !strcmp(w->all[k].hook, a.hook) && !strcmp(w->all[k].output, a.output))
				own = &w->all[k];
		v = truth_count(truth, a.kernel, a.hook, true, &last);
		if (!v.cases)
			continue;
		if (!own) {
			GROW(w->all, w->nr);
			own = &w->all[w->nr++];
			*own = (struct way){
				.kind = WAY_OURS, .kernel = a.kernel, .name = a.name,
				.mode = a.mode, .hook = a.hook, .output = a.output, .process = true,
				.borrowed = true, .site = a.site, .price = a.price,
				.traps = a.traps, .wakeups = -1, .peak = -1,
			};
		}
		own->truth = v;
		own->knows_last = last;
	}
}

/* What each hook can know by its site, and its price where others trace, too. */
static void add_facts(struct ways *w, const struct table *sees, const struct table *growth)
{
	for (size_t k = 0; k < w->nr; k++) {
		struct way *a = &w->all[k];

		if (!a->hook)
			continue;
		for (size_t i = 0; i < sees->nr; i++)
			if (!a->process && table_is(sees, i, "kernel", a->kernel) &&
			    table_is(sees, i, "hook", a->hook))
				a->entry = table_is(sees, i, "entry", "yes");
		for (size_t i = 0; i < growth->nr; i++)
			if (!a->process && table_is(growth, i, "factor", "crowded") &&
			    table_is(growth, i, "value", "ftrace+bpf") &&
			    table_is(growth, i, "kernel", a->kernel) &&
			    table_is(growth, i, "hook", a->hook) &&
			    table_is(growth, i, "output", a->mode))
				a->crowded = price_read(growth, i);
	}
}

static void add_kernel(struct ways *w, const char *kernel)
{
	for (size_t i = 0; i < w->nr_kernels; i++)
		if (!strcmp(w->kernels[i], kernel))
			return;
	GROW(w->kernels, w->nr_kernels);
	w->kernels[w->nr_kernels++] = kernel;
}

void ways_make(struct ways *w, const struct tables *ts)
{
	*w = (struct ways){ 0 };
	add_hooks(w, &ts->t[EXACT]);
	add_tools(w, ts);
	add_processes(w, &ts->t[TRUTH]);
	add_facts(w, &ts->t[SEES], &ts->t[GROWTH]);
	for (size_t i = 0; i < w->nr; i++)
		add_kernel(w, w->all[i].kernel);
}

void ways_free(struct ways *w)
{
	free(w->all);
	free(w->kernels);
	*w = (struct ways){ 0 };
}
