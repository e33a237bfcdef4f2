// SPDX-License-Identifier: GPL-2.0
/* Question 3, completeness: what arrives when very many exits come at once. */
#include <stdlib.h>
#include <string.h>

#include "report/md.h"

/*
 * Rows of ours whose hits or missed events did not add up while they were measured,
 * in some block (then a gate says so) or in sum.
 */
static bool lost_some(const struct price *r)
{
	return !strcmp(r->gate, "hits") || !strcmp(r->gate, "missed") ||
	       (strcmp(r->hits, "-") && strcmp(r->hits, r->exits)) ||
	       (strcmp(r->missed, "-") && strcmp(r->missed, "0"));
}

static void add_measured(struct text *t, const struct prices *p)
{
	size_t rows = 0, bad = 0, untold = 0;

	for (size_t i = 0; i < p->nr; i++) {
		const struct price *r = &p->all[i];

		if (r->control || r->skip)
			continue;
		rows++;
		untold += !strcmp(r->missed, "-");
		bad += lost_some(r);
	}
	if (!rows)
		return;
	text_add(t, "While a price of ours was measured, the hook's hits were compared with the exits "
		    "that the kernel counted by other means, and the events that the mechanism itself "
		    "reports as missed were added up. Rows in which every exit was seen once and none "
		    "was missed: %zu of %zu", rows - bad, rows);
	if (untold)
		text_add(t, "; in %zu the mechanism cannot tell what it missed, and only the "
			    "hits speak", untold);
	text_add(t, ". That is one CPU, with time between the exits.\n\n");
	if (!bad)
		return;
	text_add(t, "| kernel | hook | output | exits | hits | missed | gate |\n"
		    "|---|---|---|--:|--:|--:|---|\n");
	for (size_t i = 0; i < p->nr; i++) {
		const struct price *r = &p->all[i];

		if (r->control || r->skip || !lost_some(r))
			continue;
		text_add(t, "|");
		md_cell(t, r->kernel);
		md_cell(t, r->hook);
		md_cell(t, r->output);
		md_cell(t, r->exits);
		md_cell(t, r->hits);
		md_cell(t, r->missed);
		md_cell(t, r->gate);
		text_add(t, "\n");
	}
	text_add(t, "\n");
}

static void add_count(struct text *t, const struct table *c, size_t line, const char *column)
{
	double v;

	if (!table_number(c, line, column, &v))
		text_add(t, " |");
	else if ((!strcmp(column, "vanished") || !strcmp(column, "repeated")) && v > 0)
		text_add(t, " **%.0f** |", v);
	else
		text_add(t, " %.0f |", v);
}

/* How many ways lost nothing, admitted all that they lost, ... on so many CPUs. */
static void add_sum(struct text *t, const struct table *c, const char *cpus)
{
	size_t ran = 0, all = 0, told = 0, silent = 0;

	for (size_t i = 0; i < c->nr; i++) {
		double vanished, exits, reported;

		if (!table_is(c, i, "cpus", cpus) || !table_number(c, i, "exits", &exits) ||
		    !table_number(c, i, "reported", &reported))
			continue;
		ran++;
		if (table_number(c, i, "vanished", &vanished) && vanished > 0)
			silent++;
		else if (reported < exits)
			told++;
		else
			all++;
	}
	text_add(t, "On %s CPU%s: of %zu that ran, %zu reported every exit, %zu lost some and said so, "
		    "**%zu** lost some in silence. ", cpus, strcmp(cpus, "1") ? "s" : "", ran,
		 all, told, silent);
}

void md_completeness(struct text *t, const struct tables *ts)
{
	const struct table *c = &ts->t[COMPLETENESS];

	text_add(t, "## What is lost\n\n");
	if (!md_missing(t, ts, COMPLETENESS, "A storm of exits under each tool is")) {
		text_add(t, "A storm of exits as fast as the machine can, with every tool as it is by "
			    "default (perf record with -B, which only spares it the symbols): on each "
			    "CPU somebody makes ten processes, which exit at once, waits "
			    "for them, and goes on. Each process has an id of its own, and each report is "
			    "matched to one by the id. *Reported*: exits in the tool's output. *Repeated*: "
			    "further reports of an exit that it had reported before. *Admitted*: those "
			    "that it says it lost (empty: it has no way to tell). *Vanished*: neither "
			    "reported nor admitted (empty: it admits more than is missing, and nobody "
			    "knows). The CPUs are emulated and take "
			    "turns, exit by exit, so what more of them would do at the same instant is "
			    "not in it. From [completeness.tsv](completeness.tsv).\n\n");
		for (size_t i = 0; i < c->nr; i++)
			if (table_first(c, i, "cpus"))
				add_sum(t, c, table_cell(c, i, "cpus"));
		text_add(t, "\n\n| kernel | tool | how | CPUs | exits | reported | repeated | admitted | "
			    "vanished | remark |\n|---|---|---|--:|--:|--:|--:|--:|--:|---|\n");
		for (size_t i = 0; i < c->nr; i++) {
			text_add(t, "|");
			md_cell(t, table_cell(c, i, "kernel"));
			md_cell(t, table_cell(c, i, "peer"));
			md_cell(t, table_cell(c, i, "mode"));
			md_cell(t, table_cell(c, i, "cpus"));
			add_count(t, c, i, "exits");
			add_count(t, c, i, "reported");
			add_count(t, c, i, "repeated");
			add_count(t, c, i, "admitted_lost");
			add_count(t, c, i, "vanished");
			if (table_is(c, i, "reason", "-"))
				text_add(t, " |");
			else
				md_cell(t, table_cell(c, i, "reason"));
			text_add(t, "\n");
		}
		text_add(t, "\n");
	}
	add_measured(t, &ts->prices);
}
