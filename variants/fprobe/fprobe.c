// SPDX-License-Identifier: GPL-2.0
/*
 * procmon by fprobe: at the entry of a function, or at its return with what
 * was carried from the entry. See Documentation/trace/fprobe.rst.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fprobe.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "compat.h"
#include "handler.h"

enum handler { ENTRY, EXIT };

static const char *const handler_words[] = {
	[ENTRY]	= "entry",
	[EXIT]	= "exit",
	NULL
};

static struct procmon_choice handler = { .words = handler_words };
module_param_cb(handler, &procmon_choice_ops, &handler, 0444);
MODULE_PARM_DESC(handler,
		 "where to report: entry (of do_exit, or with unit=process of " PROCMON_PROCESS_SITE "; default) or exit (when acct_collect returns)");

static const char *site_name;

#ifdef CONFIG_FPROBE

struct carried {
	long code;
	enum procmon_last last;
};

static int on_do_exit(struct fprobe *fp, unsigned long entry_ip,
		      unsigned long ret_ip, struct procmon_fprobe_regs *regs,
		      void *data)
{
	procmon_exit(procmon_fprobe_argument(regs, 0), PROCMON_LAST_UNKNOWN);
	return 0;
}

static int on_process(struct fprobe *fp, unsigned long entry_ip,
		      unsigned long ret_ip, struct procmon_fprobe_regs *regs,
		      void *data)
{
	procmon_exit(current->exit_code,
		     PROCMON_PROCESS_LAST(procmon_fprobe_argument(regs, 1)));
	return 0;
}

static int on_process_extended(struct fprobe *fp, unsigned long entry_ip,
			       unsigned long ret_ip, struct procmon_fprobe_regs *regs,
			       void *data)
{
	procmon_exit(current->exit_code, procmon_last(procmon_fprobe_argument(regs, 1)));
	return 0;
}

static int on_entry(struct fprobe *fp, unsigned long entry_ip,
		    unsigned long ret_ip, struct procmon_fprobe_regs *regs,
		    void *data)
{
	struct carried *c = data;

	c->code = procmon_fprobe_argument(regs, 0);
	c->last = procmon_last(procmon_fprobe_argument(regs, 1));
	return procmon_entered(c->last) ? 0 : 1;	/* 1: no return wanted */
}

static void on_return(struct fprobe *fp, unsigned long entry_ip,
		      unsigned long ret_ip, struct procmon_fprobe_regs *regs,
		      void *data)
{
	const struct carried *c = data;

	procmon_exit_returned(c->code, c->last);
}

/*
 * Since 6.14 fprobe waits for a return as one of up to 16 users of fgraph, which
 * shows user 0 each return that any of them waits for (set_bitmap(... | BIT(0)) in
 * function_graph_enter_regs(), still so in 7.3). If that is fprobe, and the
 * function_graph tracer traces other functions, the kernel warns once in a boot:
 * "WARNING: kernel/trace/fprobe.c:676 at fprobe_return". It does so for an fprobe
 * event on a return, too, without any module. No return is lost, none is seen twice.
 * The numbers go round, and whoever registers is not told its own: nothing to be done
 * about it here.
 *
 * 7aa1eaef9f42 ("function_graph: Allow multiple users to attach to function graph",
 * 6.11), whose review says that the bit must not be set
 * (20240526211719.0c4c2835@gandalf.local.home on lore.kernel.org); fprobe is such a
 * user since 4346ba160409 ("fprobe: Rewrite fprobe on function-graph tracer").
 */
static struct fprobe probe;

static int attach(enum procmon_unit unit)
{
	int err;

	if (handler.value == EXIT) {
		site_name = PROCMON_ACCT_COLLECT;
		probe.entry_handler = on_entry;
		probe.exit_handler = on_return;
		probe.entry_data_size = sizeof(struct carried);
	} else {
		site_name = procmon_entry_site(unit);
		if (unit == PROCMON_TASK)
			probe.entry_handler = on_do_exit;
		else
			probe.entry_handler = procmon_is_extended() ? on_process_extended
								    : on_process;
	}
	err = procmon_ftrace_hold();
	if (err)
		return err;
	err = register_fprobe(&probe, site_name, NULL);
	if (err) {
		pr_err("cannot attach an fprobe to %s (%d): use the kprobe or the tracepoint variant\n",
		       site_name, err);
		procmon_ftrace_release();
	}
	return err;
}

/* Handlers run with preemption off; not every version waits for them itself. */
static void detach(void)
{
	unregister_fprobe(&probe);
	synchronize_rcu();
	procmon_ftrace_release();
}

static unsigned long missed(void)
{
	return probe.nmissed;
}

#else /* !CONFIG_FPROBE */

static int attach(enum procmon_unit unit)
{
	pr_err("this kernel has no fprobe (CONFIG_FPROBE is off): use the kprobe or the ftrace variant\n");
	return -EOPNOTSUPP;
}

static void detach(void)
{
}

static unsigned long missed(void)
{
	return 0;
}

#endif

static const char *site(void)
{
	return site_name;
}

const struct procmon_variant procmon_variant = {
	.mechanism	= "fprobe",
	.site		= site,
	.attach		= attach,
	.detach		= detach,
	.missed		= missed,
};
