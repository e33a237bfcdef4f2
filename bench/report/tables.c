// SPDX-License-Identifier: GPL-2.0
#include "report/tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/kfile.h"
#include "lib/util.h"

#define PEER "kernel,peer,mode"
#define PRICE "lo=#,hi=#,gate,reason"
#define EXACT_COLUMNS "kernel,hook,mechanism,flavour,site,output," PRICE \
		      ",exits=#,hits=#,missed=#,traps=#"
#define ANATOMY_COLUMNS "kernel,hook,output,instructions=#,gate,exits=#,of=#," \
			"code_lines=#,code_pages=#,data_lines=#,data_pages=#"
#define FUNCTIONS_COLUMNS "kernel,hook,output,function,instructions=#,stack"

static const struct {
	const char *file, *columns;
} known[NR_TABLES] = {
	[EXACT] = { "exact.tsv", EXACT_COLUMNS },
	[ANATOMY] = { "anatomy.tsv", ANATOMY_COLUMNS },
	[ANATOMY_FUNCTIONS] = { "anatomy-functions.tsv", FUNCTIONS_COLUMNS },
	[ANATOMY_SOURCE] = { "anatomy-source.tsv",
			     "kernel,hook,output,function,line,instructions=#" },
	[SEES] = { "sees.tsv", "kernel,hook,site,entry=yes|no,exit code,last thread,when" },
	[ENVIRONMENT] = { "environment.txt", "kernel,fact,value" },
	[TRUTH] = { "truth.tsv", "kernel,case" },
	[READER] = { "reader.tsv", "output=table|json|summary|raw,instructions=#,exits=#,"
		     "compiler,valgrind" },
	[PEERS] = { "peers.tsv", PEER "," PRICE ",whole_mean=#,whole_lo=#,"
		    "whole_hi=#,whole_gate=ok|control|-,traps_per_exit=#,"
		    "wakeups_per_1000=#,peak_kib=#" },
	[PEERS_TRUTH] = { "peers-truth.tsv",
			  PEER ",case,verdict=right|wrong|missing|no-status,says" },
	[COMPLETENESS] = { "completeness.tsv", PEER ",cpus=#,exits=#,reported=#,"
			   "repeated=#,admitted_lost=#,vanished=#,reason" },
	[REACH] = { "reach.tsv", "peer,mode,hook,output,unit=task|process|-,bare=yes|no,"
		    "tells=number|name|status,options,oldest_kernel,fields,needs,second_user" },
	[GROWTH] = { "growth.tsv", "kernel,factor=exits|cpus|threads|probes|crowded,value,hook,"
		     "output," PRICE },
	[WALL] = { "hyperfine.csv", "command,mean=#,stddev=#" },
	[FTRACETEST] = { "ftracetest.tsv", "kernel,selftests,variant,test,without,with,reason" },
	[PEERS_ENVIRONMENT] = { "peers-environment.tsv", "kernel,fact,value" },
	[EXACT_ARM64] = { "arm64/exact.tsv", EXACT_COLUMNS },
	[ANATOMY_ARM64] = { "arm64/anatomy.tsv", ANATOMY_COLUMNS },
	[FUNCTIONS_ARM64] = { "arm64/anatomy-functions.tsv", FUNCTIONS_COLUMNS },
	[ENVIRONMENT_ARM64] = { "arm64/environment.txt", "kernel,fact,value" },
	[ELSEWHERE] = { "elsewhere.tsv", "kernel,package,system,qemu,compiler,git trees,"
			"compared=#,same=#" },
};

/* "[SECTION]" and "key: value" as lines of a table; "bench" is what holds for all. */
static char *environment_as_tsv(const char *text, const char *file)
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
			    file, nr);
		}
	}
	free(copy);
	return t.s;
}

/* Return NULL if there is no such file. */
static char *read_file(const char *path)
{
	char *text = kfile_read(path);
	struct stat st;

	if (!text && errno == ENOENT)
		return NULL;
	if (!text || stat(path, &st))
		die("%s: %s", path, strerror(errno));
	if (!st.st_size)
		die("%s: the file is empty", path);
	if (strlen(text) != (size_t)st.st_size)
		die("%s: not a text file", path);
	return text;
}

/* Up to the second point, or all of it: "6.12", and "next" of "next". */
static size_t series_len(const char *kernel)
{
	size_t major = strcspn(kernel, ".");

	return kernel[major] ? major + 1 + strcspn(kernel + major + 1, ".") : major;
}

/* Of another architecture than x86-64? */
static bool is_foreign(enum table_id id)
{
	return !strncmp(known[id].file, "arm64/", strlen("arm64/"));
}

/* Is no other kernel of the same series in any table of its architecture? */
static bool is_alone(const struct table *tables, const char *kernel, bool foreign)
{
	size_t len = series_len(kernel);

	for (enum table_id id = 0; id < NR_TABLES; id++) {
		for (size_t i = 0; i < tables[id].nr && is_foreign(id) == foreign; i++) {
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
			if (!strcmp(kernel, "-") || !is_alone(tables, kernel, is_foreign(id)))
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
		bool facts = id == ENVIRONMENT || id == ENVIRONMENT_ARM64;
		char *tsv = text && facts ? environment_as_tsv(text, known[id].file) : NULL;

		if (text)
			table_parse(&tables[id], known[id].file, tsv ?: text, known[id].columns);
		free(tsv);
		free(text);
		free(path);
	}
	name_kernels(tables);
}
