/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's small text files: procfs, sysfs, debugfs, tracefs. */
#ifndef BENCH_KFILE_H
#define BENCH_KFILE_H

#include <stdbool.h>
#include <stdint.h>

#define TRACEFS	"/sys/kernel/tracing/"
#define DEBUGFS	"/sys/kernel/debug/"

/** PROCMON_STATS - the counters of the loaded module */
#define PROCMON_STATS	DEBUGFS "procmon/stats"

/**
 * path_of() - the path of a file that depends on something
 * @fmt: printf format
 *
 * Return: the path, until the next call.
 */
const char *path_of(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * kfile_read() - read a whole file
 * @path: the file
 *
 * Return: its text, to be freed; NULL with errno set if it cannot be read.
 */
char *kfile_read(const char *path);

/**
 * kfile_write() - write a file in one write(2), truncating it first
 * @path: the file
 * @text: what to write
 *
 * Return: false with errno set if that failed.
 */
bool kfile_write(const char *path, const char *text);

/**
 * must_read(), must_write(), must_append() - the same, but they die if they fail
 * @path: the file; opening a list of the kernel for anything but appending may empty it
 * @text: what to write or to add, in one write(2)
 */
char *must_read(const char *path);
void must_write(const char *path, const char *text);
void must_append(const char *path, const char *text);

/**
 * kfile_field(), kfile_number() - the value behind a word at the beginning of a line
 * @text: lines of "key value", with a blank or a tab between them
 * @key: the word
 *
 * Return: the value up to the end of its line, to be freed, or NULL; as a number, or -1.
 */
char *kfile_field(const char *text, const char *key);
int64_t kfile_number(const char *text, const char *key);

#endif
