// SPDX-License-Identifier: GPL-2.0
/* Question 2, the truth: what each hook can know, and what each way said. */
#include <stdlib.h>
#include <string.h>

#include "report/md.h"

bool truth_verdict(const struct table *truth, size_t line, const char *hook, bool process,
		   const char *verdict)
{
	char *column = xstrdup(hook);
	const char *cell, *slash;
	size_t len;

	/* The tests call "fprobe exit" by the name of its build, "fprobe-exit". */
	for (char *s = column; *s; s++)
		if (*s == ' ')
			*s = '-';
	cell = table_cell(truth, line, column);
	free(column);
	slash = strchr(cell, '/');
	if (slash && process)
		cell = slash + 1;
	len = slash && !process ? (size_t)(slash - cell) : strlen(cell);
	return len == strlen(verdict) && !strncmp(cell, verdict, len);
}

bool truth_is_case(const struct table *truth, size_t line)
{
	return !table_is(truth, line, "case", "knows the last thread");
}

struct verdicts truth_count(const struct table *truth, const char *kernel, const char *hook,
			    bool process)
{
	struct verdicts v = { 0 };

	for (size_t i = 0; i < truth->nr; i++) {
		if (!table_is(truth, i, "kernel", kernel) || !truth_is_case(truth, i) ||
		    truth_verdict(truth, i, hook, process, "-"))
			continue;
		if (truth_verdict(truth, i, hook, process, "ok"))
			v.right++;
		else if (truth_verdict(truth, i, hook, process, "refused"))
			v.refused++;
		else
			v.wrong++;
	}
	return v;
}

const char *truth_hook(const struct table *truth, size_t column)
{
	const char *name = truth->columns[column];

	return strcmp(name, "kernel") && strcmp(name, "case") ? name : NULL;
}

size_t peer_count(const struct tables *ts, const struct table *from, size_t line,
		  const char *verdict)
{
	const struct table *t = &ts->t[PEERS_TRUTH];
	ssize_t at = peer_find(t, from, line);
	size_t n = 0;

	for (size_t i = 0; at >= 0 && i < t->nr; i++)
		n += table_same(t, (size_t)at, i, "kernel peer mode") &&
		     (!verdict || table_is(t, i, "verdict", verdict));
	return n;
}

/* Lines that differ in kernel or hook alone become one. */
static void add_sees(struct text *t, const struct tables *ts)
{
	struct table kernels, folded;

	text_add(t, "### What a hook can know\n\n");
	if (md_missing(t, ts, SEES, "What each hook sees is"))
		return;
	table_fold(&kernels, &ts->t[SEES], "kernel", NULL);
	table_fold(&folded, &kernels, "hook", NULL);
	md_table(t, &folded);
	table_free(&folded);
	table_free(&kernels);
	text_add(t, "\n*Last thread*: can the hook tell, without a guess, that no thread of the process "
		    "is left? These are the hooks as they were measured, with `unit=task`. With "
		    "`unit=process` those on `do_exit` take `acct_collect` instead, and can tell; what "
		    "their records then say is below. From [sees.tsv](sees.tsv).\n\n");
}

/* The cases with one verdict in one line, then every case by itself. */
static void add_ours(struct text *t, const struct tables *ts)
{
	struct table folded;

	text_add(t, "### Our hooks, case by case\n\n");
	if (md_missing(t, ts, TRUTH, "What our hooks say in each case is"))
		return;
	text_add(t, "What the tests found (`make test`): each case ends processes or threads in one way, "
		    "and the status in procmon's record is compared with what wait(2) gave the parent "
		    "(unit=process, to the bit) or with what each task handed to do_exit (unit=task; "
		    "that core was dumped is known to the process only). A cell is the verdict for "
		    "unit=task / unit=process: **ok** right in every record, **refused** the module "
		    "does not load and says why, **unknown** the site cannot tell and the record says "
		    "so, **WRONG** anything else. From [truth.tsv](truth.tsv).\n\n");
	table_fold(&folded, &ts->t[TRUTH], "case", "cases");
	md_table(t, &folded);
	table_free(&folded);
	text_add(t, "\n<details><summary>Every case by itself</summary>\n\n");
	md_table(t, &ts->t[TRUTH]);
	text_add(t, "\n</details>\n\n");
}

/* "0x0 for 0x300 (leader-first, last-thread); 3 lines (thread-exec)". */
static void add_wrongs(struct text *t, const struct table *p, size_t line)
{
	static const char names[] = "kernel peer mode verdict says";
	size_t groups = 0;

	for (size_t i = line; i < p->nr; i++) {
		const char *gap = " (";

		if (!table_same(p, line, i, "kernel peer mode") ||
		    !table_is(p, i, "verdict", "wrong") || !table_first(p, i, names))
			continue;
		text_add(t, groups++ ? "; " : "");
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

/* Our hooks in the same words: refused means that there is no record at all. */
static void add_our_row(struct text *t, const struct tables *ts, const char *kernel,
			const char *hook)
{
	struct verdicts v = truth_count(&ts->t[TRUTH], kernel, hook, true);

	if (!v.right && !v.refused && !v.wrong)
		return;
	text_add(t, "| procmon ");
	md_plain(t, hook);
	if (!v.right && !v.wrong)
		text_add(t, " | unit=process | | | | | the module refuses to load and says why |\n");
	else
		text_add(t, " | unit=process | %zu | %zu | %zu | 0 | %s |\n", v.right, v.wrong,
			 v.refused, v.wrong ? "see below" : "");
}

static void add_matrix(struct text *t, const struct tables *ts, const char *kernel)
{
	static const char *const verdicts[] = { "right", "wrong", "missing", "no-status" };
	const struct table *p = &ts->t[PEERS_TRUTH], *truth = &ts->t[TRUTH];

	text_add(t, "#### Linux ");
	md_plain(t, kernel);
	text_add(t, "\n\n| tool | how | right | wrong | missing | no status | what it says when it is "
		    "wrong |\n|---|---|--:|--:|--:|--:|---|\n");
	for (size_t c = 0; c < truth->nr_columns; c++)
		if (truth_hook(truth, c))
			add_our_row(t, ts, kernel, truth_hook(truth, c));
	for (size_t i = 0; i < p->nr; i++) {
		if (!table_is(p, i, "kernel", kernel) || !table_first(p, i, "kernel peer mode"))
			continue;
		text_add(t, "|");
		md_cell(t, table_cell(p, i, "peer"));
		md_cell(t, table_cell(p, i, "mode"));
		for (size_t v = 0; v < ARRAY_SIZE(verdicts); v++)
			text_add(t, " %zu |", peer_count(ts, p, i, verdicts[v]));
		text_add(t, " ");
		add_wrongs(t, p, i);
		text_add(t, " |\n");
	}
	text_add(t, "\n");
}

static void add_peers(struct text *t, const struct tables *ts)
{
	const struct table *p = &ts->t[PEERS_TRUTH];
	struct table folded;

	text_add(t, "### All ways against wait(2)\n\n");
	if (md_missing(t, ts, PEERS_TRUTH, "What the other tools say in each case is"))
		return;
	text_add(t, "The same cases, and for each tool the question: does it say of the process what "
		    "wait(2) gave the parent? **right**: it does; **wrong**: it says something else; "
		    "**missing**: it does not name the process; **no status**: it names the process "
		    "and has no status at all. From [peers-truth.tsv](peers-truth.tsv); our hooks, "
		    "asked for one record per process, from [truth.tsv](truth.tsv).\n\n");
	for (size_t i = 0; i < p->nr; i++)
		if (table_first(p, i, "kernel"))
			add_matrix(t, ts, table_cell(p, i, "kernel"));
	text_add(t, "<details><summary>Every case of every tool</summary>\n\n");
	table_fold(&folded, p, "case", "cases");
	md_table(t, &folded);
	table_free(&folded);
	text_add(t, "\n</details>\n\n");
}

void md_truth(struct text *t, const struct tables *ts)
{
	text_add(t, "## The truth\n\n");
	add_sees(t, ts);
	add_peers(t, ts);
	add_ours(t, ts);
}
