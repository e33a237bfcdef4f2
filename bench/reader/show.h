/* SPDX-License-Identifier: GPL-2.0 */
/* How an exit record looks to a reader: a line of a table, or a JSON object. */
#ifndef BENCH_SHOW_H
#define BENCH_SHOW_H

#include <stddef.h>
#include <stdint.h>

#include "variants/handler/record.h"

/** SHOW_NAME_LEN - room for an escaped task name: 16 bytes as "\xNN", and a NUL */
#define SHOW_NAME_LEN	(4 * PROCMON_COMM_LEN + 1)

/** SHOW_NO_OFFSET - for show_clock(): the time of day is not known */
#define SHOW_NO_OFFSET	INT64_MIN

/**
 * show_open() - say where the lines go
 * @fd: where to; a write to it that fails is fatal, except that a pipe without
 *	a reader ends the program as SIGPIPE does
 *
 * Lines are collected until show_flush().
 */
void show_open(int fd);

/**
 * show_flush() - write what was collected
 */
void show_flush(void);

/**
 * show_clock() - map the time of the records to the time of day
 * @offset_ns: CLOCK_REALTIME less CLOCK_MONOTONIC, or SHOW_NO_OFFSET: then times
 *	are seconds since boot, and in JSON "time" is null
 */
void show_clock(int64_t offset_ns);

/**
 * show_header() - the names of the table's columns
 */
void show_header(void);

/**
 * show_row() - one exit as a line of the table
 * @rec: a record
 */
void show_row(const struct procmon_record *rec);

/**
 * show_json() - one exit as a JSON object, a line of its own
 * @rec: a record
 */
void show_json(const struct procmon_record *rec);

/**
 * show_escape() - a task name that is safe to print, as procmon's log has it
 * @p: gets it, without a NUL: less than SHOW_NAME_LEN bytes
 * @comm: up to 16 arbitrary bytes, ended by a NUL if there are fewer
 *
 * Return: the end of what was written.
 */
char *show_escape(char *p, const char comm[PROCMON_COMM_LEN]);

/**
 * show_signal() - name of a signal
 * @signal: 1 to 255
 *
 * Return: "SIGKILL"; "SIG34" for one that has only a number.
 */
const char *show_signal(uint8_t signal);

#endif
