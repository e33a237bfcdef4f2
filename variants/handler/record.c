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
#include <linux/timekeeping.h>
#include <linux/uidgid.h>

#include "internal.h"
#include "stream.h"

static_assert(PROCMON_COMM_LEN == TASK_COMM_LEN);
static_assert(sizeof(struct procmon_record) == 128);

/*
 * How often the threads are added up until none was released meanwhile. Each time takes
 * up to 2,900 instructions (PROCMON_THREADS_MAX), with preemption off.
 */
#define TRIES_MAX	3

/*
 * The status that wait_task_zombie() hands to the parent. Since 6.0
 * synchronize_group_exit() sees to it that SIGNAL_GROUP_EXIT is set, and
 * group_exit_code with it, before the last thread gets as far as group_dead;
 * nothing changes it from then on.
 */
static int process_status(const struct signal_struct *sig, long code)
{
	if (likely(sig->flags & SIGNAL_GROUP_EXIT))
		return sig->group_exit_code;
	return code;
}

/* Who exited, and how: what the filters look at. */
static void identify(struct procmon_record *rec, long code,
		     enum procmon_last last)
{
	struct task_struct *task = current;
	const struct task_struct *named = task;
	int status = code;

	if (static_branch_unlikely(&procmon_per_process)) {
		named = task->group_leader;
		status = process_status(task->signal, code);
	}

	rec->version = PROCMON_RECORD_VERSION;
	rec->size = sizeof(*rec);
	/*
	 * A kuid is the number in the init user namespace: from_kuid() would only
	 * look it up. Nobody else changes the credentials of current.
	 */
	rec->uid = __kuid_val(current_uid());
	rec->tid = task->pid;
	rec->tgid = task->tgid;
	rec->wait_status = status;
	rec->last = last;
	/* not under task_lock(), a spinlock_t: it may be changed at this moment */
	memcpy(rec->comm, named->comm, sizeof(rec->comm));
	rec->comm[sizeof(rec->comm) - 1] = '\0';

	if (unlikely(task->flags & PF_KTHREAD)) {
		/* nobody waits for it: a plain number, not a wait status */
		rec->flags = PROCMON_KTHREAD;
		rec->exit_status = status;
		rec->signal = 0;
		rec->core = 0;
	} else {
		rec->flags = 0;
		rec->exit_status = (status >> 8) & 0xff;
		rec->signal = status & 0x7f;
		rec->core = !!(status & 0x80);
	}
}

/* What threads have used. */
struct usage {
	u64 runtime_ns;
	u64 utime_ns;
	u64 stime_ns;
	u64 min_flt;
	u64 maj_flt;
};

static __always_inline void add_thread(struct usage *sum,
				       const struct task_struct *thread)
{
	sum->runtime_ns += thread->se.sum_exec_runtime;
	sum->utime_ns += thread->utime;
	sum->stime_ns += thread->stime;
	sum->min_flt += thread->min_flt;
	sum->maj_flt += thread->maj_flt;
}

/* What the threads had used that are off the list. */
static __always_inline void add_released(struct usage *sum,
					 const struct signal_struct *sig)
{
	sum->runtime_ns += sig->sum_sched_runtime;
	sum->utime_ns += sig->utime;
	sum->stime_ns += sig->stime;
	sum->min_flt += sig->min_flt;
	sum->maj_flt += sig->maj_flt;
}

static __always_inline void put_usage(struct procmon_record *rec,
				      const struct usage *sum)
{
	rec->runtime_ns = sum->runtime_ns;
	rec->utime_ns = sum->utime_ns;
	rec->stime_ns = sum->stime_ns;
	rec->min_flt = sum->min_flt;
	rec->maj_flt = sum->maj_flt;
}

static void measure_task(struct procmon_record *rec,
			 const struct task_struct *task)
{
	struct usage sum = {};

	add_thread(&sum, task);
	put_usage(rec, &sum);
}

/*
 * A thread goes from the list to the sums of the released ones in __exit_signal(),
 * under stats_lock. Not to be read by read_seqbegin(): on PREEMPT_RT that sleeps in
 * the lock of a writer, and lockdep does not let it run in an int3. The bare count in
 * the seqlock takes no lock; but a writer that was preempted may leave it odd for long.
 *
 * Return: false if a thread was released meanwhile, so that another try is better.
 */
static noinline bool measure_threads(struct procmon_record *rec,
				     struct task_struct *task)
{
	const struct signal_struct *sig = task->signal;
	const seqcount_t *count = &sig->stats_lock.seqcount.seqcount;
	unsigned int seq = raw_seqcount_begin(count);
	const struct task_struct *thread;
	unsigned int threads = 0;
	struct usage sum = {};

	add_released(&sum, sig);
	for_each_thread(task, thread) {
		if (threads++ == PROCMON_THREADS_MAX) {
			rec->flags |= PROCMON_INEXACT;
			break;
		}
		add_thread(&sum, thread);
	}
	put_usage(rec, &sum);
	/* too low in any case: another try is of no use */
	return threads > PROCMON_THREADS_MAX || !read_seqcount_retry(count, seq);
}

/* The sums of thread_group_cputime(), and the faults. */
static void measure_process(struct procmon_record *rec,
			    struct task_struct *task)
{
	struct usage sum = {};
	int tries;

	if (likely(thread_group_empty(task))) {
		/* Whoever has left the list added to the sums before. */
		smp_rmb();
		add_released(&sum, task->signal);
		add_thread(&sum, task);
		put_usage(rec, &sum);
		return;
	}
	for (tries = 0; tries < TRIES_MAX; tries++) {
		if (measure_threads(rec, task))
			return;
	}
	rec->flags |= PROCMON_INEXACT;
}

/* The rest of the record: when, how long, how much. */
static void measure(struct procmon_record *rec)
{
	struct task_struct *task = current;
	const struct task_struct *started = task;

	/*
	 * Preemption is off, and that is an RCU read-side critical section, for the
	 * list of threads, the parent and the css_set alike, and for PREEMPT_RT, too.
	 */
	if (static_branch_unlikely(&procmon_per_process)) {
		started = task->group_leader;
		measure_process(rec, task);
	} else {
		measure_task(rec, task);
	}
	rec->ppid = task_tgid_nr(rcu_dereference_sched(task->real_parent));
#ifdef CONFIG_CGROUPS
	rec->cgroup_id = cgroup_id(task_dfl_cgroup(task));
#else
	rec->cgroup_id = 0;
#endif

	/* the clock of start_time; its readers never wait, not even in an NMI */
	rec->time_ns = ktime_get_mono_fast_ns();
	rec->age_ns = rec->time_ns - started->start_time;
}

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

	lockdep_assert_preemption_disabled();
	identify(rec, code, last);
	if (static_branch_unlikely(&procmon_filtering) &&
	    !procmon_filter_passes(rec)) {
		this_cpu_inc(procmon_counters.filtered);
		return;
	}
	measure(rec);
	procmon_stream_commit(ring, rec);

	if (tracepoint_enabled(procmon_exit))
		procmon_trace(rec);
	if (static_branch_unlikely(&procmon_logging))
		procmon_log(rec);
}
