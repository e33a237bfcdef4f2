// SPDX-License-Identifier: GPL-2.0
#include "report/md.h"

#include <math.h>
#include <stdarg.h>

/* All are remembered: what nobody can free must not look like a leak. */
static const char *keep(struct text t)
{
	static struct text *kept;
	static size_t nr;

	GROW(kept, nr);
	kept[nr++] = t;
	return t.s ?: "";
}

const char *md_text(const char *fmt, ...)
{
	struct text t = { 0 };
	va_list ap;

	va_start(ap, fmt);
	text_vadd(&t, fmt, ap);
	va_end(ap);
	return keep(t);
}

const char *md_plain(const char *s)
{
	struct text t = { 0 };

	for (; s && *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == 0x7f)
			text_add(&t, "\\\\x%02x", c);
		else if (c == '<')
			text_add(&t, "&lt;");
		else if (c == '>')
			text_add(&t, "&gt;");
		else if (c == '&')
			text_add(&t, "&amp;");
		else if (strchr("\\`*_[]|~#", c))
			text_add(&t, "\\%c", c);
		else
			text_add(&t, "%c", c);
	}
	return keep(t);
}

const char *md_range(long lo, long hi)
{
	return lo == hi ? md_text("%ld", lo) : md_text("%ld to %ld", lo, hi);
}

const char *md_price(const struct price *p)
{
	if (!p->known)
		return p->gate && !strcmp(p->gate, "skipped") ? "not run" : "no figure";
	return md_text(price_sharp(p) ? "**%s**" : "%s", md_range(p->lo, p->hi));
}

const char *md_name(const struct way *w)
{
	const char *mode = strcmp(w->mode, "-") && w->kind != WAY_EVENT ? w->mode : NULL;

	return md_text("%s%s%s%s%s", w->hook ? "procmon " : "", w->hook ?: w->name,
		       mode ? ", " : "", mode ?: "", w->borrowed ? ", unit=process" : "");
}

const char *md_way(const struct way *w)
{
	return md_plain(md_name(w));
}

const char *md_number(double v)
{
	if (v < 0)
		return "";
	if (v >= 100 || v == floor(v))
		return md_text("%.0f", v);
	return md_text(v >= 10 ? "%.1f" : "%.3g", v);
}

const char *md_join(size_t i, size_t n)
{
	return !i ? "" : i + 1 == n ? " and " : ", ";
}

void md_row(struct md_table *m)
{
	text_add(&m->rows, "\n|");
	m->nr_rows++;
	m->cells = 0;
}

static void add_cell(struct md_table *m, const char *rule, const char *heading, const char *cell)
{
	text_add(&m->rows, " %s |", cell);
	if (m->cells++ && *cell)
		m->says = true;
	if (m->nr_rows > 1)
		return;
	text_add(&m->heading, " %s |", md_plain(heading));
	text_add(&m->rule, "%s|", rule);
}

void md_left(struct md_table *m, const char *heading, const char *cell)
{
	add_cell(m, "---", heading, cell);
}

void md_right(struct md_table *m, const char *heading, const char *cell)
{
	add_cell(m, "--:", heading, cell);
}

void md_end(struct text *t, struct md_table *m)
{
	/* Without the empty line it would be a row of the table of another kernel. */
	if (m->says && m->kernel)
		text_add(t, "%sOn Linux %s:\n\n", t->len ? "\n" : "", m->kernel);
	if (m->says)
		text_add(t, "|%s\n|%s%s\n", m->heading.s, m->rule.s, m->rows.s);
	text_free(&m->heading);
	text_free(&m->rule);
	text_free(&m->rows);
}
