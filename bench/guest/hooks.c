// SPDX-License-Identifier: GPL-2.0
#include "guest/hooks.h"

#include <string.h>

#include "lib/arch.h"
#include "lib/util.h"

#define UNIT_PROCESS	"unit=process"
#define EXTENDED	"record=extended"
#define BPF_RING	"--output ring --raw /dev/null"

#define KPROBE(name, flavour, tag, optimize) \
	{ name, "kprobe", flavour, "kprobe", "flavour=" flavour, "do_exit", PROOF_KPROBES, tag, \
	  optimize, NULL, NULL, false },

/*
 * The two "none" rows are the baseline and its control (A/A): what separates
 * them is nothing, and so must the estimate be.
 */
const struct hook hooks[] = {
	/* name           mechanism     flavour   variant       params            site                  proof          tag            optimize */
	{ "none",         "none",       "-",      NULL,         "",               "-",                  PROOF_NONE,    "",            true, NULL, NULL, false },
	{ "none",         "none",       "-",      NULL,         "",               "-",                  PROOF_NONE,    "",            true, NULL, NULL, false },
	{ "tracepoint",   "tracepoint", "-",      "tracepoint", "",               "sched_process_exit", PROOF_NONE,    "",            true, NULL, NULL, false },
	{ "ftrace",       "ftrace_ops", "-",      "ftrace",     "",               "do_exit",            PROOF_FTRACE,  "",            true, NULL, NULL, false },
	{ "fprobe",       "fprobe",     "-",      "fprobe",     "",               "do_exit",            PROOF_FTRACE,  "",            true, NULL, NULL, false },
	{ "fprobe exit",  "fprobe",     "-",      "fprobe",     "handler=exit",   "acct_collect",       PROOF_FTRACE,  "",            true, NULL, NULL, false },
	ARCH_KPROBES(KPROBE)
	{ "kretprobe",    "kretprobe",  ARCH_KRETPROBE, "kretprobe", "",              "acct_collect",       PROOF_KPROBES, ARCH_KRETPROBE_TAG, true, NULL, NULL, false },
	{ .name = "kernel's event", .mechanism = "trace event", .flavour = "-", .params = "",
	  .site = "sched_process_exit", .tag = "", .optimize = true,
	  .event = "sched/sched_process_exit" },
	{ .name = "BPF tracepoint", .mechanism = "BPF", .flavour = "-", .params = "",
	  .site = "sched_process_exit", .tag = "", .optimize = true, .bpf = true },
	{ .name = "BPF fentry", .mechanism = "BPF", .flavour = "-", .params = "",
	  .site = "do_exit", .proof = PROOF_FTRACE, .tag = "", .optimize = true, .bpf = true },
};
const size_t nr_hooks = ARRAY_SIZE(hooks);

const struct output outputs[] = {
	/* name       params                              sink         counter     read   only          bpf */
	{ "count",    "log=off",                          SINK_NONE,   NULL,       false, NULL,         "--output count" },
	{ "filtered", "log=off comm=nobody-has-it",       SINK_STREAM, "filtered", false, "tracepoint", NULL },
	{ "dropped",  "log=off stream_size=2",            SINK_STREAM, "dropped",  false, "tracepoint", NULL },
	{ "extended", "log=off " EXTENDED,                SINK_STREAM, "streamed", true,  "tracepoint", NULL },
	{ "stream",   "log=off",                          SINK_STREAM, "streamed", true,  NULL,         BPF_RING },
	{ "process",  "log=off " UNIT_PROCESS,            SINK_STREAM, "streamed", true,  NULL,         BPF_RING " --unit process" },
	{ "trace",    "log=off",                          SINK_EVENT,  "traced",   false, NULL,         NULL },
	{ "log",      "log=all",                          SINK_NONE,   "logged",   false, NULL,         NULL },
};
const size_t nr_outputs = ARRAY_SIZE(outputs);

/* Of the kernel's own trace event. */
static const struct output kernel_event_output = {
	.name = "trace", .params = "", .sink = SINK_NONE,
};

const struct hook *hooks_find(const char *name)
{
	for (size_t h = 0; h < nr_hooks; h++) {
		const char *n = hooks[h].name;
		size_t i;

		for (i = 0; n[i] && (n[i] == name[i] || (n[i] == ' ' && name[i] == '-')); i++)
			;
		if (!n[i] && !name[i])
			return &hooks[h];
	}
	return NULL;
}

struct hook hooks_with(const struct hook *hook, const char *params)
{
	struct hook with = *hook;

	/* do_exit() does not know of a process: procmon_entry_site() in handler.h. */
	if (strstr(params, UNIT_PROCESS) && !strcmp(hook->site, "do_exit")) {
		with.site = strstr(params, EXTENDED) ? "acct_collect" : "acct_process";
		with.or_site = "taskstats_exit";
	}
	return with;
}

void hooks_each_row(void (*visit)(const struct hook *hook, const struct output *output))
{
	for (size_t h = 0; h < nr_hooks; h++) {
		if (hooks[h].event)
			visit(&hooks[h], &kernel_event_output);
		else if (!hooks[h].variant && !hooks[h].bpf)
			visit(&hooks[h], NULL);
		for (size_t o = 0; o < nr_outputs; o++) {
			if (hooks[h].bpf ? outputs[o].bpf != NULL :
			    hooks[h].variant && (!outputs[o].only ||
						 !strcmp(outputs[o].only, hooks[h].name)))
				visit(&hooks[h], &outputs[o]);
		}
	}
}
