/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A hash that only who knows its key can foresee, for tables whose keys anybody may
 * choose.
 */
#ifndef BENCH_SIPHASH_H
#define BENCH_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/**
 * siphash() - SipHash-2-4 (Aumasson and Bernstein, 2012) of whole words
 * @key: 128 random bits, the same for all that is to be compared
 * @words: what is hashed
 * @n: number of words
 *
 * Return: what the reference gives for the same 8 * @n bytes on a little-endian
 * machine.
 */
uint64_t siphash(const uint64_t key[2], const uint64_t *words, size_t n);

#endif
