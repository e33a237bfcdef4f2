// SPDX-License-Identifier: GPL-2.0
/*
 * synthstream: write a stream as a busy machine has it, the same on every run, to
 * count what the reader spends on it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/options.h"
#include "lib/util.h"
#include "variants/handler/record.h"

/* A read(2) gives so many of each CPU. */
#define RUN	512
#define CPUS	4

/* The stream begins so long after the machine was booted. */
#define BEGIN_NS	5000000000000u
#define STEP_NS		20011

static const struct program program = {
	.name = "synthstream",
	.usage = "N",
	.about =
"Write a stream of N exits to standard output, as \"procmon --raw -\" does, with clock\n"
"records between them.",
	.args = "N",
	.min_args = 1,
	.max_args = 1,
};

/* A counter of 2.1 GHz. */
static uint64_t counter_at(uint64_t ns)
{
	return ns * 21 / 10;
}

static void put(const void *record)
{
	if (fwrite(record, sizeof(struct procmon_record), 1, stdout) != 1)
		die("cannot write the stream");
}

static void put_clock(uint64_t ns)
{
	struct procmon_clock pair = {
		.version = PROCMON_RECORD_VERSION,
		.size = sizeof(pair),
		.info = PROCMON_INFO_CLOCK,
		.counter = counter_at(ns),
		.boot_ns = ns,
		.real_ns = (int64_t)(1700000000000000000u + ns),
	};

	put(&pair);
}

/* Some from each CPU in turn; return when it was. */
static uint64_t put_exit(size_t i)
{
	const uint64_t cpu = i / RUN % CPUS;
	const uint64_t number = i / (CPUS * RUN) * RUN + i % RUN;
	const uint64_t ns = BEGIN_NS + (number * CPUS + cpu) * STEP_NS;
	struct procmon_record rec = {
		.version = PROCMON_RECORD_VERSION,
		.size = sizeof(rec),
		.info = PROCMON_LAST_UNKNOWN,
		.tid = (int)(1000 + i % 4000000),
		.tgid = (int)(1000 + i % 4000000),
		.ppid = 999,
		.wait_status = i % 10 ? 0 : i % 20 ? 0x300 : 9,
		.uid = i % 7 ? 1000 : 0,
		.task_flags = 0x40010c,	/* as an ordinary process has them */
		.time = counter_at(ns),
		.start_ns = ns - (700000 + i * 2654435761u % 900000000),
		.runtime_ns = 400000 + i % 1000 * 977,
		.stime_ns = i % 3 * 4000000,
		.min_flt = 60 + i % 50,
		.cgroup_id = 4242,
		.number = number,
		.cpu = (uint16_t)cpu,
	};

	snprintf(rec.comm, sizeof(rec.comm), "worker-%zu", i % 32);
	put(&rec);
	return ns;
}

int main(int argc, char **argv)
{
	char **args = argv + options_parse(&program, argc, argv);
	uint64_t latest = BEGIN_NS - STEP_NS;
	char *end;
	size_t n = strtoull(args[0], &end, 10);
	size_t i;

	if (*end || args[0][0] < '0' || args[0][0] > '9')
		options_wrong(&program, "N is a number, not '%s'", args[0]);
	put_clock(latest);
	for (i = 0; i < n; i++) {
		uint64_t ns = put_exit(i);

		if (ns > latest)
			latest = ns;
		if ((i + 1) % (CPUS * RUN) == 0 || i + 1 == n)
			put_clock(latest + STEP_NS / 2);
	}
	if (fflush(stdout))
		die("cannot write the stream");
	return 0;
}
