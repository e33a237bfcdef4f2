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

#include "flavour.h"
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

static int on_acct_collect(struct kprobe *kp, struct pt_regs *regs)
{
	procmon_exit(regs_get_kernel_argument(regs, 0),
		     procmon_last(regs_get_kernel_argument(regs, 1)));
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
 * Right behind the fentry call no argument has been touched yet, and ftrace
 * has no say any more: there a kprobe is a breakpoint first, and a jump if
 * the kernel optimises it. Let the kernel find the entry (behind endbr64 or
 * not) with a probe that is never armed.
 */
static int behind_fentry(const char *symbol, kprobe_opcode_t **addr)
{
	struct kprobe entry = {
		.symbol_name	= symbol,
		.flags		= KPROBE_FLAG_DISABLED,
	};
	int err = register_kprobe(&entry);

	if (err)
		return err;
	if (entry.flags & KPROBE_FLAG_FTRACE)
		*addr = entry.addr + MCOUNT_INSN_SIZE;
	else
		err = -EOPNOTSUPP;
	unregister_kprobe(&entry);
	return err;
}

static int attach(enum procmon_unit unit)
{
	const char *symbol = procmon_entry_site(unit);
	int err;

	probe.pre_handler = unit == PROCMON_PROCESS ? on_acct_collect
						    : on_do_exit;
	if (wanted.value == FTRACE) {
		probe.symbol_name = symbol;
		strscpy(site_name, symbol, sizeof(site_name));
	} else {
		err = behind_fentry(symbol, &probe.addr);
		if (err) {
			pr_err("%s has no ftrace entry to attach behind (%d): use the tracepoint variant\n",
			       symbol, err);
			return err;
		}
		sprint_symbol(site_name, (unsigned long)probe.addr);
		strreplace(site_name, '/', '\0');	/* do_exit+0x9/0xb70 */
	}

	err = register_kprobe(&probe);
	if (err) {
		pr_err("cannot attach a kprobe to %s (%d): use the tracepoint variant\n",
		       site_name, err);
		return err;
	}
	if (wanted.value != FTRACE)
		wait_for_optimizer();
	if (is_flavour(wanted.value))
		return 0;

	pr_err("flavour=%s is not possible: the kernel made it %s. %s\n",
	       flavour_words[wanted.value], flavour(),
	       wanted.value == JUMP ? "Is debug.kprobes-optimization 0? Else use flavour=ftrace" :
	       wanted.value == INT3 ? "Set debug.kprobes-optimization to 0 first" :
				"Is kernel.ftrace_enabled 0? Else use the tracepoint variant");
	unregister_kprobe(&probe);
	return -EOPNOTSUPP;
}

/* unregister_kprobe() waits for the handlers. */
static void detach(void)
{
	unregister_kprobe(&probe);
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
