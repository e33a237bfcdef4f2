/* SPDX-License-Identifier: GPL-2.0 */
/* How an exit looks to a reader: a line of a table, or a JSON object. */
#ifndef BENCH_SHOW_H
#define BENCH_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reader/exit.h"

/** SHOW_NAME_LEN - room for an escaped task name: 16 bytes as "\xNN", and a NUL */
#define SHOW_NAME_LEN	(4 * PROCMON_COMM_LEN + 1)

/** SHOW_SIGNALS - a wait status has signals below this number */
#define SHOW_SIGNALS	128

/**
 * show_begin() - to be called before all else, but behind output_open()
 * @utc: whether the table's time is UTC, and not local
 *
 * A row has all columns where there is room for them: on a terminal that wide, or with
 * COLUMNS in the environment, as ps(1) has it. Else it fits 80 columns. What failed is
 * red on a terminal, unless NO_COLOR is in the environment.
 */
void show_begin(bool utc);

/**
 * show_header() - the names of the table's columns
 */
void show_header(void);

/**
 * show_rows(), show_json() - exits as lines of the table, or as a JSON object each
 * @exits: the exits
 * @n: so many
 *
 * The lines are collected until show_flush().
 */
void show_rows(const struct exit *exits, size_t n);
void show_json(const struct exit *exits, size_t n);

/**
 * show_lines() - exits as lines that another one makes
 * @exits: the exits
 * @n: so many
 * @put: appends the line of one, of 16 KiB at most
 */
void show_lines(const struct exit *exits, size_t n,
		char *(*put)(char *p, const struct exit *e));

/**
 * show_head() - the line above them
 * @put: appends it, or nothing
 */
void show_head(char *(*put)(char *p));

/**
 * show_is_oom() - did the OOM killer choose it?
 * @rec: the record; of a basic one it is not known
 *
 * Return: whether it is known that it did.
 */
static inline bool show_is_oom(const struct procmon_record *rec)
{
	const struct procmon_extended *ext = procmon_record_extended(rec);

	return ext && (ext->origin & PROCMON_ORIGIN_OOM);
}

/**
 * show_result() - append how it ended: "0", "exit 3", "SIGSEGV (core)", "SIGKILL (oom)"
 * @p: where to; without a NUL
 * @rec: the record
 * @oom: whether the OOM killer chose it
 *
 * Return: the end.
 */
char *show_result(char *p, const struct procmon_record *rec, bool oom);

/**
 * show_new_cgroups() - there are cgroups of which it was not known before
 */
void show_new_cgroups(void);

/**
 * show_flush() - write what was collected to the output, see output_write()
 */
void show_flush(void);

/**
 * show_unwritten() - how many exits are not, or not whole, in the output, since it failed
 */
uint64_t show_unwritten(void);

/**
 * show_escape() - a task name that is safe to print, as procmon's log has it
 * @p: gets it, without a NUL: less than SHOW_NAME_LEN bytes
 * @comm: up to 16 arbitrary bytes, ended by a NUL if there are fewer
 *
 * Return: the end of what was written.
 */
char *show_escape(char *p, const char comm[PROCMON_COMM_LEN]);

/** SHOW_PROGRAM_LEN - room for an escaped name of a program, and a NUL */
#define SHOW_PROGRAM_LEN	(4 * PROCMON_PROGRAM_LEN + 1)

/**
 * show_program() - append the name of the program, as show_escape() does that of a task
 * @p: gets it, without a NUL: less than SHOW_PROGRAM_LEN bytes
 * @rec: the record
 *
 * Return: the end of what was written; @p if the program is not known.
 */
char *show_program(char *p, const struct procmon_record *rec);

/**
 * show_signal() - name of a signal
 * @signal: from 1 on, below SHOW_SIGNALS
 *
 * Return: "SIGKILL"; "SIG34" for one that has only a number.
 */
const char *show_signal(int signal);

#endif
