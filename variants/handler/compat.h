/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernel versions, and nothing else. Each entry says
 * since when. Macros alone: Kbuild.include puts it before all else in every file.
 */
#ifndef PROCMON_COMPAT_H
#define PROCMON_COMPAT_H

#include <linux/version.h>

/*
 * 6.1 is the oldest that is tested. Before 6.0 unit=process would be wrong without a
 * word, for do_exit() had no synchronize_group_exit(); see status_of() in record.c.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "procmon needs Linux 6.1 or later"
#endif

/*
 * Since 6.2 ftrace_regs_get_argument() exists. Before, on x86, the registers
 * of the arguments are in the pt_regs inside struct ftrace_regs.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define ftrace_regs_get_argument(fregs, n) \
	regs_get_kernel_argument(&(fregs)->regs, n)
#endif

/*
 * Since 6.14 fprobe hands its callbacks struct ftrace_regs; before, pt_regs.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#define procmon_fprobe_regs	pt_regs
#define procmon_fprobe_argument	regs_get_kernel_argument
#else
#define procmon_fprobe_regs	ftrace_regs
#define procmon_fprobe_argument	ftrace_regs_get_argument
#endif

/*
 * Since 6.16 the sched_process_exit tracepoint tells group_dead.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
#define PROCMON_TRACEPOINT_PROTO void *data, struct task_struct *task
#define PROCMON_TRACEPOINT_LAST	PROCMON_LAST_UNKNOWN
#define PROCMON_TRACEPOINT_KNOWS_LAST false
#else
#define PROCMON_TRACEPOINT_PROTO \
	void *data, struct task_struct *task, bool group_dead
#define PROCMON_TRACEPOINT_LAST	procmon_last(group_dead)
#define PROCMON_TRACEPOINT_KNOWS_LAST true
#endif

/*
 * Up to 6.12 a tracepoint calls its probes with preemption off; 7.3 has an SRCU
 * section instead. The kernels between are on the safe side: off twice is off.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define PROCMON_TRACEPOINT_PREEMPTIBLE false
#else
#define PROCMON_TRACEPOINT_PREEMPTIBLE true
#endif

/*
 * Since 7.2 ktime_get_snapshot_id() reads any clock; before, ktime_get_snapshot() gave
 * CLOCK_REALTIME, as the member real.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 2, 0)
#define procmon_snapshot	ktime_get_snapshot
#define procmon_snapshot_real	real
#else
#define procmon_snapshot(snapshot) \
	ktime_get_snapshot_id(CLOCK_REALTIME, snapshot)
#define procmon_snapshot_real	systime
#endif

#endif /* PROCMON_COMPAT_H */
