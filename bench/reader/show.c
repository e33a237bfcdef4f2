// SPDX-License-Identifier: GPL-2.0
/*
 * Records as text. A busy machine has many exits, so no printf() here for what
 * every line has.
 */
#define _GNU_SOURCE
#include "reader/show.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/util.h"

#define NS_PER_S	1000000000u
#define NS_PER_MS	1000000u

/* More than any line has: 26 members in JSON, each with its name, below 40 bytes. */
#define LINE_MOST	2048

static struct {
	size_t len;
	char buf[1 << 18];
} out;

void show_flush(void)
{
	const char *p = out.buf;
	size_t left = out.len;

	out.len = 0;	/* die() must not come here again with the same lines */
	while (left) {
		ssize_t n = write(STDOUT_FILENO, p, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			die("cannot write the output: %s", strerror(errno));
		p += n;
		left -= (size_t)n;
	}
}

/* Room for one line. */
static char *line_begin(void)
{
	if (sizeof(out.buf) - out.len < LINE_MOST)
		show_flush();
	return out.buf + out.len;
}

static void line_end(char *p)
{
	*p++ = '\n';
	out.len = (size_t)(p - out.buf);
}

static char *put_bytes(char *p, const char *s, size_t len)
{
	memcpy(p, s, len);
	return p + len;
}

/* For a literal: its length is known to the compiler. */
#define PUT(p, literal) put_bytes(p, literal, sizeof(literal) - 1)

static char *put_char(char *p, char c)
{
	*p = c;
	return p + 1;
}

/* Exactly @n digits, with zeros in front. */
static char *put_digits(char *p, uint64_t v, int n)
{
	int i;

	for (i = n - 1; i >= 0; i--) {
		p[i] = (char)('0' + v % 10);
		v /= 10;
	}
	return p + n;
}

static int digits_of(uint64_t v)
{
	int n = 1;

	while (v >= 10) {
		v /= 10;
		n++;
	}
	return n;
}

static char *put_number(char *p, uint64_t v)
{
	return put_digits(p, v, digits_of(v));
}

static char *put_signed(char *p, int64_t v)
{
	if (v < 0)
		return put_number(put_char(p, '-'), -(uint64_t)v);
	return put_number(p, (uint64_t)v);
}

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

static char *put_left(char *from, char *to, size_t width)
{
	while ((size_t)(to - from) < width)
		*to++ = ' ';
	return put_char(to, ' ');
}

/* @ns in units of 1000 times @unit_ns / 1000, three decimals, the rest cut off. */
static char *put_decimals(char *p, uint64_t ns, uint64_t unit_ns)
{
	uint64_t thousandths = ns / (unit_ns / 1000);

	p = put_number(p, thousandths / 1000);
	return put_digits(put_char(p, '.'), thousandths % 1000, 3);
}

static char *put_hex(char *p, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	p = put_char(p, hex[c >> 4]);
	return put_char(p, hex[c & 15]);
}

static bool is_printable(unsigned char c)
{
	return c >= ' ' && c <= '~';
}

/* As string_escape_mem() does it with the flags of procmon_escape_comm(). */
char *show_escape(char *p, const char comm[PROCMON_COMM_LEN])
{
	static const char letter[256] = {
		['\a'] = 'a', ['\t'] = 't', ['\n'] = 'n', ['\v'] = 'v',
		['\f'] = 'f', ['\r'] = 'r', ['\33'] = 'e', ['\\'] = '\\',
	};
	size_t len = strnlen(comm, PROCMON_COMM_LEN);
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)comm[i];

		if (letter[c])
			p = put_char(put_char(p, '\\'), letter[c]);
		else if (is_printable(c) && c != ']')
			*p++ = (char)c;
		else
			p = put_hex(PUT(p, "\\x"), c);
	}
	return p;
}

const char *show_signal(int signal)
{
	static char names[128][12];
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

/*
 * The date and time to the second, made once for all exits of that second. No program
 * shows both a table and JSON, so there is only one format.
 */
static char *put_second(char *p, int64_t ns, const char *format,
			struct tm *(*convert)(const time_t *, struct tm *))
{
	static time_t made;
	static char text[64];
	static size_t len;
	time_t t = (time_t)((uint64_t)ns / NS_PER_S);
	struct tm tm;

	if (!len || t != made) {
		if (!convert(&t, &tm))
			die("a record's time cannot be a date: %s", strerror(errno));
		len = strftime(text, sizeof(text), format, &tm);
		made = t;
	}
	return put_char(put_bytes(p, text, len), '.');
}

/* HH:MM:SS.mmm here. */
static char *put_time(char *p, const struct exit *e)
{
	p = put_second(p, e->real_ns, "%H:%M:%S", localtime_r);
	return put_digits(p, (uint64_t)e->real_ns % NS_PER_S / NS_PER_MS, 3);
}

static char *put_iso_time(char *p, const struct exit *e)
{
	p = put_second(put_char(p, '"'), e->real_ns, "%Y-%m-%dT%H:%M:%S", gmtime_r);
	return PUT(put_digits(p, (uint64_t)e->real_ns % NS_PER_S, 9), "Z\"");
}

static char *put_result(char *p, const struct procmon_record *rec)
{
	int signal = procmon_record_signal(rec);
	int exit_status = procmon_record_exit_status(rec);

	if (signal) {
		const char *name = show_signal(signal);

		p = put_bytes(p, name, strlen(name));
		return procmon_record_core(rec) ? PUT(p, " (core)") : p;
	}
	if (exit_status && !procmon_record_kthread(rec))
		p = PUT(p, "exit ");
	return put_signed(p, exit_status);
}

void show_header(void)
{
	int n = sprintf(line_begin(), "%-12s %7s %7s %7s %5s %-15s %10s %10s %s", "TIME",
			"PID", "TID", "PPID", "UID", "COMM", "AGE s", "CPU ms", "RESULT");

	line_end(out.buf + out.len + n);
}

static void show_row(const struct exit *e)
{
	const struct procmon_record *rec = e->rec;
	char *p = line_begin();
	char *cpu;

	p = put_right(p, put_time(p, e), 12);
	p = put_right(p, put_signed(p, rec->tgid), 7);
	p = put_right(p, put_signed(p, rec->tid), 7);
	p = put_right(p, put_signed(p, rec->ppid), 7);
	p = put_right(p, put_number(p, rec->uid), 5);
	p = put_left(p, show_escape(p, rec->comm), 15);
	p = put_right(p, put_decimals(p, exit_age(e), NS_PER_S), 10);
	cpu = rec->info & PROCMON_INFO_INEXACT ? put_char(p, '~') : p;
	p = put_right(p, put_decimals(cpu, rec->runtime_ns, NS_PER_MS), 10);
	line_end(put_result(p, rec));
}

void show_rows(const struct exit *const *exits, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		show_row(exits[i]);
}

/* Each byte that is not printable ASCII as the Latin-1 character of its number. */
static char *put_json_comm(char *p, const char comm[PROCMON_COMM_LEN])
{
	size_t len = strnlen(comm, PROCMON_COMM_LEN);
	size_t i;

	p = put_char(p, '"');
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)comm[i];

		if (!is_printable(c)) {
			p = put_hex(PUT(p, "\\u00"), c);
			continue;
		}
		if (c == '"' || c == '\\')
			*p++ = '\\';
		*p++ = (char)c;
	}
	return put_char(p, '"');
}

static char *put_last(char *p, const struct procmon_record *rec)
{
	switch (procmon_record_last(rec)) {
	case PROCMON_LAST_NO:
		return PUT(p, "\"no\"");
	case PROCMON_LAST_YES:
		return PUT(p, "\"yes\"");
	default:
		return PUT(p, "\"unknown\"");
	}
}

#define VALUE(p, put, name, value) put(PUT(p, ",\"" #name "\":"), value)
#define UNSIGNED(p, member) VALUE(p, put_number, member, rec->member)
#define SIGNED(p, member) VALUE(p, put_signed, member, rec->member)

static void show_object(const struct exit *e)
{
	const struct procmon_record *rec = e->rec;
	char *p = line_begin();

	p = put_iso_time(PUT(p, "{\"time\":"), e);
	p = VALUE(p, put_number, time_ns, e->boot_ns);
	p = UNSIGNED(p, start_ns);
	p = VALUE(p, put_number, age_ns, exit_age(e));
	p = UNSIGNED(p, runtime_ns);
	p = UNSIGNED(p, utime_ns);
	p = UNSIGNED(p, stime_ns);
	p = UNSIGNED(p, min_flt);
	p = UNSIGNED(p, maj_flt);
	p = SIGNED(p, tid);
	p = SIGNED(p, tgid);
	p = SIGNED(p, ppid);
	p = UNSIGNED(p, uid);
	p = UNSIGNED(p, cgroup_id);
	p = SIGNED(p, wait_status);
	p = VALUE(p, put_signed, exit_status, procmon_record_exit_status(rec));
	p = VALUE(p, put_signed, signal, procmon_record_signal(rec));
	p = VALUE(p, put_signed, core, procmon_record_core(rec));
	p = put_last(PUT(p, ",\"last\":"), rec);
	p = UNSIGNED(p, task_flags);
	p = VALUE(p, put_signed, kthread, procmon_record_kthread(rec));
	p = VALUE(p, put_signed, inexact, !!(rec->info & PROCMON_INFO_INEXACT));
	p = put_json_comm(PUT(p, ",\"comm\":"), rec->comm);
	p = UNSIGNED(p, number);
	p = UNSIGNED(p, dropped);
	p = UNSIGNED(p, cpu);
	p = UNSIGNED(p, clock);
	p = UNSIGNED(p, version);
	p = UNSIGNED(p, size);
	line_end(put_char(p, '}'));
}

void show_json(const struct exit *const *exits, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		show_object(exits[i]);
}
