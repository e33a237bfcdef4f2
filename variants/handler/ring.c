// SPDX-License-Identifier: GPL-2.0
/*
 * The ring buffers of the stream: what the writer does when it does more than to write.
 */
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/smp.h>

#include "internal.h"
#include "ring.h"

/* How long a lone record may wait for company; a reader gets it within 100 ms. */
#define FLUSH_MS	40

/** procmon_ring_wait - where the reader waits for exits */
DECLARE_WAIT_QUEUE_HEAD(procmon_ring_wait);

/*
 * When the reader is woken
 *
 * A record that finds nothing armed arms the flush, which wakes the reader FLUSH_MS later.
 * A buffer that is half full wakes it at once. So that an exit has to look at one number
 * alone, the writer keeps in @next where it has to look at all of that again.
 *
 * No record is overwritten that was not read: @next is never more than the size of the
 * buffer beyond a tail that there was, and tails only grow. That holds where the CPU
 * orders its accesses weakly, too (arm64): @next is set by the writer's own CPU, behind
 * the acquire of that tail, and whatever the CPU writes to the buffer later is behind
 * that acquire. A clearing of @next from elsewhere gives no room. An emulator on x86
 * shows little of that order, so this is by argument (tools/memory-model in the kernel's
 * source: MP for @head and @tail, R with two full barriers for @armed and @next).
 *
 * The flush sets @next to 0, so that the next exit arms the flush again. It runs on the
 * CPU of the writer, which cannot be halfway then. Only while the CPU comes or goes may
 * it run on another one. Then
 *  - the writer may be setting @next, by chores(), just when the flush
 *    clears it. Each of the two first says what it does and then, behind a full
 *    barrier, looks at what the other says: either the writer finds that nothing is
 *    armed, and arms, or its @next is the one that is overwritten
 *  - the writer may be past its look at @next, and its record not there yet. The flush
 *    waits until no such exit is left (handlers run with preemption off, which RCU waits
 *    for), and only then wakes the reader
 * so in no case does a record stay behind without a wake-up to come.
 */
static void flush(struct work_struct *work)
{
	struct procmon_ring *ring =
		container_of(to_delayed_work(work), struct procmon_ring, flush);
	bool elsewhere;

	preempt_disable();
	elsewhere = raw_smp_processor_id() != ring->mark.cpu;
	WRITE_ONCE(ring->armed, false);
	/* Pairs with chores(). */
	smp_mb();
	WRITE_ONCE(ring->next, 0);
	preempt_enable();
	if (elsewhere)
		synchronize_rcu();
	wake_up_interruptible(&procmon_ring_wait);
}

/*
 * On the CPU of the ring: in an interrupt, or with PREEMPT_RT in a thread, for
 * wake_up() takes a spinlock_t (so no IRQ_WORK_HARD_IRQ).
 */
static void arm(struct irq_work *work)
{
	struct procmon_ring *ring = container_of(work, struct procmon_ring, arm);

	schedule_delayed_work_on(raw_smp_processor_id(), &ring->flush,
				 msecs_to_jiffies(FLUSH_MS));
	if (READ_ONCE(ring->head) - READ_ONCE(ring->tail) > ring->mask / 2)
		wake_up_interruptible(&procmon_ring_wait);
}

/*
 * What is to be done behind a record at @next, see above. The wake-up itself takes locks,
 * so it is for a context where that may be: irq_work_queue() takes none, and may be
 * called in an NMI.
 */
static void chores(struct procmon_ring *ring)
{
	unsigned long size = ring->mask + 1;
	/* Pairs with the release of ring_read() in stream.c: the room is no longer read. */
	unsigned long tail = smp_load_acquire(&ring->tail);
	bool half_full = ring->head - tail >= size / 2;

	WRITE_ONCE(ring->next, tail + (half_full ? size : size / 2));
	/* Pairs with flush(). */
	smp_mb();
	if (READ_ONCE(ring->armed) && !half_full)
		return;
	WRITE_ONCE(ring->armed, true);
	irq_work_queue(&ring->arm);
}

/**
 * procmon_ring_init - before a ring is used at all
 * @ring: the ring
 * @cpu: of this CPU
 *
 * Context: process context.
 */
void procmon_ring_init(struct procmon_ring *ring, int cpu)
{
	ring->mark.cpu = cpu;
	init_irq_work(&ring->arm, arm);
	INIT_DELAYED_WORK(&ring->flush, flush);
}

/**
 * procmon_ring_sync - wait for what an exit has armed
 * @ring: a ring that takes no records any more
 *
 * Context: process context, may sleep.
 */
void procmon_ring_sync(struct procmon_ring *ring)
{
	irq_work_sync(&ring->arm);
	cancel_delayed_work_sync(&ring->flush);
}

/**
 * procmon_ring_reserve - where to make the next record
 * @ring: this CPU's ring
 *
 * Nobody sees it before procmon_ring_commit(); one that is not committed is
 * overwritten by the next.
 *
 * Context: as procmon_deliver(), and with preemption off until the commit.
 * Return: room for procmon_record_size() in the buffer, or @ring->scratch if there is
 * none.
 */
struct procmon_record *procmon_ring_reserve(struct procmon_ring *ring)
{
	unsigned long head = ring->head;

	if (!ring->records)
		return &ring->scratch.rec;
	/* Pairs with the release of ring_read() in stream.c: the room is no longer read. */
	if (head - smp_load_acquire(&ring->tail) > ring->mask)
		return &ring->scratch.rec;
	return (void *)ring->records + (head & ring->mask) * procmon_record_size();
}

/**
 * procmon_ring_commit - hand a record to the reader, or count it as dropped
 * @ring: this CPU's ring
 * @rec: from procmon_ring_reserve(), filled; still good to read afterwards,
 *	until preemption is on again
 *
 * Context: as procmon_ring_reserve().
 */
void procmon_ring_commit(struct procmon_ring *ring, struct procmon_record *rec)
{
	unsigned long head = ring->head;

	if (rec != &ring->scratch.rec) {
		procmon_ring_put(ring, head, rec);
		if (head >= READ_ONCE(ring->next))
			chores(ring);
	} else if (ring->records) {
		ring->mark.dropped++;
		this_cpu_inc(procmon_counters.dropped);
	}
}
