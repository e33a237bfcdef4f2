// SPDX-License-Identifier: GPL-2.0
/* What was found, in a few sentences with figures. */
#include <stdlib.h>
#include <string.h>

#include "report/md.h"
#include "report/parts.h"

/* "... on 6.12, ... on 7.3", for those kernels of which there is something to say. */
static void each_kernel(struct text *t, const struct report *r,
			void (*say)(struct text *t, const struct report *r, const char *kernel))
{
	for (size_t k = 0; k < r->ways.nr_kernels; k++) {
		struct text part = { 0 };

		say(&part, r, r->ways.kernels[k]);
		if (part.len)
			text_add(t, "%s%s on %s", t->len ? ", " : "", part.s, r->ways.kernels[k]);
		text_free(&part);
	}
}

/* A price, whose it is, and its traps. */
static void add_price(struct text *t, const struct way *w)
{
	md_price(t, &w->price);
	text_add(t, " (");
	md_plain(t, w->name);
	if (w->traps && strcmp(w->traps, "0"))
		text_add(t, ", and %s traps", w->traps);
	text_add(t, ")");
}

static bool is_sharp_count(const struct way *w)
{
	return is_count(w) && price_sharp(&w->price);
}

static bool is_sharp_stream(const struct way *w)
{
	return w->kind == WAY_OURS && !w->process && !strcmp(w->mode, "stream") &&
	       price_sharp(&w->price);
}

/* From the cheapest to the dearest hook. */
static void say_count(struct text *t, const struct report *r, const char *kernel)
{
	const struct way **rows;
	size_t nr = ways_select(&r->ways, kernel, is_sharp_count, &rows);

	if (nr) {
		add_price(t, rows[0]);
		text_add(t, " to ");
		add_price(t, rows[nr - 1]);
	}
	free(rows);
}

static void say_stream(struct text *t, const struct report *r, const char *kernel)
{
	const struct way **rows;

	if (ways_select(&r->ways, kernel, is_sharp_stream, &rows))
		add_price(t, rows[0]);
	free(rows);
}

/* The kernel's own event, which is the nearest that everybody has. */
static void say_event(struct text *t, const struct report *r, const char *kernel)
{
	const struct way *w = way_find(&r->ways, kernel, NULL, "trace");

	if (w && w->price.known)
		md_price(t, &w->price);
}

static void fill_count(struct text *t, const void *arg)
{
	each_kernel(t, arg, say_count);
}

static void fill_stream(struct text *t, const void *arg)
{
	each_kernel(t, arg, say_stream);
}

static void fill_event(struct text *t, const void *arg)
{
	each_kernel(t, arg, say_event);
}

/* Verdicts of all hooks with unit=process, on all kernels that were tested. */
static void fill_own_truth(struct text *t, const void *arg)
{
	const struct table *truth = &((const struct report *)arg)->ts.t[TRUTH];
	struct verdicts sum = { 0 };
	bool last;

	for (size_t i = 0; i < truth->nr; i++) {
		for (size_t c = 0; table_first(truth, i, "kernel") && c < truth->nr_columns; c++) {
			struct verdicts v;

			if (!strcmp(truth->columns[c], "kernel") ||
			    !strcmp(truth->columns[c], "case"))
				continue;
			v = truth_count(truth, table_cell(truth, i, "kernel"), truth->columns[c],
					true, &last);
			sum.right += v.right;
			sum.wrong += v.wrong;
			sum.refused += v.refused;
		}
	}
	if (sum.right + sum.wrong)
		text_add(t, "%zu of %zu trials", sum.right, sum.right + sum.wrong);
	if (sum.right + sum.wrong && sum.refused)
		text_add(t, "; in %zu more the kernel does not offer it, and the module refuses to "
			    "load", sum.refused);
}

/* Of the ways that were tested as they come, the one of this kind that is right most often. */
static const struct way *most_right(const struct report *r, enum way_kind kind)
{
	const struct way *best = NULL;

	for (size_t i = 0; i < r->ways.nr; i++) {
		const struct way *w = &r->ways.all[i];

		if (w->kind == kind && !w->process && w->truth.right &&
		    (!best || w->truth.right > best->truth.right))
			best = w;
	}
	return best;
}

static void fill_default_right(struct text *t, const void *arg)
{
	const struct way *w = most_right(arg, WAY_OURS);

	if (w)
		text_add(t, "**%zu** of %zu", w->truth.right, w->truth.cases);
}

static void fill_best_right(struct text *t, const void *arg)
{
	const struct way *w = most_right(arg, WAY_TOOL);

	if (!w)
		return;
	text_add(t, "**%zu** of %zu (", w->truth.right, w->truth.cases);
	md_plain(t, w->name);
	text_add(t, ")");
}

/* How many ways lost exits in silence, and the worst of them. */
static void fill_losses(struct text *t, const void *arg)
{
	const struct report *r = arg;
	const struct storm *worst = NULL;
	const struct way *loser = NULL;
	size_t ran = 0, silent = 0;

	for (size_t i = 0; i < r->ways.nr; i++) {
		const struct way *w = &r->ways.all[i];
		bool some = false, lost = false;

		for (const struct storm *s = w->storms; s < w->storms + NR_STORMS; s++) {
			some |= s->ran;
			lost |= s->vanished > 0;
			if (s->vanished > (worst ? worst->vanished : 0)) {
				worst = s;
				loser = w;
			}
		}
		ran += some;
		silent += lost;
	}
	if (!ran)
		return;
	text_add(t, "%zu of %zu ways lost some without a word", silent, ran);
	if (!worst)
		return;
	text_add(t, ", ");
	md_plain(t, loser->name);
	text_add(t, " the most: **%.0f** of %.0f", worst->vanished, worst->exits);
}

/* How many prices are exact, and of how many. */
static void fill_exact(struct text *t, const void *arg)
{
	const struct report *r = arg;
	size_t exact = 0, sharp = 0, rows = 0;

	for (size_t i = 0; i < r->ways.nr; i++) {
		const struct way *w = &r->ways.all[i];

		if (!w->mechanism || w->kind == WAY_CONTROL || !strcmp(w->price.gate, "skipped"))
			continue;
		rows++;
		exact += price_exact(&w->price);
		sharp += price_sharp(&w->price);
	}
	if (!rows)
		return;
	text_add(t, "%zu of %zu are the same number in two boots", exact, rows);
	if (sharp > exact)
		text_add(t, ", %zu are one number in each boot", sharp - exact);
	if (rows > sharp)
		text_add(t, ", %zu are a range", rows - sharp);
}

const struct place finding_places[] = {
	{ "finding count", fill_count },
	{ "finding stream", fill_stream },
	{ "finding event", fill_event },
	{ "finding own truth", fill_own_truth },
	{ "finding default right", fill_default_right },
	{ "finding best right", fill_best_right },
	{ "finding losses", fill_losses },
	{ "finding exact", fill_exact },
	{ 0 },
};
