// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "guest/exits.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/arch.h"
#include "lib/kfile.h"
#include "lib/util.h"
#include "trace/marks.h"

const char *const exit_kinds[] = {
	[EXIT_VFORK]	= "vfork",
	[EXIT_CLONE]	= "clone",
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

/* A child that shares all that it can and exits at once. */
static pid_t clone_and_exit(int code, bool wait)
{
	long ret = raw_clone(CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_SIGHAND |
			     (wait ? CLONE_VFORK : 0) | SIGCHLD, code);

	if (ret < 0) {
		errno = (int)-ret;
		return -1;
	}
	return (pid_t)ret;
}

/* With @wait it may be that it returns only when the child has exited. */
static pid_t make_process(enum exit_kind kind, int code, bool wait)
{
	pid_t pid;

	if (kind == EXIT_CLONE)
		pid = clone_and_exit(code, wait);
	else
		pid = kind == EXIT_VFORK ? vfork() : fork();
	if (!pid)
		_exit(code);
	if (pid < 0)
		die("%s: %s", exit_kinds[kind], strerror(errno));
	return pid;
}

static void reap(pid_t pid, int code)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			die("waitpid: %s", strerror(errno));
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != code)
		die("process %d: wait status 0x%x, not exit code %d", pid,
		    (unsigned int)status, code);
}

static pid_t one_process(enum exit_kind kind, int code)
{
	pid_t pid = make_process(kind, code, true);

	reap(pid, code);
	return pid;
}

/* Make all of them, then wait for each. */
static void one_wave(enum exit_kind kind, size_t n, pid_t *ids)
{
	size_t i;

	for (i = 0; i < n; i++)
		ids[i] = make_process(kind, exit_code_of(i), false);
	for (i = 0; i < n; i++)
		reap(ids[i], exit_code_of(i));
}

static void run_waves(const struct exits *e)
{
	pid_t *ids = e->ids ?: xcalloc(e->n, sizeof(*ids));
	size_t i, n;

	for (i = 0; i < e->n; i += n) {
		n = e->n - i < e->wave ? e->n - i : e->wave;
		one_wave(e->kind, n, ids + i);
	}
	if (!e->ids)
		free(ids);
}

void exits_run(const struct exits *e)
{
	size_t i;

	if (e->wave) {
		run_waves(e);
		return;
	}
	for (i = 0; i < e->n; i++) {
		uint64_t start;
		pid_t pid = 0;

		if (e->ticks)
			mark(MARK_START);
		start = counter();

		if (e->kind == EXIT_THREAD)
			one_thread(exit_code_of(i));
		else
			pid = one_process(e->kind, exit_code_of(i));
		if (e->ticks)
			e->ticks[i] = (int64_t)(counter() - start);
		if (e->ticks)
			mark(MARK_END);
		if (e->ids)
			e->ids[i] = pid;
		if (e->pause)
			usleep(e->pause);
	}
}

void exits_begin(enum exit_kind kind)
{
	must_write("/proc/sys/kernel/ns_last_pid", FIRST_PID);
	exits_run(&(struct exits){ .kind = kind, .n = FILL_UP });
}
