// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "guest/traps.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest/exits.h"
#include "lib/arch.h"
#include "lib/kfile.h"
#include "lib/util.h"

/* What every trap of a kprobe passes, and whether that of a program does. */
static const struct handler {
	const char *function;
	bool of_programs;
} handlers[] = {
#define HANDLER(name, programs) { name, programs },
	ARCH_BREAKPOINTS(HANDLER)
#undef HANDLER
};

/* A kprobe event on a system call of ours: it traps where no trap of a program is seen. */
#define KPROBE_EVENTS	TRACEFS "kprobe_events"
#define OWN_EVENT	"traps/own"
#define OWN_ENABLE	TRACEFS "events/" OWN_EVENT "/enable"

/* How many of our own prove that each is seen. */
#define OWN_TRAPS	10

/* Of the tracing instance while traps are traced, else NULL; and what is traced. */
static const char *instance;
static const struct handler *handler;

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
	char *call = xasprintf(": %s <-", handler->function);
	size_t n = 0;

	for (line = trace; (line = strstr(line, call)); line++)
		n++;
	free(call);
	free(trace);
	return n;
}

static void on_trap(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	after_breakpoint(context);
}

static size_t trap_in_program(void)
{
	struct sigaction act = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };

	clear();
	sigaction(SIGTRAP, &act, NULL);
	for (int i = 0; i < OWN_TRAPS; i++)
		BREAKPOINT();
	signal(SIGTRAP, SIG_DFL);
	return traps_seen();
}

/* The removal of an event that was on clears all buffers. */
static size_t trap_in_kernel(void)
{
	size_t seen;

	/* Not every kernel has kprobe events. */
	if (access(KPROBE_EVENTS, F_OK))
		return 0;
	must_append(KPROBE_EVENTS, "p:" OWN_EVENT " " ARCH_GETPPID "\n");
	must_write(OWN_ENABLE, "1\n");
	clear();
	for (int i = 0; i < OWN_TRAPS; i++)
		syscall(SYS_getppid);
	seen = traps_seen();
	must_write(OWN_ENABLE, "0\n");
	must_append(KPROBE_EVENTS, "-:" OWN_EVENT "\n");
	return seen;
}

/* Somebody else may trap meanwhile. */
static bool each_is_seen(void)
{
	return (handler->of_programs ? trap_in_program() : trap_in_kernel()) >= OWN_TRAPS;
}

/* Without the end of the line an unknown function is no error, and all are traced. */
static bool trace_only(const char *dir, const struct handler *h)
{
	char *line = xasprintf("%s\n", h->function);
	bool done = write_in(dir, "set_ftrace_filter", line);

	free(line);
	return done && write_in(dir, "current_tracer", "function");
}

bool traps_begin(const char *dir)
{
	for (size_t i = 0; i < ARRAY_SIZE(handlers); i++) {
		handler = &handlers[i];
		if (!trace_only(dir, handler))
			continue;
		instance = dir;
		if (each_is_seen())
			return true;
		traps_end();
	}
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
