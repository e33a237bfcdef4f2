// SPDX-License-Identifier: GPL-2.0
/*
 * peers: one boot's worth of measuring the other tools that report exits.
 *
 * As measure does with our hooks, but a peer takes seconds to start, so it is
 * attached a few times only, with several blocks each time, and with as many
 * blocks without it before and after. Writes a boot file (samples.h) and, beside
 * it, what that cannot hold (windows.h).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#include "bootfile.h"
#include "exits.h"
#include "guest.h"
#include "kfile.h"
#include "peers_list.h"
#include "util.h"
#include "windows.h"

/* Beginning of the names of a peer's files: in the guest's memory. */
#define OUT	"/tmp/peer"

/* Five digits, as in measure: each line about an exit is equally long. */
#define STORM_PIDS	"20000"
/*
 * All others, kernel threads too, get theirs from here on. A task whose id is near
 * the storm's would spare it nodes of the tree of ids: 157 to 562 instructions.
 */
#define OTHER_PIDS	"30000"
/*
 * For the same reason one task of each range is always there, so that the tree is
 * as high with a consumer as without.
 */
static const char *const held_pids[] = { "19998", "29998" };

/* As in measure and bench-guest.sh: by then, in seconds, the boot is long over. */
#define BOOTED		30
#define FILL_UP		4
#define WARM_UP		32

/* Instructions of one loop of spin(): a hundredth of a timer's period. */
#define SPIN		20000

/*
 * A window goes on so long after its last exit at least: readers that look every
 * 100 ms (bpftrace, procmon) have had their turn by then.
 */
#define TAIL		120000000ull

/* And until nobody else has run for so long, */
#define QUIET		8000000ull
/* where a timer's interrupt is nobody. */
#define INTERRUPT	30000

/* But not longer than this: a consumer that never rests. */
#define MAX_WINDOW	5000000000ull

/*
 * Between two looks at a peer, in instructions. How long it may take is told in
 * such polls: the clock leaps whenever all wait for the host's files.
 */
#define POLL		50000000ull
#define MAX_ATTACH	2000
#define MAX_STOP	1200

/* Before blocks without a peer: what the last one left to be freed is done by then. */
#define CALM		1000000000ull

/* Polls in a row with the same number of context switches: it has settled. */
#define SETTLED		3
/* Polls after which we begin although it has not: it wakes up by itself. */
#define RESTLESS	10
/* Of a restless one, the proof is tried at every so manyth poll only. */
#define PROOF_EVERY	8

struct state {
	char *id;
	char *skip;		/* why it cannot run here */
	char *note;		/* what went wrong although it ran */
};

/* One block, with or without a peer. */
struct sample {
	int64_t exits;
	char *wrong;
	int64_t *ticks;
	int64_t work;
	int64_t wakeups;
};

static FILE *boot;
static FILE *windows;
static struct state *states;
static size_t attachments = 3;
static size_t nr_blocks = 4;
static size_t nr_exits = 400;
static uint64_t spin_ticks;
static pid_t group;		/* of the peer's processes, or 0 */

static void spin(void)
{
	uint64_t n = SPIN / 2;

	asm volatile("1: dec %0\n\tjnz 1b" : "+r" (n));
}

static void be(int policy)
{
	struct sched_param param = { 0 };

	if (sched_setscheduler(0, policy, &param))
		die("sched_setscheduler: %s", strerror(errno));
}

/*
 * Keep the CPU busy with what counts as nothing, whenever nobody else wants it,
 * from now until at least @least ticks are over and the others have been quiet
 * for @quiet. Return the ticks that went into this.
 */
static uint64_t soak(uint64_t least, uint64_t quiet)
{
	uint64_t start = __rdtsc(), last = start, now, calm = 0, soaked = 0;

	be(SCHED_IDLE);
	do {
		spin();
		now = __rdtsc();
		soaked += spin_ticks;
		calm = now - last < spin_ticks + INTERRUPT ? calm + now - last : 0;
		last = now;
	} while (now - start < MAX_WINDOW && (now - start < least || calm < quiet));
	be(SCHED_OTHER);
	return soaked;
}

/* What one turn of soak() takes if nothing interrupts it. */
static void calibrate(void)
{
	uint64_t least = UINT64_MAX, last = __rdtsc(), now;
	int i;

	for (i = 0; i < 1000; i++) {
		spin();
		now = __rdtsc();
		if (now - last < least)
			least = now - last;
		last = now;
	}
	spin_ticks = least;
}

/* Call @visit with each directory in @path whose name is a number. */
static void each_number(const char *path, void (*visit)(const char *dir, void *arg), void *arg)
{
	DIR *d = opendir(path);
	struct dirent *e;

	if (!d)
		return;		/* the process has just ended */
	while ((e = readdir(d))) {
		char *dir;

		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		dir = xasprintf("%s/%s", path, e->d_name);
		visit(dir, arg);
		free(dir);
	}
	closedir(d);
}

/* What is to know about all of the peer's processes. */
struct tree {
	struct text dirs;
	int64_t wakeups;
	int64_t switches;
	int64_t peak;
	bool asleep;
};

static char *read_in(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	char *text = kfile_read(path);

	free(path);
	return text;
}

/* With the tab behind each colon as the space that kfile_field() knows. */
static char *read_status(const char *dir)
{
	char *text = read_in(dir, "status");
	char *c;

	for (c = text; c && *c; c++) {
		if (*c == '\t')
			*c = ' ';
	}
	return text;
}

static void visit_thread(const char *dir, void *arg)
{
	struct tree *tree = arg;
	char *status = read_status(dir);
	char *state;

	if (!status)
		return;
	state = kfile_field(status, "State:");
	tree->wakeups += kfile_number(status, "voluntary_ctxt_switches:");
	tree->switches += kfile_number(status, "voluntary_ctxt_switches:") +
			  kfile_number(status, "nonvoluntary_ctxt_switches:");
	if (!state || *state != 'S')
		tree->asleep = false;
	free(state);
	free(status);
}

static void visit_process(const char *dir, void *arg)
{
	struct tree *tree = arg;
	char *stat = read_in(dir, "stat");
	char *behind = stat ? strrchr(stat, ')') : NULL;
	char *status, *task;
	int pgrp;

	if (!behind || sscanf(behind, ") %*c %*d %d", &pgrp) != 1 || pgrp != group) {
		free(stat);
		return;
	}
	free(stat);
	text_add(&tree->dirs, "%s%s", tree->dirs.len ? " " : "", dir);
	status = read_status(dir);
	if (status) {
		if (kfile_number(status, "VmHWM:") > 0)
			tree->peak += kfile_number(status, "VmHWM:");
		free(status);
	}
	task = xasprintf("%s/task", dir);
	each_number(task, visit_thread, tree);
	free(task);
}

static struct tree look_at_tree(void)
{
	struct tree tree = { .asleep = true };

	if (group)
		each_number("/proc", visit_process, &tree);
	return tree;
}

static int64_t wakeups_so_far(void)
{
	struct tree tree = look_at_tree();

	text_free(&tree.dirs);
	return tree.wakeups;
}

static char *last_line(char *text)
{
	size_t len = strlen(text);
	char *line;

	while (len && (text[len - 1] == '\n' || text[len - 1] == ' '))
		text[--len] = '\0';
	line = strrchr(text, '\n');
	line = line ? line + 1 : text;
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	return line;
}

/* Run a command of the registry; @output gets the last line that it printed. */
static bool sh(const char *command, char **output)
{
	char *all = xasprintf("{ %s\n} 2>&1", command);
	FILE *f = popen(all, "re");
	struct text t = { 0 };
	char line[512];
	int status;

	if (!f)
		die("popen: %s", strerror(errno));
	while (fgets(line, sizeof(line), f))
		text_add(&t, "%s", line);
	status = pclose(f);
	if (output)
		*output = xstrdup(t.s ? last_line(t.s) : "");
	text_free(&t);
	free(all);
	return status == 0;
}

/* The number that a command of the registry prints; -1 if it prints none. */
static int64_t sh_number(const char *command)
{
	int64_t n = -1;
	char *line, *end;

	if (!command)
		return -1;
	if (sh(command, &line)) {
		n = strtoll(line, &end, 10);
		if (end == line)
			n = -1;
	}
	free(line);
	return n;
}

/* As text, for people; never NULL. */
static char *read_line(const char *path)
{
	char *text = kfile_read(path);
	char *line = xstrdup(text ? last_line(text) : "");

	free(text);
	return line;
}

/* What a peer may have left in the kernel; NULL if nothing. */
static char *leftovers(void)
{
	static const struct {
		const char *path, *clean;
	} lists[] = {
		{ DEBUGFS "kprobes/list", "" },
		{ TRACEFS "enabled_functions", "" },
		{ TRACEFS "current_tracer", "nop" },
		{ TRACEFS "events/sched/sched_process_exit/enable", "0" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		char *line = read_line(lists[i].path);
		bool clean = !strcmp(line, lists[i].clean);
		char *what = clean ? NULL : xasprintf("%s in %s", line,
						      strrchr(lists[i].path, '/') + 1);

		free(line);
		if (what)
			return what;
	}
	return NULL;
}

static void count_fd(const char *dir, void *arg)
{
	(void)dir;
	++*(size_t *)arg;
}

static void run_block(struct sample *s)
{
	static size_t fds_of_first;
	int64_t before, wakeups;
	uint64_t start, soaked;
	size_t fds = 0;

	*s = (struct sample){ .ticks = xcalloc(nr_exits, sizeof(*s->ticks)) };
	memset(s->ticks, 0xff, nr_exits * sizeof(*s->ticks));	/* no page fault later */
	/* A child copies and closes every file that its parent has open. */
	each_number("/proc/self/fd", count_fd, &fds);
	if (!fds_of_first)
		fds_of_first = fds;
	if (fds != fds_of_first)
		s->wrong = xasprintf("%zu files are open, not %zu", fds, fds_of_first);

	/* Its children are called as it is. */
	prctl(PR_SET_NAME, STORM_COMM);
	must_write("/proc/sys/kernel/ns_last_pid", STORM_PIDS);
	exits_run(EXIT_VFORK, FILL_UP, NULL);
	before = exits_so_far();
	wakeups = wakeups_so_far();
	start = __rdtsc();
	exits_run(EXIT_VFORK, WARM_UP, NULL);
	exits_run(EXIT_VFORK, nr_exits, s->ticks);
	must_write("/proc/sys/kernel/ns_last_pid", OTHER_PIDS);
	soaked = soak(TAIL, QUIET);
	s->work = (int64_t)(__rdtsc() - start - soaked);
	s->wakeups = wakeups_so_far() - wakeups;
	s->exits = exits_so_far() - before;
	prctl(PR_SET_NAME, "peers");
}

/* @hits and @missed may be NOT_TOLD; @wrong is what else was found, or NULL. */
static void write_sample(const char *id, size_t nr, struct sample *s, const char *wrong,
			 int64_t hits, int64_t missed)
{
	bootfile_block(boot, id, &(struct block) {
		.nr = nr,
		.exits = s->exits,
		.hits = hits,
		.missed = missed,
		.proof = s->wrong ?: (char *)wrong,
		.n = nr_exits,
		.ticks = s->ticks,
	});
	fprintf(windows, "window\t%s\t%zu\t%jd\t%zu\n", id, nr, (intmax_t)s->work,
		nr_exits + WARM_UP);
	free(s->ticks);
	free(s->wrong);
}

/* Which of the baseline's rows, "none" or its control. */
static void run_baseline(const char *id, size_t nr)
{
	struct sample s;

	run_block(&s);
	write_sample(id, nr, &s, NULL, NOT_TOLD, NOT_TOLD);
}

/* The first line that calls itself an error, or the last one. */
static char *complaint(const char *path)
{
	char *text = kfile_read(path);
	char *error = text ? strcasestr(text, "error:") : NULL;
	char *line;

	if (error) {
		error[strcspn(error, "\n")] = '\0';
		line = xstrdup(last_line(text));
	} else {
		line = xstrdup(text ? last_line(text) : "");
	}
	free(text);
	return line;
}

/* Why the peer's process has ended by itself. */
static char *why_ended(int status)
{
	char *err = complaint(OUT ".err");
	char *said = *err ? xstrdup(err) : complaint(OUT ".out");
	char *why;

	if (WIFSIGNALED(status))
		why = xasprintf("died of signal %d: %s", WTERMSIG(status), said);
	else
		why = xasprintf("ended with status %d: %s", WEXITSTATUS(status), said);
	free(err);
	free(said);
	return why;
}

static void launch(const struct peer *peer)
{
	must_write("/proc/sys/kernel/ns_last_pid", OTHER_PIDS);
	group = fork();
	if (group < 0)
		die("fork: %s", strerror(errno));
	if (!group) {
		/* A group, as from a shell, but no session: see guest-init.sh. */
		setpgid(0, 0);
		if (!freopen("/dev/null", "r", stdin) || !freopen(OUT ".out", "w", stdout) ||
		    !freopen(OUT ".err", "w", stderr))
			_exit(126);
		execl("/bin/sh", "sh", "-c", peer->run, (char *)NULL);
		_exit(127);
	}
	setpgid(group, group);
}

/* Is what the peer needs from the kernel there? */
static bool proved(const struct peer *peer, const struct tree *tree)
{
	setenv("P", tree->dirs.s ?: "/proc/none", 1);
	return sh(peer->proof, NULL);
}

/* Wait until it is attached and at rest. NULL if so, else what went wrong. */
static char *await(const struct peer *peer)
{
	int64_t switches = -1;
	int calm = 0, polls = 0, turn;
	int status;

	for (turn = 1; turn <= MAX_ATTACH; turn++) {
		struct tree tree = look_at_tree();
		bool ready = false;

		if (group && waitpid(group, &status, WNOHANG) == group) {
			text_free(&tree.dirs);
			group = 0;
			return why_ended(status);
		}
		if (tree.asleep && tree.switches == switches)
			calm++;
		else
			calm = 0;
		switches = tree.switches;
		/* The shell takes time that the peer needs. */
		if (calm >= SETTLED || polls || !group || turn % PROOF_EVERY == 0)
			ready = proved(peer, &tree);
		text_free(&tree.dirs);
		polls = ready ? polls + 1 : 0;
		if (ready && (!group || calm >= SETTLED || polls >= RESTLESS))
			return NULL;
		soak(POLL, 0);
	}
	return xasprintf("not attached after %llu thousand million instructions",
			 MAX_ATTACH * POLL / 1000000000);
}

/* In order, if it can. NULL, or what had to be done instead. */
static char *stop(void)
{
	char *trouble = NULL;
	int status, turn;

	if (!group)
		return NULL;
	kill(-group, SIGINT);
	for (turn = 0; waitpid(group, &status, WNOHANG) != group; turn++) {
		if (turn == MAX_STOP) {
			trouble = xstrdup("killed: SIGINT did not end it");
			kill(-group, SIGKILL);
		}
		soak(POLL, 0);
	}
	/* Whoever is left of its group. */
	kill(-group, SIGKILL);
	group = 0;
	return trouble;
}

static void add_note(struct state *state, char *what)
{
	if (what && !state->note)
		state->note = what;
	else
		free(what);
}

/* The blocks of one attachment, and what the peer had to say about them. */
static void measure_attached(const struct peer *peer, struct state *state, size_t first,
			     size_t blocks)
{
	struct sample *samples = xcalloc(blocks, sizeof(*samples));
	int64_t storm = (int64_t)(blocks * (FILL_UP + WARM_UP + nr_exits));
	int64_t exits, reported, lost, missing, wakeups = 0;
	const char *wrong = NULL;
	struct tree tree;
	size_t b;

	exits = exits_so_far();
	for (b = 0; b < blocks; b++)
		run_block(&samples[b]);
	exits = exits_so_far() - exits;
	tree = look_at_tree();
	if (!proved(peer, &tree))
		wrong = "no longer attached at the end";
	add_note(state, stop());
	if (peer->named)
		exits = storm;
	reported = sh_number(peer->count);
	lost = sh_number(peer->lost);
	if (reported < 0) {
		reported = 0;
		add_note(state, xstrdup("its output has no number of exits"));
	}

	/* It tells at its end only: what is missing is charged to the first blocks. */
	missing = reported < exits ? exits - reported : 0;
	for (b = 0; b < blocks; b++) {
		struct sample *s = &samples[b];
		int64_t here = missing < s->exits ? missing : s->exits;

		missing -= here;
		wakeups += s->wakeups;
		write_sample(state->id, first + b, s, wrong, s->exits - here,
			     lost < 0 ? NOT_TOLD : b ? 0 : lost);
	}
	fprintf(windows, "seen\t%s\t%jd\t%jd\t%jd\t%jd\t%zu\t%jd\n", state->id, (intmax_t)exits,
		(intmax_t)reported, (intmax_t)lost, (intmax_t)wakeups,
		blocks * (nr_exits + WARM_UP), (intmax_t)tree.peak);
	text_free(&tree.dirs);
	free(samples);
}

static void baselines(size_t from, size_t to)
{
	if (from < to)
		soak(CALM, QUIET);
	/* Each of the two goes first as often as the other. */
	for (; from < to; from++) {
		run_baseline(from % 2 ? "control" : "none", from);
		run_baseline(from % 2 ? "none" : "control", from);
	}
}

static void run_attachment(size_t p, size_t attachment)
{
	static size_t next_round;
	const struct peer *peer = &peers[p];
	struct state *state = &states[p];
	size_t first = next_round;
	/* Of one that stays in the kernel there is no second time, and no after. */
	size_t blocks = peer->stays ? nr_blocks * attachments : nr_blocks;
	size_t before = peer->stays ? blocks : blocks / 2;
	char *wrong = NULL, *left;
	const char *refused;

	next_round += blocks;
	baselines(first, first + before);
	sh("rm -rf $OUT.*; : >$OUT.out; : >$OUT.err", NULL);
	if (peer->setup && !sh(peer->setup, &left)) {
		wrong = xasprintf("cannot be set up: %s", left);
		free(left);
	}
	if (!wrong) {
		if (peer->run)
			launch(peer);
		wrong = await(peer);
	}
	refused = wrong;
	if (!wrong)
		measure_attached(peer, state, first, blocks);
	else if (!attachment)
		state->skip = wrong;
	else if (!state->note)
		state->note = wrong;
	add_note(state, stop());
	if (peer->teardown)
		sh(peer->teardown, NULL);
	sh("echo >$T/trace", NULL);
	left = leftovers();
	if (left) {
		add_note(state, xasprintf("left behind: %s", left));
		free(left);
	}
	baselines(first + before, first + blocks);
	fprintf(stderr, "peer %zu of %zu, time %zu: %s, %s%s%s\n", p + 1, nr_peers,
		attachment + 1, peer->name, peer->mode, refused ? ": " : "", refused ?: "");
}

/* A task that does nothing, with the process id after @last. */
static void hold_pid(const char *last)
{
	pid_t pid;

	must_write("/proc/sys/kernel/ns_last_pid", last);
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
}

static void write_head(char *const *envs, size_t nr_envs)
{
	struct utsname uts;
	size_t i;

	uname(&uts);
	bootfile_head(boot, uts.release);
	bootfile_env(boot, envs, nr_envs);
	fprintf(boot, "row\tnone\tnone\tnone\t-\t-\t-\nrow\tcontrol\tnone\tnone\t-\t-\tcontrol\n");
	for (i = 0; i < nr_peers; i++) {
		states[i].id = xasprintf("peer%zu", i);
		fprintf(boot, "row\t%s\t%s\tpeer\t-\t-\t%s\n", states[i].id, peers[i].name,
			peers[i].mode);
	}
	fprintf(windows, "%s\n", WINDOWS_MAGIC);
}

static void write_tail(void)
{
	size_t i;

	for (i = 0; i < nr_peers; i++) {
		if (states[i].skip)
			fprintf(boot, "skip\t%s\t%s\n", states[i].id, states[i].skip);
		if (states[i].note)
			fprintf(windows, "note\t%s\t%s\n", states[i].id, states[i].note);
	}
	fputs("end\n", boot);
	fputs("end\n", windows);
	if (ferror(boot) || fclose(boot) || ferror(windows) || fclose(windows))
		die("cannot write the results: %s", strerror(errno));
}

static FILE *create(const char *path)
{
	FILE *f = fopen(path, "we");

	if (!f)
		die("cannot create %s: %s", path, strerror(errno));
	return f;
}

static const char help[] =
"usage: peers --modules DIR --reader FILE --out FILE [OPTION]...\n"
"\n"
"Measure every peer of the registry on the running kernel; write a boot file, and\n"
"FILE.windows beside it. Meant for the guest of scripts/vm.sh --exact: it starts\n"
"and stops tracing.\n"
"\n"
"  --modules DIR      DIR/VARIANT/procmon.ko are the modules\n"
"  --reader FILE      the program procmon\n"
"  --out FILE         the boot file\n"
"  --attach N         times to attach each peer (default 3)\n"
"  --blocks N         blocks each time (default 4)\n"
"  --exits N          timed exits of each block (default 400)\n"
"  --only TEXT        only peers with this in their name or mode\n"
"  --env KEY=VALUE    one fact more for the boot file; may be repeated\n"
"  --help             this text\n";

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "modules",	required_argument, NULL, 'm' },
		{ "reader",	required_argument, NULL, 'r' },
		{ "out",	required_argument, NULL, 'o' },
		{ "attach",	required_argument, NULL, 'a' },
		{ "blocks",	required_argument, NULL, 'b' },
		{ "exits",	required_argument, NULL, 'n' },
		{ "only",	required_argument, NULL, 'O' },
		{ "env",	required_argument, NULL, 'e' },
		{ "help",	no_argument,	   NULL, 'h' },
		{ }
	};
	const char *path = NULL, *modules = NULL, *reader = NULL, *only = "";
	size_t attachment, i;
	char **envs = NULL, *beside;
	size_t nr_envs = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'm':
			modules = optarg;
			break;
		case 'r':
			reader = optarg;
			break;
		case 'o':
			path = optarg;
			break;
		case 'a':
			attachments = parse_number("attach", optarg, 1000);
			break;
		case 'b':
			nr_blocks = parse_number("blocks", optarg, 1000);
			break;
		case 'n':
			nr_exits = parse_number("exits", optarg, 1000000);
			break;
		case 'O':
			only = optarg;
			break;
		case 'e':
			GROW(envs, nr_envs);
			envs[nr_envs++] = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return 0;
		default:
			fputs(help, stderr);
			return 2;
		}
	}
	if (!modules || !reader || !path || optind < argc) {
		fputs(help, stderr);
		return 2;
	}
	check_clock();
	setenv("MODULES", modules, 1);
	setenv("PROCMON", reader, 1);
	setenv("OUT", OUT, 1);
	setenv("T", TRACEFS ".", 1);
	setenv("D", DEBUGFS ".", 1);
	states = xcalloc(nr_peers, sizeof(*states));
	boot = create(path);
	beside = xasprintf("%s.windows", path);
	windows = create(beside);
	free(beside);
	write_head(envs, nr_envs);
	for (i = 0; i < nr_peers; i++) {
		if (!strstr(peers[i].name, only) && !strstr(peers[i].mode, only))
			states[i].skip = xstrdup("not asked for");
	}
	/* An idle guest's clock leaps to its next timer: this takes no time. */
	quiet_machine(BOOTED);
	calibrate();
	for (i = 0; i < ARRAY_SIZE(held_pids); i++)
		hold_pid(held_pids[i]);

	for (attachment = 0; attachment < attachments; attachment++) {
		for (i = 0; i < nr_peers; i++) {
			size_t p = (i + attachment) % nr_peers;

			if (!states[p].skip && !peers[p].stays)
				run_attachment(p, attachment);
		}
	}
	for (i = 0; i < nr_peers; i++) {
		if (!states[i].skip && peers[i].stays)
			run_attachment(i, 0);
	}
	write_tail();
	return 0;
}
