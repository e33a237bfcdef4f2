// SPDX-License-Identifier: GPL-2.0
/*
 * peers_see: what the other tools that report exits see, and what they miss.
 *
 * Runs each peer of the registry in a guest of any number of CPUs, and prints lines
 * of tables (TSV, without headers), each behind the name of its table and a colon:
 *
 *   storm      kernel peer mode cpus exits reported admitted_lost vanished reason
 *   cases      kernel peer mode case verdict says
 *   reach      peer mode options oldest_kernel fields needs second_user
 *
 * While cases and reach run, somebody else sits on the site before the peer comes.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "guest.h"
#include "kfile.h"
#include "peer.h"
#include "peers_list.h"
#include "util.h"

/* Between two looks at a peer, in microseconds. */
#define POLL		100000

/* Exits to count while somebody else sits on the site, too. */
#define FEW		200

/* The cases whose outcome is a race, and how often each is run. */
#define RACE		"together-"
#define RACES		10

/* What a tool said of a process is quoted up to so many lines. */
#define MOST_LINES	3

/* Both a function tracer and a breakpoint's user: what most tracers are. */
#define SECOND_USER \
	"echo 'p:second/user do_exit' >$T/kprobe_events && echo 1 >$T/events/second/user/enable && " \
	"mkdir -p $T/instances/second && echo do_exit >$T/instances/second/set_ftrace_filter && " \
	"echo function >$T/instances/second/current_tracer"
#define NO_SECOND_USER \
	"echo nop >$T/instances/second/current_tracer; rmdir $T/instances/second; " \
	"echo 0 >$T/events/second/user/enable; echo '-:second/user' >>$T/kprobe_events"

/* What wait(2) said of one process. */
struct truth {
	char *name;		/* of the case */
	long pid;
	long status;
};

/* What a peer said of one task. */
struct said {
	long id;
	bool has_status;
	long status;
	long mask;
};

enum verdict {
	RIGHT,
	NO_STATUS,
	MISSING,
	WRONG,			/* the worst of a case counts */
	NR_VERDICTS
};

static const char *const verdict_names[NR_VERDICTS] = {
	[RIGHT] = "right", [NO_STATUS] = "no-status", [MISSING] = "missing", [WRONG] = "wrong",
};

static struct utsname uts;
static long cpus;
static size_t nr_storm = 100000;
static const char *cgroup;
static bool refused;		/* the last peer did not start */

static void rest(void)
{
	usleep(POLL);
}

static const struct pace pace = {
	.rest = rest,
	.max_start = 1800,
	.max_stop = 600,
	.limit = "180 s",
};

static void print_names(const char *table, const struct peer *peer)
{
	printf("%s:%s\t%s\t%s", table, uts.release, peer->name, peer->mode);
}

/* Every exit of a storm with all CPUs busy: reported, admitted to be lost, or gone. */
static void test_storm(const struct peer *peer, const char *wrong, bool alone)
{
	int64_t exits, made, reported, lost, vanished;
	char *trouble;
	char *command;

	(void)alone;
	print_names("storm", peer);
	printf("\t%ld", cpus);
	if (wrong) {
		printf("\t-\t-\t-\t-\t%s\n", wrong);
		return;
	}
	command = xasprintf("exec $B/storm --kind clone --count %zu --jobs %ld --pin --comm " STORM_COMM,
			    nr_storm, cpus);
	exits = exits_so_far();
	made = peer_number(command);
	exits = exits_so_far() - exits;
	free(command);
	if (made < 0)
		die("the storm failed");
	peer_settle(&pace);
	trouble = peer_stop(&pace);
	/* The storm's own process has the name, too. */
	if (peer->named)
		exits = made + 1;
	reported = peer_number(peer->count);
	lost = peer_number(peer->lost);
	if (reported < 0) {
		printf("\t%" PRId64 "\t-\t-\t-\t%s\n", exits,
		       trouble ?: "its output has no number of exits");
		free(trouble);
		return;
	}
	vanished = exits - reported - (lost > 0 ? lost : 0);
	printf("\t%" PRId64 "\t%" PRId64, exits, reported);
	if (lost < 0)
		printf("\t-");
	else
		printf("\t%" PRId64, lost);
	printf("\t%" PRId64 "\t%s\n", vanished > 0 ? vanished : 0, trouble ?: "-");
	free(trouble);
}

static void print_reach(const struct peer *peer)
{
	printf("reach:%s\t%s\t%s\t%s\t%s\t%s\t", peer->name, peer->mode, peer->options,
	       peer->since, peer->fields, peer->needs);
}

/* The list that a case belongs to, beside being one of its own: "exit-all". */
static char *list_of(const char *name)
{
	static const char *const lists[] = { "exit-", "signal-", "core-" };

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		if (!strncmp(name, lists[i], strlen(lists[i])))
			return xasprintf("%sall", lists[i]);
	}
	return xstrdup(name);
}

/* The lines that a command prints, as words of at most @max. */
static void each_line(const char *command, void (*take)(char **words, size_t n))
{
	/* A name may have any bytes in it. */
	char *plain = xasprintf("export LC_ALL=C; %s", command);
	FILE *f = popen(plain, "re");
	char *line = NULL;
	size_t size = 0;

	if (!f)
		die("popen: %s", command);
	while (getline(&line, &size, f) > 0) {
		char *words[4], *at = line;
		size_t n = 0;

		line[strcspn(line, "\n")] = '\0';
		while (n < ARRAY_SIZE(words) && (words[n] = strsep(&at, " "))) {
			if (*words[n])
				n++;
		}
		take(words, n);
	}
	free(line);
	free(plain);
	pclose(f);
}

static struct truth *truths;
static size_t nr_truths;
static struct said *saids;
static size_t nr_saids;
static char **names;
static size_t nr_names;

static void take_name(char **words, size_t n)
{
	if (n != 1)
		return;
	GROW(names, nr_names);
	names[nr_names++] = xstrdup(words[0]);
}

static void take_truth(char **words, size_t n)
{
	if (n != 4 || strcmp(words[0], "process"))
		return;
	GROW(truths, nr_truths);
	truths[nr_truths++] = (struct truth){
		.name = xstrdup(words[1]), .pid = atol(words[2]), .status = atol(words[3]),
	};
}

static void take_said(char **words, size_t n)
{
	bool has = n >= 2 && strcmp(words[1], "-");

	if (n < 2)
		return;
	GROW(saids, nr_saids);
	saids[nr_saids++] = (struct said){
		.id = atol(words[0]), .has_status = has,
		.status = has ? strtol(words[1], NULL, 0) : 0,
		.mask = n >= 3 ? strtol(words[2], NULL, 0) : 0xffff,
	};
}

/* What the peer said of one process; @says gets it as text if that was wrong. */
static enum verdict judge_process(const struct truth *truth, char **says)
{
	const struct said *last = NULL;
	struct text all = { 0 };
	size_t lines = 0;

	for (size_t i = 0; i < nr_saids; i++) {
		if (saids[i].id != truth->pid)
			continue;
		last = &saids[i];
		if (last->has_status)
			text_add(&all, "%s0x%lx", lines ? " and " : "", last->status);
		lines++;
	}
	if (!lines || (lines == 1 && last->has_status &&
		       !((last->status ^ truth->status) & last->mask))) {
		text_free(&all);
		return lines ? RIGHT : MISSING;
	}
	if (!last->has_status) {
		text_free(&all);
		return NO_STATUS;
	}
	/* Which thread comes last is a race: its code would differ from run to run. */
	if (!strncmp(truth->name, RACE, strlen(RACE)))
		*says = xstrdup(lines > 1 ? "a line for each thread" : "another thread's code");
	else if (lines > MOST_LINES)
		*says = xasprintf("%zu lines for 0x%lx", lines, truth->status);
	else
		*says = xasprintf("%s for 0x%lx", all.s, truth->status);
	text_free(&all);
	return WRONG;
}

static void judge_case(const struct peer *peer, const char *name)
{
	enum verdict worst = RIGHT;
	size_t total = 0;
	char *first = NULL;

	for (size_t i = 0; i < nr_truths; i++) {
		char *list = list_of(truths[i].name), *says = NULL;
		bool belongs = !strcmp(truths[i].name, name) || !strcmp(list, name);
		enum verdict v;

		free(list);
		if (!belongs)
			continue;
		v = judge_process(&truths[i], &says);
		total++;
		worst = v > worst ? v : worst;
		if (says && !first)
			first = says;
		else
			free(says);
	}
	if (!total)
		die("the case %s did not run", name);
	print_names("cases", peer);
	printf("\t%s\t%s\t%s", name, verdict_names[worst], first ?: "-");
	putchar('\n');
	free(first);
}

/* The arguments of cases: those that depend on a race at the end, and often. */
static char *case_list(void)
{
	struct text first = { 0 }, often = { 0 };
	char *list;

	if (!nr_names)
		each_line("$B/cases --list", take_name);
	for (size_t i = 0; i < nr_names; i++)
		text_add(strncmp(names[i], RACE, strlen(RACE)) ? &first : &often, " %s", names[i]);
	list = xasprintf("%s --repeat %d%s", first.s, RACES, often.s);
	text_free(&first);
	text_free(&often);
	return list;
}

/* Every way to end a process, and a few exits more to count. */
static void test_truth(const struct peer *peer, const char *wrong, bool alone)
{
	char *list = case_list(), *command;
	int64_t exits, made, reported;
	size_t i;

	if (wrong) {
		for (i = 0; alone && i < nr_names; i++) {
			print_names("cases", peer);
			printf("\t%s\t-\t%s\n", names[i], wrong);
		}
		free(list);
		return;
	}
	nr_truths = 0;
	nr_saids = 0;
	exits = exits_so_far();
	command = xasprintf("exec $B/cases --cgroup %s%s", cgroup, list);
	each_line(command, take_truth);
	free(command);
	free(list);
	command = xasprintf("exec $B/storm --count %d --comm " STORM_COMM, FEW);
	made = peer_number(command);
	free(command);
	if (made < 0)
		die("the storm failed");
	exits = exits_so_far() - exits;
	peer_settle(&pace);
	free(peer_stop(&pace));
	if (peer->codes)
		each_line(peer->codes, take_said);
	for (i = 0; i < nr_names; i++)
		judge_case(peer, names[i]);

	/* Threads are not processes: of the whole, only the named exits are known. */
	if (peer->named)
		exits = made + 1;
	reported = peer_number(peer->count);
	if (alone)
		return;
	print_reach(peer);
	if (reported >= exits)
		puts("yes");
	else
		printf("no: %" PRId64 " of %" PRId64 " reported\n", reported, exits);
}

static void attach_and(const struct peer *peer,
		       void (*test)(const struct peer *peer, const char *wrong, bool alone),
		       bool alone)
{
	char *wrong = peer_start(peer, &pace);

	if (wrong && !alone) {
		print_reach(peer);
		printf("no: %s\n", wrong);
	}
	test(peer, wrong, alone);
	fflush(stdout);
	free(peer_stop(&pace));
	free(peer_undo(peer));
	fprintf(stderr, "peer %td of %zu: %s, %s%s%s\n", peer - peers + 1, nr_peers, peer->name,
		peer->mode, wrong ? ": " : "", wrong ?: "");
	refused = wrong != NULL;
	free(wrong);
}

/* First beside somebody else; if that is why it does not start, by itself. */
static void run_truth(const struct peer *peer)
{
	char *said;

	if (!peer_sh(SECOND_USER, &said))
		die("the second user: %s", said);
	free(said);
	attach_and(peer, test_truth, false);
	peer_sh(NO_SECOND_USER, NULL);
	if (refused)
		attach_and(peer, test_truth, true);
}

static void run_storm(const struct peer *peer)
{
	if (peer->counts) {
		print_names("storm", peer);
		printf("\t%ld\t-\t-\t-\t-\tcounts in the kernel: no record to lose\n", cpus);
		/* What is in the buffer now would be in that of each child, too. */
		fflush(stdout);
		return;
	}
	attach_and(peer, test_storm, true);
}

static const struct test {
	const char *name;
	void (*run)(const struct peer *peer);
} tests[] = {
	{ "storm", run_storm },
	{ "truth", run_truth },
};

static const char help[] =
"usage: peers_see --modules DIR --programs DIR [OPTION]... TEST\n"
"\n"
"Run every peer of the registry against a TEST and print lines of tables:\n"
"\n"
"  storm    exits with all CPUs busy: how many does it report, say to be lost, lose?\n"
"  truth    every way to end a process: does it say what wait(2) says? And does it\n"
"           work beside others on the same site?\n"
"\n"
"  --modules DIR      DIR/VARIANT/procmon.ko are the modules\n"
"  --programs DIR     where procmon, storm and cases are\n"
"  --cgroup DIR       cgroup with a small memory.max, for the test truth\n"
"  --exits N          of a storm (default 100000)\n"
"  --only TEXT        only peers with this in their name or mode\n"
"  --help             this text\n";

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "modules",	required_argument, NULL, 'm' },
		{ "programs",	required_argument, NULL, 'p' },
		{ "cgroup",	required_argument, NULL, 'c' },
		{ "exits",	required_argument, NULL, 'n' },
		{ "only",	required_argument, NULL, 'O' },
		{ "help",	no_argument,	   NULL, 'h' },
		{ }
	};
	const char *modules = NULL, *programs = NULL, *only = "";
	size_t i, t;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'm':
			modules = optarg;
			break;
		case 'p':
			programs = optarg;
			break;
		case 'c':
			cgroup = optarg;
			break;
		case 'n':
			nr_storm = parse_number("exits", optarg, 1000000000);
			break;
		case 'O':
			only = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return 0;
		default:
			fputs(help, stderr);
			return 2;
		}
	}
	if (!modules || !programs || optind != argc - 1) {
		fputs(help, stderr);
		return 2;
	}
	peer_environment(modules, programs);
	uname(&uts);
	cpus = sysconf(_SC_NPROCESSORS_ONLN);

	for (t = 0; strcmp(tests[t].name, argv[optind]); t++) {
		if (t == ARRAY_SIZE(tests) - 1)
			die("no test \"%s\"; see --help", argv[optind]);
	}
	if (tests[t].run == run_truth && !cgroup)
		die("the test truth needs --cgroup");
	for (i = 0; i < nr_peers; i++) {
		if (peers[i].count &&
		    (strstr(peers[i].name, only) || strstr(peers[i].mode, only)))
			tests[t].run(&peers[i]);
	}
	return 0;
}
