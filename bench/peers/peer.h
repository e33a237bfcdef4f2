/* SPDX-License-Identifier: GPL-2.0 */
/* Starting a peer, waiting until it is attached, ending it in order. One at a time. */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/util.h"
#include "peers/tools.h"

/** define PEER_OUT - $OUT of the tool files: in the guest's memory */
#define PEER_OUT	"/tmp/peer"

/**
 * struct pace - how a program waits
 * @rest: called between two looks at the peer
 * @max_start: looks until a peer that is not attached is given up
 * @max_stop: looks until one that does not end is killed
 * @limit: @max_start times @rest, for people
 */
struct pace {
	void (*rest)(void);
	int max_start;
	int max_stop;
	const char *limit;
};

/**
 * struct peer_tree - what is to know about all of the peer's processes
 * @wakeups: times that one of their threads has given up the CPU by itself
 * @switches: times that one of them has given it up at all
 * @peak: sum of their largest resident sets, in KiB
 * @asleep: all of their threads are, now
 */
struct peer_tree {
	int64_t wakeups;
	int64_t switches;
	int64_t peak;
	bool asleep;
};

/**
 * each_number() - call a function with each directory whose name is a number
 * @path: where, for instance /proc
 * @visit: called with the path of each
 * @arg: handed on to @visit
 */
void each_number(const char *path, void (*visit)(const char *dir, void *arg), void *arg);

/**
 * peer_begin() - set the variables of the tool files, and read the files
 * @tools: TOOLS
 * @modules: MODULES
 * @programs: B
 * @pace: how to wait
 *
 * P is set by peer_tree().
 */
void peer_begin(const char *tools, const char *modules, const char *programs,
		const struct pace *pace);

/**
 * peer_sh() - run a command
 * @command: for sh(1), with these variables
 * @output: gets the last line that it printed, to be freed; or NULL
 *
 * Return: true if it succeeded.
 */
bool peer_sh(const char *command, char **output);

/**
 * peer_number() - the number that a function of a tool file prints
 * @peer: whose
 * @part: which
 *
 * Return: the number; -1 if there is none, or no such function.
 */
int64_t peer_number(const struct peer *peer, enum peer_part part);

/**
 * peer_start() - set a peer up, start it, and wait until it is attached and at rest
 * @peer: which
 *
 * Return: NULL if it is, else what went wrong, to be freed; then peer_stop() and
 * peer_undo() are to be called all the same.
 */
char *peer_start(const struct peer *peer);

/**
 * peer_proved() - does the kernel still show it as attached?
 * @peer: the one that was started
 */
bool peer_proved(const struct peer *peer);

/**
 * peer_tree() - look at the processes of the peer, and tell the tool files in P
 *
 * Return: what they are doing; empty if it has none.
 */
struct peer_tree peer_tree(void);

/**
 * peer_settle() - wait until the peer has done its work
 *
 * It has when all of its threads are asleep in ten looks in a row, since some wake
 * up now and then all the time.
 */
void peer_settle(void);

/**
 * peer_stop() - end the processes of the peer, by SIGINT
 *
 * Return: NULL, or what had to be done instead, to be freed.
 */
char *peer_stop(void);

/**
 * peer_undo() - take back what peer_start() has set up
 * @peer: which
 *
 * Return: NULL, or what it left in the kernel nevertheless, to be freed.
 */
char *peer_undo(const struct peer *peer);

#endif
