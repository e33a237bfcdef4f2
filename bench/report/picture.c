// SPDX-License-Identifier: GPL-2.0
/*
 * What the scripts of the pictures are filled in with: variables of gnuplot, the names
 * of the rows and the prices.
 */
#include <stdlib.h>

#include "report/fill.h"
#include "report/md.h"

/* Of records.svg: what delivers a record of each exit, and was measured by itself. */
static bool is_record(const struct way *w)
{
	if (w->borrowed || w->part || w->only_number || w->kind == WAY_CONTROL)
		return false;
	return w->kind != WAY_OURS || w->tool || !strcmp(w->output, "stream");
}

/* Other tools are compared where they were measured. */
static bool has_tools(const struct report *r, const char *kernel)
{
	for_each_way_on(w, r->ways, kernel)
		if (w->kind == WAY_TOOL && w->tool)
			return true;
	return false;
}

/* Has it a figure on a kernel that is drawn? The same way may be on others, too. */
static bool is_drawn(const struct report *r, const struct way *row)
{
	for_each_way(w, r->ways)
		if (way_same(w, row) && w->price.known && has_tools(r, w->kernel))
			return true;
	return false;
}

static void keep_drawn(const struct report *r, struct way *rows)
{
	struct way *kept = rows;

	for_each_way(w, rows)
		if (is_drawn(r, w))
			*kept++ = *w;
	*kept = (struct way){ 0 };
}

/* Single quotes are gnuplot's verbatim string; the only special thing in it is the quote. */
static void add_quoted(struct text *t, const char *s)
{
	text_add(t, "'");
	for (; *s; s++)
		text_add(t, *s == '\'' ? "''" : "%c", *s);
	text_add(t, "'");
}

/* The names of the rows, from the uppermost down. Return how many there are. */
static size_t add_names(struct text *t, const struct way *rows, bool records)
{
	size_t nr = 0;

	text_add(t, "set ytics (");
	for_each_way(w, rows) {
		text_add(t, "%s", nr ? ", " : "");
		add_quoted(t, records ? md_name(w) : w->name);
		text_add(t, " -%zu", nr++);
	}
	text_add(t, "%s)\n", nr ? "" : "'nothing was measured' 0");
	return nr;
}

static void add_data(struct text *t, const struct report *r, bool records)
{
	bool (*is_row)(const struct way *w) = records ? is_record : is_count;
	struct way *rows = ways_select(r, NULL, is_row, NULL);
	struct text points = { 0 }, titles = { 0 };
	size_t kernels = 0, nr;
	long least = 0, most = 0;

	if (records)
		keep_drawn(r, rows);
	nr = add_names(t, rows, records);
	for_each_kernel(k, r) {
		if (records && !has_tools(r, *k))
			continue;
		text_add(&titles, "%s%s", kernels ? " " : "", *k);
		for_each_way_on(w, r->ways, *k) {
			const struct price *p = &w->price;
			size_t row = 0;

			if (!is_row(w) || !p->known)
				continue;
			while (!way_same(&rows[row], w))
				row++;
			/* Kernel, row, least, most, kind of way, label. */
			text_add(&points, "%zu -%zu %ld %ld %d \"%s\"\n", kernels, row, p->lo,
				 p->hi, w->kind, md_range(p->lo, p->hi));
			if (p->lo > 0 && (!least || p->lo < least))
				least = p->lo;
			most = p->hi > most ? p->hi : most;
		}
		kernels++;
	}
	text_add(t, "kernels = %zu\nrows = %zu\nleast = %ld\nmost = %ld\ntitles = '%s'\n",
		 kernels ?: 1, nr ?: 1, least ?: 1, most ?: 1, titles.s ?: "?");
	/* gnuplot refuses a block without a line, and draws no NaN. */
	text_add(t, "$prices << EOD\n%sEOD\n", points.s ?: "0 0 NaN NaN 0 -\n");
	text_free(&points);
	text_free(&titles);
	free(rows);
}

static void fill_hooks(struct text *t, const struct report *r)
{
	add_data(t, r, false);
}

static void fill_records(struct text *t, const struct report *r)
{
	add_data(t, r, true);
}

const struct place picture_places[] = {
	{ "hooks picture", fill_hooks },
	{ "records picture", fill_records },
	{ 0 },
};
