/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What read(2) gave, as exits in the order of time. Whatever pieces it comes in:
 * records are held until the clock record behind them is there, which the kernel puts
 * at the end of each read(2) of the stream.
 */
#ifndef BENCH_INTAKE_H
#define BENCH_INTAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "reader/exit.h"

/**
 * struct intake - where exits come in
 * @wants: whether an exit is to be shown; the others are counted only; NULL: all are
 * @in_order: sort them by time; the records of each CPU are so in any case
 * @show: gets the exits up to a clock record; they are valid until it returns
 * @bufs: buffers; those before the current one have records that wait
 * @n_bufs: so many
 * @current: the one that is read into
 * @len: bytes that are in it
 * @seen: and so many of them are whole records that were looked at
 * @exits: those that wait for the next clock record
 * @n: so many
 * @room: for so many there is memory
 * @other: memory for as many, to sort them
 * @ends: where stretches of them end that are in order
 */
struct intake {
	bool (*wants)(const struct procmon_record *rec);
	bool in_order;
	void (*show)(const struct exit *exits, size_t n);

	char **bufs;
	size_t n_bufs, current;
	size_t len, seen;
	struct exit *exits;
	size_t n, room;
	struct exit *other;
	size_t *ends;
};

/**
 * intake_room() - where the next read may go
 * @in: the intake
 * @room: gets the bytes that are there, at least 64 KiB, and 1 MiB if nothing waits
 *
 * Return: the memory.
 */
char *intake_room(struct intake *in, size_t *room);

/**
 * intake_take() - some more bytes are there
 * @in: the intake
 * @len: so many; 0: these were the last
 *
 * Return: NULL; or, when all before it was shown, what is no record of ours and why,
 * to be freed. There is no going on then.
 */
char *intake_take(struct intake *in, size_t len);

/**
 * intake_fault() - can a record be read at all?
 * @rec: a record, of which version and size are there
 *
 * Return: NULL, or why not, to be freed.
 */
char *intake_fault(const struct procmon_record *rec);

#endif
