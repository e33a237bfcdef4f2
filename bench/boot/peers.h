/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What peers_price writes beside its boot files (boot/read.h), as DIR/peers. Lines of
 * text, fields separated by one tab. For each time N that the peer ID was attached, from 0,
 * there are two boot files: DIR/ID.N, and DIR/ID.N.shipped, for which the scheduler was
 * as shipped, see DELAY_DEQUEUE in guest.h:
 *
 *   procmon-peers 1
 *   peer    ID  NAME  MODE
 *   window  ID  N  WHAT  WORK  EXITS
 *   seen    ID  N  EXITS  REPORTED  LOST  WAKEUPS  STORM  PEAK
 *   skip    ID  REASON
 *   note    ID  TEXT
 *   end
 *
 * peer names each mode of the tool files, before all other lines.
 *
 * A window is a storm and what comes after it until the consumer is at rest:
 *   WHAT    "peer", or "none" or "control" without it, before and after
 *   WORK    instructions of everybody in this time, less those of the loop that
 *           keeps the CPU busy when nobody wants it
 *   EXITS   of the storm
 *
 * seen is about one attachment:
 *   EXITS     that happened and that the peer can be asked about
 *   REPORTED  those in its output
 *   LOST      those that it says it lost, or -1 if it has no way to tell
 *   WAKEUPS   times that a thread of the consumer gave up the CPU by itself,
 *             during its windows, of STORM exits together
 *   PEAK      sum of the largest resident sets of its processes, in KiB
 *
 * skip is why a peer did not run, note is what went wrong with one that did.
 */
#ifndef BENCH_BOOT_PEERS_H
#define BENCH_BOOT_PEERS_H

/** PEERS_FILE - name of the file in its directory */
#define PEERS_FILE	"peers"

/** PEERS_MAGIC - its first line */
#define PEERS_MAGIC	"procmon-peers 1"

/**
 * enum scheduler - how a sleeping parent was treated while exits were timed
 * @SCHED_AT_ONCE: dequeued at once, without DELAY_DEQUEUE
 * @SCHED_SHIPPED: as the kernel is shipped
 * @NR_SCHEDS: how many there are
 */
enum scheduler {
	SCHED_AT_ONCE,
	SCHED_SHIPPED,
	NR_SCHEDS
};

/** BOOT_SUFFIX - what the name of each one's boot file ends in */
#define BOOT_SUFFIX(sched)	((sched) == SCHED_SHIPPED ? ".shipped" : "")

#endif
