/* SPDX-License-Identifier: GPL-2.0 */
/* What every program needs that measures in the guest of vm.sh --exact. */
#ifndef BENCH_GUEST_H
#define BENCH_GUEST_H

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
 * check_clock() - does rdtsc count instructions here
 *
 * Everything rests on it. Loops of two lengths differ by exactly their
 * instructions, or this is no guest of vm.sh --exact, and the program dies. A
 * timer interrupt may fall into one, hence the second try.
 */
void check_clock(void);

/**
 * quiet_machine() - stay on one CPU, in memory, and let the boot come to rest
 * @start_at: begin when CLOCK_MONOTONIC says so many seconds
 */
void quiet_machine(double start_at);

#endif
