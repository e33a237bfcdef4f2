/* SPDX-License-Identifier: GPL-2.0 */
/* Writing boot files; what is in them is told in boot/read.h. */
#ifndef BENCH_BOOT_WRITE_H
#define BENCH_BOOT_WRITE_H

#include <stdio.h>

#include "boot/read.h"

/**
 * bootwrite_head() - begin a boot file
 * @f: the file
 * @kernel: as uname -r says
 */
void bootwrite_head(FILE *f, const char *kernel);

/**
 * bootwrite_take_env() - one fact more for every boot file: what takes --env
 * @fact: KEY=VALUE; anything else is a fatal error
 */
void bootwrite_take_env(const char *fact);

/**
 * bootwrite_env() - the facts that were taken
 * @f: the file
 */
void bootwrite_env(FILE *f);

/**
 * bootwrite_block() - what was seen between an attach and its detach
 * @f: the file
 * @id: of the row
 * @b: the block
 */
void bootwrite_block(FILE *f, const char *id, const struct block *b);

#endif
