/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ways to watch exits: a hook of ours with an output, or another tool. All that
 * the tables know of one is joined here, once.
 */
#ifndef BENCH_WAY_H
#define BENCH_WAY_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "lib/util.h"
#include "report/tables.h"

/**
 * struct price - instructions that an exit takes longer
 * @known: there is a figure, and its control is right
 * @lo: least of them; the same as @hi if the price is one exact number
 * @hi: most of them; what ways are ordered by
 * @gate: "ok", the first gate that failed, or "skipped"
 * @reason: why it is no single number or was not run; NULL if there is nothing to say
 */
struct price {
	bool known;
	long lo, hi;
	const char *gate;
	const char *reason;
};

/**
 * struct whole - all that the machine spends on one exit, whoever reads included
 * @known: it was measured, and its control is right
 * @mean: instructions; NAN, as @lo and @hi, if there is none
 * @lo: lower end of the 95 % interval of @mean
 * @hi: upper end
 */
struct whole {
	bool known;
	double mean, lo, hi;
};

/**
 * struct verdicts - what a way said of the processes of the truth cases
 * @cases: number of cases that were run
 * @right: cases in which it said what wait(2) said
 * @wrong: it said something else
 * @missing: it did not name the process
 * @no_status: it named the process and had no status
 * @refused: the module does not load so
 * @knows_last: it can tell the last thread of a process
 * @wrongs: what it said when it was wrong: "0x0 for 0x300 (leader-first); ..."
 */
struct verdicts {
	size_t cases, right, wrong, missing, no_status, refused;
	bool knows_last;
	struct text wrongs;
};

/**
 * struct storm - what was left of the exits of a storm
 * @ran: there was one
 * @exits: of the storm
 * @reported: in what the way reported
 * @repeated: reported again
 * @admitted: it says so many were lost; -1 if it has no way to tell
 * @vanished: neither reported nor admitted; -1 if nobody knows
 * @reason: why there was none, or what became of the exits; or NULL
 */
struct storm {
	bool ran;
	double exits, reported, repeated, admitted, vanished;
	const char *reason;
};

/** enum way_kind - whose it is */
enum way_kind {
	WAY_CONTROL,	/* nobody's; measured as if it were one */
	WAY_OURS,	/* a module of procmon */
	WAY_EVENT,	/* the kernel's own trace event, measured beside our hooks */
	WAY_TOOL,	/* another tool */
};

/** define LAST_THREAD - the line of truth.tsv that is no way to end a process */
#define LAST_THREAD "knows the last thread"

/** define NR_STORMS - storms were run on so many numbers of CPUs */
#define NR_STORMS 2

/** storm_cpus - on how many CPUs each storm ran: "1 CPU" */
extern const char *const storm_cpus[NR_STORMS];

/**
 * struct way - one way to watch exits, on one kernel
 * @kind: whose it is
 * @kernel: release of the kernel
 * @name: of the hook or the tool
 * @tool: what the tables of the tools call it; NULL if it did not run beside them
 * @mode: what it does: our output, or how the tool is used
 * @hook: name of our hook, or NULL
 * @output: our output, or NULL
 * @site: of our hook
 * @process: unit=process
 * @in_exact: its output in exact.tsv; NULL if that does not have it
 * @part: measured only to tell the parts of a price from each other
 * @borrowed: @price is that of the same hook and output with unit=task
 * @price: in the path of the exit
 * @beside_price: of one of ours, measured beside the other tools, too
 * @crowded: of a hook whose site others use, too; output count
 * @whole: with the share of whoever reads
 * @traps: exceptions per exit, as text; NULL if nobody counted
 * @wakeups: times in 1000 exits that its reader was woken; -1 if not known
 * @peak: KiB of memory of its processes; -1 if not known
 * @truth: what it says against wait(2)
 * @storms: what a storm left of its reports
 * @entry: it is told before anything of the task is torn down
 * @right_task: with unit=task, what it says of each thread is right
 * @only_number: all that it tells is how many exits there were
 * @bare: it takes nothing but the stock kernel and a shell
 * @options: of the kernel that it needs; or NULL where nobody looked
 * @oldest: oldest kernel
 * @fields: what it tells of an exit
 * @needs: beside the kernel
 * @second_user: does it work beside others on its site: "yes" or why not
 */
struct way {
	enum way_kind kind;
	const char *kernel, *name, *tool, *mode;
	const char *hook, *output, *site;
	const char *in_exact;
	bool process, part, borrowed;
	struct price price, beside_price, crowded;
	struct whole whole;
	const char *traps;
	double wakeups, peak;
	struct verdicts truth;
	struct storm storms[NR_STORMS];
	bool entry, right_task, only_number, bare;
	const char *options, *oldest, *fields, *needs, *second_user;
};

/**
 * struct report - all that the report is written from
 * @tables: as they were read
 * @nr_ways: number of @ways
 * @ways: joined from the tables, in their order; ended by one without a name
 * @kernels: releases on which prices were measured; ended by NULL
 */
struct report {
	struct table tables[NR_TABLES];
	size_t nr_ways;
	struct way *ways;
	const char **kernels;
};

/** for_each_*() - a loop: @w points to each of @ways, @k to the name of each kernel */
#define for_each_way(w, ways) \
	for (const struct way *w = (ways); w->name; w++)
#define for_each_way_on(w, ways, kernel_) \
	for_each_way(w, ways) \
		if (strcmp(w->kernel, kernel_)) { } else
#define for_each_kernel(k, r) \
	for (const char *const *k = (r)->kernels; *k; k++)

/**
 * ways_make() - join the tables
 * @r: has the tables; gets the ways and kernels, which point into them
 */
void ways_make(struct report *r);

/**
 * report_arm64() - a report of the hooks as they were measured on arm64, and nothing else
 * @r: has the tables
 *
 * Return: made at the first call, and never freed.
 */
const struct report *report_arm64(const struct report *r);

/**
 * price_read() - the price in a line of a table
 * @t: a table with the columns lo, hi, gate and reason
 * @line: from 0; dies if they contradict each other
 */
struct price price_read(const struct table *t, size_t line);

/**
 * price_exact(), price_sharp() - is it one number that passed every gate; or does it
 *	differ from boot to boot, or from attachment to attachment only
 * @p: the price
 */
bool price_exact(const struct price *p);
bool price_sharp(const struct price *p);

/**
 * price_order() - which of two is less: a range counts by its upper end, no figure is most
 * @a: a price
 * @b: another
 *
 * Return: as for qsort().
 */
int price_order(const struct price *a, const struct price *b);

/**
 * way_order() - which of two ways is cheaper, as price_order(); then by the whole price
 * @a: a way
 * @b: another
 *
 * Return: as for qsort().
 */
int way_order(const void *a, const void *b);

/**
 * ways_select() - the ways of a kind
 * @r: the report
 * @kernel: release of the kernel; NULL: each way once, on the first kernel that has it
 * @is: whether a way is of the kind
 * @order: of two of them, for qsort(); NULL: way_order()
 *
 * Return: copies, to be freed; ended by one without a name.
 */
struct way *ways_select(const struct report *r, const char *kernel,
			bool (*is)(const struct way *),
			int (*order)(const void *, const void *));

/**
 * way_same() - is it the same way, maybe on another kernel
 * @a: a way
 * @b: another
 */
bool way_same(const struct way *a, const struct way *b);

/**
 * is_output(), is_count() - is it a hook of ours with this output, and unit=task
 * @w: the way
 * @output: name of the output; of is_count(), for ways_select(), it is count
 */
bool is_output(const struct way *w, const char *output);
bool is_count(const struct way *w);

/** has_storm() - did it run in a storm of exits */
bool has_storm(const struct way *w);

/** is_program() - is it a program that one writes oneself, measured as our hooks are: BPF */
bool is_program(const struct way *w);

/**
 * way_find() - a hook of ours with an output
 * @r: the report
 * @kernel: release of the kernel
 * @hook: its name; NULL: the kernel's own event
 * @output: its name
 *
 * Return: the way with unit=task, or NULL.
 */
const struct way *way_find(const struct report *r, const char *kernel, const char *hook,
			   const char *output);

/**
 * truth_count() - what the tests found of a hook of ours
 * @r: the report
 * @kernel: release of the kernel
 * @hook: its name
 * @process: with unit=process
 */
struct verdicts truth_count(const struct report *r, const char *kernel, const char *hook,
			    bool process);

/**
 * truth_right() - is it right in every case, and is there one
 * @v: the verdicts
 */
bool truth_right(const struct verdicts *v);

#endif
