// SPDX-License-Identifier: GPL-2.0
#include "report/md.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void md_plain(struct text *t, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == 0x7f)
			text_add(t, "\\\\x%02x", c);
		else if (c == '<')
			text_add(t, "&lt;");
		else if (c == '>')
			text_add(t, "&gt;");
		else if (c == '&')
			text_add(t, "&amp;");
		else if (strchr("\\`*_[]|~#", c))
			text_add(t, "\\%c", c);
		else
			text_add(t, "%c", c);
	}
}

void md_price(struct text *t, const struct price *p)
{
	const char *bold = price_sharp(p) ? "**" : "";

	if (!p->known)
		text_add(t, p->gate && !strcmp(p->gate, "skipped") ? "not run" : "no figure");
	else if (p->lo == p->hi)
		text_add(t, "%s%ld%s", bold, p->lo, bold);
	else
		text_add(t, "%s%ld to %ld%s", bold, p->lo, p->hi, bold);
}

void md_way(struct text *t, const struct way *w)
{
	struct text name = { 0 };

	way_name(&name, w);
	md_plain(t, name.s);
	text_free(&name);
}

void md_number(struct text *t, double v)
{
	if (v < 0)
		return;
	if (v >= 100 || v == floor(v))
		text_add(t, "%.0f", v);
	else if (v >= 10)
		text_add(t, "%.1f", v);
	else
		text_add(t, "%.3g", v);
}

const char *md_join(size_t i, size_t n)
{
	return !i ? "" : i + 1 == n ? " and " : ", ";
}

void md_cell_way(struct text *t, const void *way, size_t at)
{
	(void)at;
	md_way(t, way);
}

#define AT(type, row, at) (*(const type *)((const char *)(row) + (at)))

void md_cell_string(struct text *t, const void *row, size_t at)
{
	md_plain(t, AT(char *, row, at) ?: "");
}

void md_cell_price(struct text *t, const void *row, size_t at)
{
	md_price(t, &AT(struct price, row, at));
}

void md_cell_number(struct text *t, const void *row, size_t at)
{
	md_number(t, AT(double, row, at));
}

void md_cell_count(struct text *t, const void *row, size_t at)
{
	text_add(t, "%zu", AT(size_t, row, at));
}

void md_cell_text(struct text *t, const void *row, size_t at)
{
	text_add(t, "%s", AT(struct text, row, at).s ?: "");
}

void md_table(struct text *t, const struct md_column *columns, const void *rows, size_t nr)
{
	const struct md_column *c;

	for (c = columns; nr && c->heading; c++)
		text_add(t, "%s %s |", c == columns ? "|" : "", c->heading);
	for (c = columns; nr && c->heading; c++)
		text_add(t, "%s%s", c == columns ? "\n|" : "", c->right ? "--:|" : "---|");
	for (size_t i = 0; i < nr; i++) {
		text_add(t, "\n|");
		for (c = columns; c->heading; c++) {
			text_add(t, " ");
			c->cell(t, ((const void *const *)rows)[i], c->at);
			text_add(t, " |");
		}
	}
	text_add(t, "%s", nr ? "\n" : "");
}

void md_grid(struct text *t, const struct md_grid *g)
{
	struct text all = { 0 };
	size_t cells = 0;

	text_add(&all, "| %s |", g->corner);
	for (size_t c = 0; c < g->nr_columns; c++) {
		text_add(&all, " ");
		g->column(&all, c, g->arg);
		text_add(&all, " |");
	}
	text_add(&all, "\n|---|");
	for (size_t c = 0; c < g->nr_columns; c++)
		text_add(&all, g->left ? "---|" : "--:|");
	for (size_t r = 0; r < g->nr_rows; r++) {
		text_add(&all, "\n| ");
		g->row(&all, r, g->arg);
		text_add(&all, " |");
		for (size_t c = 0; c < g->nr_columns; c++) {
			size_t len = all.len + 1;

			text_add(&all, " ");
			g->cell(&all, r, c, g->arg);
			cells += all.len > len;
			text_add(&all, " |");
		}
	}
	if (cells)
		text_add(t, "%s\n", all.s);
	text_free(&all);
}

/* A table, and the columns that are wanted of it: the first names the rows. */
struct tsv {
	const struct table *table;
	const char *const *columns;
};

static void tsv_cell(struct text *t, size_t row, size_t column, const void *arg)
{
	const struct tsv *v = arg;

	md_plain(t, table_cell(v->table, row, v->columns[column + 1]));
}

static void tsv_row(struct text *t, size_t row, const void *arg)
{
	const struct tsv *v = arg;

	md_plain(t, table_cell(v->table, row, v->columns[0]));
}

static void tsv_column(struct text *t, size_t column, const void *arg)
{
	md_plain(t, ((const struct tsv *)arg)->columns[column + 1]);
}

void md_tsv(struct text *t, const struct table *table, const char *const *columns)
{
	size_t nr = 0;

	while (columns[nr + 1])
		nr++;
	md_grid(t, &(struct md_grid){
		columns[0], table->nr, nr, true, tsv_row, tsv_column, tsv_cell,
		&(struct tsv){ table, columns },
	});
}
