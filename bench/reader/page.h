/* SPDX-License-Identifier: GPL-2.0 */
/* A page to look at: exits over time, what failed, what took long, what was lost. */
#ifndef BENCH_PAGE_H
#define BENCH_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "reader/exit.h"

/**
 * page_begin() - to be called before all else
 * @utc: whether times are UTC, and not local
 */
void page_begin(bool utc);

/**
 * page_add() - some exits more
 * @exits: the exits
 * @n: so many
 *
 * What is kept of them does not grow with their number, but with that of the names, up to
 * PAGE_NAMES of each kind.
 */
void page_add(const struct exit *exits, size_t n);

/** PAGE_NAMES - programs and containers that have a line of their own, at most */
#define PAGE_NAMES	131072

/**
 * page_write() - put the page in the place of FILE, whole or not at all
 * @file: its path; it needs no other file, and no network
 * @account: the last line of the balance
 * @closes: whether its sum closes
 *
 * Dies if it cannot be written.
 */
void page_write(const char *file, const char *account, bool closes);

#endif
