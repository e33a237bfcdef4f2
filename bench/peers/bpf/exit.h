/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What exit.bpf.c and bpf.c share: the rings and the counters. They are variables of
 * the BPF program, mapped to the reader's memory.
 */
#ifndef BENCH_BPF_EXIT_H
#define BENCH_BPF_EXIT_H

#include <linux/types.h>

#include "variants/handler/record.h"

/**
 * define BPF_CPUS - CPUs that there may be; a power of two
 *
 * The verifier wants a bound; that of a variable, known only when it is loaded, would
 * be an instruction more for each exit.
 */
#define BPF_CPUS	16

/** define BPF_SLOTS - records that a ring holds, as many as procmon's by default */
#define BPF_SLOTS	8192

/** define BPF_EVENT_SIZE - bytes of a record in the kernel's ring buffer, with its header */
#define BPF_EVENT_SIZE	(8 + sizeof(struct procmon_record))

/** define BPF_EVENTS - more records than the kernel's ring buffer ever holds */
#define BPF_EVENTS	(2 * BPF_CPUS * BPF_SLOTS)

/**
 * struct bpf_ring - the ring of one CPU
 * @head: bytes of records that were written so far, for the program alone
 * @dropped: exits for which there was no room
 * @slots: the records. One has its time last, and the reader takes that back to 0. The
 *	reader fills in what is the same in all, or follows from their order
 * @dropped_before: of the records, round and round, @dropped before each was written,
 *	if anything was dropped just before it; else it is of an earlier round. While
 *	the ring is full this is of a record whose slot has another one still: so there
 *	are twice as many as slots
 */
struct bpf_ring {
	__u64 head;
	__u64 dropped;
	__u64 pad[6];
	struct procmon_record slots[BPF_SLOTS];
	__u64 dropped_before[2 * BPF_SLOTS];
};

/**
 * struct bpf_count - the counters of one CPU, in a cache line of their own
 * @hits: exits that the program counted
 * @dropped: of the first CPU: those of all that found the kernel's ring buffer full
 */
struct bpf_count {
	__u64 hits;
	__u64 dropped;
	__u64 pad[6];
};

#endif
