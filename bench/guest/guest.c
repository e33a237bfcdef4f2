// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "guest/guest.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "lib/arch.h"
#include "lib/kfile.h"
#include "lib/util.h"

#define FEATURES	DEBUGFS "sched/features"

/* By then, in seconds of CLOCK_MONOTONIC, the boot is long over. */
#define BOOTED		30

int64_t exits_so_far(void)
{
	int64_t last = -1;

	for (;;) {
		char *stat = must_read("/proc/stat");
		char *loadavg = must_read("/proc/loadavg");
		int64_t made = kfile_number(stat, "processes");
		int64_t now, alive;

		if (made < 0 || sscanf(loadavg, "%*f %*f %*f %*d/%jd", &alive) != 1)
			die("/proc/stat or /proc/loadavg is not as expected");
		free(stat);
		free(loadavg);
		now = made - alive;
		if (now == last)
			return now;
		last = now;
		usleep(20000);
	}
}

/* Ticks of a loop of 2 * @n instructions, and a little around it. */
static uint64_t loop_ticks(uint64_t n)
{
	uint64_t start = counter();

	LOOP(n, 0);
	return counter() - start;
}

void check_clock(void)
{
	for (int tries = 0; tries < 3; tries++) {
		if (loop_ticks(3000) - loop_ticks(1000) == 4000)
			return;
	}
	die("the CPU's counter does not count instructions; run under scripts/vm.sh --exact");
}

void switch_console(bool on)
{
	/* One that is off is not listed any more. */
	static char *name;

	if (!name)
		name = must_read("/sys/class/tty/console/active");
	name[strcspn(name, " \n")] = '\0';
	must_write(path_of("/sys/class/tty/%s/console", name), on ? "Y" : "N");
}

void stay_on_cpu(size_t cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("cannot stay on one CPU: %s", strerror(errno));
}

void quiet_machine(void)
{
	const struct timespec booted = { .tv_sec = BOOTED };

	stay_on_cpu(0);
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		die("cannot lock the memory: %s", strerror(errno));
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &booted, NULL);
}

bool scheduler_feature(const char *name, bool on)
{
	char *features = must_read(FEATURES), *rest = features, *word;
	bool known = false;

	/* One that is off has NO_ in front. */
	while (!known && (word = strsep(&rest, " \n")))
		known = !strcmp(strncmp(word, "NO_", 3) ? word : word + 3, name);
	free(features);
	if (known)
		must_write(FEATURES, path_of("%s%s", on ? "" : "NO_", name));
	return known;
}
