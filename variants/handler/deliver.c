// SPDX-License-Identifier: GPL-2.0
/*
 * From an exit to the outputs that want to know of it.
 */
#include "internal.h"

/**
 * procmon_deliver - make the record, filter it, hand it to the outputs
 * @code: argument of do_exit()
 * @last: what the site knows of the last thread
 *
 * Called by procmon_exit() while at least one output is on.
 *
 * Context: the exiting task; preemption off; any irq state. Does not sleep.
 */
void procmon_deliver(long code, enum procmon_last last)
{
	struct procmon_record rec;

	procmon_record_identify(&rec, code, last);
	if (static_branch_unlikely(&procmon_filtering) &&
	    !procmon_filter_passes(&rec)) {
		this_cpu_inc(procmon_counters.filtered);
		return;
	}
	procmon_record_measure(&rec);

	if (procmon_trace_wanted())
		procmon_trace(&rec);
	if (procmon_log_wanted())
		procmon_log(&rec);
}
