// SPDX-License-Identifier: GPL-2.0
/*
 * For the test of what detects hangs: insmod takes ten seconds, and keeps a CPU for
 * itself, or with sleep=Y waits for nobody.
 */
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

static bool sleep;
module_param(sleep, bool, 0);

static int __init hang_init(void)
{
	unsigned long end = jiffies + 10 * HZ;

	if (sleep) {
		schedule_timeout_uninterruptible(10 * HZ);
		return 0;
	}
	/* A new grace period, so that it takes the limit of now, which waits for us. */
	synchronize_rcu();
	start_poll_synchronize_rcu();
	preempt_disable();
	while (time_before(jiffies, end))
		cpu_relax();
	preempt_enable();
	return 0;
}

module_init(hang_init);
MODULE_DESCRIPTION("Hangs for a while");
MODULE_LICENSE("GPL");
