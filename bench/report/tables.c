// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "report/tables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"

#define PEER { "kernel", CELL_TEXT, NULL }, { "peer", CELL_TEXT, NULL }, { "mode", CELL_TEXT, NULL }
#define HOOK { "kernel", CELL_TEXT, NULL }, { "hook", CELL_TEXT, NULL }, \
	     { "mechanism", CELL_TEXT, NULL }, { "flavour", CELL_TEXT, NULL }, \
	     { "site", CELL_TEXT, NULL }, { "output", CELL_TEXT, NULL }

#define PRICE { "lo", CELL_NUMBER, NULL }, { "hi", CELL_NUMBER, NULL }, \
	      { "gate", CELL_TEXT, NULL }, { "reason", CELL_TEXT, NULL }

#define YES_NO "yes no"

static const struct column exact[] = {
	HOOK,
	PRICE,
	{ "exits", CELL_NUMBER, NULL }, { "hits", CELL_NUMBER, NULL },
	{ "missed", CELL_NUMBER, NULL }, { "traps", CELL_NUMBER, NULL },
};

static const struct column sees[] = {
	{ "kernel", CELL_TEXT, NULL }, { "hook", CELL_TEXT, NULL },
	{ "site", CELL_TEXT, NULL }, { "entry", CELL_TEXT, YES_NO },
	{ "exit code", CELL_TEXT, NULL }, { "last thread", CELL_TEXT, NULL },
	{ "when", CELL_TEXT, NULL },
};

static const struct column truth[] = {
	{ "kernel", CELL_TEXT, NULL }, { "case", CELL_TEXT, NULL },
};

static const struct column peers[] = {
	PEER, PRICE,
	{ "whole_mean", CELL_NUMBER, NULL }, { "whole_lo", CELL_NUMBER, NULL },
	{ "whole_hi", CELL_NUMBER, NULL }, { "whole_gate", CELL_TEXT, "ok control -" },
	{ "traps_per_exit", CELL_NUMBER, NULL }, { "wakeups_per_1000", CELL_NUMBER, NULL },
	{ "peak_kib", CELL_NUMBER, NULL },
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
	{ "peer", CELL_TEXT, NULL }, { "mode", CELL_TEXT, NULL }, { "hook", CELL_TEXT, NULL },
	{ "output", CELL_TEXT, NULL }, { "unit", CELL_TEXT, "task process -" },
	{ "bare", CELL_TEXT, YES_NO }, { "tells", CELL_TEXT, "number name status" },
	{ "options", CELL_TEXT, NULL }, { "oldest_kernel", CELL_TEXT, NULL }, { "fields", CELL_TEXT, NULL },
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

static void parse(struct table *t, enum table_id id, const char *text)
{
	char *tsv = id == ENVIRONMENT ? environment_as_tsv(text) : NULL;

	table_parse(t, known[id].file, tsv ?: text, known[id].columns, known[id].nr);
	free(tsv);
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

/* Up to the second point, or all of it: "6.12", and "next" of "next". */
static size_t series_len(const char *kernel)
{
	size_t major = strcspn(kernel, ".");

	return kernel[major] ? major + 1 + strcspn(kernel + major + 1, ".") : major;
}

/* Is no other kernel of the same series in any table? */
static bool is_alone(const struct table *tables, const char *kernel)
{
	size_t len = series_len(kernel);

	for (enum table_id id = 0; id < NR_TABLES; id++) {
		for (size_t i = 0; i < tables[id].nr; i++) {
			const char *other = table_cell(&tables[id], i, "kernel");

			if (strcmp(other, kernel) && series_len(other) == len &&
			    !strncmp(other, kernel, len))
				return false;
		}
	}
	return true;
}

/* First all that are to be cut, since what is compared must still be whole. */
static void name_kernels(struct table *tables)
{
	char **ends = NULL;
	size_t nr = 0;

	for (enum table_id id = 0; id < NR_TABLES; id++) {
		for (size_t i = 0; i < tables[id].nr; i++) {
			const char *kernel = table_cell(&tables[id], i, "kernel");

			/* "-" where a table has no kernels is a constant. */
			if (!strcmp(kernel, "-") || !is_alone(tables, kernel))
				continue;
			GROW(ends, nr);
			ends[nr++] = (char *)kernel + series_len(kernel);
		}
	}
	for (size_t i = 0; i < nr; i++)
		*ends[i] = '\0';
	free(ends);
}

void tables_read(struct table *tables, const char *dir)
{
	/* That no table is there must not come of a wrong name. */
	if (access(dir, X_OK))
		die("%s: %s", dir, strerror(errno));
	for (enum table_id id = 0; id < NR_TABLES; id++) {
		char *path = xasprintf("%s/%s", dir, known[id].file);
		char *text = read_file(path);

		if (text)
			parse(&tables[id], id, text);
		free(text);
		free(path);
	}
	name_kernels(tables);
}
