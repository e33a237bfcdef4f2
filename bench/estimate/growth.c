// SPDX-License-Identifier: GPL-2.0
/*
 * growth: what the price of a hook depends on.
 *
 * Reads the boot files that measure wrote under different conditions and estimates
 * each condition by itself, as the program estimate does. A condition is one value of
 * a factor; it is told by an env line of the boot file, with the factor as its key. One
 * file may serve several factors: what all of them leave alone is measured once.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "estimate/estimator.h"
#include "estimate/price.h"
#include "lib/options.h"
#include "lib/replace.h"

/* Keys of env lines, in the order of the table. */
static const char *const factors[] = { "exits", "cpus", "threads", "probes", "crowded" };

/* The values of `crowded`, in their order; those of the others are numbers. */
static const char *const neighbours[] = { "alone", "ftrace", "bpf", "ftrace+bpf" };

/* One value of a factor, which is an index of factors. */
struct condition {
	size_t factor;
	const char *value;
	long order;
	struct comparison c;
};

static struct condition *conditions;
static size_t nr_conditions;

static long order_of(size_t factor, const char *value, const char *path)
{
	char *end;
	long n;

	if (!strcmp(factors[factor], "crowded")) {
		for (size_t i = 0; i < ARRAY_SIZE(neighbours); i++)
			if (!strcmp(neighbours[i], value))
				return (long)i;
	} else if (*value >= '0' && *value <= '9') {
		n = strtol(value, &end, 10);
		if (!*end)
			return n;
	}
	die("%s: env %s has an unknown value, \"%s\"", path, factors[factor], value);
}

static struct condition *find_condition(size_t factor, const char *value)
{
	for (size_t i = 0; i < nr_conditions; i++)
		if (conditions[i].factor == factor && !strcmp(conditions[i].value, value))
			return &conditions[i];
	return NULL;
}

static void add_to_condition(size_t factor, const char *value, struct boot *boot)
{
	struct condition *d = find_condition(factor, value);
	char *where = xasprintf("with %s %s", factors[factor], value);

	if (!d) {
		GROW(conditions, nr_conditions);
		d = &conditions[nr_conditions++];
		*d = (struct condition){ factor, value, order_of(factor, value, boot->name),
					 { .kernel = boot_env(boot, "kernel") } };
	}
	compare_add(&d->c, boot, where);
	free(where);
}

static struct boot *add_boot(const char *path, const char *kernel)
{
	struct boot *boot = boot_must_read(path);
	bool any = false;

	if (strcmp(kernel ?: boot_env(boot, "kernel"), boot_env(boot, "kernel")))
		die("%s: not of the same kernel as the others", path);
	for (size_t i = 0; i < ARRAY_SIZE(factors); i++) {
		const char *value = boot_env(boot, factors[i]);

		if (value)
			add_to_condition(i, value, boot);
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

static bool is_in(const struct condition *d, const struct result *r)
{
	for (size_t i = 0; i < d->c.nr; i++) {
		const struct result *other = &d->c.results[i];

		if (other->control == r->control && !strcmp(other->row->hook, r->row->hook) &&
		    !strcmp(other->row->output, r->row->output))
			return true;
	}
	return false;
}

/* A file that serves several factors has rows that only one of them is about. */
static bool is_everywhere(size_t factor, const struct result *r)
{
	for (size_t i = 0; i < nr_conditions; i++)
		if (conditions[i].factor == factor && !is_in(&conditions[i], r))
			return false;
	return true;
}

static void add_line(struct text *t, const struct condition *d, const struct result *r)
{
	struct price price = price_of(r);

	text_add(t, "%s\t%s\t%s\t%s\t%s\t", d->c.kernel, factors[d->factor], d->value,
		 r->row->hook, r->row->output);
	price_add(t, &price);
	text_add(t, "\n");
}

static void make_table(struct text *t)
{
	text_add(t, "kernel\tfactor\tvalue\thook\toutput\t" PRICE_COLUMNS "\n");
	for (size_t i = 0; i < nr_conditions; i++) {
		const struct condition *d = &conditions[i];

		for (size_t k = 0; k < d->c.nr; k++)
			if (is_everywhere(d->factor, &d->c.results[k]))
				add_line(t, d, &d->c.results[k]);
	}
}

static void print_summary(size_t factor)
{
	struct tally tally = { 0 };
	size_t values = 0;

	for (size_t i = 0; i < nr_conditions; i++) {
		const struct condition *d = &conditions[i];

		if (d->factor != factor)
			continue;
		values++;
		for (size_t k = 0; k < d->c.nr; k++)
			if (is_everywhere(factor, &d->c.results[k]))
				tally_add(&tally, &d->c.results[k]);
	}
	if (!values)
		return;
	printf("%s: %zu values, ", factors[factor], values);
	tally_print(&tally);
}

static const char *out;

static const struct option_entry options[] = {
	OPTIONS_TEXT("out", 'o', "FILE", &out,
		     "where to write; replaced when all is done, or not at all"),
	{ 0 }
};

static const struct program program = {
	.name = "growth",
	.usage = "--out FILE BOOT...",
	.about =
"Estimate what each hook adds to one exit under different conditions, and write\n"
"FILE, a table (TSV). BOOT is a boot file (format: boot/read.h) of the program\n"
"measure; two of each condition are needed for a number, all of one kernel. What was\n"
"varied is told by env lines of it: exits, cpus, threads, probes (each a number),\n"
"crowded (alone, ftrace, bpf or ftrace+bpf). A row that one value of a factor lacks\n"
"is left out of the factor.",
	.options = options,
	.more =
"Exit status: 0 done, 1 a file was refused or could not be written, 2 wrong usage.",
	.args = "a boot file",
	.min_args = 1,
};

int main(int argc, char **argv)
{
	int first = options_parse(&program, argc, argv), nr_boots = argc - first;
	struct boot **boots = xcalloc((size_t)nr_boots, sizeof(*boots));
	const char *kernel = NULL;
	struct text t = { 0 };

	if (!out)
		options_wrong(&program, "--out FILE is missing");
	for (int i = 0; i < nr_boots; i++) {
		boots[i] = add_boot(argv[first + i], kernel);
		kernel = boot_env(boots[0], "kernel");
	}
	qsort(conditions, nr_conditions, sizeof(*conditions), by_factor);
	for (size_t i = 0; i < nr_conditions; i++)
		compare(&conditions[i].c);
	make_table(&t);
	replace_write(out, &t);
	replace_all();
	for (size_t i = 0; i < ARRAY_SIZE(factors); i++)
		print_summary(i);

	text_free(&t);
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
