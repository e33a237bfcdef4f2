/* SPDX-License-Identifier: GPL-2.0 */
/* How sure a mean is, without a guess at how its values are spread. */
#ifndef BENCH_BOOTSTRAP_H
#define BENCH_BOOTSTRAP_H

#include <stddef.h>

/**
 * struct interval - a mean and where it may lie
 * @mean: of the values
 * @lo: lower end of the 95 % interval
 * @hi: its upper end
 */
struct interval {
	double mean;
	double lo;
	double hi;
};

/**
 * bootstrap() - the mean of values and its 95 % interval
 * @v: the values
 * @n: how many, at least 1
 * @resamples: means of values drawn at random that the interval is made of
 *
 * The random numbers have a fixed seed: the same calls in the same order give the
 * same results.
 *
 * Return: the interval.
 */
struct interval bootstrap(const double *v, size_t n, size_t resamples);

#endif
