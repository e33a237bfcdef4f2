/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ring buffers of the stream, one for each CPU: the writer's side.
 *
 * Inline, because what is written here is paid by every exit.
 */
#ifndef PROCMON_RING_H
#define PROCMON_RING_H

#include <linux/irq_work.h>
#include <linux/percpu.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "handler.h"

/**
 * struct procmon_mark - the end of a record, which changes seldom
 * @dropped: as in struct procmon_record
 * @cpu: likewise
 * @clock: likewise
 */
struct procmon_mark {
	u32 dropped;
	u16 cpu;
	u16 clock;
};

/**
 * struct procmon_ring - the ring buffer of one CPU
 * @head: records written since the stream was opened
 * @next: the value of @head at which the writer has more to do than to write: the
 *	buffer may be full or half full, the reader is to be woken, or there is no
 *	buffer. 0 is now. See flush() in ring.c
 * @mask: number of records less one; the number is a power of two
 * @records: the buffer, @mask + 1 records of procmon_record_size(); NULL while the
 *	stream takes none
 * @mark: what the next record ends with
 * @kernel_clock: records get CLOCK_BOOTTIME and not the CPU's counter; only while
 *	procmon_long_way is on
 * @armed: a flush will come, which wakes the reader
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
	unsigned long head;
	unsigned long next;
	unsigned long mask;
	struct procmon_record *records;
	struct procmon_mark mark;
	bool kernel_clock;
	bool armed;
	struct irq_work arm;
	struct delayed_work flush;
	struct procmon_extended scratch;
	unsigned long tail ____cacheline_aligned;
};

DECLARE_PER_CPU_ALIGNED(struct procmon_ring, procmon_rings);

/**
 * procmon_ring_put - hand the next record to the reader
 * @ring: this CPU's ring
 * @head: its head
 * @rec: the record at @head, filled but for its end
 *
 * Context: as procmon_deliver().
 */
static __always_inline void procmon_ring_put(struct procmon_ring *ring, unsigned long head,
					       struct procmon_record *rec)
{
	static_assert(offsetofend(struct procmon_record, clock) -
		      offsetof(struct procmon_record, dropped) == sizeof(ring->mark));

	rec->number = head;
	*(struct procmon_mark *)&rec->dropped = ring->mark;
	/* The record is complete before a reader sees that it is there. */
	smp_store_release(&ring->head, head + 1);
}

extern wait_queue_head_t procmon_ring_wait;

void procmon_ring_init(struct procmon_ring *ring, int cpu);
void procmon_ring_sync(struct procmon_ring *ring);
struct procmon_record *procmon_ring_reserve(struct procmon_ring *ring);
void procmon_ring_commit(struct procmon_ring *ring, struct procmon_record *rec);

#endif /* PROCMON_RING_H */
