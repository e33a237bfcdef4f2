/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A table of results/, as text: its first line names the columns. Whatever the
 * report says comes out of such tables, so that it can be written again from the
 * committed files alone.
 */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct table - the cells of one file
 * @name: of the file, for messages; NULL if there is no such file
 * @nr_columns: number of @columns
 * @columns: their names
 * @nr: number of lines without the header
 * @cells: @cells[line * @nr_columns + column], behind the columns; an empty one is "-"
 * @text: owns all of these strings
 */
struct table {
	const char *name;
	size_t nr_columns, nr;
	char **columns, **cells;
	char *text;
};

/**
 * table_parse() - cut a text into cells, or die and say what is wrong with it
 * @t: the result, to be released with table_free()
 * @name: of the file; not copied
 * @text: tab separated, or with commas and quotes if @name has .csv in it
 * @columns: what must be there: "NAME,...", where NAME=# allows numbers and "-"
 *	only, and NAME=WORD|WORD these words only; columns beyond these are allowed
 */
void table_parse(struct table *t, const char *name, const char *text, const char *columns);

/**
 * table_free() - release what table_parse() allocated
 * @t: the table
 */
void table_free(struct table *t);

/**
 * table_cell(), table_is(), table_number() - a cell, what it is, its number
 * @t: the table
 * @line: from 0
 * @column: its name; of one that is not in the table each cell is "-"
 * @s: does the cell say this?
 *
 * Return: of table_number() NAN if the cell is no number.
 */
const char *table_cell(const struct table *t, size_t line, const char *column);
bool table_is(const struct table *t, size_t line, const char *column, const char *s);
double table_number(const struct table *t, size_t line, const char *column);

/**
 * table_same(), table_first() - do two lines agree in some columns, or does none above
 * @t: the table
 * @a: a line
 * @b: another
 * @line: from 0; a loop over those of table_first() meets each combination once
 * @columns: names, separated by commas
 */
bool table_same(const struct table *t, size_t a, size_t b, const char *columns);
bool table_first(const struct table *t, size_t line, const char *columns);

/**
 * table_fold() - make one line of those that differ in one column only
 * @out: the result, to be released with table_free()
 * @in: the table
 * @column: name of the column; its cells are joined by ", "
 * @noun: if more than three cells are joined, say only how many of what; or NULL
 */
void table_fold(struct table *out, const struct table *in, const char *column,
		const char *noun);

#endif
