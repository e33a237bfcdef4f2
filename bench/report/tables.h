/* SPDX-License-Identifier: GPL-2.0 */
/* All that the report is written from: the tables of a directory such as results/. */
#ifndef BENCH_TABLES_H
#define BENCH_TABLES_H

#include "estimate/table.h"

/** enum table_id - the tables; tables.c has their files and columns */
enum table_id {
	EXACT,			/* what each of our hooks adds, to the instruction */
	ANATOMY,		/* the same by what the emulator executed, and the memory */
	ANATOMY_FUNCTIONS,	/* that by function */
	ANATOMY_SOURCE,		/* the instructions of the module, by line of its source */
	SEES,			/* what each of our hooks can know */
	ENVIRONMENT,		/* environment.txt, as lines kernel, fact, value */
	TRUTH,			/* what our records said in each case */
	READER,			/* what our reader spends on an exit */
	PEERS,			/* what other tools add to an exit */
	PEERS_TRUTH,		/* what they said in each case */
	COMPLETENESS,		/* what a storm left of each tool's reports */
	REACH,			/* what each tool needs */
	GROWTH,			/* prices against exits, CPUs, threads, probes */
	WALL,			/* time by the guest's clock */
	FTRACETEST,		/* what the kernel's own tests say beside us */
	PEERS_ENVIRONMENT,	/* facts about the run that the peers' tables are of */
	EXACT_ARM64,		/* what each of our hooks adds on arm64 */
	ANATOMY_ARM64,		/* where its instructions go */
	FUNCTIONS_ARM64,	/* by function */
	ENVIRONMENT_ARM64,	/* what that was measured with */
	ELSEWHERE,		/* how many of our prices other machines had, too */
	NR_TABLES
};

/**
 * tables_read() - read the tables of a directory
 * @tables: gets NR_TABLES of them
 * @dir: the directory
 *
 * A file that is not there is a table without a name and lines; one with a mistake in
 * it ends the program. A kernel is called by its series ("6.12") from here on, if no
 * other of the tables of its architecture is of the same; the fact "kernel" has its
 * whole release.
 */
void tables_read(struct table *tables, const char *dir);

#endif
