// SPDX-License-Identifier: GPL-2.0
/*
 * A task's name as the outputs for people print it.
 */
#include <linux/ctype.h>
#include <linux/string.h>
#include <linux/string_helpers.h>

#include "internal.h"

/* Is there nothing to escape, as with nearly every name? */
static bool comm_is_plain(const char *comm, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (!isascii(comm[i]) || !isprint(comm[i]) ||
		    comm[i] == '\\' || comm[i] == ']')
			return false;
	}
	return true;
}

/**
 * procmon_escape_comm - a task name that is safe to print
 * @name: the escaped name, NUL-terminated
 * @comm: up to 15 arbitrary bytes, NUL-terminated
 *
 * A name is 15 bytes that anybody may set with prctl(PR_SET_NAME). What is not
 * printable ASCII is escaped in C's notation (\n, \e, \x9b), and so are the
 * backslash and the bracket that closes a name in the log: the result cannot
 * forge a line, reaches no terminal as a control sequence, and can be undone.
 *
 * Return: length of @name without its NUL.
 */
unsigned int procmon_escape_comm(char name[PROCMON_NAME_LEN],
				 const char comm[PROCMON_COMM_LEN])
{
	size_t len = strnlen(comm, PROCMON_COMM_LEN - 1);

	if (likely(comm_is_plain(comm, len)))
		memcpy(name, comm, len);
	else
		len = string_escape_mem(comm, len, name, PROCMON_NAME_LEN - 1,
					ESCAPE_SPACE | ESCAPE_SPECIAL |
					ESCAPE_HEX | ESCAPE_NAP |
					ESCAPE_APPEND, "\\]");
	name[len] = '\0';
	return len;
}
