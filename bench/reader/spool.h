/* SPDX-License-Identifier: GPL-2.0 */
/* The records as they are, to the output (output.h): what --file shows later. */
#ifndef BENCH_SPOOL_H
#define BENCH_SPOOL_H

#include <stdint.h>

#include "reader/source.h"

/**
 * spool() - save the records until it is time to end
 * @src: where from
 * @saved: gets the number of exits that are in the output
 *
 * When the output cannot be written any more, the stream is ended, and a file is left with
 * whole records in it. All that were read are counted by balance_record().
 */
void spool(struct source *src, uint64_t *saved);

#endif
