// SPDX-License-Identifier: GPL-2.0
/*
 * cases: every way to leave, each with the truth about it.
 *
 * Makes processes that end in all the ways a monitor may get wrong, reaps them,
 * and prints what wait(2) said: the oracle that the tests hold procmon against.
 * Where a case has threads whose own exit codes are known, those are printed too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/options.h"
#include "lib/util.h"

#define MAX_TASKS 128

/* What the processes of a case tell the parent: memory shared with them. */
struct told {
	atomic_int nr_tasks;
	struct {
		int tid;
		int code;	/* argument of do_exit() */
	} tasks[MAX_TASKS];
	atomic_int nr_pids;
	struct {
		int pid;	/* in the init namespace, reaped by another */
		int status;
	} pids[MAX_TASKS];
	atomic_int first_parent;	/* of an orphan */
	pthread_barrier_t barrier;
};

static struct told *told;
static const char self[] = "/proc/self/exe";

static int gettid_now(void)
{
	return (int)syscall(SYS_gettid);
}

/* This task will leave with @code, in wait-status encoding. */
static void tell_task(int code)
{
	int i = atomic_fetch_add(&told->nr_tasks, 1);

	if (i >= MAX_TASKS)
		die("too many tasks in one case");
	told->tasks[i].tid = gettid_now();
	told->tasks[i].code = code;
}

/* A process that another than the parent of all cases has reaped. */
static void tell_process(int pid, int status)
{
	int i = atomic_fetch_add(&told->nr_pids, 1);

	if (i >= MAX_TASKS)
		die("too many processes in one case");
	told->pids[i].pid = pid;
	told->pids[i].status = status;
}

static void __attribute__((noreturn)) exit_thread(int code)
{
	tell_task((code & 0xff) << 8);
	syscall(SYS_exit, code);
	__builtin_unreachable();
}

static void __attribute__((noreturn)) exit_process(int code)
{
	tell_task((code & 0xff) << 8);
	syscall(SYS_exit_group, code);
	__builtin_unreachable();
}

static void start_thread(void *(*main)(void *), intptr_t arg)
{
	pthread_attr_t attr;
	pthread_t thread;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	err = pthread_create(&thread, &attr, main, (void *)arg);
	if (err)
		die("pthread_create: %s", strerror(err));
}

/* Until the leader is a zombie: its state in /proc is Z. */
static void wait_for_leader_to_leave(void)
{
	char path[64], text[256];
	char *state;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", getpid(), getpid());
	for (;;) {
		FILE *f = fopen(path, "r");

		if (!f)
			die("%s: %s", path, strerror(errno));
		state = fgets(text, sizeof(text), f) ? strrchr(text, ')') : NULL;
		fclose(f);
		if (state && state[2] == 'Z')
			return;
		usleep(1000);
	}
}

static void set_core(bool on)
{
	struct rlimit limit = {
		on ? RLIM_INFINITY : 0, on ? RLIM_INFINITY : 0
	};

	if (setrlimit(RLIMIT_CORE, &limit))
		die("setrlimit: %s", strerror(errno));
	prctl(PR_SET_DUMPABLE, 1);
}

static void __attribute__((noreturn)) die_of(int sig)
{
	sigset_t set;

	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	syscall(SYS_tgkill, getpid(), gettid_now(), sig);
	pause();
	exit_process(99);	/* the signal did not kill: the oracle will say so */
}

/* The cases. Each runs in a process of its own and does not return. */

static void case_exit(int code)
{
	exit_process(code);
}

static void case_signal(int sig)
{
	set_core(false);
	die_of(sig);
}

static void case_core(int sig)
{
	set_core(true);
	die_of(sig);
}

static void *thread_exits(void *code)
{
	exit_thread((int)(intptr_t)code);
}

/* A thread leaves with a code of its own, the process goes on. */
static void case_thread_exit(int code)
{
	pthread_t thread;

	pthread_create(&thread, NULL, thread_exits, (void *)(intptr_t)code);
	pthread_join(thread, NULL);
	exit_process(code + 1);
}

static void case_name(int unused)
{
	(void)unused;
	prctl(PR_SET_NAME, "a\nb]c\\\x1b[31m\x9b\"");
	exit_process(7);
}

static void *thread_ends_process(void *code)
{
	wait_for_leader_to_leave();
	exit_process((int)(intptr_t)code);
}

/* The leader is long gone when a thread ends the process with another code. */
static void case_leader_first(int code)
{
	start_thread(thread_ends_process, code);
	exit_thread(0);
}

static void *thread_leaves_last(void *code)
{
	wait_for_leader_to_leave();
	exit_thread((int)(intptr_t)code);
}

/* Nobody calls exit_group(): the last thread's own code is the status. */
static void case_last_thread(int code)
{
	start_thread(thread_leaves_last, code);
	exit_thread(code + 1);
}

static void case_pthread_exit(int code)
{
	start_thread(thread_ends_process, code);
	tell_task(0);
	pthread_exit(NULL);
}

static void *thread_at_barrier(void *code)
{
	tell_task((int)(intptr_t)code << 8);
	pthread_barrier_wait(&told->barrier);
	syscall(SYS_exit, (int)(intptr_t)code);
	return NULL;
}

/* @n threads, the leader among them, leave at the same moment, each by itself. */
static void case_together(int n)
{
	pthread_barrierattr_t attr;
	int i;

	pthread_barrierattr_init(&attr);
	pthread_barrier_init(&told->barrier, &attr, (unsigned int)n);
	for (i = 1; i < n; i++)
		start_thread(thread_at_barrier, i & 0x7f);
	thread_at_barrier(0);
}

static void *thread_busy(void *unused)
{
	volatile unsigned long n = 0;

	(void)unused;
	pthread_barrier_wait(&told->barrier);
	for (;;)
		n++;
	return NULL;
}

static void case_busy_group(int n)
{
	int i;

	pthread_barrier_init(&told->barrier, NULL, (unsigned int)n + 1);
	for (i = 0; i < n; i++)
		start_thread(thread_busy, 0);
	pthread_barrier_wait(&told->barrier);
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

static void *thread_dies_of(void *sig)
{
	die_of((int)(intptr_t)sig);
}

static void case_thread_core(int sig)
{
	set_core(true);
	start_thread(thread_dies_of, sig);
	for (;;)
		pause();
}

static void *thread_execs(void *code)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)(intptr_t)code);
	execl(self, self, "--just-exit", text, NULL);
	die("exec: %s", strerror(errno));
	return NULL;
}

/* The thread takes the leader's place, pid and start time (de_thread()). */
static void case_thread_exec(int code)
{
	start_thread(thread_execs, code);
	for (;;)
		pause();
}

static void case_vfork_exec(int code)
{
	int status;
	pid_t pid = vfork();

	if (!pid) {
		char text[16];

		snprintf(text, sizeof(text), "%d", code);
		execl(self, self, "--just-exit", text, NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	tell_process(pid, status);
	exit_process(WEXITSTATUS(status) + 1);
}

/* A tracer stops it on its way out, and is its wait(2)er too. */
static void case_traced(int code)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(code);
	}
	waitpid(pid, &status, 0);
	ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)PTRACE_O_TRACEEXIT);
	ptrace(PTRACE_CONT, pid, NULL, NULL);
	waitpid(pid, &status, 0);
	if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8))
		ptrace(PTRACE_CONT, pid, NULL, NULL);
	waitpid(pid, &status, 0);
	tell_process(pid, status);
	exit_process(WEXITSTATUS(status) + 1);
}

static void case_seccomp(int unused)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { ARRAY_SIZE(filter), filter };

	(void)unused;
	set_core(false);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
		die("seccomp: %s", strerror(errno));
	syscall(SYS_getppid);
	exit_process(99);
}

/* The child's parent leaves first; a subreaper above reaps the orphan. */
static void case_subreaper(int code)
{
	int status;
	pid_t pid, orphan;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid = fork();
	if (!pid) {
		told->first_parent = getpid();
		if (!fork()) {
			while (getppid() == told->first_parent)
				usleep(1000);
			_exit(code);
		}
		_exit(code + 1);
	}
	waitpid(pid, &status, 0);
	tell_process(pid, status);
	orphan = wait(&status);
	tell_process(orphan, status);
	exit_process(code + 2);
}

static int namespace_init(void *code)
{
	pid_t pid = fork();

	if (!pid)
		_exit((int)(intptr_t)code);
	waitpid(pid, NULL, 0);
	_exit((int)(intptr_t)code + 1);
}

/* The init of a pid namespace and a child in it; reaped from outside. */
static void case_pid_namespace(int code)
{
	static char stack[64 * 1024] __attribute__((aligned(16)));
	int status;
	pid_t pid;

	pid = clone(namespace_init, stack + sizeof(stack),
		    CLONE_NEWPID | SIGCHLD, (void *)(intptr_t)code);
	if (pid < 0)
		die("clone: %s", strerror(errno));
	waitpid(pid, &status, 0);
	tell_process(pid, status);
	exit_process(WEXITSTATUS(status) + 1);
}

/* Join the cgroup of --cgroup, which has a small memory.max, and outgrow it. */
static const char *small_cgroup;

static void case_oom(int unused)
{
	char *path = xasprintf("%s/cgroup.procs", small_cgroup);
	int fd = open(path, O_WRONLY);

	(void)unused;
	set_core(false);
	if (fd < 0 || write(fd, "0", 1) != 1)
		die("%s: %s", path, strerror(errno));
	for (;;) {
		char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

		if (p != MAP_FAILED)
			memset(p, 1, 1 << 20);
	}
}

struct scenario {
	const char *name;
	void (*run)(int arg);
	int arg;
};

/*
 * Signals that kill by default and dump core by default: signal(7).
 * SIGKILL and SIGTERM are the ones that every user meets.
 */
static const int killing[] = {
	SIGHUP, SIGINT, SIGKILL, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2,
	SIGSTKFLT, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, 34, 64,
};
static const int dumping[] = {
	SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGXCPU,
	SIGXFSZ, SIGSYS,
};

static const struct scenario singles[] = {
	{ "thread-exit",	case_thread_exit,	5 },
	{ "name",		case_name,		0 },
	{ "leader-first",	case_leader_first,	3 },
	{ "last-thread",	case_last_thread,	4 },
	{ "pthread-exit",	case_pthread_exit,	6 },
	{ "together-2",		case_together,		2 },
	{ "together-8",		case_together,		8 },
	{ "together-50",	case_together,		50 },
	{ "busy-group",		case_busy_group,	8 },
	{ "thread-core",	case_thread_core,	SIGSEGV },
	{ "thread-exec",	case_thread_exec,	9 },
	{ "vfork-exec",		case_vfork_exec,	10 },
	{ "traced",		case_traced,		11 },
	{ "seccomp",		case_seccomp,		0 },
	{ "subreaper",		case_subreaper,		12 },
	{ "pid-namespace",	case_pid_namespace,	13 },
	{ "oom",		case_oom,		0 },
};

/* With these, every way to leave is there: what --list prints. */
static const char *const suite[] = {
	"exit-0", "exit-1", "exit-3", "exit-127", "exit-255", "exit-259",
	"signal-9", "signal-15", "signal-11", "core-11",
	"exit-all", "signal-all", "core-all",
};

static void run(const char *name, void (*main)(int), int arg)
{
	int status, i;
	pid_t pid;

	memset(told, 0, sizeof(*told));
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid) {
		prctl(PR_SET_NAME, name);
		main(arg);
		_exit(98);
	}
	if (waitpid(pid, &status, 0) < 0)
		die("waitpid: %s", strerror(errno));
	printf("process %s %d %d\n", name, pid, status);
	for (i = 0; i < told->nr_pids; i++)
		printf("process %s %d %d\n", name, told->pids[i].pid,
		       told->pids[i].status);
	for (i = 0; i < told->nr_tasks; i++)
		printf("task %s %d %d\n", name, told->tasks[i].tid,
		       told->tasks[i].code);
}

static size_t repeat = 1;
static bool list;

static const struct option_entry options[] = {
	OPTIONS_TEXT("cgroup", 0, "DIR", &small_cgroup,
		     "cgroup with a small memory.max, for the case oom"),
	OPTIONS_NUMBER("repeat", 0, "N", &repeat, 1, 1000000, "each case N times"),
	OPTIONS_FLAG("list", 0, &list,
		     "print the names of the cases that the tests take, and exit"),
	{ }
};

static const struct program program = {
	.name = "cases",
	.usage = "[OPTION]... CASE...",
	.about =
"End processes in every way and print what wait(2) says of each:\n"
"\n"
"  process CASE PID WAIT-STATUS     as its parent reaped it\n"
"  task CASE TID CODE               the argument of do_exit() of a thread, where known\n"
"\n"
"CASE: exit-N (0 to 511), signal-N, core-N (N: a signal's number), one of the lists\n"
"exit-all, signal-all, core-all, or any other name that --list prints.",
	.options = options,
	.args = "CASE",
};

static void run_named(const char *name)
{
	char text[24];
	size_t i;
	int n;

	if (!strcmp(name, "exit-all")) {
		for (n = 0; n < 256; n++) {
			snprintf(text, sizeof(text), "exit-%d", n);
			run(text, case_exit, n);
		}
		return;
	}
	if (!strcmp(name, "signal-all")) {
		for (i = 0; i < ARRAY_SIZE(killing) + ARRAY_SIZE(dumping); i++) {
			n = i < ARRAY_SIZE(killing) ? killing[i] :
			    dumping[i - ARRAY_SIZE(killing)];
			snprintf(text, sizeof(text), "signal-%d", n);
			run(text, case_signal, n);
		}
		return;
	}
	if (!strcmp(name, "core-all")) {
		for (i = 0; i < ARRAY_SIZE(dumping); i++) {
			snprintf(text, sizeof(text), "core-%d", dumping[i]);
			run(text, case_core, dumping[i]);
		}
		return;
	}
	if (sscanf(name, "exit-%d", &n) == 1)
		return run(name, case_exit, n);
	if (sscanf(name, "signal-%d", &n) == 1)
		return run(name, case_signal, n);
	if (sscanf(name, "core-%d", &n) == 1)
		return run(name, case_core, n);
	for (i = 0; i < ARRAY_SIZE(singles); i++) {
		if (!strcmp(name, singles[i].name))
			return run(name, singles[i].run, singles[i].arg);
	}
	options_wrong(&program, "%s: no such case, see --list", name);
}

static void print_list(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(suite); i++)
		puts(suite[i]);
	for (i = 0; i < ARRAY_SIZE(singles); i++)
		puts(singles[i].name);
}

int main(int argc, char **argv)
{
	size_t n;
	int i;

	/* How we call ourselves, from the cases that exec. */
	if (argc == 3 && !strcmp(argv[1], "--just-exit"))
		_exit(atoi(argv[2]));
	i = options_parse(&program, argc, argv);
	if (list) {
		print_list();
		return 0;
	}
	if (i == argc)
		options_wrong(&program, "CASE is missing");
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (told == MAP_FAILED)
		die("mmap: %s", strerror(errno));

	for (; i < argc; i++) {
		for (n = 0; n < repeat; n++)
			run_named(argv[i]);
	}
	return 0;
}
