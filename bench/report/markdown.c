// SPDX-License-Identifier: GPL-2.0
/*
 * report.md. The sentences hold whatever the numbers are; figures are those of
 * the tables, or quotients of two of them.
 */
#include "report/results.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/md.h"

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

void md_cell(struct text *t, const char *s)
{
	text_add(t, " ");
	md_plain(t, s);
	text_add(t, " |");
}

void md_bold(struct text *t, const char *s)
{
	text_add(t, "**");
	md_plain(t, s);
	text_add(t, "**");
}

void md_table(struct text *t, const struct table *table)
{
	text_add(t, "|");
	for (size_t c = 0; c < table->nr_columns; c++)
		md_cell(t, table->columns[c]);
	text_add(t, "\n|");
	for (size_t c = 0; c < table->nr_columns; c++)
		text_add(t, "---|");
	text_add(t, "\n");
	for (size_t i = 0; i < table->nr; i++) {
		text_add(t, "|");
		for (size_t c = 0; c < table->nr_columns; c++)
			md_cell(t, table->cells[i * table->nr_columns + c]);
		text_add(t, "\n");
	}
}

bool md_missing(struct text *t, const struct tables *ts, enum table_id id, const char *what)
{
	static const char *const verbs[NR_TABLES] = {
		[EXACT] = "bench", [ESTIMATES] = "bench", [SEES] = "bench",
		[ENVIRONMENT] = "bench", [TRUTH] = "test", [PEERS] = "bench-peers",
		[PEERS_TRUTH] = "bench-peers", [COMPLETENESS] = "bench-peers",
		[REACH] = "bench-peers",
	};

	if (tables_has(ts, id))
		return false;
	text_add(t, "%s not measured yet", what);
	if (verbs[id])
		text_add(t, ": run `make %s`", verbs[id]);
	text_add(t, ".\n\n");
	return true;
}

const char *md_join(size_t i, size_t n)
{
	return !i ? "" : i + 1 == n ? " and " : ", ";
}

void md_number(struct text *t, double v)
{
	if (fabs(v) >= 100 || v == floor(v))
		text_add(t, "%.0f", v);
	else if (fabs(v) >= 10)
		text_add(t, "%.1f", v);
	else
		text_add(t, "%.3g", v);
}

void md_price(struct text *t, const struct price *r)
{
	if (!r) {
		text_add(t, " |");
	} else if (r->skip) {
		text_add(t, " not run: ");
		md_plain(t, r->skip);
		text_add(t, " |");
	} else if (r->exact) {
		text_add(t, " **%" PRId64 "** |", r->instructions);
	} else if (r->has_range) {
		text_add(t, " %" PRId64 " to %" PRId64 ", gate *", r->lo, r->hi);
		md_plain(t, r->gate);
		text_add(t, "* |");
	} else {
		text_add(t, " no figure, gate *");
		md_plain(t, r->gate);
		text_add(t, "* |");
	}
}

/* Up to the second point, or all of it: "6.12", and "next" of "next". */
static size_t series_len(const char *kernel)
{
	size_t major = strcspn(kernel, ".");

	return kernel[major] ? major + 1 + strcspn(kernel + major + 1, ".") : major;
}

void md_kernel(struct text *t, const struct tables *ts, const char *kernel)
{
	size_t len = series_len(kernel);
	bool alone = true;

	for (enum table_id id = 0; id < NR_TABLES; id++) {
		for (size_t i = 0; i < ts->t[id].nr; i++) {
			const char *other = table_cell(&ts->t[id], i, "kernel");

			alone &= !strcmp(other, kernel) || series_len(other) != len ||
				 strncmp(other, kernel, len);
		}
	}
	if (!alone)
		len = strlen(kernel);
	for (size_t i = 0; i < len; i++)
		md_plain(t, (const char[]){ kernel[i], '\0' });
}

void md_tool(struct text *t, const struct table *table, size_t line)
{
	md_plain(t, table_cell(table, line, "peer"));
	if (!table_is(table, line, "mode", "-")) {
		text_add(t, ", ");
		md_plain(t, table_cell(table, line, "mode"));
	}
}

static void add_contents(struct text *t)
{
	static const struct {
		const char *title;
		const char *link;
	} parts[] = {
		{ "what to use for what", "which-one-to-choose" },
		{ "what the names mean", "the-names" },
		{ "the price", "the-price" },
		{ "who tells the truth", "the-truth" },
		{ "what is lost", "what-is-lost" },
		{ "what it needs", "what-it-needs" },
		{ "how the price grows", "how-the-price-grows" },
		{ "by the clock", "by-the-clock-emulated" },
		{ "how it was measured", "how-it-was-measured" },
		{ "what it cannot tell", "what-it-cannot-tell" },
		{ "environment", "environment" },
	};

	text_add(t, "Below: ");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		text_add(t, "%s[%s](#%s)", md_join(i, ARRAY_SIZE(parts)), parts[i].title,
			 parts[i].link);
	text_add(t, ".\n\n");
}

void report_md(struct text *t, const struct tables *ts)
{
	text_add(t, "# What it costs to watch every exit\n\n");
	md_finding(t, ts);
	text_add(t, "![Bars: instructions per exit that each hook%s adds, for each output]"
		    "(overhead.svg)\n\n", tables_has(ts, PEERS) ? " and each other tool" : "");
	add_contents(t);
	md_choice(t, ts);
	md_words(t);
	md_prices(t, ts);
	md_truth(t, ts);
	md_completeness(t, ts);
	md_reach(t, ts);
	md_growth(t, ts);
	md_wall(t, ts);
	md_method(t, ts);
	md_limits(t, ts);
	md_environment(t, ts);
	text_add(t, "## Repeat it\n\n```\nmake bench          # our hooks: writes everything here\n"
		    "make bench-peers    # the other tools: writes their tables, and the report again\n"
		    "```\n\nOn the same kernel the first changes nothing in exact.tsv. All of this text "
		    "is written by a program from the tables beside it, without a kernel: "
		    "`bench/build/report --tables results --out results`.\n");
}
