/* SPDX-License-Identifier: GPL-2.0 */
/* How many traps an exit takes: a breakpoint of a kprobe is one. */
#ifndef BENCH_TRAPS_H
#define BENCH_TRAPS_H

#include <stdbool.h>
#include <stdio.h>

/** TRAP_EXITS - exits in which traps are counted, apart from all others */
#define TRAP_EXITS	100

/**
 * traps_begin() - trace the kernel's handler of traps, and nothing else
 * @dir: of the tracing instance that has it from now on, up to the last slash
 *
 * Proves it by traps of this process, or of a kprobe event that it makes and removes: the
 * handler must be seen for each.
 *
 * Return: false if traps cannot be counted on this kernel. Then traps_count() tells
 * nothing: they are unknown, not none.
 */
bool traps_begin(const char *dir);

/**
 * traps_count() - let TRAP_EXITS tasks exit, and tell what traps that took
 * @boot: the boot file, gets a line of it if they are counted
 * @id: of the row
 */
void traps_count(FILE *boot, const char *id);

/** traps_end() - stop tracing */
void traps_end(void);

#endif
