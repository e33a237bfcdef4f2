/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exits in bulk: make tasks, let each exit with a status of a known sequence,
 * reap each and check what wait(2) says.
 */
#ifndef BENCH_EXITS_H
#define BENCH_EXITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * enum exit_kind - how the tasks are made
 * @EXIT_VFORK: vfork(2); the child shares the memory
 * @EXIT_CLONE: clone(2), the child shares the table of files and the signal handlers,
 *	too: a process all the same, for half the price
 * @EXIT_FORK: fork(2); the child has its own page tables
 * @EXIT_THREAD: pthread_create(3); exits the thread, not the process
 */
enum exit_kind {
	EXIT_VFORK,
	EXIT_CLONE,
	EXIT_FORK,
	EXIT_THREAD,
};

/** exit_kinds - the names of enum exit_kind, NULL-terminated: what --kind takes */
extern const char *const exit_kinds[];

/**
 * exit_code_of() - the known sequence
 * @i: number of the exit, from 0
 *
 * Three digits, so that each line printed about it is equally long, and never
 * the same as the neighbour's.
 *
 * Return: 100 to 199.
 */
static inline int exit_code_of(size_t i)
{
	return 100 + (int)(i % 100);
}

/**
 * struct exits - exits in bulk
 * @kind: how to make the tasks
 * @n: how many
 * @ticks: gets the ticks of counter() from just before the task is made until it is
 *	reaped, @n values; or NULL
 * @ids: gets their process ids, @n values; or NULL. Threads have none
 * @pause: microseconds to sleep after each; 0 for not at all
 * @wave: make so many before the first is awaited, without @ticks and @pause and not
 *	for threads; 0: one after the other
 */
struct exits {
	enum exit_kind kind;
	size_t n;
	int64_t *ticks;
	pid_t *ids;
	size_t wave;
	useconds_t pause;
};

/**
 * FIRST_PID - where the process ids of each storm begin that is timed
 *
 * Five digits from here to its end, so that a line about an exit is always equally long.
 */
#define FIRST_PID	"20000"

/** FILL_UP - exits before any is counted: more than the buffer of the output `dropped` holds */
#define FILL_UP		4

/** WARM_UP - exits before the timed ones: caches of the allocator refill */
#define WARM_UP		32

/**
 * exits_begin() - begin a storm: at the first process id, with FILL_UP exits
 * @kind: how to make the tasks
 */
void exits_begin(enum exit_kind kind);

/**
 * exits_run() - let tasks exit
 * @e: which, and how many
 *
 * Every status is checked; dies on the first that is wrong. The status of a
 * thread is its return value, which pthread_join(3) hands on.
 */
void exits_run(const struct exits *e);

#endif
