// SPDX-License-Identifier: GPL-2.0
#include "report/way.h"

#include <math.h>
#include <stdlib.h>

const char *const storm_cpus[NR_STORMS] = { "1 CPU", "4 CPUs" };

bool price_exact(const struct price *p)
{
	return p->known && !strcmp(p->gate, "ok");
}

bool price_sharp(const struct price *p)
{
	return price_exact(p) || (p->known && !strcmp(p->gate, "shift"));
}

int price_order(const struct price *a, const struct price *b)
{
	if (a->known != b->known)
		return a->known ? -1 : 1;
	if (a->hi != b->hi)
		return a->hi < b->hi ? -1 : 1;
	return (a->lo > b->lo) - (a->lo < b->lo);
}

bool way_same(const struct way *a, const struct way *b)
{
	return a->kind == b->kind && a->process == b->process && !strcmp(a->name, b->name) &&
	       !strcmp(a->mode, b->mode);
}

bool is_output(const struct way *w, const char *output)
{
	return w->kind == WAY_OURS && !w->process && !strcmp(w->mode, output);
}

bool is_program(const struct way *w)
{
	return w->kind == WAY_TOOL && w->in_exact;
}

bool has_storm(const struct way *w)
{
	return w->storms[0].ran || w->storms[1].ran;
}

bool is_count(const struct way *w)
{
	return is_output(w, "count");
}

int way_order(const void *a, const void *b)
{
	const struct way *x = a, *y = b;
	int order = price_order(&x->price, &y->price);

	if (order || !(x->whole.known || y->whole.known))
		return order;
	if (x->whole.known != y->whole.known)
		return x->whole.known ? -1 : 1;
	return (x->whole.mean > y->whole.mean) - (x->whole.mean < y->whole.mean);
}

struct way *ways_select(const struct report *r, const char *kernel,
			bool (*is)(const struct way *),
			int (*order)(const void *, const void *))
{
	struct way *rows = xcalloc(r->nr_ways + 1, sizeof(*rows));
	size_t nr = 0;

	for_each_way(w, r->ways) {
		const struct way *same = rows;

		if (!is(w) || (kernel && strcmp(w->kernel, kernel)))
			continue;
		while (same->name && !way_same(same, w))
			same++;
		if (!same->name)
			rows[nr++] = *w;
	}
	qsort(rows, nr, sizeof(*rows), order ?: way_order);
	return rows;
}

const struct way *way_find(const struct report *r, const char *kernel, const char *hook,
			   const char *output)
{
	for_each_way_on(w, r->ways, kernel)
		if (w->kind != WAY_CONTROL && !w->process && w->output &&
		    !strcmp(w->output, output) &&
		    (hook ? w->hook && !strcmp(w->hook, hook) : w->kind == WAY_EVENT))
			return w;
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
	double v = table_number(t, line, column);

	return isnan(v) ? -1 : v;
}

struct price price_read(const struct table *t, size_t line)
{
	double lo = table_number(t, line, "lo"), hi = table_number(t, line, "hi");
	/* One whose control failed is none, whatever came out. */
	bool known = !isnan(lo) && !isnan(hi) && !table_is(t, line, "gate", "control");
	struct price p = {
		.known = known, .lo = known ? (long)lo : 0, .hi = known ? (long)hi : 0,
		.gate = table_cell(t, line, "gate"), .reason = text_of(t, line, "reason"),
	};

	if (p.known ? (double)p.lo != lo || (double)p.hi != hi || lo > hi ||
		      (price_exact(&p) && lo < hi) : !strcmp(p.gate, "ok"))
		die("%s:%zu: '%s' to '%s' is no price with the gate '%s'", t->name, line + 2,
		    table_cell(t, line, "lo"), table_cell(t, line, "hi"), p.gate);
	return p;
}

static struct way *add_way(struct report *r, struct way w)
{
	r->ways = xrealloc(r->ways, r->nr_ways + 2, sizeof(*r->ways));
	r->ways[r->nr_ways++] = w;
	r->ways[r->nr_ways] = (struct way){ 0 };
	return &r->ways[r->nr_ways - 1];
}

/* An output of ours, as the tool files call it; @bpf: what is like it of the BPF program. */
static const char *mode_of(const char *output, bool bpf)
{
	const char *ring = bpf ? "ring of its own" : "stream";

	if (!strcmp(output, "process"))
		return xasprintf("%s, unit=process", ring);
	return !strcmp(output, "stream") ? ring : output;
}

/* What exact.tsv tells: our hooks, the kernel's event, the control, and the BPF program. */
static void add_hooks(struct report *r, const struct table *t)
{
	for (size_t i = 0; i < t->nr; i++) {
		const char *hook = table_cell(t, i, "hook"), *output = table_cell(t, i, "output");
		bool event = table_is(t, i, "mechanism", "trace event");
		bool control = !strcmp(hook, "none");
		bool process = !strcmp(output, "process");
		bool bpf = table_is(t, i, "mechanism", "BPF");

		if (!table_first(t, i, "kernel,hook,mechanism,flavour,site,output"))
			die("%s:%zu: a row is given twice", t->name, i + 2);
		add_way(r, (struct way){
			.kind = control ? WAY_CONTROL : event ? WAY_EVENT :
				bpf ? WAY_TOOL : WAY_OURS,
			.kernel = table_cell(t, i, "kernel"),
			.name = hook, .hook = control || event || bpf ? NULL : hook,
			.mode = mode_of(output, bpf),
			.output = bpf ? NULL : process ? "stream" : output,
			.process = process && !bpf, .only_number = !strcmp(output, "count"),
			.site = table_cell(t, i, "site"), .in_exact = output,
			.part = !strcmp(output, "filtered") || !strcmp(output, "dropped") ||
				!strcmp(output, "extended"),
			.price = price_read(t, i), .traps = text_of(t, i, "traps"),
			.wakeups = -1, .peak = -1,
		});
	}
}

/* Is it a line about this tool on this kernel? */
static bool is_about(const struct table *t, size_t line, const struct way *a)
{
	return table_is(t, line, "kernel", a->kernel) && table_is(t, line, "peer", a->tool) &&
	       table_is(t, line, "mode", a->mode);
}

/* What it says instead of the truth, and in brackets in which cases. */
static void add_wrongs(struct text *t, const struct table *p, const struct way *a)
{
	static const char names[] = "kernel,peer,mode,verdict,says";

	for (size_t i = 0; i < p->nr; i++) {
		const char *gap = " (";

		if (!is_about(p, i, a) || !table_is(p, i, "verdict", "wrong") ||
		    !table_first(p, i, names))
			continue;
		text_add(t, "%s%s", t->len ? "; " : "", table_cell(p, i, "says"));
		for (size_t k = i; k < p->nr; k++) {
			if (!table_same(p, i, k, names))
				continue;
			text_add(t, "%s%s", gap, table_cell(p, k, "case"));
			gap = ", ";
		}
		text_add(t, ")");
	}
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
	add_wrongs(&a->truth.wrongs, t, a);
}

static void add_storms(struct way *a, const struct table *t)
{
	for (size_t i = 0; i < t->nr; i++) {
		for (size_t s = 0; is_about(t, i, a) && s < NR_STORMS; s++) {
			if (number_of(t, i, "cpus") != strtod(storm_cpus[s], NULL))
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
	if (!a->hook != !a->output || a->process > !!a->hook)
		die("%s:%zu: hook, output and unit contradict each other", t->name, i + 2);
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

/* The row of exact.tsv about the same way, with the same reader; or NULL. */
static struct way *same_in_exact(const struct report *r, const struct way *a)
{
	for_each_way_on(w, r->ways, a->kernel)
		if (w->in_exact && w->kind == a->kind && !strcmp(w->name, a->hook ?: a->name) &&
		    w->process == a->process && !strcmp(w->mode, a->mode))
			return (struct way *)w;
	return NULL;
}

/* The tools, and those of our hooks that ran beside them. */
static void add_tools(struct report *r, const struct table *peers)
{
	for (size_t i = 0; i < peers->nr; i++) {
		const char *name = table_cell(peers, i, "peer");
		struct price price = price_read(peers, i);
		struct way tool = {
			.kind = strcmp(name, "none") ? WAY_TOOL : WAY_CONTROL,
			.kernel = table_cell(peers, i, "kernel"), .name = name, .tool = name,
			.mode = table_cell(peers, i, "mode"), .price = price,
			.traps = text_of(peers, i, "traps_per_exit"),
		}, *a;

		add_reach(&tool, &r->tables[REACH]);
		a = same_in_exact(r, &tool);
		if (a) {
			a->tool = name;
			a->beside_price = price;
			add_reach(a, &r->tables[REACH]);
		} else {
			a = add_way(r, tool);
			a->name = a->hook ?: name;
		}
		a->whole.mean = table_number(peers, i, "whole_mean");
		a->whole.lo = table_number(peers, i, "whole_lo");
		a->whole.hi = table_number(peers, i, "whole_hi");
		a->whole.known = table_is(peers, i, "whole_gate", "ok") &&
				 !isnan(a->whole.mean + a->whole.lo + a->whole.hi);
		a->wakeups = number_of(peers, i, "wakeups_per_1000");
		a->peak = number_of(peers, i, "peak_kib");
		add_verdicts(a, &r->tables[PEERS_TRUTH]);
		add_storms(a, &r->tables[COMPLETENESS]);
	}
}

/* One cell of truth.tsv is "TASK/PROCESS", or one word for both. */
static bool verdict_is(const char *cell, bool process, const char *verdict)
{
	const char *slash = strchr(cell, '/'), *word = slash && process ? slash + 1 : cell;
	size_t len = strcspn(word, "/");

	return len == strlen(verdict) && !strncmp(word, verdict, len);
}

struct verdicts truth_count(const struct report *r, const char *kernel, const char *hook,
			    bool process)
{
	const struct table *t = &r->tables[TRUTH];
	struct verdicts v = { 0 };
	char *column = xstrdup(hook);

	/* The tests call "fprobe exit" by the name of its build, "fprobe-exit". */
	for (char *s = column; *s; s++)
		if (*s == ' ')
			*s = '-';
	for (size_t i = 0; i < t->nr; i++) {
		const char *cell = table_cell(t, i, column);
		bool ok = verdict_is(cell, process, "ok");

		if (!table_is(t, i, "kernel", kernel) || verdict_is(cell, process, "-"))
			continue;
		if (table_is(t, i, "case", LAST_THREAD)) {
			v.knows_last = ok;
			continue;
		}
		v.cases++;
		if (ok)
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
static void add_processes(struct report *r)
{
	size_t nr = r->nr_ways;

	for (size_t i = 0; i < nr; i++) {
		struct way a = r->ways[i], *own = NULL;
		struct verdicts v;

		if (a.kind != WAY_OURS || a.process || a.part || strcmp(a.mode, a.output))
			continue;
		v = truth_count(r, a.kernel, a.hook, false);
		r->ways[i].right_task = truth_right(&v);
		v = truth_count(r, a.kernel, a.hook, true);
		if (!v.cases)
			continue;
		for_each_way_on(w, r->ways, a.kernel)
			if (w->process && !strcmp(w->hook, a.hook) && !strcmp(w->output, a.output))
				own = (struct way *)w;
		own = own ?: add_way(r, (struct way){
			.kind = WAY_OURS, .kernel = a.kernel, .name = a.name, .mode = a.mode,
			.hook = a.hook, .output = a.output, .site = a.site, .process = true,
			.borrowed = true, .price = a.price, .traps = a.traps, .wakeups = -1,
			.peak = -1,
		});
		text_free(&own->truth.wrongs);
		own->truth = v;
	}
}

/* What each hook can know by its site, and its price where others trace, too. */
static void add_facts(struct way *a, const struct table *sees, const struct table *growth)
{
	for (size_t i = 0; i < sees->nr; i++)
		if (table_is(sees, i, "kernel", a->kernel) && table_is(sees, i, "hook", a->hook))
			a->entry = table_is(sees, i, "entry", "yes");
	for (size_t i = 0; i < growth->nr; i++)
		if (table_is(growth, i, "factor", "crowded") &&
		    table_is(growth, i, "value", "ftrace+bpf") &&
		    table_is(growth, i, "kernel", a->kernel) &&
		    table_is(growth, i, "hook", a->hook) && table_is(growth, i, "output", a->mode))
			a->crowded = price_read(growth, i);
}

void ways_make(struct report *r)
{
	r->ways = xcalloc(1, sizeof(*r->ways));
	add_hooks(r, &r->tables[EXACT]);
	add_tools(r, &r->tables[PEERS]);
	add_processes(r);
	r->kernels = xcalloc(r->nr_ways + 1, sizeof(*r->kernels));
	for (struct way *w = r->ways; w->name; w++) {
		const char **k = r->kernels;

		if (w->hook && !w->process)
			add_facts(w, &r->tables[SEES], &r->tables[GROWTH]);
		while (*k && strcmp(*k, w->kernel))
			k++;
		*k = w->kernel;
	}
}

const struct report *report_arm64(const struct report *r)
{
	static struct report arm64;

	if (!arm64.ways) {
		arm64.tables[EXACT] = r->tables[EXACT_ARM64];
		arm64.tables[ANATOMY] = r->tables[ANATOMY_ARM64];
		arm64.tables[ANATOMY_FUNCTIONS] = r->tables[FUNCTIONS_ARM64];
		arm64.tables[ENVIRONMENT] = r->tables[ENVIRONMENT_ARM64];
		ways_make(&arm64);
	}
	return &arm64;
}
