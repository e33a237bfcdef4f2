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

/**
 * struct place - a place to fill in
 * @name: as it stands between the braces
 * @fill: appends what is written there; @arg is that of fill()
 */
struct place {
	const char *name;
	void (*fill)(struct text *t, const void *arg);
};

/**
 * fill() - fill a text in
 * @t: appended to
 * @in: the text with its places
 * @places: all that it may have, ended by one without a name; dies of another
 * @arg: handed on to the functions
 */
void fill(struct text *t, const char *in, const struct place *places, const void *arg);

#endif
