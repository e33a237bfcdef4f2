/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The other tools, the peers: what their files say of them. Each mode in a file of
 * tools/ is one row of results/peers.tsv. The head of tools/lib.sh tells what such a
 * file has to say; nothing here names a tool.
 */
#ifndef BENCH_TOOLS_H
#define BENCH_TOOLS_H

#include <stdbool.h>
#include <stddef.h>

/** define STORM_COMM - name of the tasks that exit while a peer is measured */
#define STORM_COMM	"exit-storm"

/** enum peer_part - the functions of a tool file, by their names in tools/lib.sh */
enum peer_part {
	PEER_SETUP,
	PEER_RUN,
	PEER_PROOF,
	PEER_COUNT,
	PEER_LOST,
	PEER_CODES,
	PEER_TEARDOWN,
	NR_PEER_PARTS
};

/**
 * struct peer - one mode of another tool that reports exits
 * @file: its tool file, without the folder
 * @function: of the mode, in this file
 * @order: of the tool among the tools
 * @nr: of those with the same order, the one that was read first has the lowest
 * @has: which functions it has
 *
 * The other members are the facts of the same names in tools/lib.sh; those from
 * @hook on are "-" for a control; @loses is NULL for nothing.
 */
struct peer {
	const char *file;
	const char *function;
	size_t order;
	size_t nr;
	bool has[NR_PEER_PARTS];
	const char *name;
	const char *mode;
	size_t window;
	bool named;
	bool stays;
	const char *loses;
	const char *hook;
	const char *output;
	const char *unit;
	const char *bare;
	const char *tells;
	const char *options;
	const char *oldest_kernel;
	const char *fields;
	const char *needs;
};

/** peers - all of them, in the order of the results; there are nr_peers */
extern struct peer *peers;
extern size_t nr_peers;

/**
 * read_tools() - read the facts of all tool files to peers
 *
 * From the folder in the variable TOOLS. Dies if one of the files is not in order; its
 * shell has said why.
 */
void read_tools(void);

/**
 * peer_command() - the command that calls a function of a tool file
 * @peer: whose
 * @part: which; it has it
 *
 * Return: the command, for sh(1) with the variables in tools/lib.sh; to be freed.
 */
char *peer_command(const struct peer *peer, enum peer_part part);

/**
 * peer_matches() - is it one that --only wants?
 * @peer: the peer
 * @only: text in its name or mode
 */
bool peer_matches(const struct peer *peer, const char *only);

#endif
