// SPDX-License-Identifier: GPL-2.0
#include "lib/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

/* Longer ones have their help on the next line. */
#define MAX_WIDTH	24

/* What getopt_long() returns for the entry at @i: no character is as large. */
#define CODE(i)		(256 + (int)(i))

static const struct option_entry help_entry =
	OPTIONS_FLAG("help", 'h', NULL, "this text");

static size_t count_entries(const struct program *p)
{
	size_t n = 0;

	while (p->options && (p->options[n].name || p->options[n].help))
		n++;
	return n;
}

/* The entry at @i; --help is behind the last. */
static const struct option_entry *entry_at(const struct program *p, size_t i)
{
	return i < count_entries(p) ? &p->options[i] : &help_entry;
}

void options_wrong(const struct program *p, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", p->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; try %s --help\n", p->name);
	exit(2);
}

static char *left_column(const struct option_entry *e)
{
	char letter[] = "    ";

	if (e->letter)
		sprintf(letter, "-%c, ", e->letter);
	return xasprintf("  %s--%s%s%s", letter, e->name, e->value ? " " : "", e->value ?: "");
}

static void print_entry(const struct option_entry *e, size_t width)
{
	char *left = e->name ? left_column(e) : NULL;
	const char *at = e->help;

	if (!left) {
		printf("\n%s\n", e->help);
		return;
	}
	printf("%s%s", left, strlen(left) > width ? "\n" : "");
	printf("%*s", (int)(width + 2 - (strlen(left) > width ? 0 : strlen(left))), "");
	for (; *at; at++) {
		putchar(*at);
		if (*at == '\n')
			printf("%*s", (int)width + 2, "");
	}
	putchar('\n');
	free(left);
}

static void print_help(const struct program *p)
{
	size_t n = count_entries(p), width = 0;
	const char *at = p->usage;
	bool begin = true;

	for (size_t i = 0; i <= n; i++) {
		const struct option_entry *e = entry_at(p, i);
		char *left = e->name ? left_column(e) : NULL;
		size_t len = left ? strlen(left) : 0;

		free(left);
		if (len <= MAX_WIDTH && len > width)
			width = len;
	}
	for (; *at; at++) {
		if (begin)
			printf("%s %s%s", at == p->usage ? "usage:" : "      ", p->name,
			       *at == ' ' ? "" : " ");
		putchar(*at);
		begin = *at == '\n';
	}
	printf("\n\n%s\n", p->about);
	if (!n || p->options[0].kind != OPTION_HEADING)
		putchar('\n');
	for (size_t i = 0; i <= n; i++)
		print_entry(entry_at(p, i), width);
	if (p->more)
		printf("\n%s\n", p->more);
}

static int choose(const struct program *p, const struct option_entry *e, const char *value)
{
	struct text all = { 0 };
	int i;

	for (i = 0; e->words[i]; i++) {
		if (!strcmp(value, e->words[i]))
			return i;
		text_add(&all, "%s%s", !i ? "" : e->words[i + 1] ? ", " : " or ", e->words[i]);
	}
	options_wrong(p, "--%s takes %s, not '%s'", e->name, all.s, value);
}

static void take(const struct program *p, const struct option_entry *e, const char *value)
{
	unsigned long long n;
	char *end;

	switch (e->kind) {
	case OPTION_HEADING:
		break;
	case OPTION_FLAG:
		if (e != &help_entry) {
			*(bool *)e->to = true;
			break;
		}
		print_help(p);
		exit(0);
	case OPTION_TEXT:
		*(const char **)e->to = value;
		break;
	case OPTION_NUMBER:
		errno = 0;
		n = strtoull(value, &end, 10);
		/* It would take blanks, and a minus, too. */
		if (*value < '0' || *value > '9' || *end || errno || n < e->min || n > e->max)
			options_wrong(p, "--%s takes a number from %zu to %zu, not '%s'", e->name,
				      e->min, e->max, value);
		*(size_t *)e->to = (size_t)n;
		break;
	case OPTION_CHOICE:
		*(int *)e->to = choose(p, e, value);
		break;
	case OPTION_EACH:
		e->take(value);
		break;
	}
}

int options_parse(const struct program *p, int argc, char **argv)
{
	size_t n = count_entries(p), nr_long = 0, args;
	struct option *table = xcalloc(n + 2, sizeof(*table));
	struct text letters = { 0 };
	int c;

	/* ':' for a message of our own, in one line. */
	text_add(&letters, "%s:", p->command ? "+" : "");
	for (size_t i = 0; i <= n; i++) {
		const struct option_entry *e = entry_at(p, i);

		if (!e->name)
			continue;
		table[nr_long++] = (struct option){
			e->name, e->value ? required_argument : no_argument, NULL, CODE(i)
		};
		if (e->letter)
			text_add(&letters, "%c%s", e->letter, e->value ? ":" : "");
	}
	while ((c = getopt_long(argc, argv, letters.s, table, NULL)) != -1) {
		size_t at = 0;

		if (c == ':')
			options_wrong(p, "%s needs a value", argv[optind - 1]);
		if (c == '?' && optopt && optopt < CODE(0))
			options_wrong(p, "-%c: unknown option", optopt);
		if (c == '?' && optopt)
			options_wrong(p, "%s takes no value", argv[optind - 1]);
		if (c == '?')
			options_wrong(p, "%s: unknown option", argv[optind - 1]);
		/* There is one, getopt_long() has seen to it. */
		while (c != CODE(at) && c != entry_at(p, at)->letter)
			at++;
		take(p, entry_at(p, at), optarg);
	}
	free(table);
	text_free(&letters);
	args = (size_t)(argc - optind);
	if (args && !p->args)
		options_wrong(p, "%s: unexpected argument", argv[optind]);
	if (args < p->min_args)
		options_wrong(p, "%s is missing", p->args);
	if (p->max_args && args > p->max_args)
		options_wrong(p, "%s: one argument too many", argv[optind + (int)p->max_args]);
	return optind;
}
