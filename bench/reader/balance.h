/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether the reader of the stream got what it should have: the numbers of the
 * records of each CPU, and at the end the module's own counters.
 */
#ifndef BENCH_BALANCE_H
#define BENCH_BALANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "variants/handler/record.h"

/**
 * struct balance_cpu - what is known of the records of a CPU
 * @due: the number that is due, plus 1; 0: there was none yet
 * @dropped: what the last record said
 */
struct balance_cpu {
	uint64_t due;
	uint32_t dropped;
};

/** balance_cpus - of each CPU that a record can name */
extern struct balance_cpu balance_cpus[UINT16_MAX + 1];

/**
 * balance_gap() - make a record the one that is due, which it is not, or not just so
 * @rec: the record
 */
void balance_gap(const struct procmon_record *rec);

/**
 * balance_record() - check the number of a record that was read
 * @rec: the record, in the order in which they were read
 *
 * The records of a CPU have numbers without a gap; what was dropped between them is
 * the growth of dropped.
 */
static inline void balance_record(const struct procmon_record *rec)
{
	struct balance_cpu *cpu = &balance_cpus[rec->cpu];

	if (rec->number + 1 != cpu->due || rec->dropped != cpu->dropped)
		balance_gap(rec);
	cpu->due++;
}

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
 * balance_cut() - the fault that the records end in the middle of one
 * @name: of what was read
 * @bytes: so many there are of it
 */
void balance_cut(const char *name, size_t bytes);

/**
 * balance_read() - number of records that balance_record() was given
 *
 * Return: the number; it is the right one as long as there was no fault.
 */
uint64_t balance_read(void);

/**
 * balance_lost() - number of exits dropped that the records tell of, up to the last batch;
 *	behind balance_stream() all that the module dropped
 */
uint64_t balance_lost(void);

/**
 * balance_account() - the last line, when there was one
 *
 * Return: its text, without the name of the program and the newline.
 */
const char *balance_account(void);

/**
 * balance_stream() - the last line, for a stream that was stopped and read empty
 * @stats: text of the module's stats, NULL if it cannot be read, with errno
 * @how: what was done with them: "shown" or "saved"
 * @done: with how many of the records
 *
 * Return: true if the sum closes, as far as it can be known.
 */
bool balance_stream(const char *stats, const char *how, uint64_t done);

/**
 * balance_file() - the last line, for records from a file
 * @how: as in balance_stream()
 * @done: likewise
 *
 * Return: true if nothing is missing that was not dropped.
 */
bool balance_file(const char *how, uint64_t done);

#endif
