// SPDX-License-Identifier: GPL-2.0
/*
 * The decision table: for each need the cheapest way that the tables show to serve,
 * on each kernel.
 */
#include "report/fill.h"
#include "report/md.h"

static bool is_other(const struct way *w)
{
	return w->kind == WAY_TOOL || w->kind == WAY_EVENT;
}

/* How well a way serves a need. */

static size_t serves_any(const struct way *w)
{
	return !w->process;
}

static size_t serves_task(const struct way *w)
{
	return w->right_task;
}

static size_t serves_process(const struct way *w)
{
	return truth_right(&w->truth) &&
	       (w->kind == WAY_TOOL || (w->truth.knows_last && !strcmp(w->output, "stream")));
}

/* All that it lost in the storms it admits; the more it reported, the better. */
static size_t serves_load(const struct way *w)
{
	double reported = 0;

	for (size_t s = 0; s < NR_STORMS; s++) {
		if (!w->storms[s].ran || w->storms[s].admitted < 0 || w->storms[s].vanished)
			return 0;
		reported += w->storms[s].reported;
	}
	return (size_t)reported;
}

static size_t serves_entry(const struct way *w)
{
	return w->entry;
}

static size_t serves_other_count(const struct way *w)
{
	return is_other(w);
}

static size_t serves_other_name(const struct way *w)
{
	return is_other(w) && w->truth.cases && !w->truth.missing;
}

static size_t serves_other_status(const struct way *w)
{
	return is_other(w) ? w->truth.right : 0;
}

static size_t serves_bare(const struct way *w)
{
	return w->bare || w->kind == WAY_EVENT;
}

/* What is to know about the way that was chosen. */

static const char *note_process(const struct way *w)
{
	return w->borrowed ? "measured with `unit=task`" : "";
}

static const char *note_load(const struct way *w)
{
	double lost = 0, exits = 0;

	for (size_t s = 0; s < NR_STORMS; s++) {
		lost += w->storms[s].admitted;
		exits += w->storms[s].exits;
	}
	return md_text("%.0f of %.0f exits lost in the storms", lost, exits);
}

static const char *note_truth(const struct way *w)
{
	const struct verdicts *v = &w->truth;
	const char *note;

	if (w->only_number || (v->cases && v->missing == v->cases))
		note = "a number, no record";
	else if (!v->cases)
		note = "name, id and priority; no status";
	else
		note = md_text("names the process in %zu of %zu cases, its status right in %zu",
			       v->cases - v->missing, v->cases, v->right);
	if (w->needs && !w->bare)
		note = md_text("%s; needs %s", note, md_plain(w->needs));
	for (const struct storm *s = w->storms; s < w->storms + NR_STORMS; s++)
		if (s->vanished > 0)
			note = md_text("%s; loses exits in silence under load (%.0f of %.0f on %s)",
				       note, s->vanished, s->exits, storm_cpus[s - w->storms]);
	return note;
}

static const char *note_crowd(const struct way *w)
{
	return md_text("%s alone on its site", md_price(&w->price));
}

/* What must have been measured on a kernel to decide. */
enum measured {
	HOOKS,
	TOOLS,
	STORMS,
	CROWD,
	NR_MEASURED
};

static const char *const measured_names[NR_MEASURED] = {
	[HOOKS] = "our hooks", [TOOLS] = "the other tools", [STORMS] = "storms of exits",
	[CROWD] = "sites that others use, too",
};

static const struct need {
	const char *want;
	enum measured measured;
	const char *output;	/* of ours; NULL: it need not be one of ours */
	size_t (*serves)(const struct way *w);
	const char *(*note)(const struct way *w);
} needs[] = {
	{ "the number of exits", HOOKS, NULL, serves_any, NULL },
	{ "a record of each thread, with the code that it gave do\\_exit", HOOKS, "stream",
	  serves_task, NULL },
	{ "a record of each process, with the status of wait(2)", HOOKS, NULL, serves_process,
	  note_process },
	{ "every exit under load, and losses counted", STORMS, NULL, serves_load, note_load },
	{ "to be told before anything of the task is torn down", HOOKS, NULL, serves_entry, NULL },
	{ "the record in perf, trace-cmd or a tracefs histogram", HOOKS, "trace", serves_any,
	  NULL },
	{ "lines for people in dmesg", HOOKS, "log", serves_any, NULL },
	{ "no module: to count, at least", TOOLS, NULL, serves_other_count, note_truth },
	{ "no module: the name of every process", TOOLS, NULL, serves_other_name, note_truth },
	{ "no module: the status, as often as can be", TOOLS, NULL, serves_other_status,
	  note_truth },
	{ "nothing but the stock kernel and a shell", TOOLS, NULL, serves_bare, note_truth },
	{ "a site where ftrace and BPF trace, too", CROWD, NULL, serves_any, note_crowd },
};

/* Among ranges, which are wide there, any may be the cheapest. */
static bool crowd_was_measured(const struct report *r, const char *kernel)
{
	bool any = false;

	for_each_way_on(w, r->ways, kernel) {
		if (!w->crowded.known)
			continue;
		if (!price_sharp(&w->crowded))
			return false;
		any = true;
	}
	return any;
}

/* Was it on this kernel, and does it tell enough to choose by it? */
static bool was_measured(const struct report *r, const char *kernel, enum measured what)
{
	if (what == CROWD)
		return crowd_was_measured(r, kernel);
	for_each_way_on(w, r->ways, kernel)
		if (what == HOOKS ? w->kind == WAY_OURS :
		    what == TOOLS ? w->kind == WAY_TOOL && w->tool : w->storms[0].ran)
			return true;
	return false;
}

/* The price that counts. */
static const struct price *price_for(const struct need *n, const struct way *w)
{
	return n->measured == CROWD ? &w->crowded : &w->price;
}

/* Of the ways that serve a need best the cheapest; NULL if there is none, or nobody knows. */
static const struct way *cheapest(const struct report *r, const char *kernel, const struct need *n)
{
	const struct way *best = NULL;
	size_t most = 0;

	for_each_way_on(w, r->ways, kernel) {
		size_t grade = n->serves(w);

		if (!grade || w->kind == WAY_CONTROL || w->part || !price_for(n, w)->known ||
		    (n->output && !is_output(w, n->output)))
			continue;
		if (grade < most ||
		    (grade == most && price_order(price_for(n, w), price_for(n, best)) >= 0))
			continue;
		most = grade;
		best = w;
	}
	return was_measured(r, kernel, n->measured) ? best : NULL;
}

static const char *choice(const struct need *n, const struct way *w)
{
	const char *mode = "", *traps = "";

	if (w->kind != WAY_EVENT && strcmp(w->mode, "-"))
		mode = md_text(w->hook ? ", *%s*" : ", %s",
			       md_plain(w->hook ? w->output : w->mode));
	if (!w->traps || strcmp(w->traps, "0"))
		traps = md_text(", traps %s", w->traps ?: "not counted");
	return md_text("**%s**%s%s: %s%s", md_plain(w->name), mode,
		       w->process ? ", `unit=process`" : "", md_price(price_for(n, w)), traps);
}

static void fill_choice(struct text *t, const struct report *r)
{
	struct md_table m = { 0 };

	for (const struct need *n = needs; r->kernels[0] && n < needs + ARRAY_SIZE(needs); n++) {
		const struct way *first = cheapest(r, r->kernels[0], n);

		md_row(&m);
		md_left(&m, "you want", n->want);
		for_each_kernel(k, r) {
			const struct way *w = cheapest(r, *k, n);

			md_left(&m, md_text("on Linux %s", *k), w ? choice(n, w) : "");
		}
		md_left(&m, "note", first && n->note ? n->note(first) : "");
	}
	md_end(t, &m);
}

/* On each kernel what was not measured there. */
static void fill_not_measured(struct text *t, const struct report *r)
{
	for_each_kernel(k, r) {
		const char *missing[NR_MEASURED];
		size_t nr = 0;

		for (enum measured m = 0; m < NR_MEASURED; m++)
			if (!was_measured(r, *k, m))
				missing[nr++] = measured_names[m];
		if (nr)
			text_add(t, "%sNot measured on %s, or not sharply enough to choose: ",
				 t->len ? " " : "", *k);
		for (size_t i = 0; i < nr; i++)
			text_add(t, "%s%s", md_join(i, nr), missing[i]);
		text_add(t, "%s", nr ? "." : "");
	}
}

static bool has_price(const struct report *r, const char *kernel)
{
	for_each_kernel(k, r)
		if (!strcmp(*k, kernel))
			return true;
	return false;
}

/* The cheapest elsewhere of those that are right on a kernel without prices. */
static const struct way *right_there(const struct report *r, const char *kernel, bool process)
{
	const struct way *best = NULL;

	for_each_way_on(w, r->ways, r->kernels[0]) {
		struct verdicts v;

		if (!is_output(w, "stream"))
			continue;
		v = truth_count(r, kernel, w->hook, process);
		if (truth_right(&v) && (!best || price_order(&w->price, &best->price) < 0))
			best = w;
	}
	return best;
}

static void fill_old(struct text *t, const struct report *r)
{
	const struct table *truth = &r->tables[TRUTH];

	for (size_t i = 0; i < truth->nr && r->kernels[0]; i++) {
		const char *kernel = table_cell(truth, i, "kernel");
		const struct way *task, *process;

		if (!table_first(truth, i, "kernel") || has_price(r, kernel))
			continue;
		task = right_there(r, kernel, false);
		process = right_there(r, kernel, true);
		if (task && process)
			text_add(t, "On %s no price was measured; the cheapest elsewhere of those "
				    "that load there and are right in every case are **%s** with "
				    "`unit=task` and **%s** with `unit=process`.", kernel,
				 task->name, process->name);
	}
}

const struct place choice_places[] = {
	{ "choice", fill_choice },
	{ "choice not measured", fill_not_measured },
	{ "choice old", fill_old },
	{ 0 },
};
