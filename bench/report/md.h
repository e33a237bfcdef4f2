/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How things are written in Markdown: text, prices, tables. The texts that functions
 * return stay until the program ends: together they are little more than the report.
 */
#ifndef BENCH_MD_H
#define BENCH_MD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/util.h"
#include "report/way.h"

/** md_text() - the text that printf() would write */
const char *md_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * md_*() - a text for something
 * @s: as it is; Markdown and HTML would take some characters for theirs; NULL: ""
 * @lo: one end of a range: "18 to 21", or "18" if both are the same
 * @hi: the other
 * @p: a price: in bold if it is sharp; "no figure" or "not run" if it is not known
 * @w: the name of a way: "procmon ftrace, stream"; of md_name() for what is no Markdown
 * @v: a number, with three digits at least, if it has them; "" if it is negative
 */
const char *md_plain(const char *s);
const char *md_range(long lo, long hi);
const char *md_price(const struct price *p);
const char *md_name(const struct way *w);
const char *md_way(const struct way *w);
const char *md_number(double v);

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
	bool says;		/* a cell has something in it that is not the first of a row */
};

/**
 * md_row() - begin the next row
 * @m: the table
 */
void md_row(struct md_table *m);

/**
 * md_left(), md_right() - the next cell of a row, aligned so
 * @m: the table
 * @heading: of the column; that of the first row counts
 * @cell: in Markdown
 */
void md_left(struct md_table *m, const char *heading, const char *cell);
void md_right(struct md_table *m, const char *heading, const char *cell);

/**
 * md_end() - a table is complete
 * @t: appended to; nothing is, if the table has nothing to say
 * @m: the table; it is released
 */
void md_end(struct text *t, struct md_table *m);

#endif
