/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the reader's output goes: the one place that writes it, waits until there is room
 * for it, and knows when there will be no more.
 */
#ifndef BENCH_OUTPUT_H
#define BENCH_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/** enum output_mode - what becomes of a file that is there already */
enum output_mode {
	OUTPUT_ANEW,	/* it is emptied */
	OUTPUT_APPEND,	/* it is added to, as a log is */
};

/**
 * output_open() - choose where all output goes
 * @file: a file, which is made for the user alone (who may not see the exits may not see
 *	it); NULL or "-" for standard output, which is what it is without a call
 * @mode: of a file
 *
 * Dies if the file cannot be opened.
 */
void output_open(const char *file, enum output_mode mode);

/**
 * output_fd() - the file descriptor, for poll(2) and lseek(2)
 */
int output_fd(void);

/**
 * output_name() - what it is called in messages
 */
const char *output_name(void);

/**
 * output_write() - write all of it
 * @p: what
 * @len: bytes
 *
 * Waits for as long as a descriptor that does not block has no room: whoever shares it
 * may have made it so, see O_NONBLOCK of open(2) and EAGAIN of write(2). The first
 * failure is told on stderr, but not that nobody reads a pipe any more.
 *
 * Return: how many bytes are written; less than @len once it has failed.
 */
size_t output_write(const char *p, size_t len);

/**
 * output_failed() - has it failed, so that nothing more can be written?
 */
bool output_failed(void);

/**
 * output_lost() - nobody reads it any more: as if a write had failed for that
 */
void output_lost(void);

/**
 * output_reopen() - open the file anew by its name, as it may have got another
 *
 * Of standard output it does nothing. Failure is told as that of a write.
 */
void output_reopen(void);

/**
 * output_close() - the end of it
 *
 * Some file systems tell only now that there was no room.
 *
 * Return: false if it has failed.
 */
bool output_close(void);

/**
 * output_die() - end the program by SIGPIPE, as cat does, if nobody read its output
 *
 * To be called when all is told; does nothing if that was not so.
 */
void output_die(void);

#endif
