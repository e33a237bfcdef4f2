// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "boot/read.h"
#include "lib/util.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Above any tick count of one exit; keeps every sum and difference inside int64_t. */
#define COUNT_MAX ((int64_t)1 << 48)

/* Where we are. */
struct parser {
	struct boot *boot;	/* the result so far */
	size_t line;		/* number of the current line, from 1 */
	char **err;		/* where the message goes */
};

/* False, and the message is in its place. */
#define fail(p, fmt, ...) \
	(*(p)->err = xasprintf("%s:%zu: " fmt, (p)->boot->name, (p)->line, ##__VA_ARGS__), false)

/* Decimal digits only: no sign, no blank, no 0x. */
static bool number(const char *s, char **end, int64_t *out)
{
	if (!isdigit((unsigned char)*s))
		return false;
	*out = strtoll(s, end, 10);
	return *out <= COUNT_MAX;
}

static bool field_number(struct parser *p, const char *what, const char *s, bool dash, int64_t *out)
{
	char *end;

	if (dash && !strcmp(s, "-")) {
		*out = NOT_TOLD;
		return true;
	}
	if (!number(s, &end, out) || *end)
		return fail(p, "%s is '%s', not a number%s", what, s, dash ? " or '-'" : "");
	return true;
}

static struct row *find_row(struct parser *p, const char *id)
{
	for (size_t i = 0; i < p->boot->nr_rows; i++)
		if (!strcmp(p->boot->rows[i].id, id))
			return &p->boot->rows[i];
	(void)fail(p, "no row '%s' before this line", id);
	return NULL;
}

static bool parse_env(struct parser *p, char **f)
{
	struct boot *boot = p->boot;

	if (!*f[1])
		return fail(p, "env without a key");
	if (boot_env(boot, f[1]))
		return fail(p, "env '%s' is given twice", f[1]);
	*APPEND(boot->env, boot->nr_env) = (struct env){ f[1], f[2] };
	return true;
}

static bool parse_row(struct parser *p, char **f)
{
	struct boot *boot = p->boot;
	/* The fields are its first members, in their order. */
	struct row row = { f[1], f[2], f[3], f[4], f[5], f[6], .traps = NOT_TOLD };
	bool none = !strcmp(row.hook, "none");

	for (int i = 1; i <= 6; i++)
		if (!*f[i])
			return fail(p, "row with an empty field %d", i);
	for (size_t i = 0; i < boot->nr_rows; i++) {
		const struct row *r = &boot->rows[i];

		if (!strcmp(r->id, row.id))
			return fail(p, "row '%s' is given twice", row.id);
		if (!none && row_is_same(r, &row))
			return fail(p, "row '%s' is the same as row '%s'", row.id, r->id);
	}
	if (none && boot->base < 0)
		boot->base = (int)boot->nr_rows;
	else if (none && boot->control < 0)
		boot->control = (int)boot->nr_rows;
	else if (none)
		return fail(p, "a third row with hook 'none'");

	*APPEND(boot->rows, boot->nr_rows) = row;
	return true;
}

static bool parse_ticks(struct parser *p, char *s, struct block *b)
{
	while (*s) {
		int64_t v;

		if (!number(s, &s, &v) || (*s && *s != ' ') || (*s == ' ' && !s[1]))
			return fail(p, "value %zu is not a number of ticks", b->n + 1);
		if (*s)
			s++;
		*APPEND(b->ticks, b->n) = v;
	}
	if (!b->n && !b->proof)
		return fail(p, "a proven block without values");
	return true;
}

static bool parse_block(struct parser *p, char **f)
{
	struct row *row = find_row(p, f[1]);
	struct block *b;
	int64_t nr;

	if (!row)
		return false;
	if (row->skip)
		return fail(p, "row '%s' has a block but was skipped", row->id);
	if (!*f[6])
		return fail(p, "block without a proof");
	if (!field_number(p, "the round", f[2], false, &nr))
		return false;
	if (nr > 1000000)
		return fail(p, "round %s is out of range", f[2]);
	for (size_t i = 0; i < row->nr_blocks; i++)
		if (row->blocks[i].nr == nr)
			return fail(p, "row '%s' has two blocks %s", row->id, f[2]);

	/* They are in the order of their rounds. */
	for (b = APPEND(row->blocks, row->nr_blocks); b > row->blocks && b[-1].nr > nr; b--)
		*b = b[-1];
	*b = (struct block){ .nr = (unsigned int)nr };
	if (strcmp(f[6], "ok"))
		b->proof = f[6];
	return field_number(p, "exits", f[3], false, &b->exits) &&
	       field_number(p, "hits", f[4], true, &b->hits) &&
	       field_number(p, "missed", f[5], true, &b->missed) && parse_ticks(p, f[7], b);
}

static bool parse_traps(struct parser *p, char **f)
{
	struct row *row = find_row(p, f[1]);
	int64_t count, exits;

	if (!row || !field_number(p, "traps", f[2], false, &count) ||
	    !field_number(p, "exits", f[3], false, &exits))
		return false;
	if (!exits)
		return fail(p, "traps counted over 0 exits");
	row->traps = (row->traps == NOT_TOLD ? 0 : row->traps) + count;
	row->trap_exits += exits;
	return true;
}

static bool parse_skip(struct parser *p, char **f)
{
	struct row *row = find_row(p, f[1]);

	if (!row)
		return false;
	if (row->skip)
		return fail(p, "row '%s' is skipped twice", row->id);
	if (row->nr_blocks)
		return fail(p, "row '%s' is skipped but has blocks", row->id);
	if (!*f[2])
		return fail(p, "skip without a reason");
	row->skip = f[2];
	return true;
}

static const struct kind {
	const char *name;
	int fields;
	bool (*parse)(struct parser *p, char **f);
} kinds[] = {
	{ "env", 3, parse_env },
	{ "row", 7, parse_row },
	{ "block", 8, parse_block },
	{ "traps", 4, parse_traps },
	{ "skip", 3, parse_skip },
};

#define FIELDS_MAX 8

static bool parse_line(struct parser *p, char *line)
{
	char *f[FIELDS_MAX] = { NULL };
	int n = 0;

	for (char *s = line; s; n++) {
		char *word = strsep(&s, "\t");

		if (n < FIELDS_MAX)
			f[n] = word;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(f[0], kinds[i].name))
			continue;
		if (n != kinds[i].fields)
			return fail(p, "%s has %d fields, not %d", f[0], n, kinds[i].fields);
		return kinds[i].parse(p, f);
	}
	return fail(p, "unknown line '%.40s'", f[0]);
}

static bool finish(struct parser *p, bool ended)
{
	struct boot *boot = p->boot;

	if (!ended)
		return fail(p, "no 'end' line: the boot did not finish");
	if (!boot_env(boot, "kernel"))
		return fail(p, "no env 'kernel'");
	if (boot->base < 0)
		return fail(p, "no baseline: no row with hook 'none'");
	return true;
}

static bool parse(struct parser *p, FILE *f)
{
	char **text = &p->boot->text, *at, *line;
	size_t size = 0;
	ssize_t len = getdelim(text, &size, '\0', f);
	bool nul = len > 0 && !(*text)[len - 1], ended = false;

	if (len < 0 || ferror(f))
		return fail(p, "%s", ferror(f) ? strerror(errno) : "the file is empty");
	for (at = *text; (line = strsep(&at, "\n")) && at; ) {
		p->line++;
		if (p->line == 1 && strcmp(line, BOOT_MAGIC))
			return fail(p, "the first line is not '" BOOT_MAGIC "'");
		if (p->line == 1 || !*line || *line == '#')
			continue;
		if (ended)
			return fail(p, "a line after 'end'");
		if (!strcmp(line, "end"))
			ended = true;
		else if (!parse_line(p, line))
			return false;
	}
	if (nul || *line) {
		p->line++;
		return fail(p, "%s", nul ? "a NUL byte: this is not a boot file" :
					   "the last line is cut off");
	}
	return finish(p, ended);
}

struct boot *boot_parse(FILE *f, const char *name, char **err)
{
	struct parser p = { .err = err };

	p.boot = xcalloc(1, sizeof(*p.boot));
	p.boot->name = xstrdup(name);
	p.boot->base = -1;
	p.boot->control = -1;
	if (parse(&p, f))
		return p.boot;
	boot_free(p.boot);
	return NULL;
}

struct boot *boot_read(const char *path, char **err)
{
	FILE *f = fopen(path, "re");
	struct boot *boot;

	if (!f) {
		*err = xasprintf("%s: %s", path, strerror(errno));
		return NULL;
	}
	boot = boot_parse(f, path, err);
	fclose(f);
	return boot;
}

struct boot *boot_must_read(const char *path)
{
	char *err;
	struct boot *boot = boot_read(path, &err);

	if (!boot)
		die("%s", err);
	return boot;
}

void boot_free(struct boot *boot)
{
	if (!boot)
		return;
	for (size_t i = 0; i < boot->nr_rows; i++) {
		struct row *r = &boot->rows[i];

		for (size_t k = 0; k < r->nr_blocks; k++)
			free(r->blocks[k].ticks);
		free(r->blocks);
	}
	free(boot->rows);
	free(boot->env);
	free(boot->name);
	free(boot->text);
	free(boot);
}

bool row_is_same(const struct row *a, const struct row *b)
{
	return !strcmp(a->hook, b->hook) && !strcmp(a->mechanism, b->mechanism) &&
	       !strcmp(a->flavour, b->flavour) && !strcmp(a->site, b->site) &&
	       !strcmp(a->output, b->output);
}

const char *boot_env(const struct boot *boot, const char *key)
{
	for (size_t i = 0; i < boot->nr_env; i++)
		if (!strcmp(boot->env[i].key, key))
			return boot->env[i].value;
	return NULL;
}
