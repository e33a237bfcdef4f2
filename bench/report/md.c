// SPDX-License-Identifier: GPL-2.0
#include "report/md.h"

#include <math.h>
#include <stdarg.h>

void md_plain(struct text *t, const char *s)
{
	for (; s && *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == 0x7f)
			text_add(t, "\\\\x%02x", c);
		else if (c == '<')
			text_add(t, "&lt;");
		else if (c == '>')
			text_add(t, "&gt;");
		else if (c == '&')
			text_add(t, "&amp;");
		else if (strchr("\\`*_[]|~#", c))
			text_add(t, "\\%c", c);
		else
			text_add(t, "%c", c);
	}
}

void md_range(struct text *t, long lo, long hi)
{
	text_add(t, "%ld", lo);
	if (lo != hi)
		text_add(t, " to %ld", hi);
}

void md_price(struct text *t, const struct price *p)
{
	const char *bold = price_sharp(p) ? "**" : "";

	text_add(t, "%s", bold);
	if (p->known)
		md_range(t, p->lo, p->hi);
	else
		text_add(t, p->gate && !strcmp(p->gate, "skipped") ? "not run" : "no figure");
	text_add(t, "%s", bold);
}

void md_way(struct text *t, const struct way *w)
{
	struct text name = { 0 };

	way_name(&name, w);
	md_plain(t, name.s);
	text_free(&name);
}

void md_number(struct text *t, double v)
{
	if (v < 0)
		return;
	if (v >= 100 || v == floor(v))
		text_add(t, "%.0f", v);
	else if (v >= 10)
		text_add(t, "%.1f", v);
	else
		text_add(t, "%.3g", v);
}

const char *md_join(size_t i, size_t n)
{
	return !i ? "" : i + 1 == n ? " and " : ", ";
}

/* What was appended since the last cell began is that cell. */
static void end_cell(struct md_table *m)
{
	if (m->cells > 1 && m->rows.len > m->start)
		m->says = true;
	text_add(&m->rows, "%s", m->cells ? " |" : "");
}

void md_row(struct md_table *m)
{
	end_cell(m);
	text_add(&m->rows, "\n|");
	m->nr_rows++;
	m->cells = 0;
}

struct text *md_cell(struct md_table *m, const char *rule, const char *heading, ...)
{
	struct text name = { 0 };
	va_list ap;

	end_cell(m);
	text_add(&m->rows, " ");
	m->cells++;
	m->start = m->rows.len;
	if (m->nr_rows > 1)
		return &m->rows;
	va_start(ap, heading);
	text_vadd(&name, heading, ap);
	va_end(ap);
	text_add(&m->heading, " ");
	md_plain(&m->heading, name.s);
	text_add(&m->heading, " |");
	text_add(&m->rule, "%s|", rule);
	text_free(&name);
	return &m->rows;
}

void md_end(struct text *t, struct md_table *m)
{
	end_cell(m);
	/* Without the empty line it would be a row of the table of another kernel. */
	if (m->says && m->kernel)
		text_add(t, "%sOn Linux %s:\n\n", t->len ? "\n" : "", m->kernel);
	if (m->says)
		text_add(t, "|%s\n|%s%s\n", m->heading.s, m->rule.s, m->rows.s);
	text_free(&m->heading);
	text_free(&m->rule);
	text_free(&m->rows);
}
