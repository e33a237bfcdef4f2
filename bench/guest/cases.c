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
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
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

#include "lib/kfile.h"
#include "lib/options.h"
#include "lib/util.h"

#define MAX_TOLD 128

/* What the processes of a case tell the parent: memory shared with them. */
struct told {
	atomic_int nr;
	struct {
		const char *what;
		int id;		/* in the init namespace */
		int code;	/* in wait-status encoding */
	} lines[MAX_TOLD];
	atomic_int first_parent;	/* of an orphan */
	pthread_barrier_t barrier;
};

static struct told *told;

static void tell(const char *what, int id, int code)
{
	int i = atomic_fetch_add(&told->nr, 1);

	if (i >= MAX_TOLD)
		die("too many tasks or processes in one case");
	told->lines[i].what = what;
	told->lines[i].id = id;
	told->lines[i].code = code;
}

/* This task will leave with @code, the argument of do_exit(). */
static void tell_task(int code)
{
	tell("task", gettid(), code);
}

/* Reap a process in the place of the parent of all cases; return its exit status. */
static int reap(pid_t pid)
{
	int status;

	pid = waitpid(pid, &status, 0);
	tell("process", pid, status);
	return WEXITSTATUS(status);
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

/* What a thread does. */
struct work {
	void (*run)(int arg);
	int arg;
};

static void *thread_main(void *arg)
{
	const struct work *work = arg;

	work->run(work->arg);
	return NULL;
}

static pthread_t start_thread(void (*run)(int arg), int arg)
{
	struct work *work = xcalloc(1, sizeof(*work));
	pthread_attr_t attr;
	pthread_t thread;
	int err;

	*work = (struct work){ run, arg };
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	err = pthread_create(&thread, &attr, thread_main, work);
	if (err)
		die("pthread_create: %s", strerror(err));
	return thread;
}

/* Until the leader is a zombie. */
static void wait_for_leader_to_leave(void)
{
	bool left = false;

	while (!left) {
		char *text = must_read(path_of("/proc/%d/task/%d/stat", getpid(), getpid()));

		left = strstr(text, ") Z ");
		free(text);
		usleep(1000);
	}
}

static void set_core(bool on)
{
	rlim_t max = on ? RLIM_INFINITY : 0;
	struct rlimit limit = { max, max };

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
	syscall(SYS_tgkill, getpid(), gettid(), sig);
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

/* A thread leaves with a code of its own, the process goes on. */
static void case_thread_exit(int code)
{
	pthread_join(start_thread(exit_thread, code), NULL);
	exit_process(code + 1);
}

static void case_name(int unused)
{
	(void)unused;
	prctl(PR_SET_NAME, "a\nb]c\\\x1b[31m\x9b\"");
	exit_process(7);
}

static void thread_ends_process(int code)
{
	wait_for_leader_to_leave();
	exit_process(code);
}

/* The leader is long gone when a thread ends the process with another code. */
static void case_leader_first(int code)
{
	start_thread(thread_ends_process, code);
	exit_thread(0);
}

static void thread_leaves_last(int code)
{
	wait_for_leader_to_leave();
	exit_thread(code);
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

static void thread_at_barrier(int code)
{
	tell_task(code << 8);
	pthread_barrier_wait(&told->barrier);
	syscall(SYS_exit, code);
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

static void thread_busy(int unused)
{
	volatile unsigned long n = 0;

	(void)unused;
	pthread_barrier_wait(&told->barrier);
	for (;;)
		n++;
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

static void case_thread_core(int sig)
{
	set_core(true);
	start_thread(die_of, sig);
	for (;;)
		pause();
}

/* Call ourselves to exit with @code: it does not return unless that fails. */
static void exec_just_exit(int code)
{
	static const char self[] = "/proc/self/exe";
	char text[16];

	snprintf(text, sizeof(text), "%d", code);
	execl(self, self, "--just-exit", text, NULL);
}

static void thread_execs(int code)
{
	exec_just_exit(code);
	die("exec: %s", strerror(errno));
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
	pid_t pid = vfork();

	if (!pid) {
		exec_just_exit(code);
		_exit(127);
	}
	exit_process(reap(pid) + 1);
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
	exit_process(reap(pid) + 1);
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
	pid_t pid;

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
	reap(pid);
	reap(-1);
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
	pid_t pid;

	pid = clone(namespace_init, stack + sizeof(stack),
		    CLONE_NEWPID | SIGCHLD, (void *)(intptr_t)code);
	if (pid < 0)
		die("clone: %s", strerror(errno));
	exit_process(reap(pid) + 1);
}

/* Join the cgroup of --cgroup, which has a small memory.max, and outgrow it. */
static const char *small_cgroup;

static void case_oom(int unused)
{
	(void)unused;
	set_core(false);
	must_write(path_of("%s/cgroup.procs", small_cgroup), "0");
	for (;;) {
		char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

		if (p != MAP_FAILED)
			memset(p, 1, 1 << 20);
	}
}

/* Signals that kill by default: signal(7). The first of them dump no core. */
static const int signals[] = {
	SIGHUP, SIGINT, SIGKILL, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2,
	SIGSTKFLT, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, 34, 64,
	SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGXCPU,
	SIGXFSZ, SIGSYS,
};
#define NR_COREFREE 15

/* NAME-N for each N, and NAME-all for all @n of @args, which are 0 to @n - 1 if NULL. */
static const struct family {
	const char *name;
	void (*run)(int arg);
	const int *args;
	size_t n;
} families[] = {
	{ "exit",	case_exit,	NULL,			256 },
	{ "signal",	case_signal,	signals,		ARRAY_SIZE(signals) },
	{ "core",	case_core,	signals + NR_COREFREE,	ARRAY_SIZE(signals) - NR_COREFREE },
};

static const struct {
	const char *name;
	void (*run)(int arg);
	int arg;
} singles[] = {
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
	int status;
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
	for (int i = 0; i < told->nr; i++)
		printf("%s %s %d %d\n", told->lines[i].what, name, told->lines[i].id,
		       told->lines[i].code);
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

/* Return false if it is none of the family. */
static bool run_family(const struct family *f, const char *name)
{
	size_t len = strlen(f->name);
	int arg;

	if (strncmp(name, f->name, len))
		return false;
	if (sscanf(name + len, "-%d", &arg) == 1) {
		run(name, f->run, arg);
		return true;
	}
	if (strcmp(name + len, "-all"))
		return false;
	for (size_t i = 0; i < f->n; i++) {
		char text[24];

		arg = f->args ? f->args[i] : (int)i;
		snprintf(text, sizeof(text), "%s-%d", f->name, arg);
		run(text, f->run, arg);
	}
	return true;
}

static void run_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		if (run_family(&families[i], name))
			return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(singles); i++) {
		if (!strcmp(name, singles[i].name))
			return run(name, singles[i].run, singles[i].arg);
	}
	options_wrong(&program, "%s: no such case, see --list", name);
}

static void print_list(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(suite); i++)
		puts(suite[i]);
	for (size_t i = 0; i < ARRAY_SIZE(singles); i++)
		puts(singles[i].name);
}

int main(int argc, char **argv)
{
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
		for (size_t n = 0; n < repeat; n++)
			run_named(argv[i]);
	}
	return 0;
}
