// SPDX-License-Identifier: GPL-2.0
/*
 * procmon's life cycle: what every variant does at load and at unload.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "internal.h"
#include "stream.h"

static int __init procmon_init(void)
{
	enum procmon_unit unit = procmon_unit();
	int err;

	if (unit == PROCMON_PROCESS)
		static_branch_enable(&procmon_per_process);
	procmon_extended_start();
	procmon_log_start();

	err = procmon_audit_start(unit);
	if (err)
		goto stop_log;
	err = procmon_variant.attach(unit);
	if (err)
		goto stop_audit;

	err = procmon_stream_create();
	if (err)
		goto detach;

	procmon_stats_create();
	pr_info("watching exits: %s (%s) on %s, unit %s\n",
		procmon_variant.mechanism, procmon_flavour_name(),
		procmon_variant.site(), procmon_unit_name());
	return 0;

detach:
	procmon_variant.detach();
stop_audit:
	procmon_audit_stop();
stop_log:
	procmon_log_stop();
	return err;
}

static void __exit procmon_exit_module(void)
{
	procmon_stats_remove();
	procmon_stream_remove();
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
