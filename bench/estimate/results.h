/* SPDX-License-Identifier: GPL-2.0 */
/* The files of results/ that the program estimate makes. */
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include "estimate/estimator.h"
#include "lib/util.h"

/**
 * struct findings - what the boot files say
 * @nr_kernels: number of @kernels
 * @kernels: in the order of the command line
 * @facts: lines "KEY: VALUE" from the command line, e.g. versions of tools
 */
struct findings {
	size_t nr_kernels;
	struct comparison *kernels;
	struct text facts;
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
 * sees_tsv() - results/sees.tsv: what each hook sees
 * @t: appended to
 * @f: the findings, for the hooks and their sites
 */
void sees_tsv(struct text *t, const struct findings *f);

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

#endif
