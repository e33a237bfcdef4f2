// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "guest/traps.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "guest/exits.h"
#include "lib/arch.h"
#include "lib/kfile.h"
#include "lib/util.h"

/* What every trap passes, that of a kprobe and that of a program alike. */
#define HANDLER	BREAKPOINT_FUNCTION

/* How many of our own prove that each is seen. */
#define OWN_TRAPS	10

/* Of the tracing instance while traps are traced, else NULL. */
static const char *instance;

static bool write_in(const char *dir, const char *file, const char *text)
{
	return kfile_write(path_of("%s%s", dir, file), text);
}

static void clear(void)
{
	if (!write_in(instance, "trace", "\n"))
		die("cannot empty %strace", instance);
}

/* Those since clear(). */
static size_t traps_seen(void)
{
	char *trace = must_read(path_of("%strace", instance)), *line;
	size_t n = 0;

	for (line = trace; (line = strstr(line, ": " HANDLER)); line++)
		n++;
	free(trace);
	return n;
}

static void on_trap(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	after_breakpoint(context);
}

static bool each_is_seen(void)
{
	struct sigaction act = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };

	clear();
	sigaction(SIGTRAP, &act, NULL);
	for (int i = 0; i < OWN_TRAPS; i++)
		BREAKPOINT();
	signal(SIGTRAP, SIG_DFL);
	/* Somebody else may trap meanwhile. */
	return traps_seen() >= OWN_TRAPS;
}

bool traps_begin(const char *dir)
{
	/* Without the end of the line an unknown function is no error, and all are traced. */
	if (!write_in(dir, "set_ftrace_filter", HANDLER "\n") ||
	    !write_in(dir, "current_tracer", "function"))
		return false;
	instance = dir;
	if (each_is_seen())
		return true;
	traps_end();
	return false;
}

void traps_count(FILE *boot, const char *id)
{
	if (instance)
		clear();
	exits_run(&(struct exits){ .kind = EXIT_VFORK, .n = TRAP_EXITS });
	if (instance)
		fprintf(boot, "traps\t%s\t%zu\t%d\n", id, traps_seen(), TRAP_EXITS);
}

void traps_end(void)
{
	if (instance && !(write_in(instance, "current_tracer", "nop") &&
			  write_in(instance, "set_ftrace_filter", "\n")))
		die("cannot stop tracing in %s", instance);
	instance = NULL;
}
