// SPDX-License-Identifier: GPL-2.0
/*
 * procmon's life cycle: what every variant does at load and at unload.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/string.h>

#include "internal.h"

DEFINE_STATIC_KEY_FALSE(procmon_wanted);
DEFINE_STATIC_KEY_FALSE(procmon_per_process);

static const char *const unit_words[] = {
	[PROCMON_TASK]		= "task",
	[PROCMON_PROCESS]	= "process",
	NULL
};

static struct procmon_choice unit = { .words = unit_words };
module_param_cb(unit, &procmon_choice_ops, &unit, 0444);
MODULE_PARM_DESC(unit,
		 "what one record stands for: task (every thread that exits; default) or process (once, when its last thread is gone, with the status that wait(2) gives)");

/**
 * procmon_unit_name - the chosen unit
 *
 * Return: as the user writes it.
 */
const char *procmon_unit_name(void)
{
	return unit.words[unit.value];
}

/**
 * procmon_flavour_name - what the probe is at this moment
 *
 * Return: its name, "-" if there is but one way.
 */
const char *procmon_flavour_name(void)
{
	return procmon_variant.flavour ? procmon_variant.flavour() : "-";
}

static int __init procmon_init(void)
{
	int err;

	if (unit.value == PROCMON_PROCESS)
		static_branch_enable(&procmon_per_process);
	procmon_log_start();

	err = procmon_audit_start(unit.value);
	if (err)
		goto stop_log;
	err = procmon_variant.attach(unit.value);
	if (err)
		goto stop_audit;

	procmon_stats_create();
	pr_info("watching exits: %s (%s) on %s, unit %s\n",
		procmon_variant.mechanism, procmon_flavour_name(),
		procmon_variant.site(), procmon_unit_name());
	return 0;

stop_audit:
	procmon_audit_stop();
stop_log:
	procmon_log_stop();
	return err;
}

static void __exit procmon_exit_module(void)
{
	procmon_stats_remove();
	procmon_variant.detach();
	procmon_audit_stop();
	procmon_log_stop();
	procmon_stats_summary();
}

module_init(procmon_init);
module_exit(procmon_exit_module);

MODULE_DESCRIPTION("process exit monitor");
MODULE_AUTHOR("The procmon authors");
MODULE_LICENSE("GPL");
