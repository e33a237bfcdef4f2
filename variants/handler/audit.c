// SPDX-License-Identifier: GPL-2.0
/*
 * Count every exit a second time, by the tracepoint, so that an event which
 * never reached the hook is known to be missing.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "compat.h"
#include "internal.h"

static bool audit;
module_param(audit, bool, 0444);
MODULE_PARM_DESC(audit,
		 "count every exit by the sched_process_exit tracepoint too, and what the hook did not see as missed, whatever the reason: Y or N (default)");

static struct tracepoint *tracepoint;

static void find(struct tracepoint *tp, void *unused)
{
	if (!strcmp(tp->name, PROCMON_TRACEPOINT))
		tracepoint = tp;
}

/**
 * procmon_tracepoint - the tracepoint that every exit passes
 *
 * The kernel does not export the tracepoint itself, only the way to it.
 *
 * Context: process context, may sleep.
 * Return: the tracepoint, or NULL after one log line.
 */
struct tracepoint *procmon_tracepoint(void)
{
	for_each_kernel_tracepoint(find, NULL);
	if (!tracepoint)
		pr_err("this kernel has no tracepoint " PROCMON_TRACEPOINT ": use the kprobe variant\n");
	return tracepoint;
}

static void on_exit(PROCMON_TRACEPOINT_PROTO)
{
	if (static_branch_unlikely(&procmon_per_process) &&
	    PROCMON_TRACEPOINT_LAST != PROCMON_LAST_YES)
		return;
	this_cpu_inc(procmon_counters.audited);
}

/**
 * procmon_audit_start - begin to count, if the parameter asks for it
 * @unit: what a record stands for
 *
 * To be called before the variant attaches: a task that is on its way out just
 * then is counted as missed rather than forgotten.
 *
 * Context: process context, may sleep.
 * Return: 0, or -errno after one log line.
 */
int procmon_audit_start(enum procmon_unit unit)
{
	if (!audit)
		return 0;
	if (unit == PROCMON_PROCESS && !PROCMON_TRACEPOINT_KNOWS_LAST) {
		pr_err("audit=Y is not possible with unit=process: before Linux 6.16 the tracepoint does not tell which thread is the last\n");
		return -EOPNOTSUPP;
	}
	if (!procmon_tracepoint())
		return -EOPNOTSUPP;
	return tracepoint_probe_register(tracepoint, on_exit, NULL);
}

/**
 * procmon_audit_stop - undo procmon_audit_start()
 *
 * Context: process context, may sleep.
 */
void procmon_audit_stop(void)
{
	if (!audit)
		return;
	tracepoint_probe_unregister(tracepoint, on_exit, NULL);
	tracepoint_synchronize_unregister();
}

/**
 * procmon_audit_missed - exits that never reached the hook
 * @sum: counters of all CPUs
 *
 * A task between the hook and the tracepoint is hit and not yet audited.
 *
 * Return: their number; 0 without audit.
 */
unsigned long procmon_audit_missed(const struct procmon_counters *sum)
{
	return sum->audited > sum->hits ? sum->audited - sum->hits : 0;
}
