// SPDX-License-Identifier: GPL-2.0
/*
 * The clocks of the stream: what the time of a record means.
 *
 * A record gets the CPU's counter as it is, which costs three instructions; clock
 * records say what time that was (see record.h). The counter will do only as long as
 * the kernel itself keeps its time by it, and as the machine is awake. Else the record
 * gets CLOCK_BOOTTIME, for some forty instructions more. A change from one to the other
 * begins a new clock: one record closes the old clock, and one opens the new one.
 *
 * No two of these functions run at once: open and close hold stream_mutex, and nobody
 * reads then; a read holds read_mutex; who is told of sleep holds both (stream.c).
 */
#include <linux/preempt.h>
#include <linux/string.h>
#include <linux/ktime.h>
#include <linux/uaccess.h>

#include "arch.h"
#include "clock.h"
#include "compat.h"
#include "internal.h"
#include "ring.h"

static_assert(sizeof(struct procmon_clock) == sizeof(struct procmon_record));

/*
 * Clock records that the reader has still to get. One that does not read does not make
 * them more: back to the counter it goes only if there is room to leave it again.
 */
#define KEPT_MAX	16
#define OF_A_CHANGE	2

static struct procmon_clock kept[KEPT_MAX];
static unsigned int nr_kept;

static u16 number;		/* of the clock that records are made with */
static bool by_kernel;		/* it is CLOCK_BOOTTIME */
static bool machine_asleep;	/* or about to be, or just awake */

/*
 * Take a pair of a clock.
 *
 * Return: whether the kernel's own clock source is the CPU's counter, and that needs no
 * care that a record would not take. Its value is
 * read between two values of that, so it lies between them if, and as no other counter
 * could but by an accident of one in a billion, only if it is the same counter.
 */
static bool take_pair(struct procmon_clock *pair, u16 clock, bool kernel)
{
	struct system_time_snapshot snapshot;
	u64 before, after;
	ktime_t real, boot;
	bool same, sound;

	/* Both are constant but for a set clock and a sleep. */
	do {
		real = ktime_mono_to_any(0, TK_OFFS_REAL);
		boot = ktime_mono_to_any(0, TK_OFFS_BOOT);
		preempt_disable();
		sound = procmon_counter_sound();
		before = procmon_counter_ordered();
		procmon_snapshot(&snapshot);
		after = procmon_counter_ordered();
		preempt_enable();
	} while (real != ktime_mono_to_any(0, TK_OFFS_REAL) ||
		 boot != ktime_mono_to_any(0, TK_OFFS_BOOT));
	same = before <= snapshot.cycles && snapshot.cycles <= after;

	*pair = (struct procmon_clock) {
		.version	= PROCMON_RECORD_VERSION,
		.size		= procmon_record_size(),
		.info		= PROCMON_INFO_CLOCK | (kernel ? PROCMON_INFO_NS : 0),
		.real_ns	= ktime_to_ns(snapshot.procmon_snapshot_real),
		.clock		= clock,
	};
	pair->boot_ns = pair->real_ns - ktime_to_ns(real) + ktime_to_ns(boot);
	if (kernel)
		pair->counter = pair->boot_ns;
	else
		pair->counter = same ? snapshot.cycles : before + (after - before) / 2;
	return same && sound;
}

/**
 * procmon_clock_set - let the records of a ring be of the current clock
 * @ring: the ring of a CPU
 *
 * Context: between two exits of that CPU.
 */
void procmon_clock_set(struct procmon_ring *ring)
{
	ring->mark.clock = number;
	ring->kernel_clock = by_kernel;
}

static void set_ring(int cpu)
{
	procmon_clock_set(per_cpu_ptr(&procmon_rings, cpu));
}

/*
 * The long way is where the kernel's clock is read: a CPU must take it from before it
 * is told to until after it is told not to.
 */
static void choose(bool kernel)
{
	struct procmon_clock *closing = &kept[nr_kept], *opening = closing + 1;
	u16 old = number++;

	if (kernel)
		static_branch_inc(&procmon_long_way);
	by_kernel = kernel;
	take_pair(opening, number, kernel);
	procmon_between_exits(set_ring);
	take_pair(closing, old, !kernel);
	if (!kernel)
		static_branch_dec(&procmon_long_way);
	nr_kept += OF_A_CHANGE;
}

/* Take the counter if possible, else the kernel's clock. */
static void update(bool same)
{
	bool kernel = machine_asleep || !same;

	if (kernel == by_kernel)
		return;
	if (!kernel && nr_kept + 2 * OF_A_CHANGE > KEPT_MAX)
		return;
	choose(kernel);
}

/**
 * procmon_clock_begin - begin the first clock of a session
 *
 * Before the first record is made.
 *
 * Context: process context, may sleep.
 */
void procmon_clock_begin(void)
{
	number = 0;
	nr_kept = 1;
	by_kernel = !take_pair(kept, number, false) || machine_asleep;
	if (by_kernel) {
		take_pair(kept, number, true);
		static_branch_inc(&procmon_long_way);
	}
}

/**
 * procmon_clock_end - the session is over
 *
 * Context: process context, may sleep.
 */
void procmon_clock_end(void)
{
	if (by_kernel)
		static_branch_dec(&procmon_long_way);
	by_kernel = false;
	nr_kept = 0;
}

/**
 * procmon_clock_sleep - the machine goes to sleep, or is awake again
 * @asleep: which
 * @session: there is one, between procmon_clock_begin() and procmon_clock_end()
 *
 * The counter may stop meanwhile, or begin anew, or go on; only the kernel knows how
 * long it was.
 *
 * Context: process context, may sleep.
 */
void procmon_clock_sleep(bool asleep, bool session)
{
	struct procmon_clock now;

	machine_asleep = asleep;
	if (session)
		update(take_pair(&now, number, by_kernel));
}

/* One record for the reader, of the size of all. */
static int put_record(char __user *to, const struct procmon_clock *pair)
{
	size_t more = procmon_record_size() - sizeof(*pair);

	if (copy_to_user(to, pair, sizeof(*pair)) ||
	    (more && clear_user(to + sizeof(*pair), more)))
		return -EFAULT;
	return 0;
}

/**
 * procmon_clock_read_kept - give the reader what it has to get before any exit
 * @to: the reader's buffer
 * @room: its size
 *
 * Context: process context, may sleep.
 * Return: bytes, whole records; or -EFAULT and nothing was taken.
 */
ssize_t procmon_clock_read_kept(char __user *to, size_t room)
{
	const size_t size = procmon_record_size();
	unsigned int n = min_t(size_t, nr_kept, room / size);
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (put_record(to + i * size, &kept[i]))
			return -EFAULT;
	}
	nr_kept -= n;
	memmove(kept, kept + n, nr_kept * sizeof(*kept));
	return n * size;
}

/**
 * procmon_clock_all_read - has the reader got what it has to get before any exit?
 *
 * Context: any.
 * Return: whether procmon_clock_read_kept() would give nothing.
 */
bool procmon_clock_all_read(void)
{
	return !nr_kept;
}

/**
 * procmon_clock_read_now - give the reader the clock record that ends a read
 * @to: room for it in the reader's buffer
 *
 * If it is found that the kernel no longer keeps its time by the counter, or that it
 * does again, another clock begins. How good the times were until then, nobody knows.
 *
 * Context: process context, may sleep.
 * Return: bytes, one record; or -EFAULT.
 */
ssize_t procmon_clock_read_now(char __user *to)
{
	struct procmon_clock now;

	update(take_pair(&now, number, by_kernel));
	return put_record(to, &now) ?: procmon_record_size();
}
