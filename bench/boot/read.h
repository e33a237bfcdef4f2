/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The boot file: what the measuring program in the guest writes during one boot.
 *
 * Lines of text, fields separated by one tab, in this order:
 *
 *   procmon-boot 1
 *   env    KEY  VALUE
 *   row    ID  HOOK  MECHANISM  FLAVOUR  SITE  OUTPUT
 *   block  ID  NR  EXITS  HITS  MISSED  PROOF  TICKS
 *   traps  ID  COUNT  EXITS
 *   skip   ID  REASON
 *   end
 *
 * A row comes before the lines that name its ID; env, row, block, traps and skip
 * may be mixed otherwise. A line that begins with '#' and an empty line mean
 * nothing. FLAVOUR, SITE and OUTPUT are '-' if there is none. The first row whose
 * HOOK is "none" is the baseline, the second one is the A/A control, a third is
 * refused.
 *
 * A block is what happened between one attach and its detach:
 *   NR      number of the round, the same for all rows that ran in this round
 *   EXITS   exits of all tasks in this time, counted without the hook
 *   HITS    exits that the hook's handler counted; '-' where there is no handler
 *   MISSED  exits that the mechanism says it dropped; '-' if it cannot tell
 *   PROOF   "ok", or the live check that failed, in a few words
 *   TICKS   ticks of each exit of the storm, separated by one space; may
 *           be empty if PROOF is not ok
 *
 * traps adds up over lines: COUNT exceptions taken in EXITS exits.
 * skip says why a row cannot run on this kernel; such a row has no blocks.
 *
 * Anything else is refused with the number of the line, and so is a file without
 * its "end" line: a boot that died half-way is not a measurement.
 */
#ifndef BENCH_BOOT_READ_H
#define BENCH_BOOT_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** define BOOT_MAGIC - the first line */
#define BOOT_MAGIC "procmon-boot 1"

/** define NOT_TOLD - the value of a count that was given as '-' */
#define NOT_TOLD (-1)

/**
 * struct env - one fact about the boot
 * @key: e.g. "kernel"; unique within a boot
 * @value: any text without tab and newline
 */
struct env {
	char *key;
	char *value;
};

/**
 * struct block - the exits between one attach and its detach
 * @nr: number of the round
 * @exits: exits of all tasks, counted independently of the hook
 * @hits: exits seen by the hook, or NOT_TOLD
 * @missed: exits dropped by the mechanism, or NOT_TOLD
 * @proof: NULL if the live checks passed, else the one that failed
 * @n: number of storm exits measured, may be 0 if @proof is set
 * @ticks: @n values, in instructions, in the order of measurement
 */
struct block {
	unsigned int nr;
	int64_t exits;
	int64_t hits;
	int64_t missed;
	char *proof;
	size_t n;
	int64_t *ticks;
};

/**
 * struct row - one hook with one output, during one boot
 * @id: its name within the file
 * @hook: name for people, unique together with @output
 * @mechanism: kprobe, kretprobe, fprobe, ftrace_ops, tracepoint, trace event, BPF, none
 * @flavour: what a kprobe turned into, or "-"
 * @site: where on the exit path, or "-"
 * @output: count, stream, process, trace, log, control, "-"
 * @skip: NULL, or why the row did not run
 * @traps: exceptions counted, or NOT_TOLD
 * @trap_exits: exits during which @traps were counted, in tasks
 * @nr_blocks: number of @blocks
 * @blocks: in ascending order of nr, each nr once
 */
struct row {
	char *id;
	char *hook;
	char *mechanism;
	char *flavour;
	char *site;
	char *output;
	char *skip;
	int64_t traps;
	int64_t trap_exits;
	size_t nr_blocks;
	struct block *blocks;
};

/**
 * struct boot - one boot file
 * @name: where it came from, for messages
 * @text: what all strings in it are parts of
 * @nr_env: number of @env
 * @env: in file order
 * @nr_rows: number of @rows
 * @rows: in file order
 * @base: index in @rows of the baseline
 * @control: index in @rows of the A/A control, or -1 if there is none
 */
struct boot {
	char *name;
	char *text;
	size_t nr_env;
	struct env *env;
	size_t nr_rows;
	struct row *rows;
	int base;
	int control;
};

/**
 * boot_parse() - read a boot file from an open stream
 * @f: the stream; read to its end, not closed
 * @name: for messages
 * @err: gets an error message that the caller frees; untouched on success
 *
 * Return: the boot, to be freed with boot_free(); NULL if anything in it is not
 * as described at the top of this file.
 */
struct boot *boot_parse(FILE *f, const char *name, char **err);

/**
 * boot_read() - read a boot file
 * @path: the file
 * @err: as in boot_parse()
 *
 * Return: as boot_parse().
 */
struct boot *boot_read(const char *path, char **err);

/**
 * boot_must_read() - read a boot file, or die and say what is wrong with it
 * @path: the file
 *
 * Return: the boot, to be freed with boot_free().
 */
struct boot *boot_must_read(const char *path);

/**
 * boot_free() - release a boot
 * @boot: from boot_read(), or NULL
 */
void boot_free(struct boot *boot);

/**
 * row_is_same() - do two rows measure the same, in one boot or in two
 * @a: a row
 * @b: another one
 *
 * Return: true if all but the IDs and what was measured is the same.
 */
bool row_is_same(const struct row *a, const struct row *b);

/**
 * boot_env() - look up a fact about the boot
 * @boot: the boot
 * @key: which
 *
 * Return: the value, owned by @boot; NULL if the file does not have it.
 */
const char *boot_env(const struct boot *boot, const char *key);

#endif
