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

/**
 * struct flavour - what the kernel can make of a kprobe on this CPU
 * @word: its name
 * @hint: what to do if it became something else
 * @by_ftrace: it is a call of ftrace, which must be on
 * @behind_fentry: it is behind where ftrace attaches, not at the function's entry
 * @in_background: the kernel may make it, or something else of it, later
 */
struct flavour {
	const char *word;
	const char *hint;
	bool by_ftrace;
	bool behind_fentry;
	bool in_background;
};

#define FLAVOUR(name, text, ...)	{ .word = name, __VA_ARGS__ },
#define WORD(name, text, ...)		name,
#define DESCRIPTION(name, text, ...)	" " name " (" text ")"

static const struct flavour flavours[] = { PROCMON_FLAVOURS(FLAVOUR) };
static const char *const flavour_words[] = { PROCMON_FLAVOURS(WORD) NULL };

static struct procmon_choice wanted = { .words = flavour_words };
module_param_cb(flavour, &procmon_choice_ops, &wanted, 0444);
MODULE_PARM_DESC(flavour,
		 "how the probe is made; the first is the default:" PROCMON_FLAVOURS(DESCRIPTION));

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

static int on_process_extended(struct kprobe *kp, struct pt_regs *regs)
{
	procmon_exit(current->exit_code, procmon_last(regs_get_kernel_argument(regs, 1)));
	return 0;
}

static struct kprobe probe;
static char site_name[KSYM_SYMBOL_LEN];

static const char *flavour(void)
{
	return procmon_kprobe_flavour(&probe);
}

static bool became(const struct flavour *f)
{
	return !strcmp(flavour(), f->word);
}

/*
 * The kernel turns int3 into jump in the background: some jiffies after the
 * registration, and once every task has left the bytes that are to be replaced
 * (kprobe_optimizer() in kernel/kprobes.c).
 */
static void wait_for_optimizer(void)
{
	const char *before = flavour();
	int tries;

	for (tries = 0; tries < 3 && !strcmp(flavour(), before); tries++) {
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

static int aim_at_entry(const char *symbol)
{
	probe.symbol_name = symbol;
	strscpy(site_name, symbol, sizeof(site_name));
	return flavours[wanted.value].by_ftrace ? procmon_ftrace_hold() : 0;
}

static void release(void)
{
	if (flavours[wanted.value].by_ftrace)
		procmon_ftrace_release();
}

static int attach(enum procmon_unit unit)
{
	const struct flavour *f = &flavours[wanted.value];
	const char *symbol = procmon_entry_site(unit);
	int err;

	if (unit == PROCMON_TASK)
		probe.pre_handler = on_do_exit;
	else
		probe.pre_handler = procmon_is_extended() ? on_process_extended : on_process;
	err = f->behind_fentry ? aim_behind_fentry(symbol)
			       : aim_at_entry(symbol);
	if (err)
		return err;

	err = register_kprobe(&probe);
	if (err) {
		pr_err("cannot attach a kprobe to %s (%d): use the tracepoint variant\n",
		       site_name, err);
		goto release;
	}
	if (f->in_background)
		wait_for_optimizer();
	if (!became(f)) {
		pr_err("flavour=%s is not possible: the kernel made it %s. %s\n",
		       f->word, flavour(), f->hint);
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
