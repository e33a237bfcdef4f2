// SPDX-License-Identifier: GPL-2.0
/*
 * A tree by task name, which tsearch() keeps balanced. The name is all of the key, so
 * two names that look alike when printed are still two. Whoever may call prctl(2)
 * chooses names, as many as he likes: he can neither make the tree a list nor fill the
 * memory with them.
 */
#define _GNU_SOURCE
#include "reader/summary.h"

#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "reader/memo.h"
#include "reader/show.h"

#define PLACE_BITS	10

/* A wait status has no more. */
#define SIGNALS	128

struct group {
	char name[PROCMON_COMM_LEN];	/* the key, so it comes first */
	unsigned long long exits;
	unsigned long long failed;
	uint64_t runtime_ns;
	uint64_t age_most;
	uint64_t *ages;
	size_t n_ages;
	unsigned long long *signals;	/* counters; NULL while there was no signal */
};

static void *tree;
static struct group **groups;	/* all that are in it */
static size_t n_groups;
static struct group others;	/* the names that came when there were SUMMARY_NAMES */

/* Most names come again soon: where they are, without a walk down the tree. */
static struct place {
	uint64_t name[2];
	struct group *group;
} places[1 << PLACE_BITS];

static int by_name(const void *a, const void *b)
{
	return memcmp(a, b, PROCMON_COMM_LEN);
}

static struct group *find_group(const struct procmon_record *rec)
{
	struct group key = { }, *g;
	struct group **found;

	/* what is behind the NUL is no part of the name */
	memcpy(key.name, rec->comm, strnlen(rec->comm, sizeof(key.name)));
	found = tfind(&key, &tree, by_name);
	if (found)
		return *found;
	if (n_groups == SUMMARY_NAMES)
		return &others;
	g = xcalloc(1, sizeof(*g));
	*g = key;
	if (!tsearch(g, &tree, by_name))
		die("out of memory");
	*APPEND(groups, n_groups) = g;
	return g;
}

static struct group *group_of(const struct procmon_record *rec)
{
	struct place *place;
	uint64_t name[2];

	memcpy(name, rec->comm, sizeof(name));
	place = &places[memo_hash(name[0] ^ memo_hash(name[1])) >> (64 - PLACE_BITS)];
	if (!place->group || place->name[0] != name[0] || place->name[1] != name[1]) {
		memcpy(place->name, name, sizeof(name));
		place->group = find_group(rec);
	}
	return place->group;
}

/* xorshift64: good enough to choose a sample, and the same on every run. */
static uint64_t random_next(void)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

/*
 * Every age, and when there are too many each with the same chance. Not every
 * second one: exits come in patterns.
 */
static void age_add(struct group *g, uint64_t age)
{
	uint64_t place;

	if (g->n_ages < SUMMARY_AGES) {
		*APPEND(g->ages, g->n_ages) = age;
		return;
	}
	place = random_next() % g->exits;
	if (place < SUMMARY_AGES)
		g->ages[place] = age;
}

static void add(const struct exit *e)
{
	const struct procmon_record *rec = e->rec;
	struct group *g = group_of(rec);
	uint64_t age = exit_age(e);
	int signal = procmon_record_signal(rec);

	g->exits++;
	g->failed += (unsigned int)procmon_record_failed(rec);
	g->runtime_ns += rec->runtime_ns;
	if (age > g->age_most)
		g->age_most = age;
	age_add(g, age);
	if (signal) {
		if (!g->signals)
			g->signals = xcalloc(SIGNALS, sizeof(*g->signals));
		g->signals[signal]++;
	}
}

void summary_add(const struct exit *exits, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		add(&exits[i]);
}

static int by_exits(const void *a, const void *b)
{
	const struct group *x = *(struct group *const *)a;
	const struct group *y = *(struct group *const *)b;

	if (x->exits != y->exits)
		return x->exits < y->exits ? 1 : -1;
	return by_name(x, y);
}

/*
 * Put the one of rank @k at its place, what is less before it and what is more behind
 * it. Around one of them, taken at random, the others are parted, and so on where @k is.
 */
static uint64_t select_rank(uint64_t *v, size_t n, size_t k)
{
	uint64_t *low = v, *high = v + n - 1;

	while (low < high) {
		const uint64_t pivot = low[random_next() % (uint64_t)(high - low + 1)];
		uint64_t *i = low, *j = high;

		do {
			while (*i < pivot)
				i++;
			while (*j > pivot)
				j--;
			if (i <= j) {
				uint64_t less = *j;

				*j-- = *i;
				*i++ = less;
			}
		} while (i <= j);
		/* between the two there is only the pivot, if anything */
		if (v + k <= j)
			high = j;
		else if (v + k >= i)
			low = i;
		else
			break;
	}
	return v[k];
}

/* Of an even number the mean of the two in the middle. */
static uint64_t median(struct group *g)
{
	const size_t half = g->n_ages / 2;
	const uint64_t upper = select_rank(g->ages, g->n_ages, half);
	uint64_t lower = 0;
	size_t i;

	if (g->n_ages % 2)
		return upper;
	for (i = 0; i < half; i++)
		if (g->ages[i] > lower)
			lower = g->ages[i];
	return lower + (upper - lower) / 2;
}

static void print_seconds(FILE *f, const char *mark, uint64_t ns, int width)
{
	char text[32];
	unsigned long long ms = ns / 1000000;

	snprintf(text, sizeof(text), "%s%llu.%03llu", mark, ms / 1000, ms % 1000);
	fprintf(f, " %*s", width, text);
}

static void print_group(FILE *f, const char *name, struct group *g)
{
	const char *separator = " ";
	int i;

	fprintf(f, "%-15s %9llu %9llu", name, g->exits, g->failed);
	print_seconds(f, g->n_ages < g->exits ? "~" : "", median(g), 12);
	print_seconds(f, "", g->age_most, 12);
	print_seconds(f, "", g->runtime_ns, 11);
	for (i = 1; g->signals && i < SIGNALS; i++) {
		if (!g->signals[i])
			continue;
		fprintf(f, "%s%s %llu", separator, show_signal(i), g->signals[i]);
		separator = ", ";
	}
	fputc('\n', f);
}

void summary_print(FILE *f)
{
	char name[SHOW_NAME_LEN];

	if (n_groups)
		qsort(groups, n_groups, sizeof(*groups), by_exits);
	fprintf(f, "%-15s %9s %9s %12s %12s %11s %s\n", "COMM", "EXITS", "FAILED",
		"MEDIAN AGE s", "MAX AGE s", "CPU s", "SIGNALS");
	for (size_t i = 0; i < n_groups; i++) {
		*show_escape(name, groups[i]->name) = '\0';
		print_group(f, name, groups[i]);
	}
	/* No name looks like this: its ] is escaped. */
	if (others.exits)
		print_group(f, "[others]", &others);
}

static void forget(void *member)
{
	struct group *g = member;

	free(g->ages);
	free(g->signals);
	if (g != &others)
		free(g);
}

void summary_reset(void)
{
	tdestroy(tree, forget);
	tree = NULL;
	free(groups);
	groups = NULL;
	n_groups = 0;
	forget(&others);
	others = (struct group){ };
	memset(places, 0, sizeof(places));
}
