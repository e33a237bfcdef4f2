// SPDX-License-Identifier: GPL-2.0
#include "estimate/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

/*
 * The cell at *@at, which is cut there; *@at becomes what follows it, or NULL at
 * the end of the line. A CSV cell may be in quotes, a quote in it is doubled; a
 * cell never has a line break in it here.
 */
static char *cut_cell(char **at, bool csv)
{
	char *cell = *at, *from = *at, *to = *at;

	if (!csv)
		return strsep(at, "\t");
	if (*from != '"')
		return strsep(at, ",");
	for (from++; *from && (*from != '"' || from[1] == '"'); from++) {
		from += *from == '"';
		*to++ = *from;
	}
	if (!*from)
		return NULL;
	from++;
	*at = *from ? from + 1 : NULL;
	if (*from && *from != ',')
		return NULL;
	*to = '\0';
	return cell;
}

/* strtod() also takes blanks, ".5", hexadecimals, "inf" and "nan". */
static bool is_number(const char *s)
{
	const char *digit = s + (*s == '-');
	char *end;

	strtod(s, &end);
	return *digit >= '0' && *digit <= '9' && !*end &&
	       strspn(s, "+-.0123456789eE") == strlen(s);
}

/* Is a cell what "NAME", "NAME=#" or "NAME=WORD|WORD" asks for? */
static bool fits(const char *cell, const char *column)
{
	const char *word = column + strcspn(column, "=,");
	size_t len = strlen(cell);

	if (*word != '=')
		return true;
	if (word[1] == '#')
		return !strcmp(cell, "-") || is_number(cell);
	do {
		word++;
		if (strcspn(word, "|,") == len && !strncmp(word, cell, len))
			return true;
		word += strcspn(word, "|,");
	} while (*word == '|');
	return false;
}

/* What is behind the first comma; "" if there is none. */
static const char *next_column(const char *columns)
{
	columns += strcspn(columns, ",");
	return columns + (*columns == ',');
}

/* Where the column is that a list begins with; the number of all if it is nowhere. */
static size_t find_column(const struct table *t, const char *columns)
{
	size_t len = strcspn(columns, "=,"), i = 0;

	while (i < t->nr_columns &&
	       (strncmp(t->columns[i], columns, len) || t->columns[i][len]))
		i++;
	return i;
}

static void check(const struct table *t, const char *columns)
{
	for (size_t c = 0; c < t->nr_columns; c++)
		if (find_column(t, t->columns[c]) < c)
			die("%s: two columns '%s'", t->name, t->columns[c]);
	for (const char *c = columns; *c; c = next_column(c)) {
		int len = (int)strcspn(c, "=,");

		if (find_column(t, c) == t->nr_columns)
			die("%s: no column '%.*s'", t->name, len, c);
		for (size_t i = 0; i < t->nr; i++)
			if (!fits(table_cell(t, i, c), c))
				die("%s:%zu: %.*s is '%s'", t->name, i + 2, len, c,
				    table_cell(t, i, c));
	}
}

void table_parse(struct table *t, const char *name, const char *text, const char *columns)
{
	size_t lines = 0, used = 0;
	bool csv = strstr(name, ".csv");
	char *rest, *line;

	*t = (struct table){ .name = name, .text = xstrdup(text) };
	for (rest = t->text; (line = strsep(&rest, "\n")); lines++) {
		size_t end = strlen(line), n = 0;

		if (csv && end && line[end - 1] == '\r')
			line[end - 1] = '\0';
		/* An empty line may stand at the end only. */
		if (!*line && (!rest || !*rest))
			break;
		for (; line; n++) {
			char *cell = cut_cell(&line, csv);

			if (!cell)
				die("%s:%zu: a quote that is not closed", name, lines + 1);
			GROW(t->columns, used);
			t->columns[used++] = *cell ? cell : "-";
		}
		if (!lines)
			t->nr_columns = n;
		if (n != t->nr_columns)
			die("%s:%zu: %s than %zu fields", name, lines + 1,
			    n < t->nr_columns ? "less" : "more", t->nr_columns);
	}
	if (!lines)
		die("%s: the file is empty", name);
	t->nr = lines - 1;
	t->cells = t->columns + t->nr_columns;
	check(t, columns);
}

void table_free(struct table *t)
{
	free(t->columns);
	free(t->text);
}

const char *table_cell(const struct table *t, size_t line, const char *column)
{
	size_t i = find_column(t, column);

	return i < t->nr_columns ? t->cells[line * t->nr_columns + i] : "-";
}

double table_number(const struct table *t, size_t line, const char *column)
{
	const char *cell = table_cell(t, line, column);
	char *end;
	double v = strtod(cell, &end);

	return end != cell && !*end ? v : NAN;
}

bool table_is(const struct table *t, size_t line, const char *column, const char *s)
{
	return !strcmp(table_cell(t, line, column), s);
}

bool table_same(const struct table *t, size_t a, size_t b, const char *columns)
{
	for (const char *c = columns; *c; c = next_column(c))
		if (strcmp(table_cell(t, a, c), table_cell(t, b, c)))
			return false;
	return true;
}

bool table_first(const struct table *t, size_t line, const char *columns)
{
	for (size_t i = 0; i < line; i++)
		if (table_same(t, i, line, columns))
			return false;
	return true;
}

void table_fold(struct table *out, const struct table *in, const char *column,
		const char *noun)
{
	size_t folded = find_column(in, column);
	struct text t = { 0 }, others = { 0 };

	for (size_t c = 0; c < in->nr_columns; c++) {
		text_add(&t, "%s%s", c ? "\t" : "", in->columns[c]);
		if (c != folded)
			text_add(&others, "%s,", in->columns[c]);
	}
	for (size_t i = 0; i < in->nr; i++) {
		struct text joined = { 0 };
		size_t n = 0;

		if (!table_first(in, i, others.s))
			continue;
		for (size_t k = i; k < in->nr; k++)
			if (table_same(in, i, k, others.s))
				text_add(&joined, "%s%s", n++ ? ", " : "",
					 table_cell(in, k, column));
		for (size_t c = 0; c < in->nr_columns; c++) {
			text_add(&t, c ? "\t" : "\n");
			if (c != folded)
				text_add(&t, "%s", table_cell(in, i, in->columns[c]));
			else if (noun && n > 3)
				text_add(&t, "%zu %s", n, noun);
			else
				text_add(&t, "%s", joined.s);
		}
		text_free(&joined);
	}
	table_parse(out, in->name, t.s, "");
	text_free(&t);
	text_free(&others);
}
