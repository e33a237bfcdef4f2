// SPDX-License-Identifier: GPL-2.0
/* Question 4, reach: what a way needs, and what others on the same site do to it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/md.h"

static void add_needs(struct text *t, const struct tables *ts)
{
	static const char *const columns[][2] = {
		{ "peer", "tool" }, { "mode", "how" }, { "options", "kernel options" },
		{ "oldest_kernel", "oldest kernel" }, { "fields", "what it tells" },
		{ "needs", "needs beside" }, { "second_user", "survives a second user" },
	};
	const struct table *r = &ts->t[REACH];

	if (md_missing(t, ts, REACH, "What each way needs is"))
		return;
	text_add(t, "*Survives a second user*: does it still report everything when somebody else "
		    "attaches to the same site. From [reach.tsv](reach.tsv).\n\n|");
	for (size_t c = 0; c < ARRAY_SIZE(columns); c++)
		text_add(t, " %s |", columns[c][1]);
	text_add(t, "\n|");
	for (size_t c = 0; c < ARRAY_SIZE(columns); c++)
		text_add(t, "---|");
	text_add(t, "\n");
	for (size_t i = 0; i < r->nr; i++) {
		text_add(t, "|");
		for (size_t c = 0; c < ARRAY_SIZE(columns); c++)
			md_cell(t, table_cell(r, i, columns[c][0]));
		text_add(t, "\n");
	}
	text_add(t, "\n");
}

/* The line of the same row with another neighbour, or -1. */
static ssize_t with(const struct table *g, size_t line, const char *value)
{
	for (size_t i = 0; i < g->nr; i++)
		if (table_same(g, line, i, "kernel factor hook output") &&
		    table_is(g, i, "value", value))
			return (ssize_t)i;
	return -1;
}

static void add_cell(struct text *t, const struct table *g, ssize_t at)
{
	size_t i = (size_t)at;

	if (at < 0)
		text_add(t, " |");
	else if (table_is(g, i, "gate", "ok"))
		text_add(t, " **%s** |", table_cell(g, i, "instructions"));
	else if (table_is(g, i, "gate", "skipped"))
		text_add(t, " not run |");
	else if (strcmp(table_cell(g, i, "lo"), "-"))
		text_add(t, " %s to %s, gate *%s* |", table_cell(g, i, "lo"),
			 table_cell(g, i, "hi"), table_cell(g, i, "gate"));
	else
		text_add(t, " *%s* |", table_cell(g, i, "gate"));
}

/* The least and the most that the neighbours add to a hook's own price. */
static void add_surplus(struct text *t, const struct tables *ts, const char *kernel)
{
	const struct table *g = &ts->t[GROWTH];
	ssize_t low = -1, high = -1;
	double least = 0, most = 0;

	for (size_t i = 0; i < g->nr; i++) {
		ssize_t alone;
		double own, v;

		if (!table_is(g, i, "factor", "crowded") || !table_is(g, i, "kernel", kernel) ||
		    table_is(g, i, "value", "alone") || !table_is(g, i, "gate", "ok") ||
		    !table_number(g, i, "instructions", &v))
			continue;
		alone = with(g, i, "alone");
		if (alone < 0 || !table_is(g, (size_t)alone, "gate", "ok") ||
		    !table_number(g, (size_t)alone, "instructions", &own))
			continue;
		if (low < 0 || v - own < least) {
			least = v - own;
			low = (ssize_t)i;
		}
		if (high < 0 || v - own > most) {
			most = v - own;
			high = (ssize_t)i;
		}
	}
	if (low < 0)
		return;
	text_add(t, "On Linux ");
	md_kernel(t, ts, kernel);
	text_add(t, " a neighbour changes the price of a hook by %+.0f (", least);
	md_plain(t, table_cell(g, (size_t)low, "hook"));
	text_add(t, " with ");
	md_plain(t, table_cell(g, (size_t)low, "value"));
	text_add(t, ") to %+.0f (", most);
	md_plain(t, table_cell(g, (size_t)high, "hook"));
	text_add(t, " with ");
	md_plain(t, table_cell(g, (size_t)high, "value"));
	text_add(t, ") instructions. ");
}

static void add_crowded(struct text *t, const struct tables *ts)
{
	const struct table *g = &ts->t[GROWTH];
	size_t any = 0;

	text_add(t, "### On a site where others trace\n\n");
	for (size_t i = 0; i < g->nr; i++)
		any += table_is(g, i, "factor", "crowded");
	if (!any) {
		text_add(t, "The price of our hooks on a crowded site is not measured yet.\n\n");
		return;
	}
	text_add(t, "What our hook adds to an exit while somebody else is attached already: the price of "
		    "the hook, not of the others. From [growth.tsv](growth.tsv).\n\n");
	for (size_t i = 0; i < g->nr; i++)
		if (table_is(g, i, "factor", "crowded") && table_first(g, i, "kernel factor"))
			add_surplus(t, ts, table_cell(g, i, "kernel"));
	text_add(t, "\n\n| kernel | hook | output |");
	for (size_t i = 0; i < g->nr; i++)
		if (table_is(g, i, "factor", "crowded") && table_first(g, i, "factor value"))
			md_cell(t, table_cell(g, i, "value"));
	text_add(t, "\n|---|---|---|");
	for (size_t i = 0; i < g->nr; i++)
		if (table_is(g, i, "factor", "crowded") && table_first(g, i, "factor value"))
			text_add(t, "--:|");
	text_add(t, "\n");
	for (size_t i = 0; i < g->nr; i++) {
		if (!table_is(g, i, "factor", "crowded") ||
		    !table_first(g, i, "kernel factor hook output"))
			continue;
		text_add(t, "|");
		md_cell(t, table_cell(g, i, "kernel"));
		md_cell(t, table_cell(g, i, "hook"));
		md_cell(t, table_cell(g, i, "output"));
		for (size_t k = 0; k < g->nr; k++)
			if (table_is(g, k, "factor", "crowded") && table_first(g, k, "factor value"))
				add_cell(t, g, with(g, i, table_cell(g, k, "value")));
		text_add(t, "\n");
	}
	text_add(t, "\n");
}

void md_reach(struct text *t, const struct tables *ts)
{
	text_add(t, "## What it needs\n\n");
	add_needs(t, ts);
	add_crowded(t, ts);
}
