/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Marks: how a program in a guest tells the plugin of the emulator where it is. A mark is
 * a store into memory at an address that nobody else uses; what it says is the offset.
 */
#ifndef BENCH_TRACE_MARKS_H
#define BENCH_TRACE_MARKS_H

#include <stddef.h>

/** define MARKS_AT - where the marks are, in the address space of the program */
#define MARKS_AT	0x6d61726b0000ull

/** enum mark - what they say */
enum mark {
	MARK_READY,	/* others will follow: the plugin sleeps until the first of these */
	MARK_START,	/* an exit begins */
	MARK_END,	/* it is over */
	MARK_TEXT,	/* and those behind it: the next character of the trace is this one */
	MARK_NR = MARK_TEXT + 256
};

/** marks - what to store to; NULL while nobody wants any */
extern volatile char *marks;

/**
 * marks_begin() - have the memory for marks, and make MARK_READY
 *
 * Dies if it cannot be had.
 */
void marks_begin(void);

/**
 * marks_print() - write a line into the trace
 * @fmt: printf format
 */
void marks_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * mark() - make a mark, if they are wanted
 * @what: which
 */
static inline void mark(enum mark what)
{
	if (marks)
		marks[what] = 0;
}

#endif
