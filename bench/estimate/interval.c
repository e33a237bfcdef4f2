// SPDX-License-Identifier: GPL-2.0
/*
 * interval: what separates two rows of a noisy measurement, and how surely.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "estimate/bootstrap.h"
#include "lib/options.h"
#include "lib/util.h"

static const char *baseline = "none";
static size_t resamples = 10000;

struct sample {
	long round;
	char *row;
	double value;
};

static struct sample *samples;
static size_t nr_samples;

static void read_samples(void)
{
	char *line = NULL;
	size_t size = 0, nr = 0;

	while (getline(&line, &size, stdin) >= 0) {
		char *rest = line, *round, *row, *value, *end1, *end2;
		struct sample s;

		nr++;
		line[strcspn(line, "\n")] = '\0';
		round = strsep(&rest, "\t");
		row = strsep(&rest, "\t");
		value = strsep(&rest, "\t");
		if (!row || !*row || !value || rest)
			die("line %zu: not ROUND, ROW, VALUE", nr);
		s.round = strtol(round, &end1, 10);
		s.value = strtod(value, &end2);
		if (end1 == round || *end1 || end2 == value || *end2 || !isfinite(s.value))
			die("line %zu: not a number", nr);
		s.row = xstrdup(row);
		*APPEND(samples, nr_samples) = s;
	}
	free(line);
}

static const struct sample *baseline_of(long round)
{
	for (size_t i = 0; i < nr_samples; i++)
		if (samples[i].round == round && !strcmp(samples[i].row, baseline))
			return &samples[i];
	die("round %ld has no row \"%s\"", round, baseline);
}

/* Is it of a row to compare, and the first of it? */
static bool begins_row(size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!strcmp(samples[k].row, samples[i].row))
			return false;
	return strcmp(samples[i].row, baseline);
}

static void print_row(const char *row)
{
	double *differences = xcalloc(nr_samples, sizeof(*differences));
	struct interval interval;
	size_t n = 0;

	for (size_t i = 0; i < nr_samples; i++)
		if (!strcmp(samples[i].row, row))
			differences[n++] = samples[i].value - baseline_of(samples[i].round)->value;
	interval = bootstrap(differences, n, resamples);
	printf("%s\t%zu\t%.1f\t%.1f\t%.1f\n", row, n, interval.mean, interval.lo, interval.hi);
	free(differences);
}

static const struct option_entry options[] = {
	OPTIONS_TEXT("baseline", 0, "ROW", &baseline, "the row to compare with (default none)"),
	OPTIONS_NUMBER("resamples", 0, "N", &resamples, 1, 10000000,
		       "of the bootstrap (default 10000)"),
	{ 0 }
};

static const struct program program = {
	.name = "interval",
	.usage = "[--baseline ROW] [--resamples N]",
	.about =
"Read samples from standard input, lines of ROUND, ROW and VALUE separated by\n"
"tabs, and print for each row but the baseline, in the order of appearance:\n"
"ROW, rounds, mean of the differences from the baseline of the same round, and the\n"
"ends of its 95 % interval by the bootstrap over the rounds.",
	.options = options,
	.more =
"The same input gives the same output: the bootstrap's random numbers have a\n"
"fixed seed. Exit status: 0; 1 for a line that is not as described, or if there\n"
"is nothing to compare; 2 for wrong usage.",
};

int main(int argc, char **argv)
{
	bool any = false;

	options_parse(&program, argc, argv);
	read_samples();
	/* Nothing is printed if one is missing. */
	for (size_t i = 0; i < nr_samples; i++)
		baseline_of(samples[i].round);
	for (size_t i = 0; i < nr_samples; i++) {
		if (!begins_row(i))
			continue;
		print_row(samples[i].row);
		any = true;
	}
	if (!any)
		die("nothing to compare with \"%s\"", baseline);
	return 0;
}
