/* SPDX-License-Identifier: GPL-2.0 */
/* The registry of hooks: one line in hooks.c is one row of the comparison. */
#ifndef BENCH_HOOKS_H
#define BENCH_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * enum proof - where the kernel itself shows that the mechanism is in use
 * @PROOF_NONE: there is nothing to prove (no hook)
 * @PROOF_KPROBES: debugfs kprobes/list
 * @PROOF_FTRACE: tracefs enabled_functions
 * @PROOF_TRACEPOINT: the kernel lists no tracepoint probes of modules; the
 *	proof is that the module found and registered it, and is hit
 */
enum proof {
	PROOF_NONE,
	PROOF_KPROBES,
	PROOF_FTRACE,
	PROOF_TRACEPOINT,
};

/**
 * struct hook - one row of the comparison
 * @name: for people; unique
 * @mechanism: as the module calls it; "none" for no hook
 * @flavour: as the module must report it; "-" where there is but one
 * @variant: directory of the module, or NULL for no hook
 * @params: module parameters beside the output's, or ""
 * @site: function or tracepoint that the module must report, without offset
 * @proof: where to look for it
 * @tag: for PROOF_KPROBES what the list must show behind the symbol: "[FTRACE]",
 *	"[OPTIMIZED]" or "" for a breakpoint; for PROOF_FTRACE a word that the
 *	line must have, or ""
 * @optimize: value of debug.kprobes-optimization for this row
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
};

extern const struct hook hooks[];
extern const size_t nr_hooks;

/**
 * struct output - one column of the comparison
 * @name: of the column
 * @params: module parameters that choose it
 * @event: enable the trace event procmon:procmon_exit
 * @counter: the module's counter that must equal the hits, or NULL
 */
struct output {
	const char *name;
	const char *params;
	bool event;
	const char *counter;
};

extern const struct output outputs[];
extern const size_t nr_outputs;

#endif
