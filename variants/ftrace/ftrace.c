// SPDX-License-Identifier: GPL-2.0
/*
 * procmon by ftrace_ops: the function tracer's own callback, at the entry of
 * one function. See Documentation/trace/ftrace-uses.rst.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/trace_recursion.h>

#include "compat.h"
#include "handler.h"

static DEFINE_PER_CPU(unsigned long, recursions);
static const char *site_name;

static __always_inline void on_entry(unsigned long ip, unsigned long parent_ip,
				     long code, enum procmon_last last)
{
	int bit = ftrace_test_recursion_trylock(ip, parent_ip);

	if (bit < 0) {
		this_cpu_inc(recursions);
		return;
	}
	procmon_exit(code, last);
	ftrace_test_recursion_unlock(bit);
}

static void on_do_exit(unsigned long ip, unsigned long parent_ip,
		       struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	on_entry(ip, parent_ip, ftrace_regs_get_argument(fregs, 0),
		 PROCMON_LAST_UNKNOWN);
}

static void on_process(unsigned long ip, unsigned long parent_ip,
		       struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	on_entry(ip, parent_ip, current->exit_code,
		 PROCMON_PROCESS_LAST(ftrace_regs_get_argument(fregs, 1)));
}

static void on_process_extended(unsigned long ip, unsigned long parent_ip,
				struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	on_entry(ip, parent_ip, current->exit_code,
		 procmon_last(ftrace_regs_get_argument(fregs, 1)));
}

/*
 * Permanent: with kernel.ftrace_enabled at 0 the kernel refuses to register, and
 * once registered nobody can write 0 there; else ftrace would fall silent without
 * a word. Not FTRACE_OPS_FL_RECURSION: the callbacks guard, and count, themselves.
 */
static struct ftrace_ops ops = {
	.flags = FTRACE_OPS_FL_PERMANENT,
};

static int attach(enum procmon_unit unit)
{
	int err;

	site_name = procmon_entry_site(unit);
	if (unit == PROCMON_TASK)
		ops.func = on_do_exit;
	else
		ops.func = procmon_is_extended() ? on_process_extended : on_process;

	err = ftrace_set_filter(&ops, (unsigned char *)site_name,
				strlen(site_name), 1);
	if (err) {
		pr_err("ftrace cannot trace %s here (%d): use the kprobe or the tracepoint variant\n",
		       site_name, err);
		return err;
	}
	err = register_ftrace_function(&ops);
	if (err) {
		pr_err("ftrace refused to attach to %s (%d): is kernel.ftrace_enabled 0? Else use the kprobe or the tracepoint variant\n",
		       site_name, err);
		ftrace_free_filter(&ops);
	}
	return err;
}

/* unregister_ftrace_function() waits for the callbacks of dynamic ops. */
static void detach(void)
{
	unregister_ftrace_function(&ops);
	ftrace_free_filter(&ops);
}

static unsigned long missed(void)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(recursions, cpu);
	return sum;
}

static const char *site(void)
{
	return site_name;
}

const struct procmon_variant procmon_variant = {
	.mechanism	= "ftrace_ops",
	.site		= site,
	.attach		= attach,
	.detach		= detach,
	.missed		= missed,
};
