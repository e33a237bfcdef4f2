// SPDX-License-Identifier: GPL-2.0
/*
 * growth: what the price of a hook depends on.
 *
 * Reads the boot files that measure wrote under different conditions and estimates
 * each condition by itself, as report does. A condition is one value of a factor;
 * it is told by an env line of the boot file, with the factor as its key. One file
 * may serve several factors: what all of them leave alone is measured once.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/plot.h"
#include "lib/replace.h"
#include "report/results.h"

/* Pixels. */
#define WIDTH 760
#define HEIGHT 400

static const struct factor {
	const char *name;
	const char *title;	/* of its picture; NULL for no picture */
	const char *axis;
	bool log;
} factors[] = {
	{ "exits", "The price of a hook, the more exits it has seen",
	  "exits since it was attached (logarithmic scale)", true },
	{ "cpus", "The price of a hook, the more CPUs there are",
	  "CPUs of the guest (emulated: they share no caches)", false },
	{ "threads", "The price of a hook when a thread exits, the more threads there are",
	  "other threads of the process", false },
	{ "probes", "The price of a hook, the more kprobe events are on do_exit",
	  "kprobe events on do_exit before the hook is attached", false },
	{ "crowded", NULL, NULL, false },
};

/* The values of `crowded`, in their order; those of the others are numbers. */
static const char *const neighbours[] = { "alone", "ftrace", "bpf", "ftrace+bpf" };

/* One value of a factor. */
struct condition {
	const struct factor *factor;
	const char *value;
	long order;
	struct comparison c;
};

static struct condition *conditions;
static size_t nr_conditions;

static long order_of(const struct factor *f, const char *value, const char *path)
{
	char *end;
	long n;

	if (!f->title) {
		for (size_t i = 0; i < ARRAY_SIZE(neighbours); i++)
			if (!strcmp(neighbours[i], value))
				return (long)i;
	} else if (*value >= '0' && *value <= '9') {
		n = strtol(value, &end, 10);
		if (!*end)
			return n;
	}
	die("%s: env %s has an unknown value, \"%s\"", path, f->name, value);
}

static struct condition *find_condition(const struct factor *f, const char *value)
{
	for (size_t i = 0; i < nr_conditions; i++)
		if (conditions[i].factor == f && !strcmp(conditions[i].value, value))
			return &conditions[i];
	return NULL;
}

static void add_to_condition(const struct factor *f, const char *value, struct boot *boot)
{
	struct condition *d = find_condition(f, value);
	const char *nr = boot_env(boot, "boot");

	if (!d) {
		GROW(conditions, nr_conditions);
		d = &conditions[nr_conditions++];
		*d = (struct condition){ f, value, order_of(f, value, boot->name),
					 { .kernel = boot_env(boot, "kernel") } };
	}
	/* A boot given twice agrees with itself; that proves nothing. */
	for (size_t i = 0; i < d->c.nr_boots; i++)
		if (!strcmp(boot_env(d->c.boots[i], "boot"), nr))
			die("%s and %s are both boot %s with %s %s", d->c.boots[i]->name,
			    boot->name, nr, f->name, value);
	GROW(d->c.boots, d->c.nr_boots);
	d->c.boots[d->c.nr_boots++] = boot;
}

static struct boot *add_boot(const char *path, const char *kernel)
{
	struct boot *boot;
	bool any = false;
	char *err;

	boot = boot_read(path, &err);
	if (!boot)
		die("%s", err);
	if (strcmp(kernel ?: boot_env(boot, "kernel"), boot_env(boot, "kernel")))
		die("%s: not of the same kernel as the others", path);
	if (!boot_env(boot, "boot"))
		die("%s: no env 'boot'", path);
	for (size_t i = 0; i < ARRAY_SIZE(factors); i++) {
		const char *value = boot_env(boot, factors[i].name);

		if (value)
			add_to_condition(&factors[i], value, boot);
		any |= value != NULL;
	}
	if (!any)
		die("%s: no env that names a factor", path);
	return boot;
}

static int by_factor(const void *a, const void *b)
{
	const struct condition *x = a, *y = b;

	if (x->factor != y->factor)
		return x->factor < y->factor ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

/* The same row under another condition; NULL if it was not asked for there. */
static const struct result *find_result(const struct condition *d, const struct result *r)
{
	for (size_t i = 0; i < d->c.nr; i++) {
		const struct result *other = &d->c.results[i];

		if (other->control == r->control && !strcmp(other->row->hook, r->row->hook) &&
		    !strcmp(other->row->output, r->row->output))
			return other;
	}
	return NULL;
}

/* A file that serves several factors has rows that only one of them is about. */
static bool is_everywhere(const struct factor *f, const struct result *r)
{
	for (size_t i = 0; i < nr_conditions; i++)
		if (conditions[i].factor == f && !find_result(&conditions[i], r))
			return false;
	return true;
}

/* What keeps it from being a number. */
static void add_reason(struct text *t, const struct result *r)
{
	const char *reason = r->skip;

	for (size_t i = 0; i < r->nr && !reason; i++)
		reason = r->seen[i].proof;
	if (reason || !differs_by_boot(r)) {
		text_add(t, "%s", reason ?: "-");
		return;
	}
	text_add(t, "exact in each boot:");
	for (size_t i = 0; i < r->nr; i++)
		text_add(t, "%s %" PRId64, i ? "," : "", r->seen[i].match.shift);
}

static void add_line(struct text *t, const struct condition *d, const struct result *r)
{
	text_add(t, "%s\t%s\t%s\t%s\t%s\t", d->c.kernel, d->factor->name, d->value,
		 r->row->hook, r->row->output);
	if (is_number(r))
		text_add(t, "%" PRId64, r->shift);
	text_add(t, "\t%s\t", r->skip ? "skipped" : first_gate(r->gates));
	if (!is_number(r) && !r->skip && r->has_range)
		text_add(t, "%" PRId64 "\t%" PRId64 "\t", r->lo, r->hi);
	else
		text_add(t, "\t\t");
	add_reason(t, r);
	text_add(t, "\n");
}

static void make_table(struct text *t)
{
	text_add(t, "kernel\tfactor\tvalue\thook\toutput\tinstructions\tgate\tlo\thi\treason\n");
	for (size_t i = 0; i < nr_conditions; i++) {
		const struct condition *d = &conditions[i];

		for (size_t k = 0; k < d->c.nr; k++)
			if (is_everywhere(d->factor, &d->c.results[k]))
				add_line(t, d, &d->c.results[k]);
	}
}

/* A row in a picture: how many values it is a number for, and how many a range. */
struct line {
	const struct result *row;
	size_t numbers;
	size_t ranges;
};

/* Its points as a data block: value, instructions, least, most. */
static void add_points(struct text *t, const struct factor *f, struct line *l, size_t nr,
		       double *most)
{
	text_add(t, "$row%zu << EOD\n", nr);
	for (size_t i = 0; i < nr_conditions; i++) {
		const struct result *r;

		if (conditions[i].factor != f)
			continue;
		r = find_result(&conditions[i], l->row);
		if (is_number(r)) {
			text_add(t, "%ld %" PRId64 " NaN NaN\n", conditions[i].order, r->shift);
			*most = fmax(*most, (double)r->shift);
			l->numbers++;
		} else if (!r->skip && r->has_range) {
			text_add(t, "%ld NaN %" PRId64 " %" PRId64 "\n", conditions[i].order,
				 r->lo, r->hi);
			*most = fmax(*most, (double)r->hi);
			l->ranges++;
		}
	}
	text_add(t, "EOD\n");
}

/* A number is a point; a row without one is a bar from its least to its most. */
static void add_plots(struct text *t, const struct line *lines, size_t nr)
{
	const char *sep = "";

	text_add(t, "plot ");
	for (size_t i = 0; i < nr; i++) {
		const char *colour = plot_colours[i % nr_plot_colours];
		const struct row *row = lines[i].row->row;
		char *name = strcmp(row->output, "count") ?
			     xasprintf("%s, %s", row->hook, row->output) : xstrdup(row->hook);

		if (lines[i].numbers) {
			text_add(t, "%s$row%zu using 1:2 with linespoints lw 2 pt 7 ps 0.7 "
				    "lc rgb '%s' title ", sep, i, colour);
			plot_quote(t, name);
			sep = ", \\\n     ";
		}
		if (lines[i].ranges) {
			text_add(t, "%s$row%zu using 1:3:3:4:4 with candlesticks lc rgb '%s' title ",
				 sep, i, colour);
			plot_quote(t, lines[i].numbers ? "" : name);
			sep = ", \\\n     ";
		}
		free(name);
	}
	text_add(t, "%s\n", *sep ? "" : "NaN notitle");
}

static void add_axes(struct text *t, const struct factor *f, const struct condition *first)
{
	const char *sep = "";

	text_add(t, "set title ");
	plot_quote(t, f->title);
	text_add(t, " font ',14'\nset xlabel ");
	plot_quote(t, f->axis);
	text_add(t, "\nset ylabel 'instructions per exit'\nset xtics (");
	for (const struct condition *d = first; d < conditions + nr_conditions; d++) {
		if (d->factor != f)
			break;
		text_add(t, "%s", sep);
		plot_quote(t, d->value);
		text_add(t, " %ld", d->order);
		sep = ", ";
	}
	text_add(t, ")\n%s"
		    "set border 3 lc rgb '#666666'\nset tics nomirror scale 0.5\n"
		    "set grid ytics lc rgb '#dddddd' lt 1\n"
		    "set key outside right top Left reverse samplen 2 spacing 1.3\n",
		 f->log ? "set logscale x 10\n" : "");
}

/* Return false if the factor was not measured. */
static bool make_picture(struct text *t, const struct factor *f)
{
	const struct condition *first = NULL, *last = NULL;
	struct line *lines;
	double most = 1, margin;
	size_t nr = 0;

	for (size_t i = 0; i < nr_conditions; i++) {
		if (conditions[i].factor != f)
			continue;
		last = &conditions[i];
		if (!first)
			first = last;
	}
	if (!first)
		return false;
	lines = xcalloc(first->c.nr, sizeof(*lines));
	plot_head(t, "Written by bench/growth.", WIDTH, HEIGHT);
	/* The other outputs last, so that a hook has the same colour in each picture. */
	for (size_t i = 0; i < 2 * first->c.nr; i++) {
		const struct result *r = &first->c.results[i % first->c.nr];
		bool count = !strcmp(r->row->output, "count");

		if (r->control || !is_everywhere(f, r) || count != (i < first->c.nr))
			continue;
		lines[nr].row = r;
		add_points(t, f, &lines[nr], nr, &most);
		nr++;
	}
	add_axes(t, f, first);
	margin = last == first ? 1 : 0.04 * (double)(last->order - first->order);
	if (f->log)
		text_add(t, "set xrange [%.9g:%.9g]\n", (double)first->order * 0.8,
			 (double)last->order * 1.25);
	else
		text_add(t, "set xrange [%.9g:%.9g]\n", (double)first->order - margin,
			 (double)last->order + margin);
	text_add(t, "set yrange [0:%.9g]\n", most * 1.08);
	add_plots(t, lines, nr);
	free(lines);
	return true;
}

static void write_all(const char *dir)
{
	struct text t = { 0 };
	char *path = xasprintf("%s/growth.tsv", dir);

	if (mkdir(dir, 0777) && errno != EEXIST)
		die("%s: %s", dir, strerror(errno));
	make_table(&t);
	replace_write(path, &t);
	free(path);
	for (size_t i = 0; i < ARRAY_SIZE(factors); i++) {
		struct text script = { 0 }, nothing = { 0 };

		if (!factors[i].title || !make_picture(&script, &factors[i]))
			continue;
		path = xasprintf("%s/growth-%s.svg", dir, factors[i].name);
		plot_draw(&script, replace_write(path, &nothing));
		text_free(&script);
		free(path);
	}
	replace_all();
	text_free(&t);
}

static void summary(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(factors); i++) {
		size_t values = 0, rows = 0, numbers = 0, skipped = 0;

		for (size_t k = 0; k < nr_conditions; k++) {
			const struct condition *d = &conditions[k];

			if (d->factor != &factors[i])
				continue;
			values++;
			for (size_t n = 0; n < d->c.nr; n++) {
				const struct result *r = &d->c.results[n];

				if (r->control || !is_everywhere(d->factor, r))
					continue;
				rows++;
				numbers += is_number(r);
				skipped += r->skip != NULL;
			}
		}
		if (values)
			printf("%s: %zu values, %zu rows: %zu exact, %zu refused, %zu skipped\n",
			       factors[i].name, values, rows, numbers, rows - numbers - skipped,
			       skipped);
	}
}

static const char usage[] =
	"usage: growth --out DIR BOOT...\n"
	"\n"
	"Estimate what each hook adds to one exit under different conditions, and write\n"
	"DIR/growth.tsv and a picture of each factor, DIR/growth-FACTOR.svg. BOOT is a\n"
	"boot file (format: boot/read.h) of the program measure; two of each condition are\n"
	"needed for a number, all of one kernel. What was varied is told by env lines of\n"
	"it: exits, cpus, threads, probes (each a number), crowded (alone, ftrace, bpf or\n"
	"ftrace+bpf). A row that one value of a factor lacks is left out of the factor.\n"
	"Either all files are replaced or none. Needs gnuplot.\n"
	"Exit status: 0 done, 1 a file was refused or could not be written, 2 wrong usage.\n";

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "out", required_argument, NULL, 'o' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *dir = NULL, *kernel = NULL;
	struct boot **boots;
	int c, nr_boots;

	while ((c = getopt_long(argc, argv, "o:h", options, NULL)) != -1) {
		switch (c) {
		case 'o':
			dir = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (!dir || optind == argc) {
		fputs(usage, stderr);
		return 2;
	}
	nr_boots = argc - optind;
	boots = xcalloc((size_t)nr_boots, sizeof(*boots));
	for (int i = 0; i < nr_boots; i++) {
		boots[i] = add_boot(argv[optind + i], kernel);
		kernel = boot_env(boots[0], "kernel");
	}
	qsort(conditions, nr_conditions, sizeof(*conditions), by_factor);
	for (size_t i = 0; i < nr_conditions; i++)
		compare(&conditions[i].c);
	write_all(dir);
	summary();

	for (size_t i = 0; i < nr_conditions; i++) {
		compare_free(&conditions[i].c);
		free(conditions[i].c.boots);
	}
	free(conditions);
	for (int i = 0; i < nr_boots; i++)
		boot_free(boots[i]);
	free(boots);
	return 0;
}
