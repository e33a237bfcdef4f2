/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exits by task name, program, cgroup or user: how many, how they ended, how old they were,
 * their CPU time.
 */
#ifndef BENCH_SUMMARY_H
#define BENCH_SUMMARY_H

#include <stdio.h>

#include "reader/exit.h"

/**
 * SUMMARY_AGES - of how many exits of a name every age is kept
 *
 * Beyond that the median is one of a random sample of this size, which lies
 * within half a percent of the true rank 999 times of 1000, and is marked with
 * "~". It bounds the memory to 1 MiB a name.
 */
#define SUMMARY_AGES	131072

/**
 * SUMMARY_NAMES - how many names are kept, each by itself
 *
 * Names are for any user to choose. The exits of all further ones are counted
 * together. It bounds the memory for the names to some 25 MiB.
 */
#define SUMMARY_NAMES	131072

/** enum summary_by - what the exits are added up by */
enum summary_by { SUMMARY_COMM, SUMMARY_CGROUP, SUMMARY_UID, SUMMARY_PROGRAM };

/**
 * summary_add() - some exits more
 * @exits: the exits, in any order
 * @n: so many
 * @by: the same with each call
 */
void summary_add(const struct exit *exits, size_t n, enum summary_by by);

/**
 * summary_print() - the table, the name with the most exits first, then what is
 *	not by name
 * @f: where to print; the caller looks after errors
 * @by: as it was with summary_add()
 */
void summary_print(FILE *f, enum summary_by by);

/**
 * summary_reset() - forget them all
 */
void summary_reset(void);

#endif
