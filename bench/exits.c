// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "exits.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#include "util.h"

const char *const exit_kinds[] = {
	[EXIT_VFORK]	= "vfork",
	[EXIT_FORK]	= "fork",
	[EXIT_THREAD]	= "thread",
	NULL
};

static void *thread_main(void *code)
{
	return code;
}

static void one_thread(intptr_t code)
{
	pthread_t thread;
	void *result;
	int err;

	err = pthread_create(&thread, NULL, thread_main, (void *)code);
	if (err)
		die("pthread_create: %s", strerror(err));
	err = pthread_join(thread, &result);
	if (err)
		die("pthread_join: %s", strerror(err));
	if ((intptr_t)result != code)
		die("a thread returned %jd, not %jd", (intmax_t)(intptr_t)result,
		    (intmax_t)code);
}

static void one_process(enum exit_kind kind, int code)
{
	int status;
	pid_t pid;

	pid = kind == EXIT_VFORK ? vfork() : fork();
	if (!pid)
		_exit(code);
	if (pid < 0)
		die("%s: %s", exit_kinds[kind], strerror(errno));
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			die("waitpid: %s", strerror(errno));
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != code)
		die("process %d: wait status 0x%x, not exit code %d", pid,
		    (unsigned int)status, code);
}

void exits_run(enum exit_kind kind, size_t n, int64_t *ticks)
{
	size_t i;

	for (i = 0; i < n; i++) {
		uint64_t start = __rdtsc();

		if (kind == EXIT_THREAD)
			one_thread(exit_code_of(i));
		else
			one_process(kind, exit_code_of(i));
		if (ticks)
			ticks[i] = (int64_t)(__rdtsc() - start);
	}
}
