/* SPDX-License-Identifier: GPL-2.0 */
/* Writing boot files; what is in them is told in samples.h. */
#ifndef BENCH_BOOTFILE_H
#define BENCH_BOOTFILE_H

#include <stdio.h>

#include "samples.h"

/**
 * bootfile_head() - begin a boot file
 * @f: the file
 * @kernel: as uname -r says
 */
void bootfile_head(FILE *f, const char *kernel);

/**
 * bootfile_env() - facts from the command line
 * @f: the file
 * @envs: words KEY=VALUE; one that is not is a fatal error
 * @nr: number of @envs
 */
void bootfile_env(FILE *f, char *const *envs, size_t nr);

/**
 * bootfile_block() - what was seen between an attach and its detach
 * @f: the file
 * @id: of the row
 * @b: the block
 */
void bootfile_block(FILE *f, const char *id, const struct block *b);

#endif
