// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "guest/module_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest/exits.h"
#include "lib/kfile.h"
#include "lib/util.h"

#define PARAMETERS	"/sys/module/procmon/parameters/"
#define EVENT		TRACEFS "events/procmon/procmon_exit/"

/* A user id that is nobody's, and one that exits here often have. */
#define UID		"12345"

#define MAX_VALUES 8

/* A module parameter: values that it takes and values that it refuses, "" behind them. */
static const struct parameter {
	const char *name;
	const char *variant;	/* the only one that has it; NULL: all */
	bool writable;		/* while the module is loaded */
	const char *good[MAX_VALUES + 1];
	const char *bad[MAX_VALUES + 1];
} parameters[] = {
	{ "log", NULL, true, { "all", "failed", "off", "off\n" },
	  { "some", "al", "alll", "ALL", " all", "all\nfailed", "\n" } },
	{ "failed", NULL, true, { "Y", "N", "0", "1", "on", "off", "y\n" },
	  { "perhaps", "2", "-1", "\n", "o" } },
	{ "kthreads", NULL, true, { "Y", "N", "1\n" }, { "2x", "\xff", " Y" } },
	{ "comm", NULL, true, { "storm", "a b", "\x1b[2J", "fifteen-letters", "\n", "%s%n\n" },
	  { "sixteen-letters-", "far-longer-than-any-name-of-a-task" } },
	{ "uid", NULL, true, { "any", "0", UID, "4294967294", "any\n" },
	  { "-3", "4294967295", "4294967296", "99999999999999999999", "root", "1 2", "\n", "0x" } },
	{ "unit", NULL, false, { "task", "process" }, { "thread", "TASK", "tasks" } },
	{ "stream_size", NULL, false, { "2", "3", "100", "4096" },
	  { "0", "1", "1048577", "-4", "4294967298", "99999999999999999999", "many", "2.5" } },
	{ "audit", NULL, false, { "Y", "N" }, { "2", "maybe" } },
	{ "maxactive", "kretprobe", false, { "0", "1", "64" }, { "-1", "x" } },
};

static const char *draw_value(struct actor *a, const char *const *values)
{
	size_t n = 0;

	while (values[n])
		n++;
	return values[actor_draw(a, n)];
}

/* One that this variant has; writable only, or not. */
static const struct parameter *draw_parameter(struct actor *a, bool writable)
{
	const struct parameter *p;

	do
		p = &actor_one_of(a, parameters);
	while (p->writable < writable ||
	       (p->variant && strcmp(p->variant, a->image->variant)));
	return p;
}

static int write_parameter(const struct parameter *p, const char *value, size_t n)
{
	return actor_write(path_of(PARAMETERS "%s", p->name), value, n);
}

static int op_parameter(struct actor *a)
{
	const struct parameter *p = draw_parameter(a, true);
	const char *value = draw_value(a, p->good);

	return write_parameter(p, value, strlen(value));
}

static int op_bad_parameter(struct actor *a)
{
	const struct parameter *p = draw_parameter(a, true);
	const char *value = draw_value(a, p->bad);
	int err = write_parameter(p, value, strlen(value));

	if (!err)
		actor_fault(a, "%s became '%s'", p->name, value);
	return err;
}

/* Any bytes, up to more than a page of them; it may be a good name for comm. */
static int op_odd_parameter(struct actor *a)
{
	char bytes[6000];
	size_t n = actor_draw(a, actor_draw(a, 2) ? 20 : sizeof(bytes));

	actor_draw_bytes(a, bytes, n);
	if (actor_draw(a, 2))
		memset(bytes, bytes[0], n);
	return write_parameter(draw_parameter(a, true), bytes, n);
}

static int op_fixed_parameter(struct actor *a)
{
	const struct parameter *p;

	do
		p = draw_parameter(a, false);
	while (p->writable);
	return write_parameter(p, p->good[0], strlen(p->good[0]));
}

static int op_read_parameter(struct actor *a)
{
	const struct parameter *p = draw_parameter(a, false);
	char *text = kfile_read(path_of(PARAMETERS "%s", p->name));
	size_t len;

	if (!text)
		return errno;
	len = strlen(text);
	if (!len || text[len - 1] != '\n')
		actor_fault(a, "%s reads '%s'", p->name, text);
	free(text);
	return 0;
}

int module_load(const struct image *image, const char *params)
{
	char *all = xasprintf("%s%s", image->params, params);
	int err = syscall(SYS_init_module, image->bytes, image->size, all) ? errno : 0;

	free(all);
	return err;
}

int module_unload(unsigned int flags)
{
	return syscall(SYS_delete_module, "procmon", flags) ? errno : 0;
}

/* Load it with some parameters, good ones but perhaps for the one at @bad. */
static int load_with(struct actor *a, bool bad)
{
	struct text params = { 0 };
	size_t n = actor_draw(a, 4) + bad, bad_one = n - bad;
	int err;

	text_add(&params, "log=off");
	for (size_t i = 0; i < n; i++) {
		const struct parameter *p = draw_parameter(a, false);
		bool is_bad = bad && i == bad_one;
		const char *value = draw_value(a, is_bad ? p->bad : p->good);
		size_t len = strlen(value);

		/* A bad value may be so by what is behind its newline. */
		if (!is_bad)
			len = strcspn(value, "\n");
		text_add(&params, " %s=\"%.*s\"", p->name, (int)len, value);
	}
	/* The kernel looks at a parameter without a value itself. */
	if (bad && !actor_draw(a, 8))
		text_add(&params, " comm");
	err = module_load(a->image, params.s);
	text_free(&params);
	return err;
}

static int op_load(struct actor *a)
{
	return load_with(a, false);
}

static int op_load_badly(struct actor *a)
{
	return load_with(a, true);
}

static int op_unload(struct actor *a)
{
	return module_unload(actor_draw(a, 2) ? O_NONBLOCK : 0);
}

/* In pieces of any size, and once more from somewhere. */
static int op_stats(struct actor *a)
{
	static const char *const parts[] = {
		"session_filtered", "session_streamed", "session_dropped",
	};
	char text[4096];
	size_t len = 0, piece = 1 + actor_draw(a, 600);
	int64_t hits, sum = 0;
	ssize_t n;
	int fd = open(PROCMON_STATS, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	while ((n = read(fd, text + len, piece)) > 0) {
		len += (size_t)n;
		if (len + piece >= sizeof(text))
			actor_fault(a, "the stats have no end");
	}
	if (n < 0)
		actor_fault(a, "the stats cannot be read: %s", strerrorname_np(errno));
	text[len] = '\0';
	hits = kfile_number(text, "session_hits");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		sum += kfile_number(text, parts[i]);
	if (hits < 0 || hits != sum)
		actor_fault(a, "the session's hits are not the sum of their parts:\n%s", text);
	if (pread(fd, text, piece, (off_t)actor_draw(a, 2 * len)) < 0)
		actor_fault(a, "pread: %s", strerrorname_np(errno));
	close(fd);
	return 0;
}

static int write_event(const char *file, const char *text)
{
	return actor_write(path_of(EVENT "%s", file), text, strlen(text));
}

static int op_event(struct actor *a)
{
	static const char *const writes[][2] = {
		{ "enable", "1" }, { "enable", "0" },
		{ "filter", "tid > 3 && comm ~ \"s*\"" }, { "filter", "0" },
	};
	const char *const *w = actor_one_of(a, writes);

	return write_event(w[0], w[1]);
}

static int op_bad_event(struct actor *a)
{
	static const char *const writes[][2] = {
		{ "enable", "2" }, { "filter", "tid ==" }, { "filter", "nobody == 3" },
		{ "trigger", "hist:keys=nobody" }, { "trigger", "what" },
	};
	const char *const *w = actor_one_of(a, writes);

	return write_event(w[0], w[1]);
}

/*
 * Of whoever holds the stream, and so the module: a module that goes while its event
 * has a trigger makes the kernel warn (tracepoint_module_notify(); on 6.12 so does
 * xfs), which is the kernel's fault.
 */
static int op_histogram(struct actor *a)
{
	struct exits e = { .kind = EXIT_VFORK, .n = 1 + actor_draw(a, 20) };
	int err = write_event("trigger", "hist:keys=tid");

	if (err)
		return err;
	exits_run(&e);
	return write_event("trigger", "!hist:keys=tid");
}

/* The first CPU cannot be switched off. */
static int op_cpu(struct actor *a)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	size_t cpu = cpus > 1 ? 1 + actor_draw(a, (size_t)cpus - 1) : 1;

	return actor_write(path_of("/sys/devices/system/cpu/cpu%zu/online", cpu),
			   actor_draw(a, 3) ? "1" : "0", 1);
}

/* Tasks of some name, one of them that of a filter. */
static int op_exits(struct actor *a)
{
	char name[16] = "storm";
	struct exits e = { .kind = actor_draw(a, 4), .n = 1 + actor_draw(a, 20) };

	if (e.kind != EXIT_THREAD && actor_draw(a, 2))
		e.wave = 1 + actor_draw(a, e.n);
	if (actor_draw(a, 2))
		actor_draw_bytes(a, name, sizeof(name) - 1);
	prctl(PR_SET_NAME, name);
	exits_run(&e);
	return 0;
}

static void *sleep_for_ever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/* A process with threads, which may be somebody else's, and ends in one of many ways. */
static int op_die(struct actor *a)
{
	static const int signals[] = { SIGKILL, SIGTERM, SIGSEGV, SIGABRT };
	size_t threads = actor_draw(a, 5), way = actor_draw(a, 4), code = actor_draw(a, 256);
	int sig = actor_one_of(a, signals);
	bool other = actor_draw(a, 2);
	pthread_t thread;
	pid_t pid = fork();

	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid) {
		if (other && setuid(atoi(UID)))
			_exit(0);
		while (threads-- && !pthread_create(&thread, NULL, sleep_for_ever, NULL))
			;
		if (way == 0)
			kill(getpid(), sig);
		else if (way == 1)
			abort();
		_exit((int)code);
	}
	while (waitpid(pid, NULL, 0) < 0)
		;
	return 0;
}

/*
 * While the module comes or goes its files are not there (ENOENT), or nobody serves
 * them (ENODEV, of sysfs and tracefs; ENXIO, of debugfs). A hook, or a parameter with
 * others, may be impossible on this kernel (EOPNOTSUPP). One of several who load it
 * is the first (EEXIST, EBUSY). Whoever takes a CPU off or brings it back may have to
 * wait for another (EBUSY).
 */
const struct operation module_ops[] = {
	/* name             weight when   forked fails  run                 errors */
	{ "parameter",         40, ANY_TIME, false, false, op_parameter,      { ENOENT, ENODEV } },
	{ "bad parameter",     10, ANY_TIME, false, true,  op_bad_parameter,  { EINVAL, ENOENT, ENODEV } },
	{ "odd parameter",     10, ANY_TIME, false, false, op_odd_parameter,  { EINVAL, ENOENT, ENODEV } },
	{ "fixed parameter",    5, ANY_TIME, false, true,  op_fixed_parameter, { EACCES, ENOENT } },
	{ "read parameter",    10, ANY_TIME, false, false, op_read_parameter, { ENOENT, ENODEV } },
	{ "load",              15, ANY_TIME, false, false, op_load,           { EEXIST, EBUSY, EOPNOTSUPP } },
	{ "load badly",         5, ANY_TIME, false, true,  op_load_badly,     { EEXIST, EBUSY, EINVAL } },
	{ "unload",            30, CLOSED,   false, false, op_unload,         { EAGAIN, EBUSY, ENOENT } },
	{ "unload while open",  5, OPEN,     false, true,  op_unload,         { EAGAIN } },
	{ "stats",             20, ANY_TIME, false, false, op_stats,          { ENOENT, ENXIO } },
	{ "event",             20, ANY_TIME, false, false, op_event,          { ENOENT, ENODEV } },
	{ "bad event",          5, ANY_TIME, false, true,  op_bad_event,      { EINVAL, ENOENT, ENODEV } },
	{ "histogram",          5, OPEN,     false, false, op_histogram,      { } },
	{ "cpu",                2, ANY_TIME, false, false, op_cpu,            { EBUSY, ENOENT } },
	{ "exits",             60, ANY_TIME, false, false, op_exits,          { } },
	{ "die",               20, ANY_TIME, false, false, op_die,            { } },
};
const size_t nr_module_ops = ARRAY_SIZE(module_ops);
