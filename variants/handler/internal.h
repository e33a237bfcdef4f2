/* SPDX-License-Identifier: GPL-2.0 */
/* What the library's own files share; a variant needs only handler.h. */
#ifndef PROCMON_INTERNAL_H
#define PROCMON_INTERNAL_H

#include <linux/jump_label.h>
#include <linux/tracepoint-defs.h>

#include "handler.h"

/** PROCMON_NAME_LEN - a task name with every byte escaped as \xNN, and NUL */
#define PROCMON_NAME_LEN	((PROCMON_COMM_LEN - 1) * 4 + 1)

/*
 * procmon_long_way: on while there is more to do with an exit than to write its record
 * to the stream, with the CPU's counter as its time. Whoever has more holds one count.
 */
DECLARE_STATIC_KEY_FALSE(procmon_long_way);

/*
 * extended.c; the key is on with record=extended, as is procmon_long_way: only there is
 * a record anything but a struct procmon_record.
 */
DECLARE_STATIC_KEY_FALSE(procmon_extended);
void procmon_extended_start(void);
void procmon_extend(struct procmon_record *rec);

/**
 * procmon_record_size - bytes of a record of the stream
 *
 * Return: the size of one, an exit or a clock, which never changes while the module is loaded.
 */
static inline size_t procmon_record_size(void)
{
	return static_branch_unlikely(&procmon_extended) ? sizeof(struct procmon_extended)
							  : sizeof(struct procmon_record);
}

/* escape.c */
unsigned int procmon_escape_comm(char name[PROCMON_NAME_LEN],
				 const char comm[PROCMON_COMM_LEN]);

/* param.c */
int procmon_param_refuse(const struct kernel_param *kp, const char *val,
			 const char *allowed);

/* filter.c */
DECLARE_STATIC_KEY_FALSE(procmon_filtering);
bool procmon_filter_passes(const struct procmon_record *rec);

/* log.c; the key is on while log= is not off */
DECLARE_STATIC_KEY_FALSE(procmon_logging);
void procmon_log(const struct procmon_record *rec);
void procmon_log_start(void);
void procmon_log_stop(void);

/* trace.c; the tracepoint is on while somebody listens to the event */
DECLARE_TRACEPOINT(procmon_exit);
void procmon_trace(const struct procmon_record *rec);

/* audit.c */
int procmon_audit_start(enum procmon_unit unit);
void procmon_audit_stop(void);
unsigned long procmon_audit_missed(const struct procmon_counters *sum);

/* counters.c */
void procmon_between_exits(void (*func)(int cpu));
void procmon_counters_sum(struct procmon_counters *sum);

/* missed.c */
unsigned long procmon_missed(void);

/* unit.c */
enum procmon_unit procmon_unit(void);
const char *procmon_unit_name(void);

/* stats.c */
void procmon_stats_create(void);
void procmon_stats_remove(void);
void procmon_stats_summary(void);

/**
 * procmon_output_on - an output other than the stream wants records from now on
 *
 * Context: process context, may sleep. Undone by procmon_output_off().
 */
static inline void procmon_output_on(void)
{
	static_branch_inc(&procmon_long_way);
	static_branch_inc(&procmon_wanted);
}

/**
 * procmon_output_off - undo procmon_output_on()
 *
 * Context: as procmon_output_on().
 */
static inline void procmon_output_off(void)
{
	static_branch_dec(&procmon_wanted);
	static_branch_dec(&procmon_long_way);
}

/**
 * procmon_flavour_name - what the probe is at this moment
 *
 * Return: its name, "-" if there is but one way.
 */
static inline const char *procmon_flavour_name(void)
{
	return procmon_variant.flavour ? procmon_variant.flavour() : "-";
}

#endif /* PROCMON_INTERNAL_H */
