// SPDX-License-Identifier: GPL-2.0
/*
 * Records as text. A busy machine has many exits, so what every line has is put
 * together from few pieces, and what most lines have alike is made once.
 */
#define _GNU_SOURCE
#include "reader/show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "lib/util.h"
#include "reader/cgroup.h"
#include "reader/digits.h"
#include "reader/escape.h"
#include "reader/memo.h"
#include "reader/output.h"

#define NS_PER_S	1000000000u
#define NS_PER_MS	1000000u

/*
 * More than any line has, with what is written behind its end; and one with the path of a
 * cgroup that no memo has room for.
 */
#define LINE_MOST	3072
#define LONG_LINE_MOST	32768

static struct {
	size_t len;
	char buf[1 << 18];
} out;

/* What a row takes that has the cgroup, too; one without it; and what everybody has. */
#define WIDEST_COLUMNS	132
#define WIDE_COLUMNS	100
#define USUAL_COLUMNS	80

static struct {
	bool wide;
	bool cgroup;
	bool colour;
	bool custom;	/* lines of others, each of an exit */
} style;

static unsigned long columns(void)
{
	const char *given = getenv("COLUMNS");
	unsigned long n = given ? strtoul(given, NULL, 10) : 0;
	struct winsize size;

	if (!n && !ioctl(output_fd(), TIOCGWINSZ, &size))
		n = size.ws_col;
	return n ? n : USUAL_COLUMNS;
}

/* See no-color.org. */
static bool may_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(output_fd()) && !(no && *no) && term && strcmp(term, "dumb");
}

/* Lines of exits that are not in the output. */
static uint64_t n_unwritten;

/* And not the head of the table, nor a date. */
static bool is_of_exit(const char *line)
{
	return style.custom || line[0] == '{' || line[2] == ':';
}

static void count_unwritten(size_t written)
{
	const char *line = out.buf, *next;

	for (; line < out.buf + out.len; line = next) {
		next = (const char *)memchr(line, '\n', (size_t)(out.buf + out.len - line)) + 1;
		if (next > out.buf + written)
			n_unwritten += is_of_exit(line);
	}
}

void show_flush(void)
{
	size_t written = output_write(out.buf, out.len);

	if (written < out.len)
		count_unwritten(written);
	out.len = 0;
}

uint64_t show_unwritten(void)
{
	return n_unwritten;
}

/* Lines of @put, none longer than @most, for all of the exits. */
static inline void show_all(const struct exit *e, size_t n, size_t most,
			    char *(*put)(char *p, const struct exit *e))
{
	const struct exit *const end = e + n;
	const struct exit *part_end;
	char *p;

	while (e < end) {
		if (sizeof(out.buf) - out.len < most)
			show_flush();
		n = (sizeof(out.buf) - out.len) / most;
		part_end = n < (size_t)(end - e) ? e + n : end;
		for (p = out.buf + out.len; e < part_end; e++)
			p = put(p, e);
		out.len = (size_t)(p - out.buf);
	}
}

static char *put_text(char *p, const char *text)
{
	return stpcpy(p, text);
}

char *show_escape(char *p, const char comm[PROCMON_COMM_LEN])
{
	return escape_text(p, comm, strnlen(comm, PROCMON_COMM_LEN));
}

char *show_program(char *p, const struct procmon_record *rec)
{
	const struct procmon_extended *ext = procmon_record_extended(rec);

	return ext ? escape_text(p, ext->program, strnlen(ext->program, sizeof(ext->program))) : p;
}

const char *show_signal(int signal)
{
	static char names[SHOW_SIGNALS][12];
	char *name = names[signal];

	if (!*name) {
		const char *abbrev = sigabbrev_np(signal);

		if (abbrev)
			snprintf(name, sizeof(names[0]), "SIG%s", abbrev);
		else
			snprintf(name, sizeof(names[0]), "SIG%d", signal);
	}
	return name;
}

/* The beginning of a line that is the same for all exits of a second. */
struct second {
	const char *format;
	struct tm *(*convert)(const time_t *, struct tm *);
	uint64_t begin_ns;
	char text[32];
};

static void make_second(struct second *s, uint64_t real_ns)
{
	time_t t = (time_t)(real_ns / NS_PER_S);
	struct tm tm;

	if (!s->convert(&t, &tm))
		die("a record's time cannot be a date: %s", strerror(errno));
	strftime(s->text, sizeof(s->text), s->format, &tm);
	s->begin_ns = (uint64_t)t * NS_PER_S;
}

static inline bool is_in(const struct second *s, uint64_t real_ns)
{
	return real_ns - s->begin_ns < NS_PER_S;
}

/* Put it, of a length that the compiler knows. */
static inline char *put_second(char *p, const struct second *s, size_t len)
{
	memcpy(p, s->text, sizeof(s->text));
	return p + len;
}

static struct second row_second = { .format = "%H:%M:%S.", .convert = localtime_r };
static struct second row_day = { .format = "%Y-%m-%d\n", .convert = localtime_r };
static struct second json_second = {
	.format = "{\"time\":\"%Y-%m-%dT%H:%M:%S.", .convert = gmtime_r,
};

/* Flush right in a column that began at @from, and a space behind it. */
static char *put_right(char *from, char *to, size_t width)
{
	size_t len = (size_t)(to - from);

	if (len < width) {
		memmove(from + width - len, from, len);
		memset(from, ' ', width - len);
		to = from + width;
	}
	return put_char(to, ' ');
}

/* What is no number of six digits, in a column for seven. */
static __attribute__((noinline)) char *put_odd_id(char *p, int32_t id)
{
	return put_right(p, put_signed(p, id), 7);
}

/* In seven columns, and a space. */
static inline char *put_id(char *p, int32_t id)
{
	uint32_t v = (uint32_t)id;

	if (v >= 1000000)
		return put_odd_id(p, id);
	memcpy(p, "    ", 4);
	if (v < 1000) {
		memcpy(p + 4, &digits.blanks[v], 4);
	} else {
		memcpy(p + 1, &digits.blanks[v / 1000], 4);
		memcpy(p + 4, &digits.zeros[v % 1000], 4);
	}
	return p + 8;
}

static __attribute__((noinline)) char *put_big_uid(char *p, uint32_t uid)
{
	return put_right(p, put_number(p, uid), 10);
}

/* In ten columns, and a space: those of a container are from 100000 on, see subuid(5). */
static inline char *put_uid(char *p, uint32_t uid)
{
	if (uid >= 10000)
		return put_big_uid(p, uid);
	memcpy(p, "        ", 8);
	if (uid < 1000) {
		memcpy(p + 7, &digits.blanks[uid], 4);
	} else {
		p[6] = (char)('0' + uid / 1000);
		memcpy(p + 7, &digits.zeros[uid % 1000], 4);
	}
	return p + 11;
}

/* Of any width; @to is behind what stands in front of it in the column at @p. */
static __attribute__((noinline)) char *put_odd_decimals(char *p, char *to, uint64_t thousandths)
{
	to = put_number(to, thousandths / 1000);
	to = put_3_digits(put_char(to, '.'), thousandths % 1000);
	return put_right(p, to, 10);
}

/* With three decimals, in ten columns, and a space. */
static inline char *put_decimals(char *p, uint64_t thousandths)
{
	uint32_t whole;

	if (thousandths >= 1000000)
		return put_odd_decimals(p, p, thousandths);
	whole = (uint32_t)thousandths / 1000;
	memcpy(p, "    ", 4);
	memcpy(p + 3, &digits.blanks[whole], 4);
	p[6] = '.';
	memcpy(p + 7, &digits.zeros[(uint32_t)thousandths - whole * 1000], 4);
	return p + 11;
}

static inline uint64_t both(uint32_t high, uint32_t low)
{
	return (uint64_t)high << 32 | low;
}

/* A name in 15 columns, and a space. */
static char *make_row_name(char *to, const uint64_t key[2])
{
	char *end = show_escape(to, (const char *)key);

	while (end < to + 15)
		*end++ = ' ';
	return put_char(end, ' ');
}

static char *put_end(char *to, const struct procmon_record *rec)
{
	int signal = procmon_record_signal(rec);
	int exit_status = procmon_record_exit_status(rec);

	if (signal) {
		to = put_text(to, show_signal(signal));
		return procmon_record_core(rec) ? put_text(to, " (core)") : to;
	}
	if (!procmon_record_known(rec))
		return put_text(to, "unknown");
	if (exit_status && !procmon_record_kthread(rec))
		to = put_text(to, "exit ");
	return put_signed(to, exit_status);
}

char *show_result(char *to, const struct procmon_record *rec, bool oom)
{
	to = put_end(to, rec);
	return oom ? put_text(to, " (oom)") : to;
}

/* Nearly all streams have basic records alone. */
static inline bool is_basic(const struct procmon_record *rec)
{
	return __builtin_expect(rec->size == sizeof(*rec), 1);
}

/* Of the key's lower half task_flags and info have different bits. */
#define END_FLAGS	PROCMON_TASK_KTHREAD
#define END_INFO	PROCMON_INFO_KTHREAD_HIDDEN

/* The key is wait_status and those bits, and show_is_oom(). */
static char *make_row_end(char *to, const uint64_t key[2])
{
	const struct procmon_record rec = {
		.wait_status = (int32_t)(key[0] >> 32), .task_flags = (uint32_t)key[0] & END_FLAGS,
		.info = (uint32_t)key[0] & END_INFO,
	};
	bool red = style.colour && procmon_record_failed(&rec);

	to = show_result(red ? put_text(to, "\33[31m") : to, &rec, key[1]);
	return put_char(red ? put_text(to, "\33[m") : to, '\n');
}

static struct memos row_names = { .make = make_row_name };
static struct memos row_ends = { .make = make_row_end };

static inline const struct memo *memo_of_name(struct memos *m, const struct procmon_record *rec)
{
	uint64_t name[2];

	memcpy(name, rec->comm, sizeof(name));
	return memo_get(m, memo_hash(name[0] ^ memo_hash(name[1])), name[0], name[1]);
}

void show_header(void)
{
	char *p = out.buf + out.len;

	if (style.wide)
		p += sprintf(p, "%-12s %7s %7s %7s %10s %-15s %10s %10s %s%s\n", "TIME", "PID",
			     "TID", "PPID", "UID", "COMM", "AGE s", "CPU ms",
			     style.cgroup ? "CGROUP                   " : "", "RESULT");
	else
		p += sprintf(p, "%-8s %7s %7s %10s %-15s %10s %s\n", "TIME", "PID", "TID",
			     "UID", "COMM", "AGE s", "RESULT");
	out.len = (size_t)(p - out.buf);
}

/* A line with the date, if it is another than that of the row before. */
static __attribute__((noinline)) char *put_new_second(char *p, uint64_t real_ns)
{
	static char before[sizeof(row_day.text)];

	make_second(&row_second, real_ns);
	make_second(&row_day, real_ns);
	if (!strcmp(before, row_day.text))
		return p;
	return put_text(p, strcpy(before, row_day.text));
}

/* With a "~" if it is not exact. */
static inline char *put_cpu_time(char *p, const struct procmon_record *rec)
{
	if (rec->info & PROCMON_INFO_INEXACT)
		return put_odd_decimals(p, put_char(p, '~'), rec->runtime_ns / 1000);
	return put_decimals(p, rec->runtime_ns / 1000);
}

static char *put_cgroup(char *p, const struct procmon_record *rec)
{
	char *end = put_text(p, cgroup_find(rec->cgroup_id)->name);

	while (end < p + CGROUP_NAME)
		end = put_char(end, ' ');
	return end;
}

static inline const struct memo *memo_of_end(uint64_t how, bool oom)
{
	return memo_get(&row_ends, memo_hash(how), how, oom);
}

/* Of a kernel thread, and of an extended record. */
static __attribute__((noinline)) char *put_rare_end(char *p, const struct procmon_record *rec)
{
	uint32_t bits = (rec->task_flags & END_FLAGS) | (rec->info & END_INFO);

	return put_memo(p, memo_of_end(both((uint32_t)rec->wait_status, bits), show_is_oom(rec)),
			48);
}

static inline char *put_row(char *p, const struct exit *e, bool wide)
{
	const struct procmon_record *rec = e->rec;

	if (!is_in(&row_second, rec->time))
		p = put_new_second(p, rec->time);
	p = put_second(p, &row_second, wide ? 9 : 8);
	if (wide)
		p = put_3_digits(p, (rec->time - row_second.begin_ns) / NS_PER_MS);
	p = put_char(p, ' ');
	p = put_id(p, rec->tgid);
	p = put_id(p, rec->tid);
	if (wide)
		p = put_id(p, rec->ppid);
	p = put_uid(p, rec->uid);
	p = put_long_memo(p, memo_of_name(&row_names, rec), 16);
	p = put_decimals(p, exit_age(e) / NS_PER_MS);
	if (wide)
		p = put_cpu_time(p, rec);
	if (wide && style.cgroup)
		p = put_cgroup(p, rec);
	if (__builtin_expect(rec->task_flags & PROCMON_TASK_KTHREAD, 0) || !is_basic(rec))
		return put_rare_end(p, rec);
	return put_memo(p, memo_of_end(both((uint32_t)rec->wait_status, 0), false), 32);
}

static char *put_narrow_row(char *p, const struct exit *e)
{
	return put_row(p, e, false);
}

static char *put_wide_row(char *p, const struct exit *e)
{
	return put_row(p, e, true);
}

void show_rows(const struct exit *exits, size_t n)
{
	if (style.wide)
		show_all(exits, n, LINE_MOST, put_wide_row);
	else
		show_all(exits, n, LINE_MOST, put_narrow_row);
}

static char *make_json_name(char *to, const uint64_t key[2])
{
	const char *comm = (const char *)key;
	size_t len = strnlen(comm, PROCMON_COMM_LEN);
	bool is_text = escape_is_utf8(comm, len);

	to = escape_json(put_text(to, ",\"comm\":\""), comm, len, is_text);
	return put_text(to, is_text ? "\",\"number\":" : "\",\"comm_bytes\":1,\"number\":");
}

/* Of these bytes of what struct cgroup has for JSON there is room in a memo. */
#define CGROUP_USUAL	(MEMO_TEXT - 96)

/* The key is uid and cgroup_id. A path that is too long is put behind it, each time. */
static char *make_whose(char *to, const uint64_t key[2])
{
	const struct cgroup *group = cgroup_find(key[1]);

	to = put_number(put_text(to, ",\"uid\":"), key[0]);
	to = put_number(put_text(to, ",\"cgroup_id\":"), key[1]);
	return group->json_len > CGROUP_USUAL ? to : mempcpy(to, group->json, group->json_len);
}

static const char *last_word(const struct procmon_record *rec)
{
	switch (procmon_record_last(rec)) {
	case PROCMON_LAST_NO:
		return "no";
	case PROCMON_LAST_YES:
		return "yes";
	default:
		return "unknown";
	}
}

/* The key is wait_status and task_flags, and info. */
static char *make_how(char *to, const uint64_t key[2])
{
	const struct procmon_record rec = {
		.wait_status = (int32_t)(key[0] >> 32), .task_flags = (uint32_t)key[0],
		.info = (uint32_t)key[1],
	};

	if (procmon_record_known(&rec)) {
		to = put_signed(put_text(to, ",\"wait_status\":"), rec.wait_status);
		to = put_signed(put_text(to, ",\"exit_status\":"),
				procmon_record_exit_status(&rec));
	} else {
		to = put_text(to, ",\"wait_status\":null,\"exit_status\":null");
	}
	to = put_signed(put_text(to, ",\"signal\":"), procmon_record_signal(&rec));
	to = put_signed(put_text(to, ",\"core\":"), procmon_record_core(&rec));
	to = put_text(put_text(to, ",\"last\":\""), last_word(&rec));
	to = put_number(put_text(to, "\",\"task_flags\":"), rec.task_flags);
	to = put_signed(put_text(to, ",\"kthread\":"), procmon_record_kthread(&rec));
	return put_signed(put_text(to, ",\"inexact\":"), !!(rec.info & PROCMON_INFO_INEXACT));
}

/* The key is dropped, cpu and clock, and version and size. */
static char *make_where(char *to, const uint64_t key[2])
{
	to = put_number(put_text(to, ",\"dropped\":"), (uint32_t)key[0]);
	to = put_number(put_text(to, ",\"cpu\":"), (uint16_t)(key[0] >> 32));
	to = put_number(put_text(to, ",\"clock\":"), key[0] >> 48);
	to = put_number(put_text(to, ",\"version\":"), (uint16_t)key[1]);
	to = put_number(put_text(to, ",\"size\":"), key[1] >> 16);
	return put_text(to, "}\n");
}

static struct memos json_names = { .make = make_json_name };
static struct memos json_whose = { .make = make_whose };
static struct memos json_how = { .make = make_how };
static struct memos json_where = { .make = make_where };

/* Whole seconds that something began at, each in the place of its number. */
static struct {
	uint64_t s;
	size_t len;
	char text[DIGITS_SLACK];
} seconds[64] = { { .s = 1 } };	/* an empty place has one that belongs elsewhere */

static __attribute__((noinline)) char *put_new_ns(char *p, uint64_t ns)
{
	uint64_t s = ns / NS_PER_S;
	size_t at = s % ARRAY_SIZE(seconds);

	if (s) {
		seconds[at].s = s;
		seconds[at].len = (size_t)(put_number(seconds[at].text, s) - seconds[at].text);
	}
	return put_number(p, ns);
}

/* What began in the same second as something else begins with the same digits. */
static inline char *put_ns(char *p, uint64_t ns)
{
	uint64_t s = ns / NS_PER_S;
	size_t at = s % ARRAY_SIZE(seconds);

	if (seconds[at].s != s)
		return put_new_ns(p, ns);
	memcpy(p, seconds[at].text, DIGITS_SLACK);
	return put_9_digits(p + seconds[at].len, (uint32_t)(ns - s * NS_PER_S));
}

/* Behind the last member of an object, in place of its end. */
static __attribute__((noinline)) char *put_extended(char *end, const struct procmon_extended *ext)
{
	size_t len = strnlen(ext->program, sizeof(ext->program));
	bool is_text = escape_is_utf8(ext->program, len);
	char *p = end - strlen("}\n");

	p = put_signed(PUT(p, ",\"ns_pid\":"), ext->ns_pid);
	p = put_number(PUT(p, ",\"pid_ns\":"), ext->pid_ns);
	p = put_signed(PUT(p, ",\"session\":"), ext->session);
	p = put_signed(PUT(p, ",\"oom\":"), !!(ext->origin & PROCMON_ORIGIN_OOM));
	if (!*ext->program)
		return PUT(p, ",\"program\":null}\n");
	p = PUT(p, ",\"program\":\"");
	p = escape_json(p, ext->program, len, is_text);
	return is_text ? PUT(p, "\"}\n") : PUT(p, "\",\"program_bytes\":1}\n");
}

/* What is 0 is a part of the name. */
#define PUT_OFTEN_0(p, name, v) ((v) ? put_number(PUT(p, name), v) : PUT(p, name "0"))

/* With @any_cgroup it may be one of a long path. */
static inline __attribute__((always_inline)) char *put_object(char *p, const struct exit *e,
							      bool any_cgroup)
{
	const struct procmon_record *rec = e->rec;
	const uint64_t how = both((uint32_t)rec->wait_status, rec->task_flags);
	const uint64_t where = (uint64_t)rec->clock << 48 | (uint64_t)rec->cpu << 32 | rec->dropped;
	const uint64_t whose = rec->uid ^ memo_hash(rec->cgroup_id);
	const struct procmon_extended *ext;
	char *tid;

	if (!is_in(&json_second, rec->time))
		make_second(&json_second, rec->time);
	p = put_second(p, &json_second, 29);
	p = put_9_digits(p, (uint32_t)(rec->time - json_second.begin_ns));
	p = put_ns(PUT(p, "Z\",\"time_ns\":"), e->boot_ns);
	p = put_ns(PUT(p, ",\"start_ns\":"), rec->start_ns);
	p = put_number(PUT(p, ",\"age_ns\":"), exit_age(e));
	p = put_number(PUT(p, ",\"runtime_ns\":"), rec->runtime_ns);
	p = PUT_OFTEN_0(p, ",\"utime_ns\":", rec->utime_ns);
	p = PUT_OFTEN_0(p, ",\"stime_ns\":", rec->stime_ns);
	p = put_number(PUT(p, ",\"min_flt\":"), rec->min_flt);
	p = PUT_OFTEN_0(p, ",\"maj_flt\":", rec->maj_flt);
	tid = PUT(p, ",\"tid\":");
	p = put_signed(tid, rec->tid);
	if (rec->tgid == rec->tid) {
		size_t len = (size_t)(p - tid);

		p = PUT(p, ",\"tgid\":");
		memcpy(p, tid, DIGITS_SLACK);
		p += len;
	} else {
		p = put_signed(PUT(p, ",\"tgid\":"), rec->tgid);
	}
	p = put_signed(PUT(p, ",\"ppid\":"), rec->ppid);
	p = put_long_memo(p, memo_get(&json_whose, memo_hash(whose), rec->uid,
				      rec->cgroup_id), 80);
	if (any_cgroup) {
		const struct cgroup *group = cgroup_find(rec->cgroup_id);

		if (group->json_len > CGROUP_USUAL)
			p = mempcpy(p, group->json, group->json_len);
	}
	p = put_memo(p, memo_get(&json_how, memo_hash(how), how, rec->info), 144);
	p = put_number(put_long_memo(p, memo_of_name(&json_names, rec), 48), rec->number);
	p = put_memo(p, memo_get(&json_where, memo_hash(where), where,
				 (uint64_t)rec->size << 16 | rec->version), 80);
	if (is_basic(rec))
		return p;
	ext = procmon_record_extended(rec);
	return ext ? put_extended(p, ext) : p;
}

static char *put_usual_object(char *p, const struct exit *e)
{
	return put_object(p, e, false);
}

static char *put_any_object(char *p, const struct exit *e)
{
	return put_object(p, e, true);
}

void show_json(const struct exit *exits, size_t n)
{
	if (cgroup_json_most() > CGROUP_USUAL)
		show_all(exits, n, LONG_LINE_MOST, put_any_object);
	else
		show_all(exits, n, LINE_MOST, put_usual_object);
}

void show_lines(const struct exit *exits, size_t n, char *(*put)(char *p, const struct exit *e))
{
	style.custom = true;
	show_all(exits, n, LONG_LINE_MOST, put);
}

void show_head(char *(*put)(char *p))
{
	out.len = (size_t)(put(out.buf + out.len) - out.buf);
}

void show_new_cgroups(void)
{
	memo_forget(&json_whose);
}

void show_begin(bool utc)
{
	if (utc)
		row_second.convert = row_day.convert = gmtime_r;
	style.wide = columns() >= WIDE_COLUMNS;
	style.cgroup = columns() >= WIDEST_COLUMNS;
	style.colour = may_colour();
	digits_init();
	make_second(&row_second, 0);
	make_second(&json_second, 0);
	memo_init(&row_names);
	memo_init(&row_ends);
	memo_init(&json_whose);
	memo_init(&json_how);
	memo_init(&json_names);
	memo_init(&json_where);
}
