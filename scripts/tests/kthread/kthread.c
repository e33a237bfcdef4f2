// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel thread that returns what it is told to. At the unload the log has what
 * kthread_stop() gave for it: the truth that procmon's record is held against.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

static int result;
module_param(result, int, 0444);
MODULE_PARM_DESC(result, "what the thread returns");

static struct task_struct *thread;

static int wait_and_return(void *data)
{
	set_current_state(TASK_INTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_INTERRUPTIBLE);
	}
	__set_current_state(TASK_RUNNING);
	return result;
}

static int __init kthread_load(void)
{
	/* It runs before anybody can stop it, else its function would not run at all. */
	thread = kthread_run(wait_and_return, NULL, "returns");
	return PTR_ERR_OR_ZERO(thread);
}

static void __exit kthread_unload(void)
{
	int pid = thread->pid;

	pr_info("kthread_stop() of %d gave %d\n", pid, kthread_stop(thread));
}

module_init(kthread_load);
module_exit(kthread_unload);
MODULE_DESCRIPTION("A kernel thread that returns what it is told to");
MODULE_LICENSE("GPL");
