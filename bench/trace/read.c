// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "trace/read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/kfile.h"
#include "lib/util.h"

/* Where we are. */
struct parser {
	struct trace *trace;
	size_t line;		/* number of the current line, from 1 */
	bool ended;
};

static void __attribute__((format(printf, 2, 3), noreturn))
wrong(const struct parser *p, const char *fmt, ...)
{
	struct text t = { 0 };
	va_list ap;

	va_start(ap, fmt);
	text_vadd(&t, fmt, ap);
	va_end(ap);
	die("%s:%zu: %s", p->trace->name, p->line, t.s);
}

/* A number up to @end, and what is behind that. */
static uint64_t number(const struct parser *p, char **at, int base, char end)
{
	static const char digits[] = "0123456789abcdef";
	char *behind = *at;
	uint64_t v;

	errno = 0;
	v = memchr(digits, **at ?: 'x', (size_t)base) ? strtoull(*at, &behind, base) : 0;
	if (behind == *at || *behind != end || errno)
		wrong(p, "no number where one belongs: \"%.40s\"", *at);
	*at = behind + (end != '\0');
	return v;
}

/* The last block, or NULL. */
static struct traced_block *block_of(const struct trace *t)
{
	return t->nr_blocks ? &t->blocks[t->nr_blocks - 1] : NULL;
}

static void parse_symbol(struct parser *p, char *at)
{
	struct traced_block *b = block_of(p->trace);
	struct symbol s;

	s.start = number(p, &at, 16, '\t');
	s.end = s.start + number(p, &at, 10, '\t');
	s.name = at;
	if (!*at)
		wrong(p, "a symbol without a name");
	if (b)
		*APPEND(b->symbols, b->nr_symbols) = s;
	else
		*APPEND(p->trace->symbols, p->trace->nr_symbols) = s;
}

static void parse_block(struct parser *p, char *at)
{
	if (!*at)
		wrong(p, "a block without an ID");
	*APPEND(p->trace->blocks, p->trace->nr_blocks) = (struct traced_block){ .id = at };
}

static void parse_insn(struct parser *p, char *at)
{
	struct insn insn;

	insn.address = number(p, &at, 16, '\t');
	insn.size = (uint32_t)number(p, &at, 10, '\0');
	*APPEND(p->trace->insns, p->trace->nr_insns) = insn;
}

static void parse_run(const struct parser *p, char *at, struct path *path)
{
	struct run run = { .times = 1 };
	char *star = strchr(at, '*');

	run.first = (uint32_t)number(p, &at, 10, '+');
	run.n = (uint32_t)number(p, &at, 10, star ? '*' : '\0');
	if (star)
		run.times = (uint32_t)number(p, &at, 10, '\0');
	if ((uint64_t)run.first + run.n > p->trace->nr_insns)
		wrong(p, "a run goes beyond the instructions there are");
	if (!run.n || !run.times)
		wrong(p, "an empty run");
	path->executed += (uint64_t)run.n * run.times;
	*APPEND(path->runs, path->nr_runs) = run;
}

static void parse_path(struct parser *p, char *at)
{
	struct path path = { 0 };
	char *run;

	while ((run = strsep(&at, " ")))
		parse_run(p, run, &path);
	*APPEND(p->trace->paths, p->trace->nr_paths) = path;
}

static void parse_exit(struct parser *p, char *at)
{
	struct traced_block *b = block_of(p->trace);
	uint64_t path = number(p, &at, 10, '\0');

	if (!b)
		wrong(p, "an exit before the first block");
	if (path >= p->trace->nr_paths)
		wrong(p, "no path %" PRIu64 " before this line", path);
	*APPEND(b->exits, b->nr) = (uint32_t)path;
}

static void parse_access(const struct parser *p, char *at, struct path *path)
{
	struct access a = { .line = number(p, &at, 16, ':') };
	char *when;

	while ((when = strsep(&at, ","))) {
		a.when += (uint32_t)number(p, &when, 10, '\0');
		if (a.when >= path->executed)
			wrong(p, "an access after the end of the exit");
		*APPEND(path->accesses, path->nr_accesses) = a;
	}
}

static void parse_data(struct parser *p, char *at)
{
	const struct traced_block *b = block_of(p->trace);
	struct path *path = b && b->nr ? &p->trace->paths[b->exits[b->nr - 1]] : NULL;
	char *access;

	if (!path || path->nr_accesses)
		wrong(p, "the data of no exit, or the second of one path");
	while ((access = strsep(&at, " ")))
		parse_access(p, access, path);
}

static void parse_end(struct parser *p, char *at)
{
	(void)at;
	p->ended = true;
}

static const struct {
	const char *word;
	void (*parse)(struct parser *p, char *at);
} kinds[] = {
	{ "symbol\t", parse_symbol }, { "block\t", parse_block }, { "insn\t", parse_insn },
	{ "path\t", parse_path },
	{ "exit\t", parse_exit }, { "data\t", parse_data },
	{ "end", parse_end },
};

static void parse_line(struct parser *p, char *line)
{
	if (p->ended)
		wrong(p, "a line behind the end");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t len = strlen(kinds[i].word);

		if (!strncmp(line, kinds[i].word, len)) {
			kinds[i].parse(p, line + len);
			return;
		}
	}
	wrong(p, "unknown line: \"%.40s\"", line);
}

/* The names are parts of one text, so their places are the order of the file. */
static int by_start(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->name > y->name) - (x->name < y->name);
}

/* By their addresses, each with its end: that of one without a size is the next one's start. */
static void sort_symbols(struct symbol *symbols, size_t nr)
{
	qsort(symbols, nr, sizeof(*symbols), by_start);
	for (size_t i = nr; i-- > 1;) {
		struct symbol *s = &symbols[i - 1];

		if (s->end == s->start)
			s->end = s[1].start == s->start ? s[1].end : s[1].start;
	}
}

struct trace *trace_must_read(const char *path)
{
	struct trace *t = xcalloc(1, sizeof(*t));
	struct parser p = { .trace = t, .line = 1 };
	char *rest, *line;

	t->name = path;
	t->text = rest = must_read(path);
	line = strsep(&rest, "\n");
	if (strcmp(line, TRACE_MAGIC) || !rest)
		wrong(&p, "this is no trace file");
	while ((line = strsep(&rest, "\n")) && (rest || *line)) {
		p.line++;
		parse_line(&p, line);
	}
	if (!p.ended)
		die("%s: the end is missing: what wrote it died half-way", path);
	sort_symbols(t->symbols, t->nr_symbols);
	for (size_t i = 0; i < t->nr_blocks; i++)
		sort_symbols(t->blocks[i].symbols, t->blocks[i].nr_symbols);
	return t;
}

/* The first of those at the highest address that is not above this one. */
static const struct symbol *find(const struct symbol *symbols, size_t nr, uint64_t address)
{
	size_t lo = 0, hi = nr;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (symbols[mid].start <= address)
			lo = mid + 1;
		else
			hi = mid;
	}
	while (lo > 1 && symbols[lo - 2].start == symbols[lo - 1].start)
		lo--;
	return lo && address < symbols[lo - 1].end ? &symbols[lo - 1] : NULL;
}

const struct symbol *trace_symbol(const struct trace *t, const struct traced_block *b,
				  uint64_t address)
{
	return find(b->symbols, b->nr_symbols, address) ?:
	       find(t->symbols, t->nr_symbols, address);
}
