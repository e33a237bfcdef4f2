// SPDX-License-Identifier: GPL-2.0
/*
 * A tree by task name, program, cgroup or user, which tsearch() keeps balanced. The name is all
 * of the key, so two names that look alike when printed are still two. Whoever may call
 * prctl(2) chooses names, as many as he likes: he can neither make the tree a list nor
 * fill the memory with them.
 */
#define _GNU_SOURCE
#include "reader/summary.h"

#include <inttypes.h>
#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "reader/cgroup.h"
#include "reader/memo.h"
#include "reader/show.h"

#define PLACE_BITS	10

struct group {
	union key {
		char name[PROCMON_COMM_LEN];
		uint64_t words[PROCMON_COMM_LEN / sizeof(uint64_t)];
	} key;				/* it comes first, as that of the tree */
	char *shown;			/* of a cgroup, its name, known while it is there; of a program */
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
	union key key;
	struct group *group;
} places[1 << PLACE_BITS];

/* A program's name is longer than a key, so each gets a number. */
struct program {
	char name[PROCMON_PROGRAM_LEN];	/* it comes first, as that of the tree */
	uint64_t number;
};

static void *programs;
static uint64_t n_programs;

static int by_name(const void *a, const void *b)
{
	return strncmp(a, b, PROCMON_PROGRAM_LEN);
}

/* 0 if it is not known. There is a number for each group, and one for the others. */
static uint64_t number_of_program(const struct procmon_record *rec)
{
	const struct procmon_extended *ext = procmon_record_extended(rec);
	struct program **found, *p;

	if (!ext || !*ext->program)
		return 0;
	found = tfind(ext->program, &programs, by_name);
	if (found)
		return (*found)->number;
	if (n_programs == SUMMARY_NAMES)
		return UINT64_MAX;
	p = xcalloc(1, sizeof(*p));
	strncpy(p->name, ext->program, sizeof(p->name));
	p->number = ++n_programs;
	if (!tsearch(p, &programs, by_name))
		die("out of memory");
	return p->number;
}

static char *program_shown(const struct procmon_record *rec)
{
	char text[SHOW_PROGRAM_LEN], *end = show_program(text, rec);

	*end = '\0';
	return xstrdup(end == text ? "-" : text);
}

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(union key));
}

static struct group *find_group(const struct procmon_record *rec, const union key *raw,
				enum summary_by by)
{
	struct group key = { .key = *raw }, *g;
	struct group **found;

	/* what is behind the NUL is no part of the name */
	if (by == SUMMARY_COMM)
		strncpy(key.key.name, raw->name, sizeof(key.key.name));
	found = tfind(&key, &tree, by_key);
	if (found)
		return *found;
	if (n_groups == SUMMARY_NAMES ||
	    (by == SUMMARY_PROGRAM && raw->words[0] == UINT64_MAX))
		return &others;
	g = xcalloc(1, sizeof(*g));
	*g = key;
	if (by == SUMMARY_CGROUP)
		g->shown = xstrdup(cgroup_find(key.key.words[0])->name);
	else if (by == SUMMARY_PROGRAM)
		g->shown = program_shown(rec);
	if (!tsearch(g, &tree, by_key))
		die("out of memory");
	*APPEND(groups, n_groups) = g;
	return g;
}

static inline struct group *group_of(const struct procmon_record *rec, enum summary_by by)
{
	struct place *place;
	union key key;

	if (by == SUMMARY_COMM)
		memcpy(key.name, rec->comm, sizeof(key.name));
	else
		key = (union key){ .words = { by == SUMMARY_CGROUP ? rec->cgroup_id :
					      by == SUMMARY_UID ? rec->uid :
					      number_of_program(rec) } };
	place = &places[memo_hash(key.words[0] ^ memo_hash(key.words[1])) >> (64 - PLACE_BITS)];
	if (!place->group || place->key.words[0] != key.words[0] ||
	    place->key.words[1] != key.words[1]) {
		place->key = key;
		place->group = find_group(rec, &key, by);
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

static inline __attribute__((always_inline)) void add(const struct exit *e, enum summary_by by)
{
	const struct procmon_record *rec = e->rec;
	struct group *g = group_of(rec, by);
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
			g->signals = xcalloc(SHOW_SIGNALS, sizeof(*g->signals));
		g->signals[signal]++;
	}
}

void summary_add(const struct exit *exits, size_t n, enum summary_by by)
{
	size_t i;

	/* one of them at a time, with no choice left in it */
	for (i = 0; by == SUMMARY_COMM && i < n; i++)
		add(&exits[i], SUMMARY_COMM);
	for (i = 0; by != SUMMARY_COMM && i < n; i++)
		add(&exits[i], by);
}

static int by_exits(const void *a, const void *b)
{
	const struct group *x = *(struct group *const *)a;
	const struct group *y = *(struct group *const *)b;

	if (x->exits != y->exits)
		return x->exits < y->exits ? 1 : -1;
	return by_key(x, y);
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

static void print_group(FILE *f, int width, const char *name, struct group *g)
{
	const char *separator = " ";
	int i;

	fprintf(f, "%-*s %9llu %9llu", width, name, g->exits, g->failed);
	print_seconds(f, g->n_ages < g->exits ? "~" : "", median(g), 12);
	print_seconds(f, "", g->age_most, 12);
	print_seconds(f, "", g->runtime_ns, 11);
	for (i = 1; g->signals && i < SHOW_SIGNALS; i++) {
		if (!g->signals[i])
			continue;
		fprintf(f, "%s%s %llu", separator, show_signal(i), g->signals[i]);
		separator = ", ";
	}
	fputc('\n', f);
}

/* @name has room for any comm. */
static const char *name_of(const struct group *g, enum summary_by by, char *name)
{
	switch (by) {
	case SUMMARY_COMM:
		*show_escape(name, g->key.name) = '\0';
		return name;
	case SUMMARY_CGROUP:
	case SUMMARY_PROGRAM:
		return g->shown;
	default:
		sprintf(name, "%" PRIu64, g->key.words[0]);
		return name;
	}
}

void summary_print(FILE *f, enum summary_by by)
{
	static const char *const heads[] = { "COMM", "CGROUP", "UID", "PROGRAM" };
	int width = by == SUMMARY_CGROUP || by == SUMMARY_PROGRAM ? CGROUP_NAME - 1 :
		    PROCMON_COMM_LEN - 1;
	char name[SHOW_NAME_LEN];

	if (n_groups)
		qsort(groups, n_groups, sizeof(*groups), by_exits);
	fprintf(f, "%-*s %9s %9s %12s %12s %11s %s\n", width, heads[by], "EXITS", "FAILED",
		"MEDIAN AGE s", "MAX AGE s", "CPU s", "SIGNALS");
	for (size_t i = 0; i < n_groups; i++)
		print_group(f, width, name_of(groups[i], by, name), groups[i]);
	/* No name looks like this: its ] is escaped. */
	if (others.exits)
		print_group(f, width, "[others]", &others);
}

static void forget(void *member)
{
	struct group *g = member;

	free(g->ages);
	free(g->signals);
	free(g->shown);
	if (g != &others)
		free(g);
}

void summary_reset(void)
{
	tdestroy(tree, forget);
	tree = NULL;
	tdestroy(programs, free);
	programs = NULL;
	n_programs = 0;
	free(groups);
	groups = NULL;
	n_groups = 0;
	forget(&others);
	others = (struct group){ };
	memset(places, 0, sizeof(places));
}
