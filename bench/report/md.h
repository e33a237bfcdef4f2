/* SPDX-License-Identifier: GPL-2.0 */
/* How things are written in Markdown: text, prices, tables. */
#ifndef BENCH_MD_H
#define BENCH_MD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/util.h"
#include "report/way.h"

/**
 * md_plain() - text that Markdown and HTML leave as it is
 * @t: appended to
 * @s: the text
 */
void md_plain(struct text *t, const char *s);

/**
 * md_price() - a price
 * @t: appended to
 * @p: the price
 *
 * In bold what is sharp, with "to" between the ends of a range; "no figure" and "not
 * run" where there is none.
 */
void md_price(struct text *t, const struct price *p);

/**
 * md_way() - the name of a way: "procmon ftrace, stream"
 * @t: appended to
 * @w: the way
 */
void md_way(struct text *t, const struct way *w);

/**
 * md_number() - a number with three digits at least, if it has them
 * @t: appended to
 * @v: the number; nothing is added if it is negative
 */
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
 * struct md_column - a column of a table whose rows are structs
 * @heading: what stands above it, in Markdown; NULL ends a list of columns
 * @right: its cells are aligned to the right
 * @cell: appends the cell of one row
 * @at: offset of what @cell looks at, where it is one of those below
 */
struct md_column {
	const char *heading;
	bool right;
	void (*cell)(struct text *t, const void *row, size_t at);
	size_t at;
};

/**
 * md_table() - a whole table
 * @t: appended to; nothing is, if there are no rows
 * @columns: the columns
 * @rows: the rows, as the columns take them
 * @nr: number of @rows
 */
void md_table(struct text *t, const struct md_column *columns, const void *rows, size_t nr);

/** md_cell_*() - cells: the name of a way, or a member of this type at an offset */
void md_cell_way(struct text *t, const void *way, size_t at);
void md_cell_string(struct text *t, const void *row, size_t at);
void md_cell_price(struct text *t, const void *row, size_t at);
void md_cell_number(struct text *t, const void *row, size_t at);
void md_cell_count(struct text *t, const void *row, size_t at);
void md_cell_text(struct text *t, const void *row, size_t at);

/**
 * struct md_grid - a table whose rows and columns are both numbered
 * @corner: heading of the first column, which has the names of the rows
 * @nr_rows: number of rows
 * @nr_columns: number of columns beside the first
 * @left: the cells are aligned to the left
 * @row: appends the name of a row
 * @column: appends the heading of a column
 * @cell: appends a cell
 * @arg: handed on to all of them
 */
struct md_grid {
	const char *corner;
	size_t nr_rows, nr_columns;
	bool left;
	void (*row)(struct text *t, size_t row, const void *arg);
	void (*column)(struct text *t, size_t column, const void *arg);
	void (*cell)(struct text *t, size_t row, size_t column, const void *arg);
	const void *arg;
};

/**
 * md_grid() - a whole table of this kind
 * @t: appended to; nothing is, if no cell has anything in it
 * @g: the table
 */
void md_grid(struct text *t, const struct md_grid *g);

/**
 * md_tsv() - a table as it is in its file
 * @t: appended to
 * @table: the table
 * @columns: names of those that are wanted, in order, ended by NULL
 */
void md_tsv(struct text *t, const struct table *table, const char *const *columns);

#endif
