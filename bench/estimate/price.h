/* SPDX-License-Identifier: GPL-2.0 */
/* What a table of results/ says of a price: four cells, the same in each of them. */
#ifndef BENCH_PRICE_H
#define BENCH_PRICE_H

#include <stdbool.h>
#include <stdint.h>

#include "estimate/estimator.h"
#include "lib/util.h"

/**
 * define PRICE_COLUMNS - names of the four columns
 *
 * lo and hi are instructions per exit: equal for a number that passed every gate, the
 * ends of a range for one that did not, "-" where there is no figure. gate is "ok", the
 * first gate that failed, or "skipped". reason is for people, "-" if there is none.
 */
#define PRICE_COLUMNS "lo\thi\tgate\treason"

/**
 * struct price - the four cells
 * @has_figure: @lo and @hi are set
 * @lo: instructions per exit
 * @hi: the same, or more
 * @gate: a constant string
 * @reason: may be empty
 */
struct price {
	bool has_figure;
	int64_t lo, hi;
	const char *gate;
	struct text reason;
};

/**
 * price_of() - the price that the estimator gives a row
 * @r: a row of compare()
 *
 * Its reason is why the row was skipped, the live check that failed, or the number
 * that each boot has.
 *
 * Return: the price; price_add() releases it.
 */
struct price price_of(const struct result *r);

/**
 * price_add() - append the four cells, with tabs between them, and release the price
 * @t: the table
 * @p: the price
 */
void price_add(struct text *t, struct price *p);

/**
 * tally_print() - print how many rows have what kind of price, the controls left out
 * @c: comparisons
 * @nr: number of them
 */
void tally_print(const struct comparison *c, size_t nr);

#endif
