/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Output `trace`: the trace event procmon:procmon_exit, the whole record.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM procmon

#if !defined(PROCMON_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define PROCMON_TRACE_H

#include <linux/ktime.h>
#include <linux/tracepoint.h>

#include "internal.h"

TRACE_DEFINE_ENUM(PROCMON_LAST_NO);
TRACE_DEFINE_ENUM(PROCMON_LAST_YES);
TRACE_DEFINE_ENUM(PROCMON_LAST_UNKNOWN);

#ifndef PROCMON_EVENT_FLAGS
#define PROCMON_EVENT_FLAGS
/**
 * enum procmon_event_flags - bits of the event's member flags
 * @PROCMON_EVENT_KTHREAD: a kernel thread, see procmon_record_kthread()
 * @PROCMON_EVENT_INEXACT: see PROCMON_INFO_INEXACT
 * @PROCMON_EVENT_UNKNOWN: how it ended is not known, see procmon_record_known()
 */
enum procmon_event_flags {
	PROCMON_EVENT_KTHREAD	= 1 << 0,
	PROCMON_EVENT_INEXACT	= 1 << 1,
	PROCMON_EVENT_UNKNOWN	= 1 << 2,
};
#endif

TRACE_DEFINE_ENUM(PROCMON_EVENT_KTHREAD);
TRACE_DEFINE_ENUM(PROCMON_EVENT_INEXACT);
TRACE_DEFINE_ENUM(PROCMON_EVENT_UNKNOWN);

int procmon_trace_reg(void);
void procmon_trace_unreg(void);

/*
 * The members of struct procmon_record, in its units, and what follows from them, for
 * tracefs filters. `comm` is the escaped name (see procmon_escape_comm()): the reader
 * prints it as it is. `time_ns` is CLOCK_BOOTTIME; its readers never wait, not even in
 * an NMI.
 */
TRACE_EVENT_FN(procmon_exit,

	TP_PROTO(const struct procmon_record *rec, const char *name,
		 unsigned int len),

	TP_ARGS(rec, name, len),

	TP_STRUCT__entry(
		__dynamic_array(char,	comm,	len + 1)
		__field(u64,		time_ns)
		__field(u64,		age_ns)
		__field(u64,		runtime_ns)
		__field(u64,		utime_ns)
		__field(u64,		stime_ns)
		__field(u64,		min_flt)
		__field(u64,		maj_flt)
		__field(u64,		cgroup_id)
		__field(s32,		tid)
		__field(s32,		tgid)
		__field(s32,		ppid)
		__field(u32,		uid)
		__field(s32,		wait_status)
		__field(s32,		exit_status)
		__field(u8,		signal)
		__field(u8,		core)
		__field(u8,		last)
		__field(u8,		flags)
	),

	TP_fast_assign(
		memcpy(__get_dynamic_array(comm), name, len + 1);
		__entry->time_ns	= ktime_get_boot_fast_ns();
		__entry->age_ns		= __entry->time_ns - rec->start_ns;
		__entry->runtime_ns	= rec->runtime_ns;
		__entry->utime_ns	= rec->utime_ns;
		__entry->stime_ns	= rec->stime_ns;
		__entry->min_flt	= rec->min_flt;
		__entry->maj_flt	= rec->maj_flt;
		__entry->cgroup_id	= rec->cgroup_id;
		__entry->tid		= rec->tid;
		__entry->tgid		= rec->tgid;
		__entry->ppid		= rec->ppid;
		__entry->uid		= rec->uid;
		__entry->wait_status	= rec->wait_status;
		__entry->exit_status	= procmon_record_exit_status(rec);
		__entry->signal		= procmon_record_signal(rec);
		__entry->core		= procmon_record_core(rec);
		__entry->last		= procmon_record_last(rec);
		__entry->flags		=
			(procmon_record_kthread(rec) ? PROCMON_EVENT_KTHREAD : 0) |
			(rec->info & PROCMON_INFO_INEXACT ? PROCMON_EVENT_INEXACT : 0) |
			(procmon_record_known(rec) ? 0 : PROCMON_EVENT_UNKNOWN);
	),

	TP_printk("comm=%s tid=%d tgid=%d ppid=%d uid=%u wait_status=0x%x exit_status=%d signal=%u core=%u last=%s kthread=%u inexact=%u unknown=%u age_ns=%llu runtime_ns=%llu utime_ns=%llu stime_ns=%llu min_flt=%llu maj_flt=%llu cgroup_id=%llu time_ns=%llu",
		  __get_str(comm), __entry->tid, __entry->tgid, __entry->ppid,
		  __entry->uid, __entry->wait_status, __entry->exit_status,
		  __entry->signal, __entry->core,
		  __print_symbolic(__entry->last,
				   { PROCMON_LAST_NO, "no" },
				   { PROCMON_LAST_YES, "yes" },
				   { PROCMON_LAST_UNKNOWN, "unknown" }),
		  !!(__entry->flags & PROCMON_EVENT_KTHREAD),
		  !!(__entry->flags & PROCMON_EVENT_INEXACT),
		  !!(__entry->flags & PROCMON_EVENT_UNKNOWN), __entry->age_ns,
		  __entry->runtime_ns, __entry->utime_ns, __entry->stime_ns,
		  __entry->min_flt, __entry->maj_flt, __entry->cgroup_id,
		  __entry->time_ns),

	procmon_trace_reg, procmon_trace_unreg
);

#endif /* PROCMON_TRACE_H */

/* Found through the -I of Kbuild.include */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
