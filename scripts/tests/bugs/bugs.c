// SPDX-License-Identifier: GPL-2.0
/*
 * Bugs on request, one of each kind that the debug kernels look for, in a module
 * that is built as procmon's are: whoever finds these would find those.
 *
 * echo KIND >/sys/module/bugs/parameters/make
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>

static DEFINE_SPINLOCK(spin);
static DEFINE_RAW_SPINLOCK(raw);
static void __rcu *pointer;
static unsigned long raced;
static volatile char array[8];

static void freed(void)
{
	char *p = kmalloc(32, GFP_KERNEL);

	kfree(p);
	OPTIMIZER_HIDE_VAR(p);
	WRITE_ONCE(*p, 1);
}

static void beyond(void)
{
	char *p = vzalloc(100);

	OPTIMIZER_HIDE_VAR(p);
	READ_ONCE(p[200]);	/* still in the page */
	vfree(p);
}

static void bounds(void)
{
	int i = sizeof(array);

	OPTIMIZER_HIDE_VAR(i);
	array[i] = 1;
}

static void leak(void)
{
	kmalloc(100, GFP_KERNEL);
}

/* PREEMPT_RT would sleep. */
static void nesting(void)
{
	raw_spin_lock(&raw);
	spin_lock(&spin);
	spin_unlock(&spin);
	raw_spin_unlock(&raw);
}

static void asleep(void)
{
	preempt_disable();
	might_sleep();
	preempt_enable();
}

static void unlocked(void)
{
	rcu_dereference(pointer);
}

static void expired(struct timer_list *unused)
{
}

static void object(void)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	timer_setup(timer, expired, 0);
	mod_timer(timer, jiffies + HZ * 1000);
	kfree(timer);
}

static int count(void *unused)
{
	while (!kthread_should_stop()) {
		int i;

		for (i = 0; i < 1000; i++) {
			raced++;
			barrier();
		}
		schedule();
	}
	return 0;
}

static void race(void)
{
	struct task_struct *counters[2];
	int i;

	for (i = 0; i < 2; i++) {
		counters[i] = kthread_create(count, NULL, "race%d", i);
		kthread_bind(counters[i], i);
		wake_up_process(counters[i]);
	}
	msleep(3000);
	for (i = 0; i < 2; i++)
		kthread_stop(counters[i]);
}

static const struct {
	const char *name;
	void (*make)(void);
} kinds[] = {
	{ "freed", freed }, { "beyond", beyond }, { "bounds", bounds }, { "leak", leak },
	{ "nesting", nesting }, { "asleep", asleep }, { "unlocked", unlocked },
	{ "object", object }, { "race", race },
};

static int make_set(const char *val, const struct kernel_param *kp)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (sysfs_streq(val, kinds[i].name)) {
			kinds[i].make();
			return 0;
		}
	}
	return -EINVAL;
}

static const struct kernel_param_ops make_ops = { .set = make_set };
module_param_cb(make, &make_ops, NULL, 0200);

static int __init bugs_init(void)
{
	return 0;
}

static void __exit bugs_exit(void)
{
}

module_init(bugs_init);
module_exit(bugs_exit);

MODULE_DESCRIPTION("bugs on request");
MODULE_LICENSE("GPL");
