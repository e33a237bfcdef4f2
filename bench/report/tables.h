/* SPDX-License-Identifier: GPL-2.0 */
/* All that the report is written from: the tables of a directory such as results/. */
#ifndef BENCH_TABLES_H
#define BENCH_TABLES_H

#include <stdbool.h>
#include <sys/types.h>

#include "report/prices.h"
#include "lib/table.h"
#include "lib/util.h"

/**
 * enum table_id - the tables; tables.c has their columns
 * @EXACT: what each of our hooks adds, to the instruction
 * @ESTIMATES: the same in each boot, with all that the gates were judged by
 * @SEES: what each of our hooks can know
 * @ENVIRONMENT: environment.txt, as lines kernel, fact, value
 * @TRUTH: what our records said in each case
 * @PEERS: what other tools add to an exit
 * @PEERS_TRUTH: what they said in each case
 * @COMPLETENESS: what a storm left of each tool's reports
 * @REACH: what each tool needs
 * @GROWTH: prices against the number of exits, CPUs, threads, probes
 * @WALL: hyperfine.csv: time by the guest's clock
 * @PEERS_ENVIRONMENT: facts about the run that the peers' tables are of
 * @NR_TABLES: number of tables
 */
enum table_id {
	EXACT,
	ESTIMATES,
	SEES,
	ENVIRONMENT,
	TRUTH,
	PEERS,
	PEERS_TRUTH,
	COMPLETENESS,
	REACH,
	GROWTH,
	WALL,
	PEERS_ENVIRONMENT,
	NR_TABLES
};

/**
 * struct tables - the tables that there are
 * @dir: directory that the files were read from, or NULL
 * @t: the tables; one that is not there has no name and no lines
 * @prices: made from the first two
 */
struct tables {
	const char *dir;
	struct table t[NR_TABLES];
	struct prices prices;
};

/**
 * tables_set() - take a table from memory
 * @ts: the tables
 * @id: which one
 * @text: as in the file
 */
void tables_set(struct tables *ts, enum table_id id, const char *text);

/**
 * tables_read() - read the tables of a directory that were not set
 * @ts: the tables; @ts->dir is set
 *
 * A file that is not there is a table that is not there; one with a mistake in it
 * ends the program.
 */
void tables_read(struct tables *ts);

/**
 * tables_free() - release all
 * @ts: the tables
 */
void tables_free(struct tables *ts);

/**
 * tables_has() - was it measured
 * @ts: the tables
 * @id: which one
 *
 * Return: true if the table has lines.
 */
bool tables_has(const struct tables *ts, enum table_id id);

/**
 * tables_file() - is there such a file beside the tables
 * @ts: the tables
 * @name: e.g. of a picture
 *
 * Return: true if so.
 */
bool tables_file(const struct tables *ts, const char *name);

/**
 * is_ours() - is a line of the peers' tables about procmon
 * @t: a table with a column "peer"
 * @line: from 0
 *
 * Return: true if so.
 */
bool is_ours(const struct table *t, size_t line);

/**
 * peer_price() - the price of a peer in the path of an exit
 * @t: peers.tsv
 * @line: from 0
 * @v: instructions that an exit takes longer; the most of them if each attachment
 *	has an exact number of its own (gate shift)
 *
 * Return: false if it was not run or another gate failed.
 */
bool peer_price(const struct table *t, size_t line, int64_t *v);

/**
 * peer_find() - the line of the same tool in another table
 * @to: a table with columns "peer" and "mode", maybe "kernel"
 * @from: another
 * @line: of @from
 *
 * Return: the line, or -1.
 */
ssize_t peer_find(const struct table *to, const struct table *from, size_t line);

/**
 * peer_of_hook() - the line of one of our hooks that ran beside the peers
 * @t: peers.tsv
 * @r: the price of the hook; its "tracepoint" is "procmon tracepoint" there, and
 *	its output is the mode
 *
 * Return: the line, or -1.
 */
ssize_t peer_of_hook(const struct table *t, const struct price *r);

#endif
