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

/** PROCMON_STREAM - the records of the loaded module */
#define PROCMON_STREAM	DEBUGFS "procmon/stream"

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
 * must_read() - kfile_read() that cannot fail
 * @path: the file
 *
 * Return: its text, to be freed. Dies if it cannot be read.
 */
char *must_read(const char *path);

/**
 * must_write() - kfile_write() that cannot fail
 * @path: the file
 * @text: what to write
 *
 * Dies if that failed.
 */
void must_write(const char *path, const char *text);

/**
 * must_append() - add to what a file has, in one write(2)
 * @path: the file; opening it for anything else may empty a list of the kernel
 * @text: what to add
 *
 * Dies if that failed.
 */
void must_append(const char *path, const char *text);

/**
 * kfile_field() - the value behind a word at the beginning of a line
 * @text: lines of "key value"
 * @key: the word
 *
 * Return: the value up to the end of its line, to be freed; NULL if there is no
 * such line.
 */
char *kfile_field(const char *text, const char *key);

/**
 * kfile_number() - kfile_field() as a number
 * @text: lines of "key value"
 * @key: the word
 *
 * Return: the number; -1 if there is no such line or no number in it.
 */
int64_t kfile_number(const char *text, const char *key);

#endif
