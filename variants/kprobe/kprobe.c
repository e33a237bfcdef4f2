// SPDX-License-Identifier: GPL-2.0
/*
 * procmon by kprobe: at the entry of one function, in the flavour asked for.
 * See Documentation/trace/kprobes.rst.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "arch.h"
#include "handler.h"

enum flavour { FTRACE, JUMP, INT3 };

static const char *const flavour_words[] = {
	[FTRACE]	= "ftrace",
	[JUMP]		= "jump",
	[INT3]		= "int3",
	NULL
};

static struct procmon_choice wanted = { .words = flavour_words };
module_param_cb(flavour, &procmon_choice_ops, &wanted, 0444);
MODULE_PARM_DESC(flavour,
		 "ftrace (at the function's entry; default), jump (behind it, optimised) or int3 (behind it, a breakpoint: needs debug.kprobes-optimization=0)");

static int on_do_exit(struct kprobe *kp, struct pt_regs *regs)
{
	procmon_exit(regs_get_kernel_argument(regs, 0), PROCMON_LAST_UNKNOWN);
	return 0;
}

static int on_process(struct kprobe *kp, struct pt_regs *regs)
{
	procmon_exit(current->exit_code,
		     PROCMON_PROCESS_LAST(regs_get_kernel_argument(regs, 1)));
	return 0;
}

static struct kprobe probe;
static char site_name[KSYM_SYMBOL_LEN];

static const char *flavour(void)
{
	return procmon_kprobe_flavour(&probe);
}

static bool is_flavour(enum flavour f)
{
	return !strcmp(flavour(), flavour_words[f]);
}

/*
 * The kernel turns int3 into jump in the background: some jiffies after the
 * registration, and once every task has left the bytes that are to be replaced
 * (kprobe_optimizer() in kernel/kprobes.c).
 */
static void wait_for_optimizer(void)
{
	int tries;

	for (tries = 0; tries < 3 && !is_flavour(JUMP); tries++) {
		msleep(50);
		synchronize_rcu_tasks();
	}
}

/*
 * Right behind the fentry call no argument has been touched yet, and ftrace has
 * no say any more: there a kprobe is a breakpoint first, and a jump if the kernel
 * optimises it.
 */
static int aim_behind_fentry(const char *symbol)
{
	int err = procmon_fentry(symbol, &probe.addr);

	if (err) {
		pr_err("%s has no ftrace entry to attach behind (%d): use the tracepoint variant\n",
		       symbol, err);
		return err;
	}
	probe.addr += MCOUNT_INSN_SIZE;
	sprint_symbol(site_name, (unsigned long)probe.addr);
	strreplace(site_name, '/', '\0');	/* do_exit+0x9/0xb70 */
	return 0;
}

static int aim_at_fentry(const char *symbol)
{
	probe.symbol_name = symbol;
	strscpy(site_name, symbol, sizeof(site_name));
	return procmon_ftrace_hold();
}

static void release(void)
{
	if (wanted.value == FTRACE)
		procmon_ftrace_release();
}

static int attach(enum procmon_unit unit)
{
	static const char *const hints[] = {
		[FTRACE]	= "Is debugfs kprobes/enabled 0? Else use the tracepoint variant",
		[JUMP]		= "Is debug.kprobes-optimization 0? Else use flavour=ftrace",
		[INT3]		= "Set debug.kprobes-optimization to 0 first",
	};
	const char *symbol = procmon_entry_site(unit);
	int err;

	probe.pre_handler = unit == PROCMON_PROCESS ? on_process
						    : on_do_exit;
	err = wanted.value == FTRACE ? aim_at_fentry(symbol)
				     : aim_behind_fentry(symbol);
	if (err)
		return err;

	err = register_kprobe(&probe);
	if (err) {
		pr_err("cannot attach a kprobe to %s (%d): use the tracepoint variant\n",
		       site_name, err);
		goto release;
	}
	if (wanted.value != FTRACE)
		wait_for_optimizer();
	if (!is_flavour(wanted.value)) {
		pr_err("flavour=%s is not possible: the kernel made it %s. %s\n",
		       flavour_words[wanted.value], flavour(),
		       hints[wanted.value]);
		err = -EOPNOTSUPP;
		goto unregister;
	}
	return 0;

unregister:
	unregister_kprobe(&probe);
release:
	release();
	return err;
}

/* unregister_kprobe() waits for the handlers. */
static void detach(void)
{
	unregister_kprobe(&probe);
	release();
}

static unsigned long missed(void)
{
	return probe.nmissed;
}

static const char *site(void)
{
	return site_name;
}

const struct procmon_variant procmon_variant = {
	.mechanism	= "kprobe",
	.site		= site,
	.flavour	= flavour,
	.attach		= attach,
	.detach		= detach,
	.missed		= missed,
};
