/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Output `stream`: the writer's side of the per-CPU ring buffers.
 *
 * Inline, because what is written here is paid by every exit.
 */
#ifndef PROCMON_STREAM_H
#define PROCMON_STREAM_H

#include <linux/irq_work.h>
#include <linux/percpu.h>
#include <linux/workqueue.h>

#include "handler.h"

struct dentry;
struct seq_file;

/**
 * struct procmon_ring - the ring buffer of one CPU
 * @records: the buffer, @mask + 1 records; NULL while the stream takes none
 * @mask: number of records less one; the number is a power of two
 * @head: records written since the stream was opened
 * @dropped: records for which there was no room since then
 * @armed: a flush is under way, which will wake the reader
 * @arm: starts @flush, from a context where that is safe
 * @flush: wakes the reader a little later
 * @scratch: where a record is made that has no place in the buffer
 * @tail: records that the reader took
 *
 * One writer, the exiting task on this CPU with preemption off, and one reader:
 * only the writer moves @head and only the reader moves @tail, as in
 * Documentation/core-api/circular-buffers.rst.
 */
struct procmon_ring {
	struct procmon_record *records;
	unsigned long mask;
	unsigned long head;
	unsigned long dropped;
	bool armed;
	struct irq_work arm;
	struct delayed_work flush;
	struct procmon_record scratch;
	unsigned long tail ____cacheline_aligned;
};

DECLARE_PER_CPU_ALIGNED(struct procmon_ring, procmon_rings);

/**
 * procmon_stream_reserve - where to make the next record
 * @ring: this CPU's ring
 *
 * Nobody sees it before procmon_stream_commit(); one that is not committed is
 * overwritten by the next.
 *
 * Context: as procmon_deliver(), and with preemption off until the commit.
 * Return: room in the buffer, or @ring->scratch if there is none.
 */
static __always_inline struct procmon_record *
procmon_stream_reserve(struct procmon_ring *ring)
{
	unsigned long tail;

	if (unlikely(!ring->records))
		return &ring->scratch;
	/* Pairs with the release of ring_read(): the room is no longer read. */
	tail = smp_load_acquire(&ring->tail);
	if (unlikely(ring->head - tail > ring->mask))
		return &ring->scratch;
	return &ring->records[ring->head & ring->mask];
}

/**
 * procmon_stream_commit - hand a record to the reader, or count it as dropped
 * @ring: this CPU's ring
 * @rec: from procmon_stream_reserve(), filled; still good to read afterwards,
 *	until preemption is on again
 *
 * A lone record wakes the reader a little later, a buffer that is half full at
 * once. The wake-up itself takes locks, so it is for a context where that may be:
 * irq_work_queue() takes none, and may be called in an NMI.
 *
 * Context: as procmon_stream_reserve().
 */
static __always_inline void procmon_stream_commit(struct procmon_ring *ring,
						  struct procmon_record *rec)
{
	unsigned long head = ring->head;

	if (unlikely(rec == &ring->scratch)) {
		if (!ring->records)
			return;
		ring->dropped++;
		this_cpu_inc(procmon_counters.dropped);
		return;
	}

	rec->seq = head + ring->dropped;
	rec->dropped = ring->dropped;
	rec->cpu = raw_smp_processor_id();
	this_cpu_inc(procmon_counters.streamed);
	/* The record is complete before a reader sees that it is there. */
	smp_store_release(&ring->head, head + 1);
	if (unlikely(!READ_ONCE(ring->armed) ||
		     head - READ_ONCE(ring->tail) == ring->mask / 2))
		irq_work_queue(&ring->arm);
}

void procmon_stream_create(struct dentry *dir);
void procmon_stream_show(struct seq_file *m);
unsigned long procmon_stream_unread(void);

#endif /* PROCMON_STREAM_H */
