// SPDX-License-Identifier: GPL-2.0
/*
 * record=extended: where a process came from, and what it was to others.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/mm_types.h>
#include <linux/module.h>
#include <linux/oom.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "internal.h"

DEFINE_STATIC_KEY_FALSE(procmon_extended);

enum record { BASIC, EXTENDED };

static const char *const record_words[] = {
	[BASIC]		= "basic",
	[EXTENDED]	= "extended",
	NULL
};

static struct procmon_choice record = { .words = record_words };
module_param_cb(record, &procmon_choice_ops, &record, 0444);
MODULE_PARM_DESC(record,
		 "what the stream tells of an exit: basic (128 bytes; default) or extended (256 bytes: the pid in its own namespace, the session, whether the OOM killer chose it, and the program, too)");

/**
 * procmon_is_extended - does a record have all of struct procmon_extended?
 *
 * Context: any; it never changes while the module is loaded.
 * Return: whether it does.
 */
bool procmon_is_extended(void)
{
	return record.value == EXTENDED;
}

/**
 * procmon_extended_start - let the records be as the parameter says
 *
 * Context: process context, may sleep; before the variant attaches. There is nothing to
 * undo, for the keys go with the module.
 */
void procmon_extended_start(void)
{
	if (!procmon_is_extended())
		return;
	static_branch_inc(&procmon_long_way);
	static_branch_enable(&procmon_extended);
}

/*
 * The last part of the program's path. The file is that of our own mm; a struct file, a
 * dentry and a name that was too long for the dentry are all freed by RCU. A rename meanwhile
 * may mix two names of up to DNAME_INLINE_LEN bytes, whose last byte is a NUL at any moment.
 */
static void copy_program(char program[PROCMON_PROGRAM_LEN], const struct mm_struct *mm)
{
	const struct file *file = mm ? rcu_dereference_sched(mm->exe_file) : NULL;
	const struct dentry *dentry = file ? READ_ONCE(file->f_path.dentry) : NULL;

	program[0] = '\0';
	if (dentry)
		strscpy(program, (const char *)READ_ONCE(dentry->d_name.name),
			PROCMON_PROGRAM_LEN);
}

/**
 * procmon_extend - the rest of an extended record
 * @rec: the record, in room for a struct procmon_extended, with all that a basic one has
 *
 * The ids of a process and of its session are there until release_task(), and what is
 * replaced meanwhile, by a setsid(2) of another thread, is freed by RCU (free_pid() in
 * kernel/pid.c). A namespace stays as long as a pid in it.
 *
 * Context: as procmon_deliver(): preemption off is an RCU read-side critical section.
 */
void procmon_extend(struct procmon_record *rec)
{
	struct procmon_extended *ext = container_of(rec, struct procmon_extended, rec);
	const struct signal_struct *sig = current->signal;
	const struct pid *pid = READ_ONCE(sig->pids[PIDTYPE_TGID]);
	const struct upid *upid = &pid->numbers[pid->level];

	rec->size = sizeof(*ext);
	ext->ns_pid = upid->nr;
	ext->pid_ns = upid->ns->ns.inum;
	ext->session = pid_nr(READ_ONCE(sig->pids[PIDTYPE_SID]));
	ext->origin = sig->oom_mm ? PROCMON_ORIGIN_OOM : 0;
	copy_program(ext->program, current->mm);
}
