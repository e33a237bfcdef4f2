// SPDX-License-Identifier: GPL-2.0
/*
 * From an exit to the outputs that want to know of it.
 */
#include "internal.h"
#include "stream.h"

/**
 * procmon_deliver - make the record, filter it, hand it to the outputs
 * @code: argument of do_exit()
 * @last: what the site knows of the last thread
 *
 * Called by procmon_exit() while at least one output is on. The record is made
 * in the stream's buffer if that has room, so that nobody copies it.
 *
 * Context: the exiting task; preemption off; any irq state. Does not sleep.
 */
void procmon_deliver(long code, enum procmon_last last)
{
	struct procmon_ring *ring = this_cpu_ptr(&procmon_rings);
	struct procmon_record *rec = procmon_stream_reserve(ring);

	procmon_record_identify(rec, code, last);
	if (static_branch_unlikely(&procmon_filtering) &&
	    !procmon_filter_passes(rec)) {
		this_cpu_inc(procmon_counters.filtered);
		return;
	}
	procmon_record_measure(rec);
	procmon_stream_commit(ring, rec);

	if (tracepoint_enabled(procmon_exit))
		procmon_trace(rec);
	if (static_branch_unlikely(&procmon_logging))
		procmon_log(rec);
}
