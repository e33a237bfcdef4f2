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

/* What is drawn: a panel for each kernel, a row for each way. */
struct plot {
	bool records;
	struct way *rows;
	size_t panels, nr_rows;
	long least, most;
	struct text titles, points;
};

/* A kernel's panel, on the right of those before. */
static void add_panel(struct plot *p, const struct report *r, const char *kernel,
		      const char *arch)
{
	bool (*is_row)(const struct way *w) = p->records ? is_record : is_count;

	text_add(&p->titles, "%s\"%s%s\"", p->panels ? " " : "", kernel, arch);
	for_each_way_on(w, r->ways, kernel) {
		const struct price *price = &w->price;
		size_t row = 0;

		if (!is_row(w) || !price->known)
			continue;
		while (!way_same(&p->rows[row], w))
			row++;
		/* Panel, row, least, most, kind of way, label. */
		text_add(&p->points, "%zu -%zu %ld %ld %d \"%s\"\n", p->panels, row, price->lo,
			 price->hi, w->kind, md_range(price->lo, price->hi));
		if (price->lo > 0 && (!p->least || price->lo < p->least))
			p->least = price->lo;
		p->most = price->hi > p->most ? price->hi : p->most;
	}
	p->panels++;
}

static void end_plot(struct text *t, struct plot *p)
{
	text_add(t, "panels = %zu\nrows = %zu\nleast = %ld\nmost = %ld\ntitles = '%s'\n",
		 p->panels ?: 1, p->nr_rows ?: 1, p->least ?: 1, p->most ?: 1,
		 p->titles.s ?: "?");
	/* gnuplot refuses a block without a line, and draws no NaN. */
	text_add(t, "$prices << EOD\n%sEOD\n", p->points.s ?: "0 0 NaN NaN 0 -\n");
	text_free(&p->points);
	text_free(&p->titles);
	free(p->rows);
}

/* The ways of both, each once: those of @r first, for they are on each architecture. */
static struct way *rows_of_both(const struct report *r, const struct report *other)
{
	struct way *first = ways_select(r, NULL, is_count, NULL);
	struct way *more = ways_select(other, NULL, is_count, NULL);
	struct way *rows = NULL;
	size_t nr = 0;

	for_each_way(w, first)
		*APPEND(rows, nr) = *w;
	for_each_way(w, more) {
		size_t row = 0;

		while (row < nr && !way_same(&rows[row], w))
			row++;
		if (row == nr)
			*APPEND(rows, nr) = *w;
	}
	*APPEND(rows, nr) = (struct way){ 0 };
	free(first);
	free(more);
	return rows;
}

static void fill_hooks(struct text *t, const struct report *r)
{
	const struct report *arm64 = report_arm64(r);
	struct plot p = { .rows = rows_of_both(r, arm64) };

	p.nr_rows = add_names(t, p.rows, false);
	for_each_kernel(k, r)
		add_panel(&p, r, *k, "");
	text_add(t, "kernels = %zu\n", p.panels ?: 1);
	for_each_kernel(k, arm64)
		add_panel(&p, arm64, *k, " arm64");
	end_plot(t, &p);
}

static void fill_records(struct text *t, const struct report *r)
{
	struct plot p = { .records = true, .rows = ways_select(r, NULL, is_record, NULL) };

	keep_drawn(r, p.rows);
	p.nr_rows = add_names(t, p.rows, true);
	for_each_kernel(k, r)
		if (has_tools(r, *k))
			add_panel(&p, r, *k, "");
	end_plot(t, &p);
}

const struct place picture_places[] = {
	{ "hooks picture", fill_hooks },
	{ "records picture", fill_records },
	{ 0 },
};
