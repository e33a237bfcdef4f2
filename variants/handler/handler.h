/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contract between a variant and the handler library.
 *
 * A variant is one kernel mechanism. It defines `procmon_variant` and calls
 * procmon_exit() for every exit that its mechanism shows it; the library does
 * all the rest: module_init/module_exit, parameters, counters and outputs.
 *
 * Where the library's code runs: in the context of the exiting task (so the
 * task is always `current`), called from a kprobe, ftrace or tracepoint
 * handler with preemption off, and perhaps interrupts off. Most mechanisms see
 * to that themselves; where one does not, the variant must. Nothing on
 * that path sleeps or allocates, and none of it can be traced (see
 * Kbuild.include).
 *
 * Nor does it take a lock of any kind. With PREEMPT_RT a spinlock_t sleeps, and so
 * may the reader of a seqlock_t; a breakpoint is to the kernel what an NMI is
 * (in_nmi() is true), where whoever was interrupted may hold the lock. What is
 * called there is safe in an NMI; the call says so where it is not plain.
 */
#ifndef PROCMON_HANDLER_H
#define PROCMON_HANDLER_H

#include <linux/jump_label.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/types.h>

#include "record.h"

/**
 * enum procmon_unit - what one record stands for
 * @PROCMON_TASK: every task that passes do_exit(), so each thread by itself
 * @PROCMON_PROCESS: a process, when its last thread is gone
 */
enum procmon_unit {
	PROCMON_TASK,
	PROCMON_PROCESS,
};

/**
 * struct procmon_variant - what a variant offers to the library
 * @mechanism: the kernel's name for it, e.g. "kprobe"
 * @site: where it is attached, as resolved by @attach, e.g. "do_exit"; may be
 *	called from a successful @attach until @detach
 * @flavour: what became of the probe, as found at the site at this moment
 *	("ftrace", "jump", "int3"); NULL where the mechanism knows only one
 * @attach: start to call procmon_exit(); process context, may sleep.
 *	Returns 0, or -errno with nothing left behind and the reason logged;
 *	-EOPNOTSUPP where this kernel cannot offer the hook
 * @detach: stop. Process context, may sleep. When it returns, no handler of
 *	the variant is running on any CPU or will run again
 * @missed: events that the mechanism itself dropped since @attach; callable
 *	until the module is gone, so also after @detach
 */
struct procmon_variant {
	const char *mechanism;
	const char *(*site)(void);
	const char *(*flavour)(void);
	int (*attach)(enum procmon_unit unit);
	void (*detach)(void);
	unsigned long (*missed)(void);
};

extern const struct procmon_variant procmon_variant;

/**
 * struct procmon_counters - what was counted on one CPU since the module load
 * @hits: exits that the mechanism delivered, of the chosen unit
 * @entered: entries seen by a variant that reports at the return
 * @returned: return handlers that ran for them
 * @filtered: exits that a filter kept from every output
 * @logged: lines printed to the kernel log
 * @unlogged: exits that log=failed kept out of the kernel log
 * @traced: records handed to the trace event
 * @audited: exits counted by the tracepoint, with audit=Y
 * @dropped: records that found the stream's buffer full
 *
 * Each exit is counted by one CPU, with preemption off; what another task on
 * that CPU reads there is of the time between two exits (see
 * procmon_between_exits()).
 */
struct procmon_counters {
	unsigned long hits;
	unsigned long entered;
	unsigned long returned;
	unsigned long filtered;
	unsigned long logged;
	unsigned long unlogged;
	unsigned long traced;
	unsigned long audited;
	unsigned long dropped;
};

DECLARE_PER_CPU(struct procmon_counters, procmon_counters);

/*
 * procmon_wanted: on while at least one output wants records; each output
 * holds one count. While nobody listens, an exit costs its hook and one
 * increment.
 * procmon_per_process: on with unit=process; set before the variant attaches.
 */
DECLARE_STATIC_KEY_FALSE(procmon_wanted);
DECLARE_STATIC_KEY_FALSE(procmon_per_process);

void procmon_deliver(long code, u32 info);

/*
 * What is true of every record of this kernel. Where kthread_exit() is another name of
 * do_exit() (7.x), the argument of that is what a kernel thread returned.
 */
#ifdef kthread_exit
#define PROCMON_INFO_ALL	0
#else
#define PROCMON_INFO_ALL	PROCMON_INFO_KTHREAD_HIDDEN
#endif

/**
 * procmon_exit - the variant saw the current task exit
 * @code: the argument of do_exit(), in wait-status encoding
 * @last: what the site knows about the last thread; with unit=process only
 *	sites that give NO or YES may be used
 *
 * Context: the exiting task; preemption off; any irq state. Does not sleep.
 */
static __always_inline void procmon_exit(long code, enum procmon_last last)
{
	if (static_branch_unlikely(&procmon_per_process) &&
	    last != PROCMON_LAST_YES)
		return;

	this_cpu_inc(procmon_counters.hits);
	if (static_branch_unlikely(&procmon_wanted))
		procmon_deliver(code, last | PROCMON_INFO_ALL);
}

/**
 * procmon_entered - a variant that will report at the return saw the entry
 * @last: what the site knows about the last thread
 *
 * Whatever entered and had not returned by the time of detach is counted as
 * missed: the mechanism drops its return handler without a word.
 *
 * Context: as procmon_exit().
 * Return: true if the return is wanted, false for a thread that unit=process
 * does not report.
 */
static __always_inline bool procmon_entered(enum procmon_last last)
{
	if (static_branch_unlikely(&procmon_per_process) &&
	    last != PROCMON_LAST_YES)
		return false;

	this_cpu_inc(procmon_counters.entered);
	return true;
}

/**
 * procmon_exit_returned - procmon_exit() from a return handler
 * @code: as for procmon_exit()
 * @last: as for procmon_exit()
 *
 * Context: as procmon_exit().
 */
static __always_inline void procmon_exit_returned(long code,
						  enum procmon_last last)
{
	this_cpu_inc(procmon_counters.returned);
	procmon_exit(code, last);
}

/**
 * procmon_last - the kernel's group_dead as a record has it
 * @group_dead: second argument of acct_collect() and taskstats_exit(), and of the
 *	sched_process_exit tracepoint since 6.16
 *
 * Return: PROCMON_LAST_YES or PROCMON_LAST_NO.
 */
static __always_inline enum procmon_last procmon_last(int group_dead)
{
	return group_dead ? PROCMON_LAST_YES : PROCMON_LAST_NO;
}

/*
 * The functions of the exit path that variants attach to (kernel/exit.c).
 *
 * do_exit(long code): runs once per task. Never returns. At its entry nothing
 * but @code is known: task->exit_code still holds the old value, and which
 * thread is the last is decided further down.
 *
 * acct_collect(long exitcode, int group_dead): called once per task by
 * do_exit(), just after group_dead was decided; global, traceable, returns.
 */
#define PROCMON_DO_EXIT		"do_exit"
#define PROCMON_ACCT_COLLECT	"acct_collect"

/*
 * Where a process is gone: functions that know of group_dead at their entry, with
 * task->exit_code set.
 *
 * acct_process(void): called by do_exit() for the last thread only, so that the others
 * pay for no hook. It is there if acct_collect() is, with CONFIG_BSD_PROCESS_ACCT.
 *
 * taskstats_exit(struct task_struct *task, int group_dead): once per task, with
 * CONFIG_TASKSTATS.
 */
#ifdef CONFIG_BSD_PROCESS_ACCT
#define PROCMON_PROCESS_SITE	"acct_process"
#define PROCMON_PROCESS_LAST(argument1)	PROCMON_LAST_YES
#else
#define PROCMON_PROCESS_SITE	"taskstats_exit"
#define PROCMON_PROCESS_LAST(argument1)	procmon_last(argument1)
#endif

/* The tracepoint that each task passes, with task->exit_code set. */
#define PROCMON_TRACEPOINT	"sched_process_exit"

struct tracepoint *procmon_tracepoint(void);

/*
 * Likewise, and the program is still known: acct_process() is behind exit_mm(). Both have
 * group_dead as their second argument.
 */
#ifdef CONFIG_BSD_PROCESS_ACCT
#define PROCMON_EXTENDED_SITE	PROCMON_ACCT_COLLECT
#else
#define PROCMON_EXTENDED_SITE	PROCMON_PROCESS_SITE
#endif

bool procmon_is_extended(void);

/**
 * procmon_entry_site - where a hook on a function entry belongs
 * @unit: what a record stands for
 *
 * Return: the function of the exit path that knows enough for @unit, and for what a record
 * has, at the lowest price.
 */
static inline const char *procmon_entry_site(enum procmon_unit unit)
{
	if (unit == PROCMON_TASK)
		return PROCMON_DO_EXIT;
	return procmon_is_extended() ? PROCMON_EXTENDED_SITE : PROCMON_PROCESS_SITE;
}

/**
 * struct procmon_choice - a module parameter that is one of a few words
 * @words: the words allowed, NULL-terminated; no more than fit in 64 bytes
 * @value: index of the chosen one
 * @changed: called when @value was set, at load or from sysfs, may sleep; or
 *	NULL
 *
 * For module_param_cb(name, &procmon_choice_ops, &choice, mode). Another word
 * is refused with -EINVAL and a log line that says what is allowed.
 */
struct procmon_choice {
	const char *const *words;
	int value;
	void (*changed)(void);
};

extern const struct kernel_param_ops procmon_choice_ops;

int procmon_ftrace_hold(void);
void procmon_ftrace_release(void);

#endif /* PROCMON_HANDLER_H */
