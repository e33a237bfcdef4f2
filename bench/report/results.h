/* SPDX-License-Identifier: GPL-2.0 */
/* What the program report writes: the picture and report.md, of the tables alone. */
#ifndef BENCH_REPORT_RESULTS_H
#define BENCH_REPORT_RESULTS_H

#include "lib/util.h"
#include "report/tables.h"

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
