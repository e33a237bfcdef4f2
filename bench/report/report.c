// SPDX-License-Identifier: GPL-2.0
/*
 * report: turn the boot files of one or more kernels into results/.
 *
 * Everything is made first and put in place last (replace.h).
 */
#define _GNU_SOURCE
#include "report/results.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/plot.h"
#include "lib/replace.h"

static const char usage[] =
	"usage: report --out DIR [--tables DIR] [--env KEY=VALUE]... BOOT...\n"
	"       report --out DIR --tables DIR\n"
	"\n"
	"Estimate what each hook adds to one exit, and write the report; or write the\n"
	"report again from tables that were written before.\n"
	"BOOT is a boot file (format: boot/read.h). Files of one kernel (env kernel) belong\n"
	"together; two or more are needed for a number. Kernels appear in this order.\n"
	"\n"
	"  -o, --out DIR         where to write; made if it is not there\n"
	"  -t, --tables DIR      where the tables are that do not come of boot files:\n"
	"                        truth.tsv, peers.tsv, peers-truth.tsv, completeness.tsv,\n"
	"                        reach.tsv, growth.tsv, hyperfine.csv,\n"
	"                        peers-environment.tsv. What is not there\n"
	"                        is said to be not measured yet. Without BOOT, exact.tsv,\n"
	"                        estimates.tsv, sees.tsv and environment.txt are read there, too\n"
	"  -e, --env KEY=VALUE   a fact for the environment, e.g. the version of a tool\n"
	"  -h, --help            this text\n"
	"\n"
	"With BOOT: writes exact.tsv, estimates.tsv, sees.tsv and environment.txt. Always:\n"
	"overhead.gp, overhead.svg and report.md. Either all of them are replaced or none.\n"
	"Needs gnuplot.\n"
	"Exit status: 0 done, 1 a file was refused or could not be written, 2 wrong usage.\n";

/**
 * struct output - a file of the report
 * @name: within the directory
 * @picture: gnuplot makes it from the file before
 * @text: what is in it; a file without text that is no picture is not written
 */
static struct output {
	const char *name;
	bool picture;
	struct text text;
} outputs[] = {
	{ .name = "exact.tsv" },
	{ .name = "estimates.tsv" },
	{ .name = "sees.tsv" },
	{ .name = "environment.txt" },
	{ .name = "overhead.gp" },
	{ .name = "overhead.svg", .picture = true },
	{ .name = "report.md" },
};

static struct text *text_of(const char *name)
{
	size_t i = 0;

	while (strcmp(outputs[i].name, name))
		i++;
	return &outputs[i].text;
}

static void write_all(const char *dir)
{
	if (mkdir(dir, 0777) && errno != EEXIST)
		die("%s: %s", dir, strerror(errno));
	for (size_t i = 0; i < ARRAY_SIZE(outputs); i++) {
		const struct output *o = &outputs[i];
		char *path;

		if (!o->text.len && !o->picture)
			continue;
		path = xasprintf("%s/%s", dir, o->name);
		if (o->picture)
			plot_draw(&outputs[i - 1].text, replace_write(path, &o->text));
		else
			replace_write(path, &o->text);
		free(path);
	}
	replace_all();
}

/*
 * The tables that come of boot files. They are parsed again like any other: so
 * the report is the same whether it is written now or later from the files.
 */
static void make_tables(const struct findings *f, struct tables *ts)
{
	struct text *exact = text_of("exact.tsv"), *estimates = text_of("estimates.tsv");
	struct text *sees = text_of("sees.tsv"), *environment = text_of("environment.txt");

	exact_tsv(exact, f);
	tables_set(ts, EXACT, exact->s);
	estimates_tsv(estimates, f);
	tables_set(ts, ESTIMATES, estimates->s);
	environment_txt(environment, f);
	tables_set(ts, ENVIRONMENT, environment->s);
	prices_make(&ts->prices, &ts->t[EXACT], &ts->t[ESTIMATES]);
	sees_tsv(sees, &ts->prices);
	tables_set(ts, SEES, sees->s);
}

static void add_boot(struct findings *f, const char *path)
{
	struct boot *boot;
	struct comparison *c = NULL;
	const char *kernel, *nr;
	char *err;

	boot = boot_read(path, &err);
	if (!boot)
		die("%s", err);
	kernel = boot_env(boot, "kernel");
	nr = boot_env(boot, "boot");
	for (size_t k = 0; k < f->nr_kernels; k++)
		if (!strcmp(f->kernels[k].kernel, kernel))
			c = &f->kernels[k];
	if (!c) {
		GROW(f->kernels, f->nr_kernels);
		c = &f->kernels[f->nr_kernels++];
		*c = (struct comparison){ .kernel = kernel };
	}
	/* A boot given twice agrees with itself; that proves nothing. */
	for (size_t i = 0; i < c->nr_boots; i++) {
		const char *other = boot_env(c->boots[i], "boot");

		if (nr && other && !strcmp(nr, other))
			die("%s and %s are both boot %s of kernel %s", c->boots[i]->name, path, nr,
			    kernel);
	}
	if (!nr)
		die("%s: no env 'boot'", path);
	GROW(c->boots, c->nr_boots);
	c->boots[c->nr_boots++] = boot;
}

static void add_env(struct findings *f, char *arg)
{
	char *eq = strchr(arg, '=');

	if (!eq || eq == arg || strpbrk(arg, "\t\n"))
		die("--env takes KEY=VALUE on one line without tabs, not '%s'", arg);
	*eq = 0;
	GROW(f->env, f->nr_env);
	f->env[f->nr_env++] = (struct env){ arg, eq + 1 };
}

static void summary(const struct prices *p, const char *dir)
{
	for (size_t k = 0; k < p->nr_kernels; k++) {
		size_t numbers = 0, skipped = 0, rows = 0;

		for (size_t i = 0; i < p->nr; i++) {
			const struct price *r = &p->all[i];

			if (r->control || strcmp(r->kernel, p->grids[k].kernel))
				continue;
			rows++;
			numbers += r->exact;
			skipped += r->skip != NULL;
		}
		printf("%s: %zu rows: %zu exact, %zu refused, %zu skipped\n", p->grids[k].kernel,
		       rows, numbers, rows - numbers - skipped, skipped);
	}
	printf("see %s/report.md\n", dir);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "out", required_argument, NULL, 'o' }, { "env", required_argument, NULL, 'e' },
		{ "tables", required_argument, NULL, 't' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct findings f = { 0 };
	struct tables ts = { 0 };
	const char *dir = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "o:e:t:h", options, NULL)) != -1) {
		switch (c) {
		case 'o':
			dir = optarg;
			break;
		case 'e':
			add_env(&f, optarg);
			break;
		case 't':
			ts.dir = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fprintf(stderr, "try report --help\n");
			return 2;
		}
	}
	if (!dir || (optind == argc && !ts.dir)) {
		fprintf(stderr, "report: %s is missing; try report --help\n",
			dir ? "a boot file" : "--out DIR");
		return 2;
	}
	/* Facts about a run that is not this one have their place in its environment.txt. */
	if (optind == argc && f.nr_env) {
		fprintf(stderr, "report: --env goes with boot files; try report --help\n");
		return 2;
	}
	for (int i = optind; i < argc; i++)
		add_boot(&f, argv[i]);
	for (size_t k = 0; k < f.nr_kernels; k++)
		compare(&f.kernels[k]);
	if (f.nr_kernels)
		make_tables(&f, &ts);
	if (ts.dir)
		tables_read(&ts);
	if (!f.nr_kernels)
		prices_make(&ts.prices, &ts.t[EXACT], &ts.t[ESTIMATES]);
	picture_gp(text_of("overhead.gp"), &ts);
	report_md(text_of("report.md"), &ts);
	write_all(dir);
	summary(&ts.prices, dir);

	for (size_t i = 0; i < ARRAY_SIZE(outputs); i++)
		text_free(&outputs[i].text);
	tables_free(&ts);
	for (size_t k = 0; k < f.nr_kernels; k++) {
		compare_free(&f.kernels[k]);
		for (size_t i = 0; i < f.kernels[k].nr_boots; i++)
			boot_free(f.kernels[k].boots[i]);
		free(f.kernels[k].boots);
	}
	free(f.kernels);
	free(f.env);
	return 0;
}
