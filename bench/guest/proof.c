// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "guest/proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/kfile.h"
#include "lib/util.h"

#define KPROBES_LIST	DEBUGFS "kprobes/list"
#define ENABLED_FUNCS	TRACEFS "enabled_functions"

/*
 * The function that procmon holds to keep ftrace switched on, traced with most
 * hooks (variants/handler/hold.c).
 */
#define HELD		"kernel_power_off"

/* What others have there, in the form of the two functions below. */
static char *other_kprobes, *other_functions;

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* Cut the next line off; NULL at the end. */
static char *next_line(char **rest)
{
	char *line = strsep(rest, "\n");

	return line && *line ? line : NULL;
}

static char *kprobes(void)
{
	return must_read(KPROBES_LIST);
}

/* One line with the name of the function for each of its users, from "name (users) ...". */
static char *functions(void)
{
	char *text = must_read(ENABLED_FUNCS), *rest = text, *line;
	struct text users = { 0 };

	text_add(&users, "%s", "");
	while ((line = next_line(&rest))) {
		size_t name = strcspn(line, " ");
		long n;

		/* more about the function before */
		if (*line == '\t')
			continue;
		if (sscanf(line + name, " (%ld)", &n) != 1)
			die(ENABLED_FUNCS " has \"%s\"", line);
		line[name] = '\0';
		while (n-- > 0 && strcmp(line, HELD))
			text_add(&users, "%s\n", line);
	}
	free(text);
	return users.s;
}

/* The place of the line in the text, or NULL. */
static char *find_line(char *text, const char *line, size_t len)
{
	char *at = text;

	while (*at && (strncmp(at, line, len) || at[len] != '\n'))
		at += strcspn(at, "\n") + 1;
	return *at ? at : NULL;
}

/* Take the others' lines away. Return false if one of them is not there. */
static bool subtract(char *text, const char *others)
{
	while (*others) {
		size_t len = strcspn(others, "\n");
		char *at = find_line(text, others, len);

		if (!at)
			return false;
		memmove(at, at + len + 1, strlen(at + len + 1) + 1);
		others += len + 1;
	}
	return true;
}

/* Does another kprobe use ftrace at the entry of this function? */
static bool other_uses_ftrace(const char *function)
{
	char *text = xstrdup(other_kprobes), *rest = text, *line;
	bool found = false;

	while (!found && (line = next_line(&rest)))
		found = strstr(line, function) && strstr(line, "[FTRACE]");
	free(text);
	return found;
}

void proof_begin(bool crowded)
{
	other_kprobes = crowded ? kprobes() : xstrdup("");
	other_functions = crowded ? functions() : xstrdup("");
}

char *proof_check(const struct hook *hook)
{
	char *k = kprobes(), *f = functions();
	bool in_kprobes = hook && hook->proof == PROOF_KPROBES;
	bool by_ftrace = in_kprobes && !strcmp(hook->tag, "[FTRACE]");
	bool in_functions = hook && (hook->proof == PROOF_FTRACE ||
				     (by_ftrace && !other_uses_ftrace(hook->site)));
	char *wrong = NULL;

	if (!subtract(k, other_kprobes))
		wrong = xasprintf("kprobes/list has changed for another user");
	else if (!subtract(f, other_functions))
		wrong = xasprintf("enabled_functions has changed for another user");
	else if (count_lines(k) != in_kprobes)
		wrong = xasprintf("kprobes/list has %zu lines", count_lines(k));
	else if (count_lines(f) != in_functions)
		wrong = xasprintf("enabled_functions has %zu lines", count_lines(f));
	else if (in_kprobes && !strstr(k, hook->site))
		wrong = xasprintf("kprobes/list does not name %s", hook->site);
	else if (in_functions && strncmp(f, hook->site, strlen(hook->site)))
		wrong = xasprintf("enabled_functions does not name %s", hook->site);
	else if (in_kprobes && *hook->tag && !strstr(k, hook->tag))
		wrong = xasprintf("kprobes/list does not say %s", hook->tag);
	else if (in_kprobes && !*hook->tag && strchr(k, '['))
		wrong = xasprintf("kprobes/list does not show a breakpoint");
	free(k);
	free(f);
	return wrong;
}
