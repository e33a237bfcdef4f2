// SPDX-License-Identifier: GPL-2.0
/*
 * What BPF can do for exits if one takes the trouble: the record of procmon, at four
 * sites of the exit path, as a count, in the kernel's ring buffer, or in rings of our
 * own. A site and an output make a program; there is no choice left in its path.
 *
 * What makes it cheap, in the order of what it brings:
 *
 * - What hangs on a trusted pointer is a plain load. Such are the argument of a BTF
 *   tracepoint, the current task, and what the verifier knows to be kept by RCU: the
 *   parent, the leader, the cgroup. For a load by any other pointer, here the
 *   credentials and signal_struct, the JIT writes eight instructions, which look at the
 *   address first; so there are as few as can be.
 * - A ring in memory that the reader has mapped takes no call and no lock: no two
 *   programs run at once on one CPU, for the kernel refuses the second (and counts
 *   it, in recursion_misses).
 * - At the tracepoint the clock is the only call, and comes first: nothing but the task
 *   has to outlive it. bpf_ktime_get_ns() would be five instructions less, but its clock
 *   stands still while the machine is suspended.
 * - The number of the CPU is in the task. What is rare is in functions of its own, so that
 *   the others need not save and spill for it.
 * - The time of a record says whether its slot is free, and publishes it.
 * - What is the same in all records, or follows from their order, the reader fills in.
 */
#include <asm-generic/errno-base.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "peers/bpf/exit.h"
#include "peers/bpf/kernel.h"

#define unlikely(x)	__builtin_expect(!!(x), 0)
/* x86 keeps stores in their order, if the compiler does. */
#define store_barrier()	asm volatile("" : : : "memory")

char terms[] SEC("license") = "GPL";

void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, BPF_EVENTS);
	__type(key, __u32);
	__type(value, __u64);
} events_dropped SEC(".maps");

/* A process of several threads that was reported. */
struct claim {
	__u64 start;
	__u64 tgid;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct claim);
	__type(value, char);
} claims SEC(".maps");

struct bpf_ring rings[BPF_CPUS];
struct bpf_count counts[BPF_CPUS] SEC(".data.counts");

/* How often threads are added up until none was released meanwhile. */
#define TRIES_MAX	3

/* What a program stands for, and with that where the exit code is. */
enum what {
	TASK,			/* in the task */
	TASK_OR_LAST,		/* so, too; the second argument is group_dead */
	TASK_AT_ENTRY,		/* first argument of do_exit() */
	PROCESS,		/* of the group */
	PROCESS_ONCE,		/* so, too; other threads may come, which are to be kept out */
};

static __always_inline __u32 cpu_of(const struct task_struct *task)
{
	return task->thread_info.cpu & (BPF_CPUS - 1);
}

static __always_inline void add_thread(struct procmon_record *sum,
				       const struct task_struct *thread)
{
	sum->runtime_ns += thread->se.sum_exec_runtime;
	sum->utime_ns += thread->utime;
	sum->stime_ns += thread->stime;
	sum->min_flt += thread->min_flt;
	sum->maj_flt += thread->maj_flt;
}

/* What the threads had used that are off the list. */
static __always_inline void start_sum(struct procmon_record *sum,
				      const struct signal_struct *sig)
{
	sum->runtime_ns = sig->sum_sched_runtime;
	sum->utime_ns = sig->utime;
	sum->stime_ns = sig->stime;
	sum->min_flt = sig->min_flt;
	sum->maj_flt = sig->maj_flt;
}

static __always_inline __u32 sequence_of(const struct signal_struct *sig)
{
	return *(volatile const __u32 *)&sig->stats_lock.seqcount.seqcount.sequence;
}

/* As measure_threads() in variants/handler/record.c; @all says whether it saw all. */
static __always_inline bool sum_threads(struct procmon_record *rec,
					const struct signal_struct *sig, bool *all)
{
	const struct list_head *head = (const void *)sig +
				       bpf_core_field_offset(sig->thread_head);
	__u32 before = sequence_of(sig) & ~1u;
	const struct list_head *node;
	int i;

	store_barrier();
	start_sum(rec, sig);
	node = sig->thread_head.next;
#pragma clang loop unroll(disable)
	for (i = 0; i < PROCMON_THREADS_MAX && node != head; i++) {
		const struct task_struct *thread =
			bpf_rdonly_cast((const void *)node -
						bpf_core_field_offset(struct task_struct, thread_node),
					bpf_core_type_id_kernel(struct task_struct));

		add_thread(rec, thread);
		node = thread->thread_node.next;
	}
	store_barrier();
	*all = node == head;
	/* too low in any case: another try is of no use */
	return !*all || sequence_of(sig) == before;
}

/* Of a process that has other threads, or had. */
static __noinline int sum_process(struct procmon_record *rec, const struct task_struct *task)
{
	const struct signal_struct *sig = task->signal;
	bool all;
	int i;

	if (task->thread_node.next == task->thread_node.prev) {
		/* The others are gone, and nobody is left who could add to this. */
		start_sum(rec, sig);
		add_thread(rec, task);
		return 0;
	}
#pragma clang loop unroll(disable)
	for (i = 0; i < TRIES_MAX; i++) {
		if (sum_threads(rec, sig, &all)) {
			if (!all)
				break;
			return 0;
		}
	}
	rec->info = PROCMON_INFO_INEXACT;
	return 0;
}

/*
 * Is nobody else in the process, and was nobody? Who ever ran has used CPU time: if there
 * is none of the released, there are none.
 */
static __always_inline bool is_alone(const struct task_struct *task)
{
	return task->thread_node.next == task->thread_node.prev &&
	       !task->signal->sum_sched_runtime;
}

/*
 * Is the process over? Before 6.16 the tracepoint does not have group_dead, but behind
 * the last thread's decrement this is true. It is true for another one, too, that
 * decremented before and comes to the tracepoint only now: see claim().
 */
static __always_inline bool is_over(const struct task_struct *task)
{
	return !task->signal->live.counter;
}

/*
 * To be the one to report a process of several threads. Whoever that is, its status is
 * final; and nobody is forgotten as long as not thousands more end at this moment.
 */
static __noinline bool claim(const struct task_struct *task)
{
	struct claim key = {
		.start = task->group_leader->start_boottime,
		.tgid = task->tgid,
	};
	char value = 0;

	return bpf_map_update_elem(&claims, &key, &value, BPF_NOEXIST) != -EEXIST;
}

/*
 * All of the record but its time, and what the reader fills in. @many: the threads are to
 * be added up.
 */
static __always_inline void fill(struct procmon_record *rec, const struct task_struct *task,
				 enum what what, const __u64 *ctx, bool many)
{
	const struct task_struct *named = what >= PROCESS ? task->group_leader : task;

	if (what == TASK_OR_LAST)
		rec->info = ctx[1];
	rec->tid = task->pid;
	rec->tgid = task->tgid;
	rec->ppid = task->real_parent->tgid;
	/*
	 * Of a process, what wait(2) says: since 6.0 synchronize_group_exit() sees to it
	 * that it is there before the last thread is known to be that.
	 */
	rec->wait_status = what >= PROCESS ? task->signal->group_exit_code :
			   what == TASK_AT_ENTRY ? (int)ctx[0] : task->exit_code;
	rec->uid = task->cred->uid.val;
	rec->task_flags = task->flags;
	/* two loads, not sixteen */
	*(__u64 *)&rec->comm[0] = *(const __u64 *)&named->comm[0];
	*(__u64 *)&rec->comm[8] = *(const __u64 *)&named->comm[8];
	rec->start_ns = named->start_boottime;
	rec->cgroup_id = task->cgroups->dfl_cgrp->kn->id;
	if (many) {
		sum_process(rec, task);
		return;
	}
	rec->runtime_ns = task->se.sum_exec_runtime;
	rec->utime_ns = task->utime;
	rec->stime_ns = task->stime;
	rec->min_flt = task->min_flt;
	rec->maj_flt = task->maj_flt;
}

static __always_inline void publish(struct procmon_record *rec, __u64 now)
{
	store_barrier();
	rec->time = now;
	store_barrier();
}

static __always_inline __u64 to_count(const struct task_struct *task, enum what what)
{
	__u32 cpu = task ? cpu_of(task) : bpf_get_smp_processor_id() & (BPF_CPUS - 1);

	if (what == PROCESS_ONCE && unlikely(!is_alone(task)) && !claim(task))
		return 0;
	return ++counts[cpu].hits;
}

static __noinline int drop(struct bpf_ring *ring)
{
	__u64 next = ring->head / sizeof(struct procmon_record);

	ring->dropped_before[next % (2 * BPF_SLOTS)] = ++ring->dropped;
	return 0;
}

/*
 * The slot of a ring that is next, without its place in struct bpf_ring: so that this
 * becomes part of each access. The compiler would copy @ring to add to it.
 */
static __always_inline void *next_slot(const struct bpf_ring *ring, __u64 head)
{
	__u64 slot = head % sizeof(ring->slots);

	asm volatile("%0 += %1" : "+r"(slot) : "r"(ring));
	return (void *)slot;
}

static __always_inline __u64 put_in_ring(const struct task_struct *task, enum what what,
					 const __u64 *ctx, bool many)
{
	__u64 now = bpf_ktime_get_boot_ns();
	struct bpf_ring *ring = &rings[cpu_of(task)];
	__u64 head = ring->head;
	struct procmon_record *rec = ((struct bpf_ring *)next_slot(ring, head))->slots;

	if (unlikely(rec->time))
		return drop(ring);
	store_barrier();
	ring->head = head + sizeof(*rec);
	fill(rec, task, what, ctx, many);
	publish(rec, now);
	return now;
}

static __noinline int many_in_ring(const struct task_struct *task)
{
	put_in_ring(task, PROCESS, NULL, true);
	return 0;
}

static __always_inline __u64 to_ring(const struct task_struct *task, enum what what,
				     const __u64 *ctx)
{
	if (what >= PROCESS && unlikely(!is_alone(task))) {
		if (what == PROCESS_ONCE && !claim(task))
			return 0;
		return many_in_ring(task);
	}
	return put_in_ring(task, what, ctx, false);
}

static __noinline int ringbuf_full(void)
{
	__u64 dropped = __sync_fetch_and_add(&counts[0].dropped, 1) + 1;
	__u64 next = bpf_ringbuf_query(&events, BPF_RB_PROD_POS) / BPF_EVENT_SIZE;
	__u32 key = next % BPF_EVENTS;
	__u64 *before = bpf_map_lookup_elem(&events_dropped, &key);

	if (before)
		*before = dropped;
	return 0;
}

static __always_inline __u64 put_in_ringbuf(const struct task_struct *task, enum what what,
					    const __u64 *ctx, bool many, __u64 flags)
{
	__u64 now = bpf_ktime_get_boot_ns();
	struct procmon_record *rec = bpf_ringbuf_reserve(&events, sizeof(*rec), 0);

	if (unlikely(!rec))
		return ringbuf_full();
	rec->time = now;
	rec->info = 0;
	fill(rec, task, what, ctx, many);
	bpf_ringbuf_submit(rec, flags);
	return 0;
}

static __noinline int many_in_ringbuf(const struct task_struct *task, __u64 flags)
{
	put_in_ringbuf(task, PROCESS, NULL, true, flags);
	return 0;
}

static __always_inline __u64 to_ringbuf(const struct task_struct *task, enum what what,
					const __u64 *ctx, __u64 flags)
{
	if (what >= PROCESS && unlikely(!is_alone(task))) {
		if (what == PROCESS_ONCE && !claim(task))
			return 0;
		return many_in_ringbuf(task, flags);
	}
	return put_in_ringbuf(task, what, ctx, false, flags);
}

/*
 * The programs of a site, at @section: @name_count, @name_ring, ... Each runs the
 * statement @first, which may return, and ends by @finish with what its output gave.
 * @count_by is the task, or none, for the count.
 */
#define PROGRAMS(name, section, what, first, count_by, task, finish)			\
SEC(section) long name##_count(__u64 *ctx)						\
{											\
	first;										\
	finish(to_count(count_by, what));						\
}											\
PROGRAM(name##_ring, section, what, first, task, finish, to_ring)			\
PROGRAM(name##_ringbuf, section, what, first, task, finish, to_ringbuf, 0)		\
PROGRAM(name##_ringbuf_quiet, section, what, first, task, finish, to_ringbuf,		\
	BPF_RB_NO_WAKEUP)

#define PROGRAM(name, section, what, first, task, finish, output, ...)			\
SEC(section) long name(__u64 *ctx)							\
{											\
	first;										\
	finish(output(task, what, ctx, ##__VA_ARGS__));					\
}

#define ARGUMENT	((const struct task_struct *)ctx[0])
#define CURRENT		((const struct task_struct *)bpf_get_current_task_btf())
#define NO_TASK		((const struct task_struct *)NULL)
#define UNLESS(is)	if (!(is)) return 0
/* Nobody looks at what a program at a tracepoint returns: what is in the register will do. */
#define END(x)		return x
#define END_0(x)	(void)(x); return 0

PROGRAMS(tracepoint, "tp_btf/sched_process_exit", TASK, , ARGUMENT, ARGUMENT, END)
PROGRAMS(tracepoint_process, "tp_btf/sched_process_exit", PROCESS_ONCE,
	 UNLESS(is_over(ARGUMENT)), ARGUMENT, ARGUMENT, END_0)
/* Since 6.16 the tracepoint has group_dead, too. */
PROGRAMS(tracepoint_last, "tp_btf/sched_process_exit", TASK_OR_LAST, , ARGUMENT, ARGUMENT, END)
PROGRAMS(tracepoint_last_process, "tp_btf/sched_process_exit", PROCESS, UNLESS(ctx[1]),
	 ARGUMENT, ARGUMENT, END_0)
/* The number of the CPU is cheaper than the task. */
PROGRAMS(acct_collect, "fentry/acct_collect", PROCESS, UNLESS((int)ctx[1]), NO_TASK,
	 CURRENT, END_0)
PROGRAMS(acct_process, "fentry/acct_process", PROCESS, , NO_TASK, CURRENT, END_0)
PROGRAMS(do_exit, "fentry/do_exit", TASK_AT_ENTRY, , NO_TASK, CURRENT, END_0)
