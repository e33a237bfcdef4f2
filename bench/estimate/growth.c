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

/* The values of `crowded`, in their order; those of the other factors are numbers. */
static const char *const neighbours[] = { "alone", "ftrace", "bpf", "ftrace+bpf" };

/* One value of a factor. */
struct condition {
	const char *value;
	long order;
	struct comparison c;
};

/* What was varied, in the order of the table. */
static struct factor {
	const char *key;		/* of the env line */
	size_t nr;
	struct condition *conditions;
	struct tally tally;
} factors[] = {
	{ .key = "exits" }, { .key = "cpus" }, { .key = "threads" }, { .key = "probes" },
	{ .key = "crowded" },
};

static const char *kernel;

static long order_of(const char *factor, const char *value, const char *path)
{
	char *end;
	long n;

	if (!strcmp(factor, "crowded")) {
		for (size_t i = 0; i < ARRAY_SIZE(neighbours); i++)
			if (!strcmp(neighbours[i], value))
				return (long)i;
	} else if (*value >= '0' && *value <= '9') {
		n = strtol(value, &end, 10);
		if (!*end)
			return n;
	}
	die("%s: env %s has an unknown value, \"%s\"", path, factor, value);
}

static struct condition *condition_of(struct factor *f, const char *value, const char *path)
{
	for (size_t i = 0; i < f->nr; i++)
		if (!strcmp(f->conditions[i].value, value))
			return &f->conditions[i];
	GROW(f->conditions, f->nr);
	f->conditions[f->nr] = (struct condition){ value, order_of(f->key, value, path),
						   { .kernel = kernel } };
	return &f->conditions[f->nr++];
}

static void add_boot(const char *path)
{
	struct boot *boot = boot_must_read(path);
	bool any = false;

	kernel = kernel ?: boot_env(boot, "kernel");
	if (strcmp(kernel, boot_env(boot, "kernel")))
		die("%s: not of the same kernel as the others", path);
	for (size_t i = 0; i < ARRAY_SIZE(factors); i++) {
		const char *value = boot_env(boot, factors[i].key);
		char *where;

		if (!value)
			continue;
		where = xasprintf("with %s %s", factors[i].key, value);
		compare_add(&condition_of(&factors[i], value, path)->c, boot, where);
		free(where);
		any = true;
	}
	if (!any)
		die("%s: no env that names a factor", path);
}

static int by_order(const void *a, const void *b)
{
	const struct condition *x = a, *y = b;

	return (x->order > y->order) - (x->order < y->order);
}

static bool is_in(const struct comparison *c, const struct result *r)
{
	for (size_t i = 0; i < c->nr; i++) {
		const struct result *other = &c->results[i];

		if (other->control == r->control && !strcmp(other->row->hook, r->row->hook) &&
		    !strcmp(other->row->output, r->row->output))
			return true;
	}
	return false;
}

/* A file that serves several factors has rows that only one of them is about. */
static bool is_everywhere(const struct factor *f, const struct result *r)
{
	for (size_t i = 0; i < f->nr; i++)
		if (!is_in(&f->conditions[i].c, r))
			return false;
	return true;
}

static void add_condition(struct text *t, struct factor *f, const struct condition *d)
{
	for (size_t i = 0; i < d->c.nr; i++) {
		const struct result *r = &d->c.results[i];
		struct price price;

		if (!is_everywhere(f, r))
			continue;
		price = price_of(r);
		text_add(t, "%s\t%s\t%s\t%s\t%s\t", kernel, f->key, d->value, r->row->hook,
			 r->row->output);
		price_add(t, &price);
		text_add(t, "\n");
		tally_add(&f->tally, r);
	}
}

static void add_factor(struct text *t, struct factor *f)
{
	for (size_t i = 0; i < f->nr; i++)
		compare(&f->conditions[i].c);
	qsort(f->conditions, f->nr, sizeof(*f->conditions), by_order);
	for (size_t i = 0; i < f->nr; i++)
		add_condition(t, f, &f->conditions[i]);
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
	int first = options_parse(&program, argc, argv);
	struct text t = { 0 };

	if (!out)
		options_wrong(&program, "--out FILE is missing");
	for (int i = first; i < argc; i++)
		add_boot(argv[i]);
	text_add(&t, "kernel\tfactor\tvalue\thook\toutput\t" PRICE_COLUMNS "\n");
	for (size_t i = 0; i < ARRAY_SIZE(factors); i++)
		add_factor(&t, &factors[i]);
	replace_write(out, &t);
	replace_all();
	for (size_t i = 0; i < ARRAY_SIZE(factors); i++) {
		if (!factors[i].nr)
			continue;
		printf("%s: %zu values, ", factors[i].key, factors[i].nr);
		tally_print(&factors[i].tally);
	}
	return 0;
}
