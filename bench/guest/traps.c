// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "guest/traps.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "guest/exits.h"
#include "lib/kfile.h"
#include "lib/util.h"

/*
 * The function that every int3 passes, that of a kprobe and that of a program alike
 * (do_int3() in arch/x86/kernel/traps.c), and a trap of our own.
 */
#define HANDLER	"kprobe_int3_handler"
#define TRAP()	asm volatile("int3")

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

static void on_trap(int unused)
{
	(void)unused;
}

static bool each_is_seen(void)
{
	clear();
	signal(SIGTRAP, on_trap);
	for (int i = 0; i < OWN_TRAPS; i++)
		TRAP();
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
