// SPDX-License-Identifier: GPL-2.0
#include "estimate/estimator.h"
#include "lib/util.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Differences beyond this are between a tooth and the noise; no hook that one
 * would attach costs a million instructions. It bounds the table of overlaps.
 */
#define WINDOW ((int64_t)1 << 20)

static const struct {
	const char *name;
	const char *text;
} gates[GATE_NR] = {
	[GATE_PROOF] = { "proof", "the live checks passed in every block: the mechanism is what "
				  "it claims to be, and the site was clean before" },
	[GATE_BLOCKS] = { "blocks", "at least " TEXT_OF(MIN_BLOCKS) " blocks and " TEXT_OF(MIN_EXITS)
				    " exits in each boot" },
	[GATE_BOOTS] = { "boots", "measured in at least " TEXT_OF(MIN_BOOTS) " boots" },
	[GATE_HITS] = { "hits", "in every block, hits equal the exits of all tasks" },
	[GATE_MISSED] = { "missed", "the mechanism reports no missed event" },
	[GATE_CONTROL] = { "control", "in every boot, no hook against no hook gives 0 and passes "
				      "the other gates" },
	[GATE_OVERLAP] = { "overlap", "overlap at the shift at least " TEXT_OF(MIN_OVERLAP) },
	[GATE_SHARE] = { "share", "overlap at least " TEXT_OF(MIN_SHARE) " of the control's in the "
				  "same boot" },
	[GATE_SURE] = { "sure", "overlap larger than at any other shift, by at least "
				TEXT_OF(MIN_SURE) " standard errors of the rounds" },
	[GATE_RIVAL] = { "rival", "every other shift, neighbours too, overlaps at most "
				  TEXT_OF(MAX_RIVAL) " as much, or " TEXT_OF(MORE_RIVAL)
				  " times what the control's does" },
	[GATE_SHIFT] = { "shift", "all boots give the same shift" },
};

const char *gate_name(enum gate g)
{
	return gates[g].name;
}

const char *gate_text(enum gate g)
{
	return gates[g].text;
}

const char *first_gate(unsigned int set)
{
	for (int g = 0; g < GATE_NR; g++)
		if (set & GATE_BIT(g))
			return gates[g].name;
	return "ok";
}

/* A value, and how often it occurs. */
struct tooth {
	int64_t at;
	unsigned int count;
};

/* Histogram of some values. */
struct comb {
	size_t mass;		/* number of values */
	int64_t *sorted;	/* the values, ascending */
	size_t nr;		/* number of different ones */
	struct tooth *teeth;	/* ascending */
};

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The blocks of @row whose round is within @radius of @nr, as one histogram. */
static struct comb make_comb(const struct row *row, unsigned int nr, unsigned int radius)
{
	struct comb c = { 0 };

	for (size_t i = 0; i < row->nr_blocks; i++) {
		const struct block *b = &row->blocks[i];

		if ((b->nr > nr ? b->nr - nr : nr - b->nr) > radius)
			continue;
		for (size_t k = 0; k < b->n; k++)
			*APPEND(c.sorted, c.mass) = b->ticks[k];
	}
	if (c.mass)
		qsort(c.sorted, c.mass, sizeof(*c.sorted), by_value);
	for (size_t i = 0; i < c.mass; i++) {
		if (!c.nr || c.teeth[c.nr - 1].at != c.sorted[i])
			*APPEND(c.teeth, c.nr) = (struct tooth){ .at = c.sorted[i] };
		c.teeth[c.nr - 1].count++;
	}
	return c;
}

static void comb_free(struct comb *c)
{
	free(c->sorted);
	free(c->teeth);
}

/* What two teeth that lie on each other have in common, in exits of the hook. */
static double common(const struct comb *base, const struct tooth *b, const struct comb *hook,
		     const struct tooth *h)
{
	return fmin((double)h->count * (double)base->mass, (double)b->count * (double)hook->mass) /
	       (double)base->mass;
}

/* Overlap by shift. */
struct overlaps {
	int64_t from, to;	/* the shifts that lay anything on anything; to < from: none */
	double *at;		/* exits of the hook, by shift + WINDOW */
};

/*
 * Every pair of a tooth of the hook and a tooth of the base is a candidate, and
 * adds to the overlap at its distance what the smaller of the two weighs. After
 * all pairs each overlap(s) is complete, at no cost for shifts that lay nothing
 * on anything. The unit is one exit of the hook.
 */
static void add_overlaps(struct overlaps *o, const struct comb *base, const struct comb *hook)
{
	size_t from = 0;

	for (size_t i = 0; i < hook->nr; i++) {
		const struct tooth *h = &hook->teeth[i];

		while (from < base->nr && base->teeth[from].at < h->at - WINDOW)
			from++;
		for (size_t k = from; k < base->nr; k++) {
			const struct tooth *b = &base->teeth[k];
			int64_t s = h->at - b->at;

			if (s < -WINDOW)
				break;
			o->at[s + WINDOW] += common(base, b, hook, h);
			o->from = s < o->from ? s : o->from;
			o->to = s > o->to ? s : o->to;
		}
	}
}

static void best_two(const struct overlaps *all, double mass, struct match *m)
{
	for (int64_t s = all->from; s <= all->to; s++) {
		double o = all->at[s + WINDOW] / mass;

		if (o > m->overlap) {
			m->rival = m->overlap;
			m->rival_shift = m->shift;
			m->overlap = o;
			m->shift = s;
		} else if (o > m->rival) {
			m->rival = o;
			m->rival_shift = s;
		}
	}
}

/* A block, and what it is laid over. */
struct round {
	struct comb base, hook;
};

/* In exits of the hook, as in add_overlaps(). */
static double overlap_at(const struct round *r, int64_t shift)
{
	const struct comb *base = &r->base, *hook = &r->hook;
	double sum = 0;

	for (size_t i = 0, k = 0; i < hook->nr && k < base->nr;) {
		const struct tooth *h = &hook->teeth[i], *b = &base->teeth[k];
		int64_t d = h->at - shift - b->at;

		if (!d)
			sum += common(base, b, hook, h);
		i += d <= 0;
		k += d >= 0;
	}
	return sum;
}

/* The mean of what the one shift overlaps more than the other, in its standard errors. */
static double lead(const struct round *rounds, size_t n, int64_t shift, int64_t other)
{
	double sum = 0, squares = 0, mean, variance;

	for (size_t i = 0; i < n; i++) {
		double d = overlap_at(&rounds[i], shift) - overlap_at(&rounds[i], other);

		sum += d;
		squares += d * d;
	}
	mean = sum / (double)n;
	variance = (squares - sum * mean) / (double)(n - 1);
	if (variance <= 1e-9 * mean * mean)
		return MOST_SURE;
	return fmin(MOST_SURE, mean / sqrt(variance / (double)n));
}

/* What overlaps less than half as much is no rival: the rounds do not scatter so far. */
static double how_sure(const struct round *rounds, size_t n, const struct overlaps *all,
		       double mass, const struct match *m)
{
	double least = MOST_SURE;

	if (n < 2 || m->overlap < MIN_OVERLAP)
		return 0;
	for (int64_t s = all->from; s <= all->to; s++)
		if (s != m->shift && all->at[s + WINDOW] / mass > m->overlap / 2)
			least = fmin(least, lead(rounds, n, m->shift, s));
	return least;
}

/*
 * Which blocks to lay over which: the comb drifts, so a tooth of the first round
 * is elsewhere in the last. Over a whole boot tall teeth become heaps, and a heap
 * laid over a heap overlaps nearly as well one instruction beside the truth: the
 * overlap is large, but so is the rival's. Blocks of the same round saw nearly the
 * same comb. Laid over each other round by round, the drift only makes some rounds
 * not match (a smaller overlap, the safe side) and hardly feeds any one wrong
 * shift. Neighbouring rounds bring more baseline, against chance, but more drift
 * too. Test "radius" prints all this for its drifting combs, with the rows of a
 * full bench: for a comb that stands still the whole boot is a little better, and
 * as soon as it drifts the round alone has by far the weakest rival.
 */
bool match_rows(const struct row *base, const struct row *hook, unsigned int radius,
		struct match *m)
{
	struct overlaps all = { .from = WINDOW, .to = -WINDOW };
	size_t mass = 0, nr_diff = 0, nr_rounds = 0;
	struct round *rounds = NULL;
	int64_t *diff = NULL;
	bool matched;

	memset(m, 0, sizeof(*m));
	all.at = xcalloc(2 * WINDOW + 1, sizeof(*all.at));
	for (size_t i = 0; i < hook->nr_blocks; i++) {
		const struct block *b = &hook->blocks[i];
		struct comb hc, bc;

		if (radius == POOLED && i)
			break;
		hc = make_comb(hook, b->nr, radius == POOLED ? POOLED : 0);
		bc = make_comb(base, b->nr, radius);
		mass += hc.mass;
		if (bc.mass)
			add_overlaps(&all, &bc, &hc);
		/* Those of equal rank: what the range of a refused row is made of. */
		for (size_t k = 0; bc.mass && k < hc.mass; k++)
			*APPEND(diff, nr_diff) = hc.sorted[k] -
				bc.sorted[(2 * k + 1) * bc.mass / (2 * hc.mass)];
		*APPEND(rounds, nr_rounds) = (struct round){ .base = bc, .hook = hc };
	}
	matched = all.from <= all.to;
	best_two(&all, (double)mass, m);
	m->sure = how_sure(rounds, nr_rounds, &all, (double)mass, m);
	if (nr_diff) {
		qsort(diff, nr_diff, sizeof(*diff), by_value);
		m->p10 = diff[nr_diff / 10];
		m->p50 = diff[nr_diff / 2];
		m->p90 = diff[nr_diff - 1 - nr_diff / 10];
	}
	for (size_t i = 0; i < nr_rounds; i++) {
		comb_free(&rounds[i].base);
		comb_free(&rounds[i].hook);
	}
	free(rounds);
	free(diff);
	free(all.at);
	return matched;
}

unsigned int match_gates(const struct match *m, const struct match *control)
{
	double most = MAX_RIVAL;
	unsigned int set = 0;

	if (control && control->overlap > 0)
		most = fmax(most, MORE_RIVAL * control->rival / control->overlap);
	if (m->overlap < MIN_OVERLAP)
		set |= GATE_BIT(GATE_OVERLAP);
	if (m->sure < MIN_SURE)
		set |= GATE_BIT(GATE_SURE);
	if (m->rival > most * m->overlap)
		set |= GATE_BIT(GATE_RIVAL);
	return set;
}

static bool is_none(const struct row *row)
{
	return !strcmp(row->hook, "none");
}

/* What the counts of one row tell. */
static void look_at_counts(struct sighting *s)
{
	const struct row *row = s->row;
	bool handler = !is_none(row);

	s->missed = NOT_TOLD;
	for (size_t i = 0; i < row->nr_blocks; i++) {
		const struct block *b = &row->blocks[i];

		if (b->proof && !s->proof)
			s->proof = b->proof;
		s->exits += (int64_t)b->n;
		s->all_exits += b->exits;
		if (s->hits != NOT_TOLD)
			s->hits = b->hits == NOT_TOLD ? NOT_TOLD : s->hits + b->hits;
		if (b->missed != NOT_TOLD)
			s->missed = (s->missed == NOT_TOLD ? 0 : s->missed) + b->missed;
		/*
		 * In every block, not only in the sum: a lost exit and one seen twice
		 * do not make up for each other. Exits that the storm made but the
		 * kernel's count does not have mean that the count is wrong.
		 */
		if (b->exits < (int64_t)b->n || b->hits > (handler ? b->exits : 0) ||
		    (handler && b->hits < b->exits))
			s->gates |= GATE_BIT(GATE_HITS);
	}
	if (s->proof)
		s->gates |= GATE_BIT(GATE_PROOF);
	if (row->nr_blocks < MIN_BLOCKS || s->exits < MIN_EXITS)
		s->gates |= GATE_BIT(GATE_BLOCKS);
	if (s->missed > 0)
		s->gates |= GATE_BIT(GATE_MISSED);
}

/* The baseline of a boot has gates too; it is laid over itself only by the control. */
static unsigned int baseline_gates(const struct boot *boot)
{
	struct sighting s = { .boot = boot, .row = &boot->rows[boot->base] };

	if (s.row->skip)
		return GATE_BIT(GATE_BLOCKS);
	look_at_counts(&s);
	return s.gates;
}

static void add_result(struct comparison *c, const struct row *row, bool control)
{
	for (size_t i = 0; i < c->nr; i++)
		if (c->results[i].control ? control : row_is_same(c->results[i].row, row))
			return;
	*APPEND(c->results, c->nr) = (struct result){
		.row = row, .control = control, .traps = NOT_TOLD, .missed = NOT_TOLD,
	};
}

static void collect_rows(struct comparison *c)
{
	for (size_t i = 0; i < c->nr_boots; i++)
		if (c->boots[i]->control >= 0)
			add_result(c, &c->boots[i]->rows[c->boots[i]->control], true);
	for (size_t i = 0; i < c->nr_boots; i++)
		for (size_t k = 0; k < c->boots[i]->nr_rows; k++)
			if (!is_none(&c->boots[i]->rows[k]))
				add_result(c, &c->boots[i]->rows[k], false);
}

static const struct row *row_in(const struct boot *boot, const struct result *r)
{
	if (r->control)
		return boot->control < 0 ? NULL : &boot->rows[boot->control];
	for (size_t i = 0; i < boot->nr_rows; i++)
		if (row_is_same(&boot->rows[i], r->row))
			return &boot->rows[i];
	return NULL;
}

static void look_everywhere(const struct comparison *c, struct result *r)
{
	r->seen = xcalloc(c->nr_boots, sizeof(*r->seen));
	for (size_t i = 0; i < c->nr_boots; i++) {
		const struct boot *boot = c->boots[i];
		const struct row *row = row_in(boot, r);
		struct sighting *s = &r->seen[r->nr];

		if (!row)
			continue;
		if (row->skip) {
			if (!r->skip)
				r->skip = row->skip;
			continue;
		}
		*s = (struct sighting){ .boot = boot, .row = row };
		look_at_counts(s);
		s->matched = match_rows(&boot->rows[boot->base], row, NEIGHBOURS, &s->match);
		r->nr++;

		r->exits += s->exits;
		if (s->hits == NOT_TOLD || r->hits == NOT_TOLD)
			r->hits = NOT_TOLD;
		else
			r->hits += s->hits - (s->all_exits - s->exits);
		if (s->missed != NOT_TOLD)
			r->missed = (r->missed == NOT_TOLD ? 0 : r->missed) + s->missed;
		if (row->traps != NOT_TOLD) {
			r->traps = (r->traps == NOT_TOLD ? 0 : r->traps) + row->traps;
			r->trap_exits += row->trap_exits;
		}
	}
	if (r->nr)
		r->skip = NULL;
	if (r->control)
		r->hits = NOT_TOLD;
}

const struct match *control_match(const struct comparison *c, const struct boot *boot)
{
	const struct result *first = &c->results[0];

	for (size_t i = 0; first->control && i < first->nr; i++)
		if (first->seen[i].boot == boot)
			return &first->seen[i].match;
	return NULL;
}

static void judge(const struct comparison *c, struct result *r)
{
	if (r->nr < MIN_BOOTS)
		r->gates |= GATE_BIT(GATE_BOOTS);
	for (size_t i = 0; i < r->nr; i++) {
		struct sighting *s = &r->seen[i];
		const struct match *control = control_match(c, s->boot);

		s->share = control && control->overlap > 0 ? s->match.overlap / control->overlap : 0;
		s->gates |= match_gates(&s->match, r->control ? NULL : control);
		if (s->share < MIN_SHARE)
			s->gates |= GATE_BIT(GATE_SHARE);
		if (s->match.shift != r->seen[0].match.shift)
			r->gates |= GATE_BIT(GATE_SHIFT);
		r->gates |= s->gates;
	}
	if (r->nr)
		r->shift = r->seen[0].match.shift;
}

bool differs_by_boot(const struct result *r)
{
	return r->gates == GATE_BIT(GATE_SHIFT);
}

static void set_range(struct result *r)
{
	for (size_t i = 0; i < r->nr; i++) {
		const struct match *m = &r->seen[i].match;
		int64_t lo = differs_by_boot(r) ? m->shift : m->p10;
		int64_t hi = differs_by_boot(r) ? m->shift : m->p90;

		if (!r->seen[i].matched)
			continue;
		r->lo = r->has_range && r->lo < lo ? r->lo : lo;
		r->hi = r->has_range && r->hi > hi ? r->hi : hi;
		r->has_range = true;
	}
}

void compare_add(struct comparisons *all, struct boot *boot, const char *where)
{
	const char *nr = boot_env(boot, "boot");
	struct comparison *c = all->list;

	while (c < all->list + all->nr && strcmp(c->where, where))
		c++;
	if (c == all->list + all->nr) {
		c = APPEND(all->list, all->nr);
		*c = (struct comparison){ .kernel = boot_env(boot, "kernel"), .where = where };
	}
	if (!nr)
		die("%s: no env 'boot'", boot->name);
	for (size_t i = 0; i < c->nr_boots; i++)
		if (!strcmp(boot_env(c->boots[i], "boot"), nr))
			die("%s and %s are both boot %s %s", c->boots[i]->name, boot->name, nr,
			    where);
	*APPEND(c->boots, c->nr_boots) = boot;
}

void compare(struct comparison *c)
{
	unsigned int control = GATE_BIT(GATE_CONTROL);

	collect_rows(c);
	for (size_t i = 0; i < c->nr; i++)
		look_everywhere(c, &c->results[i]);
	for (size_t i = 0; i < c->nr; i++)
		judge(c, &c->results[i]);

	/* One sound control over all boots clears the gate for every row. */
	if (c->nr && c->results[0].control && c->results[0].nr == c->nr_boots &&
	    !c->results[0].gates && !c->results[0].shift)
		control = 0;
	for (size_t i = 0; i < c->nr_boots; i++)
		if (baseline_gates(c->boots[i]))
			control = GATE_BIT(GATE_CONTROL);
	for (size_t i = 0; i < c->nr; i++) {
		c->results[i].gates |= control;
		set_range(&c->results[i]);
	}
}

void compare_free(struct comparison *c)
{
	for (size_t i = 0; i < c->nr; i++)
		free(c->results[i].seen);
	free(c->results);
	c->results = NULL;
	c->nr = 0;
}
