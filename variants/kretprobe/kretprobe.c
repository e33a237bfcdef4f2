// SPDX-License-Identifier: GPL-2.0
/*
 * procmon by kretprobe: at the return of a function. do_exit() never returns,
 * so it sits on acct_collect(); the arguments are gone by then and have to be
 * carried from the entry. See Documentation/trace/kprobes.rst.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/module.h>

#include "arch.h"
#include "handler.h"

static int maxactive;
module_param(maxactive, int, 0444);
MODULE_PARM_DESC(maxactive,
		 "how many tasks may be inside acct_collect() at once before one is missed; 0 (default): the kernel's choice");

struct carried {
	long code;
	enum procmon_last last;
};

static int on_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct carried *c = (struct carried *)ri->data;

	c->code = regs_get_kernel_argument(regs, 0);
	c->last = procmon_last(regs_get_kernel_argument(regs, 1));
	return procmon_entered(c->last) ? 0 : 1;	/* 1: no return wanted */
}

static int on_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	const struct carried *c = (const struct carried *)ri->data;

	procmon_exit_returned(c->code, c->last);
	return 0;
}

static struct kretprobe probe = {
	.kp.symbol_name	= PROCMON_ACCT_COLLECT,
	.entry_handler	= on_entry,
	.handler	= on_return,
	.data_size	= sizeof(struct carried),
};

static const char *flavour(void)
{
	return procmon_kprobe_flavour(&probe.kp);
}

static int hold(void)
{
	return PROCMON_ENTRY_BY_FTRACE ? procmon_ftrace_hold() : 0;
}

static void release(void)
{
	if (PROCMON_ENTRY_BY_FTRACE)
		procmon_ftrace_release();
}

static int attach(enum procmon_unit unit)
{
	int err;

	if (maxactive < 0) {
		pr_err("maxactive=%d is not possible: use 0 or more\n",
		       maxactive);
		return -EINVAL;
	}
	probe.maxactive = maxactive;
	err = hold();
	if (err)
		return err;
	err = register_kretprobe(&probe);
	if (err) {
		pr_err("cannot attach a kretprobe to " PROCMON_ACCT_COLLECT " (%d): use the tracepoint variant\n",
		       err);
		goto release;
	}
	/* The kernel registers kprobes that it does not arm, without a word. */
	if (!strcmp(flavour(), "disarmed")) {
		pr_err("the kernel did not arm the kretprobe: is debugfs kprobes/enabled 0? Else use the tracepoint variant\n");
		err = -EOPNOTSUPP;
		goto unregister;
	}
	return 0;

unregister:
	unregister_kretprobe(&probe);
release:
	release();
	return err;
}

/* unregister_kretprobe() waits for the handlers. */
static void detach(void)
{
	unregister_kretprobe(&probe);
	release();
}

/* Without a free instance (@maxactive), and while another kprobe is running. */
static unsigned long missed(void)
{
	return probe.nmissed + probe.kp.nmissed;
}

static const char *site(void)
{
	return PROCMON_ACCT_COLLECT;
}

const struct procmon_variant procmon_variant = {
	.mechanism	= "kretprobe",
	.site		= site,
	.flavour	= flavour,
	.attach		= attach,
	.detach		= detach,
	.missed		= missed,
};
