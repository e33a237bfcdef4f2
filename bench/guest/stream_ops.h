/* SPDX-License-Identifier: GPL-2.0 */
/* Operations on the stream: what one can do to a file, and what it must answer. */
#ifndef BENCH_STREAM_OPS_H
#define BENCH_STREAM_OPS_H

#include "guest/actor.h"

extern const struct operation stream_ops[];
extern const size_t nr_stream_ops;

/**
 * stream_ops_begin() - to be called once in each process, before any operation
 */
void stream_ops_begin(void);

#endif
