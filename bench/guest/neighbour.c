// SPDX-License-Identifier: GPL-2.0
/*
 * neighbour: other users of our hooks' sites, while a command runs.
 *
 * What they are is up to the options; that each of them was there all the time is
 * proved by what it has counted.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest/guest.h"
#include "lib/kfile.h"
#include "lib/options.h"
#include "lib/util.h"

/* The sites of our hooks (guest/hooks.c). */
#define TRACEPOINT	"sched/sched_process_exit"
static const char *const functions[] = { "do_exit", "acct_collect" };

/*
 * The function tracer has an instance of its own: the top one is measure's, which
 * counts with it what the kernel's own event delivers.
 */
#define INSTANCE	TRACEFS "instances/neighbour"

#define KPROBE_EVENTS	TRACEFS "kprobe_events"
#define KPROBE_PROFILE	TRACEFS "kprobe_profile"

/* Each kprobe event is in this group. */
#define GROUP		"neighbour"
#define GROUP_ENABLE	TRACEFS "events/" GROUP "/enable"

/* Something that counts the exits. */
struct user {
	char *name;
	int64_t (*count)(const struct user *u);
	int64_t before;		/* what it had counted when the command began */
	int map;		/* of a BPF program */
	int event;		/* of perf, that holds the program; or -1 */
};

static struct user *users;
static size_t nr_users;

static struct user *add_user(char *name, int64_t (*count)(const struct user *u))
{
	GROW(users, nr_users);
	users[nr_users] = (struct user){ .name = name, .count = count, .event = -1 };
	return &users[nr_users++];
}

/* "  name  hits  missed" of tracefs' list. */
static int64_t count_kprobe_event(const struct user *u)
{
	char *text = must_read(KPROBE_PROFILE);
	char *pattern = xasprintf(" %s ", u->name);
	char *at = strstr(text, pattern);
	int64_t hits = -1;

	if (at)
		sscanf(at + strlen(pattern), "%" SCNd64, &hits);
	free(pattern);
	free(text);
	return hits;
}

/* @name is ours from now on. */
static void add_kprobe_event(char *name, const char *function)
{
	char *line = xasprintf("p:" GROUP "/%s %s", name, function);

	must_append(KPROBE_EVENTS, line);
	add_user(name, count_kprobe_event);
	free(line);
}

/* What the instance's buffer has of all calls, and had. */
static int64_t count_calls(const struct user *u)
{
	int64_t sum = 0;
	char *stats;
	int cpu = 0;

	while ((stats = kfile_read(path_of(INSTANCE "/per_cpu/cpu%d/stats", cpu++)))) {
		sum += kfile_number(stats, "entries:") + kfile_number(stats, "overrun:");
		free(stats);
	}
	(void)u;
	return sum / (int64_t)ARRAY_SIZE(functions);
}

static void trace_functions(void)
{
	if (mkdir(INSTANCE, 0755))
		die("cannot create " INSTANCE ": %s", strerror(errno));
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		must_append(INSTANCE "/set_ftrace_filter", functions[i]);
	must_write(INSTANCE "/current_tracer", "function");
	add_user(xstrdup("function tracer"), count_calls);
}

static void untrace_functions(void)
{
	must_write(INSTANCE "/current_tracer", "nop");
	if (rmdir(INSTANCE))
		die("cannot remove " INSTANCE ": %s", strerror(errno));
}

static int sys_bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int64_t count_map(const struct user *u)
{
	uint32_t key = 0;
	uint64_t hits;
	union bpf_attr attr = {
		.map_fd = (uint32_t)u->map,
		.key = (uintptr_t)&key,
		.value = (uintptr_t)&hits,
	};

	return sys_bpf(BPF_MAP_LOOKUP_ELEM, &attr) ? -1 : (int64_t)hits;
}

static int make_map(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(uint32_t),
		.value_size = sizeof(uint64_t),
		.max_entries = 1,
	};
	int map = sys_bpf(BPF_MAP_CREATE, &attr);

	if (map < 0)
		die("cannot create a BPF map: %s", strerror(errno));
	return map;
}

/* A program that adds one to the only element of the map. */
static int load_program(enum bpf_prog_type type, int map)
{
	const struct bpf_insn program[] = {
		/* *(u32 *)(fp - 4) = 0 */
		{ .code = BPF_ST | BPF_MEM | BPF_W, .dst_reg = BPF_REG_10, .off = -4 },
		/* r2 = fp - 4 */
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_2,
		  .src_reg = BPF_REG_10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_2, .imm = -4 },
		/* r1 = map, in two slots */
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_MAP_FD, .imm = map },
		{ .code = 0 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_lookup_elem },
		/* if (r0) lock *r0 += 1 */
		{ .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_0, .off = 2 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1, .imm = 1 },
		{ .code = BPF_STX | BPF_ATOMIC | BPF_DW, .dst_reg = BPF_REG_0,
		  .src_reg = BPF_REG_1, .imm = BPF_ADD },
		/* return 0: the event goes nowhere else */
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = type,
		.insn_cnt = ARRAY_SIZE(program),
		.insns = (uintptr_t)program,
		.license = (uintptr_t)"GPL",
	};
	int fd = sys_bpf(BPF_PROG_LOAD, &attr);

	if (fd < 0)
		die("cannot load a BPF program: %s", strerror(errno));
	return fd;
}

/*
 * Attach a program of its own to a trace event, "system/name". It runs on every CPU, on
 * whichever the event is open.
 */
static void attach_program(enum bpf_prog_type type, const char *event)
{
	char *id = must_read(path_of(TRACEFS "events/%s/id", event));
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = strtoull(id, NULL, 10),
		.sample_period = 1,
	};
	struct user *u = add_user(xasprintf("BPF program on %s", event), count_map);

	u->map = make_map();
	u->event = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (u->event < 0)
		die("cannot open the event %s: %s", event, strerror(errno));
	if (ioctl(u->event, PERF_EVENT_IOC_SET_BPF, load_program(type, u->map)))
		die("cannot attach to %s: %s", event, strerror(errno));
	if (ioctl(u->event, PERF_EVENT_IOC_ENABLE, 0))
		die("cannot enable %s: %s", event, strerror(errno));
	free(id);
}

static void attach_programs(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		char *event = xasprintf(GROUP "/%s", functions[i]);

		add_kprobe_event(xstrdup(functions[i]), functions[i]);
		attach_program(BPF_PROG_TYPE_KPROBE, event);
		free(event);
	}
	attach_program(BPF_PROG_TYPE_TRACEPOINT, TRACEPOINT);
}

/* Run it and return its exit status. */
static int run(char **command)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid) {
		execvp(command[0], command);
		die("%s: %s", command[0], strerror(errno));
	}
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			die("waitpid: %s", strerror(errno));
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Each has seen every exit. */
static void check_users(int64_t exits)
{
	for (const struct user *u = users; u < users + nr_users; u++) {
		int64_t seen = u->count(u) - u->before;

		if (seen < exits)
			die("%s has seen %" PRId64 " of %" PRId64 " exits", u->name, seen, exits);
	}
}

static bool ftrace, bpf;
static size_t nr_kprobes;

static const struct option_entry options[] = {
	OPTIONS_FLAG("ftrace", 0, &ftrace, "the function tracer on do_exit and acct_collect"),
	OPTIONS_FLAG("bpf", 0, &bpf,
		     "BPF programs on kprobe events there, and on the trace event of\n"
		     "the tracepoint"),
	OPTIONS_NUMBER("kprobes", 0, "N", &nr_kprobes, 0, 1000,
		       "N kprobe events of tracefs on do_exit (0: none)"),
	{ }
};

static const struct program program = {
	.name = "neighbour",
	.usage = "[OPTION]... [--] COMMAND [ARG]...",
	.about =
"Run COMMAND while others use the sites of our hooks, and exit with its status.\n"
"Without an option there are none.",
	.options = options,
	.more = "Each must have seen all exits, or the exit status is 1. They end with us.",
	.args = "COMMAND",
	.min_args = 1,
	.command = true,
};

int main(int argc, char **argv)
{
	int command = options_parse(&program, argc, argv), status;
	int64_t exits;

	for (size_t i = 0; i < nr_kprobes; i++)
		add_kprobe_event(xasprintf("traced%zu", i), functions[0]);
	if (nr_kprobes)
		must_write(GROUP_ENABLE, "1");
	if (ftrace)
		trace_functions();
	if (bpf)
		attach_programs();

	for (struct user *u = users; u < users + nr_users; u++)
		u->before = u->count(u);
	exits = exits_so_far();
	status = run(argv + command);
	exits = exits_so_far() - exits;
	if (!status)
		check_users(exits);

	for (size_t i = 0; i < nr_users; i++) {
		if (users[i].event >= 0)
			close(users[i].event);
	}
	if (ftrace)
		untrace_functions();
	if (nr_kprobes)
		must_write(GROUP_ENABLE, "0");
	if (nr_kprobes || bpf)
		must_write(KPROBE_EVENTS, "\n");
	return status;
}
