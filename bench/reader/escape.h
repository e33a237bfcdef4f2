/* SPDX-License-Identifier: GPL-2.0 */
/* Text of others, which may be any bytes, as text that is safe to print. */
#ifndef BENCH_ESCAPE_H
#define BENCH_ESCAPE_H

#include <stddef.h>

/** ESCAPE_TEXT_MOST, ESCAPE_JSON_MOST - bytes that one becomes, at most */
#define ESCAPE_TEXT_MOST	4
#define ESCAPE_JSON_MOST	6

/**
 * escape_text() - in C's notation, as procmon's log has it
 * @p: gets it, without a NUL
 * @s: the bytes
 * @len: so many
 *
 * What is not printable ASCII, the backslash and ] are escaped: see
 * string_escape_mem() with the flags of procmon_escape_comm() in the module.
 *
 * Return: the end of what was written.
 */
char *escape_text(char *p, const char *s, size_t len);

/**
 * escape_json() - as the inside of a string of JSON
 * @p: gets it, without a NUL
 * @s: the bytes
 * @len: so many
 *
 * Each byte that is not printable ASCII as the Latin-1 character of its number.
 *
 * Return: the end of what was written.
 */
char *escape_json(char *p, const char *s, size_t len);

#endif
