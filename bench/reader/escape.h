/* SPDX-License-Identifier: GPL-2.0 */
/* Text of others, which may be any bytes, as text that is safe to print. */
#ifndef BENCH_ESCAPE_H
#define BENCH_ESCAPE_H

#include <stdbool.h>
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
 * escape_is_utf8() - is it text?
 * @s: the bytes
 * @len: so many
 *
 * Return: whether they are UTF-8, utf-8(7): nothing overlong, no surrogate, up to U+10FFFF.
 */
bool escape_is_utf8(const char *s, size_t len);

/**
 * escape_json() - as the inside of a string of JSON
 * @p: gets it, without a NUL
 * @s: the bytes
 * @len: so many
 * @text: they are the UTF-8 of this text; else each stands for the Latin-1 character of its
 *	number
 *
 * What is not printable ASCII is escaped in either case, so that it is safe on a terminal.
 *
 * Return: the end of what was written.
 */
char *escape_json(char *p, const char *s, size_t len, bool text);

#endif
