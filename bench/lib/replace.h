/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writing files so that each is either as before or complete, whatever goes wrong
 * and whenever: all are made first, beside their places, and put there by rename()
 * last.
 */
#ifndef BENCH_REPLACE_H
#define BENCH_REPLACE_H

#include "lib/util.h"

/**
 * replace_write() - make the next contents of a file
 * @path: the file; it stays as it is until replace_all()
 * @t: what it shall hold
 *
 * Dies if it cannot be written. If the program ends before replace_all(), by
 * itself or by a signal that asks it to, nothing is left of it.
 *
 * Return: where the text is until then; owned by this file.
 */
const char *replace_write(const char *path, const struct text *t);

/**
 * replace_all() - put everything in place that replace_write() has made
 */
void replace_all(void);

#endif
