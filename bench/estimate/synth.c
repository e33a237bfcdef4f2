// SPDX-License-Identifier: GPL-2.0
#include "estimate/synth.h"
#include "boot/write.h"
#include "lib/random.h"
#include "lib/util.h"

#include <stdlib.h>

/* Instructions of a vfork, _exit and waitpid: the order of magnitude of the real thing. */
#define FIRST_TOOTH 41000
#define TEETH_SPAN 700
#define SCATTER 20000

double synth_unit(uint64_t *state)
{
	return (double)(random_next(state) >> 11) / 9007199254740992.0;
}

/* Weights fall by a third from tooth to tooth: few tall ones, many small ones. */
static struct synth_path *make_comb(const struct synth *s)
{
	struct synth_path *comb = xcalloc(s->teeth, sizeof(*comb));
	uint64_t rnd = s->comb;
	double weight = 1;

	for (unsigned int i = 0; i < s->teeth; i++) {
		comb[i].cost = FIRST_TOOTH + (int64_t)(random_next(&rnd) % TEETH_SPAN);
		comb[i].weight = weight;
		weight *= 0.67;
	}
	return comb;
}

static int64_t step(uint64_t *rnd)
{
	return (int64_t)(random_next(rnd) % 13) - 6;
}

static void drift(const struct synth *s, struct synth_path *comb, uint64_t *rnd)
{
	if (!s->teeth)
		return;
	if (synth_unit(rnd) * 1000 < s->drift)
		comb[random_next(rnd) % s->teeth].cost += step(rnd);
	if (synth_unit(rnd) * 1000 < s->walk) {
		int64_t by = step(rnd);

		for (unsigned int i = 0; i < s->teeth; i++)
			comb[i].cost += by;
	}
}

/* What one of them costs; each is taken as often as it weighs. */
static int64_t pick(const struct synth_path *paths, unsigned int n, uint64_t *rnd)
{
	double total = 0, at;

	for (unsigned int i = 0; i < n; i++)
		total += paths[i].weight;
	at = synth_unit(rnd) * total;
	for (unsigned int i = 0; i < n; i++) {
		at -= paths[i].weight;
		if (at < 0)
			return paths[i].cost;
	}
	return paths[0].cost;
}

static int64_t base_ticks(const struct synth *s, const struct synth_path *comb, uint64_t *rnd)
{
	if (!s->teeth)
		return FIRST_TOOTH + (int64_t)(random_next(rnd) % SCATTER);
	return pick(comb, s->teeth, rnd);
}

static int64_t hook_ticks(const struct synth_row *row, uint64_t *rnd)
{
	int64_t extra = row->spread ? (int64_t)(random_next(rnd) % row->spread) : 0;

	return pick(row->paths, SYNTH_PATHS, rnd) + extra;
}

static void write_block(const struct synth *s, const struct synth_row *row, unsigned int id,
			unsigned int nr, struct synth_path *comb, uint64_t *rnd, FILE *f)
{
	/* Now and then a task of somebody else leaves too. */
	int64_t exits = s->per_block + (nr % 7 == 3);
	bool none = row->mechanism[0] == 'n';
	char *name = xasprintf("r%u", id);
	struct block b = {
		.nr = nr,
		.exits = exits,
		.hits = none ? NOT_TOLD : exits - (nr % 10 == 0 ? row->lost : 0),
		.missed = none ? NOT_TOLD : row->missed,
		.proof = nr == 2 ? (char *)row->proof : NULL,
		.n = s->per_block,
		.ticks = xcalloc(s->per_block, sizeof(*b.ticks)),
	};

	for (size_t i = 0; i < b.n; i++) {
		drift(s, comb, rnd);
		b.ticks[i] = base_ticks(s, comb, rnd) + hook_ticks(row, rnd);
		if (synth_unit(rnd) < s->noise)
			b.ticks[i] += 900 + (int64_t)(random_next(rnd) % 30000);
	}
	bootwrite_block(f, name, &b);
	free(b.ticks);
	free(name);
}

void synth_write(const struct synth *s, FILE *f)
{
	struct synth_path *comb = make_comb(s);
	uint64_t rnd = s->seed;

	bootwrite_head(f, s->kernel);
	fprintf(f, "env\tboot\t%u\n", s->boot);
	for (unsigned int i = 0; i < s->nr_rows; i++) {
		const struct synth_row *r = &s->rows[i];

		fprintf(f, "row\tr%u\t%s\t%s\t%s\t%s\t%s\n", i, r->hook, r->mechanism, r->flavour,
			r->site, r->output);
		if (r->skip)
			fprintf(f, "skip\tr%u\t%s\n", i, r->skip);
	}
	for (unsigned int nr = 0; nr < s->rounds; nr++) {
		for (unsigned int k = 0; k < s->nr_rows; k++) {
			unsigned int i = (k + nr) % s->nr_rows;

			if (!s->rows[i].skip)
				write_block(s, &s->rows[i], i, nr, comb, &rnd, f);
		}
	}
	fprintf(f, "end\n");
	free(comb);
}
