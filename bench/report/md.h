/* SPDX-License-Identifier: GPL-2.0 */
/* The sections of report.md, and what they share. markdown.c puts them in order. */
#ifndef BENCH_MD_H
#define BENCH_MD_H

#include <stdint.h>

#include "report/tables.h"
#include "lib/util.h"

/**
 * md_plain() - text that Markdown and HTML leave as it is
 * @t: appended to
 * @s: the text
 */
void md_plain(struct text *t, const char *s);

/**
 * md_cell() - a cell of a table, with the bar behind it
 * @t: appended to
 * @s: the text
 */
void md_cell(struct text *t, const char *s);

/**
 * md_bold() - the name of a hook or a tool, in bold
 * @t: appended to
 * @s: the text
 */
void md_bold(struct text *t, const char *s);

/**
 * md_table() - a whole table
 * @t: appended to
 * @table: the table
 */
void md_table(struct text *t, const struct table *table);

/**
 * md_missing() - say that a table is not there
 * @t: appended to
 * @ts: the tables
 * @id: the table
 * @what: what was not measured, to begin the sentence
 *
 * Return: false if the table is there, and nothing is said.
 */
bool md_missing(struct text *t, const struct tables *ts, enum table_id id, const char *what);

/**
 * md_join() - what stands before an element of "a, b and c"
 * @i: number of the element, from 0
 * @n: how many there are
 *
 * Return: "", ", " or " and ".
 */
const char *md_join(size_t i, size_t n);

/**
 * md_number() - a number from a table, short: "12", "12.5", "0.034"
 * @t: appended to
 * @v: the number
 */
void md_number(struct text *t, double v);

/**
 * md_price() - cell with the price of one of our rows
 * @t: appended to
 * @r: the price; NULL leaves the cell empty
 */
void md_price(struct text *t, const struct price *r);

/**
 * md_kernel() - a kernel by its first two numbers, "6.12"
 * @t: appended to
 * @ts: the tables; the whole release if two kernels of them begin alike
 * @kernel: its release
 */
void md_kernel(struct text *t, const struct tables *ts, const char *kernel);

/**
 * md_tool() - a peer, with how it is used
 * @t: appended to
 * @table: a table with columns "peer" and "mode"
 * @line: from 0
 */
void md_tool(struct text *t, const struct table *table, size_t line);

/**
 * truth_verdict() - what a variant's records said
 * @truth: truth.tsv
 * @line: from 0
 * @hook: name of the hook
 * @process: for unit=process, not for unit=task
 * @verdict: that of the table
 *
 * Return: true if the verdict is this one; false if the hook is not in the table.
 */
bool truth_verdict(const struct table *truth, size_t line, const char *hook, bool process,
		   const char *verdict);

/**
 * truth_is_case() - is the line a way to end a process
 * @truth: truth.tsv
 * @line: from 0
 *
 * Return: false for the line that says whether the last thread is known.
 */
bool truth_is_case(const struct table *truth, size_t line);

/**
 * struct verdicts - in how many cases a variant's records were what
 * @right: what they should be
 * @refused: not there, for the module did not load and said why
 * @wrong: anything else
 */
struct verdicts {
	size_t right, refused, wrong;
};

/**
 * truth_count() - count the cases
 * @truth: truth.tsv
 * @kernel: release of the kernel
 * @hook: name of the hook
 * @process: for unit=process, not for unit=task
 *
 * Return: the numbers; all 0 if kernel or hook is not in the table.
 */
struct verdicts truth_count(const struct table *truth, const char *kernel, const char *hook,
			    bool process);

/**
 * truth_all() - are the records right in every case
 * @v: the numbers
 *
 * Return: false also if there is no case.
 */
static inline bool truth_all(const struct verdicts *v)
{
	return v->right && !v->refused && !v->wrong;
}

/**
 * truth_hook() - name of the hook that a column is about
 * @truth: truth.tsv
 * @column: index
 *
 * Return: the name, or NULL if it is a column of the lines themselves.
 */
const char *truth_hook(const struct table *truth, size_t column);

/**
 * peer_count() - number of cases in which a peer has this verdict
 * @ts: the tables
 * @from: a table with columns "peer" and "mode", maybe "kernel"
 * @line: of @from
 * @verdict: see peers-truth.tsv; NULL: all
 *
 * Return: the number.
 */
size_t peer_count(const struct tables *ts, const struct table *from, size_t line,
		  const char *verdict);

/* The sections, each with its heading; what was not measured, they say. */
void md_finding(struct text *t, const struct tables *ts);
void md_choice(struct text *t, const struct tables *ts);
void md_words(struct text *t);
void md_prices(struct text *t, const struct tables *ts);
void md_truth(struct text *t, const struct tables *ts);
void md_completeness(struct text *t, const struct tables *ts);
void md_reach(struct text *t, const struct tables *ts);
void md_growth(struct text *t, const struct tables *ts);
void md_wall(struct text *t, const struct tables *ts);
void md_method(struct text *t, const struct tables *ts);
void md_limits(struct text *t, const struct tables *ts);
void md_environment(struct text *t, const struct tables *ts);

#endif
