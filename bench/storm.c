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
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "exits.h"
#include "util.h"

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
"      --pin          each job stays on a CPU of its own, in turn\n"
"  -p, --pause USEC   sleep after each exit (default 0: not at all)\n"
"  -c, --comm NAME    task name of all of them (default storm)\n"
"  -t, --time         print the nanoseconds that it took, too\n"
"  -h, --help         this text\n"
"\n"
"Prints the number of exits it caused, its own not included; behind a tab the\n"
"time, if asked for. Exit status: 0, or\n"
"1 if a task could not be made or a status was wrong.\n";

static void run(enum exit_kind kind, size_t count, useconds_t pause_us)
{
	if (!pause_us) {
		exits_run(kind, count, NULL);
		return;
	}
	while (count--) {
		exits_run(kind, 1, NULL);
		usleep(pause_us);
	}
}

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
static void run_jobs(enum exit_kind kind, size_t count, size_t jobs, bool pin,
		     useconds_t pause_us)
{
	size_t j;
	int status;

	for (j = 0; j < jobs; j++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork: %s", strerror(errno));
		if (!pid) {
			if (pin)
				stay_on(j);
			run(kind, count / jobs + (j < count % jobs), pause_us);
			_exit(0);
		}
	}
	for (j = 0; j < jobs; j++) {
		if (wait(&status) < 0)
			die("wait: %s", strerror(errno));
		if (status)
			exit(EXIT_FAILURE);	/* the job has said why */
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "kind",	required_argument, NULL, 'k' },
		{ "count",	required_argument, NULL, 'n' },
		{ "jobs",	required_argument, NULL, 'j' },
		{ "pin",	no_argument,	   NULL, 'P' },
		{ "pause",	required_argument, NULL, 'p' },
		{ "comm",	required_argument, NULL, 'c' },
		{ "time",	no_argument,	   NULL, 't' },
		{ "help",	no_argument,	   NULL, 'h' },
		{ }
	};
	enum exit_kind kind = EXIT_VFORK;
	size_t count = 1000;
	size_t jobs = 1;
	useconds_t pause_us = 0;
	bool timed = false, pin = false;
	int64_t start;
	int c;

	while ((c = getopt_long(argc, argv, "k:n:j:p:c:th", options, NULL)) != -1) {
		switch (c) {
		case 'k':
			kind = exit_kind_of(optarg);
			break;
		case 'n':
			count = parse_number("count", optarg, 1000000000);
			break;
		case 'j':
			jobs = parse_number("jobs", optarg, 1024);
			break;
		case 'P':
			pin = true;
			break;
		case 'p':
			pause_us = (useconds_t)parse_number("pause", optarg, 1000000);
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

	start = now_ns();
	if (jobs == 1) {
		run(kind, count, pause_us);
	} else {
		run_jobs(kind, count, jobs, pin, pause_us);
		count += jobs;
	}
	printf("%zu", count);
	if (timed)
		printf("\t%jd", (intmax_t)(now_ns() - start));
	putchar('\n');
	return 0;
}
