/* SPDX-License-Identifier: GPL-2.0 */
/* An exit as the reader has it: the record, and when that was. */
#ifndef BENCH_EXIT_H
#define BENCH_EXIT_H

#include <stdint.h>

#include "variants/handler/record.h"

/**
 * struct exit - one exit
 * @rec: the record; its comm may be any bytes. Its time is no counter any more, but
 *	when it was recorded by CLOCK_REALTIME, as that was set then, ns
 * @boot_ns: the same by CLOCK_BOOTTIME
 */
struct exit {
	struct procmon_record *rec;
	uint64_t boot_ns;
};

/**
 * exit_age() - time from the start of the task until it exited
 * @e: an exit
 *
 * Return: ns; 0 if it should have been started later than it exited.
 */
static inline uint64_t exit_age(const struct exit *e)
{
	return e->boot_ns > e->rec->start_ns ? e->boot_ns - e->rec->start_ns : 0;
}

#endif
