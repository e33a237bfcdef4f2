/* SPDX-License-Identifier: GPL-2.0 */
/* A table of columns that the user chose, as ps(1) has it with -o. */
#ifndef BENCH_FORMAT_H
#define BENCH_FORMAT_H

#include <stdbool.h>

#include "reader/exit.h"

/** FORMAT_FIELDS_MOST - so many columns at most, so that there is room for a line */
#define FORMAT_FIELDS_MOST	32

/**
 * format_take() - which columns
 * @list: names of fields with commas between them; behind one may stand "=HEAD", the head
 *	of its column
 *
 * To be called once.
 *
 * Return: NULL, or what is wrong with it, to be freed.
 */
char *format_take(const char *list);

/**
 * format_begin() - to be called before any line is made
 * @utc: whether times are UTC, and not local
 */
void format_begin(bool utc);

/**
 * format_header() - append the line of heads
 * @p: where to
 *
 * Return: the end; @p if each column's head is empty.
 */
char *format_header(char *p);

/**
 * format_line() - append the line of an exit
 * @p: where to
 * @e: the exit
 *
 * Return: the end.
 */
char *format_line(char *p, const struct exit *e);

#endif
