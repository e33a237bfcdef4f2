// SPDX-License-Identifier: GPL-2.0
/*
 * Keep ftrace switched on while a hook depends on it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/string.h>

#include "handler.h"

/*
 * A function that every kernel has, ftrace can trace, and nobody calls while we
 * watch; a hold is of no other use than to be there.
 */
#define HELD "kernel_power_off"

static void on_held(unsigned long ip, unsigned long parent_ip,
		    struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
}

static struct ftrace_ops hold = {
	.func	= on_held,
	.flags	= FTRACE_OPS_FL_PERMANENT,
};

/**
 * procmon_ftrace_hold - see that ftrace is on, and that it stays on
 *
 * With kernel.ftrace_enabled at 0, kprobes and fprobes register without an error
 * and see nothing, and one that is attached falls silent when somebody writes 0
 * there; on 6.12 even the bookkeeping of ftrace goes wrong. A permanent
 * ftrace_ops is refused in the first case and prevents the second (-EBUSY for
 * the writer).
 *
 * Context: process context, may sleep. Undone by procmon_ftrace_release().
 * Return: 0, or -errno after one log line.
 */
int procmon_ftrace_hold(void)
{
	int err;

	err = ftrace_set_filter(&hold, (unsigned char *)HELD, strlen(HELD), 1);
	if (err)
		goto fail;
	err = register_ftrace_function(&hold);
	if (err)
		goto free_filter;
	return 0;

free_filter:
	ftrace_free_filter(&hold);
fail:
	pr_err("ftrace is not to be had (%d): set kernel.ftrace_enabled to 1, or use the tracepoint variant\n",
	       err);
	return err;
}

/**
 * procmon_ftrace_release - undo procmon_ftrace_hold()
 *
 * Context: process context, may sleep.
 */
void procmon_ftrace_release(void)
{
	unregister_ftrace_function(&hold);
	ftrace_free_filter(&hold);
}
