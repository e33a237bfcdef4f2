// SPDX-License-Identifier: GPL-2.0
/*
 * peers_test: what the other tools that report exits see, and what they miss.
 *
 * Runs each mode of the tool files in a guest of any number of CPUs, and prints lines
 * of tables (TSV, without headers), each behind the name of its table and a colon:
 *
 *   storm      kernel peer mode cpus exits reported repeated admitted_lost vanished reason
 *   cases      kernel peer mode case verdict says
 *   reach      peer mode hook output unit bare tells options oldest_kernel fields
 *              needs second_user
 *
 * While cases and reach run, somebody else sits on the site before the peer comes.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "guest/guest.h"
#include "lib/kfile.h"
#include "lib/options.h"
#include "lib/util.h"
#include "peers/peer.h"
#include "peers/tools.h"

/* Between two looks at a peer, in microseconds. */
#define POLL		100000

/* So many processes of a job are there before the first is awaited. */
#define WAVE		10

/* The process ids of what exits, written by those who make it. */
#define STORM_IDS	"/tmp/ids.storm"
#define FEW_IDS		"/tmp/ids.few"

/* The most that Linux takes: no id comes twice in a storm. */
#define PID_MAX		4194304

/* Exits to count while somebody else sits on the site, too. */
#define FEW		200

/* The cases whose outcome is a race, and how often each is run. */
#define RACE		"together-"
#define RACES		20

/* What a tool said of a process is quoted up to so many lines. */
#define MOST_LINES	3

/*
 * Both a function tracer and a user of kprobes: what most tracers are. In a buffer of
 * its own: to remove a probe empties each buffer that it was enabled in.
 */
#define SECOND		"$T/instances/second"
#define SECOND_USER \
	"echo 'p:second/user do_exit' >>$T/kprobe_events && mkdir -p " SECOND " && " \
	"echo 1 >" SECOND "/events/second/user/enable && " \
	"echo do_exit >" SECOND "/set_ftrace_filter && echo function >" SECOND "/current_tracer"
#define NO_SECOND_USER \
	"echo nop >" SECOND "/current_tracer && echo 0 >" SECOND "/events/second/user/enable && " \
	"echo '-:second/user' >>$T/kprobe_events && rmdir " SECOND

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

/* The facts of a line of reach, without what stands behind the last tab. */
static void print_facts(const struct peer *peer)
{
	printf("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", peer->name, peer->mode,
	       peer->hook, peer->output, peer->unit, peer->bare, peer->tells, peer->options,
	       peer->oldest_kernel, peer->fields, peer->needs);
}

static void print_reach(const struct peer *peer)
{
	printf("reach:");
	print_facts(peer);
	putchar('\t');
}

/* Is the case this one, or one of this list: "exit-5" of "exit-all"? */
static bool belongs(const char *name, const char *list)
{
	const char *all = strstr(list, "-all");

	return !strcmp(name, list) || (all && !strncmp(name, list, (size_t)(all + 1 - list)));
}

static void each_line(const char *command, void (*take)(const char *line))
{
	/* A name may have any bytes in it. */
	char *plain = xasprintf("export LC_ALL=C; %s", command);
	FILE *f = popen(plain, "re");
	char *line = NULL;
	size_t size = 0;

	if (!f)
		die("popen: %s", command);
	while (getline(&line, &size, f) > 0)
		take(line);
	if (pclose(f))
		die("it failed: %s", command);
	free(line);
	free(plain);
}

static struct truth *truths;
static size_t nr_truths;
static struct said *saids;
static size_t nr_saids;
static char **names;
static size_t nr_names;

static void take_name(const char *line)
{
	GROW(names, nr_names);
	names[nr_names++] = xasprintf("%.*s", (int)strcspn(line, "\n"), line);
}

static void take_truth(const char *line)
{
	struct truth truth;

	if (sscanf(line, "process %ms %ld %ld", &truth.name, &truth.pid, &truth.status) != 3)
		return;
	GROW(truths, nr_truths);
	truths[nr_truths++] = truth;
}

static void take_said(const char *line)
{
	struct said said = { .mask = 0xffff };
	char status[32];

	if (sscanf(line, "%ld %31s %li", &said.id, status, &said.mask) < 2)
		return;
	said.has_status = strcmp(status, "-");
	said.status = strtol(status, NULL, 0);
	GROW(saids, nr_saids);
	saids[nr_saids++] = said;
}

static void take_codes(const struct peer *peer)
{
	char *command = peer_command(peer, PEER_CODES);

	each_line(command, take_said);
	free(command);
}

/* What was left of the exits of a storm. */
struct left {
	int64_t exits;
	int64_t reported;	/* of these, at least once */
	int64_t repeated;	/* reports of one that had been reported before */
};

/* What the peer said of the processes whose ids the storm has written to a file. */
static struct left count_ids(const char *path)
{
	enum { NOT_OURS, EXITED, REPORTED };
	unsigned char *ids = xcalloc(PID_MAX, sizeof(*ids));
	char *text = must_read(path), *at = text, *end;
	struct left left = { 0 };

	for (; *at; at = end + 1) {
		long id = strtol(at, &end, 10);

		if (*end != '\n' || id <= 0 || id >= PID_MAX)
			die("%s: not a list of process ids", path);
		ids[id] = EXITED;
		left.exits++;
	}
	for (size_t i = 0; i < nr_saids; i++) {
		long id = saids[i].id;

		if (id <= 0 || id >= PID_MAX || ids[id] == NOT_OURS)
			continue;
		left.reported += ids[id] == EXITED;
		left.repeated += ids[id] == REPORTED;
		ids[id] = REPORTED;
	}
	free(text);
	free(ids);
	return left;
}

/* @n exits, whose process ids will be in the file @ids. */
static void make_exits(size_t n, const char *how, const char *ids)
{
	char *command = xasprintf("exec $B/storm --count %zu %s --comm " STORM_COMM " --ids %s",
				  n, how, ids);

	if (!peer_sh(command, NULL))
		die("the storm failed");
	free(command);
}

/* With all CPUs busy. */
static void make_storm(void)
{
	char *how = xasprintf("--kind clone --jobs %ld --pin --wave %d", cpus, WAVE);

	make_exits(nr_storm, how, STORM_IDS);
	free(how);
}

/* Every exit of the storm: reported, admitted to be lost, or gone. */
static void judge_storm(const struct peer *peer, const char *trouble)
{
	struct left left = count_ids(STORM_IDS);
	int64_t lost = peer_number(peer, PEER_LOST);
	int64_t missing = left.exits - left.reported, vanished = missing - (lost > 0 ? lost : 0);
	const char *why = vanished > 0 ? peer->loses : NULL;

	print_names("storm", peer);
	printf("\t%ld\t%" PRId64 "\t%" PRId64 "\t%" PRId64, cpus, left.exits, left.reported,
	       left.repeated);
	if (lost < 0)
		printf("\t-");
	else
		printf("\t%" PRId64, lost);
	/* Then nobody knows how many of what it lost were exits. */
	if (vanished < 0)
		printf("\t-\t%s\n", trouble ?: "it admits more than is missing: other events, too");
	else
		printf("\t%" PRId64 "\t%s\n", vanished, trouble ?: why ?: "-");
}

static void print_no_storm(const struct peer *peer, const char *why)
{
	print_names("storm", peer);
	printf("\t%ld\t-\t-\t-\t-\t-\t%s\n", cpus, why);
}

/* What the peer said of one process; @says gets it as text if that was wrong. */
static enum verdict judge_process(const struct truth *truth, char **says)
{
	const struct said *last = NULL;
	enum verdict v = WRONG;
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
	if (!lines)
		v = MISSING;
	else if (!last->has_status)
		v = NO_STATUS;
	else if (lines == 1 && !((last->status ^ truth->status) & last->mask))
		v = RIGHT;
	else if (!strncmp(truth->name, RACE, strlen(RACE)))
		/* Which thread comes last is a race: its code would differ from run to run. */
		*says = xstrdup(lines > 1 ? "a line for each thread" : "another thread's code");
	else if (lines > MOST_LINES)
		*says = xasprintf("%zu lines for 0x%lx", lines, truth->status);
	else
		*says = xasprintf("%s for 0x%lx", all.s, truth->status);
	text_free(&all);
	return v;
}

static void judge_case(const struct peer *peer, const char *name)
{
	/* One that counts in the kernel has nothing to say of any. */
	enum verdict worst = peer->has[PEER_CODES] ? RIGHT : MISSING;
	size_t total = 0;
	char *first = NULL;

	for (size_t i = 0; i < nr_truths; i++) {
		char *says = NULL;
		enum verdict v;

		if (!belongs(truths[i].name, name))
			continue;
		v = judge_process(&truths[i], &says);
		total++;
		worst = v > worst ? v : worst;
		if (says && !first)
			first = says;
		else
			free(says);
	}
	if (!total && peer->has[PEER_CODES])
		die("the case %s did not run", name);
	print_names("cases", peer);
	printf("\t%s\t%s\t%s\n", name, verdict_names[worst], first ?: "-");
	free(first);
}

/* The arguments of cases: those that depend on a race at the end, and often. */
static char *case_list(void)
{
	struct text first = { 0 }, often = { 0 };
	char *list;

	for (size_t i = 0; i < nr_names; i++)
		text_add(strncmp(names[i], RACE, strlen(RACE)) ? &first : &often, " %s", names[i]);
	list = xasprintf("%s --repeat %d%s", first.s, RACES, often.s);
	text_free(&first);
	text_free(&often);
	return list;
}

/* Every way to end a process. */
static void make_cases(void)
{
	char *list = case_list();
	char *command = xasprintf("exec $B/cases --cgroup %s%s", cgroup, list);

	each_line(command, take_truth);
	free(command);
	free(list);
}

/*
 * Did it see the FEW exits beside somebody else? One that names none: at least the
 * @exits of all tasks meanwhile.
 */
static void judge_reach(const struct peer *peer, int64_t exits)
{
	struct left left = { .exits = exits };

	if (peer->has[PEER_CODES])
		left = count_ids(FEW_IDS);
	else
		left.reported = peer_number(peer, PEER_COUNT);
	print_reach(peer);
	if (left.reported < 0)
		puts("no: its output has no number of exits");
	else if (left.reported >= left.exits)
		puts("yes");
	else
		printf("no: %" PRId64 " of %" PRId64 " reported\n", left.reported, left.exits);
}

static void second_user(bool there)
{
	char *said;

	if (!peer_sh(there ? SECOND_USER : NO_SECOND_USER, &said))
		die("the second user: %s", said);
	free(said);
}

/*
 * Start a peer, @beside somebody else if that works. Return why it did not start, or
 * NULL; @beside says whether somebody else is there.
 */
static char *start(const struct peer *peer, bool *beside)
{
	char *wrong;

	if (*beside)
		second_user(true);
	wrong = peer_start(peer);
	if (!wrong || !*beside)
		return wrong;
	print_reach(peer);
	printf("no: %s\n", wrong);
	free(wrong);
	free(peer_stop());
	free(peer_undo(peer));
	second_user(false);
	*beside = false;
	return peer_start(peer);
}

static void print_refused(const struct peer *peer, bool cases, bool storm, const char *why)
{
	for (size_t i = 0; cases && i < nr_names; i++) {
		print_names("cases", peer);
		printf("\t%s\t-\t%s\n", names[i], why);
	}
	if (storm)
		print_no_storm(peer, why);
}

/* The tests that are wanted, while it is attached, and then what it said. */
static void test(const struct peer *peer, bool cases, bool storm, bool beside)
{
	int64_t exits = exits_so_far();
	char *trouble;

	nr_truths = 0;
	if (cases && peer->has[PEER_CODES])
		make_cases();
	if (cases)
		make_exits(FEW, "", FEW_IDS);
	exits = exits_so_far() - exits;
	if (beside)
		second_user(false);
	if (storm)
		make_storm();
	peer_settle();
	trouble = peer_stop();

	nr_saids = 0;
	if (peer->has[PEER_CODES])
		take_codes(peer);
	for (size_t i = 0; cases && i < nr_names; i++)
		judge_case(peer, names[i]);
	if (beside)
		judge_reach(peer, exits);
	if (storm)
		judge_storm(peer, trouble);
	free(trouble);
}

/* Attach a peer once. */
static void see(const struct peer *peer, bool cases, bool storm)
{
	bool beside = cases;
	char *wrong;

	if (storm && !peer->has[PEER_CODES]) {
		print_no_storm(peer, "counts in the kernel: no record to lose");
		storm = false;
	}
	/* What is in the buffer now would be in that of each child, too. */
	fflush(stdout);
	if (!cases && !storm)
		return;
	wrong = start(peer, &beside);
	if (wrong)
		print_refused(peer, cases, storm, wrong);
	else
		test(peer, cases, storm, beside);
	fflush(stdout);
	free(peer_stop());
	free(peer_undo(peer));
	fprintf(stderr, "peer %td of %zu: %s, %s%s%s\n", peer - peers + 1, nr_peers, peer->name,
		peer->mode, wrong ? ": " : "", wrong ?: "");
	free(wrong);
}

static const char *tools, *modules, *programs, *only = "";
static bool list;

static const struct option_entry options[] = {
	OPTIONS_TEXT("tools", 0, "DIR", &tools, "the folder of the tool files"),
	OPTIONS_TEXT("modules", 0, "DIR", &modules, "DIR/VARIANT/procmon.ko are the modules"),
	OPTIONS_TEXT("programs", 0, "DIR", &programs,
		     "where procmon, taskstats, storm and cases are"),
	OPTIONS_TEXT("cgroup", 0, "DIR", &cgroup,
		     "cgroup with a small memory.max, for the test cases"),
	OPTIONS_NUMBER("exits", 0, "N", &nr_storm, 1, 3000000, "of a storm (default 100000)"),
	OPTIONS_TEXT("only", 0, "TEXT", &only, "only peers with this in their name or mode"),
	OPTIONS_FLAG("list", 0, &list, "print the peers, with the columns of reach, and no more"),
	{ }
};

static const struct program program = {
	.name = "peers_test",
	.usage = "--tools DIR --modules DIR --programs DIR [OPTION]... TEST...\n"
		 "--tools DIR --list",
	.about =
"Attach every peer, which is a mode of a tool in the tool files, run one TEST or both\n"
"and print lines of tables:\n"
"\n"
"  cases    every way to end a process: does it say what wait(2) says? And does it\n"
"           work beside others on the same site?\n"
"  storm    then exits with all CPUs busy, without those others: how many does it\n"
"           report, say to be lost, lose?",
	.options = options,
	.args = "TEST",
};

static void print_list(void)
{
	for (size_t i = 0; i < nr_peers; i++) {
		if (!peer_matches(&peers[i], only))
			continue;
		print_facts(&peers[i]);
		putchar('\n');
	}
}

int main(int argc, char **argv)
{
	int arg = options_parse(&program, argc, argv);
	bool cases = false, storm = false;

	for (; arg < argc; arg++) {
		if (!strcmp(argv[arg], "cases"))
			cases = true;
		else if (!strcmp(argv[arg], "storm"))
			storm = true;
		else
			options_wrong(&program, "%s: no such test", argv[arg]);
	}
	if (!tools || (!list && (!modules || !programs)))
		options_wrong(&program, "--tools, --modules and --programs are needed");
	if (!list && !cases && !storm)
		options_wrong(&program, "TEST is missing");
	if (cases && !cgroup)
		options_wrong(&program, "the test cases needs --cgroup");
	peer_begin(tools, modules ?: "", programs ?: "", &pace);
	if (list) {
		print_list();
		return 0;
	}
	must_write("/proc/sys/kernel/pid_max", TEXT_OF(PID_MAX));
	uname(&uts);
	cpus = sysconf(_SC_NPROCESSORS_ONLN);
	if (cases)
		each_line("$B/cases --list", take_name);
	for (size_t i = 0; i < nr_peers; i++) {
		const struct peer *peer = &peers[i];

		if (!peer->has[PEER_COUNT] || !peer_matches(peer, only))
			continue;
		/* In the storm it would lose what it has of the cases. */
		if (cases && storm && peer->loses) {
			see(peer, true, false);
			see(peer, false, true);
		} else {
			see(peer, cases, storm);
		}
	}
	return 0;
}
