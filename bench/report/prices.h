/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The prices of our own hooks, as exact.tsv tells them: what the picture and the report
 * are made of.
 */
#ifndef BENCH_PRICES_H
#define BENCH_PRICES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/table.h"

/**
 * struct price - one line of exact.tsv
 * @kernel: release of the kernel
 * @hook: name of the hook
 * @mechanism: how the kernel calls it
 * @flavour: what a kprobe became, else "-"
 * @site: where it is attached
 * @output: where the record goes
 * @control: it is no hook, measured like one
 * @exact: every gate holds: @instructions is the price
 * @instructions: that an exit takes longer
 * @has_range: not exact, but @lo and @hi are known
 * @lo: least 10th percentile of the boots
 * @hi: largest 90th percentile
 * @gate: the gate that failed, "ok" if none did
 * @skip: why this kernel cannot run it, or NULL
 * @exits: of the storm
 * @hits: of the hook, or "-"
 * @missed: events that the mechanism says it missed, or "-"
 * @traps: exceptions per exit, or "-" if nobody counted
 */
struct price {
	const char *kernel, *hook, *mechanism, *flavour, *site, *output;
	bool control;
	bool exact;
	int64_t instructions;
	bool has_range;
	int64_t lo, hi;
	const char *gate;
	const char *skip;
	const char *exits, *hits, *missed, *traps;
};

/**
 * struct grid - the prices of a kernel as hooks × outputs
 * @kernel: its release
 * @nr_hooks: number of hooks
 * @nr_outputs: number of outputs
 * @outputs: names, in the order of the table
 * @hooks: one price of each hook, for its names; cheapest first, by the first
 *	output; hooks without a number there last
 * @cells: @cells[hook * @nr_outputs + output], NULL where nobody asked
 */
struct grid {
	const char *kernel;
	size_t nr_hooks;
	size_t nr_outputs;
	const char **outputs;
	const struct price **hooks;
	const struct price **cells;
};

/**
 * struct prices - everything in exact.tsv
 * @nr: number of @all
 * @all: in the order of the table
 * @nr_kernels: number of @grids
 * @grids: one for each kernel, in the order of the table; the control and the
 *	parts are left out
 */
struct prices {
	size_t nr;
	struct price *all;
	size_t nr_kernels;
	struct grid *grids;
};

/**
 * prices_make() - read the prices out of the tables
 * @p: the result, to be released with prices_free()
 * @exact: exact.tsv; must outlive @p
 */
void prices_make(struct prices *p, const struct table *exact);

/**
 * prices_free() - release what prices_make() allocated
 * @p: the prices
 */
void prices_free(struct prices *p);

/**
 * is_event() - is it the kernel's own event, measured for comparison
 * @r: the price
 *
 * Return: true if what it delivers is not procmon's record.
 */
bool is_event(const struct price *r);

/**
 * is_part() - was it measured only to tell the parts of a price from each other
 * @r: the price
 *
 * Return: true for the outputs of the breakdown, which are no columns.
 */
bool is_part(const struct price *r);

/**
 * takes_traps() - does it take exceptions
 * @r: the price
 *
 * Return: true if some were counted.
 */
bool takes_traps(const struct price *r);

/**
 * prices_find() - the exact price of a hook with an output
 * @p: the prices
 * @kernel: release of the kernel
 * @hook: name of the hook; NULL: the kernel's own event
 * @output: name of the output
 *
 * Return: the price, or NULL if there is none or a gate failed.
 */
const struct price *prices_find(const struct prices *p, const char *kernel, const char *hook,
				const char *output);

/**
 * grid_exact() - the exact price of one of our hooks
 * @g: the grid
 * @hook: index of the hook
 * @output: index of the output
 *
 * Return: the price; NULL if there is none, a gate failed or it is the kernel's event.
 */
const struct price *grid_exact(const struct grid *g, size_t hook, size_t output);

/**
 * grid_output() - where an output stands
 * @g: the grid
 * @output: its name
 *
 * Return: the index; g->nr_outputs if it was not measured.
 */
size_t grid_output(const struct grid *g, const char *output);

/**
 * grid_extreme() - cheapest or dearest of our hooks
 * @g: the grid
 * @output: index of the output
 * @dearest: the dearest
 *
 * Return: the first such price, or NULL if there is no exact one.
 */
const struct price *grid_extreme(const struct grid *g, size_t output, bool dearest);

#endif
