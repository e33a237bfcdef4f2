/* SPDX-License-Identifier: GPL-2.0 */
/* The registry of peers: one entry in peers_list.c is one row of results/peers.tsv. */
#ifndef BENCH_PEERS_LIST_H
#define BENCH_PEERS_LIST_H

#include <stdbool.h>
#include <stddef.h>

/** define STORM_COMM - name of the tasks that exit while a peer is measured */
#define STORM_COMM	"exit-storm"

/**
 * struct peer - another tool that reports exits
 * @name: for people
 * @mode: how it is used; unique together with @name
 * @setup: what its manual says to do first, or NULL
 * @run: the consumer, a command that runs until it gets SIGINT; NULL if the
 *	kernel alone does the work
 * @proof: succeeds once the kernel shows that the peer is attached
 * @count: prints how many exits it reported, once @run has ended; NULL for a control
 *	that watches nothing
 * @lost: prints how many it says that it lost, or NULL if it has no way to tell
 * @teardown: undoes @setup, or NULL
 * @codes: prints what it said of each task, once @run has ended: lines of an id and
 *	the wait status that it gave, as a number, with '-' for none; then, if it
 *	cannot tell all of the bits, a mask of those that it can. NULL if it counts
 *	in the kernel and has no record that could be lost on its way: no storm
 * @loses: where exits may have gone that it had and does not report, or NULL: then
 *	its storm is not in the attachment of the cases
 * @options: the kernel's options that it needs, each as "CONFIG_NAME"
 * @since: oldest kernel that has what it needs
 * @fields: what it tells of each exit
 * @needs: what has to be there or to run, besides the kernel
 * @window: exits of each window for the whole price: more than usual for one that
 *	fills a buffer before it wakes up; 0 for as many as usual
 * @named: @count counts the tasks called STORM_COMM only, else all, from the
 *	attaching to the detaching: those may be more than the exits of the blocks
 * @stays: when it has ended, the kernel does not become as it was. It is attached
 *	once, after all others
 *
 * All but the names are for sh(1), in the guest, with these variables:
 *
 *   T        tracefs
 *   D        debugfs
 *   OUT      beginning of the names of files that the peer may write; @run's
 *            standard output is $OUT.out, its standard error $OUT.err
 *   P        for @proof: a directory per process of @run, "/proc/1 /proc/2"
 *   MODULES  $MODULES/VARIANT/procmon.ko are our modules
 *   PROCMON  the reader of our stream
 *   B        where it and our other programs are
 */
struct peer {
	const char *name;
	const char *mode;
	const char *setup;
	const char *run;
	const char *proof;
	const char *count;
	const char *lost;
	const char *teardown;
	const char *codes;
	const char *loses;
	const char *options;
	const char *since;
	const char *fields;
	const char *needs;
	size_t window;
	bool named;
	bool stays;
};

extern const struct peer peers[];
extern const size_t nr_peers;

#endif
