/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A text with places to fill in. What stands between two braces is the name of a
 * place, and what is written there comes from the function of that name:
 *
 *   It costs {{price}} instructions.
 *
 * A line that is nothing but a place goes away if nothing is written there. From
 * {{if NAME}} to {{end}}, each a line of its own, the lines stay if the place NAME has
 * something to say, with {{unless NAME}} if it has not. They may be nested.
 */
#ifndef BENCH_FILL_H
#define BENCH_FILL_H

#include "lib/util.h"

struct report;

/**
 * struct place - a place to fill in
 * @name: as it stands between the braces
 * @fill: appends what is written there
 */
struct place {
	const char *name;
	void (*fill)(struct text *t, const struct report *r);
};

/**
 * fill() - fill a text in
 * @t: appended to
 * @in: the text with its places, each "{{NAME}}", or "{{arm64 NAME}}" for the same of
 *	report_arm64(); dies of one that is not in @lists
 * @lists: lists of places, each ended by one without a name; ended by NULL
 * @r: handed on to the functions
 */
void fill(struct text *t, const char *in, const struct place *const *lists,
	  const struct report *r);

/** *_places - those of each file of this room that has some */
extern const struct place finding_places[];
extern const struct place choice_places[];
extern const struct place price_places[];
extern const struct place anatomy_places[];
extern const struct place flame_places[];
extern const struct place truth_places[];
extern const struct place reach_places[];
extern const struct place beside_places[];
extern const struct place growth_places[];
extern const struct place about_places[];
extern const struct place picture_places[];

#endif
