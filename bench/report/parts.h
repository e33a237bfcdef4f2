/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is filled into report.md.in and the scripts of the pictures. Each file of this
 * room that has places for them exports a list, ended by one without a name; every
 * function gets the struct report.
 */
#ifndef BENCH_PARTS_H
#define BENCH_PARTS_H

#include "report/fill.h"
#include "report/way.h"

/**
 * struct report - what it is made of
 * @ts: the tables
 * @ways: the ways to watch exits, joined from the tables
 */
struct report {
	struct tables ts;
	struct ways ways;
};

/**
 * kernel_heading() - for struct md_grid: a column for each kernel
 * @t: appended to
 * @column: its number
 * @arg: the report
 */
static inline void kernel_heading(struct text *t, size_t column, const void *arg)
{
	text_add(t, "%s", ((const struct report *)arg)->ways.kernels[column]);
}

/** *_places - the places of each file */
extern const struct place finding_places[];
extern const struct place choice_places[];
extern const struct place price_places[];
extern const struct place truth_places[];
extern const struct place reach_places[];
extern const struct place growth_places[];
extern const struct place about_places[];
extern const struct place picture_places[];

#endif
