// SPDX-License-Identifier: GPL-2.0
/*
 * procmon by tracepoint: a probe on sched_process_exit, which do_exit() passes
 * once per task, after task->exit_code is set.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/tracepoint.h>

#include "compat.h"
#include "handler.h"

static struct tracepoint *tracepoint;

static void on_sched_process_exit(PROCMON_TRACEPOINT_PROTO)
{
	/* The contract of procmon_exit(), see compat.h. */
	if (PROCMON_TRACEPOINT_PREEMPTIBLE)
		preempt_disable_notrace();
	procmon_exit(task->exit_code, PROCMON_TRACEPOINT_LAST);
	if (PROCMON_TRACEPOINT_PREEMPTIBLE)
		preempt_enable_notrace();
}

static int attach(enum procmon_unit unit)
{
	int err;

	if (unit == PROCMON_PROCESS && !PROCMON_TRACEPOINT_KNOWS_LAST) {
		pr_err("unit=process is not possible: before Linux 6.16 the tracepoint does not tell which thread is the last: use the kprobe, kretprobe, fprobe or ftrace variant\n");
		return -EOPNOTSUPP;
	}

	tracepoint = procmon_tracepoint();
	if (!tracepoint)
		return -EOPNOTSUPP;

	err = tracepoint_probe_register(tracepoint, on_sched_process_exit, NULL);
	if (err)
		pr_err("cannot attach to tracepoint " PROCMON_TRACEPOINT " (%d)\n", err);
	return err;
}

static void detach(void)
{
	tracepoint_probe_unregister(tracepoint, on_sched_process_exit, NULL);
	tracepoint_synchronize_unregister();
}

/* A tracepoint calls each of its probes each time: there is no way to miss. */
static unsigned long missed(void)
{
	return 0;
}

static const char *site(void)
{
	return PROCMON_TRACEPOINT;
}

const struct procmon_variant procmon_variant = {
	.mechanism	= "tracepoint",
	.site		= site,
	.attach		= attach,
	.detach		= detach,
	.missed		= missed,
};
