/* SPDX-License-Identifier: GPL-2.0 */
/* The clocks of the stream: what the time of a record means. */
#ifndef PROCMON_CLOCK_H
#define PROCMON_CLOCK_H

#include <linux/types.h>

#include "record.h"

struct procmon_ring;

void procmon_clock_begin(void);
void procmon_clock_set(struct procmon_ring *ring);
void procmon_clock_end(void);
void procmon_clock_sleep(bool asleep, bool session);
ssize_t procmon_clock_read_kept(char __user *to, size_t room);
bool procmon_clock_all_read(void);
ssize_t procmon_clock_read_now(char __user *to);

#endif /* PROCMON_CLOCK_H */
