/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What peers writes beside a boot file (samples.h), as BOOT.windows. Lines of
 * text, fields separated by one tab, IDs and round numbers as in the boot file:
 *
 *   procmon-windows 1
 *   window  ID  NR  WORK  EXITS
 *   seen    ID  EXITS  REPORTED  LOST  WAKEUPS  STORM  PEAK
 *   note    ID  TEXT
 *   end
 *
 * A window is a block and what comes after it until the consumer is at rest:
 *   WORK    instructions of everybody in this time, less those of the loop that
 *           keeps the CPU busy when nobody wants it
 *   EXITS   of the storm
 *
 * seen is about one attachment:
 *   EXITS     that happened and that the peer can be asked about
 *   REPORTED  those in its output
 *   LOST      those that it says it lost, or -1 if it has no way to tell
 *   WAKEUPS   times that a thread of the consumer gave up the CPU by itself,
 *             during STORM exits
 *   PEAK      sum of the largest resident sets of its processes, in KiB
 *
 * note is what went wrong with a peer that ran.
 */
#ifndef BENCH_WINDOWS_H
#define BENCH_WINDOWS_H

#define WINDOWS_MAGIC	"procmon-windows 1"

#endif
