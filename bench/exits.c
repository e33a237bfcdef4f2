// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "exits.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#include "util.h"

const char *const exit_kinds[] = {
	[EXIT_VFORK]	= "vfork",
	[EXIT_CLONE]	= "clone",
	[EXIT_FORK]	= "fork",
	[EXIT_THREAD]	= "thread",
	NULL
};

enum exit_kind exit_kind_of(const char *s)
{
	int i;

	for (i = 0; exit_kinds[i]; i++) {
		if (!strcmp(s, exit_kinds[i]))
			return i;
	}
	die("--kind takes vfork, clone, fork or thread, not \"%s\"", s);
}

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

/*
 * A child that shares all that it can and exits at once. On the parent's stack, as
 * after vfork(2): so it must not return from any function, not even a wrapper.
 */
static pid_t clone_and_exit(int code)
{
	long ret;

	asm volatile("xor %%r10d, %%r10d\n\t"
		     "xor %%r8d, %%r8d\n\t"
		     "syscall\n\t"
		     "test %%rax, %%rax\n\t"
		     "jnz 1f\n\t"
		     "mov %[exit], %%eax\n\t"
		     "mov %[code], %%edi\n\t"
		     "syscall\n"
		     "1:"
		     : "=a" (ret)
		     : "0" ((long)SYS_clone),
		       "D" ((long)(CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_FS |
				   CLONE_SIGHAND | SIGCHLD)),
		       "S" (0L), "d" (0L), [exit] "i" (SYS_exit_group), [code] "b" (code)
		     : "rcx", "r8", "r10", "r11", "memory");
	if (ret < 0) {
		errno = (int)-ret;
		return -1;
	}
	return (pid_t)ret;
}

static pid_t make_process(enum exit_kind kind, int code)
{
	pid_t pid;

	if (kind == EXIT_CLONE)
		return clone_and_exit(code);
	pid = kind == EXIT_VFORK ? vfork() : fork();
	if (!pid)
		_exit(code);
	return pid;
}

static void one_process(enum exit_kind kind, int code)
{
	pid_t pid = make_process(kind, code);
	int status;

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
