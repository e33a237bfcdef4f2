// SPDX-License-Identifier: GPL-2.0
/*
 * Names are for any user to choose, so each is escaped twice: as in the table, so that
 * it is printable ASCII, and then for HTML.
 */
#define _GNU_SOURCE
#include "reader/page.h"

#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/replace.h"
#include "lib/util.h"
#include "reader/balance.h"
#include "reader/cgroup.h"
#include "reader/show.h"

#define NS_PER_S	1000000000u
#define NS_PER_MS	1000000u

#define BARS		120	/* of the diagram */
#define BAR_NS_LEAST	((uint64_t)NS_PER_MS)
#define LINES_OF_NAMES	20
#define LINES_OF_TOP	10
#define LINES_OF_FAILED	50

struct tally {
	char *name;		/* it comes first, as the tree's key */
	uint64_t exits, failed, runtime_ns;
};

/* All exits, by a name. */
struct tallies {
	void *tree;
	struct tally **all;
	size_t n;
	struct tally others;	/* names that came when there were PAGE_NAMES */
};

/* What a line tells of an exit. */
struct line {
	uint64_t rank;		/* what it is among the first by */
	uint64_t real_ns, age_ns, runtime_ns;
	int32_t pid;
	uint32_t uid;
	bool failed;
	char name[SHOW_PROGRAM_LEN];
	char container[CGROUP_NAME];
	char result[48];
};

static struct tm *(*convert)(const time_t *, struct tm *) = localtime_r;

static uint64_t n_exits, n_failed, n_signaled, n_oom;
static struct tallies programs, containers;
static struct line slowest[LINES_OF_TOP], heaviest[LINES_OF_TOP];
static struct line failures[LINES_OF_FAILED];	/* the last ones, round and round */

/* From the first exit on; twice as long each time that they do not suffice. */
static struct {
	uint64_t begin_ns;	/* CLOCK_BOOTTIME */
	uint64_t real_ns;	/* CLOCK_REALTIME, then */
	uint64_t last_ns;
	uint64_t bar_ns;
	struct {
		uint64_t exits, failed;
	} bars[BARS];
} course = { .bar_ns = BAR_NS_LEAST };

void page_begin(bool utc)
{
	if (utc)
		convert = gmtime_r;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static struct tally *find(struct tallies *t, const char *name)
{
	struct tally **found = tfind(&name, &t->tree, by_name), *new;

	if (found)
		return *found;
	if (t->n == PAGE_NAMES)
		return &t->others;
	new = xcalloc(1, sizeof(*new));
	new->name = xstrdup(name);
	if (!tsearch(new, &t->tree, by_name))
		die("out of memory");
	*APPEND(t->all, t->n) = new;
	return new;
}

static void count(struct tallies *t, const char *name, const struct procmon_record *rec)
{
	struct tally *tally = find(t, name);

	tally->exits++;
	tally->failed += (uint64_t)procmon_record_failed(rec);
	tally->runtime_ns += rec->runtime_ns;
}

/* The program's name, or that of the task. */
static void name_of(char name[SHOW_PROGRAM_LEN], const struct procmon_record *rec)
{
	char *end = show_program(name, rec);

	*(end == name ? show_escape(name, rec->comm) : end) = '\0';
}

static void join_bars(void)
{
	for (size_t i = 0; i < BARS / 2; i++) {
		course.bars[i].exits = course.bars[2 * i].exits + course.bars[2 * i + 1].exits;
		course.bars[i].failed = course.bars[2 * i].failed + course.bars[2 * i + 1].failed;
	}
	memset(&course.bars[BARS / 2], 0, sizeof(course.bars) / 2);
	course.bar_ns *= 2;
}

static void add_to_course(const struct exit *e, bool failed)
{
	uint64_t at;

	if (!n_exits) {
		course.begin_ns = e->boot_ns;
		course.real_ns = e->rec->time;
	}
	/* those of another CPU may come a little late */
	at = e->boot_ns > course.begin_ns ? e->boot_ns - course.begin_ns : 0;
	if (course.last_ns < at)
		course.last_ns = at;
	while (at / course.bar_ns >= BARS)
		join_bars();
	course.bars[at / course.bar_ns].exits++;
	course.bars[at / course.bar_ns].failed += failed;
}

static void fill(struct line *line, const struct exit *e, const char *name, const char *container,
		 bool failed)
{
	const struct procmon_record *rec = e->rec;

	*line = (struct line){
		.real_ns = rec->time, .age_ns = exit_age(e), .runtime_ns = rec->runtime_ns,
		.pid = rec->tgid, .uid = rec->uid, .failed = failed,
	};
	snprintf(line->name, sizeof(line->name), "%s", name);
	snprintf(line->container, sizeof(line->container), "%s", container);
	*show_result(line->result, rec, show_is_oom(rec)) = '\0';
}

/* Among the first by @rank, if it is one: in place of the last of them. */
static void place(struct line top[LINES_OF_TOP], uint64_t rank, const struct exit *e,
		  const char *name, const char *container, bool failed)
{
	struct line *last = &top[LINES_OF_TOP - 1];

	if (rank <= last->rank)
		return;
	for (; last > top && last[-1].rank < rank; last--)
		last[0] = last[-1];
	fill(last, e, name, container, failed);
	last->rank = rank;
}

static void add(const struct exit *e)
{
	const struct procmon_record *rec = e->rec;
	const struct cgroup *group = cgroup_find(rec->cgroup_id);
	const char *container = group->is_container ? group->name : "-";
	bool failed = procmon_record_failed(rec);
	char name[SHOW_PROGRAM_LEN];

	name_of(name, rec);
	add_to_course(e, failed);
	count(&programs, name, rec);
	count(&containers, container, rec);
	place(slowest, exit_age(e), e, name, container, failed);
	place(heaviest, rec->runtime_ns, e, name, container, failed);
	if (failed)
		fill(&failures[n_failed % LINES_OF_FAILED], e, name, container, true);
	n_exits++;
	n_failed += failed;
	n_signaled += procmon_record_signal(rec) != 0;
	n_oom += show_is_oom(rec);
}

void page_add(const struct exit *exits, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add(&exits[i]);
}

static void add_html(struct text *t, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '&':
			text_add(t, "&amp;");
			break;
		case '<':
			text_add(t, "&lt;");
			break;
		case '>':
			text_add(t, "&gt;");
			break;
		default:
			text_add(t, "%c", *s);
		}
	}
}

static void add_cell(struct text *t, const char *s)
{
	text_add(t, "<td>");
	add_html(t, s);
}

static void add_seconds(struct text *t, uint64_t ns)
{
	text_add(t, "<td class=n>%" PRIu64 ".%03u", ns / NS_PER_S,
		 (unsigned int)(ns % NS_PER_S / NS_PER_MS));
}

static const char *when(uint64_t real_ns, const char *format, char to[32])
{
	time_t s = (time_t)(real_ns / NS_PER_S);
	struct tm tm;

	if (!convert(&s, &tm) || !strftime(to, 32, format, &tm))
		return "-";
	return to;
}

static void add_tile(struct text *t, const char *what, uint64_t n, bool bad)
{
	text_add(t, "<div%s><b>%" PRIu64 "</b>%s</div>\n", bad && n ? " class=bad" : "", n, what);
}

static void add_bar(struct text *t, size_t i, uint64_t from, uint64_t to, uint64_t most,
		    const char *class)
{
	const double unit = 160.0 / (double)most;

	if (to > from)
		text_add(t, "<rect class=%s x=%zu y=%.2f width=6 height=%.2f />\n", class, 7 * i,
			 160 - (double)to * unit, (double)(to - from) * unit);
}

static void add_course(struct text *t)
{
	size_t n = (size_t)(course.last_ns / course.bar_ns) + 1;
	double seconds = (double)(n * course.bar_ns) / NS_PER_S;
	uint64_t most = 1;
	char text[32];

	for (size_t i = 0; i < n; i++)
		if (course.bars[i].exits > most)
			most = course.bars[i].exits;
	text_add(t, "<h2>Exits over time</h2>\n<figure><svg viewBox=\"0 0 %d 162\" preserveAspectRatio=none role=img aria-label=\"Exits over time\">\n",
		 7 * (int)n);
	for (size_t i = 0; i < n; i++) {
		text_add(t, "<g><title>%s + %g s: %" PRIu64 " exits, %" PRIu64 " failed</title>\n",
			 when(course.real_ns, "%H:%M:%S", text),
			 (double)(i * course.bar_ns) / NS_PER_S, course.bars[i].exits,
			 course.bars[i].failed);
		add_bar(t, i, 0, course.bars[i].failed, most, "bad");
		add_bar(t, i, course.bars[i].failed, course.bars[i].exits, most, "ok");
		text_add(t, "</g>\n");
	}
	text_add(t, "</svg>\n<figcaption><span>%s</span><span>%" PRIu64 " at most in %g s; failures are red</span>",
		 when(course.real_ns, "%Y-%m-%d %H:%M:%S", text), most,
		 (double)course.bar_ns / NS_PER_S);
	if (seconds < 60)
		text_add(t, "<span>%g s later</span>", seconds);
	else
		text_add(t, "<span>%s</span>",
			 when(course.real_ns + n * course.bar_ns, "%Y-%m-%d %H:%M:%S", text));
	text_add(t, "</figcaption></figure>\n");
}

static int by_failed(const void *a, const void *b)
{
	const struct tally *x = *(struct tally *const *)a, *y = *(struct tally *const *)b;

	if (x->failed != y->failed)
		return x->failed < y->failed ? 1 : -1;
	if (x->exits != y->exits)
		return x->exits < y->exits ? 1 : -1;
	return strcmp(x->name, y->name);
}

static void add_tally(struct text *t, const struct tally *tally, const char *name)
{
	text_add(t, "<tr>");
	add_cell(t, name);
	text_add(t, "<td class=n>%" PRIu64 "<td class=\"n%s\">%" PRIu64, tally->exits,
		 tally->failed ? " bad" : "", tally->failed);
	add_seconds(t, tally->runtime_ns);
	text_add(t, "</tr>\n");
}

/* What has no line of its own is in the last one, so that the columns add up. */
static void add_tallies(struct text *t, struct tallies *by, const char *head, const char *name)
{
	struct tally rest = by->others;

	if (by->n)
		qsort(by->all, by->n, sizeof(*by->all), by_failed);
	text_add(t, "<h2>%s</h2>\n<div class=table><table>\n<tr><th>%s<th class=n>exits<th class=n>failed<th class=n>CPU s</tr>\n",
		 head, name);
	for (size_t i = 0; i < by->n; i++) {
		if (i < LINES_OF_NAMES) {
			add_tally(t, by->all[i], by->all[i]->name);
			continue;
		}
		rest.exits += by->all[i]->exits;
		rest.failed += by->all[i]->failed;
		rest.runtime_ns += by->all[i]->runtime_ns;
	}
	/* no name looks like this: its ] is escaped */
	if (rest.exits)
		add_tally(t, &rest, "[others]");
	text_add(t, "</table></div>\n");
}

static void add_line(struct text *t, const struct line *line)
{
	char text[32];

	text_add(t, "<tr><td>%s.%03u<td class=n>%" PRId32 "<td class=n>%" PRIu32,
		 when(line->real_ns, "%H:%M:%S", text),
		 (unsigned int)(line->real_ns % NS_PER_S / NS_PER_MS), line->pid, line->uid);
	add_cell(t, line->name);
	add_cell(t, line->container);
	add_seconds(t, line->age_ns);
	add_seconds(t, line->runtime_ns);
	text_add(t, line->failed ? "<td class=bad>" : "<td>");
	add_html(t, line->result);
	text_add(t, "</tr>\n");
}

static void begin_lines(struct text *t, const char *head)
{
	text_add(t, "<h2>%s</h2>\n<div class=table><table>\n<tr><th>time<th class=n>pid<th class=n>uid<th>program<th>container<th class=n>age s<th class=n>CPU s<th>result</tr>\n",
		 head);
}

static void add_top(struct text *t, const char *head, const struct line top[LINES_OF_TOP])
{
	begin_lines(t, head);
	for (size_t i = 0; i < LINES_OF_TOP && top[i].rank; i++)
		add_line(t, &top[i]);
	text_add(t, "</table></div>\n");
}

static void add_failures(struct text *t)
{
	uint64_t first = n_failed > LINES_OF_FAILED ? n_failed - LINES_OF_FAILED : 0;

	begin_lines(t, "The last failures");
	for (uint64_t i = n_failed; i > first; i--)
		add_line(t, &failures[(i - 1) % LINES_OF_FAILED]);
	text_add(t, "</table></div>\n");
}

static const char style[] =
"<style>\n"
":root { color-scheme: light dark; --ink: #1c2126; --dim: #68727d; --rule: #d9dee3; --page: #fff;\n"
"  --ok: #7f9db9; --bad: #c62f2f }\n"
"@media (prefers-color-scheme: dark) { :root { --ink: #e3e7ea; --dim: #97a1ab; --rule: #353c43;\n"
"  --page: #16191c; --ok: #5f7f9d; --bad: #f0706a } }\n"
"body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--page);\n"
"  max-width: 60rem; margin: 2rem auto; padding: 0 1rem }\n"
"h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }\n"
".tiles { display: flex; flex-wrap: wrap; gap: .5rem 2.5rem; color: var(--dim) }\n"
".tiles b { display: block; font-size: 1.6rem; color: var(--ink) }\n"
".tiles .bad b, td.bad { color: var(--bad) }\n"
"figure { margin: 0 } svg { width: 100%; height: 11rem; border-bottom: 1px solid var(--rule) }\n"
"rect.ok { fill: var(--ok) } rect.bad { fill: var(--bad) }\n"
"figcaption { display: flex; justify-content: space-between; gap: 1rem; color: var(--dim);\n"
"  font-size: .85rem }\n"
".table { overflow-x: auto } table { border-collapse: collapse; width: 100% }\n"
"th { text-align: left; font-weight: 600; color: var(--dim) }\n"
"th, td { padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--rule);\n"
"  white-space: nowrap } .n { text-align: right; font-variant-numeric: tabular-nums }\n"
"p.bad { color: var(--bad) }\n"
"</style>\n";

static void add_all(struct text *t, const char *account, bool closes)
{
	char text[32];

	text_add(t, "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n<meta name=viewport content=\"width=device-width\">\n<title>procmon: %" PRIu64 " exits</title>\n%s</head>\n<body>\n<h1>Exits from %s on</h1>\n<div class=tiles>\n",
		 n_exits, style, n_exits ? when(course.real_ns, "%Y-%m-%d %H:%M:%S", text) : "-");
	add_tile(t, "exits", n_exits, false);
	add_tile(t, "failed", n_failed, true);
	add_tile(t, "by a signal", n_signaled, true);
	add_tile(t, "out of memory", n_oom, true);
	add_tile(t, "lost", balance_lost(), true);
	text_add(t, "</div>\n");
	if (n_exits) {
		add_course(t);
		add_tallies(t, &programs, "By program", "program");
		add_tallies(t, &containers, "By container", "container");
		if (n_failed)
			add_failures(t);
		add_top(t, "The slowest", slowest);
		add_top(t, "The heaviest", heaviest);
	}
	text_add(t, "<h2>The account</h2>\n<p%s>", closes ? "" : " class=bad");
	add_html(t, account);
	text_add(t, "%s\n</body>\n</html>\n", closes ? "" : " The sum does not close.");
}

void page_write(const char *file, const char *account, bool closes)
{
	struct text t = { 0 };

	add_all(&t, account, closes);
	replace_write(file, &t);
	replace_all();
	text_free(&t);
}
