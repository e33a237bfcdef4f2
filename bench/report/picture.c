// SPDX-License-Identifier: GPL-2.0
/*
 * What the scripts of the pictures are filled in with: variables of gnuplot, the names
 * of the rows and the prices.
 */
#include <stdlib.h>
#include <string.h>

#include "report/parts.h"
#include "report/plot.h"

/* Of records.svg: what delivers a record of each exit, and was measured by itself. */
static bool is_record(const struct way *w)
{
	if (w->borrowed || w->part || w->only_number || w->kind == WAY_CONTROL)
		return false;
	return w->kind != WAY_OURS || w->beside || !strcmp(w->mode, "stream");
}

/* Other tools are compared where they were measured. */
static bool has_tools(const struct ways *ways, const char *kernel)
{
	for (size_t i = 0; i < ways->nr; i++)
		if (ways->all[i].kind == WAY_TOOL && !strcmp(ways->all[i].kernel, kernel))
			return true;
	return false;
}

/* "'NAME' Y, ...", as gnuplot's set ytics takes it, in a string of gnuplot. */
static void add_names(struct text *t, const struct way **rows, size_t nr,
		      void (*name)(struct text *t, const struct way *w))
{
	struct text names = { 0 };

	for (size_t i = 0; i < nr; i++) {
		struct text s = { 0 };

		name(&s, rows[i]);
		text_add(&names, "%s", i ? ", " : "");
		plot_quote(&names, s.s);
		text_add(&names, " -%zu", i);
		text_free(&s);
	}
	/* The other kind of string, in which a backslash takes the meaning of the next. */
	text_add(t, "names = \"");
	for (const char *s = nr ? names.s : "'nothing was measured' 0"; *s; s++)
		text_add(t, strchr("\\\"`", *s) ? "\\%c" : "%c", *s);
	text_add(t, "\"\n");
	text_free(&names);
}

/* One line of data: kernel, row, least, most, kind of way, label. */
static void add_point(struct text *t, size_t kernel, size_t row, const struct way *w)
{
	text_add(t, "%zu -%zu %ld %ld %d \"%ld", kernel, row, w->price.lo, w->price.hi, w->kind,
		 w->price.lo);
	if (w->price.lo < w->price.hi)
		text_add(t, " to %ld", w->price.hi);
	text_add(t, "\"\n");
}

static void add_data(struct text *t, const struct report *r, bool (*is_row)(const struct way *w),
		     void (*name)(struct text *t, const struct way *w), bool beside_tools)
{
	const struct way **rows;
	size_t nr = ways_select(&r->ways, NULL, is_row, &rows), kernels = 0;
	struct text points = { 0 }, titles = { 0 };
	long least = 0, most = 0;

	for (size_t k = 0; k < r->ways.nr_kernels; k++) {
		if (beside_tools && !has_tools(&r->ways, r->ways.kernels[k]))
			continue;
		text_add(&titles, "%s%s", kernels ? " " : "", r->ways.kernels[k]);
		for (size_t i = 0; i < r->ways.nr; i++) {
			const struct way *w = &r->ways.all[i];
			size_t row = 0;

			if (!is_row(w) || !w->price.known ||
			    strcmp(w->kernel, r->ways.kernels[k]))
				continue;
			while (!way_same(rows[row], w))
				row++;
			add_point(&points, kernels, row, w);
			if (w->price.lo > 0 && (!least || w->price.lo < least))
				least = w->price.lo;
			most = w->price.hi > most ? w->price.hi : most;
		}
		kernels++;
	}
	text_add(t, "kernels = %zu\nrows = %zu\nleast = %ld\nmost = %ld\ntitles = '%s'\n",
		 kernels ?: 1, nr ?: 1, least ?: 1, most ?: 1, titles.s ?: "?");
	add_names(t, rows, nr, name);
	/* gnuplot refuses a block without a line, and draws no NaN. */
	text_add(t, "$prices << EOD\n%sEOD\n", points.s ?: "0 0 NaN NaN 0 -\n");
	text_free(&points);
	text_free(&titles);
	free(rows);
}

static void hook_name(struct text *t, const struct way *w)
{
	text_add(t, "%s", w->name);
}

static void fill_hooks(struct text *t, const void *arg)
{
	add_data(t, arg, is_count, hook_name, false);
}

static void fill_records(struct text *t, const void *arg)
{
	add_data(t, arg, is_record, way_name, true);
}

const struct place picture_places[] = {
	{ "hooks picture", fill_hooks },
	{ "records picture", fill_records },
	{ 0 },
};
