/* SPDX-License-Identifier: GPL-2.0 */
/* The registry of hooks and outputs: a hook with an output is a row of the comparison. */
#ifndef BENCH_HOOKS_H
#define BENCH_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * enum proof - where the kernel itself shows that the mechanism is in use
 * @PROOF_NONE: nowhere. There is no hook, or it is a tracepoint: the kernel lists no
 *	probes of modules; the proof is that the module found and registered it, and is hit
 * @PROOF_KPROBES: debugfs kprobes/list
 * @PROOF_FTRACE: tracefs enabled_functions
 */
enum proof {
	PROOF_NONE,
	PROOF_KPROBES,
	PROOF_FTRACE,
};

/**
 * enum sink - who takes the records
 * @SINK_NONE: nobody, or the kernel log
 * @SINK_EVENT: the trace event procmon:procmon_exit
 * @SINK_STREAM: a reader of the stream
 */
enum sink {
	SINK_NONE,
	SINK_EVENT,
	SINK_STREAM,
};

/**
 * struct hook - one way to be called when a task exits: a module of ours, an event of the
 * kernel, or a BPF program
 * @name: for people; unique. Where a blank is in the way, a dash stands for it
 * @mechanism: as the module calls it; "none" for no hook
 * @flavour: as the module must report it; "-" where there is but one
 * @variant: directory of the module, or NULL for no hook
 * @params: module parameters beside the output's, or ""
 * @site: function or tracepoint that the module must report, without offset
 * @proof: where to look for it
 * @tag: for PROOF_KPROBES what the list must show behind the symbol: "[FTRACE]",
 *	"[OPTIMIZED]" or "" for a breakpoint
 * @optimize: value of debug.kprobes-optimization that it takes
 * @event: the kernel's own trace event instead of a module, "system/name"; or
 *	NULL. It has one output, the ftrace ring buffer
 * @or_site: what it may report instead of @site, as the kernel is configured; or NULL
 * @bpf: it is the program bpf (peers/bpf.c)
 */
struct hook {
	const char *name;
	const char *mechanism;
	const char *flavour;
	const char *variant;
	const char *params;
	const char *site;
	enum proof proof;
	const char *tag;
	bool optimize;
	const char *event;
	const char *or_site;
	bool bpf;
};

extern const struct hook hooks[];
extern const size_t nr_hooks;

/**
 * struct output - where the records of a hook go
 * @name: for people; unique
 * @params: module parameters that choose it
 * @sink: who takes the records
 * @counter: the module's counter that must grow with the hits, or NULL
 * @read: each of them must arrive in the stream
 * @only: for this hook alone, to tell the parts of a price from each other; or
 *	NULL
 * @bpf: options of the program bpf for what is most like it; or NULL
 */
struct output {
	const char *name;
	const char *params;
	enum sink sink;
	const char *counter;
	bool read;
	const char *only;
	const char *bpf;
};

extern const struct output outputs[];
extern const size_t nr_outputs;

/**
 * hooks_find() - the hook of a name
 * @name: of a hook; a dash may stand for a blank
 *
 * Return: the hook, or NULL.
 */
const struct hook *hooks_find(const char *name);

/**
 * hooks_with() - a hook as it is with these parameters
 * @hook: the hook
 * @params: module parameters beside the hook's, separated by blanks
 *
 * Return: the same, but for the site where that depends on them.
 */
struct hook hooks_with(const struct hook *hook, const char *params);

/**
 * hooks_each_row() - call a function with each row of the comparison, in order
 * @visit: called with the hook and its output; the output is NULL for no hook
 */
void hooks_each_row(void (*visit)(const struct hook *hook, const struct output *output));

#endif
