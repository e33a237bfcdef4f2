/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of the report. Each is made in memory from the same comparisons;
 * report.c writes them all or none.
 */
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include <stdbool.h>

#include "estimate.h"
#include "util.h"

/**
 * struct findings - everything that the report is about
 * @nr_kernels: number of @kernels, at least 1
 * @kernels: in the order of the command line
 * @nr_env: number of @env
 * @env: facts from the command line, e.g. versions of tools
 * @truth: table (TSV with a header line) of what the tests found each hook to say
 *	in each case, or NULL if there is none
 * @peers: table of peers_report, what other tools add to an exit, or NULL
 */
struct findings {
	size_t nr_kernels;
	struct comparison *kernels;
	size_t nr_env;
	struct env *env;
	const char *truth;
	const char *peers;
};

/**
 * is_number() - may the row be printed as a number
 * @r: the row
 *
 * Return: true if it ran and every gate holds.
 */
static inline bool is_number(const struct result *r)
{
	return !r->skip && !r->gates;
}

/**
 * same_hook() - do two rows differ in their output only
 * @a: a row
 * @b: another
 *
 * Return: true if hook, mechanism, flavour and site are the same.
 */
bool same_hook(const struct row *a, const struct row *b);

/**
 * is_peer() - is it the kernel's own event, measured for comparison
 * @row: the row
 *
 * Return: true if what it delivers is not procmon's record.
 */
bool is_peer(const struct row *row);

/**
 * is_part() - was it measured only to tell the parts of a price from each other
 * @row: the row
 *
 * Return: true for the outputs of the breakdown, which are no columns.
 */
bool is_part(const struct row *row);

/**
 * struct grid - the rows of a kernel as hooks × outputs
 * @nr_hooks: number of hooks
 * @nr_outputs: number of outputs
 * @outputs: names, in the order of the files; owned by the rows
 * @hooks: one row of each hook, for its names; cheapest first, by the first
 *	output; hooks without a number there last
 * @cells: @cells[hook * @nr_outputs + output], NULL where nobody asked
 */
struct grid {
	size_t nr_hooks;
	size_t nr_outputs;
	const char **outputs;
	const struct row **hooks;
	const struct result **cells;
};

/**
 * grid_make() - arrange the rows of a kernel
 * @g: the result, to be released with grid_free()
 * @c: the kernel; must outlive @g. The control and the parts are left out.
 */
void grid_make(struct grid *g, const struct comparison *c);

/**
 * grid_free() - release what grid_make() allocated
 * @g: the grid
 */
void grid_free(struct grid *g);

/**
 * traps_text() - exceptions per exit
 * @r: the row
 *
 * Return: "0", "1", "0.125" or "-" if nobody counted; the caller frees it.
 */
char *traps_text(const struct result *r);

/**
 * exact_tsv() - results/exact.tsv: what is the same in every run
 * @t: appended to
 * @f: the findings
 */
void exact_tsv(struct text *t, const struct findings *f);

/**
 * estimates_tsv() - results/estimates.tsv: every row in every boot, with all that
 * the gates were judged by; figures here differ a little from run to run
 * @t: appended to
 * @f: the findings
 */
void estimates_tsv(struct text *t, const struct findings *f);

/**
 * sees_tsv() - results/sees.tsv: what each hook sees
 * @t: appended to
 * @f: the findings
 */
void sees_tsv(struct text *t, const struct findings *f);

/**
 * environment_tsv() - the facts about the runs, as lines KERNEL, KEY, VALUE
 * @t: appended to
 * @f: the findings
 *
 * KERNEL is "-" for facts from the command line. A fact that is not the same in
 * all boots of a kernel becomes one line with all values. Facts that differ in
 * every run (dates, durations) are left out.
 */
void environment_tsv(struct text *t, const struct findings *f);

/**
 * environment_txt() - results/environment.txt: the same, to read
 * @t: appended to
 * @f: the findings
 */
void environment_txt(struct text *t, const struct findings *f);

/**
 * picture_gp() - results/overhead.gp: gnuplot script with its data, which prints
 * an SVG picture on its standard output
 * @t: appended to
 * @f: the findings
 */
void picture_gp(struct text *t, const struct findings *f);

/**
 * report_md() - results/report.md
 * @t: appended to
 * @f: the findings
 */
void report_md(struct text *t, const struct findings *f);

#endif
