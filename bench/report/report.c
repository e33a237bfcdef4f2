// SPDX-License-Identifier: GPL-2.0
/*
 * report: write results/report.md and its pictures from the tables beside them.
 *
 * What they say stands in report.md.in, hooks.gp.in and records.gp.in, which are built
 * in; the other files of this room fill the places in them. Everything is made first
 * and put in place last (lib/replace.h).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/options.h"
#include "lib/replace.h"
#include "report/parts.h"
#include "report/plot.h"

/* Made of the files by the linker; see the Makefile. */
extern const char _binary_report_report_md_in_start[], _binary_report_report_md_in_end[];
extern const char _binary_report_hooks_gp_in_start[], _binary_report_hooks_gp_in_end[];
extern const char _binary_report_records_gp_in_start[], _binary_report_records_gp_in_end[];

#define TEMPLATE(name) _binary_report_##name##_in_start, _binary_report_##name##_in_end

/**
 * struct output - a file of the report
 * @name: within the directory
 * @start: the template
 * @end: behind its last byte
 * @picture: what is filled in is a script of gnuplot, which draws the file
 */
static const struct output {
	const char *name, *start, *end;
	bool picture;
} outputs[] = {
	{ "report.md", TEMPLATE(report_md), false },
	{ "hooks.svg", TEMPLATE(hooks_gp), true },
	{ "records.svg", TEMPLATE(records_gp), true },
};

static const struct place *const lists[] = {
	finding_places, choice_places, price_places, truth_places, reach_places, growth_places,
	about_places, picture_places,
};

/* All places in one list. */
static struct place *join(void)
{
	struct place *all = NULL;
	size_t nr = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		for (const struct place *p = lists[i]; p->name; p++) {
			GROW(all, nr);
			all[nr++] = *p;
		}
	}
	GROW(all, nr);
	all[nr] = (struct place){ 0 };
	return all;
}

static void write_all(const char *dir, const struct report *r)
{
	struct place *places = join();

	if (mkdir(dir, 0777) && errno != EEXIST)
		die("%s: %s", dir, strerror(errno));
	for (size_t i = 0; i < ARRAY_SIZE(outputs); i++) {
		const struct output *o = &outputs[i];
		char *path = xasprintf("%s/%s", dir, o->name);
		char *in = xasprintf("%.*s", (int)(o->end - o->start), o->start);
		struct text t = { 0 }, nothing = { 0 };

		fill(&t, in, places, r);
		if (o->picture)
			plot_draw(&t, replace_write(path, &nothing));
		else
			replace_write(path, &t);
		text_free(&t);
		free(in);
		free(path);
	}
	replace_all();
	free(places);
}

int main(int argc, char **argv)
{
	static const char *dir;
	static struct report r;
	static const struct option_entry options[] = {
		OPTIONS_TEXT("out", 'o', "DIR", &dir, "where to write; made if it is not there"),
		OPTIONS_TEXT("tables", 't', "DIR", &r.ts.dir,
			     "where the tables are; what is not there is said to be not\n"
			     "measured yet"),
		{ 0 },
	};
	static const struct program program = {
		.name = "report",
		.usage = "--out DIR --tables DIR",
		.about = "Write report.md and its pictures from the tables of a directory such as\n"
			 "results/. Either all of them are replaced or none. Needs gnuplot.",
		.options = options,
		.more = "Exit status: 0 done, 1 a table was refused or a file could not be written,\n"
			"2 wrong usage.",
	};

	options_parse(&program, argc, argv);
	if (!dir || !r.ts.dir)
		options_wrong(&program, "%s DIR is missing", dir ? "--tables" : "--out");
	tables_read(&r.ts);
	ways_make(&r.ways, &r.ts);
	write_all(dir, &r);
	printf("see %s/report.md\n", dir);
	ways_free(&r.ways);
	tables_free(&r.ts);
	return 0;
}
