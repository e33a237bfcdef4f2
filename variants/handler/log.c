// SPDX-License-Identifier: GPL-2.0
/*
 * Output `log`: one line per exit in the kernel log.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>

#include "internal.h"

enum log_mode { LOG_ALL, LOG_FAILED, LOG_OFF };

static const char *const log_words[] = {
	[LOG_ALL]	= "all",
	[LOG_FAILED]	= "failed",
	[LOG_OFF]	= "off",
	NULL
};

DEFINE_STATIC_KEY_FALSE(procmon_logging);

static bool log_started;	/* between procmon_log_start() and _stop() */
static DEFINE_MUTEX(log_mutex);	/* and procmon_logging */

static void log_update(void);
static struct procmon_choice log_mode = {
	.words		= log_words,
	.value		= LOG_ALL,
	.changed	= log_update,
};

/* Be an output exactly while there is something to log. */
static void log_update(void)
{
	bool want;

	mutex_lock(&log_mutex);
	want = log_started && log_mode.value != LOG_OFF;
	if (want && !static_key_enabled(&procmon_logging)) {
		static_branch_enable(&procmon_logging);
		procmon_output_on();
	} else if (!want && static_key_enabled(&procmon_logging)) {
		procmon_output_off();
		static_branch_disable(&procmon_logging);
	}
	mutex_unlock(&log_mutex);
}

module_param_cb(log, &procmon_choice_ops, &log_mode, 0644);
MODULE_PARM_DESC(log,
		 "which exits go to the kernel log: all (default), failed (exit status not 0, or killed by a signal) or off; may be written while loaded");

static void log_switch(bool on)
{
	mutex_lock(&log_mutex);
	log_started = on;
	mutex_unlock(&log_mutex);
	log_update();
}

/**
 * procmon_log_start - let the log listen, if its parameter says so
 *
 * Context: process context, may sleep.
 */
void procmon_log_start(void)
{
	log_switch(true);
}

/**
 * procmon_log_stop - undo procmon_log_start()
 *
 * Context: process context, may sleep.
 */
void procmon_log_stop(void)
{
	log_switch(false);
}

/* A thread by itself, a signal, an end that is not known: what few lines say. */
static void log_more(const char *name, const struct procmon_record *rec, bool thread)
{
	char tid[sizeof(", tid [-2147483648]")] = "";
	char code[sizeof("-2147483648")] = "unknown";
	char signal[sizeof(", signal [127]")] = "";

	if (thread)
		scnprintf(tid, sizeof(tid), ", tid [%d]", rec->tid);
	if (procmon_record_known(rec))
		scnprintf(code, sizeof(code), "%d", procmon_record_exit_status(rec));
	if (procmon_record_signal(rec))
		scnprintf(signal, sizeof(signal), ", signal [%d]", procmon_record_signal(rec));
	pr_info("name [%s], pid [%d]%s, exit_code [%s]%s\n", name, rec->tgid, tid, code, signal);
}

/**
 * procmon_log - print one exit, if the parameter wants this one
 * @rec: the record
 *
 * Context: as procmon_deliver(). printk() is safe in any context: its buffer takes no
 * lock, and in an NMI, and always with PREEMPT_RT, the consoles are left to others.
 * Otherwise it may print to them here and now, with preemption off.
 */
void procmon_log(const struct procmon_record *rec)
{
	char name[PROCMON_NAME_LEN];
	bool thread;

	if (READ_ONCE(log_mode.value) == LOG_FAILED && !procmon_record_failed(rec)) {
		this_cpu_inc(procmon_counters.unlogged);
		return;
	}

	/* A process has no thread that its last one would stand for. */
	thread = !static_branch_unlikely(&procmon_per_process) && rec->tid != rec->tgid;
	procmon_escape_comm(name, rec->comm);
	if (unlikely(thread || procmon_record_signal(rec) || !procmon_record_known(rec)))
		log_more(name, rec, thread);
	else
		pr_info("name [%s], pid [%d], exit_code [%d]\n",
			name, rec->tgid, procmon_record_exit_status(rec));
	this_cpu_inc(procmon_counters.logged);
}
