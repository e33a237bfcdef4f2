// SPDX-License-Identifier: GPL-2.0
/*
 * peers_price: one boot's worth of measuring the other tools that report exits.
 *
 * As measure does with our hooks, but a peer takes seconds to start, so it is
 * attached a few times only, with many blocks each time, and with as many blocks
 * without it, half of them before and half after; those after one peer are those
 * before the next. Between two attachments the comb moves by an instruction or two:
 * each has boot files of its own (boot/read.h), to be matched by themselves. What a boot
 * file cannot hold is in one more file (boot/peers.h).
 *
 * The blocks come twice. Once as measure has them, with the parent of the storm truly
 * asleep (DELAY_DEQUEUE in guest.h), for the price of what is in the path. And once
 * with the scheduler as it is shipped, for a range where there is no one price: when a
 * reader is woken by each exit, the scheduler decides who runs next. The windows are
 * as shipped, too.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "boot/peers.h"
#include "boot/write.h"
#include "guest/exits.h"
#include "guest/guest.h"
#include "guest/traps.h"
#include "lib/arch.h"
#include "lib/kfile.h"
#include "lib/options.h"
#include "lib/util.h"
#include "peers/peer.h"
#include "peers/tools.h"

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

/* Blocks of one attachment: as many as the estimator asks for (MIN_BLOCKS). */
#define BLOCKS		12
#define HALF		(BLOCKS / 2)

/* A buffer of our own, so that the peer's is its own. */
#define TRAP_BUFFER	TRACEFS "instances/traps/"

#define SLABS		"/sys/kernel/slab/"

/*
 * Instructions of spin(): a hundredth of a timer's period. A turn of its loop has a
 * hundred of them, nearly all nop, for which the emulator does nothing but count.
 */
#define SPIN		20000
#define TURN		100

/*
 * A window goes on so long after its last exit at least: readers that look every
 * 100 ms (bpftrace, procmon) have had their turn by then.
 */
#define TAIL		120000000ull
/* Without a reader it is the kernel's own leftovers that are waited for. */
#define SHORT_TAIL	40000000ull

/* Windows with a peer, and as many before and after it: a mean needs several. */
#define WINDOWS		6
/*
 * Exits before them that do not count: after an attachment, and after blocks, an exit
 * takes less at first, by up to a fiftieth, and comes to rest only after some 3000.
 */
#define SETTLE		3000

/* And until nobody else has run for so long, */
#define QUIET		8000000ull
/* where a timer's interrupt is nobody. */
#define INTERRUPT	30000

/* But not longer than this: a consumer that never rests. */
#define MAX_WINDOW	2000000000ull

/*
 * Between two looks at a peer, in instructions. How long it may take is told in
 * such polls: the clock leaps whenever everybody sleeps.
 */
#define POLL		20000000ull

/* Before blocks without a peer: what the last one left to be freed is done by then. */
#define CALM		100000000ull

struct state {
	char *id;
	char *skip;		/* why it cannot run here */
	char *note;		/* what went wrong although it ran */
	size_t attached;	/* so many times */
};

/* See boot/peers.h. */
struct window {
	int64_t exits;
	int64_t work;
	int64_t wakeups;
};

/* Blocks and windows without a peer. */
struct baseline {
	struct block none[NR_SCHEDS][HALF];
	struct block control[NR_SCHEDS][HALF];
	struct window windows[WINDOWS];
};

static FILE *boots[NR_SCHEDS];	/* of this attachment */
static FILE *peers_file;
static bool counting;		/* else all is thrown away */
static bool no_traps;
static const char *out_dir;
static struct state *states;
static size_t attachments = 1;
static size_t nr_exits = 130;
static size_t window_exits = 2800;
static uint64_t spin_ticks;

static void spin(void)
{
	uint64_t n = SPIN / TURN;

	LOOP(n, TURN - 2);
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
 * for @quiet. Return the ticks that went into this, with those of the timer's
 * interrupts in it, for how many there are depends on how long it took.
 */
static uint64_t soak(uint64_t least, uint64_t quiet)
{
	uint64_t start = counter(), last = start, now, calm = 0, soaked = 0;

	be(SCHED_IDLE);
	do {
		spin();
		now = counter();
		if (now - last < spin_ticks + INTERRUPT) {
			soaked += now - last;
			calm += now - last;
		} else {
			soaked += spin_ticks;
			calm = 0;
		}
		last = now;
	} while (now - start < MAX_WINDOW && (now - start < least || calm < quiet));
	be(SCHED_OTHER);
	return soaked;
}

/* What one turn of soak() takes if nothing interrupts it. */
static void calibrate(void)
{
	uint64_t least = UINT64_MAX, last = counter(), now;

	for (int i = 0; i < 1000; i++) {
		spin();
		now = counter();
		if (now - last < least)
			least = now - last;
		last = now;
	}
	spin_ticks = least;
}

static void rest(void)
{
	soak(POLL, 0);
}

/* The most patient compiler is that of bcc. */
static const struct pace pace = {
	.rest = rest,
	.max_start = 2500,
	.max_stop = 1000,
	.limit = "50 thousand million instructions",
};

static void count_fd(const char *dir, void *arg)
{
	(void)dir;
	++*(size_t *)arg;
}

/* A child copies and closes every file that its parent has open. */
static char *check_files(void)
{
	static size_t fds_of_first;
	size_t fds = 0;

	each_number("/proc/self/fd", count_fd, &fds);
	if (!fds_of_first)
		fds_of_first = fds;
	return fds == fds_of_first ? NULL :
	       xasprintf("%zu files are open, not %zu", fds, fds_of_first);
}

/* Its children are called as it is. */
static void begin_storm(void)
{
	prctl(PR_SET_NAME, STORM_COMM);
	exits_begin(EXIT_VFORK);
}

static void end_storm(void)
{
	must_write("/proc/sys/kernel/ns_last_pid", OTHER_PIDS);
	prctl(PR_SET_NAME, "peers_price");
}

/* Exit by exit: for the price in the path. */
static void run_block(struct block *b)
{
	int64_t before;

	free(b->ticks);
	free(b->proof);
	*b = (struct block){
		.hits = NOT_TOLD, .missed = NOT_TOLD, .n = nr_exits,
		.ticks = xcalloc(nr_exits, sizeof(*b->ticks)),
	};
	memset(b->ticks, 0xff, nr_exits * sizeof(*b->ticks));	/* no page fault later */
	b->proof = check_files();
	begin_storm();
	before = exits_so_far();
	exits_run(&(struct exits){ .kind = EXIT_VFORK, .n = WARM_UP });
	exits_run(&(struct exits){ .kind = EXIT_VFORK, .n = nr_exits, .ticks = b->ticks });
	end_storm();
	b->exits = exits_so_far() - before;
}

/* All instructions of @n exits, until everybody has done with them. */
static void run_window(struct window *w, size_t n, uint64_t tail)
{
	uint64_t start, soaked;

	w->exits = (int64_t)n;
	begin_storm();
	w->wakeups = peer_tree().wakeups;
	start = counter();
	exits_run(&(struct exits){ .kind = EXIT_VFORK, .n = n });
	must_write("/proc/sys/kernel/ns_last_pid", OTHER_PIDS);
	soaked = soak(tail, QUIET);
	w->work = (int64_t)(counter() - start - soaked);
	w->wakeups = peer_tree().wakeups - w->wakeups;
	end_storm();
}

/*
 * Whatever is free shall stay where it is: in the slab caches, which keep this many
 * empty slabs of each node (mm/slub.c), ...
 */
static void keep_slabs(void)
{
	struct dirent *entry;
	DIR *dir = opendir(SLABS);

	if (!dir)
		die("cannot open " SLABS ": %s", strerror(errno));
	while ((entry = readdir(dir))) {
		const char *path = path_of(SLABS "%s/min_partial", entry->d_name);

		/* A cache of a module that is gone goes later than that. */
		if (entry->d_name[0] != '.' && !kfile_write(path, "10000") &&
		    errno != ENOENT && errno != ENODEV)
			die("cannot write %s: %s", path, strerror(errno));
	}
	closedir(dir);
}

/*
 * ... and in the list of pages that the CPU has (Documentation/admin-guide/sysctl/vm.rst),
 * an eighth of the memory at most, which nobody comes and takes back each second. RCU
 * frees what an exit leaves some hundred exits later, at a time of its own. As the kernel
 * is shipped, it depends on that time how many pages go back to where all come from, and
 * whole windows differ by 300 instructions an exit.
 */
static void keep_pages(void)
{
	must_write("/proc/sys/vm/percpu_pagelist_high_fraction", "8");
	must_write("/proc/sys/vm/stat_interval", "1000");
}

/* An exit must have come to rest before the first; each goes on for @tail at least. */
static void run_windows(struct window windows[WINDOWS], size_t n, uint64_t tail)
{
	keep_slabs();		/* of those, too, that are new */
	run_window(&(struct window){ 0 }, SETTLE, tail);
	for (size_t i = 0; i < WINDOWS; i++)
		run_window(&windows[i], n, tail);
}

static void write_block(FILE *boot, const char *id, size_t nr, struct block *b)
{
	b->nr = (unsigned int)nr;
	bootwrite_block(boot, id, b);
}

static void write_windows(const struct state *state, size_t attachment, const char *what,
			  const struct window windows[WINDOWS])
{
	for (size_t i = 0; counting && i < WINDOWS; i++)
		fprintf(peers_file, "window\t%s\t%zu\t%s\t%jd\t%jd\n", state->id, attachment,
			what, (intmax_t)windows[i].work, (intmax_t)windows[i].exits);
}

/* What is between two attachments: after the one and before the other. */
static void run_baseline(struct baseline *b)
{
	soak(CALM, QUIET);
	for (enum scheduler k = 0; k < NR_SCHEDS; k++) {
		struct block *none = b->none[k], *control = b->control[k];

		scheduler_feature(DELAY_DEQUEUE, k == SCHED_SHIPPED);
		/* Each of the two goes first as often as the other. */
		for (size_t i = 0; i < HALF; i++) {
			run_block(i % 2 ? &control[i] : &none[i]);
			run_block(i % 2 ? &none[i] : &control[i]);
		}
	}
	/* And as shipped it stays. */
	run_windows(b->windows, window_exits, SHORT_TAIL);
}

static void write_baseline(const struct state *state, size_t attachment, struct baseline *b,
			   size_t from, const char *window)
{
	for (enum scheduler k = 0; k < NR_SCHEDS; k++) {
		for (size_t i = 0; i < HALF; i++) {
			write_block(boots[k], "none", from + i, &b->none[k][i]);
			write_block(boots[k], "control", from + i, &b->control[k][i]);
		}
	}
	write_windows(state, attachment, window, b->windows);
}

static void add_note(struct state *state, char *what)
{
	if (what && !state->note)
		state->note = what;
	else
		free(what);
}

static void count_traps(const struct state *state)
{
	traps_begin(TRAP_BUFFER);
	begin_storm();
	traps_count(boots[SCHED_AT_ONCE], state->id);
	end_storm();
	traps_end();
}

/*
 * A peer tells at its end only what it @missed: that is charged to the first blocks,
 * under each scheduler to as many, whichever it was.
 */
static void write_blocks(const char *id, struct block blocks[NR_SCHEDS][BLOCKS],
			 const char *wrong, int64_t missed, int64_t lost)
{
	for (enum scheduler k = 0; k < NR_SCHEDS; k++) {
		int64_t left = missed;

		for (size_t nr = 0; nr < BLOCKS; nr++) {
			struct block *b = &blocks[k][nr];
			int64_t here = left < b->exits ? left : b->exits;

			left -= here;
			b->hits = b->exits - here;
			b->missed = lost < 0 ? NOT_TOLD : nr ? 0 : lost;
			if (wrong && !b->proof)
				b->proof = xstrdup(wrong);
			write_block(boots[k], id, nr, b);
		}
	}
}

/* The blocks of one attachment, and what the peer had to say about them. */
static void measure_attached(const struct peer *peer, struct state *state, size_t attachment)
{
	size_t in_window = peer->window ?: window_exits;
	/* The exits that have the storm's name. */
	int64_t storm = (int64_t)(NR_SCHEDS * BLOCKS * (FILL_UP + WARM_UP + nr_exits) +
				  FILL_UP + SETTLE + WINDOWS * (FILL_UP + in_window));
	static struct block blocks[NR_SCHEDS][BLOCKS];
	struct window windows[WINDOWS];
	int64_t exits, reported, lost, wakeups = 0;
	const char *wrong = NULL;
	struct peer_tree tree;

	exits = exits_so_far();
	for (enum scheduler k = 0; k < NR_SCHEDS; k++) {
		scheduler_feature(DELAY_DEQUEUE, k == SCHED_SHIPPED);
		for (size_t b = 0; b < BLOCKS; b++)
			run_block(&blocks[k][b]);
	}
	/* And as shipped it stays. */
	run_windows(windows, in_window, peer->has[PEER_RUN] ? TAIL : SHORT_TAIL);
	for (size_t b = 0; b < WINDOWS; b++)
		wakeups += windows[b].wakeups;
	if (!peer_proved(peer))
		wrong = "no longer attached at the end";
	tree = peer_tree();
	if (!no_traps) {
		count_traps(state);
		storm += FILL_UP + TRAP_EXITS;
	}
	exits = exits_so_far() - exits;
	add_note(state, peer_stop());
	if (peer->named)
		exits = storm;
	reported = peer_number(peer, PEER_COUNT);
	lost = peer_number(peer, PEER_LOST);
	if (!peer->has[PEER_COUNT]) {
		reported = exits;
	} else if (reported < 0) {
		reported = 0;
		add_note(state, xstrdup("its output has no number of exits"));
	}

	write_blocks(state->id, blocks, wrong, reported < exits ? exits - reported : 0, lost);
	write_windows(state, attachment, "peer", windows);
	if (counting)
		fprintf(peers_file, "seen\t%s\t%zu\t%jd\t%jd\t%jd\t%jd\t%jd\t%jd\n", state->id,
			attachment, (intmax_t)exits, (intmax_t)reported, (intmax_t)lost,
			(intmax_t)wakeups, (intmax_t)(WINDOWS * in_window), (intmax_t)tree.peak);
}

static FILE *create(const char *path)
{
	FILE *f = fopen(path, "we");

	if (!f)
		die("cannot create %s: %s", path, strerror(errno));
	return f;
}

static void begin_boot(const struct peer *peer, const struct state *state, size_t attachment)
{
	struct utsname uts;

	uname(&uts);
	for (enum scheduler k = 0; k < NR_SCHEDS; k++) {
		FILE *boot = create(!counting ? "/dev/null" :
				    path_of("%s/%s.%zu%s", out_dir, state->id, attachment,
					    BOOT_SUFFIX(k)));

		setvbuf(boot, NULL, _IOFBF, 1 << 20);
		bootwrite_head(boot, uts.release);
		bootwrite_env(boot);
		fputs("row\tnone\tnone\tnone\t-\t-\t-\n"
		      "row\tcontrol\tnone\tnone\t-\t-\tcontrol\n", boot);
		/* The name "none" is taken: of a control of ours the mode says what it is. */
		fprintf(boot, "row\t%s\t%s\tpeer\t-\t-\t%s\n", state->id,
			peer->has[PEER_COUNT] ? peer->name : peer->mode, peer->mode);
		boots[k] = boot;
	}
}

static void end_file(FILE *f)
{
	fputs("end\n", f);
	if (ferror(f) || fclose(f))
		die("cannot write the results: %s", strerror(errno));
}

static void run_attachment(size_t p, size_t attachment)
{
	static struct baseline last;
	const struct peer *peer = &peers[p];
	struct state *state = &states[p];
	char *wrong;

	begin_boot(peer, state, attachment);
	if (!counting)
		run_baseline(&last);
	write_baseline(state, attachment, &last, 0, "none");
	/* Of one that stays in the kernel there is no after. */
	if (peer->stays)
		run_baseline(&last);
	wrong = peer_start(peer);
	if (!wrong)
		measure_attached(peer, state, attachment);
	add_note(state, peer_stop());
	add_note(state, peer_undo(peer));
	if (!peer->stays)
		run_baseline(&last);
	write_baseline(state, attachment, &last, HALF, "control");
	fprintf(stderr, "peer %zu of %zu, time %zu: %s, %s%s%s\n", p + 1, nr_peers,
		attachment + 1, peer->name, peer->mode, wrong ? ": " : "", wrong ?: "");
	for (enum scheduler k = 0; k < NR_SCHEDS; k++) {
		if (wrong)
			fprintf(boots[k], "skip\t%s\t%s\n", state->id, wrong);
		end_file(boots[k]);
	}
	if (wrong && !state->attached)
		state->skip = wrong;
	else if (wrong)
		add_note(state, wrong);
	else
		state->attached++;
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

static void write_head(void)
{
	fprintf(peers_file, "%s\n", PEERS_MAGIC);
	for (size_t i = 0; i < nr_peers; i++) {
		states[i].id = xasprintf("peer%zu", i);
		fprintf(peers_file, "peer\t%s\t%s\t%s\n", states[i].id, peers[i].name,
			peers[i].mode);
	}
}

static void write_tail(void)
{
	for (size_t i = 0; i < nr_peers; i++) {
		if (states[i].skip)
			fprintf(peers_file, "skip\t%s\t%s\n", states[i].id, states[i].skip);
		else if (states[i].note)
			fprintf(peers_file, "note\t%s\t%s\n", states[i].id, states[i].note);
	}
	end_file(peers_file);
}

static const char *tools, *modules, *programs, *only = "";

static const struct option_entry options[] = {
	OPTIONS_TEXT("tools", 0, "DIR", &tools, "the folder of the tool files"),
	OPTIONS_TEXT("modules", 0, "DIR", &modules, "DIR/VARIANT/procmon.ko are the modules"),
	OPTIONS_TEXT("programs", 0, "DIR", &programs, "where procmon and taskstats are"),
	OPTIONS_TEXT("out", 0, "DIR", &out_dir, "where to write; made if it is not there"),
	OPTIONS_NUMBER("attach", 0, "N", &attachments, 1, 1000,
		       "times to attach each peer (default 1)"),
	OPTIONS_NUMBER("exits", 0, "N", &nr_exits, 1, 1000000,
		       "timed exits of each block (default 130); there are 24 blocks"),
	OPTIONS_NUMBER("window", 0, "N", &window_exits, 1, 1000000,
		       "exits of each window for the whole price (default 2800)"),
	OPTIONS_TEXT("only", 0, "TEXT", &only, "only peers with this in their name or mode"),
	OPTIONS_FLAG("no-traps", 0, &no_traps, "do not count exceptions"),
	OPTIONS_EACH("env", 0, "KEY=VALUE", bootwrite_take_env,
		     "one fact more for the boot files; may be repeated"),
	{ }
};

static const struct program program = {
	.name = "peers_price",
	.usage = "--tools DIR --modules DIR --programs DIR --out DIR [OPTION]...",
	.about =
"Measure what every peer, which is a mode of a tool in the tool files, adds to one\n"
"exit on the running kernel. Writes DIR/peers, and boot files DIR/PEER.N and\n"
"DIR/PEER.N.shipped for each time that a peer was attached. Meant for the guest of\n"
"scripts/vm.sh --exact: it starts and stops tracing.",
	.options = options,
};

int main(int argc, char **argv)
{
	options_parse(&program, argc, argv);
	if (!tools || !modules || !programs || !out_dir)
		options_wrong(&program, "--tools, --modules, --programs and --out are needed");
	check_clock();
	peer_begin(tools, modules, programs, &pace);
	if (mkdir(out_dir, 0777) && errno != EEXIST)
		die("cannot create %s: %s", out_dir, strerror(errno));
	peers_file = create(path_of("%s/" PEERS_FILE, out_dir));
	states = xcalloc(nr_peers, sizeof(*states));
	write_head();
	for (size_t i = 0; i < nr_peers; i++) {
		if (!peer_matches(&peers[i], only))
			states[i].skip = xstrdup("not asked for");
	}
	switch_console(false);
	mkdir(TRAP_BUFFER, 0700);
	quiet_machine();
	scheduler_feature(UTIL_EST, false);
	keep_pages();
	calibrate();
	for (size_t i = 0; i < ARRAY_SIZE(held_pids); i++)
		hold_pid(held_pids[i]);

	/* One that does not count: until something was attached once, an exit costs more. */
	run_attachment(0, 0);
	counting = true;
	for (size_t attachment = 0; attachment < attachments; attachment++) {
		for (size_t i = 0; i < nr_peers; i++) {
			size_t p = (i + attachment) % nr_peers;

			if (!states[p].skip && !peers[p].stays)
				run_attachment(p, attachment);
		}
	}
	for (size_t i = 0; i < nr_peers; i++) {
		if (!states[i].skip && peers[i].stays)
			run_attachment(i, 0);
	}
	rmdir(TRAP_BUFFER);
	switch_console(true);
	write_tail();
	return 0;
}
