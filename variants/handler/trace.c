// SPDX-License-Identifier: GPL-2.0
/*
 * Output `trace`: hand records to the trace event of trace.h.
 */
#define CREATE_TRACE_POINTS
#include "trace.h"

/**
 * procmon_trace_reg - somebody began to listen to the event
 *
 * Context: process context, may sleep; tracepoints_mutex held.
 * Return: 0.
 */
int procmon_trace_reg(void)
{
	procmon_output_on();
	return 0;
}

/**
 * procmon_trace_unreg - nobody listens to the event any more
 *
 * Context: as procmon_trace_reg().
 */
void procmon_trace_unreg(void)
{
	procmon_output_off();
}

/**
 * procmon_trace - emit the event
 * @rec: the record
 *
 * Context: as procmon_deliver(). Ring buffer, perf and BPF all take events from an
 * NMI, and wake their readers by irq_work.
 */
void procmon_trace(const struct procmon_record *rec)
{
	char name[PROCMON_NAME_LEN];
	unsigned int len = procmon_escape_comm(name, rec->comm);

	trace_procmon_exit(rec, name, len);
	this_cpu_inc(procmon_counters.traced);
}
