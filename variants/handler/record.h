/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The exit record, and the other things that a read(2) of /dev/procmon gives.
 *
 * Shared between the kernel modules and user space: fixed-width members, no
 * padding, the same layout for every output and every mechanism. The records hold
 * raw facts, each stored as the kernel has it; what follows from them is worked out
 * by the inline functions below, for whoever reads.
 */
#ifndef PROCMON_RECORD_H
#define PROCMON_RECORD_H

#include <linux/ioctl.h>
#include <linux/types.h>
#ifndef __KERNEL__
#include <stddef.h>
#endif

/** PROCMON_RECORD_VERSION - changes whenever a member changes its meaning */
#define PROCMON_RECORD_VERSION	5

/** PROCMON_COMM_LEN - bytes of a task's name, its NUL included (TASK_COMM_LEN) */
#define PROCMON_COMM_LEN	16

/** PROCMON_DEVICE - where the records are read */
#define PROCMON_DEVICE		"/dev/procmon"

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
 * enum procmon_info - the bits of the member info
 * @PROCMON_INFO_LAST: mask of the enum procmon_last of an exit record
 * @PROCMON_INFO_INEXACT: CPU time and faults are not quite the sums of the process,
 *	for one of two reasons. Threads were released while they were added up: what
 *	such a thread used may be missing or be there twice. Or more than
 *	PROCMON_THREADS_MAX were waiting to be released (a tracer that does not wait):
 *	the sums are those of the released ones and of the oldest PROCMON_THREADS_MAX,
 *	and so too low. Never with unit=task, nor for a process of one thread
 * @PROCMON_INFO_CLOCK: not an exit, but a struct procmon_clock
 * @PROCMON_INFO_NS: of a clock record: the counter is CLOCK_BOOTTIME in ns, because
 *	the kernel does not keep its time by the CPU's, or the machine went to sleep
 * @PROCMON_INFO_KTHREAD_HIDDEN: in every exit record of a kernel that hides what its
 *	kernel threads return; see procmon_record_known()
 */
enum procmon_info {
	PROCMON_INFO_LAST	= 3 << 0,
	PROCMON_INFO_INEXACT	= 1 << 2,
	PROCMON_INFO_CLOCK	= 1 << 3,
	PROCMON_INFO_NS		= 1 << 4,
	PROCMON_INFO_KTHREAD_HIDDEN = 1 << 5,
};

/**
 * PROCMON_THREADS_MAX - threads of a process that are added up, at most
 *
 * They are added up with preemption off. 256 take less than a line in the kernel log.
 */
#define PROCMON_THREADS_MAX	256

/**
 * PROCMON_TASK_KTHREAD - the bit of task_flags that a kernel thread has (PF_KTHREAD)
 */
#define PROCMON_TASK_KTHREAD	0x00200000

/**
 * struct procmon_record - one exit
 * @version: PROCMON_RECORD_VERSION of the module that wrote it
 * @size: sizeof(struct procmon_record) of the module that wrote it, in bytes
 * @info: enum procmon_info
 * @tid: task id of the exiting thread, init pid namespace
 * @tgid: its process id, init pid namespace
 * @ppid: process id of the real parent (a tracer does not count)
 * @wait_status: with unit=process exactly what wait(2) stores for the parent; with
 *	unit=task the thread's own argument to do_exit(); see procmon_record_signal()
 *	and its like
 * @uid: real user id, in the init user namespace
 * @task_flags: the kernel's PF_ bits of the exiting thread, as in /proc/PID/stat
 * @comm: task name (unit=process: the leader's), NUL-terminated; any bytes at
 *	all, so escape it before you print it
 * @time: when it was recorded, by the counter that clock records convert; see
 *	procmon_clock_time()
 * @start_ns: when the task (unit=process: the leader) was started, CLOCK_BOOTTIME,
 *	ns; an exec from a thread hands the leader's on, as in /proc
 * @runtime_ns: CPU time by the scheduler's own clock (sum_exec_runtime), ns,
 *	up to the last tick or context switch
 * @utime_ns: user CPU time, ns, in steps of a tick as the kernel accounts it
 * @stime_ns: system CPU time, likewise
 * @min_flt: page faults served without I/O
 * @maj_flt: page faults that had to wait for I/O
 * @cgroup_id: inode number of the task's cgroup v2 directory
 * @number: stream only: how many records of this CPU come before it, since the
 *	stream was opened
 * @dropped: stream only: how many exits of this CPU were dropped before it since
 *	then, modulo 2^32
 * @cpu: stream only: the CPU that @number and @dropped count on
 * @clock: stream only: which clock records convert @time: those of the same number
 *
 * With unit=process, CPU time and faults are those of the whole process; see
 * PROCMON_INFO_INEXACT.
 */
struct procmon_record {
	__u16 version;
	__u16 size;
	__u32 info;
	__s32 tid;
	__s32 tgid;
	__s32 ppid;
	__s32 wait_status;
	__u32 uid;
	__u32 task_flags;
	char  comm[PROCMON_COMM_LEN];
	__u64 time;
	__u64 start_ns;
	__u64 runtime_ns;
	__u64 utime_ns;
	__u64 stime_ns;
	__u64 min_flt;
	__u64 maj_flt;
	__u64 cgroup_id;
	__u64 number;
	__u32 dropped;
	__u16 cpu;
	__u16 clock;
};

/** PROCMON_PROGRAM_LEN - bytes of a program's name, its NUL included */
#define PROCMON_PROGRAM_LEN	112

/**
 * enum procmon_origin - the bits of the member origin
 * @PROCMON_ORIGIN_OOM: the kernel's out-of-memory killer chose the process, at the latest
 *	while it exited (signal->oom_mm, see mark_oom_victim() in mm/oom_kill.c)
 */
enum procmon_origin {
	PROCMON_ORIGIN_OOM	= 1 << 0,
};

/**
 * struct procmon_extended - one exit, with record=extended
 * @rec: what every record has; its size is that of all of this
 * @ns_pid: process id in the pid namespace that the process lives in, as its own
 *	getpid(2) says
 * @pid_ns: inode number of that namespace, as in /proc/PID/ns/pid
 * @session: session id, init pid namespace, as in /proc/PID/stat; 0 of kernel threads
 * @origin: enum procmon_origin
 * @program: last part of the path of the executable file (/proc/PID/exe), cut to fit,
 *	NUL-terminated; any bytes, as comm. Empty for a kernel thread, and where the site
 *	is behind exit_mm(), so that the kernel does not know any more: the tracepoint
 *	before Linux 6.16
 */
struct procmon_extended {
	struct procmon_record rec;
	__s32 ns_pid;
	__u32 pid_ns;
	__s32 session;
	__u32 origin;
	char  program[PROCMON_PROGRAM_LEN];
};

/**
 * struct procmon_clock - what time it was at a reading of the counter
 * @version: as in struct procmon_record
 * @size: as there, and the same: behind this is nothing but 0
 * @info: enum procmon_info, with PROCMON_INFO_CLOCK
 * @counter: the counter of struct procmon_record's @time
 * @boot_ns: CLOCK_BOOTTIME at that moment, ns
 * @real_ns: CLOCK_REALTIME at that moment, ns
 * @clock: the number of this clock. Another one begins, with a record of its own,
 *	when the machine goes to sleep, when it is awake again, and when the kernel
 *	begins or ceases to trust the CPU's counter
 * @reserved: 0
 *
 * The stream begins with one. Every read(2) that gives exits ends with one. When another
 * clock begins, the next read(2) gives, before any exit, a record that closes the old
 * clock and one that opens the new one; exits of the old one may still follow. So behind
 * each read(2) every exit lies between two records of its clock, by the counter.
 */
struct procmon_clock {
	__u16 version;
	__u16 size;
	__u32 info;
	__u64 counter;
	__u64 boot_ns;
	__s64 real_ns;
	__u16 clock;
	__u16 reserved[47];
};

/**
 * procmon_record_last - was it the last thread of its process?
 * @rec: an exit record
 *
 * Return: enum procmon_last.
 */
static inline enum procmon_last procmon_record_last(const struct procmon_record *rec)
{
	return (enum procmon_last)(rec->info & PROCMON_INFO_LAST);
}

/**
 * procmon_record_kthread - was it a kernel thread?
 * @rec: an exit record
 *
 * Nobody waits for one: its wait_status is a plain number, which may be -errno, if it is
 * known.
 *
 * Return: whether it was.
 */
static inline int procmon_record_kthread(const struct procmon_record *rec)
{
	return !!(rec->task_flags & PROCMON_TASK_KTHREAD);
}

/**
 * procmon_record_known - is it known how it ended?
 * @rec: an exit record
 *
 * Up to 6.x kthread_exit() keeps what a kernel thread returned for kthread_stop() and calls
 * do_exit(0) (kernel/kthread.c); later kernels give it to do_exit(). What is not 0 is known
 * in any case: that thread died of an oops.
 *
 * Return: 0 for a kernel thread that may have returned anything, else 1.
 */
static inline int procmon_record_known(const struct procmon_record *rec)
{
	return !(rec->info & PROCMON_INFO_KTHREAD_HIDDEN) || !procmon_record_kthread(rec) ||
	       rec->wait_status;
}

/**
 * procmon_record_exit_status - what was passed to exit()
 * @rec: an exit record
 *
 * Return: 0 to 255; 0 for a task that died of a signal; for a kernel thread the raw
 * value, which may be -errno, and 0 if it is not known.
 */
static inline int procmon_record_exit_status(const struct procmon_record *rec)
{
	if (procmon_record_kthread(rec))
		return rec->wait_status;
	return (rec->wait_status >> 8) & 0xff;
}

/**
 * procmon_record_signal - the signal that killed it
 * @rec: an exit record
 *
 * Return: its number, or 0.
 */
static inline int procmon_record_signal(const struct procmon_record *rec)
{
	return procmon_record_kthread(rec) ? 0 : rec->wait_status & 0x7f;
}

/**
 * procmon_record_core - did it dump core?
 * @rec: an exit record
 *
 * Return: whether its wait status has the bit that says so.
 */
static inline int procmon_record_core(const struct procmon_record *rec)
{
	return !procmon_record_kthread(rec) && (rec->wait_status & 0x80);
}

/**
 * procmon_record_failed - did it end badly?
 * @rec: an exit record
 *
 * Return: whether the exit status is not 0 or a signal killed it: what "failed"
 * means wherever procmon says it. A kernel thread of which it is not known did not.
 */
static inline int procmon_record_failed(const struct procmon_record *rec)
{
	return procmon_record_exit_status(rec) || procmon_record_signal(rec);
}

/**
 * procmon_record_extended - what a record has with record=extended
 * @rec: an exit record
 *
 * Return: the whole of it, or NULL if it is a basic one.
 */
static inline const struct procmon_extended *
procmon_record_extended(const struct procmon_record *rec)
{
	return rec->size < sizeof(struct procmon_extended) ? NULL :
	       (const struct procmon_extended *)rec;
}

#ifndef __KERNEL__
/**
 * procmon_clock_time - when an exit was, by CLOCK_BOOTTIME
 * @before: a clock record of the exit's clock whose counter is not more than @time
 * @after: one of that clock whose counter is not less
 * @time: the record's @time
 *
 * Return: ns, right to the microsecond.
 */
static inline __u64 procmon_clock_time(const struct procmon_clock *before,
				       const struct procmon_clock *after, __u64 time)
{
	__u64 ticks = after->counter - before->counter;
	__s64 passed = (__s64)(after->boot_ns - before->boot_ns);

	if ((after->info & PROCMON_INFO_NS) || !ticks)
		return after->boot_ns - (after->counter - time);
	/* counters that are this far apart are exact in 53 bits */
	return after->boot_ns -
	       (__u64)((double)(__s64)(after->counter - time) * (double)passed /
		       (double)ticks);
}

/**
 * procmon_record_time - when an exit was, by all that is known of its clock
 * @rec: an exit record
 * @pairs: clock records in any order, those of the read(2) that gave @rec and of the
 *	last one before it among them
 * @n: how many
 * @real_ns: gets the same by CLOCK_REALTIME, as that was set then, ns
 *
 * Return: ns by CLOCK_BOOTTIME. If its clock has a record on one side only, it is the
 * time of that record; and 0 if its clock has none.
 */
static inline __u64 procmon_record_time(const struct procmon_record *rec,
					const struct procmon_clock *pairs, unsigned int n,
					__s64 *real_ns)
{
	const struct procmon_clock *before = NULL, *after = NULL, *nearer;
	unsigned int i;
	__u64 boot_ns;

	for (i = 0; i < n; i++) {
		const struct procmon_clock *p = &pairs[i];

		if (p->clock != rec->clock)
			continue;
		if (p->counter <= rec->time && (!before || p->counter > before->counter))
			before = p;
		if (p->counter >= rec->time && (!after || p->counter < after->counter))
			after = p;
	}
	*real_ns = 0;
	if (!before && !after)
		return 0;
	nearer = before;
	if (!before || (after && after->counter - rec->time < rec->time - before->counter))
		nearer = after;
	boot_ns = nearer->boot_ns;
	if (before && after)
		boot_ns = procmon_clock_time(before, after, rec->time);
	*real_ns = nearer->real_ns + (__s64)(boot_ns - nearer->boot_ns);
	return boot_ns;
}
#endif

/**
 * PROCMON_STREAM_STOP - ioctl(2) on the open device: no more records
 *
 * What is in the buffers can still be read; then read(2) returns 0. From the
 * return of the ioctl on, the session's counters in <debugfs>/procmon/stats
 * stand still, and every exit of the session is in one of them. To do it twice
 * is no error.
 */
#define PROCMON_STREAM_STOP	_IO(0xB9, 1)

#endif /* PROCMON_RECORD_H */
