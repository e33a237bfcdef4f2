// SPDX-License-Identifier: GPL-2.0
/* What each hook can know, what each way said, and what storms left of it. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "report/md.h"
#include "report/parts.h"

/* Lines that differ in kernel or hook alone become one. */
static void fill_sees(struct text *t, const void *arg)
{
	static const char *const columns[] = {
		"hook", "site", "exit code", "last thread", "when", "kernel", NULL
	};
	const struct report *r = arg;
	struct table kernels, folded;

	if (!tables_has(&r->ts, SEES))
		return;
	table_fold(&kernels, &r->ts.t[SEES], "kernel", NULL);
	table_fold(&folded, &kernels, "hook", NULL);
	md_tsv(t, &folded, columns);
	table_free(&folded);
	table_free(&kernels);
}

/* The cases with one verdict in one line. */
static void fill_cases(struct text *t, const void *arg)
{
	const struct report *r = arg;
	const struct table *truth = &r->ts.t[TRUTH];
	const char **columns = xcalloc(truth->nr_columns + 1, sizeof(*columns));
	struct table cases, folded;

	for (size_t c = 0; c < truth->nr_columns; c++)
		columns[c] = truth->columns[c];
	if (truth->nr) {
		table_fold(&cases, truth, "case", "cases");
		table_fold(&folded, &cases, "kernel", NULL);
		md_tsv(t, &folded, columns);
		table_free(&folded);
		table_free(&cases);
	}
	free(columns);
}

static void fill_case_names(struct text *t, const void *arg)
{
	const struct report *r = arg;
	const struct table *truth = &r->ts.t[TRUTH];

	for (size_t i = 0; i < truth->nr; i++) {
		if (!table_first(truth, i, "case") || table_is(truth, i, "case", LAST_THREAD))
			continue;
		text_add(t, "%s", t->len ? ", " : "");
		md_plain(t, table_cell(truth, i, "case"));
	}
}

/* Ways that say the same in each case. */
struct group {
	struct verdicts truth;
	struct text names, wrongs;
};

/* "0x0 for 0x300 (leader-first, last-thread); 3 lines (thread-exec)". */
static void add_wrongs(struct text *t, const struct table *p, const struct way *w)
{
	static const char names[] = "kernel peer mode verdict says";

	for (size_t i = 0; i < p->nr; i++) {
		const char *gap = " (";

		if (!table_is(p, i, "kernel", w->kernel) || !table_is(p, i, "verdict", "wrong") ||
		    !table_is(p, i, "peer", w->tool) || !table_is(p, i, "mode", w->mode) ||
		    !table_first(p, i, names))
			continue;
		text_add(t, "%s", t->len ? "; " : "");
		md_plain(t, table_cell(p, i, "says"));
		for (size_t k = i; k < p->nr; k++) {
			if (!table_same(p, i, k, names))
				continue;
			text_add(t, "%s", gap);
			md_plain(t, table_cell(p, k, "case"));
			gap = ", ";
		}
		text_add(t, ")");
	}
}

static bool same_verdicts(const struct group *a, const struct group *b)
{
	return !memcmp(&a->truth, &b->truth, sizeof(a->truth)) &&
	       !strcmp(a->wrongs.s ?: "", b->wrongs.s ?: "");
}

static int by_right(const void *a, const void *b)
{
	const struct verdicts *x = &((const struct group *)a)->truth;
	const struct verdicts *y = &((const struct group *)b)->truth;

	if (x->right != y->right)
		return x->right > y->right ? -1 : 1;
	return (x->missing > y->missing) - (x->missing < y->missing);
}

/* Those that have verdicts; of ours with unit=process once, whatever the output. */
static bool is_tested(const struct way *w, const char *kernel)
{
	return w->truth.cases && !strcmp(w->kernel, kernel) &&
	       (!w->process || !strcmp(w->output, "stream"));
}

static void add_verdicts(struct text *t, const struct report *r, const char *kernel)
{
	static const struct md_column columns[] = {
		{ "ways", false, md_cell_text, offsetof(struct group, names) },
		{ "right", true, md_cell_count, offsetof(struct group, truth.right) },
		{ "wrong", true, md_cell_count, offsetof(struct group, truth.wrong) },
		{ "missing", true, md_cell_count, offsetof(struct group, truth.missing) },
		{ "no status", true, md_cell_count, offsetof(struct group, truth.no_status) },
		{ "what it says when it is wrong", false, md_cell_text,
		  offsetof(struct group, wrongs) },
		{ 0 },
	};
	struct group *groups = xcalloc(r->ways.nr, sizeof(*groups));
	const void **rows = xcalloc(r->ways.nr, sizeof(*rows));
	size_t nr = 0;

	for (size_t i = 0; i < r->ways.nr; i++) {
		const struct way *w = &r->ways.all[i];
		struct group g = { .truth = w->truth };
		size_t k = 0;

		if (!is_tested(w, kernel))
			continue;
		if (w->truth.refused)
			text_add(&g.wrongs, "the module refuses to load and says why");
		else if (w->tool && !w->process)
			add_wrongs(&g.wrongs, &r->ts.t[PEERS_TRUTH], w);
		while (k < nr && !same_verdicts(&groups[k], &g))
			k++;
		if (k == nr)
			groups[nr++] = g;
		else
			text_free(&g.wrongs);
		text_add(&groups[k].names, "%s", groups[k].names.len ? "; " : "");
		md_way(&groups[k].names, w);
	}
	qsort(groups, nr, sizeof(*groups), by_right);
	for (size_t i = 0; i < nr; i++)
		rows[i] = &groups[i];
	text_add(t, "On Linux %s:\n\n", kernel);
	md_table(t, columns, rows, nr);
	for (size_t i = 0; i < nr; i++) {
		text_free(&groups[i].names);
		text_free(&groups[i].wrongs);
	}
	free(rows);
	free(groups);
}

static void fill_verdicts(struct text *t, const void *arg)
{
	const struct report *r = arg;
	const struct table *p = &r->ts.t[PEERS_TRUTH];

	for (size_t i = 0; i < p->nr; i++)
		if (table_first(p, i, "kernel"))
			add_verdicts(t, r, table_cell(p, i, "kernel"));
}

/* The numbers of a storm, in the table of storms. */
static const struct storm_number {
	const char *name;
	size_t offset;
	bool bold;
} storm_numbers[] = {
	{ "reported", offsetof(struct storm, reported), false },
	{ "repeated", offsetof(struct storm, repeated), true },
	{ "admitted", offsetof(struct storm, admitted), false },
	{ "vanished", offsetof(struct storm, vanished), true },
};

#define NR_NUMBERS ARRAY_SIZE(storm_numbers)

static void storm_row(struct text *t, size_t row, const void *arg)
{
	md_way(t, ((const struct way *const *)arg)[row]);
}

/* The last column is for remarks. */
static void storm_column(struct text *t, size_t column, const void *arg)
{
	size_t s = column / NR_NUMBERS, n = column % NR_NUMBERS;

	(void)arg;
	if (s == NR_STORMS)
		text_add(t, "remark");
	else if (n)
		text_add(t, "%s", storm_numbers[n].name);
	else
		text_add(t, "%u CPU%s: %s", storm_cpus[s], storm_cpus[s] == 1 ? "" : "s",
			 storm_numbers[n].name);
}

static void add_reasons(struct text *t, const struct storm *s)
{
	const char *last = NULL;

	for (size_t i = 0; i < NR_STORMS; i++) {
		if (!s[i].reason || (last && !strcmp(last, s[i].reason)))
			continue;
		text_add(t, "%s", last ? "; " : "");
		md_plain(t, s[i].reason);
		last = s[i].reason;
	}
}

static void storm_cell(struct text *t, size_t row, size_t column, const void *arg)
{
	const struct storm *s = ((const struct way *const *)arg)[row]->storms;
	const struct storm_number *n = &storm_numbers[column % NR_NUMBERS];
	double v;

	if (column == NR_STORMS * NR_NUMBERS) {
		add_reasons(t, s);
		return;
	}
	s += column / NR_NUMBERS;
	v = *(const double *)((const char *)s + n->offset);
	if (!s->ran)
		text_add(t, "not run");
	else if (v < 0)
		text_add(t, "?");
	else
		text_add(t, n->bold && v > 0 ? "**%.0f**" : "%.0f", v);
}

static bool has_storm(const struct way *w)
{
	return w->storms[0].ran || w->storms[1].ran;
}

/* Who lost most in silence comes last. */
static int by_loss(const void *a, const void *b)
{
	const struct way *x = *(const struct way *const *)a, *y = *(const struct way *const *)b;
	double lost[2] = { 0 }, missing[2] = { 0 };

	for (size_t s = 0; s < NR_STORMS; s++) {
		lost[0] += x->storms[s].vanished > 0 ? x->storms[s].vanished : 0;
		lost[1] += y->storms[s].vanished > 0 ? y->storms[s].vanished : 0;
		missing[0] += x->storms[s].exits - x->storms[s].reported;
		missing[1] += y->storms[s].exits - y->storms[s].reported;
	}
	if (lost[0] != lost[1])
		return lost[0] < lost[1] ? -1 : 1;
	return (missing[0] > missing[1]) - (missing[0] < missing[1]);
}

static void fill_storms(struct text *t, const void *arg)
{
	const struct report *r = arg;

	for (size_t k = 0; k < r->ways.nr_kernels; k++) {
		const struct way **rows;
		size_t nr = ways_select(&r->ways, r->ways.kernels[k], has_storm, &rows);

		qsort(rows, nr, sizeof(*rows), by_loss);
		if (nr)
			text_add(t, "On Linux %s:\n\n", r->ways.kernels[k]);
		md_grid(t, &(struct md_grid){
			"way", nr, NR_STORMS * NR_NUMBERS + 1, false, storm_row, storm_column,
			storm_cell, rows,
		});
		free(rows);
	}
}

/* How many exits each storm had. */
static void fill_storm_sizes(struct text *t, const void *arg)
{
	const struct report *r = arg;

	for (size_t s = 0; s < NR_STORMS; s++) {
		double exits = 0;

		for (size_t i = 0; i < r->ways.nr; i++) {
			const struct storm *storm = &r->ways.all[i].storms[s];

			if (!storm->ran || storm->exits == exits)
				continue;
			exits = storm->exits;
			text_add(t, "%s%.0f exits on %u CPU%s", t->len ? ", " : "", exits,
				 storm_cpus[s], storm_cpus[s] == 1 ? "" : "s");
		}
	}
}

/* Did our rows see every exit once, while they were measured? */
static bool saw_all(const struct way *w)
{
	return (!w->hits || !strcmp(w->hits, w->exits ?: "")) &&
	       (!w->missed || !strcmp(w->missed, "0")) && strcmp(w->price.gate, "hits") &&
	       strcmp(w->price.gate, "missed");
}

static void fill_measured_hits(struct text *t, const void *arg)
{
	const struct report *r = arg;
	size_t rows = 0, good = 0;

	for (size_t i = 0; i < r->ways.nr; i++) {
		const struct way *w = &r->ways.all[i];

		if (!w->mechanism || w->kind == WAY_CONTROL || !strcmp(w->price.gate, "skipped"))
			continue;
		rows++;
		good += saw_all(w);
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
