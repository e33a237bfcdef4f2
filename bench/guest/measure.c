// SPDX-License-Identifier: GPL-2.0
/*
 * measure: one boot's worth of measuring, in the guest.
 *
 * Attaches each hook of the registry again and again, in short blocks that take
 * turns, and writes a boot file (boot/read.h): what each exit took under each hook,
 * and for every block the evidence that it measured what it says.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "variants/handler/record.h"
#include "boot/write.h"
#include "guest/attach.h"
#include "guest/bpf_program.h"
#include "guest/exits.h"
#include "guest/guest.h"
#include "guest/hooks.h"
#include "guest/proof.h"
#include "guest/symbols.h"
#include "guest/traps.h"
#include "lib/kfile.h"
#include "lib/options.h"
#include "lib/util.h"

#define TRACE_STATS	TRACEFS "per_cpu/cpu0/stats"

/* Of a thread that does nothing. */
#define STACK		65536

/* More lines than the kernel's log holds, so that it wraps in every block alike. */
#define LOG_LINES	8192

/* A hook with an output. */
struct measured_row {
	char *id;
	struct hook hook;		/* as it is with the output's parameters */
	const struct output *output;	/* NULL for no hook */
	char *site;			/* as the module resolved it */
	int bpf;			/* the child that has the BPF program */
	char *skip;			/* why it cannot run here, or NULL */
};

/*
 * The stream while it is open, else /dev/null: a child copies and closes every
 * file that its parent has open, so there must be as many with every row.
 */
static int stream;

static struct measured_row *rows;
static size_t nr_rows;
static FILE *boot;
static struct text scheduler;	/* its features that are not as shipped */

/* The options. */
static const char *modules;
static const char *boot_path;
static const char *bpf_path;
static size_t rounds = 20;
static size_t blocks = 1;	/* of each attachment */
static size_t timed = 200;	/* exits of a block */
static size_t warm_up = WARM_UP;
static enum exit_kind kind = EXIT_VFORK;
static size_t threads;
static bool crowded;
static bool no_traps;
static bool only_clock;
static bool traced;
static const char **only;	/* patterns of ids */
static size_t nr_only;

static void take_only(const char *pattern)
{
	GROW(only, nr_only);
	only[nr_only++] = pattern;
}

static const struct option_entry options[] = {
	OPTIONS_TEXT("modules", 0, "DIR", &modules, "DIR/VARIANT/procmon.ko are the modules"),
	OPTIONS_TEXT("out", 0, "FILE", &boot_path, "the boot file"),
	OPTIONS_TEXT("bpf", 0, "FILE", &bpf_path,
		     "the program bpf; without it there are no rows of BPF"),
	OPTIONS_NUMBER("rounds", 0, "N", &rounds, 1, 1000000, "blocks of each row (default 20)"),
	OPTIONS_NUMBER("exits", 0, "N", &timed, 1, 1000000,
		       "timed exits of each block (default 200)"),
	OPTIONS_NUMBER("blocks", 0, "N", &blocks, 1, 1000,
		       "blocks of each attachment of a row (default 1); there are as\n"
		       "many times more in all"),
	OPTIONS_NUMBER("warm-up", 0, "N", &warm_up, 1, 60000,
		       "exits before the timed ones of an attachment (default "
		       TEXT_OF(WARM_UP) ")"),
	OPTIONS_CHOICE("kind", 0, "KIND", &kind, exit_kinds,
		       "what exits: vfork (default), clone, fork or thread"),
	OPTIONS_NUMBER("threads", 0, "N", &threads, 0, 1000,
		       "threads that stay in the process all the time (default 0)"),
	OPTIONS_EACH("only", 0, "PATTERN", take_only,
		     "only the rows like this, HOOK.OUTPUT with - for a space, and\n"
		     "those without a hook; may be repeated"),
	OPTIONS_FLAG("crowded", 0, &crowded,
		     "others are attached, and stay: prove what is new beside them"),
	OPTIONS_FLAG("no-traps", 0, &no_traps, "do not count exceptions"),
	OPTIONS_FLAG("traced", 0, &traced,
		     "the emulator has the plugin of trace/plugin.c: tell it what happens"),
	OPTIONS_FLAG("check-clock", 0, &only_clock,
		     "only see whether the CPU's counter counts instructions here"),
	OPTIONS_EACH("env", 0, "KEY=VALUE", bootwrite_take_env,
		     "one fact more for the boot file; may be repeated"),
	{ }
};

static const struct program program = {
	.name = "measure",
	.usage = "--modules DIR --out FILE [OPTION]...",
	.about =
"Measure every hook of the registry on the running kernel and write a boot file.\n"
"Meant for the guest of scripts/vm.sh --exact: it loads and unloads modules.",
	.options = options,
};

/* Without a hook there is nothing to compare with, so those rows are always wanted. */
static bool is_wanted(const char *id, const struct output *output)
{
	for (size_t i = 0; i < nr_only; i++) {
		if (!fnmatch(only[i], id, 0))
			return true;
	}
	return !nr_only || !output;
}

static void build_row(const struct hook *hook, const struct output *output)
{
	struct hook with = hooks_with(hook, output ? output->params : "");
	char *id;

	id = output ? xasprintf("%s.%s", hook->name, output->name) :
		      xasprintf("%s.%zu", hook->name, (size_t)(hook - hooks));
	for (char *c = id; *c; c++) {
		if (*c == ' ')
			*c = '-';
	}
	if (!is_wanted(id, output) || (hook->bpf && !bpf_path)) {
		free(id);
		return;
	}
	GROW(rows, nr_rows);
	rows[nr_rows++] = (struct measured_row) {
		.hook = with,
		.output = output,
		.site = xstrdup(with.site),
		.id = id,
	};
}

static void switch_event(const char *event, bool on)
{
	must_write(path_of(TRACEFS "events/%s/enable", event), on ? "1" : "0");
}

/* The trace event that the row uses, or NULL. */
static const char *event_of(const struct measured_row *row)
{
	if (row->hook.event)
		return row->hook.event;
	return row->output && row->output->sink == SINK_EVENT ?
	       "procmon/procmon_exit" : NULL;
}

static bool uses_stream(const struct measured_row *row)
{
	return row->hook.variant && row->output->sink == SINK_STREAM;
}

/* Put another file in the place of the one that @stream is. */
static void reopen_stream(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || dup3(fd, stream, O_CLOEXEC) < 0)
		die("cannot open %s: %s", path, strerror(errno));
	close(fd);
}

/* The site is that of the hook, as the program calls it. */
static void start_bpf(struct measured_row *row)
{
	bool tracepoint = !strcmp(row->site, "sched_process_exit");
	char *how = xasprintf("--site %s %s", tracepoint ? "tracepoint" : row->site,
			      row->output->bpf);

	row->bpf = bpf_start(bpf_path, how, &row->skip);
	free(how);
}

/* Return false, and why in row->skip, if it is refused. */
static bool attach(struct measured_row *row)
{
	int err = 0;

	if (row->hook.bpf)
		bpf_attach(row->bpf);
	if (row->hook.variant)
		err = attach_hook(&row->hook, modules, row->output->params);
	if (err)
		row->skip = attach_refusal(err);
	/*
	 * Alone on its site a hook is refused only if this kernel cannot offer it. With
	 * others there, any error is an answer.
	 */
	if (err && err != EOPNOTSUPP && !crowded)
		die("%s: %s", row->id, row->skip);
	if (err)
		return false;
	if (event_of(row))
		switch_event(event_of(row), true);
	if (uses_stream(row))
		reopen_stream(PROCMON_DEVICE);
	return true;
}

static void detach(struct measured_row *row)
{
	if (event_of(row)) {
		switch_event(event_of(row), false);
		must_write(TRACEFS "trace", "\n");
	}
	if (uses_stream(row))
		reopen_stream("/dev/null");
	if (row->hook.bpf)
		bpf_detach(row->bpf);
	if (row->hook.variant)
		detach_hook();
}

/* How many exits the stream has for us: whole records, of the version we know. */
static int64_t drain(void)
{
	static struct procmon_extended buf[512];
	int64_t total = 0;
	ssize_t n;

	while ((n = read(stream, buf, sizeof(buf))) > 0) {
		const struct procmon_record *rec;

		for (const char *at = (char *)buf; at < (char *)buf + n; at += rec->size) {
			rec = (const struct procmon_record *)at;
			if (rec->version != PROCMON_RECORD_VERSION || rec->size < sizeof(*rec))
				die("the stream has records of another version");
			total += !(rec->info & PROCMON_INFO_CLOCK);
		}
	}
	if (n < 0 && errno != EAGAIN)
		die("cannot read the stream: %s", strerror(errno));
	return total;
}

/* What has been counted so far: NOT_TOLD if nobody can tell. */
struct counts {
	int64_t hits;
	int64_t missed;
	int64_t reached;	/* the row's output */
	int64_t read;		/* from the ring of a BPF program */
	int64_t exits;		/* of all tasks, without the hook */
};

static struct counts count(const struct measured_row *row)
{
	struct counts c = { NOT_TOLD, NOT_TOLD, NOT_TOLD, 0, NOT_TOLD };
	char *stats;

	if (!row->output)
		return c;
	if (row->hook.bpf) {
		struct bpf_counts counts = bpf_count(row->bpf);

		c.hits = c.reached = counts.hits;
		c.missed = counts.missed;
		c.read = counts.records;
		return c;
	}
	stats = must_read(row->hook.event ? TRACE_STATS : PROCMON_STATS);
	if (row->hook.event) {
		/* The ring buffer tells what it holds and what it lost. */
		c.hits = kfile_number(stats, "entries:");
		c.missed = kfile_number(stats, "overrun:") +
			   kfile_number(stats, "dropped events:");
	} else {
		c.hits = kfile_number(stats, "hits");
		c.missed = kfile_number(stats, "missed");
	}
	c.reached = row->output->counter ? kfile_number(stats, row->output->counter) : c.hits;
	free(stats);
	return c;
}

/*
 * What the row has counted and the exits of all tasks, at one moment: one of another
 * task between the two would be in one of them only.
 */
static struct counts count_both(const struct measured_row *row)
{
	struct counts before, after;
	int64_t exits;

	do {
		before = count(row);
		exits = exits_so_far();
		after = count(row);
	} while (before.hits != after.hits);
	after.exits = exits;
	return after;
}

/* Is the hook what the row says, and did every exit reach the output? NULL if so. */
static char *check_row(struct measured_row *row, int64_t hits, int64_t reached, int64_t records)
{
	char *wrong = row->hook.variant ? attach_check(&row->hook, &row->site) : NULL;

	if (!wrong)
		wrong = proof_check(&row->hook);
	if (!wrong && reached < hits)
		wrong = xasprintf("%jd of %jd hits reached the output",
				  (intmax_t)reached, (intmax_t)hits);
	if (!wrong && row->output && row->output->read && records < reached)
		wrong = xasprintf("%jd of %jd records were read from the stream",
				  (intmax_t)records, (intmax_t)reached);
	return wrong;
}

/* One block of an attached row; without @write it only warms up. */
static void run_block(struct measured_row *row, size_t nr, size_t warm, int64_t *ticks,
		      char *wrong, bool write)
{
	struct counts start, end;
	int64_t hits, records, before = 0;

	if (write)
		symbols_tell(row->id, row->hook.variant ? attach_module(&row->hook, modules) : NULL);
	exits_begin(kind);
	start = count_both(row);
	/* A module counts since it was loaded, just before; a program since long ago. */
	if (row->hook.bpf)
		before = start.missed;
	/* Of many, all but the last in the cheapest way: it is only their number that counts. */
	if (warm > WARM_UP)
		exits_run(&(struct exits){ .kind = EXIT_CLONE, .n = warm - WARM_UP });
	exits_run(&(struct exits){ .kind = kind, .n = warm < WARM_UP ? warm : WARM_UP });
	exits_run(&(struct exits){ .kind = kind, .n = timed, .ticks = write ? ticks : NULL });
	end = count_both(row);
	hits = end.hits - start.hits;
	records = uses_stream(row) ? drain() : end.read - start.read;
	if (!wrong)
		wrong = check_row(row, hits, end.reached - start.reached, records);

	if (write)
		bootwrite_block(boot, row->id, &(struct block) {
			.nr = nr,
			.exits = end.exits - start.exits,
			.hits = end.hits < 0 ? NOT_TOLD : hits,
			.missed = end.missed < 0 ? NOT_TOLD : end.missed - before,
			.proof = wrong,
			.n = timed,
			.ticks = ticks,
		});
	free(wrong);
}

/* From the row's attach to its detach; without @write one short block is enough. */
static void run_row(struct measured_row *row, size_t round, int64_t *ticks, bool write)
{
	char *wrong = proof_check(NULL);
	size_t nr_blocks = write ? blocks : 1;

	if (!attach(row)) {
		if (write)
			die("%s: refused by the kernel that took it before", row->id);
		free(wrong);
		return;
	}
	if (!wrong)
		wrong = proof_check(&row->hook);
	for (size_t b = 0; b < nr_blocks; b++) {
		run_block(row, round * blocks + b, b || !write ? WARM_UP : warm_up, ticks,
			  wrong ? xstrdup(wrong) : NULL, write);
	}
	free(wrong);
	detach(row);
}

/* Of the row, with its hook attached. */
static void count_traps(struct measured_row *row)
{
	if (!attach(row))
		return;
	traps_count(boot, row->id);
	detach(row);
}

static void write_line_of(const char *path, const char *key)
{
	char *text = must_read(path);

	fprintf(boot, "env\t%s\t%.*s\n", key, (int)strcspn(text, "\n"), text);
	free(text);
}

static void write_env(void)
{
	struct utsname uts;

	uname(&uts);
	bootwrite_head(boot, uts.release);
	fprintf(boot, "env\tkernel version\t%s\n", uts.version);
	write_line_of("/proc/cmdline", "kernel command line");
	write_line_of("/sys/devices/system/clocksource/clocksource0/current_clocksource",
		      "clocksource");
	fprintf(boot, "env\tscheduler\t%s\n", scheduler.s ?: "as shipped");
	bootwrite_env(boot);
}

static void write_row(const struct measured_row *row)
{
	const struct hook *hook = &row->hook;
	const char *output = "-";

	if (row->output)
		output = row->output->name;
	else if (row != &rows[0])
		output = "control";
	fprintf(boot, "row\t%s\t%s\t%s\t%s\t%s\t%s\n", row->id, hook->name,
		hook->mechanism, hook->flavour, row->site, output);
	if (row->skip)
		fprintf(boot, "skip\t%s\t%s\n", row->id, row->skip);
}

static void fill_log(void)
{
	static const char line[] = "<6>measure: name [measure], pid [20000], exit_code [100]";
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		die("cannot open /dev/kmsg: %s", strerror(errno));
	for (int i = 0; i < LOG_LINES; i++) {
		if (write(fd, line, sizeof(line) - 1) < 0)
			die("cannot write to /dev/kmsg: %s", strerror(errno));
	}
	close(fd);
}

static void *park(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/*
 * Threads of this process that stay for good. All memory is locked, and a locked
 * stack is there as a whole: a small one will do.
 */
static void park_threads(size_t n)
{
	pthread_attr_t attr;
	pthread_t thread;

	if (pthread_attr_init(&attr) || pthread_attr_setstacksize(&attr, STACK) ||
	    pthread_setattr_default_np(&attr))
		die("cannot set the size of a thread's stack");
	while (n--) {
		int err = pthread_create(&thread, NULL, park, NULL);

		if (err)
			die("pthread_create: %s", strerror(err));
	}
}

/*
 * A new thread may run at once or when we wait for it, as the scheduler's accounts
 * stand, and the two cost differently; and it may wake us before it is gone. A
 * task of this policy does not preempt the one that wakes it up.
 */
static void take_turns(void)
{
	const struct sched_param param = { .sched_priority = 0 };

	if (sched_setscheduler(0, SCHED_BATCH, &param))
		die("cannot change the scheduling policy: %s", strerror(errno));
}

/* Without what makes the scheduler's part in an exit depend on what was before. */
static void be_steady(void)
{
	static const char *const unsteady[] = { DELAY_DEQUEUE, UTIL_EST };

	for (size_t i = 0; i < ARRAY_SIZE(unsteady); i++)
		if (scheduler_feature(unsteady[i], false))
			text_add(&scheduler, "%sNO_%s", scheduler.len ? " " : "", unsteady[i]);
}

int main(int argc, char **argv)
{
	size_t round, i;
	int64_t *ticks;

	options_parse(&program, argc, argv);
	if (!only_clock && (!modules || !boot_path))
		options_wrong(&program, "%s is missing", modules ? "--out" : "--modules");
	check_clock();
	if (only_clock)
		return 0;
	boot = fopen(boot_path, "we");
	if (!boot)
		die("cannot create %s: %s", boot_path, strerror(errno));
	setvbuf(boot, NULL, _IOFBF, 1 << 20);

	stream = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (stream < 0)
		die("cannot open /dev/null: %s", strerror(errno));
	hooks_each_row(build_row);
	ticks = xcalloc(timed, sizeof(*ticks));
	memset(ticks, 0xff, timed * sizeof(*ticks));	/* no page fault later */
	be_steady();
	write_env();
	switch_console(false);
	fill_log();
	if (traced)
		symbols_begin();
	for (i = 0; i < nr_rows; i++)
		if (rows[i].hook.bpf)
			start_bpf(&rows[i]);
	if (kind == EXIT_THREAD || threads)
		park_threads(threads);
	quiet_machine();
	if (kind == EXIT_THREAD)
		take_turns();
	proof_begin(crowded);

	/* A round that does not count: first uses, and which rows there are. */
	for (i = 0; i < nr_rows; i++) {
		if (!rows[i].skip)
			run_row(&rows[i], 0, ticks, false);
	}
	for (i = 0; i < nr_rows; i++)
		write_row(&rows[i]);

	for (round = 0; round < rounds; round++) {
		for (i = 0; i < nr_rows; i++) {
			struct measured_row *row = &rows[(i + round) % nr_rows];

			if (!row->skip)
				run_row(row, round, ticks, true);
		}
		fprintf(stderr, "round %zu of %zu\n", round + 1, rounds);
	}

	if (!no_traps && traps_begin(TRACEFS)) {
		for (i = 0; i < nr_rows; i++) {
			if (!rows[i].skip)
				count_traps(&rows[i]);
		}
		traps_end();
	}

	switch_console(true);
	scheduler_feature(DELAY_DEQUEUE, true);
	scheduler_feature(UTIL_EST, true);
	fputs("end\n", boot);
	if (ferror(boot) || fclose(boot))
		die("cannot write %s: %s", boot_path, strerror(errno));
	return 0;
}
