// SPDX-License-Identifier: GPL-2.0
/* What each hook can know, what each way said, and what storms left of it. */
#include <stdlib.h>

#include "report/fill.h"
#include "report/md.h"

/*
 * A table of which lines that differ in one column alone are one, and then those that
 * differ in another. NULL: all columns, in the order of the file.
 */
static void add_folded(struct text *t, const struct table *table, const char *const *columns,
		       const char *first, const char *noun, const char *second)
{
	struct table once, twice;
	struct md_table m = { 0 };

	if (!table->nr)
		return;
	table_fold(&once, table, first, noun);
	table_fold(&twice, &once, second, NULL);
	for (size_t i = 0; i < twice.nr; i++) {
		md_row(&m);
		for (size_t c = 0; columns ? columns[c] != NULL : c < twice.nr_columns; c++) {
			const char *name = columns ? columns[c] : twice.columns[c];

			md_left(&m, name, md_plain(table_cell(&twice, i, name)));
		}
	}
	md_end(t, &m);
	table_free(&twice);
	table_free(&once);
}

static void fill_sees(struct text *t, const struct report *r)
{
	static const char *const columns[] = {
		"hook", "site", "exit code", "last thread", "when", "kernel", NULL
	};

	add_folded(t, &r->tables[SEES], columns, "kernel", NULL, "hook");
}

/* The cases with one verdict in one line. */
static void fill_cases(struct text *t, const struct report *r)
{
	add_folded(t, &r->tables[TRUTH], NULL, "case", "cases", "kernel");
}

static void fill_case_names(struct text *t, const struct report *r)
{
	const struct table *truth = &r->tables[TRUTH];

	for (size_t i = 0; i < truth->nr; i++)
		if (table_first(truth, i, "case") && !table_is(truth, i, "case", LAST_THREAD))
			text_add(t, "%s%s", t->len ? ", " : "",
				 md_plain(table_cell(truth, i, "case")));
}

/* Those that have verdicts; of ours with unit=process once, whatever the output. */
static bool has_verdicts(const struct way *w)
{
	return w->truth.cases && (!w->process || !strcmp(w->output, "stream"));
}

static int by_right(const void *a, const void *b)
{
	const struct verdicts *x = &((const struct way *)a)->truth;
	const struct verdicts *y = &((const struct way *)b)->truth;

	if (x->right != y->right)
		return x->right > y->right ? -1 : 1;
	return (x->missing > y->missing) - (x->missing < y->missing);
}

static bool same_verdicts(const struct verdicts *a, const struct verdicts *b)
{
	return a->right == b->right && a->wrong == b->wrong && a->missing == b->missing &&
	       a->no_status == b->no_status && a->refused == b->refused &&
	       !strcmp(a->wrongs.s ?: "", b->wrongs.s ?: "");
}

/* Ways that say the same in each case share a row. */
static void add_verdicts(struct text *t, const struct report *r, const char *kernel)
{
	struct way *rows = ways_select(r, kernel, has_verdicts, by_right);
	struct md_table m = { .kernel = kernel };

	for_each_way(w, rows) {
		const struct verdicts *v = &w->truth;
		const struct way *first = rows;
		struct text names = { 0 };

		while (!same_verdicts(&first->truth, v))
			first++;
		if (first != w)
			continue;
		for_each_way(other, w)
			if (same_verdicts(&other->truth, v))
				text_add(&names, "%s%s", names.len ? "; " : "", md_way(other));
		md_row(&m);
		md_left(&m, "ways", names.s);
		md_right(&m, "right", md_text("%zu", v->right));
		md_right(&m, "wrong", md_text("%zu", v->wrong));
		md_right(&m, "missing", md_text("%zu", v->missing));
		md_right(&m, "no status", md_text("%zu", v->no_status));
		md_left(&m, "what it says when it is wrong", v->refused ?
			"the module refuses to load and says why" : md_plain(v->wrongs.s));
		text_free(&names);
	}
	md_end(t, &m);
	free(rows);
}

static void fill_verdicts(struct text *t, const struct report *r)
{
	const struct table *p = &r->tables[PEERS_TRUTH];

	for (size_t i = 0; i < p->nr; i++)
		if (table_first(p, i, "kernel"))
			add_verdicts(t, r, table_cell(p, i, "kernel"));
}

/* Exits of a storm; bold are those that should not be. */
static const char *exits_of(const struct storm *s, double exits, bool bad)
{
	if (!s->ran || exits < 0)
		return s->ran ? "?" : "not run";
	return md_text(bad && exits > 0 ? "**%.0f**" : "%.0f", exits);
}

static const char *reasons_of(const struct storm *s)
{
	const char *first = s[0].reason, *second = s[1].reason;

	if (first && second && strcmp(first, second))
		return md_plain(md_text("%s; %s", first, second));
	return md_plain(first ?: second);
}

/* Who lost most in silence comes last. */
static int by_loss(const void *a, const void *b)
{
	const struct way *x = a, *y = b;
	double lost[2] = { 0 }, missing[2] = { 0 };

	for (size_t s = 0; s < NR_STORMS; s++) {
		lost[0] += x->storms[s].vanished > 0 ? x->storms[s].vanished : 0;
		lost[1] += y->storms[s].vanished > 0 ? y->storms[s].vanished : 0;
		missing[0] += x->storms[s].exits - x->storms[s].reported;
		missing[1] += y->storms[s].exits - y->storms[s].reported;
	}
	if (lost[0] != lost[1])
		return lost[0] < lost[1] ? -1 : 1;
	if (missing[0] != missing[1])
		return missing[0] < missing[1] ? -1 : 1;
	return way_order(a, b);
}

static void fill_storms(struct text *t, const struct report *r)
{
	for_each_kernel(k, r) {
		struct way *rows = ways_select(r, *k, has_storm, by_loss);
		struct md_table m = { .kernel = *k };

		for_each_way(w, rows) {
			md_row(&m);
			md_left(&m, "way", md_way(w));
			for (size_t i = 0; i < NR_STORMS; i++) {
				const struct storm *s = &w->storms[i];

				md_right(&m, md_text("%s: reported", storm_cpus[i]),
					 exits_of(s, s->reported, false));
				md_right(&m, "repeated", exits_of(s, s->repeated, true));
				md_right(&m, "admitted", exits_of(s, s->admitted, false));
				md_right(&m, "vanished", exits_of(s, s->vanished, true));
			}
			md_right(&m, "remark", reasons_of(w->storms));
		}
		md_end(t, &m);
		free(rows);
	}
}

/* How many exits each storm had. */
static void fill_storm_sizes(struct text *t, const struct report *r)
{
	for (size_t s = 0; s < NR_STORMS; s++) {
		double exits = 0;

		for_each_way(w, r->ways) {
			if (!w->storms[s].ran || w->storms[s].exits == exits)
				continue;
			exits = w->storms[s].exits;
			text_add(t, "%s%.0f exits on %s", t->len ? ", " : "", exits, storm_cpus[s]);
		}
	}
}

/* Did our rows see every exit once, while they were measured? */
static void fill_measured_hits(struct text *t, const struct report *r)
{
	const struct table *e = &r->tables[EXACT];
	size_t rows = 0, good = 0;

	for (size_t i = 0; i < e->nr; i++) {
		bool same = table_is(e, i, "hits", table_cell(e, i, "exits"));

		if (table_is(e, i, "hook", "none") || table_is(e, i, "gate", "skipped"))
			continue;
		rows++;
		good += (same || table_is(e, i, "hits", "-")) &&
			(table_is(e, i, "missed", "0") || table_is(e, i, "missed", "-")) &&
			!table_is(e, i, "gate", "hits") && !table_is(e, i, "gate", "missed");
	}
	if (rows)
		text_add(t, "%zu of %zu", good, rows);
}

const struct place truth_places[] = {
	{ "what hooks see", fill_sees },
	{ "cases of hooks", fill_cases },
	{ "case names", fill_case_names },
	{ "verdicts", fill_verdicts },
	{ "storms", fill_storms },
	{ "storm sizes", fill_storm_sizes },
	{ "measured hits", fill_measured_hits },
	{ 0 },
};
