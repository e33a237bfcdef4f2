// SPDX-License-Identifier: GPL-2.0
/*
 * report: turn the tables of results/ into its picture and report.md.
 *
 * Everything is made first and put in place last (replace.h).
 */
#define _GNU_SOURCE
#include "report/results.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/options.h"
#include "lib/plot.h"
#include "lib/replace.h"

/**
 * struct output - a file of the report
 * @name: within the directory
 * @picture: gnuplot makes it from the file before
 * @text: what is in it, unless it is a picture
 */
static struct output {
	const char *name;
	bool picture;
	struct text text;
} outputs[] = {
	{ .name = "overhead.gp" },
	{ .name = "overhead.svg", .picture = true },
	{ .name = "report.md" },
};

static const char *dir;
static struct tables ts;

static struct text *text_of(const char *name)
{
	size_t i = 0;

	while (strcmp(outputs[i].name, name))
		i++;
	return &outputs[i].text;
}

static void write_all(void)
{
	if (mkdir(dir, 0777) && errno != EEXIST)
		die("%s: %s", dir, strerror(errno));
	for (size_t i = 0; i < ARRAY_SIZE(outputs); i++) {
		const struct output *o = &outputs[i];
		char *path = xasprintf("%s/%s", dir, o->name);

		if (o->picture)
			plot_draw(&outputs[i - 1].text, replace_write(path, &o->text));
		else
			replace_write(path, &o->text);
		free(path);
	}
	replace_all();
}

static const struct option_entry options[] = {
	OPTIONS_TEXT("out", 'o', "DIR", &dir, "where to write; made if it is not there"),
	OPTIONS_TEXT("tables", 't', "DIR", &ts.dir, "where the tables are"),
	{ 0 }
};

static const struct program program = {
	.name = "report",
	.usage = "--tables DIR --out DIR",
	.about =
"Write the report from the tables of a directory such as results/: overhead.gp,\n"
"overhead.svg and report.md. Either all of them are replaced or none. What has no table\n"
"there is said to be not measured yet. Needs gnuplot.",
	.options = options,
	.more =
"Exit status: 0 done, 1 a table was refused or a file could not be written, 2 wrong usage.",
};

int main(int argc, char **argv)
{
	options_parse(&program, argc, argv);
	if (!dir || !ts.dir)
		options_wrong(&program, "--%s DIR is missing", dir ? "tables" : "out");
	tables_read(&ts);
	prices_make(&ts.prices, &ts.t[EXACT]);
	picture_gp(text_of("overhead.gp"), &ts);
	report_md(text_of("report.md"), &ts);
	write_all();

	for (size_t i = 0; i < ARRAY_SIZE(outputs); i++)
		text_free(&outputs[i].text);
	tables_free(&ts);
	return 0;
}
