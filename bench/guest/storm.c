// SPDX-License-Identifier: GPL-2.0
/*
 * storm: exits in bulk, as a command.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <sched.h>
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
#include "lib/util.h"

static const char help[] =
"usage: storm [OPTION]...\n"
"\n"
"Make tasks in bulk; each exits with a status of a known sequence (100 to 199,\n"
"round and round), is reaped, and its status checked.\n"
"\n"
"  -k, --kind KIND    vfork (default), clone (a cheaper process), fork or thread\n"
"  -n, --count N      exits in all (default 1000)\n"
"  -j, --jobs J       processes that share the work (default 1); each is one\n"
"                     exit more\n"
"  -w, --wave W       make W tasks before the first is awaited (default: wait for\n"
"                     each before the next)\n"
"      --pin          each job stays on a CPU of its own, in turn\n"
"      --ids FILE     write the process ids, a line each, to FILE at the end\n"
"  -p, --pause USEC   sleep after each exit (default 0: not at all)\n"
"  -c, --comm NAME    task name of all of them (default storm)\n"
"  -t, --time         print the nanoseconds that it took, too\n"
"  -h, --help         this text\n"
"\n"
"Prints the number of exits it caused, its own not included; behind a tab the\n"
"time, if asked for. Exit status: 0, or\n"
"1 if a task could not be made or a status was wrong.\n";

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* The CPUs are taken as numbered without a gap. */
static void stay_on(size_t job)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(job % (size_t)sysconf(_SC_NPROCESSORS_ONLN), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("cannot stay on one CPU: %s", strerror(errno));
}

/* Each job is a process of its own, so that all CPUs are busy. */
static void run_jobs(const struct exits *all, size_t jobs, bool pin)
{
	struct exits part = *all;
	size_t j;
	int status;

	for (j = 0; j < jobs; j++) {
		pid_t pid;

		part.n = all->n / jobs + (j < all->n % jobs);
		pid = fork();
		if (pid < 0)
			die("fork: %s", strerror(errno));
		if (!pid) {
			if (pin)
				stay_on(j);
			exits_run(&part);
			_exit(0);
		}
		if (all->ids) {
			part.ids += part.n;
			all->ids[all->n + j] = pid;
		}
	}
	for (j = 0; j < jobs; j++) {
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

static void write_ids(const char *path, const pid_t *ids, size_t n)
{
	FILE *f = fopen(path, "we");
	size_t i;

	if (!f)
		die("cannot create %s: %s", path, strerror(errno));
	for (i = 0; i < n; i++)
		fprintf(f, "%d\n", ids[i]);
	if (ferror(f) || fclose(f))
		die("cannot write %s", path);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "kind",	required_argument, NULL, 'k' },
		{ "count",	required_argument, NULL, 'n' },
		{ "jobs",	required_argument, NULL, 'j' },
		{ "wave",	required_argument, NULL, 'w' },
		{ "pin",	no_argument,	   NULL, 'P' },
		{ "ids",	required_argument, NULL, 'I' },
		{ "pause",	required_argument, NULL, 'p' },
		{ "comm",	required_argument, NULL, 'c' },
		{ "time",	no_argument,	   NULL, 't' },
		{ "help",	no_argument,	   NULL, 'h' },
		{ }
	};
	struct exits all = { .kind = EXIT_VFORK, .n = 1000 };
	size_t jobs = 1, count;
	const char *ids = NULL;
	bool timed = false, pin = false;
	int64_t start;
	int c;

	while ((c = getopt_long(argc, argv, "k:n:j:w:p:c:th", options, NULL)) != -1) {
		switch (c) {
		case 'k':
			all.kind = exit_kind_of(optarg);
			break;
		case 'n':
			all.n = parse_number("count", optarg, 1000000000);
			break;
		case 'j':
			jobs = parse_number("jobs", optarg, 1024);
			break;
		case 'w':
			all.wave = parse_number("wave", optarg, 1000);
			break;
		case 'P':
			pin = true;
			break;
		case 'I':
			ids = optarg;
			break;
		case 'p':
			all.pause = (useconds_t)parse_number("pause", optarg, 1000000);
			break;
		case 'c':
			prctl(PR_SET_NAME, optarg);
			break;
		case 't':
			timed = true;
			break;
		case 'h':
			fputs(help, stdout);
			return 0;
		default:
			fputs(help, stderr);
			return 2;
		}
	}
	if (optind < argc)
		die("unexpected argument \"%s\"; see --help", argv[optind]);

	if (all.wave && (all.kind == EXIT_THREAD || all.pause))
		die("--wave goes neither with threads nor with --pause");
	if (ids && all.kind == EXIT_THREAD)
		die("--ids: threads have no process ids");

	count = all.n + (jobs > 1 ? jobs : 0);
	if (ids)
		all.ids = make_ids(count);
	start = now_ns();
	if (jobs == 1)
		exits_run(&all);
	else
		run_jobs(&all, jobs, pin);
	printf("%zu", count);
	if (timed)
		printf("\t%jd", (intmax_t)(now_ns() - start));
	putchar('\n');
	if (ids)
		write_ids(ids, all.ids, count);
	return 0;
}
