// SPDX-License-Identifier: GPL-2.0
#include "hooks.h"

#include "util.h"

/*
 * The two "none" rows are the baseline and its control (A/A): what separates
 * them is nothing, and so must the estimate be.
 */
const struct hook hooks[] = {
	/* name           mechanism     flavour   variant       params            site                  proof             tag            optimize */
	{ "none",         "none",       "-",      NULL,         "",               "-",                  PROOF_NONE,       "",            true },
	{ "none",         "none",       "-",      NULL,         "",               "-",                  PROOF_NONE,       "",            true },
	{ "tracepoint",   "tracepoint", "-",      "tracepoint", "",               "sched_process_exit", PROOF_TRACEPOINT, "",            true },
	{ "ftrace",       "ftrace_ops", "-",      "ftrace",     "",               "do_exit",            PROOF_FTRACE,     "",            true },
	{ "fprobe",       "fprobe",     "-",      "fprobe",     "",               "do_exit",            PROOF_FTRACE,     "",            true },
	{ "fprobe exit",  "fprobe",     "-",      "fprobe",     "handler=exit",   "acct_collect",       PROOF_FTRACE,     "",            true },
	{ "kprobe ftrace", "kprobe",    "ftrace", "kprobe",     "flavour=ftrace", "do_exit",            PROOF_KPROBES,    "[FTRACE]",    true },
	{ "kprobe jump",  "kprobe",     "jump",   "kprobe",     "flavour=jump",   "do_exit",            PROOF_KPROBES,    "[OPTIMIZED]", true },
	{ "kprobe int3",  "kprobe",     "int3",   "kprobe",     "flavour=int3",   "do_exit",            PROOF_KPROBES,    "",            false },
	{ "kretprobe",    "kretprobe",  "ftrace", "kretprobe",  "",               "acct_collect",       PROOF_KPROBES,    "[FTRACE]",    true },
};
const size_t nr_hooks = ARRAY_SIZE(hooks);

const struct output outputs[] = {
	{ "count", "log=off", false, NULL },
	{ "trace", "log=off", true,  "traced" },
	{ "log",   "log=all", false, "logged" },
};
const size_t nr_outputs = ARRAY_SIZE(outputs);
