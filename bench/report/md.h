/* SPDX-License-Identifier: GPL-2.0 */
/* How things are written in Markdown: text, prices, tables. */
#ifndef BENCH_MD_H
#define BENCH_MD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/util.h"
#include "report/way.h"

/**
 * md_*() - append something
 * @t: to this
 * @s: text that Markdown and HTML leave as it is then; NULL: nothing
 * @lo: one end of a range: "18 to 21", or "18" if both are the same
 * @hi: the other
 * @p: a price: in bold if it is sharp; "no figure" or "not run" if it is not known
 * @w: the name of a way: "procmon ftrace, stream"
 * @v: a number, with three digits at least, if it has them; negative: nothing
 */
void md_plain(struct text *t, const char *s);
void md_range(struct text *t, long lo, long hi);
void md_price(struct text *t, const struct price *p);
void md_way(struct text *t, const struct way *w);
void md_number(struct text *t, double v);

/**
 * md_join() - what stands before an item of "a, b and c"
 * @i: its index
 * @n: number of items
 *
 * Return: "", ", " or " and ".
 */
const char *md_join(size_t i, size_t n);

/**
 * struct md_table - a table that is written cell by cell
 * @kernel: the release that it is about, to be said above it; or NULL
 */
struct md_table {
	const char *kernel;
	/* private: zero at first */
	struct text heading, rule, rows;
	size_t nr_rows, cells;	/* cells of the last row */
	size_t start;		/* of the last cell in @rows */
	bool says;		/* a cell has something in it that is not the first of a row */
};

/**
 * md_row() - begin the next row
 * @m: the table
 */
void md_row(struct md_table *m);

/**
 * md_cell() - begin the next cell of a row
 * @m: the table
 * @rule: below the heading: "---", or "--:" for what is aligned to the right
 * @heading: of the column, for printf(); that of the first row counts
 *
 * Return: what the cell is to be appended to.
 */
struct text *md_cell(struct md_table *m, const char *rule, const char *heading, ...)
	__attribute__((format(printf, 3, 4)));

/** md_left(), md_right() - md_cell() for a column that is aligned so */
#define md_left(m, ...) md_cell(m, "---", __VA_ARGS__)
#define md_right(m, ...) md_cell(m, "--:", __VA_ARGS__)

/**
 * md_end() - a table is complete
 * @t: appended to; nothing is, if the table has nothing to say
 * @m: the table; it is released
 */
void md_end(struct text *t, struct md_table *m);

#endif
