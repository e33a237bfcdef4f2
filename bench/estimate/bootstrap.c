// SPDX-License-Identifier: GPL-2.0
#include "estimate/bootstrap.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "lib/util.h"

/* xorshift64*: small, and the same everywhere. */
static uint64_t random_number(void)
{
	static uint64_t state = 88172645463325252ULL;

	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 2685821657736338717ULL;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The mean of the values, or of as many drawn from them. */
static double mean(const double *v, size_t n, bool drawn)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += v[drawn ? random_number() % n : i];
	return sum / (double)n;
}

struct interval bootstrap(const double *v, size_t n, size_t resamples)
{
	double *means = xcalloc(resamples, sizeof(*means));
	struct interval result;

	for (size_t i = 0; i < resamples; i++)
		means[i] = mean(v, n, true);
	qsort(means, resamples, sizeof(*means), by_value);
	result = (struct interval){
		.mean = mean(v, n, false),
		.lo = means[resamples / 40],
		.hi = means[resamples - 1 - resamples / 40],
	};
	free(means);
	return result;
}
