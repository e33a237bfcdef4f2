/* SPDX-License-Identifier: GPL-2.0 */
/* Random numbers that are the same wherever the seed is. */
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <stdint.h>

/**
 * random_next() - next number of a seeded sequence (splitmix64)
 * @state: the sequence; any value begins one
 *
 * Return: 64 random bits.
 */
uint64_t random_next(uint64_t *state);

#endif
