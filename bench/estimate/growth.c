// SPDX-License-Identifier: GPL-2.0
/*
 * growth: what the price of a hook depends on.
 *
 * A condition is one value of a factor; it is told by an env line of the boot file, with
 * the factor as its key. Each is estimated by itself, as estimate does. One file may
 * serve several factors: what all of them leave alone is measured once.
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

/* What was varied, in the order of the table. */
static struct factor {
	const char *key;		/* of the env line */
	struct comparisons conditions;
} factors[] = {
	{ .key = "exits" }, { .key = "cpus" }, { .key = "threads" }, { .key = "probes" },
	{ .key = "crowded" },
};

/* Of a condition, by a boot of it. */
static long order_of(const char *key, const struct boot *boot)
{
	const char *value = boot_env(boot, key);
	char *end;
	long n;

	if (!strcmp(key, "crowded")) {
		for (size_t i = 0; i < ARRAY_SIZE(neighbours); i++)
			if (!strcmp(neighbours[i], value))
				return (long)i;
	} else if (*value >= '0' && *value <= '9') {
		n = strtol(value, &end, 10);
		if (!*end)
			return n;
	}
	die("%s: env %s has an unknown value, \"%s\"", boot->name, key, value);
}

static int by_order(const void *a, const void *b, void *key)
{
	const struct comparison *c = a, *d = b;
	long x = order_of(key, c->boots[0]), y = order_of(key, d->boots[0]);

	return (x > y) - (x < y);
}

static void add_boot(const char *path)
{
	static const char *kernel;
	struct boot *boot = boot_must_read(path);
	bool any = false;

	kernel = kernel ?: boot_env(boot, "kernel");
	if (strcmp(kernel, boot_env(boot, "kernel")))
		die("%s: not of the same kernel as the others", path);
	for (size_t i = 0; i < ARRAY_SIZE(factors); i++) {
		const char *key = factors[i].key, *value = boot_env(boot, key);

		if (!value)
			continue;
		order_of(key, boot);	/* an unknown value has none */
		compare_add(&factors[i].conditions, boot, xasprintf("with %s %s", key, value));
		any = true;
	}
	if (!any)
		die("%s: no env that names a factor", path);
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
static void keep_common(struct comparison *c, const struct comparisons *all)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->nr; i++) {
		bool everywhere = true;

		for (size_t k = 0; k < all->nr; k++)
			everywhere &= is_in(&all->list[k], &c->results[i]);
		if (everywhere)
			c->results[kept++] = c->results[i];
	}
	c->nr = kept;
}

static void add_condition(struct text *t, const char *key, const struct comparison *c)
{
	for (size_t i = 0; i < c->nr; i++) {
		const struct result *r = &c->results[i];
		struct price price = price_of(r);

		text_add(t, "%s\t%s\t%s\t%s\t%s\t", c->kernel, key, boot_env(c->boots[0], key),
			 r->row->hook, r->row->output);
		price_add(t, &price);
		text_add(t, "\n");
	}
}

static void add_factor(struct text *t, struct factor *f)
{
	struct comparisons *all = &f->conditions;

	if (!all->nr)
		return;
	qsort_r(all->list, all->nr, sizeof(*all->list), by_order, (void *)f->key);
	for (size_t i = 0; i < all->nr; i++)
		compare(&all->list[i]);
	for (size_t i = 0; i < all->nr; i++)
		keep_common(&all->list[i], all);
	for (size_t i = 0; i < all->nr; i++)
		add_condition(t, f->key, &all->list[i]);
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
		const struct comparisons *all = &factors[i].conditions;

		if (!all->nr)
			continue;
		printf("%s: %zu values, ", factors[i].key, all->nr);
		tally_print(all->list, all->nr);
	}
	return 0;
}
