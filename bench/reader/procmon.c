// SPDX-License-Identifier: GPL-2.0
/*
 * procmon: show exits as they happen, from the module's stream.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/kfile.h"
#include "lib/options.h"
#include "lib/util.h"
#include "reader/balance.h"
#include "reader/cgroup.h"
#include "reader/format.h"
#include "reader/intake.h"
#include "reader/metrics.h"
#include "reader/output.h"
#include "reader/page.h"
#include "reader/show.h"
#include "reader/source.h"
#include "reader/spool.h"
#include "reader/summary.h"
#include "reader/timeline.h"

#define NS_PER_S	1000000000

static struct {
	bool json;
	bool summary;
	bool failed;
	bool by_uid;
	uid_t uid;
	const char *comm;
	const char *cgroup;
	enum summary_by by;
	size_t pid, ppid;	/* 0: any */
	size_t count;		/* 0: no limit */
	int64_t duration_ns;	/* 0: no limit */
	int64_t interval_ns;	/* 0: at the end only */
	bool utc;
	bool timestamp;
	bool format;
	const char *since;
	uint64_t since_ns;	/* CLOCK_REALTIME; 0: all */
	const char *file;
	const char *raw;
	const char *output;
	const char *metrics;
	const char *html;
} opt;

static const struct program program;

static void take_comm(const char *name)
{
	if (strlen(name) >= PROCMON_COMM_LEN)
		options_wrong(&program, "--comm takes at most %d bytes: no task's name is longer",
			      PROCMON_COMM_LEN - 1);
	opt.comm = name;
}

static void take_uid(const char *user)
{
	bool is_number = *user >= '0' && *user <= '9';
	const struct passwd *entry = is_number ? NULL : getpwnam(user);
	unsigned long long uid;
	char *end;

	opt.by_uid = true;
	if (entry) {
		opt.uid = entry->pw_uid;
		return;
	}
	uid = strtoull(user, &end, 10);
	if (!is_number || *end || uid >= UINT32_MAX)
		options_wrong(&program,
			      "--uid takes a number from 0 to %u or the name of a user, not '%s'",
			      UINT32_MAX - 1, user);
	opt.uid = (uid_t)uid;
}

/* In nanoseconds. */
static int64_t take_seconds(const char *option, const char *seconds)
{
	char *end;
	double s = strtod(seconds, &end);

	if (strspn(seconds, "0123456789.") != strlen(seconds) || end == seconds || *end ||
	    s < 0.001 || s > 1e9)
		options_wrong(&program, "--%s takes seconds, from 0.001 to 1000000000, not '%s'",
			      option, seconds);
	return (int64_t)(s * NS_PER_S);
}

static void take_duration(const char *seconds)
{
	opt.duration_ns = take_seconds("duration", seconds);
}

static void take_interval(const char *seconds)
{
	opt.interval_ns = take_seconds("interval", seconds);
}

static void take_format(const char *fields)
{
	char *wrong;

	if (opt.format)
		options_wrong(&program, "--format is given twice: put all fields into one");
	opt.format = true;
	wrong = format_take(fields);
	if (wrong)
		options_wrong(&program, "--format: %s", wrong);
}

/* A day and a time of day, or one of them; or how many seconds, minutes, hours or days ago. */
static uint64_t parse_since(const char *text)
{
	static const char *const formats[] = {
		"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%H:%M:%S", "%H:%M",
	};
	const time_t now = time(NULL);
	char unit, more;
	unsigned int n;

	if (sscanf(text, "-%9u%c%c", &n, &unit, &more) == 2 && strchr("smhd", unit)) {
		const time_t seconds = unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : 86400;
		const time_t t = now - n * seconds;

		/* 0 would be all, too, but without a look */
		return t > 0 ? (uint64_t)t * NS_PER_S : 1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		struct tm tm;
		const char *end;
		time_t t;

		(opt.utc ? gmtime_r : localtime_r)(&now, &tm);
		tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
		end = strptime(text, formats[i], &tm);
		if (!end || *end)
			continue;
		tm.tm_isdst = -1;
		t = opt.utc ? timegm(&tm) : mktime(&tm);
		if (t > 0)
			return (uint64_t)t * NS_PER_S;
	}
	options_wrong(&program,
		      "--since takes a time as \"2026-11-27 08:30:00\", \"2026-11-27\" or \"08:30\", or as -30s, -5m, -2h, -1d, not '%s'",
		      text);
}

static const char *const summary_bys[] = {
	[SUMMARY_COMM] = "comm", [SUMMARY_CGROUP] = "cgroup", [SUMMARY_UID] = "uid",
	[SUMMARY_PROGRAM] = "program", NULL
};

static const struct option_entry options[] = {
	OPTIONS_HEADING("What is shown:"),
	OPTIONS_FLAG("json", 0, &opt.json,
		     "a JSON object a line instead of a table"),
	OPTIONS_EACH("format", 0, "FIELDS", take_format,
		     "a table of these columns, as ps -o: pid,comm,result;\n"
		     "FIELD=HEAD names one, and FIELD= has no head"),
	OPTIONS_FLAG("summary", 0, &opt.summary,
		     "no line for each exit; at the end a table by name:\n"
		     "exits, failures, age, CPU time, signals; the names\n"
		     "behind the first " TEXT_OF(SUMMARY_NAMES) " together, as [others]"),
	OPTIONS_CHOICE("by", 0, "WHAT", &opt.by, summary_bys,
		       "with --summary: by comm (default), cgroup, uid or\n"
		       "program (if the module has record=extended)"),
	OPTIONS_EACH("interval", 'i', "SECONDS", take_interval,
		     "with --summary a table of each such time, with the\n"
		     "time of day above it"),
	OPTIONS_FLAG("utc", 0, &opt.utc, "time of day in UTC"),
	OPTIONS_FLAG("timestamp", 't', &opt.timestamp,
		     "the time of day, which is there without it, too"),
	OPTIONS_FLAG("failed", 'x', &opt.failed,
		     "only exits with a status other than 0 or by a signal"),
	OPTIONS_NUMBER("pid", 'p', "PID", &opt.pid, 1, INT32_MAX,
		       "only the process of this id, with all of its threads"),
	OPTIONS_NUMBER("ppid", 0, "PID", &opt.ppid, 1, INT32_MAX,
		       "only children of the process of this id"),
	OPTIONS_EACH("comm", 0, "NAME", take_comm,
		     "only tasks of exactly this name (at most 15 bytes)"),
	OPTIONS_EACH("uid", 0, "USER", take_uid,
		     "only tasks of this real user, a number or a name"),
	OPTIONS_TEXT("cgroup", 0, "GLOB", &opt.cgroup,
		     "only tasks of cgroups with such a path, and of those\n"
		     "below them, or with such a short name: docker:3f2a*"),
	OPTIONS_TEXT("since", 0, "TIME", &opt.since,
		     "with --file: only exits from this time on, for\n"
		     "instance \"2026-11-27 08:30\", 08:30 (today) or -2h"),
	OPTIONS_HEADING(
"These choose from what the module delivers. Its own parameters failed, comm, uid\n"
"and kthreads keep exits back in the kernel, which costs less (see README.md,\n"
"\"Parameters\"; they may be written in /sys/module/procmon/parameters)."),
	OPTIONS_HEADING("When it ends:"),
	OPTIONS_NUMBER("count", 0, "N", &opt.count, 1, INT64_MAX,
		       "after N exits that were shown (--summary: counted)"),
	OPTIONS_EACH("duration", 0, "SECONDS", take_duration,
		     "after this time, for instance 0.5"),
	OPTIONS_HEADING("Where to, now and later:"),
	OPTIONS_TEXT("output", 'o', "FILE", &opt.output,
		     "add to FILE (- is standard output, as without this);\n"
		     "SIGHUP has it opened anew, for logrotate"),
	OPTIONS_TEXT("metrics", 0, "FILE", &opt.metrics,
		     "besides, write counters by container to FILE, for\n"
		     "Prometheus, each " TEXT_OF(METRICS_PERIOD_S) " s (or --interval)"),
	OPTIONS_TEXT("html", 0, "FILE", &opt.html,
		     "show nothing, but at the end write a page to look at:\n"
		     "exits over time, failures by program and container,\n"
		     "the slowest and the heaviest, what was lost"),
	OPTIONS_TEXT("raw", 0, "FILE", &opt.raw,
		     "show nothing, but save all in FILE (- is standard\n"
		     "output), which costs least"),
	OPTIONS_TEXT("file", 0, "FILE", &opt.file,
		     "read what --raw saved in FILE (- is standard input)\n"
		     "instead of the stream"),
	{ }
};

static const struct program program = {
	.name = "procmon",
	.usage = "[OPTION]...\nreport --html FILE [OPTION]...",
	.args = "command",
	.max_args = 1,
	.about =
"Show every exit of a task while it happens, one a line, until Ctrl-C. Takes a\n"
"loaded procmon module, and root or whoever else may read /dev/procmon; one\n"
"procmon at a time can read its stream.",
	.options = options,
	.more =
"The table: TIME is local time; a line has the date wherever another day begins.\n"
"AGE is the time since the task started; CPU is its CPU time up to the last tick\n"
"or context switch. RESULT is 0, \"exit 3\", a signal, or \"SIGSEGV (core)\" if it\n"
"dumped core; of a kernel thread the plain number that it returned, or \"unknown\"\n"
"(up to Linux 6.x the kernel keeps that to itself). With record=extended, \"(oom)\"\n"
"stands behind it if the OOM killer chose the process. A name may be any bytes:\n"
"what is not printable ASCII, the backslash and ] are shown in C's notation (\\n,\n"
"\\x9b), as in procmon's log. A row fits 80 columns; PPID, CPU and milliseconds\n"
"are there where there are a hundred (on a wider terminal, or with COLUMNS=100 in\n"
"the environment), and CGROUP where there are 132. On a terminal failures are\n"
"red, but not with NO_COLOR.\n"
"\n"
"The fields of --format: date, time, pid, tid, ppid, uid, comm, age (s), cpu,\n"
"utime, stime (ms), min_flt, maj_flt, cgroup, cgroup_id, container, result, exit,\n"
"signal; and, with record=extended, ns_pid, pid_ns, session, program. What is not\n"
"known is \"-\".\n"
"\n"
"CGROUP is the control group in short: \"docker:\" (podman, containerd, ...) and\n"
"the id of a container, \"user@1000/app.scope\", or the last part of the path. It\n"
"is looked up as the cgroup is made, so that it is known when a container ends\n"
"with its last process; \"-\" if it came and went before anybody could look.\n"
"\n"
"JSON: the members of struct procmon_record (variants/handler/record.h) under\n"
"their own names, and what follows from them; \"time\" is UTC by ISO 8601,\n"
"\"time_ns\" and \"start_ns\" are by CLOCK_BOOTTIME, \"last\" is \"yes\", \"no\" or\n"
"\"unknown\"; \"wait_status\" and \"exit_status\" are null where RESULT is\n"
"\"unknown\"; \"cgroup\" is the path that belongs to \"cgroup_id\", \"container\" the\n"
"short name of a container, each null if there is none. If the module was loaded\n"
"with record=extended, there are also \"ns_pid\", the id that the process had in\n"
"its own pid namespace, \"pid_ns\", the inode number of that, \"session\", \"oom\" (1:\n"
"the OOM killer chose it) and \"program\", the name of the executable file, null if\n"
"it is not known. A \"comm\", \"cgroup\" or \"program\" that is not UTF-8 is there\n"
"byte by byte: 0x80 to 0xff are \\u0080 to \\u00ff, so that a decoder's string,\n"
"encoded as Latin-1, is the name. Then \"comm_bytes\", \"cgroup_bytes\" or\n"
"\"program_bytes\" is there, too, and 1.\n"
"\n"
"Exits appear within 100 ms, sorted by time within what arrived at once. The last\n"
"line, on stderr, is the balance: the exits that the module had while the stream\n"
"was open are those it delivered, dropped because a buffer was full (parameter\n"
"stream_size) and filtered; missed are those that its hook did not see. \"lost\" on\n"
"stderr tells of drops while it runs. If the numbers do not add up, the line \"the\n"
"sum does not close\" says where. Of a FILE only drops can be known that a later\n"
"record tells of.\n"
"\n"
"Ctrl-C, SIGTERM and SIGHUP end it in order: the module stops, what it still has\n"
"is shown. The next one ends it at once. When its output has no room or no reader\n"
"any more, it ends, too, and tells how many exits are in it; without a reader it\n"
"then dies of SIGPIPE, as cat does (a shell says 141).\n"
"\n"
"Exit status: 0; 1 after an error, or if the sum does not close; 2 for wrong\n"
"usage.",
};

static uint64_t n_shown;
static uint64_t n_nowhere;	/* of a cgroup that is not known, while some were asked for */

static bool chooses(void)
{
	return opt.failed || opt.by_uid || opt.comm || opt.pid || opt.ppid || opt.cgroup;
}

static bool is_of_wanted_cgroup(const struct procmon_record *rec)
{
	const struct cgroup *group = cgroup_find(rec->cgroup_id);

	n_nowhere += !group->path;
	return group->wanted;
}

static bool is_wanted(const struct procmon_record *rec)
{
	return !(opt.failed && !procmon_record_failed(rec)) &&
	       !(opt.by_uid && rec->uid != opt.uid) &&
	       !(opt.pid && rec->tgid != (int)opt.pid) &&
	       !(opt.ppid && rec->ppid != (int)opt.ppid) &&
	       !(opt.comm && strncmp(rec->comm, opt.comm, sizeof(rec->comm))) &&
	       !(opt.cgroup && !is_of_wanted_cgroup(rec));
}

static void show_some(const struct exit *exits, size_t n)
{
	if (opt.count && n > opt.count - n_shown)
		n = opt.count - n_shown;
	if (opt.metrics)
		metrics_add(exits, n);
	if (opt.summary)
		summary_add(exits, n, opt.by);
	else if (opt.html)
		page_add(exits, n);
	else if (opt.json)
		show_json(exits, n);
	else if (opt.format)
		show_lines(exits, n, format_line);
	else
		show_rows(exits, n);
	n_shown += n;
}

static void show(const struct exit *exits, size_t n)
{
	size_t from = 0, to;

	if (!opt.since_ns) {
		show_some(exits, n);
		return;
	}
	for (; from < n; from = to + 1) {
		for (to = from; to < n && exits[to].rec->time >= opt.since_ns; to++)
			;
		show_some(exits + from, to - from);
	}
}

static void update_cgroups(void)
{
	if (cgroup_update())
		show_new_cgroups();
}

static void read_once(struct source *src, struct intake *in)
{
	size_t room;
	char *to = intake_room(in, &room);
	size_t n = source_read(src, to, room);
	char *fault;

	/* at the end what is held is shown without the clock record that is missing */
	if (!n && !src->ended)
		return;
	fault = intake_take(in, n);
	show_flush();
	if (fault)
		die("%s: %s", src->name, fault);
}

static void print_summary(void)
{
	struct tm tm;
	time_t now = time(NULL);
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		die("out of memory");
	if (opt.interval_ns && (opt.utc ? gmtime_r : localtime_r)(&now, &tm)) {
		char when[32];

		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
		fprintf(f, "%s\n", when);
	}
	summary_print(f, opt.by);
	if (fclose(f))
		die("out of memory");
	output_write(text, len);
	free(text);
}

static void on_tick(void)
{
	if (opt.metrics)
		metrics_write(opt.metrics);
	if (opt.summary && opt.interval_ns) {
		print_summary();
		summary_reset();
	}
}

static void read_all(struct source *src)
{
	enum source_event event;
	struct intake in = {
		.wants = chooses() ? is_wanted : NULL,
		.in_order = !(opt.summary || opt.html) || opt.count,
		.show = show,
	};

	show_begin(opt.utc);
	if (opt.format)
		format_begin(opt.utc);
	if (opt.html)
		page_begin(opt.utc);
	else if (!opt.summary && !opt.json) {
		if (opt.format)
			show_head(format_header);
		else
			show_header();
		show_flush();
	}
	while (!output_failed() && !(opt.count && n_shown >= opt.count)) {
		event = source_wait(src);
		if (event == SOURCE_END)
			break;
		if (event == SOURCE_DATA) {
			read_once(src, &in);
		} else {
			on_tick();
		}
	}
	if (src->live) {
		source_stop(src);
		update_cgroups();
		while (!src->ended)
			read_once(src, &in);
	}
	if (!src->ended)
		intake_take(&in, 0);
	else if (in.len > in.seen)
		balance_cut(src->name, in.len - in.seen);
	if (balance_read() && !timeline_is_known())
		fprintf(stderr, "procmon: %s has one clock record only: the times are about that one's\n",
			src->name);
}

/* May anything that is shown have the name of a cgroup in it, or depend on one? */
static bool shows_cgroups(void)
{
	return opt.metrics || opt.cgroup || opt.by == SUMMARY_CGROUP ||
	       !(opt.raw || opt.summary);
}

/* How often something is to be written. */
static int64_t period(void)
{
	return opt.interval_ns || !opt.metrics ? opt.interval_ns :
	       (int64_t)METRICS_PERIOD_S * NS_PER_S;
}

/*
 * Files that are closed get the numbers of those that we open, and then what is meant for
 * stderr goes into one of them. Return whether standard output was open.
 */
static bool open_standard_files(void)
{
	bool has_output = fcntl(STDOUT_FILENO, F_GETFD) >= 0;
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (fd < 0)
			die("/dev/null: %s", strerror(errno));
	} while (fd <= STDERR_FILENO);
	close(fd);
	return has_output;
}

int main(int argc, char **argv)
{
	bool has_output = open_standard_files();
	const char *how = "shown";
	struct source src = { };
	char *stats;
	bool good;
	int arg = options_parse(&program, argc, argv);

	if (arg < argc && (strcmp(argv[arg], "report") || !opt.html))
		options_wrong(&program, "%s: takes options, and no arguments but \"report --html FILE\"",
			      argv[arg]);
	if (opt.json && opt.summary)
		options_wrong(&program, "--json and --summary exclude each other");
	if (opt.html && (opt.json || opt.summary || opt.format || opt.output))
		options_wrong(&program, "--html excludes --json, --summary, --format and --output: the page is all that is written");
	if (opt.format && (opt.json || opt.summary))
		options_wrong(&program, "--format is for the table, not for --json or --summary");
	if (opt.since && !opt.file)
		options_wrong(&program, "--since goes with --file: the stream begins now");
	if (opt.since)
		opt.since_ns = parse_since(opt.since);
	if (opt.raw && (opt.json || opt.summary || opt.format || opt.since || opt.html || opt.metrics || chooses() || opt.count))
		options_wrong(&program, "--raw saves everything and shows nothing: choose when you show it, with --file");
	if (opt.output && !strcmp(opt.output, "-"))
		opt.output = NULL;
	if (opt.raw && opt.output)
		options_wrong(&program, "--raw and --output exclude each other: --raw FILE is where it goes");
	if (opt.by && !opt.summary)
		options_wrong(&program, "--by goes with --summary");
	if (opt.file && (opt.cgroup || opt.by == SUMMARY_CGROUP))
		options_wrong(&program, "a file has no names of cgroups: choose by them when you read the stream");
	if (opt.interval_ns && !opt.summary && !opt.metrics)
		options_wrong(&program, "--interval goes with --summary or --metrics");
	if (!has_output && (opt.raw ? !strcmp(opt.raw, "-") : !opt.output))
		die("standard output is closed");

	src.other_fd = -1;
	if (!opt.file && shows_cgroups()) {
		cgroup_open(opt.cgroup);
		src.other_fd = cgroup_fd();
		src.on_other = update_cgroups;
	}
	/* a file is not emptied for a stream that cannot be had */
	source_open(&src, opt.file, opt.duration_ns, period(), opt.output);
	output_open(opt.raw ? opt.raw : opt.output, opt.raw ? OUTPUT_ANEW : OUTPUT_APPEND);
	if (opt.raw) {
		how = "saved";
		spool(&src, &n_shown);
	} else {
		read_all(&src);
		n_shown -= show_unwritten();
	}
	if (opt.metrics)
		metrics_write(opt.metrics);
	if (opt.summary)
		print_summary();
	good = output_close();
	if (src.live) {
		/* before the close: the next reader begins another session */
		stats = kfile_read(PROCMON_STATS);
		good = balance_stream(stats, how, n_shown) && good;
		free(stats);
	} else {
		good = balance_file(how, n_shown) && good;
	}
	if (n_nowhere)
		fprintf(stderr, "procmon: of %" PRIu64 " more nobody knows the cgroup\n", n_nowhere);
	if (opt.html)
		page_write(opt.html, balance_account(), good);
	output_die();
	return good ? 0 : 1;
}
