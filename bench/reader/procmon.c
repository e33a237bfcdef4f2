// SPDX-License-Identifier: GPL-2.0
/*
 * procmon: show exits as they happen, from the module's stream.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "lib/kfile.h"
#include "lib/options.h"
#include "lib/util.h"
#include "reader/balance.h"
#include "reader/show.h"
#include "reader/summary.h"

/* What one read(2) takes at most: as many records as a CPU's buffer holds. */
#define READ_BYTES	(8192 * sizeof(struct procmon_record))

#define NS_PER_S	1000000000

static struct {
	bool json;
	bool summary;
	bool failed;
	bool this_boot;
	bool by_uid;
	uid_t uid;
	const char *comm;
	size_t count;		/* 0: no limit */
	int64_t duration_ns;	/* 0: no limit */
	const char *file;
	size_t benchmark;	/* 0: none */
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

static void take_duration(const char *seconds)
{
	char *end;
	double s = strtod(seconds, &end);

	if (strspn(seconds, "0123456789.") != strlen(seconds) || end == seconds || *end ||
	    s < 0.001 || s > 1e9)
		options_wrong(&program,
			      "--duration takes seconds, from 0.001 to 1000000000, not '%s'",
			      seconds);
	opt.duration_ns = (int64_t)(s * NS_PER_S);
}

static const struct option_entry options[] = {
	OPTIONS_HEADING("What is shown:"),
	OPTIONS_FLAG("json", 0, &opt.json,
		     "a JSON object a line instead of a table"),
	OPTIONS_FLAG("summary", 0, &opt.summary,
		     "no line for each exit; at the end a table by name:\n"
		     "exits, failures, age, CPU time, signals; the names\n"
		     "behind the first " TEXT_OF(SUMMARY_NAMES) " together, as [others]"),
	OPTIONS_FLAG("failed", 0, &opt.failed,
		     "only exits with a status other than 0 or by a signal"),
	OPTIONS_EACH("comm", 0, "NAME", take_comm,
		     "only tasks of exactly this name (at most 15 bytes)"),
	OPTIONS_EACH("uid", 0, "USER", take_uid,
		     "only tasks of this real user, a number or a name"),
	OPTIONS_HEADING(
"These choose from what the module delivers. Its own parameters failed, comm, uid\n"
"and kthreads keep exits back in the kernel, which costs less (see README.md,\n"
"\"Parameters\"; they may be written in /sys/module/procmon/parameters)."),
	OPTIONS_HEADING("When it ends:"),
	OPTIONS_NUMBER("count", 0, "N", &opt.count, 1, INT64_MAX,
		       "after N exits that were shown (--summary: counted)"),
	OPTIONS_EACH("duration", 0, "SECONDS", take_duration,
		     "after this time, for instance 0.5"),
	OPTIONS_HEADING("Where from:"),
	OPTIONS_TEXT("file", 0, "FILE", &opt.file,
		     "records in FILE (- is standard input) instead of the\n"
		     "stream, as saved by\n"
		     "cat /sys/kernel/debug/procmon/stream >FILE"),
	OPTIONS_FLAG("this-boot", 0, &opt.this_boot,
		     "FILE was written on this machine since it was booted:\n"
		     "show the time of day; without it, seconds since boot"),
	OPTIONS_NUMBER("benchmark", 0, "N", &opt.benchmark, 1, 1 << 24,
		       "make N records (128 bytes of memory each), show them\n"
		       "on /dev/null, and print how many a second that were"),
	{ }
};

static const struct program program = {
	.name = "procmon",
	.usage = "[OPTION]...",
	.about =
"Show every exit of a task while it happens, one a line, until Ctrl-C. Takes root\n"
"and a loaded procmon module; one procmon at a time can read its stream.",
	.options = options,
	.more =
"The table: TIME is local time. AGE is the time since the task started; CPU is\n"
"its CPU time up to the last tick or context switch. RESULT is 0, \"exit 3\", a\n"
"signal, or \"SIGSEGV (core)\" if it dumped core; of a kernel thread the plain\n"
"number that it ended with. A name may be any bytes: what is not printable ASCII,\n"
"the backslash and ] are shown in C's notation (\\n, \\x9b), as in procmon's log.\n"
"\n"
"JSON: every member of struct procmon_record (variants/handler/record.h) under\n"
"its own name; \"last\" is \"yes\", \"no\" or \"unknown\"; \"time\" is UTC by ISO 8601, or\n"
"null if it is not known. Each byte of \"comm\" is the character of that number:\n"
"0x80 to 0xff are \\u0080 to \\u00ff, so that a decoder's string, encoded as\n"
"Latin-1, is the name, byte by byte.\n"
"\n"
"Exits appear within 100 ms, sorted by time within what arrived at once. The last\n"
"line, on stderr, is the balance: the exits that the module had while the stream\n"
"was open are those it delivered, dropped because a buffer was full (parameter\n"
"stream_size) and filtered; missed are those that its hook did not see. \"lost\" on\n"
"stderr tells of drops while it runs. If the numbers do not add up, the line \"the\n"
"sum does not close\" says where. Of a FILE only gaps can be known.\n"
"\n"
"Ctrl-C and SIGTERM end it in order: the module stops, what it still has is\n"
"shown. The next one ends it at once. When the reader of its output goes away, it\n"
"dies of SIGPIPE without a word, as cat does (a shell says 141).\n"
"\n"
"Exit status: 0; 1 after an error, or if the sum does not close; 2 for wrong\n"
"usage.",
};

/* Where records come from. */
struct source {
	int fd;
	const char *name;
	bool live;
	int64_t deadline;	/* CLOCK_MONOTONIC, ns; 0: none */
	bool ended;
	size_t len;		/* bytes in buf */
	char *buf;		/* READ_BYTES */
	const struct procmon_record **batch;	/* what to show of buf */
};

static unsigned long long n_shown;

/* Ctrl-C and SIGTERM. */
static volatile sig_atomic_t stopping;
static int stop_fd = -1;

static int64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* The clock may be set while we run, so ask again for every batch. */
static void clock_update(const struct source *src)
{
	int64_t before, real;

	if (!src->live && !opt.this_boot) {
		show_clock(SHOW_NO_OFFSET);
		return;
	}
	before = now_ns(CLOCK_MONOTONIC);
	real = now_ns(CLOCK_REALTIME);
	show_clock(real - (before + now_ns(CLOCK_MONOTONIC)) / 2);
}

/* The second one finds the default action, and ends us at once. */
static void on_stop(int sig)
{
	int saved = errno;
	uint64_t one = 1;
	ssize_t n;

	(void)sig;
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	stopping = 1;
	n = write(stop_fd, &one, sizeof(one));	/* poll(2) sees it, whenever it is called */
	(void)n;
	errno = saved;
}

static void catch_signals(void)
{
	struct sigaction stop = { .sa_handler = on_stop, .sa_flags = SA_RESTART };

	stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (stop_fd < 0)
		die("eventfd: %s", strerror(errno));
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	signal(SIGPIPE, SIG_DFL);
}

static void open_stream(struct source *src)
{
	struct statfs fs;
	int err;

	src->name = PROCMON_STREAM;
	src->live = true;
	src->fd = open(PROCMON_STREAM, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (src->fd >= 0)
		return;
	err = errno;
	if (err == EBUSY)
		die("another reader has %s open; fuser %s tells which", PROCMON_STREAM,
		    PROCMON_STREAM);
	if (access("/sys/module/procmon", F_OK))
		die("no procmon module is loaded; load one: insmod variants/tracepoint/procmon.ko log=off (make install VARIANT=tracepoint PARAMS=log=off)");
	if (geteuid())
		die("watching exits takes root");
	if (statfs(DEBUGFS, &fs) || fs.f_type != DEBUGFS_MAGIC)
		die("debugfs is not mounted; mount it: mount -t debugfs debugfs %s", DEBUGFS);
	if (err == ENOENT)
		die("the procmon module that is loaded has no stream; rebuild it, unload it, load it again");
	if (err == EPERM)
		die("%s: %s; a locked-down kernel closes debugfs (see kernel_lockdown(7))",
		    PROCMON_STREAM, strerror(err));
	die("%s: %s", PROCMON_STREAM, strerror(err));
}

static void open_file(struct source *src)
{
	if (!strcmp(opt.file, "-")) {
		src->name = "standard input";
		src->fd = STDIN_FILENO;
		return;
	}
	src->name = opt.file;
	src->fd = open(opt.file, O_RDONLY | O_CLOEXEC);
	if (src->fd < 0)
		die("%s: %s", opt.file, strerror(errno));
}

/*
 * Can we read this record at all? Its first @left bytes are there, version and
 * size among them. Return NULL, or why not.
 */
static char *layout_fault(const struct procmon_record *rec, size_t left)
{
	if (rec->version != PROCMON_RECORD_VERSION)
		return xasprintf("a record of version %u, but this program knows version %u: module and program are of different sources, rebuild both",
				 rec->version, PROCMON_RECORD_VERSION);
	/* a bigger one has members that we do not know, behind those that we do */
	if (rec->size < sizeof(*rec) || rec->size % 8)
		return xasprintf("a record of %u bytes, but those of version %u have %zu: module and program are of different sources, rebuild both",
				 rec->size, PROCMON_RECORD_VERSION, sizeof(*rec));
	if (left >= sizeof(*rec) && rec->cpu >= BALANCE_CPUS)
		return xasprintf("damaged: a record of CPU %u", rec->cpu);
	return NULL;
}

static bool is_wanted(const struct procmon_record *rec)
{
	return !(opt.failed && !procmon_record_failed(rec)) &&
	       !(opt.by_uid && rec->uid != opt.uid) &&
	       !(opt.comm && strncmp(rec->comm, opt.comm, sizeof(rec->comm)));
}

static bool is_enough(void)
{
	return opt.count && n_shown >= opt.count;
}

/* What is of the same time keeps its order, which is that in the buffer. */
static int by_time(const void *a, const void *b)
{
	const struct procmon_record *const *x = a, *const *y = b;

	if ((*x)->time_ns != (*y)->time_ns)
		return (*x)->time_ns < (*y)->time_ns ? -1 : 1;
	return (*x > *y) - (*x < *y);
}

static void show_batch(struct source *src, size_t n)
{
	size_t i = 1;

	/* those of one CPU are sorted already */
	while (i < n && src->batch[i - 1]->time_ns <= src->batch[i]->time_ns)
		i++;
	if (i < n)
		qsort(src->batch, n, sizeof(*src->batch), by_time);
	clock_update(src);
	for (i = 0; i < n && !is_enough(); i++) {
		if (opt.summary)
			summary_add(src->batch[i]);
		else if (opt.json)
			show_json(src->batch[i]);
		else
			show_row(src->batch[i]);
		n_shown++;
	}
}

/* All that is complete in the buffer; what is not goes to its beginning. */
static void take_batch(struct source *src)
{
	const size_t head = offsetof(struct procmon_record, uid);
	char *fault = NULL;
	size_t at = 0;
	size_t n = 0;

	while (src->len - at >= head) {
		const struct procmon_record *rec =
			(const struct procmon_record *)(src->buf + at);

		fault = layout_fault(rec, src->len - at);
		if (fault || src->len - at < rec->size)
			break;
		at += rec->size;
		balance_record(rec);
		if (is_wanted(rec))
			src->batch[n++] = rec;
	}
	balance_batch();
	if (n)
		show_batch(src, n);
	show_flush();
	if (fault)	/* not before all that was good is shown */
		die("%s: %s", src->name, fault);
	src->len -= at;
	memmove(src->buf, src->buf + at, src->len);
}

/* Read once and show it. Not before the last batch is done, so buf has room. */
static void read_batch(struct source *src)
{
	ssize_t n = read(src->fd, src->buf + src->len, READ_BYTES - src->len);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n < 0)
		die("%s: %s", src->name, strerror(errno));
	src->ended = !n;
	src->len += (size_t)n;
	take_batch(src);
}

/* Return false when it is time to end. */
static bool wait_for_input(const struct source *src)
{
	struct pollfd fds[] = {
		{ .fd = src->fd, .events = POLLIN },
		{ .fd = stop_fd, .events = POLLIN },
		{ .fd = STDOUT_FILENO },	/* POLLERR: nobody reads it any more */
	};
	struct timespec timeout = { };
	int64_t left = 0;
	int n;

	if (src->deadline) {
		left = src->deadline - now_ns(CLOCK_MONOTONIC);
		if (left <= 0)
			return false;
		timeout.tv_sec = left / NS_PER_S;
		timeout.tv_nsec = left % NS_PER_S;
	}
	do {
		n = ppoll(fds, ARRAY_SIZE(fds), left ? &timeout : NULL, NULL);
	} while (n < 0 && errno == EINTR && !stopping);
	if (n < 0 && errno != EINTR)
		die("poll: %s", strerror(errno));
	if (n > 0 && fds[2].revents & POLLERR)
		raise(SIGPIPE);
	/* a file that is not ready may block, so do not read it when the time is up */
	return n > 0 && !stopping;
}

static void read_all(struct source *src)
{
	src->buf = xrealloc(NULL, READ_BYTES, 1);
	src->batch = xcalloc(READ_BYTES / sizeof(struct procmon_record), sizeof(*src->batch));
	if (opt.duration_ns)
		src->deadline = now_ns(CLOCK_MONOTONIC) + opt.duration_ns;
	if (!opt.summary && !opt.json) {
		clock_update(src);
		show_header();
		show_flush();
	}
	while (!src->ended && !is_enough() && wait_for_input(src))
		read_batch(src);
	if (src->live) {
		if (ioctl(src->fd, PROCMON_STREAM_STOP))
			die("%s: cannot stop it: %s", src->name, strerror(errno));
		while (!src->ended)
			read_batch(src);
	}
	if (src->ended && src->len)
		balance_fault("%s ends in the middle of a record, %zu bytes behind the last whole one",
			      src->name, src->len);
}

static void end_summary(FILE *f)
{
	summary_print(f);
	if (fflush(f))
		die("cannot write the output: %s", strerror(errno));
}

static int watch(void)
{
	struct source src = { };
	char *stats;
	bool good;

	if (fcntl(STDOUT_FILENO, F_GETFD) < 0)
		die("standard output is closed");
	if (opt.file)
		open_file(&src);
	else
		open_stream(&src);
	read_all(&src);
	if (opt.summary)
		end_summary(stdout);
	if (!src.live)
		return balance_file(n_shown) ? 0 : 1;
	/* before the close: the next reader begins another session */
	stats = kfile_read(PROCMON_STATS);
	good = balance_stream(stats, n_shown);
	free(stats);
	return good ? 0 : 1;
}

/* As the stream would have them: some from each of four CPUs in turn. */
static void synthetic_record(struct procmon_record *rec, size_t i)
{
	const size_t run = 512;
	const size_t turn = i / (4 * run);
	const uint32_t cpu = (uint32_t)(i / run % 4);
	const uint64_t seq = turn * run + i % run;

	*rec = (struct procmon_record) {
		.version = PROCMON_RECORD_VERSION,
		.size = sizeof(*rec),
		.uid = i % 7 ? 1000 : 0,
		.time_ns = 5000000000000u + (seq * 4 + cpu) * 20011,
		.age_ns = 700000 + i * 2654435761u % 900000000,
		.runtime_ns = 400000 + i % 1000 * 977,
		.stime_ns = i % 3 * 4000000,
		.min_flt = 60 + i % 50,
		.cgroup_id = 4242,
		.tid = (int)(1000 + i % 4000000),
		.tgid = (int)(1000 + i % 4000000),
		.ppid = 999,
		.wait_status = i % 10 ? 0 : i % 20 ? 0x300 : 9,
		.exit_status = i % 20 == 10 ? 3 : 0,
		.signal = i % 20 ? 0 : 9,
		.last = PROCMON_LAST_UNKNOWN,
		.seq = seq,
		.cpu = cpu,
	};
	snprintf(rec->comm, sizeof(rec->comm), "worker-%zu", i % 32);
}

static int benchmark(size_t n)
{
	struct source src = { .name = "the benchmark's records" };
	FILE *null = fopen("/dev/null", "w");
	struct procmon_record *all;
	int64_t begin, ns;
	size_t i;

	src.fd = memfd_create("procmon", MFD_CLOEXEC);
	if (!null || src.fd < 0 || ftruncate(src.fd, (off_t)(n * sizeof(*all))))
		die("no place for the records: %s", strerror(errno));
	all = mmap(NULL, n * sizeof(*all), PROT_READ | PROT_WRITE, MAP_SHARED, src.fd, 0);
	if (all == MAP_FAILED)
		die("no memory for the records: %s", strerror(errno));
	for (i = 0; i < n; i++)
		synthetic_record(&all[i], i);
	munmap(all, n * sizeof(*all));

	show_open(fileno(null));
	opt.this_boot = true;	/* the time of day, as live */
	begin = now_ns(CLOCK_MONOTONIC);
	read_all(&src);
	if (opt.summary)
		end_summary(null);
	ns = now_ns(CLOCK_MONOTONIC) - begin;
	printf("%llu records in %.3f s: %.2f million a second (%s)\n", balance_read(),
	       (double)ns / NS_PER_S, (double)balance_read() * 1000 / (double)ns,
	       opt.summary ? "summary" : opt.json ? "json" : "table");
	return balance_file(n_shown) ? 0 : 1;
}

int main(int argc, char **argv)
{
	options_parse(&program, argc, argv);
	if (opt.json && opt.summary)
		options_wrong(&program, "--json and --summary exclude each other");
	if (opt.this_boot && !opt.file)
		options_wrong(&program, "--this-boot is for --file");
	if (opt.benchmark && opt.file)
		options_wrong(&program, "--benchmark and --file exclude each other");
	catch_signals();
	return opt.benchmark ? benchmark(opt.benchmark) : watch();
}
