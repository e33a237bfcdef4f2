/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether the reader of the stream got what it should have: the numbers of the
 * records of each CPU, and at the end the module's own counters.
 */
#ifndef BENCH_BALANCE_H
#define BENCH_BALANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "variants/handler/record.h"

/** BALANCE_CPUS - more CPUs than a kernel for x86-64 can have (NR_CPUS is 8192) */
#define BALANCE_CPUS	65536

/**
 * balance_record() - check the number of a record that was read
 * @rec: the record, in the order in which they were read; its CPU is below
 *	BALANCE_CPUS
 *
 * Between two records of a CPU, seq may only skip what dropped has grown by.
 */
void balance_record(const struct procmon_record *rec);

/**
 * balance_batch() - a batch is over: say on stderr what was lost in it
 */
void balance_batch(void);

/**
 * balance_fault() - something is wrong that the sum cannot be right with
 * @fmt: printf format, without the newline; the first fault is shown at the end
 */
void balance_fault(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * balance_read() - number of records that balance_record() was given
 *
 * Return: the number.
 */
unsigned long long balance_read(void);

/**
 * balance_stream() - the last line, for a stream that was stopped and read empty
 * @stats: text of the module's stats, NULL if it cannot be read
 * @shown: how many records the user was shown
 *
 * Return: true if the sum closes.
 */
bool balance_stream(const char *stats, unsigned long long shown);

/**
 * balance_file() - the last line, for records from a file
 * @shown: how many records the user was shown
 *
 * Return: true if nothing is missing that was not dropped.
 */
bool balance_file(unsigned long long shown);

#endif
