// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "report/tables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PEER { "kernel", CELL_TEXT, NULL }, { "peer", CELL_TEXT, NULL }, { "mode", CELL_TEXT, NULL }
#define PRICE { "lo", CELL_NUMBER, NULL }, { "hi", CELL_NUMBER, NULL }, \
	      { "gate", CELL_TEXT, NULL }, { "reason", CELL_TEXT, NULL }
#define HOOK { "kernel", CELL_TEXT, NULL }, { "hook", CELL_TEXT, NULL }, \
	     { "mechanism", CELL_TEXT, NULL }, { "flavour", CELL_TEXT, NULL }, \
	     { "site", CELL_TEXT, NULL }, { "output", CELL_TEXT, NULL }

static const struct column exact[] = {
	HOOK,
	PRICE, { "exits", CELL_NUMBER, NULL },
	{ "hits", CELL_NUMBER, NULL }, { "missed", CELL_NUMBER, NULL },
	{ "traps", CELL_NUMBER, NULL },
};

static const struct column estimates[] = {
	HOOK,
	{ "p10", CELL_NUMBER, NULL }, { "p90", CELL_NUMBER, NULL },
};

static const struct column sees[] = {
	{ "kernel", CELL_TEXT, NULL }, { "hook", CELL_TEXT, NULL },
	{ "exit code", CELL_TEXT, NULL }, { "when", CELL_TEXT, NULL },
};

static const struct column truth[] = {
	{ "kernel", CELL_TEXT, NULL }, { "case", CELL_TEXT, NULL },
};

static const struct column peers[] = {
	PEER,
	PRICE,
	{ "whole_mean", CELL_NUMBER, NULL }, { "whole_lo", CELL_NUMBER, NULL },
	{ "whole_hi", CELL_NUMBER, NULL }, { "traps_per_exit", CELL_NUMBER, NULL },
	{ "wakeups_per_1000", CELL_NUMBER, NULL }, { "peak_kib", CELL_NUMBER, NULL },
};

static const struct column peers_truth[] = {
	PEER,
	{ "case", CELL_TEXT, NULL }, { "verdict", CELL_TEXT, "right wrong missing no-status" },
	{ "says", CELL_TEXT, NULL },
};

static const struct column completeness[] = {
	PEER,
	{ "cpus", CELL_NUMBER, NULL }, { "exits", CELL_NUMBER, NULL },
	{ "reported", CELL_NUMBER, NULL }, { "repeated", CELL_NUMBER, NULL },
	{ "admitted_lost", CELL_NUMBER, NULL },
	{ "vanished", CELL_NUMBER, NULL }, { "reason", CELL_TEXT, NULL },
};

static const struct column reach[] = {
	{ "peer", CELL_TEXT, NULL }, { "mode", CELL_TEXT, NULL }, { "options", CELL_TEXT, NULL },
	{ "oldest_kernel", CELL_TEXT, NULL }, { "fields", CELL_TEXT, NULL },
	{ "needs", CELL_TEXT, NULL }, { "second_user", CELL_TEXT, NULL },
};

static const struct column growth[] = {
	{ "kernel", CELL_TEXT, NULL },
	{ "factor", CELL_TEXT, "exits cpus threads probes crowded" },
	{ "value", CELL_TEXT, NULL }, { "hook", CELL_TEXT, NULL }, { "output", CELL_TEXT, NULL },
	PRICE,
};

static const struct column wall[] = {
	{ "command", CELL_TEXT, NULL }, { "mean", CELL_NUMBER, NULL },
	{ "stddev", CELL_NUMBER, NULL },
};

static const struct column facts[] = {
	{ "kernel", CELL_TEXT, NULL }, { "fact", CELL_TEXT, NULL }, { "value", CELL_TEXT, NULL },
};

#define TABLE(file, columns) { file, columns, ARRAY_SIZE(columns) }

static const struct {
	const char *file;
	const struct column *columns;
	size_t nr;
} known[NR_TABLES] = {
	[EXACT] = TABLE("exact.tsv", exact),
	[ESTIMATES] = TABLE("estimates.tsv", estimates),
	[SEES] = TABLE("sees.tsv", sees),
	[ENVIRONMENT] = { "environment.txt", NULL, 0 },
	[TRUTH] = TABLE("truth.tsv", truth),
	[PEERS] = TABLE("peers.tsv", peers),
	[PEERS_TRUTH] = TABLE("peers-truth.tsv", peers_truth),
	[COMPLETENESS] = TABLE("completeness.tsv", completeness),
	[REACH] = TABLE("reach.tsv", reach),
	[GROWTH] = TABLE("growth.tsv", growth),
	[WALL] = TABLE("hyperfine.csv", wall),
	[PEERS_ENVIRONMENT] = TABLE("peers-environment.tsv", facts),
};

/* "[SECTION]" and "key: value" as lines of a table; "bench" is what holds for all. */
static char *environment_as_tsv(const char *text)
{
	char *copy = xstrdup(text), *rest = copy, *line;
	struct text t = { 0 };
	const char *kernel = NULL;
	size_t nr = 0;

	text_add(&t, "kernel\tfact\tvalue\n");
	while ((line = strsep(&rest, "\n"))) {
		size_t len = strlen(line);
		char *value = strstr(line, ": ");

		nr++;
		if (!len)
			continue;
		if (line[0] == '[' && line[len - 1] == ']') {
			line[len - 1] = '\0';
			kernel = strcmp(line, "[bench") ? line + 1 : "-";
		} else if (kernel && value && !strchr(line, '\t')) {
			*value = '\0';
			text_add(&t, "%s\t%s\t%s\n", kernel, line, value + 2);
		} else {
			die("%s:%zu: neither [SECTION] nor a fact below one",
			    known[ENVIRONMENT].file, nr);
		}
	}
	free(copy);
	return t.s;
}

/*
 * The columns that the sections read: "instructions" is a number or "-", "in_path" may be
 * "LO..HI". And sees.tsv without those that only a program reads.
 */
static void adapt(struct table *t, enum table_id id)
{
	struct table old = *t;
	struct text text = { 0 };

	for (size_t i = 0; i <= old.nr; i++) {
		char **cells = i ? &old.cells[(i - 1) * old.nr_columns] : old.columns;
		const char *lo = i ? table_cell(&old, i - 1, "lo") : "";
		bool ok = i && table_is(&old, i - 1, "gate", "ok");

		for (size_t c = 0; c < old.nr_columns; c++)
			if (id != SEES || (strcmp(old.columns[c], "code") &&
			    strcmp(old.columns[c], "last") && strcmp(old.columns[c], "entry")))
				text_add(&text, "%s%s", c ? "\t" : "", cells[c]);
		if (id == SEES)
			text_add(&text, "\n");
		else if (!i)
			text_add(&text, "\t%s\n", id == PEERS ? "in_path" : "instructions");
		else if (ok || id != PEERS || !strcmp(lo, "-"))
			text_add(&text, "\t%s\n", ok ? lo : "-");
		else
			text_add(&text, "\t%s..%s\n", lo, table_cell(&old, i - 1, "hi"));
	}
	table_parse(t, known[id].file, text.s, NULL, 0);
	table_free(&old);
	text_free(&text);
}

void tables_set(struct tables *ts, enum table_id id, const char *text)
{
	char *tsv = id == ENVIRONMENT ? environment_as_tsv(text) : NULL;

	table_parse(&ts->t[id], known[id].file, tsv ? tsv : text, known[id].columns,
		    known[id].nr);
	free(tsv);
	if (id == EXACT || id == GROWTH || id == PEERS || id == SEES)
		adapt(&ts->t[id], id);
}

/* Return NULL if there is no such file. */
static char *read_file(const char *path)
{
	FILE *f = fopen(path, "re");
	char *s = NULL;
	size_t size = 0;

	if (!f && errno == ENOENT)
		return NULL;
	if (!f)
		die("%s: %s", path, strerror(errno));
	if (getdelim(&s, &size, 0, f) < 0)
		die("%s: %s", path, ferror(f) ? strerror(errno) : "the file is empty");
	if (!feof(f))
		die("%s: not a text file", path);
	fclose(f);
	return s;
}

void tables_read(struct tables *ts)
{
	/* That no table is there must not come of a wrong name. */
	if (access(ts->dir, X_OK))
		die("%s: %s", ts->dir, strerror(errno));
	for (enum table_id id = 0; id < NR_TABLES; id++) {
		char *path, *text;

		if (ts->t[id].name)
			continue;
		path = xasprintf("%s/%s", ts->dir, known[id].file);
		text = read_file(path);
		if (text)
			tables_set(ts, id, text);
		free(text);
		free(path);
	}
}

void tables_free(struct tables *ts)
{
	prices_free(&ts->prices);
	for (enum table_id id = 0; id < NR_TABLES; id++)
		table_free(&ts->t[id]);
}

bool tables_has(const struct tables *ts, enum table_id id)
{
	return ts->t[id].nr > 0;
}

bool tables_file(const struct tables *ts, const char *name)
{
	char *path = ts->dir ? xasprintf("%s/%s", ts->dir, name) : NULL;
	bool there = path && !access(path, R_OK);

	free(path);
	return there;
}

bool is_ours(const struct table *t, size_t line)
{
	return !strncmp(table_cell(t, line, "peer"), "procmon ", 8);
}

bool peer_price(const struct table *t, size_t line, int64_t *v)
{
	const char *dots = strstr(table_cell(t, line, "in_path"), "..");
	double price;

	if (table_is(t, line, "gate", "shift") && dots) {
		*v = strtoll(dots + 2, NULL, 10);
		return true;
	}
	if (!table_is(t, line, "gate", "ok") || !table_number(t, line, "in_path", &price))
		return false;
	*v = (int64_t)price;
	return true;
}

ssize_t peer_find(const struct table *to, const struct table *from, size_t line)
{
	const char *kernel = table_cell(from, line, "kernel");

	for (size_t i = 0; i < to->nr; i++) {
		const char *other = table_cell(to, i, "kernel");

		if (table_is(to, i, "peer", table_cell(from, line, "peer")) &&
		    table_is(to, i, "mode", table_cell(from, line, "mode")) &&
		    (!strcmp(kernel, "-") || !strcmp(other, "-") || !strcmp(kernel, other)))
			return (ssize_t)i;
	}
	return -1;
}

ssize_t peer_of_hook(const struct table *t, const struct price *r)
{
	for (size_t i = 0; i < t->nr; i++)
		if (is_ours(t, i) && table_is(t, i, "kernel", r->kernel) &&
		    !strcmp(table_cell(t, i, "peer") + strlen("procmon "), r->hook) &&
		    table_is(t, i, "mode", r->output))
			return (ssize_t)i;
	return -1;
}
