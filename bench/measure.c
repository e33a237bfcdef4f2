// SPDX-License-Identifier: GPL-2.0
/*
 * measure: one boot's worth of measuring, in the guest.
 *
 * Attaches each hook of the registry again and again, in short blocks that take
 * turns, and writes a boot file (samples.h): what each exit took under each hook,
 * and for every block the evidence that it measured what it says.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "exits.h"
#include "hooks.h"
#include "kfile.h"
#include "util.h"

#define EVENT		TRACEFS "events/procmon/procmon_exit/enable"
#define KPROBES_LIST	DEBUGFS "kprobes/list"
#define ENABLED_FUNCS	TRACEFS "enabled_functions"
#define OPTIMIZATION	"/proc/sys/debug/kprobes-optimization"

/*
 * Where each block's process ids begin. Five digits from here to the end of any
 * block, so that a line of the log is always equally long.
 */
#define FIRST_PID	"20000"

/* The function that every int3 of a kprobe passes (arch/x86/kernel/kprobes). */
#define TRAP_FUNCTION	"kprobe_int3_handler"

/* Exits before the timed ones of a block: caches of the allocator refill. */
#define WARM_UP		32

/* Exits in which the traps of a row are counted, apart from the timed ones. */
#define TRAP_EXITS	100

/* More lines than the kernel's log holds, so that it wraps in every block alike. */
#define LOG_LINES	8192

/*
 * The serial console of the guest. It is detached while we measure: what a line
 * costs on a console depends on the console alone, and even one that suppresses
 * the line copies it, by a memcpy() whose path depends on the low bits of the
 * address. The column `log` is the price of the line in the kernel's log.
 */
#define CONSOLE		"/sys/class/tty/ttyS0/console"

/* One hook with one output. */
struct measured {
	char *id;
	const struct hook *hook;
	const struct output *output;	/* NULL for no hook */
	char *site;			/* as the module resolved it */
	char *skip;			/* why it cannot run here, or NULL */
};

static struct measured *rows;
static size_t nr_rows;
static const char *modules;
static FILE *out;

static void build_rows(void)
{
	size_t h, o, i;

	for (h = 0; h < nr_hooks; h++) {
		for (o = 0; o < nr_outputs; o++) {
			struct measured *row;

			if (!hooks[h].variant && o)
				break;	/* no hook, no output */
			GROW(rows, nr_rows);
			row = &rows[nr_rows++];
			*row = (struct measured) {
				.hook = &hooks[h],
				.output = hooks[h].variant ? &outputs[o] : NULL,
				.site = xstrdup(hooks[h].site),
			};
			row->id = hooks[h].variant ?
				  xasprintf("%s.%s", hooks[h].name, outputs[o].name) :
				  xasprintf("%s.%zu", hooks[h].name, h);
			for (i = 0; row->id[i]; i++) {
				if (row->id[i] == ' ')
					row->id[i] = '-';
			}
		}
	}
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static char *must_read(const char *path)
{
	char *text = kfile_read(path);

	if (!text)
		die("cannot read %s: %s", path, strerror(errno));
	return text;
}

static void must_write(const char *path, const char *text)
{
	if (!kfile_write(path, text))
		die("cannot write \"%s\" to %s: %s", text, path, strerror(errno));
}

/*
 * How many tasks have ever exited and been reaped: those that were made less
 * those that are there. Needs nothing from any hook. A task that is on its way
 * out may be counted here and not there, hence the wait until nothing moves.
 */
static int64_t exits_so_far(void)
{
	int64_t last = -1;

	for (;;) {
		char *stat = must_read("/proc/stat");
		char *loadavg = must_read("/proc/loadavg");
		int64_t made = kfile_number(stat, "processes");
		int64_t now, alive;

		if (made < 0 || sscanf(loadavg, "%*f %*f %*f %*d/%jd", &alive) != 1)
			die("/proc/stat or /proc/loadavg is not as expected");
		free(stat);
		free(loadavg);
		now = made - alive;
		if (now == last)
			return now;
		last = now;
		usleep(20000);
	}
}

/*
 * The lines of a list that are not of the function that procmon holds to keep
 * ftrace switched on (variants/handler/hold.c). Return the text, to be freed.
 */
static char *read_list(const char *path)
{
	char *text = must_read(path);
	char *held = strstr(text, "kernel_power_off ");

	if (held && (held == text || held[-1] == '\n')) {
		char *next = held + strcspn(held, "\n");

		if (*next)
			next++;
		memmove(held, next, strlen(next) + 1);
	}
	return text;
}

/* What the kernel lists of attached kprobes and traced functions; NULL if right. */
static char *check_lists(const struct hook *hook)
{
	char *kprobes = read_list(KPROBES_LIST);
	char *functions = read_list(ENABLED_FUNCS);
	bool in_kprobes = hook && hook->proof == PROOF_KPROBES;
	bool in_functions = hook && (hook->proof == PROOF_FTRACE ||
				     !strcmp(hook->tag, "[FTRACE]"));
	char *wrong = NULL;

	if (count_lines(kprobes) != in_kprobes)
		wrong = xasprintf("kprobes/list has %zu lines", count_lines(kprobes));
	else if (count_lines(functions) != in_functions)
		wrong = xasprintf("enabled_functions has %zu lines",
				  count_lines(functions));
	else if (in_kprobes && !strstr(kprobes, hook->site))
		wrong = xasprintf("kprobes/list does not name %s", hook->site);
	else if (in_functions && strncmp(functions, hook->site, strlen(hook->site)))
		wrong = xasprintf("enabled_functions does not name %s", hook->site);
	else if (in_kprobes && *hook->tag && !strstr(kprobes, hook->tag))
		wrong = xasprintf("kprobes/list does not say %s", hook->tag);
	else if (in_kprobes && !*hook->tag && strchr(kprobes, '['))
		wrong = xasprintf("kprobes/list does not show a breakpoint");
	free(kprobes);
	free(functions);
	return wrong;
}

/* Load the row's module. Return false if this kernel cannot offer the hook. */
static bool attach(struct measured *row)
{
	const struct hook *hook = row->hook;
	char *path, *params;
	bool ok = true;
	int fd;

	if (!hook->variant)
		return true;
	must_write(OPTIMIZATION, hook->optimize ? "1" : "0");
	path = xasprintf("%s/%s/procmon.ko", modules, hook->variant);
	params = xasprintf("%s %s", hook->params, row->output->params);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("cannot open %s: %s", path, strerror(errno));
	if (syscall(SYS_finit_module, fd, params, 0)) {
		if (errno != EOPNOTSUPP)
			die("cannot load %s %s: %s", path, params, strerror(errno));
		ok = false;
	}
	close(fd);
	free(path);
	free(params);
	if (ok && row->output->event)
		must_write(EVENT, "1");
	return ok;
}

static void detach(const struct measured *row)
{
	if (!row->hook->variant)
		return;
	if (row->output->event) {
		must_write(EVENT, "0");
		must_write(TRACEFS "trace", "\n");
	}
	if (syscall(SYS_delete_module, "procmon", O_NONBLOCK))
		die("cannot unload procmon: %s", strerror(errno));
}

/* Does the module say that it is what the row says? NULL if so. */
static char *check_stats(struct measured *row, const char *stats)
{
	const struct hook *hook = row->hook;
	char *mechanism = kfile_field(stats, "mechanism");
	char *flavour = kfile_field(stats, "flavour");
	char *site = kfile_field(stats, "site");
	size_t len = strlen(hook->site);
	char *wrong = NULL;

	if (!mechanism || strcmp(mechanism, hook->mechanism))
		wrong = xasprintf("the mechanism is %s", mechanism ?: "not told");
	else if (!flavour || (*hook->flavour != '-' && strcmp(flavour, hook->flavour)))
		wrong = xasprintf("the flavour is %s", flavour ?: "not told");
	else if (!site || strncmp(site, hook->site, len) ||
		 (site[len] && site[len] != '+'))
		wrong = xasprintf("the site is %s", site ?: "not told");
	else if (strcmp(site, row->site)) {
		free(row->site);
		row->site = xstrdup(site);
	}
	free(mechanism);
	free(flavour);
	free(site);
	return wrong;
}

/* A count, or a dash for one that is not told. */
static void write_count(int64_t count)
{
	if (count < 0)
		fputs("\t-", out);
	else
		fprintf(out, "\t%jd", (intmax_t)count);
}

/* One block; without @write it only warms up. */
static void run_block(struct measured *row, size_t round, size_t n, int64_t *ticks,
		      bool write)
{
	int64_t before, exits, hits = -1, missed = -1;
	char *wrong, *stats = NULL;
	size_t i;

	wrong = check_lists(NULL);
	if (!attach(row)) {
		if (write)
			die("%s: refused by the kernel that took it before", row->id);
		free(wrong);
		row->skip = xstrdup("refused by this kernel (EOPNOTSUPP)");
		return;
	}
	if (!wrong)
		wrong = check_lists(row->hook);

	must_write("/proc/sys/kernel/ns_last_pid", FIRST_PID);
	if (row->hook->variant) {
		stats = must_read(PROCMON_STATS);
		hits = kfile_number(stats, "hits");
		free(stats);
	}
	before = exits_so_far();
	exits_run(EXIT_VFORK, WARM_UP, NULL);
	exits_run(EXIT_VFORK, n, ticks);
	exits = exits_so_far() - before;

	if (row->hook->variant) {
		int64_t wanted;

		stats = must_read(PROCMON_STATS);
		if (!wrong)
			wrong = check_stats(row, stats);
		hits = kfile_number(stats, "hits") - hits;
		missed = kfile_number(stats, "missed");
		wanted = row->output->counter ?
			 kfile_number(stats, row->output->counter) : hits;
		if (!wrong && wanted < hits)
			wrong = xasprintf("%jd of %jd hits reached the output",
					  (intmax_t)wanted, (intmax_t)hits);
		free(stats);
		if (!wrong)
			wrong = check_lists(row->hook);
	}
	detach(row);

	if (write) {
		fprintf(out, "block\t%s\t%zu\t%jd", row->id, round, (intmax_t)exits);
		write_count(hits);
		write_count(missed);
		fprintf(out, "\t%s\t", wrong ?: "ok");
		for (i = 0; i < n; i++)
			fprintf(out, "%s%jd", i ? " " : "", (intmax_t)ticks[i]);
		fputc('\n', out);
	}
	free(wrong);
}

/* On a kernel where it cannot be counted there is no traps line, not a zero. */
static bool can_count_traps(void)
{
	return kfile_write(TRACEFS "set_ftrace_filter", TRAP_FUNCTION) &&
	       kfile_write(TRACEFS "current_tracer", "function");
}

/* Trace the handler of int3 and nothing else while the row's hook is attached. */
static void count_traps(struct measured *row)
{
	char *trace, *line;
	size_t traps = 0;

	if (!attach(row))
		return;
	must_write(TRACEFS "trace", "\n");
	exits_run(EXIT_VFORK, TRAP_EXITS, NULL);
	trace = must_read(TRACEFS "trace");
	for (line = trace; (line = strstr(line, ": " TRAP_FUNCTION)); line++)
		traps++;
	free(trace);
	detach(row);
	fprintf(out, "traps\t%s\t%zu\t%d\n", row->id, traps, TRAP_EXITS);
}

static void write_env(char *const *envs, size_t nr_envs)
{
	struct utsname uts;
	char *text;
	size_t i;

	uname(&uts);
	fprintf(out, "procmon-boot 1\nenv\tkernel\t%s\nenv\tkernel version\t%s\n",
		uts.release, uts.version);
	text = must_read("/proc/cmdline");
	text[strcspn(text, "\n")] = '\0';
	fprintf(out, "env\tkernel command line\t%s\n", text);
	free(text);
	text = must_read("/sys/devices/system/clocksource/clocksource0/current_clocksource");
	text[strcspn(text, "\n")] = '\0';
	fprintf(out, "env\tclocksource\t%s\n", text);
	free(text);
	for (i = 0; i < nr_envs; i++) {
		size_t key = strcspn(envs[i], "=");

		fprintf(out, "env\t%.*s\t%s\n", (int)key, envs[i], envs[i] + key + 1);
	}
}

static void write_row(const struct measured *row)
{
	const struct hook *hook = row->hook;
	const char *output = "-";

	if (row->output)
		output = row->output->name;
	else if (row != &rows[0])
		output = "control";
	fprintf(out, "row\t%s\t%s\t%s\t%s\t%s\t%s\n", row->id, hook->name,
		hook->mechanism, hook->flavour, row->site, output);
}

static void fill_log(void)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	int i;

	if (fd < 0)
		die("cannot open /dev/kmsg: %s", strerror(errno));
	for (i = 0; i < LOG_LINES; i++) {
		static const char line[] =
			"<6>measure: name [measure], pid [20000], exit_code [100]";

		if (write(fd, line, sizeof(line) - 1) < 0)
			die("cannot write to /dev/kmsg: %s", strerror(errno));
	}
	close(fd);
}

/* Ticks of a loop of 2 * @n instructions, and a little around it. */
static uint64_t loop_ticks(uint64_t n)
{
	uint64_t start = __rdtsc();

	asm volatile("1: dec %0\n\tjnz 1b" : "+r" (n));
	return __rdtsc() - start;
}

/*
 * Everything here rests on rdtsc counting instructions. Loops of two lengths
 * differ by exactly their instructions, or this is no guest of vm.sh --exact.
 * A timer interrupt may fall into one, hence the second try.
 */
static void check_clock(void)
{
	int tries;

	for (tries = 0; tries < 3; tries++) {
		if (loop_ticks(3000) - loop_ticks(1000) == 4000)
			return;
	}
	die("rdtsc does not count instructions; run under scripts/vm.sh --exact");
}

static void quiet_machine(double start_at)
{
	struct timespec start = {
		.tv_sec = (time_t)start_at,
		.tv_nsec = (long)((start_at - (time_t)start_at) * 1e9),
	};
	cpu_set_t cpu0;

	CPU_ZERO(&cpu0);
	CPU_SET(0, &cpu0);
	if (sched_setaffinity(0, sizeof(cpu0), &cpu0))
		die("cannot stay on one CPU: %s", strerror(errno));
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		die("cannot lock the memory: %s", strerror(errno));
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &start, NULL);
}

static const char help[] =
"usage: measure --modules DIR --out FILE [OPTION]...\n"
"\n"
"Measure every hook of the registry on the running kernel and write a boot file.\n"
"Meant for the guest of scripts/vm.sh --exact: it loads and unloads modules.\n"
"\n"
"  --modules DIR      DIR/VARIANT/procmon.ko are the modules\n"
"  --out FILE         the boot file\n"
"  --rounds N         blocks of each row (default 20)\n"
"  --exits N          timed exits of each block (default 200)\n"
"  --start-at SEC     begin when CLOCK_MONOTONIC says SEC (default 0: at once)\n"
"  --check-clock      only see whether rdtsc counts instructions here\n"
"  --env KEY=VALUE    one fact more for the boot file; may be repeated\n"
"  --help             this text\n";

static size_t number(const char *what, const char *s)
{
	char *end;
	unsigned long v = strtoul(s, &end, 10);

	if (end == s || *end || !v || v > 1000000)
		die("--%s takes a number from 1 to 1000000, not \"%s\"", what, s);
	return v;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "modules",	required_argument, NULL, 'm' },
		{ "out",	required_argument, NULL, 'o' },
		{ "rounds",	required_argument, NULL, 'r' },
		{ "exits",	required_argument, NULL, 'n' },
		{ "start-at",	required_argument, NULL, 's' },
		{ "check-clock", no_argument,	   NULL, 'c' },
		{ "env",	required_argument, NULL, 'e' },
		{ "help",	no_argument,	   NULL, 'h' },
		{ }
	};
	const char *path = NULL;
	size_t rounds = 20, n = 200, round, i;
	double start_at = 0;
	char **envs = NULL;
	size_t nr_envs = 0;
	int64_t *ticks;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'm':
			modules = optarg;
			break;
		case 'o':
			path = optarg;
			break;
		case 'r':
			rounds = number("rounds", optarg);
			break;
		case 'n':
			n = number("exits", optarg);
			break;
		case 's':
			start_at = strtod(optarg, NULL);
			break;
		case 'c':
			check_clock();
			return 0;
		case 'e':
			if (!strchr(optarg, '='))
				die("--env takes KEY=VALUE, not \"%s\"", optarg);
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
	if (!modules || !path || optind < argc) {
		fputs(help, stderr);
		return 2;
	}
	check_clock();
	out = fopen(path, "we");
	if (!out)
		die("cannot create %s: %s", path, strerror(errno));
	setvbuf(out, NULL, _IOFBF, 1 << 20);

	build_rows();
	ticks = xcalloc(n, sizeof(*ticks));
	memset(ticks, 0xff, n * sizeof(*ticks));	/* no page fault later */
	write_env(envs, nr_envs);
	must_write(CONSOLE, "N");
	fill_log();
	quiet_machine(start_at);

	/* A round that does not count: first uses, and which rows there are. */
	for (i = 0; i < nr_rows; i++)
		run_block(&rows[i], 0, n, ticks, false);
	for (i = 0; i < nr_rows; i++) {
		write_row(&rows[i]);
		if (rows[i].skip)
			fprintf(out, "skip\t%s\t%s\n", rows[i].id, rows[i].skip);
	}

	for (round = 0; round < rounds; round++) {
		for (i = 0; i < nr_rows; i++) {
			struct measured *row = &rows[(i + round) % nr_rows];

			if (!row->skip)
				run_block(row, round, n, ticks, true);
		}
		fprintf(stderr, "round %zu of %zu\n", round + 1, rounds);
	}

	if (can_count_traps()) {
		for (i = 0; i < nr_rows; i++) {
			if (!rows[i].skip)
				count_traps(&rows[i]);
		}
		must_write(TRACEFS "current_tracer", "nop");
		must_write(TRACEFS "set_ftrace_filter", "\n");
	}

	must_write(CONSOLE, "Y");
	fputs("end\n", out);
	if (ferror(out) || fclose(out))
		die("cannot write %s: %s", path, strerror(errno));
	return 0;
}
