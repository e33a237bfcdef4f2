/* SPDX-License-Identifier: GPL-2.0 */
/* Where records come from: the device of a loaded module, or a file. */
#ifndef BENCH_SOURCE_H
#define BENCH_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** enum source_event - what source_wait() has waited for */
enum source_event {
	SOURCE_END,	/* it is time to end */
	SOURCE_DATA,	/* there is something to read */
	SOURCE_TICK,	/* another interval is over */
};

/**
 * struct source - where records come from
 * @fd: what is read
 * @name: for messages
 * @live: it is the stream of a loaded module
 * @deadline: CLOCK_MONOTONIC, ns, when it is enough; 0: never
 * @interval: ns, how often there is a SOURCE_TICK; 0: never
 * @tick: CLOCK_MONOTONIC, ns, when there is one
 * @ended: there will be no more
 * @other_fd: what else is to be read, or a negative number; before source_open()
 * @on_other: does it
 */
struct source {
	int fd;
	const char *name;
	bool live;
	int64_t deadline;
	int64_t interval, tick;
	bool ended;
	int other_fd;
	void (*on_other)(void);
};

/**
 * source_open() - open it, or die with a line that says why not
 * @src: all zero, but for the other file
 * @file: NULL for the device, "-" for standard input
 * @duration_ns: for so long; 0: without end
 * @interval_ns: how often there is a SOURCE_TICK; 0: never
 * @rotates: SIGHUP is for output_reopen(), and no end
 *
 * From here on Ctrl-C and SIGTERM end source_wait(), and SIGHUP if it is not for the
 * output, nor was ignored when the program began; another one ends the program. SIGPIPE
 * is ignored: output_write() knows by EPIPE.
 */
void source_open(struct source *src, const char *file, int64_t duration_ns,
		 int64_t interval_ns, bool rotates);

/**
 * source_wait() - wait until there is something to read, or an interval is over
 * @src: the source
 *
 * If nobody reads the output any more, it is output_lost().
 *
 * Return: what it is.
 */
enum source_event source_wait(struct source *src);

/**
 * source_read() - read once
 * @src: the source
 * @buf: where to
 * @size: bytes there
 *
 * Return: bytes; 0 if there were none just now, or if it has ended.
 */
size_t source_read(struct source *src, char *buf, size_t size);

/**
 * source_stop() - let the module make no more records
 * @src: a live one; what it still has is to be read until it has ended
 */
void source_stop(const struct source *src);

#endif
