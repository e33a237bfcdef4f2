// SPDX-License-Identifier: GPL-2.0
/*
 * storm: exits in bulk, as a command.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest/exits.h"
#include "guest/guest.h"
#include "lib/options.h"
#include "lib/util.h"

static struct exits all = { .kind = EXIT_VFORK, .n = 1000 };
static size_t jobs = 1;
static size_t pause_us;
static const char *ids_path;
static const char *comm = "storm";
static bool timed, pin;

static const struct option_entry options[] = {
	OPTIONS_CHOICE("kind", 'k', "KIND", &all.kind, exit_kinds,
		       "vfork (default), clone (a cheaper process), fork or thread"),
	OPTIONS_NUMBER("count", 'n', "N", &all.n, 1, 1000000000, "exits in all (default 1000)"),
	OPTIONS_NUMBER("jobs", 'j', "J", &jobs, 1, 1024,
		       "processes that share the work (default 1); each is one\nexit more"),
	OPTIONS_NUMBER("wave", 'w', "W", &all.wave, 1, 1000,
		       "make W tasks before the first is awaited (default: wait for\n"
		       "each before the next)"),
	OPTIONS_FLAG("pin", 0, &pin, "each job stays on a CPU of its own, in turn"),
	OPTIONS_TEXT("ids", 0, "FILE", &ids_path,
		     "write the process ids, a line each, to FILE at the end"),
	OPTIONS_NUMBER("pause", 'p', "USEC", &pause_us, 0, 1000000,
		       "sleep after each exit (default 0: not at all)"),
	OPTIONS_TEXT("comm", 'c', "NAME", &comm, "task name of all of them (default storm)"),
	OPTIONS_FLAG("time", 't', &timed, "print the nanoseconds that it took, too"),
	{ }
};

static const struct program program = {
	.name = "storm",
	.usage = "[OPTION]...",
	.about =
"Make tasks in bulk; each exits with a status of a known sequence (100 to 199,\n"
"round and round), is reaped, and its status checked.",
	.options = options,
	.more =
"Prints the number of exits it caused, its own not included; behind a tab the\n"
"time, if asked for. Exit status: 0, or 1 if a task could not be made or a status\n"
"was wrong.",
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* Each job is a process of its own, so that all CPUs are busy. */
static void run_jobs(void)
{
	struct exits part = all;
	int status;

	for (size_t j = 0; j < jobs; j++) {
		pid_t pid;

		part.n = all.n / jobs + (j < all.n % jobs);
		pid = fork();
		if (pid < 0)
			die("fork: %s", strerror(errno));
		if (!pid) {
			if (pin)
				/* They are taken as numbered without a gap. */
				stay_on_cpu(j % (size_t)sysconf(_SC_NPROCESSORS_ONLN));
			exits_run(&part);
			_exit(0);
		}
		if (all.ids) {
			part.ids += part.n;
			all.ids[all.n + j] = pid;
		}
	}
	for (size_t j = 0; j < jobs; j++) {
		if (wait(&status) < 0)
			die("wait: %s", strerror(errno));
		if (status)
			exit(EXIT_FAILURE);	/* the job has said why */
	}
}

/* Memory that the jobs share. */
static pid_t *make_ids(size_t n)
{
	pid_t *ids = mmap(NULL, n * sizeof(*ids), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (ids == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	return ids;
}

static void write_ids(size_t n)
{
	FILE *f = fopen(ids_path, "we");

	if (!f)
		die("cannot create %s: %s", ids_path, strerror(errno));
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%d\n", all.ids[i]);
	if (ferror(f) || fclose(f))
		die("cannot write %s", ids_path);
}

int main(int argc, char **argv)
{
	size_t count;
	int64_t start;

	options_parse(&program, argc, argv);
	if (all.wave && (all.kind == EXIT_THREAD || pause_us))
		options_wrong(&program, "--wave goes neither with threads nor with --pause");
	if (ids_path && all.kind == EXIT_THREAD)
		options_wrong(&program, "--ids: threads have no process ids");

	prctl(PR_SET_NAME, comm);
	all.pause = (useconds_t)pause_us;
	count = all.n + (jobs > 1 ? jobs : 0);
	if (ids_path)
		all.ids = make_ids(count);
	start = now_ns();
	if (jobs == 1)
		exits_run(&all);
	else
		run_jobs();
	printf("%zu", count);
	if (timed)
		printf("\t%jd", (intmax_t)(now_ns() - start));
	putchar('\n');
	if (ids_path)
		write_ids(count);
	return 0;
}
