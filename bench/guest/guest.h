/* SPDX-License-Identifier: GPL-2.0 */
/* What every program needs that measures in the guest of vm.sh --exact. */
#ifndef BENCH_GUEST_H
#define BENCH_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * exits_so_far() - how many tasks have ever exited and been reaped
 *
 * Those that were made less those that are there: this needs nothing from any
 * hook. A task that is on its way out may be counted here and not there, hence it
 * waits until nothing moves. It sleeps, so the guest's clock leaps meanwhile.
 *
 * Return: the number since boot, up to a constant.
 */
int64_t exits_so_far(void);

/**
 * check_clock() - does counter() count instructions here
 *
 * Everything rests on it. Loops of two lengths differ by exactly their
 * instructions, or this is no guest of vm.sh --exact, and the program dies. A
 * timer interrupt may fall into one, hence the second try.
 */
void check_clock(void);

/**
 * switch_console() - the guest's serial console, on or off
 * @on: as it was, or detached while we measure
 *
 * What a line of the log costs on a console depends on the console alone, and even one
 * that suppresses the line copies it, by a memcpy() whose path depends on the low bits
 * of the address. The output `log` is the price of the line in the kernel's log.
 */
void switch_console(bool on);

/**
 * stay_on_cpu() - run on this CPU alone, with all children
 * @cpu: its number
 */
void stay_on_cpu(size_t cpu);

/**
 * quiet_machine() - stay on one CPU, in memory, until the boot is long over
 *
 * That is a fixed time, and the wait costs nothing: an idle guest's clock leaps to its
 * next timer.
 */
void quiet_machine(void);

/**
 * DELAY_DEQUEUE - a feature of the scheduler, since 6.12
 *
 * A task that goes to sleep and has had more than its share of the CPU stays in the run
 * queue until it is picked or woken. The children of a storm live so short that their
 * parent is mostly still there when they exit, and preempts them in the middle of it (two
 * context switches more); but whether it does depends on the time that everybody has
 * used before. It may be so without a hook and not with it, for a whole attachment,
 * and be taken for 138 instructions of the hook. With the feature off the parent is
 * truly asleep, as that of a process that lives for a while is.
 * See sched_delayed in kernel/sched/fair.c.
 */
#define DELAY_DEQUEUE	"DELAY_DEQUEUE"

/**
 * UTIL_EST - a feature of the scheduler
 *
 * It remembers how much of a CPU a task wanted, for whoever chooses the CPU's frequency
 * or the CPU; nobody does in these guests. Whenever a task goes to sleep that
 * is brought up to date, unless it is so already, within a hundredth: and that depends on
 * the time that the task has slept before, as it does while a hook is attached. It is
 * taken for 26 instructions of a hook in half of its exits (6.1 on arm64).
 * See util_est_update() in kernel/sched/fair.c.
 */
#define UTIL_EST	"UTIL_EST"

/**
 * scheduler_feature() - turn a feature of the scheduler on or off
 * @name: as in kernel/sched/features.h
 * @on: which
 *
 * Dies if the kernel does not tell its scheduler's features (debugfs).
 *
 * Return: false if this kernel has no such feature; then nothing was done.
 */
bool scheduler_feature(const char *name, bool on);

#endif
