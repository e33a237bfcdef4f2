/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What exit.bpf.c reads of the kernel: its structures, with no more members than
 * that. Where they lie libbpf finds in the BTF of the running kernel (CO-RE).
 */
#ifndef BENCH_BPF_KERNEL_H
#define BENCH_BPF_KERNEL_H

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

typedef struct {
	__u32 val;
} kuid_t;

struct cred {
	kuid_t uid;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

typedef struct {
	__u32 sequence;
} seqcount_t;

typedef struct {
	seqcount_t seqcount;
} seqcount_spinlock_t;

typedef struct {
	seqcount_spinlock_t seqcount;
} seqlock_t;

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;
	struct list_head thread_head;
	int group_exit_code;
	seqlock_t stats_lock;
	__u64 utime;
	__u64 stime;
	unsigned long min_flt;
	unsigned long maj_flt;
	unsigned long long sum_sched_runtime;
};

struct sched_entity {
	__u64 sum_exec_runtime;
};

struct thread_info {
	__u32 cpu;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	struct sched_entity se;
	int exit_code;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct list_head thread_node;
	__u64 utime;
	__u64 stime;
	__u64 start_boottime;
	unsigned long min_flt;
	unsigned long maj_flt;
	const struct cred *cred;
	char comm[16];
	struct signal_struct *signal;
	struct css_set *cgroups;
};

#pragma clang attribute pop

#endif
