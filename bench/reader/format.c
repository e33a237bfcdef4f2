// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "reader/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/util.h"
#include "reader/cgroup.h"
#include "reader/show.h"

#define NS_PER_S	1000000000u
#define NS_PER_MS	1000000u

/* What most columns do: print a member of the record, or of what extends it. */
#define NUMBER(name, fmt, value)						\
	static char *put_##name(char *p, const struct exit *e)			\
	{									\
		const struct procmon_record *rec = e->rec;			\
										\
		return p + sprintf(p, fmt, value);				\
	}
#define EXTENDED(name, fmt, member)						\
	static char *put_##name(char *p, const struct exit *e)			\
	{									\
		const struct procmon_extended *ext = procmon_record_extended(e->rec); \
										\
		return ext ? p + sprintf(p, fmt, ext->member) : stpcpy(p, "-");	\
	}

static struct tm *(*convert)(const time_t *, struct tm *) = localtime_r;

static char *put_date_and_time(char *p, const struct exit *e, const char *format)
{
	time_t t = (time_t)(e->rec->time / NS_PER_S);
	struct tm tm;

	if (!convert(&t, &tm))
		return stpcpy(p, "-");
	return p + strftime(p, 64, format, &tm);
}

static char *put_date(char *p, const struct exit *e)
{
	return put_date_and_time(p, e, "%Y-%m-%d");
}

static char *put_time(char *p, const struct exit *e)
{
	p = put_date_and_time(p, e, "%H:%M:%S");
	return p + sprintf(p, ".%03u", (unsigned int)(e->rec->time % NS_PER_S / NS_PER_MS));
}

NUMBER(pid, "%" PRId32, rec->tgid)
NUMBER(tid, "%" PRId32, rec->tid)
NUMBER(ppid, "%" PRId32, rec->ppid)
NUMBER(uid, "%" PRIu32, rec->uid)
NUMBER(cpu, "%.3f", (double)rec->runtime_ns / NS_PER_MS)
NUMBER(utime, "%.3f", (double)rec->utime_ns / NS_PER_MS)
NUMBER(stime, "%.3f", (double)rec->stime_ns / NS_PER_MS)
NUMBER(min_flt, "%llu", rec->min_flt)
NUMBER(maj_flt, "%llu", rec->maj_flt)
NUMBER(cgroup_id, "%llu", rec->cgroup_id)
EXTENDED(ns_pid, "%" PRId32, ns_pid)
EXTENDED(pid_ns, "%" PRIu32, pid_ns)
EXTENDED(session, "%" PRId32, session)

static char *put_age(char *p, const struct exit *e)
{
	return p + sprintf(p, "%.3f", (double)(exit_age(e) / NS_PER_MS) / 1000);
}

static char *put_comm(char *p, const struct exit *e)
{
	return show_escape(p, e->rec->comm);
}

static char *put_program(char *p, const struct exit *e)
{
	char *end = show_program(p, e->rec);

	return end == p ? stpcpy(p, "-") : end;
}

static char *put_cgroup(char *p, const struct exit *e)
{
	return stpcpy(p, cgroup_find(e->rec->cgroup_id)->name);
}

static char *put_container(char *p, const struct exit *e)
{
	const struct cgroup *group = cgroup_find(e->rec->cgroup_id);

	return stpcpy(p, group->is_container ? group->name : "-");
}

static char *put_result(char *p, const struct exit *e)
{
	return show_result(p, e->rec, show_is_oom(e->rec));
}

static char *put_exit(char *p, const struct exit *e)
{
	if (!procmon_record_known(e->rec))
		return stpcpy(p, "-");
	return p + sprintf(p, "%d", procmon_record_exit_status(e->rec));
}

static char *put_signal(char *p, const struct exit *e)
{
	int signal = procmon_record_signal(e->rec);

	return stpcpy(p, signal ? show_signal(signal) : "-");
}

/* A width below 0 is that of a column of text, flush left. */
static const struct field {
	const char *name, *head;
	int width;
	char *(*put)(char *p, const struct exit *e);
} fields[] = {
	{ "date", "DATE", -10, put_date },
	{ "time", "TIME", -12, put_time },
	{ "pid", "PID", 7, put_pid },
	{ "tid", "TID", 7, put_tid },
	{ "ppid", "PPID", 7, put_ppid },
	{ "uid", "UID", 10, put_uid },
	{ "comm", "COMM", -15, put_comm },
	{ "age", "AGE s", 10, put_age },
	{ "cpu", "CPU ms", 10, put_cpu },
	{ "utime", "USER ms", 10, put_utime },
	{ "stime", "SYS ms", 10, put_stime },
	{ "min_flt", "MINFLT", 8, put_min_flt },
	{ "maj_flt", "MAJFLT", 8, put_maj_flt },
	{ "cgroup", "CGROUP", 1 - CGROUP_NAME, put_cgroup },
	{ "cgroup_id", "CGROUP ID", 10, put_cgroup_id },
	{ "container", "CONTAINER", 1 - CGROUP_NAME, put_container },
	{ "result", "RESULT", -15, put_result },
	{ "exit", "EXIT", 4, put_exit },
	{ "signal", "SIGNAL", -10, put_signal },
	{ "ns_pid", "NSPID", 7, put_ns_pid },
	{ "pid_ns", "PIDNS", 10, put_pid_ns },
	{ "session", "SESSION", 7, put_session },
	{ "program", "PROGRAM", -15, put_program },
};

static struct column {
	const struct field *field;
	const char *head;
} columns[FORMAT_FIELDS_MOST];
static size_t n_columns;

static const struct field *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (!strcmp(fields[i].name, name))
			return &fields[i];
	return NULL;
}

static char *unknown(const char *name)
{
	char *text = xasprintf("'%s' is none of", name);

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		char *longer = xasprintf("%s%s %s", text, i ? "," : "", fields[i].name);

		free(text);
		text = longer;
	}
	return text;
}

char *format_take(const char *list)
{
	char *at = xstrdup(list), *next;

	/* with what the columns have at most, there is room for a line */
	if (strlen(list) > 4096)
		return xasprintf("it is too long");
	for (; at; at = next) {
		char *head = at + strcspn(at, "=,");
		struct column *c = &columns[n_columns];

		next = NULL;
		if (*head == ',')
			next = head + 1;
		if (n_columns == FORMAT_FIELDS_MOST)
			return xasprintf("it has more than %d fields", FORMAT_FIELDS_MOST);
		c->head = NULL;
		if (*head == '=') {
			char *comma = strchr(head, ',');

			c->head = head + 1;
			if (comma) {
				*comma = '\0';
				next = comma + 1;
			}
		}
		*head = '\0';
		c->field = find(at);
		if (!c->field)
			return unknown(at);
		if (!c->head)
			c->head = c->field->head;
		n_columns++;
	}
	return NULL;
}

void format_begin(bool utc)
{
	if (utc)
		convert = gmtime_r;
}

/* At least as wide as its head. The last one is not filled up. */
static char *pad(char *from, char *to, const struct column *c)
{
	int head = (int)strlen(c->head);
	int width = c->field->width < 0 ? -c->field->width : c->field->width;
	size_t len = (size_t)(to - from), wide = (size_t)(width > head ? width : head);
	bool last = c == &columns[n_columns - 1];

	if (c->field->width < 0 && last)
		wide = 0;
	if (len < wide) {
		if (c->field->width < 0) {
			memset(to, ' ', wide - len);
		} else {
			memmove(from + wide - len, from, len);
			memset(from, ' ', wide - len);
		}
		to = from + wide;
	}
	*to = last ? '\n' : ' ';
	return to + 1;
}

char *format_header(char *p)
{
	const struct column *c, *const end = columns + n_columns;
	bool any = false;

	for (c = columns; c < end; c++)
		any |= !!*c->head;
	if (!any)
		return p;
	for (c = columns; c < end; c++)
		p = pad(p, stpcpy(p, c->head), c);
	return p;
}

char *format_line(char *p, const struct exit *e)
{
	for (const struct column *c = columns; c < columns + n_columns; c++)
		p = pad(p, c->field->put(p, e), c);
	return p;
}
