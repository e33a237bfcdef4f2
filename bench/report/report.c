// SPDX-License-Identifier: GPL-2.0
/*
 * report: write results/report.md and its pictures from the tables beside them.
 *
 * What they say stands in the files *.in, which are built in; the other files of this
 * room fill the places in them. Everything is made first and put in place last
 * (lib/replace.h).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/options.h"
#include "lib/replace.h"
#include "report/fill.h"
#include "report/way.h"

/* Made of the files by the linker; see the Makefile. */
extern const char _binary_report_report_md_in_start[], _binary_report_report_md_in_end[];
extern const char _binary_report_hooks_gp_in_start[], _binary_report_hooks_gp_in_end[];
extern const char _binary_report_records_gp_in_start[], _binary_report_records_gp_in_end[];
extern const char _binary_report_anatomy_svg_in_start[], _binary_report_anatomy_svg_in_end[];
extern const char _binary_report_arm64_svg_in_start[], _binary_report_arm64_svg_in_end[];

#define TEMPLATE(name) _binary_report_##name##_in_start, _binary_report_##name##_in_end

static const struct output {
	const char *name, *start, *end;
	bool picture;		/* the text is a script of gnuplot, which draws it */
} outputs[] = {
	{ "report.md", TEMPLATE(report_md), false },
	{ "hooks.svg", TEMPLATE(hooks_gp), true },
	{ "records.svg", TEMPLATE(records_gp), true },
	{ "anatomy.svg", TEMPLATE(anatomy_svg), false },
	{ "anatomy-arm64.svg", TEMPLATE(arm64_svg), false },
};

static const struct place *const lists[] = {
	finding_places, choice_places, price_places, anatomy_places, flame_places, truth_places,
	reach_places, beside_places, growth_places, about_places, picture_places, NULL
};

/* gnuplot reads a script by its name only, which is that of a file in memory here. */
static void draw(const struct text *script, const char *picture)
{
	int in = memfd_create("plot", 0), out = open(picture, O_WRONLY), status;
	char *command = xasprintf("exec gnuplot /proc/self/fd/%d >/proc/self/fd/%d", in, out);
	struct stat st;

	if (in < 0 || write(in, script->s, script->len) != (ssize_t)script->len)
		die("cannot hand gnuplot its script: %s", strerror(errno));
	status = system(command);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		die("gnuplot is not installed");
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		die("gnuplot failed");
	if (fstat(out, &st) || !st.st_size)
		die("gnuplot drew nothing");
	close(in);
	close(out);
	free(command);
}

static void write_all(const char *dir, const struct report *r)
{
	if (mkdir(dir, 0777) && errno != EEXIST)
		die("%s: %s", dir, strerror(errno));
	for (size_t i = 0; i < ARRAY_SIZE(outputs); i++) {
		const struct output *o = &outputs[i];
		char *path = xasprintf("%s/%s", dir, o->name);
		char *in = xasprintf("%.*s", (int)(o->end - o->start), o->start);
		struct text t = { 0 }, nothing = { 0 };

		fill(&t, in, lists, r);
		if (o->picture)
			draw(&t, replace_write(path, &nothing));
		else
			replace_write(path, &t);
		text_free(&t);
		free(in);
		free(path);
	}
	replace_all();
}

int main(int argc, char **argv)
{
	static const char *out, *tables;
	static struct report r;
	static const struct option_entry options[] = {
		OPTIONS_TEXT("out", 'o', "DIR", &out, "where to write; made if it is not there"),
		OPTIONS_TEXT("tables", 't', "DIR", &tables,
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
		.more = "Exit status: 0 done, 1 a table was refused or a file could not be\n"
			"written, 2 wrong usage.",
	};

	options_parse(&program, argc, argv);
	if (!out || !tables)
		options_wrong(&program, "%s DIR is missing", out ? "--tables" : "--out");
	tables_read(r.tables, tables);
	ways_make(&r);
	write_all(out, &r);
	printf("see %s/report.md\n", out);
	return 0;
}
