/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of exits in a file for Prometheus, as node_exporter's textfile collector
 * reads it: by container, since the reader began.
 */
#ifndef BENCH_METRICS_H
#define BENCH_METRICS_H

#include <stddef.h>

#include "reader/exit.h"

/**
 * METRICS_CONTAINERS - how many containers have counters of their own
 *
 * Those of a container that is gone stay, so that they can be read a last time. The exits
 * in all further ones are counted together, as "others".
 */
#define METRICS_CONTAINERS	1000

/** METRICS_PERIOD_S - how often the file is written, if nothing else is said */
#define METRICS_PERIOD_S	15

/**
 * metrics_add() - some exits more
 * @exits: the exits, in any order
 * @n: so many
 */
void metrics_add(const struct exit *exits, size_t n);

/**
 * metrics_write() - put a new file in the place of the old one, in one step
 * @file: the file; FILE.tmp is made beside it
 *
 * What fails is told on stderr, once until it succeeds again: the next time is soon.
 */
void metrics_write(const char *file);

#endif
