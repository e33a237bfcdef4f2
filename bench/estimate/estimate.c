// SPDX-License-Identifier: GPL-2.0
/*
 * estimate: what each hook adds to one exit, from the boot files of one or more kernels.
 *
 * All tables are made first and put in place last (replace.h).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "estimate/price.h"
#include "estimate/results.h"
#include "lib/options.h"
#include "lib/replace.h"

static const struct {
	const char *name;
	void (*make)(struct text *t, const struct findings *f);
} files[] = {
	{ "exact.tsv", exact_tsv },
	{ "estimates.tsv", estimates_tsv },
	{ "sees.tsv", sees_tsv },
	{ "environment.txt", environment_txt },
};

static const struct program program;
static struct findings findings;
static const char *out;

static void add_fact(const char *arg)
{
	const char *eq = strchr(arg, '=');

	if (!eq || eq == arg || strpbrk(arg, "\t\n"))
		options_wrong(&program, "--env takes KEY=VALUE on one line without tabs, not '%s'",
			      arg);
	text_add(&findings.facts, "%.*s: %s\n", (int)(eq - arg), arg, eq + 1);
}

static const struct option_entry options[] = {
	OPTIONS_TEXT("out", 'o', "DIR", &out, "where to write; made if it is not there"),
	OPTIONS_EACH("env", 'e', "KEY=VALUE", add_fact,
		     "a fact for the environment, e.g. the version of a tool;\n"
		     "may be repeated"),
	{ 0 }
};

static const struct program program = {
	.name = "estimate",
	.usage = "--out DIR [--env KEY=VALUE]... BOOT...",
	.about =
"Estimate what each hook adds to one exit, and write exact.tsv, estimates.tsv, sees.tsv\n"
"and environment.txt: all of them, or none.\n"
"BOOT is a boot file (format: boot/read.h). Files of one kernel (env kernel) belong\n"
"together; two or more are needed for a number. Kernels appear in this order.",
	.options = options,
	.more =
"Exit status: 0 done, 1 a file was refused or could not be written, 2 wrong usage.",
	.args = "a boot file",
	.min_args = 1,
};

static struct comparison *find_kernel(const char *kernel)
{
	for (size_t k = 0; k < findings.nr_kernels; k++)
		if (!strcmp(findings.kernels[k].kernel, kernel))
			return &findings.kernels[k];
	GROW(findings.kernels, findings.nr_kernels);
	findings.kernels[findings.nr_kernels] = (struct comparison){ .kernel = kernel };
	return &findings.kernels[findings.nr_kernels++];
}

static void add_boot(const char *path)
{
	struct boot *boot = boot_must_read(path);
	const char *kernel = boot_env(boot, "kernel");
	char *where = xasprintf("of kernel %s", kernel);

	compare_add(find_kernel(kernel), boot, where);
	free(where);
}

static void write_all(void)
{
	if (mkdir(out, 0777) && errno != EEXIST)
		die("%s: %s", out, strerror(errno));
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char *path = xasprintf("%s/%s", out, files[i].name);
		struct text t = { 0 };

		files[i].make(&t, &findings);
		replace_write(path, &t);
		text_free(&t);
		free(path);
	}
	replace_all();
}

static void print_summary(const struct comparison *c)
{
	struct tally tally = { 0 };

	for (size_t i = 0; i < c->nr; i++)
		tally_add(&tally, &c->results[i]);
	printf("%s: ", c->kernel);
	tally_print(&tally);
}

int main(int argc, char **argv)
{
	int first = options_parse(&program, argc, argv);

	if (!out)
		options_wrong(&program, "--out DIR is missing");
	for (int i = first; i < argc; i++)
		add_boot(argv[i]);
	for (size_t k = 0; k < findings.nr_kernels; k++)
		compare(&findings.kernels[k]);
	write_all();
	for (size_t k = 0; k < findings.nr_kernels; k++)
		print_summary(&findings.kernels[k]);

	for (size_t k = 0; k < findings.nr_kernels; k++) {
		struct comparison *c = &findings.kernels[k];

		compare_free(c);
		for (size_t i = 0; i < c->nr_boots; i++)
			boot_free(c->boots[i]);
		free(c->boots);
	}
	free(findings.kernels);
	text_free(&findings.facts);
	return 0;
}
