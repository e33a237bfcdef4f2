/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is filled into report.md.in and the scripts of the pictures: each file of this
 * room that has places for them exports a list.
 */
#ifndef BENCH_PARTS_H
#define BENCH_PARTS_H

#include "report/fill.h"

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
