/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A process that does operations to the module, chosen at random (see fuzz.c), and
 * what an operation is.
 */
#ifndef BENCH_ACTOR_H
#define BENCH_ACTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** ACTOR_CPUS - CPUs that a guest of ours may have */
#define ACTOR_CPUS	64

/**
 * struct image - the module, as init_module(2) takes it
 * @bytes: the file
 * @size: its size
 * @params: what the hook takes, with a blank behind it, or ""
 * @variant: the name of its directory
 */
struct image {
	const void *bytes;
	size_t size;
	const char *params;
	const char *variant;
};

/**
 * struct session - what this process knows of the stream that it holds open
 * @fd: the stream, or -1 if it is not open
 * @read: records that were read; in memory that all who have @fd share
 * @shared: others read or have read it, so numbers may be missing here
 * @killed: one of them was killed, perhaps between its read and its count
 * @next: for each CPU the number of the next record, if none is dropped
 * @dropped: for each CPU what its last record said
 */
struct session {
	int fd;
	size_t *read;
	bool shared;
	bool killed;
	uint64_t next[ACTOR_CPUS];
	uint32_t dropped[ACTOR_CPUS];
};

struct operation;

/**
 * struct actor - one of the processes
 * @seed: of the whole run
 * @number: of this process, from 0
 * @turn: number of the operation, from 0
 * @operation: the one at hand
 * @chance: state of its random numbers; they follow from the three above, so that
 *	what an operation does depends on nothing that happened before
 * @image: the module
 * @session: the stream
 */
struct actor {
	size_t seed;
	size_t number;
	size_t turn;
	const struct operation *operation;
	uint64_t chance;
	const struct image *image;
	struct session session;
};

/** MAX_ERRORS - different errors that an operation may end with */
#define MAX_ERRORS	6

/**
 * enum operation_when - when an operation may be chosen
 * @ANY_TIME: always
 * @CLOSED: while this process has not the stream open
 * @OPEN: while it has
 */
enum operation_when {
	ANY_TIME,
	CLOSED,
	OPEN,
};

/**
 * struct operation - one thing that a process may do
 * @name: for people
 * @weight: how often it is chosen, beside the others
 * @when: when it may be
 * @forked: one may do it who has got the open stream by fork(2)
 * @fails: it must not succeed
 * @run: do it; return 0, or the errno that it ended with
 * @errors: what it may end with, 0 behind the last
 */
struct operation {
	const char *name;
	unsigned int weight;
	enum operation_when when;
	bool forked;
	bool fails;
	int (*run)(struct actor *a);
	int errors[MAX_ERRORS + 1];
};

/**
 * actor_turn() - begin with the next operation
 * @a: the process
 * @turn: its number
 */
void actor_turn(struct actor *a, size_t turn);

/**
 * actor_choose() - draw one of several operations
 * @a: the process
 * @ops: the operations
 * @n: how many
 *
 * Return: one of them, or NULL if the one that was drawn may not be done now.
 */
const struct operation *actor_choose(struct actor *a, const struct operation *const *ops,
				     size_t n);

/**
 * actor_do() - do an operation
 * @a: the process
 * @op: the operation
 *
 * Dies if it ended in a way that is not in its table.
 *
 * Return: 0, or the errno that it ended with.
 */
int actor_do(struct actor *a, const struct operation *op);

/**
 * actor_draw() - a random number
 * @a: the process
 * @n: how many there are to choose from, not 0
 *
 * Return: 0 <= x < n.
 */
size_t actor_draw(struct actor *a, size_t n);

/**
 * actor_draw_bytes() - random bytes
 * @a: the process
 * @to: where to
 * @n: how many
 */
void actor_draw_bytes(struct actor *a, char *to, size_t n);

/** actor_one_of() - one element of an array, at random */
#define actor_one_of(a, array)	((array)[actor_draw((a), ARRAY_SIZE(array))])

/**
 * actor_fault() - something is wrong: say so, with all that it takes to do it again
 * @a: the process
 * @fmt: printf format, without the newline
 */
void actor_fault(const struct actor *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), noreturn));

/**
 * actor_write() - write to a file that may be gone
 * @path: the file
 * @bytes: what to write, in one write(2)
 * @n: how many
 *
 * Return: 0, or the errno of open(2) or write(2).
 */
int actor_write(const char *path, const char *bytes, size_t n);

#endif
