// SPDX-License-Identifier: GPL-2.0
/*
 * From an exit to its record, and to the outputs that want it.
 */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seqlock.h>
#include <linux/ktime.h>
#include <linux/uidgid.h>

#include "arch.h"
#include "internal.h"
#include "ring.h"

static_assert(PROCMON_COMM_LEN == TASK_COMM_LEN);
static_assert(PROCMON_TASK_KTHREAD == PF_KTHREAD);
static_assert(sizeof(struct procmon_record) == 128);
static_assert(sizeof(struct procmon_extended) == 256);

/*
 * How often the threads are added up until none was released meanwhile. Each time takes
 * up to 2,900 instructions (PROCMON_THREADS_MAX), with preemption off.
 */
#define TRIES_MAX	3

/*
 * How it ended. @process is a constant, here and in what follows: whether records are of
 * processes. Then it is the status that wait_task_zombie() hands to the parent. Since 6.0
 * synchronize_group_exit() sees to it that SIGNAL_GROUP_EXIT is set, and
 * group_exit_code with it, before the last thread gets as far as group_dead;
 * nothing changes it from then on.
 */
static __always_inline int status_of(const struct task_struct *task, long code, bool process)
{
	if (process && likely(task->signal->flags & SIGNAL_GROUP_EXIT))
		return task->signal->group_exit_code;
	return code;
}

/* Side by side in a record and, but for a randomized layout, in a task. */
struct ids {
	pid_t tid;
	pid_t tgid;
};

static __always_inline void copy_ids(struct procmon_record *rec,
				     const struct task_struct *task)
{
	static_assert(offsetof(struct procmon_record, tgid) -
		      offsetof(struct procmon_record, tid) == offsetof(struct ids, tgid));

	if (offsetof(struct task_struct, tgid) ==
	    offsetof(struct task_struct, pid) + offsetof(struct ids, tgid)) {
		/* one load and one store */
		*(struct ids *)&rec->tid = *(const struct ids *)&task->pid;
	} else {
		rec->tid = task->pid;
		rec->tgid = task->tgid;
	}
}

/*
 * Who exited, and how: what the filters look at. @named is the task whose name it is, with
 * unit=process the leader.
 */
static __always_inline void identify(struct procmon_record *rec, const struct task_struct *named,
				     int status, u32 info)
{
	const struct task_struct *task = current;

	rec->version = PROCMON_RECORD_VERSION;
	rec->size = sizeof(*rec);
	rec->info = info;
	copy_ids(rec, task);
	rec->wait_status = status;
	/*
	 * A kuid is the number in the init user namespace: from_kuid() would only
	 * look it up. Nobody else changes the credentials of current.
	 */
	rec->uid = __kuid_val(current_uid());
	rec->task_flags = task->flags;
	/*
	 * Not under task_lock(), a spinlock_t: it may be changed at this moment. Its last
	 * byte is a NUL all the same: whoever names another task copies no more than 15
	 * bytes and a NUL (comm_write() in fs/proc/base.c, __set_task_comm()).
	 */
	memcpy(rec->comm, named->comm, sizeof(rec->comm));
}

/*
 * A thread goes from the list to the sums of the released ones in __exit_signal(),
 * under stats_lock. Not to be read by read_seqbegin(): on PREEMPT_RT that sleeps in
 * the lock of a writer, and lockdep does not let it run in an int3. The bare count in
 * the seqlock takes no lock; but a writer that was preempted may leave it odd for long.
 *
 * Return: false if a thread was released meanwhile, so that another try is better.
 */
static noinline bool try_threads(struct procmon_record *rec,
				     struct task_struct *task)
{
	const struct signal_struct *sig = task->signal;
	const seqcount_t *count = &sig->stats_lock.seqcount.seqcount;
	unsigned int seq = raw_seqcount_begin(count);
	const struct task_struct *thread;
	unsigned int threads = 0;

	rec->runtime_ns = sig->sum_sched_runtime;
	rec->utime_ns = sig->utime;
	rec->stime_ns = sig->stime;
	rec->min_flt = sig->min_flt;
	rec->maj_flt = sig->maj_flt;
	for_each_thread(task, thread) {
		if (threads++ == PROCMON_THREADS_MAX) {
			rec->info |= PROCMON_INFO_INEXACT;
			break;
		}
		rec->runtime_ns += thread->se.sum_exec_runtime;
		rec->utime_ns += thread->utime;
		rec->stime_ns += thread->stime;
		rec->min_flt += thread->min_flt;
		rec->maj_flt += thread->maj_flt;
	}
	/* too low in any case: another try is of no use */
	return threads > PROCMON_THREADS_MAX || !read_seqcount_retry(count, seq);
}

/* The sums of thread_group_cputime(), and the faults, of more than one thread. */
static void measure_threads(struct procmon_record *rec, struct task_struct *task)
{
	int tries;

	for (tries = 0; tries < TRIES_MAX; tries++) {
		if (try_threads(rec, task))
			return;
	}
	rec->info |= PROCMON_INFO_INEXACT;
}

/*
 * The same of a thread, or of a process that has but one: whoever has left the list added
 * to the sums before.
 */
static __always_inline void measure_thread(struct procmon_record *rec,
					   const struct task_struct *task, bool process)
{
	const struct signal_struct *sig = task->signal;

	if (process)
		smp_rmb();
	rec->runtime_ns = task->se.sum_exec_runtime + (process ? sig->sum_sched_runtime : 0);
	rec->utime_ns = task->utime + (process ? sig->utime : 0);
	rec->stime_ns = task->stime + (process ? sig->stime : 0);
	rec->min_flt = task->min_flt + (process ? sig->min_flt : 0);
	rec->maj_flt = task->maj_flt + (process ? sig->maj_flt : 0);
}

/*
 * The rest of the record, with the start of @named. Preemption is off, and that is an RCU
 * read-side critical section, for the list of threads, the parent and the css_set alike,
 * and for PREEMPT_RT, too.
 */
static __always_inline void relate(struct procmon_record *rec, const struct task_struct *named)
{
	const struct task_struct *task = current;

	rec->start_ns = named->start_boottime;
	rec->ppid = task_tgid_nr(rcu_dereference_sched(task->real_parent));
#ifdef CONFIG_CGROUPS
	rec->cgroup_id = cgroup_id(task_dfl_cgroup(current));
#else
	rec->cgroup_id = 0;
#endif
}

/* The short way: make the record in the stream's buffer, where there is room. */
static __always_inline bool write_record(long code, u32 info, bool process)
{
	struct procmon_ring *ring = this_cpu_ptr(&procmon_rings);
	struct task_struct *task = current;
	unsigned long head = ring->head;
	struct procmon_record *rec;

	/* No loop over threads here, nor a call: then no register needs to be saved. */
	if (process && unlikely(!thread_group_empty(task)))
		return false;
	if (unlikely(head >= READ_ONCE(ring->next)))
		return false;
	rec = &ring->records[head & ring->mask];
	/* Of a process with one thread that is the leader. */
	identify(rec, task, status_of(task, code, process), info);
	measure_thread(rec, task, process);
	relate(rec, task);
	rec->time = procmon_counter();
	procmon_ring_put(ring, head, rec);
	return true;
}

/* The long way, for all outputs, and whatever there is to be done. */
static __always_inline void make_record(long code, u32 info, bool process)
{
	struct procmon_ring *ring = this_cpu_ptr(&procmon_rings);
	struct procmon_record *rec = procmon_ring_reserve(ring);
	struct task_struct *task = current;
	const struct task_struct *named = process ? task->group_leader : task;

	identify(rec, named, status_of(task, code, process), info);
	if (static_branch_unlikely(&procmon_filtering) &&
	    !procmon_filter_passes(rec)) {
		this_cpu_inc(procmon_counters.filtered);
		return;
	}
	if (process && !thread_group_empty(task))
		measure_threads(rec, task);
	else
		measure_thread(rec, task, process);
	relate(rec, named);
	if (static_branch_unlikely(&procmon_extended))
		procmon_extend(rec);
	/* its readers never wait, not even in an NMI */
	rec->time = ring->kernel_clock ? ktime_get_boot_fast_ns() : procmon_counter();
	procmon_ring_commit(ring, rec);

	if (tracepoint_enabled(procmon_exit))
		procmon_trace(rec);
	if (static_branch_unlikely(&procmon_logging))
		procmon_log(rec);
}

static noinline void deliver(long code, u32 info)
{
	if (static_branch_unlikely(&procmon_per_process))
		make_record(code, info, true);
	else
		make_record(code, info, false);
}

/**
 * procmon_deliver - make the record, filter it, hand it to the outputs
 * @code: argument of do_exit()
 * @info: what the site knows of the last thread, and PROCMON_INFO_ALL
 *
 * Called by procmon_exit() while at least one output is on. The record is made
 * in the stream's buffer if that has room, so that nobody copies it.
 *
 * Context: the exiting task; preemption off; any irq state. Does not sleep.
 */
void procmon_deliver(long code, u32 info)
{
	lockdep_assert_preemption_disabled();
	if (static_branch_unlikely(&procmon_long_way)) {
		deliver(code, info);
		return;
	}
	if (static_branch_unlikely(&procmon_per_process)) {
		if (unlikely(!write_record(code, info, true)))
			deliver(code, info);
	} else {
		if (unlikely(!write_record(code, info, false)))
			deliver(code, info);
	}
}
