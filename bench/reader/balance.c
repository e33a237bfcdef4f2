// SPDX-License-Identifier: GPL-2.0
/*
 * Every exit of a session is a record, dropped, or filtered; each of the three
 * is counted twice, by the module and here as far as it can be seen from here.
 */
#define _GNU_SOURCE
#include "reader/balance.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/kfile.h"
#include "lib/util.h"

struct cpu {
	unsigned long long next;	/* the next number, if nothing is dropped; 0: none yet */
	uint32_t dropped;		/* what the last record said */
	unsigned long long lost;	/* in this batch */
};

static struct cpu cpus[BALANCE_CPUS];
static unsigned long long n_read, n_lost;
static bool batch_lost;

static char *first_fault;
static unsigned long long more_faults;

void balance_fault(const char *fmt, ...)
{
	va_list ap;

	if (first_fault) {
		more_faults++;
		return;
	}
	va_start(ap, fmt);
	if (vasprintf(&first_fault, fmt, ap) < 0)
		die("out of memory");
	va_end(ap);
}

/* Something is missing: was it dropped, all of it and nothing else? */
static void check_gap(struct cpu *cpu, const struct procmon_record *rec)
{
	uint32_t dropped = rec->dropped - cpu->dropped;
	unsigned long long missing = rec->seq - cpu->next;

	if (rec->seq < cpu->next) {
		balance_fault("CPU %u: number %llu came where %llu was due", rec->cpu, rec->seq,
			      cpu->next);
		return;
	}
	cpu->lost += missing;
	batch_lost = true;
	if ((uint32_t)missing != dropped)
		balance_fault("CPU %u: %llu numbers are missing below number %llu, but %u were dropped",
			      rec->cpu, missing, rec->seq, dropped);
}

void balance_record(const struct procmon_record *rec)
{
	struct cpu *cpu = &cpus[rec->cpu];

	if (rec->seq != cpu->next || rec->dropped != cpu->dropped)
		check_gap(cpu, rec);
	cpu->next = rec->seq + 1;
	cpu->dropped = rec->dropped;
	n_read++;
}

void balance_batch(void)
{
	uint32_t i;

	if (!batch_lost)
		return;
	batch_lost = false;
	for (i = 0; i < BALANCE_CPUS; i++) {
		if (!cpus[i].lost)
			continue;
		fprintf(stderr, "procmon: lost %llu exits on CPU %u\n", cpus[i].lost, i);
		n_lost += cpus[i].lost;
		cpus[i].lost = 0;
	}
}

unsigned long long balance_read(void)
{
	return n_read;
}

/* The verdict, behind the line with the numbers. */
static bool closes(void)
{
	if (!first_fault)
		return true;
	fprintf(stderr, "procmon: the sum does not close: %s", first_fault);
	if (more_faults)
		fprintf(stderr, " (and %llu faults more)", more_faults);
	fputc('\n', stderr);
	return false;
}

static unsigned long long counter(const char *stats, const char *key)
{
	int64_t n = kfile_number(stats, key);

	if (n < 0)
		balance_fault("the module's stats have no number for %s", key);
	return n < 0 ? 0 : (unsigned long long)n;
}

static void print_shown(unsigned long long shown)
{
	if (shown != n_read)
		fprintf(stderr, " (%llu shown)", shown);
}

bool balance_stream(const char *stats, unsigned long long shown)
{
	unsigned long long hits, missed, filtered, streamed, dropped;

	if (!stats) {
		fprintf(stderr, "procmon: %llu exits read", n_read);
		print_shown(shown);
		fputc('\n', stderr);
		balance_fault("the module's counters cannot be read (%s)", PROCMON_STATS);
		return closes();
	}
	hits = counter(stats, "session_hits");
	missed = counter(stats, "session_missed");
	filtered = counter(stats, "session_filtered");
	streamed = counter(stats, "session_streamed");
	dropped = counter(stats, "session_dropped");

	if (n_read != streamed)
		balance_fault("%llu records were read, but the module delivered %llu", n_read,
			      streamed);
	if (hits != streamed + dropped + filtered)
		balance_fault("the module had %llu exits, but delivered %llu, dropped %llu and filtered %llu",
			      hits, streamed, dropped, filtered);
	if (n_lost > dropped)
		balance_fault("%llu numbers are missing, but the module dropped %llu", n_lost,
			      dropped);

	fprintf(stderr, "procmon: %llu exits: %llu delivered", hits, streamed);
	print_shown(shown);
	fprintf(stderr, ", %llu dropped, %llu filtered by the module; %llu missed\n",
		dropped, filtered, missed);
	return closes();
}

bool balance_file(unsigned long long shown)
{
	uint32_t used = 0;
	uint32_t i;

	for (i = 0; i < BALANCE_CPUS; i++)
		used += cpus[i].next > 0;
	fprintf(stderr, "procmon: %llu exits read", n_read);
	print_shown(shown);
	fprintf(stderr, ", of %u CPU%s; %llu lost before the last of each CPU\n",
		used, used == 1 ? "" : "s", n_lost);
	return closes();
}
