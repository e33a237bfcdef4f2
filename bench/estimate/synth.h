/* SPDX-License-Identifier: GPL-2.0 */
/* Synthetic boot files: data whose answer is known, for the estimator's tests. */
#ifndef BENCH_SYNTH_H
#define BENCH_SYNTH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** define SYNTH_PATHS - most paths that one hook's cost is a mixture of */
#define SYNTH_PATHS 4

/**
 * struct synth_path - one of the costs of a hook, or a tooth of the comb
 * @cost: instructions per exit; may be negative
 * @weight: share of the exits, any unit; 0 ends the list
 */
struct synth_path {
	int64_t cost;
	double weight;
};

/**
 * struct synth_row - a row to make up
 * @hook: name; "none" for baseline and control
 * @mechanism: likewise
 * @flavour: likewise
 * @site: likewise
 * @output: likewise
 * @paths: what it costs; none means 0
 * @spread: each exit costs 0 to @spread - 1 instructions more, at random
 * @lost: so many exits of every tenth block are not counted in HITS; may be negative
 * @missed: MISSED of every block; NOT_TOLD for '-'
 * @proof: NULL for ok, else what the third block's proof says
 * @skip: NULL, or the reason of a skip line in place of the blocks
 */
struct synth_row {
	const char *hook, *mechanism, *flavour, *site, *output;
	struct synth_path paths[SYNTH_PATHS];
	unsigned int spread;
	int lost;
	int64_t missed;
	const char *proof;
	const char *skip;
};

/**
 * struct synth - a boot to make up
 * @kernel: env kernel
 * @boot: env boot
 * @seed: of the random numbers; the comb itself depends on @comb only
 * @comb: seed of the comb's teeth
 * @rounds: blocks per row
 * @per_block: exits per block
 * @teeth: teeth of the comb, 0 for none: values scattered over 20000 instructions
 * @drift: events per 1000 exits, each of which moves one tooth by up to 6
 * @walk: events per 1000 exits, each of which moves the whole comb by up to 6
 * @noise: share of exits that an interrupt makes longer, 0 to 1
 * @rows: what to measure, in this order in the file, rotating in the rounds
 * @nr_rows: number of @rows
 */
struct synth {
	const char *kernel;
	unsigned int boot;
	uint64_t seed;
	uint64_t comb;
	unsigned int rounds;
	unsigned int per_block;
	unsigned int teeth;
	double drift;
	double walk;
	double noise;
	const struct synth_row *rows;
	unsigned int nr_rows;
};

/**
 * synth_unit() - random number
 * @state: the sequence
 *
 * Return: 0 <= x < 1.
 */
double synth_unit(uint64_t *state);

/**
 * synth_write() - write a whole boot file
 * @s: what to make up
 * @f: where to
 */
void synth_write(const struct synth *s, FILE *f);

#endif
