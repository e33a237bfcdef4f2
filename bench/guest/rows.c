// SPDX-License-Identifier: GPL-2.0
/*
 * rows: the registry of hooks (hooks.c) as lines, for scripts.
 */
#include <stdio.h>
#include <string.h>

#include "guest/hooks.h"

static const char help[] =
"usage: rows\n"
"\n"
"Print the rows of the comparison, one a line, the members separated by tabs:\n"
"hook, output, mechanism, flavour, site, variant, module parameters,\n"
"kprobes-optimization (0 or 1), who takes the records (none, event or stream),\n"
"trace event of the kernel (system/name). A member that the row has no use for\n"
"is \"-\".\n";

static const char *or_dash(const char *s)
{
	return s && *s ? s : "-";
}

static void print_row(const struct hook *h, const struct output *o)
{
	static const char *const sinks[] = {
		[SINK_NONE] = "none", [SINK_EVENT] = "event", [SINK_STREAM] = "stream",
	};

	if (o && o->only)
		return;		/* a part of a price, no row for people */
	printf("%s\t%s\t%s\t%s\t%s\t%s\t", h->name, o ? o->name : "-", h->mechanism,
	       h->flavour, h->site, or_dash(h->variant));
	if (h->variant && o)
		printf("%s%s%s", h->params, *h->params ? " " : "", o->params);
	else
		putchar('-');
	printf("\t%d\t%s\t%s\n", h->optimize, sinks[o ? o->sink : SINK_NONE],
	       or_dash(h->event));
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		fputs(help, strcmp(argv[1], "--help") ? stderr : stdout);
		return strcmp(argv[1], "--help") ? 2 : 0;
	}
	hooks_each_row(print_row);
	return 0;
}
