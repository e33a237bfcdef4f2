// SPDX-License-Identifier: GPL-2.0
#include "report/table.h"

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

static bool skip_number(const char **s)
{
	const char *digit = *s + (**s == '-');
	char *end;

	/* strtod() also takes blanks, ".5", hexadecimals, "inf" and "nan". */
	if (*digit < '0' || *digit > '9')
		return false;
	strtod(*s, &end);
	if (strspn(*s, "+-.0123456789eE") < (size_t)(end - *s))
		return false;
	*s = end;
	return true;
}

static bool fits(const char *cell, const struct column *c)
{
	const char *s = cell;
	size_t len = strlen(cell);

	for (const char *w = c->words; w && *w; w += strspn(w, " ")) {
		size_t n = strcspn(w, " ");

		if (n == len && !strncmp(w, cell, n))
			return true;
		w += n;
	}
	if (c->words)
		return false;
	if (c->kind == CELL_TEXT || !strcmp(cell, "-"))
		return true;
	if (!skip_number(&s))
		return false;
	return !*s;
}

static size_t find_column(const struct table *t, const char *name, size_t len)
{
	size_t i = 0;

	while (i < t->nr_columns &&
	       (strncmp(t->columns[i], name, len) || t->columns[i][len]))
		i++;
	return i;
}

static void check_header(const struct table *t, const struct column *columns, size_t nr)
{
	for (size_t i = 0; i < t->nr_columns; i++)
		if (find_column(t, t->columns[i], strlen(t->columns[i])) < i)
			die("%s: two columns '%s'", t->name, t->columns[i]);
	for (size_t i = 0; i < nr; i++)
		if (find_column(t, columns[i].name, strlen(columns[i].name)) == t->nr_columns)
			die("%s: no column '%s'", t->name, columns[i].name);
}

static void check_line(const struct table *t, size_t line, size_t file_line,
		       const struct column *columns, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		const char *cell = table_cell(t, line, columns[i].name);

		if (!fits(cell, &columns[i]))
			die("%s:%zu: %s is '%s'", t->name, file_line, columns[i].name, cell);
	}
}

void table_parse(struct table *t, const char *name, const char *text,
		 const struct column *columns, size_t nr)
{
	size_t len = strlen(name), file_line = 0, used = 0;
	bool csv = len > 4 && !strcmp(name + len - 4, ".csv");
	char *rest, *line, *cell;

	*t = (struct table){ .name = name, .text = xstrdup(text) };
	rest = t->text;
	while ((line = strsep(&rest, "\n"))) {
		char *end = line + strlen(line);
		size_t n = 0;

		file_line++;
		if (csv && end > line && end[-1] == '\r')
			end[-1] = '\0';
		/* An empty line may stand at the end only. */
		if (!*line && (!rest || !*rest))
			break;
		while (line) {
			cell = cut_cell(&line, csv);
			if (!cell)
				die("%s:%zu: a quote that is not closed", name, file_line);
			if (file_line == 1) {
				GROW(t->columns, t->nr_columns);
				t->columns[t->nr_columns++] = cell;
				continue;
			}
			if (++n > t->nr_columns)
				break;
			GROW(t->cells, used);
			t->cells[used++] = *cell ? cell : "-";
		}
		if (file_line == 1) {
			check_header(t, columns, nr);
			continue;
		}
		if (n != t->nr_columns)
			die("%s:%zu: %s than %zu fields", name, file_line,
			    n < t->nr_columns ? "less" : "more", t->nr_columns);
		check_line(t, t->nr, file_line, columns, nr);
		t->nr++;
	}
	if (!t->nr_columns)
		die("%s: the file is empty", name);
}

void table_free(struct table *t)
{
	free(t->columns);
	free(t->cells);
	free(t->text);
	*t = (struct table){ 0 };
}

const char *table_cell(const struct table *t, size_t line, const char *column)
{
	size_t i = find_column(t, column, strlen(column));

	return i < t->nr_columns ? t->cells[line * t->nr_columns + i] : "-";
}

bool table_number(const struct table *t, size_t line, const char *column, double *v)
{
	const char *cell = table_cell(t, line, column);
	char *end;

	*v = strtod(cell, &end);
	return end != cell && !*end;
}

bool table_is(const struct table *t, size_t line, const char *column, const char *s)
{
	return !strcmp(table_cell(t, line, column), s);
}

bool table_same(const struct table *t, size_t a, size_t b, const char *columns)
{
	for (const char *w = columns; *w; w += strspn(w, " ")) {
		size_t n = strcspn(w, " "), i = find_column(t, w, n);

		if (i < t->nr_columns && strcmp(t->cells[a * t->nr_columns + i],
						t->cells[b * t->nr_columns + i]))
			return false;
		w += n;
	}
	return true;
}

bool table_first(const struct table *t, size_t line, const char *columns)
{
	for (size_t i = 0; i < line; i++)
		if (table_same(t, i, line, columns))
			return false;
	return true;
}

static bool same_but(const struct table *t, size_t a, size_t b, size_t column)
{
	for (size_t c = 0; c < t->nr_columns; c++)
		if (c != column && strcmp(t->cells[a * t->nr_columns + c],
					  t->cells[b * t->nr_columns + c]))
			return false;
	return true;
}

void table_fold(struct table *out, const struct table *in, const char *column,
		const char *noun)
{
	size_t folded = find_column(in, column, strlen(column));
	bool *done = xcalloc(in->nr, sizeof(*done));
	struct text t = { 0 };

	for (size_t c = 0; c < in->nr_columns; c++)
		text_add(&t, "%s%s", c ? "\t" : "", in->columns[c]);
	text_add(&t, "\n");
	for (size_t i = 0; i < in->nr; i++) {
		struct text joined = { 0 };
		size_t n = 0;

		for (size_t k = i; k < in->nr; k++) {
			if (done[k] || !same_but(in, i, k, folded))
				continue;
			done[k] = true;
			text_add(&joined, "%s%s", n++ ? ", " : "",
				 in->cells[k * in->nr_columns + folded]);
		}
		for (size_t c = 0; n && c < in->nr_columns; c++) {
			text_add(&t, "%s", c ? "\t" : "");
			if (c == folded && noun && n > 3)
				text_add(&t, "%zu %s", n, noun);
			else
				text_add(&t, "%s", c == folded ? joined.s :
					 in->cells[i * in->nr_columns + c]);
		}
		if (n)
			text_add(&t, "\n");
		text_free(&joined);
	}
	free(done);
	table_parse(out, in->name, t.s, NULL, 0);
	text_free(&t);
}
