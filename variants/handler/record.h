/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The exit record: what procmon knows of one exit.
 *
 * Shared between the kernel modules and user space: fixed-width members, no
 * padding, the same layout for every output and every mechanism.
 */
#ifndef PROCMON_RECORD_H
#define PROCMON_RECORD_H

#include <linux/ioctl.h>
#include <linux/types.h>

/** PROCMON_RECORD_VERSION - changes whenever a member changes its meaning */
#define PROCMON_RECORD_VERSION	3

/** PROCMON_COMM_LEN - bytes of a task's name, its NUL included (TASK_COMM_LEN) */
#define PROCMON_COMM_LEN	16

/**
 * enum procmon_last - whether the exiting thread was the last of its process
 * @PROCMON_LAST_NO: other threads of the process are still alive
 * @PROCMON_LAST_YES: the process is gone with this thread
 * @PROCMON_LAST_UNKNOWN: the site where the mechanism sits cannot tell
 *
 * Never a guess: the answer is the kernel's own group_dead, which do_exit()
 * gets from atomic_dec_and_test(&signal->live) and hands down.
 */
enum procmon_last {
	PROCMON_LAST_NO		= 0,
	PROCMON_LAST_YES	= 1,
	PROCMON_LAST_UNKNOWN	= 2,
};

/**
 * enum procmon_flags - what else is to be said of a record
 * @PROCMON_KTHREAD: a kernel thread
 * @PROCMON_INEXACT: CPU time and faults are not quite the sums of the process, for
 *	one of two reasons. Threads were released while they were added up: what such
 *	a thread used may be missing or be there twice. Or more than
 *	PROCMON_THREADS_MAX were waiting to be released (a tracer that does not wait):
 *	the sums are those of the released ones and of the oldest PROCMON_THREADS_MAX,
 *	and so too low. Never with unit=task, nor for a process of one thread
 */
enum procmon_flags {
	PROCMON_KTHREAD		= 1 << 0,
	PROCMON_INEXACT		= 1 << 1,
};

/**
 * PROCMON_THREADS_MAX - threads of a process that are added up, at most
 *
 * They are added up with preemption off. 256 take less than a line in the kernel log.
 */
#define PROCMON_THREADS_MAX	256

/**
 * struct procmon_record - one exit
 * @version: PROCMON_RECORD_VERSION of the module that wrote it
 * @size: sizeof(struct procmon_record) of the module that wrote it, in bytes
 * @uid: real user id, in the init user namespace
 * @time_ns: when it was recorded, CLOCK_MONOTONIC, ns
 * @age_ns: time since the task (unit=process: the leader) was started, ns;
 *	an exec from a thread hands the leader's start time on, as in /proc
 * @runtime_ns: CPU time by the scheduler's own clock (sum_exec_runtime), ns,
 *	up to the last tick or context switch
 * @utime_ns: user CPU time, ns, in steps of a tick as the kernel accounts it
 * @stime_ns: system CPU time, likewise
 * @min_flt: page faults served without I/O
 * @maj_flt: page faults that had to wait for I/O
 * @cgroup_id: inode number of the task's cgroup v2 directory
 * @tid: task id of the exiting thread, init pid namespace
 * @tgid: its process id, init pid namespace
 * @ppid: process id of the real parent (a tracer does not count)
 * @wait_status: raw word: with unit=process exactly what wait(2) stores for
 *	the parent; with unit=task the thread's own argument to do_exit()
 * @exit_status: what was passed to exit(), 0 to 255; 0 for a task that died
 *	of a signal; for a kernel thread the raw value, which may be -errno
 * @signal: the signal that killed it, or 0
 * @core: 1 if the raw word has the core-dump bit
 * @last: enum procmon_last
 * @flags: enum procmon_flags
 * @comm: task name (unit=process: the leader's), NUL-terminated; any bytes at
 *	all, so escape it before you print it
 * @seq: stream only: number of this exit among those that this CPU had for the
 *	stream since it was opened, from 0; a dropped one has a number, too
 * @dropped: stream only: how many of the numbers below @seq were dropped
 *	(modulo 2^32), so that a gap in @seq between two records of a CPU is
 *	exactly the growth of @dropped
 * @cpu: stream only: the CPU that @seq counts on
 *
 * With unit=process, CPU time and faults are those of the whole process; see
 * PROCMON_INEXACT.
 */
struct procmon_record {
	__u16 version;
	__u16 size;
	__u32 uid;
	__u64 time_ns;
	__u64 age_ns;
	__u64 runtime_ns;
	__u64 utime_ns;
	__u64 stime_ns;
	__u64 min_flt;
	__u64 maj_flt;
	__u64 cgroup_id;
	__s32 tid;
	__s32 tgid;
	__s32 ppid;
	__s32 wait_status;
	__s32 exit_status;
	__u8  signal;
	__u8  core;
	__u8  last;
	__u8  flags;
	char  comm[PROCMON_COMM_LEN];
	__u64 seq;
	__u32 dropped;
	__u32 cpu;
};

/**
 * procmon_record_failed - did it end badly?
 * @rec: a record that says who exited and how
 *
 * Return: whether the exit status is not 0 or a signal killed it: what "failed"
 * means wherever procmon says it.
 */
static inline int procmon_record_failed(const struct procmon_record *rec)
{
	return rec->exit_status || rec->signal;
}

/**
 * PROCMON_STREAM_STOP - ioctl(2) on the open stream: no more records
 *
 * What is in the buffers can still be read; then read(2) returns 0. From the
 * return of the ioctl on, the session's counters in <debugfs>/procmon/stats
 * stand still, and every exit of the session is in one of them. To do it twice
 * is no error.
 */
#define PROCMON_STREAM_STOP	_IO(0xB9, 1)

#endif /* PROCMON_RECORD_H */
