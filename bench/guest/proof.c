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

/* What is there: a line for each kprobe, and for each user of a traced function. */
struct lists {
	char *kprobes, *functions;
};

/* What proof_begin() saw. */
static struct lists begun;

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

static struct lists look(void)
{
	return (struct lists){ must_read(KPROBES_LIST), functions() };
}

static void free_lists(struct lists *lists)
{
	free(lists->kprobes);
	free(lists->functions);
}

/* The place of the line that begins so, up to what a kprobe is; or NULL. */
static char *find_line(char *text, const char *line, size_t len)
{
	char *at = text;

	while (*at && (strncmp(at, line, len) || (at[len] != '[' && at[len] != '\n')))
		at += strcspn(at, "\n") + 1;
	return *at ? at : NULL;
}

/*
 * Take the others' lines away. Return false if one of them is not there. What the kernel
 * made of their kprobes may have changed: the sysctl of ours goes for all.
 */
static bool subtract(char *text, const char *others)
{
	while (*others) {
		char *at = find_line(text, others, strcspn(others, "[\n")), *next;

		if (!at)
			return false;
		next = at + strcspn(at, "\n") + 1;
		memmove(at, next, strlen(next) + 1);
		others += strcspn(others, "\n") + 1;
	}
	return true;
}

/* Does one of the kprobes use ftrace at the entry of this function? */
static bool uses_ftrace(const char *kprobes, const char *function)
{
	char *text = xstrdup(kprobes), *rest = text, *line;
	bool found = false;

	while (!found && (line = next_line(&rest)))
		found = strstr(line, function) && strstr(line, "[FTRACE]");
	free(text);
	return found;
}

/*
 * Is what @more has beyond @others the hook, and nothing else? It is all that is left of
 * @more then. NULL if so.
 */
static char *compare(struct lists *more, const struct lists *others, const struct hook *hook)
{
	bool in_kprobes = hook && hook->proof == PROOF_KPROBES;
	bool by_ftrace = in_kprobes && !strcmp(hook->tag, "[FTRACE]");
	bool in_functions = hook && (hook->proof == PROOF_FTRACE ||
				     (by_ftrace && !uses_ftrace(others->kprobes, hook->site)));
	char *k = more->kprobes, *f = more->functions;

	if (!subtract(k, others->kprobes))
		return xasprintf("kprobes/list has changed for another user");
	if (!subtract(f, others->functions))
		return xasprintf("enabled_functions has changed for another user");
	if (count_lines(k) != in_kprobes)
		return xasprintf("kprobes/list has %zu lines", count_lines(k));
	if (count_lines(f) != in_functions)
		return xasprintf("enabled_functions has %zu lines", count_lines(f));
	if (in_kprobes && !strstr(k, hook->site))
		return xasprintf("kprobes/list does not name %s", hook->site);
	if (in_functions && strncmp(f, hook->site, strlen(hook->site)))
		return xasprintf("enabled_functions does not name %s", hook->site);
	return NULL;
}

void proof_begin(bool crowded)
{
	begun = crowded ? look() : (struct lists){ xstrdup(""), xstrdup("") };
}

char *proof_check(const struct hook *hook)
{
	struct lists now = look();
	char *wrong = compare(&now, &begun, hook);

	if (!wrong && hook && hook->proof == PROOF_KPROBES) {
		if (*hook->tag && !strstr(now.kprobes, hook->tag))
			wrong = xasprintf("kprobes/list does not say %s", hook->tag);
		else if (!*hook->tag && strchr(now.kprobes, '['))
			wrong = xasprintf("kprobes/list does not show a breakpoint");
	}
	free_lists(&now);
	return wrong;
}

char *proof_gone(const struct hook *hook)
{
	struct lists now = look();
	char *wrong = compare(&begun, &now, hook);

	free_lists(&now);
	return wrong;
}
