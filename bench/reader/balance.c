// SPDX-License-Identifier: GPL-2.0
/*
 * Every exit of a session is a record, dropped, or filtered; each of the three
 * is counted twice, by the module and here as far as it can be seen from here.
 */
#define _GNU_SOURCE
#include "reader/balance.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/kfile.h"
#include "lib/util.h"

struct balance_cpu balance_cpus[UINT16_MAX + 1];

static uint32_t n_cpus;		/* no more have records */
static uint32_t n_used;		/* so many have */
static uint64_t n_lost;
static uint64_t batch_lost[UINT16_MAX + 1];
static bool is_lost;		/* some in this batch */
static uint64_t n_jumped;	/* by so much the numbers are too high, with all faults */

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

void balance_cut(const char *name, size_t bytes)
{
	balance_fault("%s ends in the middle of a record, %zu bytes behind the last whole one",
		      name, bytes);
}

void balance_gap(const struct procmon_record *rec)
{
	struct balance_cpu *cpu = &balance_cpus[rec->cpu];

	if (!cpu->due) {
		cpu->due = 1;
		n_used++;
		if (rec->cpu >= n_cpus)
			n_cpus = rec->cpu + 1u;
	}
	if (rec->number + 1 != cpu->due) {
		balance_fault("CPU %u: number %" PRIu64 " came where %" PRIu64 " was due",
			      rec->cpu, (uint64_t)rec->number, cpu->due - 1);
		n_jumped += rec->number + 1 - cpu->due;
		cpu->due = rec->number + 1;
	}
	if (rec->dropped != cpu->dropped) {
		batch_lost[rec->cpu] += rec->dropped - cpu->dropped;
		cpu->dropped = rec->dropped;
		is_lost = true;
	}
}

void balance_batch(void)
{
	uint32_t i;

	if (!is_lost)
		return;
	is_lost = false;
	for (i = 0; i < n_cpus; i++) {
		if (!batch_lost[i])
			continue;
		fprintf(stderr, "procmon: lost %" PRIu64 " exits on CPU %u\n", batch_lost[i], i);
		n_lost += batch_lost[i];
		batch_lost[i] = 0;
	}
}

uint64_t balance_read(void)
{
	uint64_t n = -n_jumped;
	uint32_t i;

	for (i = 0; i < n_cpus; i++)
		if (balance_cpus[i].due)
			n += balance_cpus[i].due - 1;
	return n;
}

uint64_t balance_lost(void)
{
	return n_lost;
}

static struct text account;

const char *balance_account(void)
{
	return account.s;
}

/* The verdict, behind the line with the numbers. */
static bool closes(void)
{
	fprintf(stderr, "procmon: %s\n", account.s);
	if (!first_fault)
		return true;
	fprintf(stderr, "procmon: the sum does not close: %s", first_fault);
	if (more_faults)
		fprintf(stderr, " (and %llu faults more)", more_faults);
	fputc('\n', stderr);
	return false;
}

static uint64_t counter(const char *stats, const char *key)
{
	int64_t n = kfile_number(stats, key);

	if (n < 0)
		balance_fault("the module's stats have no number for %s", key);
	return n < 0 ? 0 : (uint64_t)n;
}

static void add_done(uint64_t n, const char *how, uint64_t done)
{
	if (done != n)
		text_add(&account, " (%" PRIu64 " %s)", done, how);
}

bool balance_stream(const char *stats, const char *how, uint64_t done)
{
	uint64_t hits, missed, filtered, streamed, dropped;
	uint64_t n = balance_read();

	if (!stats) {
		int err = errno;

		text_add(&account, "%" PRIu64 " exits read", n);
		add_done(n, how, done);
		text_add(&account, "; %" PRIu64 " dropped before the last of each CPU; no more is known, for %s cannot be read: %s",
			n_lost, PROCMON_STATS, strerror(err));
		return closes();
	}
	hits = counter(stats, "session_hits");
	missed = counter(stats, "session_missed");
	filtered = counter(stats, "session_filtered");
	streamed = counter(stats, "session_streamed");
	dropped = counter(stats, "session_dropped");

	if (n != streamed)
		balance_fault("%" PRIu64 " records were read, but the module delivered %" PRIu64,
			      n, streamed);
	if (hits != streamed + dropped + filtered)
		balance_fault("the module had %" PRIu64 " exits, but delivered %" PRIu64
			      ", dropped %" PRIu64 " and filtered %" PRIu64,
			      hits, streamed, dropped, filtered);
	if (n_lost > dropped)
		balance_fault("the records tell of %" PRIu64 " exits dropped, but the module of %" PRIu64,
			      n_lost, dropped);

	text_add(&account, "%" PRIu64 " exits: %" PRIu64 " delivered", hits, streamed);
	add_done(streamed, how, done);
	text_add(&account, ", %" PRIu64 " dropped, %" PRIu64 " filtered by the module; %" PRIu64 " missed",
		 dropped, filtered, missed);
	n_lost = dropped;
	return closes();
}

bool balance_file(const char *how, uint64_t done)
{
	uint64_t n = balance_read();

	text_add(&account, "%" PRIu64 " exits read", n);
	add_done(n, how, done);
	text_add(&account, ", of %u CPU%s; %" PRIu64 " lost before the last of each CPU",
		n_used, n_used == 1 ? "" : "s", n_lost);
	return closes();
}
