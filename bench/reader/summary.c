// SPDX-License-Identifier: GPL-2.0
/*
 * A hash table by task name. The name is all of the key, so two names that look
 * alike when printed are still two. Whoever may call prctl(2) chooses names, as many
 * as he likes: he can neither make them collide nor fill the memory with them.
 */
#include "reader/summary.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/util.h"
#include "reader/show.h"
#include "reader/siphash.h"

union name {
	char bytes[PROCMON_COMM_LEN];
	uint64_t words[PROCMON_COMM_LEN / 8];
};

struct group {
	struct group *next;
	union name name;
	uint64_t exits;
	uint64_t failed;
	uint64_t runtime_ns;
	uint64_t age_most;
	uint64_t *ages;
	size_t n_ages;
	uint64_t *signals;	/* 256 counters; NULL while there was no signal */
};

static struct group **buckets;
static size_t n_buckets;	/* a power of two */
static size_t n_groups;
static uint64_t hash_key[2];
static struct group others;	/* the names that came when there were SUMMARY_NAMES */

static size_t bucket_of(const union name *name)
{
	return siphash(hash_key, name->words, ARRAY_SIZE(name->words)) & (n_buckets - 1);
}

static void choose_hash_key(void)
{
	if (getrandom(hash_key, sizeof(hash_key), 0) != sizeof(hash_key))
		die("no random numbers for the table of names: %s", strerror(errno));
}

/* Twice the buckets, so that a chain stays short whatever names there are. */
static void buckets_grow(void)
{
	struct group **old = buckets;
	size_t n_old = n_buckets;
	size_t i;

	if (!n_old)
		choose_hash_key();
	n_buckets = n_old ? 2 * n_old : 64;
	buckets = xcalloc(n_buckets, sizeof(*buckets));
	for (i = 0; i < n_old; i++) {
		struct group *g, *next;

		for (g = old[i]; g; g = next) {
			struct group **bucket = &buckets[bucket_of(&g->name)];

			next = g->next;
			g->next = *bucket;
			*bucket = g;
		}
	}
	free(old);
}

static struct group *group_of(const struct procmon_record *rec)
{
	union name name = { };
	struct group *g;
	struct group **bucket;

	/* what is behind the NUL is no part of the name */
	memcpy(name.bytes, rec->comm, strnlen(rec->comm, sizeof(name.bytes)));
	if (n_groups == n_buckets && n_groups < SUMMARY_NAMES)
		buckets_grow();
	bucket = &buckets[bucket_of(&name)];
	for (g = *bucket; g; g = g->next) {
		if (g->name.words[0] == name.words[0] &&
		    g->name.words[1] == name.words[1])
			return g;
	}
	if (n_groups == SUMMARY_NAMES)
		return &others;
	g = xcalloc(1, sizeof(*g));
	g->name = name;
	g->next = *bucket;
	*bucket = g;
	n_groups++;
	return g;
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
		GROW(g->ages, g->n_ages);
		g->ages[g->n_ages++] = age;
		return;
	}
	place = random_next() % g->exits;
	if (place < SUMMARY_AGES)
		g->ages[place] = age;
}

void summary_add(const struct procmon_record *rec)
{
	struct group *g = group_of(rec);

	g->exits++;
	g->failed += procmon_record_failed(rec);
	g->runtime_ns += rec->runtime_ns;
	if (rec->age_ns > g->age_most)
		g->age_most = rec->age_ns;
	age_add(g, rec->age_ns);
	if (rec->signal) {
		if (!g->signals)
			g->signals = xcalloc(256, sizeof(*g->signals));
		g->signals[rec->signal]++;
	}
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int by_exits(const void *a, const void *b)
{
	const struct group *x = *(struct group *const *)a;
	const struct group *y = *(struct group *const *)b;

	if (x->exits != y->exits)
		return x->exits < y->exits ? 1 : -1;
	return memcmp(x->name.bytes, y->name.bytes, sizeof(x->name.bytes));
}

/* Of an even number the mean of the two in the middle. */
static uint64_t median(struct group *g)
{
	size_t half = g->n_ages / 2;

	qsort(g->ages, g->n_ages, sizeof(*g->ages), by_value);
	if (g->n_ages % 2)
		return g->ages[half];
	return g->ages[half - 1] + (g->ages[half] - g->ages[half - 1]) / 2;
}

static void print_seconds(FILE *f, const char *mark, uint64_t ns, int width)
{
	char text[32];
	uint64_t ms = ns / 1000000;

	snprintf(text, sizeof(text), "%s%llu.%03llu", mark,
		 (unsigned long long)(ms / 1000), (unsigned long long)(ms % 1000));
	fprintf(f, " %*s", width, text);
}

static void print_group(FILE *f, const char *name, struct group *g)
{
	const char *separator = " ";
	int i;

	fprintf(f, "%-15s %9llu %9llu", name, (unsigned long long)g->exits,
		(unsigned long long)g->failed);
	print_seconds(f, g->n_ages < g->exits ? "~" : "", median(g), 12);
	print_seconds(f, "", g->age_most, 12);
	print_seconds(f, "", g->runtime_ns, 11);
	for (i = 1; g->signals && i < 256; i++) {
		if (!g->signals[i])
			continue;
		fprintf(f, "%s%s %llu", separator, show_signal((uint8_t)i),
			(unsigned long long)g->signals[i]);
		separator = ", ";
	}
	fputc('\n', f);
}

void summary_print(FILE *f)
{
	struct group **all = xcalloc(n_groups, sizeof(struct group *));
	char name[SHOW_NAME_LEN];
	size_t n = 0;
	size_t i;

	for (i = 0; i < n_buckets; i++) {
		struct group *g;

		for (g = buckets[i]; g; g = g->next)
			all[n++] = g;
	}
	qsort(all, n, sizeof(struct group *), by_exits);
	fprintf(f, "%-15s %9s %9s %12s %12s %11s %s\n", "COMM", "EXITS", "FAILED",
		"MEDIAN AGE s", "MAX AGE s", "CPU s", "SIGNALS");
	for (i = 0; i < n; i++) {
		show_escape(name, all[i]->name.bytes);
		print_group(f, name, all[i]);
	}
	/* No name looks like this: its ] is escaped. */
	if (others.exits)
		print_group(f, "[others]", &others);
	free(all);
}
