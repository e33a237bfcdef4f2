/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The trace file: what the emulator executed in each exit that the program measure timed
 * in a guest. The plugin writes it (trace/plugin.c), and the guest some of its lines,
 * through the plugin (trace/marks.h).
 *
 * Lines of text, fields separated by one tab:
 *
 *   procmon-trace 1
 *   symbol ADDRESS SIZE NAME
 *   block  ID
 *   insn   ADDRESS SIZE
 *   path   RUN...
 *   exit   PATH
 *   data   ACCESS...
 *   end
 *
 * symbol, by the guest: the SIZE bytes from ADDRESS (hexadecimal) on are NAME; a SIZE of 0
 *   is up to the next. Those before the first block are the kernel's and hold for all
 *   blocks, the others for the block above them: modules, trampolines, and copies of
 *   displaced instructions come and go.
 * block, by the guest: the exits that follow are of the row ID of the boot file that the
 *   same run wrote, in the same order.
 * insn: an instruction of so many bytes; they are numbered from 0 in their order here.
 * path: what was executed from one mark to the other, in order. A RUN, "FIRST+N", is N
 *   instructions of consecutive numbers, "FIRST+N*TIMES" the same several times in a row;
 *   they are separated by one space. Paths are numbered, too.
 * exit: one that took this path.
 * data: what the exit above accessed in memory; it is there for the second exit of each path.
 *   An ACCESS, "LINE:WHEN,MORE...", is a line of 64 bytes (its address by 64, hexadecimal)
 *   and how many instructions had been executed when it was accessed, and so many more
 *   for each further time. What the CPU accesses by itself is not in it (page tables, and
 *   what it saves for an exception).
 *
 * Anything else is refused with the number of the line, and so is a file without its end.
 */
#ifndef BENCH_TRACE_READ_H
#define BENCH_TRACE_READ_H

#include <stddef.h>
#include <stdint.h>

/** define TRACE_MAGIC - the first line */
#define TRACE_MAGIC "procmon-trace 1"

/** define TRACE_LINE, TRACE_PAGE - bytes of a line and of a page of memory */
#define TRACE_LINE 64
#define TRACE_PAGE 4096

/**
 * struct symbol - a name for some code
 * @start: its first address
 * @end: that behind its last
 * @name: as the guest's kernel has it
 */
struct symbol {
	uint64_t start, end;
	char *name;
};

/**
 * struct insn - an instruction
 * @address: where it is
 * @size: its bytes
 */
struct insn {
	uint64_t address;
	uint32_t size;
};

/**
 * struct run - instructions that were executed one after the other
 * @first: number of the first
 * @n: how many
 * @times: so often in a row
 */
struct run {
	uint32_t first, n, times;
};

/**
 * struct access - an access to memory
 * @line: its address by TRACE_LINE
 * @when: the number of the instruction, in the order of execution
 */
struct access {
	uint64_t line;
	uint32_t when;
};

/**
 * struct path - what was executed in one exit, or in several alike
 * @nr_runs: number of @runs
 * @runs: in their order
 * @executed: instructions in all
 * @nr_accesses: number of @accesses, 0 if they were not written down
 * @accesses: of one of these exits, by line
 */
struct path {
	size_t nr_runs;
	struct run *runs;
	uint64_t executed;
	size_t nr_accesses;
	struct access *accesses;
};

/**
 * struct traced_block - the exits of a block of the boot file
 * @id: of the row
 * @nr_symbols: number of @symbols
 * @symbols: those that hold for it alone, by address
 * @nr: number of @exits
 * @exits: the number of the path of each, in the order of the boot file
 */
struct traced_block {
	char *id;
	size_t nr_symbols;
	struct symbol *symbols;
	size_t nr;
	uint32_t *exits;
};

/**
 * struct trace - a trace file
 * @name: of the file, for messages
 * @text: what all strings in it are parts of
 * @nr_symbols: number of @symbols
 * @symbols: the kernel's own, by address
 * @nr_insns: number of @insns
 * @insns: by number
 * @nr_paths: number of @paths
 * @paths: by number
 * @nr_blocks: number of @blocks
 * @blocks: in file order
 */
struct trace {
	const char *name;
	char *text;
	size_t nr_symbols, nr_insns, nr_paths, nr_blocks;
	struct symbol *symbols;
	struct insn *insns;
	struct path *paths;
	struct traced_block *blocks;
};

/**
 * trace_must_read() - read a trace file, or die and say what is wrong with it
 * @path: the file
 *
 * Return: the trace; it stays until the program ends.
 */
struct trace *trace_must_read(const char *path);

/**
 * trace_symbol() - which code is at an address
 * @t: the trace
 * @b: one of its blocks
 * @address: the address
 *
 * Return: NULL if no symbol has it: a program's code, mostly.
 */
const struct symbol *trace_symbol(const struct trace *t, const struct traced_block *b,
				  uint64_t address);

#endif
