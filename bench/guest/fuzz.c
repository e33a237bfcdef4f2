// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz: random operations at every surface of the module, from many processes at once.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest/actor.h"
#include "guest/attach.h"
#include "guest/exits.h"
#include "guest/guest.h"
#include "guest/hooks.h"
#include "guest/module_ops.h"
#include "guest/stream_ops.h"
#include "lib/kfile.h"
#include "lib/options.h"
#include "lib/util.h"
#include "variants/handler/record.h"

/* An operation that takes as long, in seconds, hangs; the slowest takes a few. */
#define HANG		300

/* Exits by which the module is judged at the end. */
#define LAST_EXITS	500

static const char *modules = "variants";
static const char *hook_name = "tracepoint";
static size_t seconds = 30, jobs = 6, seed;

static const struct option_entry options[] = {
	OPTIONS_TEXT("hook", 0, "NAME", &hook_name, "the hook (default tracepoint); see: hook list"),
	OPTIONS_TEXT("modules", 'm', "DIR", &modules,
		     "DIR/VARIANT/procmon.ko are the modules (default variants)"),
	OPTIONS_NUMBER("seconds", 's', "N", &seconds, 1, 1000000, "for so long (default 30)"),
	OPTIONS_NUMBER("jobs", 'j', "J", &jobs, 1, 64, "so many processes (default 6)"),
	OPTIONS_NUMBER("seed", 0, "N", &seed, 0, SIZE_MAX,
		       "of the random numbers (default: another one each time)"),
	{ }
};

static const struct program program = {
	.name = "fuzz",
	.usage = "[OPTION]...",
	.about =
"Do random operations to procmon: to its parameters, its stream, its stats and its\n"
"trace event; load and unload it, take CPUs off and bring them back, and let tasks\n"
"exit all the time. Each must end as it may and in no other way, and in the end the\n"
"module must still count every exit and let itself be unloaded. What the kernel\n"
"says of it is for others to see.",
	.options = options,
	.more =
"Prints the seed, and how often each operation was done. The numbers of a process's\n"
"operation follow from the seed, its number and that of the operation, so the same\n"
"seed gives the same operations, though not at the same moments.\n"
"\n"
"Exit status: 0, or 1 with one line that says what was wrong.",
};

#define MAX_OPS 64

/* What the processes tell the first of them: memory shared with them. */
static struct board {
	size_t tries[MAX_OPS];
	size_t done[MAX_OPS];
	struct {
		size_t turn;
		size_t op;
		size_t read;
	} jobs[];
} *board;

static const struct operation *ops[MAX_OPS];
static size_t nr_ops;

static void add_ops(const struct operation *list, size_t n)
{
	if (nr_ops + n > MAX_OPS)
		die("MAX_OPS is too small");
	for (size_t i = 0; i < n; i++)
		ops[nr_ops++] = &list[i];
}

static size_t index_of(const struct operation *op)
{
	size_t i = 0;

	while (ops[i] != op)
		i++;
	return i;
}

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static void load_image(struct image *image, const struct hook *hook)
{
	const char *path = path_of("%s/%s/procmon.ko", modules, hook->variant);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *params;

	if (fd < 0 || fstat(fd, &st))
		die("cannot open %s: %s", path, strerror(errno));
	params = xasprintf("%s ", hook->params);
	*image = (struct image){
		.bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0),
		.size = (size_t)st.st_size,
		.params = params,
		.variant = hook->variant,
	};
	if (image->bytes == MAP_FAILED)
		die("cannot map %s: %s", path, strerror(errno));
	close(fd);
}

static void __attribute__((noreturn)) act(const struct image *image, size_t number, time_t end)
{
	struct actor a = {
		.seed = seed,
		.number = number,
		.image = image,
		.session = { .fd = -1, .read = &board->jobs[number].read },
	};

	stream_ops_begin();
	for (size_t turn = 0; now() < end; turn++) {
		const struct operation *op;
		useconds_t rest;
		size_t i;

		actor_turn(&a, turn);
		/*
		 * An emulator that runs all CPUs on one thread lets each run for a tenth
		 * of a second if it does not sleep, and whoever needs all of them waits.
		 */
		rest = (useconds_t)actor_draw(&a, 2000);
		op = actor_choose(&a, ops, nr_ops);
		if (!op)
			continue;
		i = index_of(op);
		board->jobs[number].turn = turn;
		board->jobs[number].op = i;
		__atomic_add_fetch(&board->tries[i], 1, __ATOMIC_RELAXED);
		if (!actor_do(&a, op) || op->fails)
			__atomic_add_fetch(&board->done[i], 1, __ATOMIC_RELAXED);
		usleep(rest);
	}
	_exit(EXIT_SUCCESS);
}

static void kill_all(const pid_t *pids)
{
	for (size_t j = 0; j < jobs; j++)
		kill(pids[j], SIGKILL);
}

/* Wait for all of them; the first that finds something wrong ends it for all. */
static void wait_for_all(const pid_t *pids, time_t end)
{
	size_t left = jobs;
	int status;

	while (left) {
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid > 0 && status) {
			kill_all(pids);
			if (WIFSIGNALED(status))
				die("seed %zu: a process died of signal %d", seed,
				    WTERMSIG(status));
			exit(EXIT_FAILURE);	/* it has said why */
		}
		if (pid > 0) {
			left--;
			continue;
		}
		if (now() > end + HANG) {
			for (size_t j = 0; j < jobs; j++) {
				if (!kill(pids[j], 0))
					fprintf(stderr, "fuzz: seed %zu, process %zu is in operation %zu, %s\n",
						seed, j, board->jobs[j].turn,
						ops[board->jobs[j].op]->name);
			}
			kill_all(pids);
			die("no end after %d s", HANG);
		}
		usleep(50000);
	}
}

static void switch_cpus_on(void)
{
	for (long cpu = 1; cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++)
		kfile_write(path_of("/sys/devices/system/cpu/cpu%ld/online", cpu), "1");
}

static int64_t stat_of(const char *stats, const char *key)
{
	int64_t n = kfile_number(stats, key);

	if (n < 0)
		die("seed %zu: the stats have no %s", seed, key);
	return n;
}

/* Read the stopped stream to its end; return how many exits there were. */
static int64_t read_to_end(int fd)
{
	static struct procmon_record records[1024];
	int64_t n = 0;
	ssize_t got;

	while ((got = read(fd, records, sizeof(records))) > 0) {
		for (ssize_t i = 0; i < got / (ssize_t)sizeof(*records); i++)
			n += !(records[i].info & PROCMON_INFO_CLOCK);
	}
	if (got)
		die("seed %zu: the stream cannot be read: %s", seed, strerror(errno));
	return n;
}

/* Whatever became of the parameters: every exit is counted, and each where it belongs. */
static void check_balance(void)
{
	struct exits storm = { .kind = EXIT_VFORK, .n = LAST_EXITS };
	int64_t exits = exits_so_far(), hits, read;
	char *before = must_read(PROCMON_STATS), *after;
	int fd = open(PROCMON_DEVICE, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("seed %zu: the stream cannot be opened: %s", seed, strerror(errno));
	exits_run(&storm);
	exits = exits_so_far() - exits;
	if (ioctl(fd, PROCMON_STREAM_STOP))
		die("seed %zu: the stream cannot be stopped: %s", seed, strerror(errno));
	after = must_read(PROCMON_STATS);
	read = read_to_end(fd);
	close(fd);

	hits = stat_of(after, "hits") + stat_of(after, "missed") -
	       stat_of(before, "hits") - stat_of(before, "missed");
	if (hits != exits || exits < LAST_EXITS)
		die("seed %zu: of %jd exits the module knows %jd", seed, (intmax_t)exits,
		    (intmax_t)hits);
	hits = stat_of(after, "session_hits");
	if (hits > exits || hits < LAST_EXITS - stat_of(after, "session_missed") ||
	    read != stat_of(after, "session_streamed") ||
	    hits != read + stat_of(after, "session_dropped") +
		    stat_of(after, "session_filtered"))
		die("seed %zu: the session does not add up, with %jd records read:\n%s", seed,
		    (intmax_t)read, after);
	free(before);
	free(after);
}

static void print_tries(void)
{
	for (size_t i = 0; i < nr_ops; i++)
		printf("%s\t%zu\t%zu\n", ops[i]->name, board->tries[i], board->done[i]);
}

int main(int argc, char **argv)
{
	const struct rlimit none = { 0, 0 };
	const struct hook *hook;
	struct image image;
	pid_t *pids;
	time_t end;
	size_t size;
	int err;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		die("no random number for the seed");
	options_parse(&program, argc, argv);
	hook = hooks_find(hook_name);
	if (!hook || !hook->variant)
		options_wrong(&program, "no hook '%s' that has a module", hook_name);
	printf("seed\t%zu\n", seed);
	fflush(stdout);

	load_image(&image, hook);
	add_ops(stream_ops, nr_stream_ops);
	add_ops(module_ops, nr_module_ops);
	size = sizeof(*board) + jobs * sizeof(board->jobs[0]);
	board = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (board == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	setrlimit(RLIMIT_CORE, &none);
	attach_optimization(hook);

	end = now() + (time_t)seconds;
	pids = xcalloc(jobs, sizeof(*pids));
	for (size_t j = 0; j < jobs; j++) {
		pids[j] = fork();
		if (pids[j] < 0)
			die("fork: %s", strerror(errno));
		if (!pids[j])
			act(&image, j, end);
	}
	wait_for_all(pids, end);
	free(pids);

	print_tries();
	switch_cpus_on();
	err = module_load(&image, "log=off");
	if (err && err != EEXIST)
		die("seed %zu: it cannot be loaded: %s", seed, attach_refusal(err));
	check_balance();
	err = module_unload(O_NONBLOCK);
	if (err)
		die("seed %zu: it cannot be unloaded: %s", seed, strerror(err));
	return 0;
}
