/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The estimator: what a hook adds to one exit, in instructions, to the instruction.
 *
 * In a guest whose CPU counts retired instructions the ticks of many exits form
 * a comb: the same path costs the same number each time, and what the kernel does
 * now and then beside it (interrupts, RCU, refills of the allocator) makes more
 * teeth. A hook moves the whole comb. The overhead is therefore the shift s that
 * lays the hook's histogram over the baseline's with the largest overlap
 *
 *     overlap(s) = sum over x of min(hook[x + s], base[x]),   both of mass 1
 *
 * which no mean, median or minimum can replace: those move with the other teeth.
 *
 * A shift is an answer only if its gates hold. Each bound is below, with its reason.
 */
#ifndef BENCH_ESTIMATOR_H
#define BENCH_ESTIMATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boot/read.h"

/**
 * define MIN_BOOTS - independent boots that must give the same shift
 *
 * Kernel text, stack offsets and allocator state are randomised at boot, so two
 * boots agree to the instruction only if the number belongs to the code.
 */
#define MIN_BOOTS 2

/**
 * define MIN_BLOCKS - blocks of a row in each boot
 *
 * One block may sit in an odd phase of the kernel (a grace period, a kworker).
 * Twelve rounds in rotating order leave no phase to one row alone.
 */
#define MIN_BLOCKS 12

/**
 * define MIN_EXITS - storm exits of a row in each boot
 *
 * The sampling error of an overlap over n exits is at most 0.5 / sqrt(n): 0.013
 * here, a fifteenth of MIN_OVERLAP.
 */
#define MIN_EXITS 1500

/**
 * define MIN_OVERLAP - least overlap at the best shift
 *
 * A constant cost leaves an overlap of about two thirds on a real kernel; drift,
 * noise and few exits in a block take the rest: of a comb with many teeth two
 * samples of 130 exits have 0.3 in common. Unrelated data with no comb stay below
 * 0.2. Whether the best shift is the best by chance is what MIN_SURE asks, and
 * whether most exits pay it, MIN_SHARE.
 */
#define MIN_OVERLAP 0.20

/**
 * define MIN_SHARE - least overlap in relation to the control's in the same boot
 *
 * The control is the overlap that a constant cost reaches in this boot. A hook
 * that reaches a fraction q of it costs exactly the printed number in about q of
 * the exits. Seven in ten, so that the number is what nearly every exit pays and
 * a mixture (two exits in five on another path) is not a number; not more, for
 * the drift alone makes constant costs differ by a fifth.
 */
#define MIN_SHARE 0.70

/**
 * define MIN_SURE - standard errors by which the best shift must overlap more than any other
 *
 * Each round is an experiment of its own, with an overlap for each shift. So it is
 * known how far the lead of the best shift over another scatters, whatever the comb
 * looks like and however few exits a block has. By chance the lead is four standard
 * errors in one of 1,000 (Student's t with 11 degrees of freedom), and the other
 * boot must find the same shift. The wrong shifts of a price that is no constant
 * (the log's on 7.3 of arm64, with 130 exits in a block) had 1.2 and 1.5, constants
 * there 4.0 to 8.6.
 */
#define MIN_SURE 4.0

/**
 * define MAX_RIVAL - most that any other shift may overlap, in relation to the best
 *
 * Any other: neighbours count, for exact means exact. Teeth repeat in a comb, so
 * some wrong shift always lays a few teeth on others: 0.25 / 0.67 in the first
 * trial. Where the kernel's own exit has two paths of nearly equal weight, so has
 * the comb two teeth side by side, and even the control has a rival of 0.65 (7.3 on
 * arm64, two instructions apart). A hook with two paths of equal weight has a rival
 * of 1.
 */
#define MAX_RIVAL 0.70

/**
 * define MORE_RIVAL - how much stronger a hook's rival may be than the control's
 *
 * A constant cost has the control's rival, but for what sampling adds: so a hook is
 * not refused for the kernel's own two paths. Of a hook that takes a path of its own
 * in one of five exits, as far away as those two are from each other, the rival is
 * stronger by a fifth.
 */
#define MORE_RIVAL 1.15

/**
 * enum gate - the conditions of a number, most telling first
 *
 * If several fail, the first one names the reason: a hook that was not attached
 * makes every later figure meaningless. gate_text() tells what each of them asks;
 * GATE_NR is their number.
 */
enum gate {
	GATE_PROOF,
	GATE_BLOCKS,
	GATE_BOOTS,
	GATE_HITS,
	GATE_MISSED,
	GATE_CONTROL,
	GATE_OVERLAP,
	GATE_SHARE,
	GATE_SURE,
	GATE_RIVAL,
	GATE_SHIFT,
	GATE_NR
};

/**
 * define GATE_BIT - a gate as a member of a set
 * @g: enum gate
 */
#define GATE_BIT(g) (1u << (g))

/**
 * gate_name() - the word that stands in the gate column
 * @g: the gate
 *
 * Return: a constant string of letters.
 */
const char *gate_name(enum gate g);

/**
 * gate_text() - what the gate asks, with its bound
 * @g: the gate
 *
 * Return: a constant string, a clause without a full stop.
 */
const char *gate_text(enum gate g);

/**
 * first_gate() - the gate that names the reason
 * @gates: set of failed gates
 *
 * Return: name of the first one; "ok" if the set is empty.
 */
const char *first_gate(unsigned int gates);

/**
 * struct match - one histogram laid over another
 * @shift: instructions per exit at the largest overlap; may be negative
 * @overlap: 0 to 1
 * @rival_shift: the second best shift
 * @rival: its overlap, 0 to @overlap
 * @sure: the least lead of @shift over another shift, in standard errors of the
 *	rounds, at most MOST_SURE; 0 if @overlap is less than MIN_OVERLAP
 * @p10: 10th percentile of the differences at equal rank, in instructions
 * @p50: their median
 * @p90: their 90th percentile
 */
struct match {
	int64_t shift;
	double overlap;
	int64_t rival_shift;
	double rival;
	double sure;
	int64_t p10, p50, p90;
};

/** define MOST_SURE - for a lead that is the same in all rounds */
#define MOST_SURE 999.0

/** define POOLED - for match_rows(): one histogram of the whole boot */
#define POOLED (~0u)

/** define NEIGHBOURS - rounds on either side that the bench matches with; see match_rows() */
#define NEIGHBOURS 0

/**
 * match_rows() - find the shift between two rows of one boot
 * @base: the row without hook
 * @hook: the row with it
 * @radius: a block is laid over the base's blocks of at most so many rounds
 *	before or after; the bench uses NEIGHBOURS
 * @m: the result
 *
 * Return: false, and @m zeroed, if no block of @hook has a partner in @base or
 * no two values are within 2^20 instructions.
 */
bool match_rows(const struct row *base, const struct row *hook, unsigned int radius,
		struct match *m);

/**
 * match_gates() - what its histogram has against a shift
 * @m: the match, of match_rows()
 * @control: that of the control in the same boot; NULL for the control itself
 *
 * Return: a set of GATE_OVERLAP, GATE_SURE and GATE_RIVAL; 0 if the shift is sharp.
 */
unsigned int match_gates(const struct match *m, const struct match *control);

/**
 * struct sighting - a row in one boot
 * @boot: the boot
 * @row: the row in it; never skipped
 * @matched: @match holds a result
 * @match: against the boot's baseline
 * @share: @match.overlap over the control's; 0 if there is no control
 * @exits: exits of the storm that were measured
 * @all_exits: exits of all tasks while attached
 * @hits: hits of the hook, or NOT_TOLD if any block could not tell
 * @missed: events missed, or NOT_TOLD if no block could tell
 * @gates: gates that failed in this boot
 * @proof: the first live check that failed, or NULL; owned by @row
 */
struct sighting {
	const struct boot *boot;
	const struct row *row;
	bool matched;
	struct match match;
	double share;
	int64_t exits;
	int64_t all_exits;
	int64_t hits;
	int64_t missed;
	unsigned int gates;
	const char *proof;
};

/**
 * struct result - a row over all boots of a kernel
 * @row: as first seen, for its names
 * @control: it is the A/A control
 * @skip: reason if no boot could run it, else NULL; owned by the row
 * @gates: set of failed gates; the number is valid only if empty and @skip is NULL
 * @shift: instructions per exit
 * @has_range: @lo and @hi are set
 * @lo: least 10th percentile of the boots, in instructions per exit; if
 *	differs_by_boot(), the least shift
 * @hi: largest 90th percentile, or shift
 * @exits: storm exits measured, all boots
 * @hits: hits less the exits of other tasks, NOT_TOLD if the row has no handler;
 *	equals @exits if nothing was lost and nothing was seen twice
 * @missed: sum over the boots, NOT_TOLD if the mechanism cannot tell
 * @traps: exceptions counted, NOT_TOLD if nobody counted
 * @trap_exits: in so many exits
 * @nr: number of @seen
 * @seen: one per boot that ran the row
 */
struct result {
	const struct row *row;
	bool control;
	const char *skip;
	unsigned int gates;
	int64_t shift;
	bool has_range;
	int64_t lo, hi;
	int64_t exits;
	int64_t hits;
	int64_t missed;
	int64_t traps;
	int64_t trap_exits;
	size_t nr;
	struct sighting *seen;
};

/**
 * struct comparison - all rows of one kernel
 * @kernel: its release
 * @where: what the boots have in common, for messages: "of kernel 6.12"
 * @nr_boots: number of @boots
 * @boots: borrowed, must outlive this
 * @nr: number of @results
 * @results: control first, then in the order of the files; no baseline
 */
struct comparison {
	const char *kernel;
	const char *where;
	size_t nr_boots;
	struct boot **boots;
	size_t nr;
	struct result *results;
};

/**
 * struct comparisons - those of several kernels, or under several conditions
 * @nr: number of @list
 * @list: in the order of their first boots
 */
struct comparisons {
	size_t nr;
	struct comparison *list;
};

/**
 * compare_add() - one more boot, for the comparison with the same @where
 * @all: the comparisons, before compare()
 * @boot: the boot; dies if it does not tell its number (env boot), or if it was added
 *	before: a boot given twice agrees with itself, which proves nothing
 * @where: kept
 */
void compare_add(struct comparisons *all, struct boot *boot, const char *where);

/**
 * compare() - estimate every row of one kernel
 * @c: @kernel, @nr_boots and @boots are set, the rest is 0 and filled in
 *
 * A row is the same row in another boot if hook, mechanism, flavour, site and
 * output are the same.
 */
void compare(struct comparison *c);

/**
 * control_match() - no hook laid over no hook
 * @c: after compare()
 * @boot: one of @c->boots
 *
 * Return: the control's match in this boot; NULL if it has no control.
 */
const struct match *control_match(const struct comparison *c, const struct boot *boot);

/**
 * is_number() - may the row be printed as a number
 * @r: a row of compare()
 *
 * Return: true if it ran and every gate holds.
 */
static inline bool is_number(const struct result *r)
{
	return !r->skip && !r->gates;
}

/**
 * differs_by_boot() - is another number in each boot all that keeps a row from one
 * @r: a row of compare()
 *
 * Then all else is proved, and those numbers are its range: the price depends on where
 * a boot puts things. (For instance, where a breakpoint and the slot in which its
 * instruction is single-stepped fall into one of the 64 buckets of kprobe_table, each
 * hit costs five instructions more.)
 *
 * Return: true if so.
 */
bool differs_by_boot(const struct result *r);

/**
 * compare_free() - release what compare() allocated
 * @c: the comparison
 */
void compare_free(struct comparison *c);

#endif
