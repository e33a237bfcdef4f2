// SPDX-License-Identifier: GPL-2.0
/* What was found, in a few sentences with figures. */
#include <stdlib.h>

#include "report/fill.h"
#include "report/md.h"

/* A price, whose it is, and its traps. */
static const char *price_of(const struct way *w)
{
	bool traps = w->traps && strcmp(w->traps, "0");

	return md_text("%s (%s%s)", md_price(&w->price), md_plain(w->name),
		       traps ? md_text(", and %s traps", w->traps) : "");
}

/* The cheapest of our hooks with an output, or from the cheapest to the dearest. */
static void add_prices(struct text *t, const struct report *r, const char *output, bool dearest)
{
	for_each_kernel(k, r) {
		const struct way *first = NULL, *last = NULL;

		for_each_way_on(w, r->ways, *k) {
			if (!is_output(w, output) || !price_sharp(&w->price))
				continue;
			if (!first || price_order(&w->price, &first->price) < 0)
				first = w;
			if (!last || price_order(&w->price, &last->price) >= 0)
				last = w;
		}
		if (!first)
			continue;
		text_add(t, "%s%s%s%s on %s", t->len ? ", " : "", price_of(first),
			 dearest ? " to " : "", dearest ? price_of(last) : "", *k);
	}
}

static void fill_count(struct text *t, const struct report *r)
{
	add_prices(t, r, "count", true);
}

static void fill_stream(struct text *t, const struct report *r)
{
	add_prices(t, r, "stream", false);
}

/* The kernel's own event, which is the nearest that everybody has. */
static void fill_event(struct text *t, const struct report *r)
{
	for_each_kernel(k, r) {
		const struct way *w = way_find(r, *k, NULL, "trace");

		if (w && w->price.known)
			text_add(t, "%s%s on %s", t->len ? ", " : "", md_price(&w->price), *k);
	}
}

/* Verdicts of all hooks with unit=process, on all kernels that were tested. */
static void fill_own_truth(struct text *t, const struct report *r)
{
	const struct table *truth = &r->tables[TRUTH];
	size_t right = 0, trials = 0, refused = 0;

	for (size_t i = 0; i < truth->nr; i++) {
		for (size_t c = 0; table_first(truth, i, "kernel") && c < truth->nr_columns; c++) {
			const char *hook = truth->columns[c];
			struct verdicts v;

			if (!strcmp(hook, "kernel") || !strcmp(hook, "case"))
				continue;
			v = truth_count(r, table_cell(truth, i, "kernel"), hook, true);
			right += v.right;
			trials += v.right + v.wrong;
			refused += v.refused;
		}
	}
	if (trials)
		text_add(t, "%zu of %zu trials", right, trials);
	if (trials && refused)
		text_add(t, "; in %zu more the kernel does not offer it, and the module refuses to "
			    "load", refused);
}

/* Our BPF program, whatever it was told to do. */
static bool is_of_program(const struct report *r, const struct way *w)
{
	for_each_way(p, r->ways)
		if (is_program(p) && !strcmp(p->name, w->name))
			return true;
	return false;
}

/*
 * Ours as it comes, a tool of others or our BPF program: how often the one is right that is
 * right most often, and the name of the tool.
 */
static void add_most_right(struct text *t, const struct report *r, enum way_kind kind,
			   bool program)
{
	const struct way *best = NULL;

	for_each_way(w, r->ways)
		if (w->kind == kind && !w->process && is_of_program(r, w) == program &&
		    w->truth.right && (!best || w->truth.right > best->truth.right))
			best = w;
	if (!best)
		return;
	text_add(t, "**%zu** of %zu", best->truth.right, best->truth.cases);
	if (kind == WAY_TOOL && !program)
		text_add(t, " (%s)", md_plain(best->name));
}

static void fill_default_right(struct text *t, const struct report *r)
{
	add_most_right(t, r, WAY_OURS, false);
}

static void fill_tool_right(struct text *t, const struct report *r)
{
	add_most_right(t, r, WAY_TOOL, false);
}

static void fill_program_right(struct text *t, const struct report *r)
{
	add_most_right(t, r, WAY_TOOL, true);
}

/* The cheapest with this output in exact.tsv. */
static const struct way *cheapest(const struct report *r, const char *kernel, const char *output,
				  bool program)
{
	const struct way *best = NULL;

	for_each_way_on(w, r->ways, kernel)
		if (w->in_exact && !strcmp(w->in_exact, output) &&
		    (program ? is_program(w) : w->kind == WAY_OURS) && price_sharp(&w->price) &&
		    (!best || price_order(&w->price, &best->price) < 0))
			best = w;
	return best;
}

/* What BPF costs at best, against what ours costs. */
static void fill_bpf(struct text *t, const struct report *r)
{
	static const struct {
		const char *output, *what;
	} like[] = {
		{ "stream", "a record of each thread" }, { "process", "a record of each process" },
		{ "count", "a count" },
	};

	for_each_kernel(k, r) {
		size_t nr = 0;

		for (size_t i = 0; i < ARRAY_SIZE(like); i++) {
			const struct way *bpf = cheapest(r, *k, like[i].output, true);
			const struct way *own = cheapest(r, *k, like[i].output, false);

			if (!bpf || !own)
				continue;
			text_add(t, "%s%s %s against %s", nr++ ? ", " : t->len ? "; " : "",
				 like[i].what, price_of(bpf), price_of(own));
		}
		if (nr)
			text_add(t, " on %s", *k);
	}
}

/* How many ways lost exits in silence on any kernel, and the worst of them. */
static void fill_losses(struct text *t, const struct report *r)
{
	const struct storm *worst = NULL;
	const struct way *loser = NULL;
	struct way *rows = ways_select(r, NULL, has_storm, NULL);
	size_t ran = 0, silent = 0;

	for_each_way(row, rows) {
		bool lost = false;

		for_each_way(w, r->ways) {
			for (size_t i = 0; i < NR_STORMS && way_same(w, row); i++) {
				const struct storm *s = &w->storms[i];

				lost |= s->vanished > 0;
				if (s->vanished > (worst ? worst->vanished : 0)) {
					worst = s;
					loser = w;
				}
			}
		}
		ran++;
		silent += lost;
	}
	free(rows);
	if (!ran)
		return;
	text_add(t, "%zu of %zu ways lost some without a word", silent, ran);
	if (worst)
		text_add(t, ", %s the most: **%.0f** of %.0f", md_plain(loser->name),
			 worst->vanished, worst->exits);
}

/* How many prices are exact, and of how many. */
static void fill_exact(struct text *t, const struct report *r)
{
	size_t exact = 0, sharp = 0, rows = 0;

	for_each_way(w, r->ways) {
		if (!w->in_exact || w->kind == WAY_CONTROL || !strcmp(w->price.gate, "skipped"))
			continue;
		rows++;
		exact += price_exact(&w->price);
		sharp += price_sharp(&w->price);
	}
	if (!rows)
		return;
	text_add(t, "%zu of %zu are the same number in two boots", exact, rows);
	if (sharp > exact)
		text_add(t, ", %zu are one number in each boot", sharp - exact);
	if (rows > sharp)
		text_add(t, ", %zu are a range", rows - sharp);
}

const struct place finding_places[] = {
	{ "finding count", fill_count },
	{ "finding stream", fill_stream },
	{ "finding event", fill_event },
	{ "finding own truth", fill_own_truth },
	{ "finding default right", fill_default_right },
	{ "finding tool right", fill_tool_right },
	{ "finding program right", fill_program_right },
	{ "finding bpf", fill_bpf },
	{ "finding losses", fill_losses },
	{ "finding exact", fill_exact },
	{ 0 },
};
