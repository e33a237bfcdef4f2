/* SPDX-License-Identifier: GPL-2.0 */
/* The records as they are, to a file: what --file shows later. */
#ifndef BENCH_SPOOL_H
#define BENCH_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "reader/source.h"

/**
 * spool() - save the records until it is time to end
 * @src: where from
 * @file: where to, "-" for standard output; a file that exists is overwritten
 * @saved: gets the number of exits that are in the file
 *
 * When the file cannot be written any more, it says so, ends the stream, and leaves
 * whole records in the file. All that were read are counted by balance_record().
 *
 * Return: false if the file could not be written.
 */
bool spool(struct source *src, const char *file, uint64_t *saved);

#endif
