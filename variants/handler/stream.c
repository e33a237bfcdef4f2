// SPDX-License-Identifier: GPL-2.0
/*
 * Output `stream`: every record as it is, in a ring buffer for each CPU, to be
 * read from /dev/procmon.
 *
 * A device, because debugfs is closed under lockdown (Secure Boot).
 *
 * Not by the kernel's relay channel: its read(2) of a sub-buffer that is still
 * being filled races with the writer (relay_switch_subbuf() sets the offset to 0
 * before it knows that the buffer is full, and relay_file_read_avail() takes
 * that for an overwritten buffer and skips a sub-buffer without a word), and
 * without that a lone exit would wait until its sub-buffer is full.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/log2.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/stringify.h>
#include <linux/suspend.h>
#include <linux/topology.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "clock.h"
#include "internal.h"
#include "ring.h"
#include "stream.h"

/* An exit and the clock record behind it. */
static size_t least_room(void)
{
	return 2 * procmon_record_size();
}

#define SIZE_LEAST	2
#define SIZE_TOP	1048576

static unsigned int stream_size = 8192;	/* 1 MiB a CPU: a busy one's 100 ms */

static int size_set(const char *val, const struct kernel_param *kp)
{
	if (param_set_uint_minmax(val, kp, SIZE_LEAST, SIZE_TOP))
		return procmon_param_refuse(kp, val, "a number from "
					    __stringify(SIZE_LEAST) " to "
					    __stringify(SIZE_TOP));
	return 0;
}

static const struct kernel_param_ops size_ops = {
	.set = size_set,
	.get = param_get_uint,
};

module_param_cb(stream_size, &size_ops, &stream_size, 0444);
MODULE_PARM_DESC(stream_size,
		 "records of 128 bytes (record=extended: 256) that the stream holds for each possible CPU, from 2 to 1048576, rounded up to a power of two (default 8192)");

/*
 * A session lasts from open(2) to close(2). On each CPU it begins and ends
 * between two exits, so that its counters add up: every hit was filtered,
 * streamed or dropped.
 */
struct session_cpu {
	struct procmon_record *records;
	struct procmon_counters begin;
	struct procmon_counters end;
	unsigned long streamed;
};

enum session_state { CLOSED, OPEN, STOPPED };

static DEFINE_PER_CPU(struct session_cpu, session_cpus);

/*
 * One read at a time; readers move the tails, and begin at first_cpu. The clock does not
 * change in a read, so that its last record is of the clock of the exits before it.
 */
static DEFINE_MUTEX(read_mutex);
static int first_cpu;

/* Holds off open, stop, close and a look from each other; guards what follows. */
static DEFINE_MUTEX(stream_mutex);
static enum session_state state;	/* readers look at it without the mutex */
static unsigned long missed_begin, missed_end;	/* of all that ever were */
static unsigned long session_unread;	/* when it was closed */
static unsigned long all_unread;	/* of all sessions that are over */
static unsigned long all_streamed;	/* likewise */
static pid_t reader_pid;		/* who opened it */
static char reader_name[PROCMON_NAME_LEN];

static size_t ring_records(void)
{
	return roundup_pow_of_two(stream_size);
}

static void ring_begin(int cpu)
{
	struct procmon_ring *ring = per_cpu_ptr(&procmon_rings, cpu);
	struct session_cpu *session = per_cpu_ptr(&session_cpus, cpu);

	ring->mask = ring_records() - 1;
	ring->head = 0;
	ring->next = 0;
	ring->tail = 0;
	ring->armed = false;
	ring->mark.dropped = 0;
	procmon_clock_set(ring);
	session->begin = per_cpu(procmon_counters, cpu);
	ring->records = session->records;
}

static void ring_look(int cpu)
{
	struct session_cpu *session = per_cpu_ptr(&session_cpus, cpu);

	session->end = per_cpu(procmon_counters, cpu);
	session->streamed = per_cpu(procmon_rings, cpu).head;
}

static void ring_end(int cpu)
{
	struct procmon_ring *ring = per_cpu_ptr(&procmon_rings, cpu);

	ring->records = NULL;
	WRITE_ONCE(ring->next, 0);
	ring_look(cpu);
}

static void free_records(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct session_cpu *session = per_cpu_ptr(&session_cpus, cpu);

		vfree(session->records);
		session->records = NULL;
	}
}

static int allocate_records(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct procmon_record *records =
			vzalloc_node(ring_records() * procmon_record_size(),
				     cpu_to_node(cpu));

		if (!records) {
			free_records();
			return -ENOMEM;
		}
		per_cpu(session_cpus, cpu).records = records;
	}
	return 0;
}

static int session_open(struct inode *inode, struct file *file)
{
	int err = -EBUSY;

	if (mutex_lock_interruptible(&stream_mutex))
		return -ERESTARTSYS;
	if (state != CLOSED)
		goto unlock;
	err = allocate_records();
	if (err)
		goto unlock;

	reader_pid = task_tgid_nr(current);
	procmon_escape_comm(reader_name, current->comm);
	/* First the handlers look at the rings, then the rings take records. */
	static_branch_inc(&procmon_wanted);
	missed_begin = procmon_missed();
	procmon_clock_begin();
	procmon_between_exits(ring_begin);
	WRITE_ONCE(state, OPEN);
	err = stream_open(inode, file);
unlock:
	mutex_unlock(&stream_mutex);
	return err;
}

static void session_stop(void)
{
	int cpu;

	if (state != OPEN)
		return;
	procmon_between_exits(ring_end);
	missed_end = procmon_missed();
	static_branch_dec(&procmon_wanted);
	for_each_possible_cpu(cpu)
		procmon_ring_sync(per_cpu_ptr(&procmon_rings, cpu));
	/* Whoever reads that it is stopped finds the last record, too. */
	smp_store_release(&state, STOPPED);
	wake_up_interruptible(&procmon_ring_wait);
}

static unsigned long unread_records(void)
{
	unsigned long n = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct procmon_ring *ring = per_cpu_ptr(&procmon_rings, cpu);

		n += READ_ONCE(ring->head) - READ_ONCE(ring->tail);
	}
	return n;
}

static unsigned long session_streamed(void)
{
	unsigned long n = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		n += READ_ONCE(per_cpu(procmon_rings, cpu).head);
	return n;
}

static int session_close(struct inode *inode, struct file *file)
{
	mutex_lock(&stream_mutex);
	session_stop();
	session_unread = unread_records();
	all_unread += session_unread;
	all_streamed += session_streamed();
	procmon_clock_end();
	free_records();
	state = CLOSED;
	mutex_unlock(&stream_mutex);
	return 0;
}

/* Move what fits from one ring; return the bytes, or -EFAULT and move none. */
static ssize_t ring_read(int cpu, char __user *to, size_t room)
{
	const void *records = per_cpu(session_cpus, cpu).records;
	const size_t size = procmon_record_size();
	struct procmon_ring *ring = per_cpu_ptr(&procmon_rings, cpu);
	unsigned long tail = ring->tail;
	/* Pairs with the release of procmon_ring_put(). */
	unsigned long n = min(smp_load_acquire(&ring->head) - tail,
			      room / size);
	unsigned long at = tail & ring->mask;
	unsigned long straight = min(n, ring->mask + 1 - at);

	if (copy_to_user(to, records + at * size, straight * size) ||
	    copy_to_user(to + straight * size, records, (n - straight) * size))
		return -EFAULT;
	/* Not before all of it was copied may the writer have the room. */
	smp_store_release(&ring->tail, tail + n);
	return n * size;
}

/* Each CPU's records in their order; begin behind the CPU where the last read ended. */
static ssize_t read_rings(char __user *to, size_t room)
{
	size_t done = 0;
	int i, cpu = first_cpu;

	for (i = 0; i < num_possible_cpus(); i++) {
		ssize_t n = ring_read(cpu, to + done, room - done);

		if (n < 0)
			return done ?: n;
		done += n;
		cpu = cpumask_next(cpu, cpu_possible_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_possible_mask);
		first_cpu = cpu;
		if (room - done < procmon_record_size())
			break;
	}
	return done;
}

/*
 * What there is for the reader: first the clock records that it has still to get, then
 * exits, and behind them the record of the clock that they were made with.
 */
static ssize_t read_all(char __user *to, size_t room)
{
	ssize_t done, n;

	done = procmon_clock_read_kept(to, room);
	if (done < 0 || !procmon_clock_all_read() || room - done < least_room())
		return done;
	n = read_rings(to + done, room - done - procmon_record_size());
	if (n <= 0)
		return done ?: n;
	done += n;
	/* The exits are gone from the buffers, and must not be lost for this one. */
	n = procmon_clock_read_now(to + done);
	return n < 0 ? done : done + n;
}

static ssize_t session_read(struct file *file, char __user *to, size_t room,
			    loff_t *pos)
{
	ssize_t n;
	bool stopped;

	if (room < least_room())
		return -EINVAL;
	for (;;) {
		if (mutex_lock_interruptible(&read_mutex))
			return -ERESTARTSYS;
		/* Pairs with session_stop(). */
		stopped = smp_load_acquire(&state) == STOPPED;
		/* A clock without exits is nothing to wait for. */
		n = stopped || unread_records() ? read_all(to, room) : 0;
		mutex_unlock(&read_mutex);

		if (n || stopped)
			return n;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		n = wait_event_interruptible(procmon_ring_wait, unread_records() ||
					     READ_ONCE(state) == STOPPED);
		if (n)
			return n;
	}
}

static __poll_t session_poll(struct file *file, poll_table *wait)
{
	__poll_t mask = 0;

	poll_wait(file, &procmon_ring_wait, wait);
	if (unread_records())
		mask |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(state) == STOPPED)
		mask |= EPOLLHUP;
	return mask;
}

static long session_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (cmd != PROCMON_STREAM_STOP)
		return -ENOTTY;
	mutex_lock(&stream_mutex);
	session_stop();
	mutex_unlock(&stream_mutex);
	return 0;
}

static const struct file_operations stream_fops = {
	.owner		= THIS_MODULE,	/* no unload while it is open */
	.open		= session_open,
	.read		= session_read,
	.poll		= session_poll,
	.unlocked_ioctl	= session_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.release	= session_close,
};

static struct miscdevice stream_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= KBUILD_MODNAME,
	.mode	= 0400,
	.fops	= &stream_fops,
};

static void sleep_or_wake(bool asleep)
{
	mutex_lock(&stream_mutex);
	mutex_lock(&read_mutex);
	procmon_clock_sleep(asleep, state != CLOSED);
	mutex_unlock(&read_mutex);
	mutex_unlock(&stream_mutex);
}

/* Before all tasks are frozen, and after they were thawed. */
static int on_sleep(struct notifier_block *nb, unsigned long event, void *unused)
{
	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		sleep_or_wake(true);
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		sleep_or_wake(false);
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block sleep_notifier = { .notifier_call = on_sleep };

/**
 * procmon_stream_create - make /dev/procmon, readable by root
 *
 * Whoever opens it gets every exit from then on; record.h says how. One at a time,
 * another gets -EBUSY, and stats tells who has it. read(2) gives whole records, the
 * exits of one CPU in their order; it waits for the first exit unless O_NONBLOCK.
 * poll(2) and PROCMON_STREAM_STOP work. Before the first open nothing is allocated, and
 * an exit does not pay for the stream. While it is open the module stays.
 *
 * open(2) fails with EBUSY and ENOMEM; read(2) with EINVAL if there is no room for two
 * records, EAGAIN, or EFAULT.
 *
 * Context: process context, may sleep. Undone by procmon_stream_remove().
 * Return: 0, or -errno after one log line.
 */
int procmon_stream_create(void)
{
	int cpu, err;

	for_each_possible_cpu(cpu)
		procmon_ring_init(per_cpu_ptr(&procmon_rings, cpu), cpu);
	first_cpu = cpumask_first(cpu_possible_mask);

	err = register_pm_notifier(&sleep_notifier);
	if (err)
		goto fail;
	err = misc_register(&stream_device);
	if (err)
		goto no_notifier;
	return 0;

no_notifier:
	unregister_pm_notifier(&sleep_notifier);
fail:
	pr_err("cannot make " PROCMON_DEVICE " (%d)\n", err);
	return err;
}

/**
 * procmon_stream_remove - undo procmon_stream_create()
 *
 * Context: process context, may sleep; nobody has it open.
 */
void procmon_stream_remove(void)
{
	misc_deregister(&stream_device);
	unregister_pm_notifier(&sleep_notifier);
}

/**
 * procmon_stream_show - the stream's lines of <debugfs>/procmon/stats
 * @m: where to print
 *
 * reader is the process that opened the device, if it is open. The session is that
 * one, or else the last one. Of each CPU the
 * counters are those between two exits, so that hits are exactly the sum of
 * filtered, streamed and dropped. session_unread is what is in the buffers, or
 * was when the session was closed; unread is the sum over all that are closed.
 *
 * Context: process context, may sleep.
 */
void procmon_stream_show(struct seq_file *m)
{
	static const char *const names[] = {
		[CLOSED] = "closed", [OPEN] = "open", [STOPPED] = "stopped",
	};
	unsigned long hits = 0, filtered = 0, streamed = 0, dropped = 0;
	int cpu;

	mutex_lock(&stream_mutex);
	if (state == OPEN) {
		procmon_between_exits(ring_look);
		missed_end = procmon_missed();
	}
	for_each_possible_cpu(cpu) {
		const struct session_cpu *s = per_cpu_ptr(&session_cpus, cpu);

		hits += s->end.hits - s->begin.hits;
		filtered += s->end.filtered - s->begin.filtered;
		streamed += s->streamed;
		dropped += s->end.dropped - s->begin.dropped;
	}
	seq_printf(m, "unread %lu\n", all_unread);
	seq_printf(m, "stream %s\n", names[state]);
	if (state == CLOSED)
		seq_puts(m, "reader -\n");
	else
		seq_printf(m, "reader %d %s\n", reader_pid, reader_name);
	seq_printf(m, "session_hits %lu\n", hits);
	/* With audit=Y either may be off by the exits that were under way. */
	seq_printf(m, "session_missed %lu\n",
		   missed_end > missed_begin ? missed_end - missed_begin : 0);
	seq_printf(m, "session_filtered %lu\n", filtered);
	seq_printf(m, "session_streamed %lu\n", streamed);
	seq_printf(m, "session_dropped %lu\n", dropped);
	seq_printf(m, "session_unread %lu\n",
		   state == CLOSED ? session_unread : unread_records());
	mutex_unlock(&stream_mutex);
}

/**
 * procmon_stream_streamed - records that were written to the stream
 *
 * Context: process context, may sleep.
 * Return: their number since the module was loaded.
 */
unsigned long procmon_stream_streamed(void)
{
	unsigned long n;

	mutex_lock(&stream_mutex);
	n = all_streamed + (state == CLOSED ? 0 : session_streamed());
	mutex_unlock(&stream_mutex);
	return n;
}

/**
 * procmon_stream_unread - records that were streamed and that nobody read
 *
 * Context: any.
 * Return: their number, of all sessions that are closed.
 */
unsigned long procmon_stream_unread(void)
{
	return all_unread;
}
