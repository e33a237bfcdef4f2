// SPDX-License-Identifier: GPL-2.0
/*
 * What every exit looks at: the keys that say what is wanted, and the counters and
 * the ring of its CPU.
 *
 * Here and not beside the functions that change it: the variant, the record and the
 * outputs call each other in one direction, and all of them look at this.
 */
#include <linux/jump_label.h>
#include <linux/percpu.h>

#include "internal.h"
#include "ring.h"

DEFINE_STATIC_KEY_FALSE(procmon_wanted);
DEFINE_STATIC_KEY_FALSE(procmon_per_process);
DEFINE_STATIC_KEY_FALSE(procmon_long_way);

DEFINE_PER_CPU(struct procmon_counters, procmon_counters);
DEFINE_PER_CPU_ALIGNED(struct procmon_ring, procmon_rings);
