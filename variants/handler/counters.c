// SPDX-License-Identifier: GPL-2.0
/*
 * The counters of all CPUs, read so that they fit each other.
 */
#include <linux/cpu.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "internal.h"

struct between_exits {
	void (*func)(int cpu);
	int cpu;
};

static int run_between_exits(void *arg)
{
	const struct between_exits *call = arg;

	preempt_disable();
	call->func(call->cpu);
	preempt_enable();
	return 0;
}

/**
 * procmon_between_exits - do something on every CPU while it handles no exit
 * @func: called once for each possible CPU, with preemption off
 *
 * A handler runs from end to end with preemption off, so no task on its CPU can
 * see it halfway. For a CPU that is off, @func runs here.
 *
 * One CPU after the other, each as soon as it has time for a worker of normal
 * priority: a real-time task that leaves it none is waited for.
 *
 * Context: process context, may sleep.
 */
void procmon_between_exits(void (*func)(int cpu))
{
	struct between_exits call = { .func = func };

	cpus_read_lock();
	for_each_possible_cpu(call.cpu) {
		if (cpu_online(call.cpu))
			smp_call_on_cpu(call.cpu, run_between_exits, &call, false);
		else
			run_between_exits(&call);
	}
	cpus_read_unlock();
}

/**
 * procmon_counters_sum - add up the counters of all CPUs
 * @sum: the result
 *
 * Each counter is exact for the exits that are over; one that is under way may
 * be in one of them and not yet in another.
 *
 * Context: any.
 */
void procmon_counters_sum(struct procmon_counters *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct procmon_counters *c =
			per_cpu_ptr(&procmon_counters, cpu);

		/* before the hits, or a hit in between looks like one that was missed */
		sum->audited	+= READ_ONCE(c->audited);
		sum->hits	+= READ_ONCE(c->hits);
		sum->entered	+= READ_ONCE(c->entered);
		sum->returned	+= READ_ONCE(c->returned);
		sum->filtered	+= READ_ONCE(c->filtered);
		sum->logged	+= READ_ONCE(c->logged);
		sum->unlogged	+= READ_ONCE(c->unlogged);
		sum->traced	+= READ_ONCE(c->traced);
		sum->dropped	+= READ_ONCE(c->dropped);
	}
}
