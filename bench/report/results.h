/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files of results/ that the program report makes. Those that come of boot
 * files are made of their comparison; the picture and report.md are made of the
 * tables alone. report.c writes them all or none.
 */
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include <stdbool.h>

#include "estimate/estimator.h"
#include "report/tables.h"
#include "lib/util.h"

/**
 * struct findings - what the boot files say
 * @nr_kernels: number of @kernels
 * @kernels: in the order of the command line
 * @nr_env: number of @env
 * @env: facts from the command line, e.g. versions of tools
 */
struct findings {
	size_t nr_kernels;
	struct comparison *kernels;
	size_t nr_env;
	struct env *env;
};

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
 * environment_txt() - results/environment.txt: the facts about the runs
 * @t: appended to
 * @f: the findings
 *
 * A section for what the command line says and one for each kernel. A fact that is
 * not the same in all boots of a kernel becomes one line with all values. Facts
 * that differ in every run (dates, durations) are left out.
 */
void environment_txt(struct text *t, const struct findings *f);

/**
 * sees_tsv() - results/sees.tsv: what each hook sees
 * @t: appended to
 * @p: the prices, for the hooks and their sites
 */
void sees_tsv(struct text *t, const struct prices *p);

/**
 * picture_gp() - results/overhead.gp: gnuplot script with its data, which prints
 * an SVG picture on its standard output
 * @t: appended to
 * @ts: the tables
 */
void picture_gp(struct text *t, const struct tables *ts);

/**
 * report_md() - results/report.md
 * @t: appended to
 * @ts: the tables
 */
void report_md(struct text *t, const struct tables *ts);

#endif
