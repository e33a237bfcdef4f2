// SPDX-License-Identifier: GPL-2.0
/* Where and how it was measured. */
#include <stdlib.h>
#include <string.h>

#include "estimate/estimator.h"
#include "report/md.h"
#include "report/parts.h"

/* Each gate with what it asks. */
static void fill_gates(struct text *t, const void *arg)
{
	(void)arg;
	for (enum gate g = 0; g < GATE_NR; g++) {
		text_add(t, "%s*%s* (", g ? "; " : "", gate_name(g));
		md_plain(t, gate_text(g));
		text_add(t, ")");
	}
}

/* What a fact is on this kernel, or NULL. */
static const char *value_on(const struct table *e, const char *kernel, const char *fact)
{
	for (size_t i = 0; i < e->nr; i++)
		if (table_is(e, i, "kernel", kernel) && table_is(e, i, "fact", fact))
			return table_cell(e, i, "value");
	return NULL;
}

/* Is it a fact of all kernels alike? */
static bool is_common(const struct report *r, const struct table *e, size_t line)
{
	if (table_is(e, line, "kernel", "-"))
		return true;
	for (size_t k = 0; k < r->ways.nr_kernels; k++) {
		const char *v = value_on(e, r->ways.kernels[k], table_cell(e, line, "fact"));

		if (!v || strcmp(v, table_cell(e, line, "value")))
			return false;
	}
	return true;
}

static void add_fact(struct text *t, const char *fact, const char *value)
{
	text_add(t, "%s", t->len ? "; " : "");
	md_plain(t, fact);
	text_add(t, " ");
	md_plain(t, value);
}

static void fill_common(struct text *t, const void *arg)
{
	const struct report *r = arg;
	const struct table *e = &r->ts.t[ENVIRONMENT];

	for (size_t i = 0; i < e->nr; i++)
		if (is_common(r, e, i) && table_first(e, i, "fact"))
			add_fact(t, table_cell(e, i, "fact"), table_cell(e, i, "value"));
}

/* What differs from kernel to kernel. */
struct facts {
	const struct report *report;
	const char **names;
};

static void fact_row(struct text *t, size_t row, const void *arg)
{
	md_plain(t, ((const struct facts *)arg)->names[row]);
}

static void fact_column(struct text *t, size_t column, const void *arg)
{
	kernel_heading(t, column, ((const struct facts *)arg)->report);
}

static void fact_cell(struct text *t, size_t row, size_t column, const void *arg)
{
	const struct facts *f = arg;
	const struct report *r = f->report;

	md_plain(t, value_on(&r->ts.t[ENVIRONMENT], r->ways.kernels[column], f->names[row]) ?: "");
}

static void fill_environment(struct text *t, const void *arg)
{
	struct facts f = { .report = arg };
	const struct table *e = &f.report->ts.t[ENVIRONMENT];
	size_t nr = 0;

	f.names = xcalloc(e->nr, sizeof(*f.names));
	for (size_t i = 0; i < e->nr; i++)
		if (!is_common(f.report, e, i) && table_first(e, i, "fact"))
			f.names[nr++] = table_cell(e, i, "fact");
	md_grid(t, &(struct md_grid){
		"fact", nr, f.report->ways.nr_kernels, true, fact_row, fact_column, fact_cell, &f,
	});
	free(f.names);
}

/* What the tools were measured with, kernel by kernel. */
static void fill_tools_environment(struct text *t, const void *arg)
{
	const struct report *r = arg;
	const struct table *e = &r->ts.t[PEERS_ENVIRONMENT];

	for (size_t k = 0; k < r->ways.nr_kernels; k++) {
		struct text facts = { 0 };

		for (size_t i = 0; i < e->nr; i++)
			if (table_is(e, i, "kernel", r->ways.kernels[k]))
				add_fact(&facts, table_cell(e, i, "fact"),
					 table_cell(e, i, "value"));
		if (facts.len)
			text_add(t, "On Linux %s: %s.\n", r->ways.kernels[k], facts.s);
		text_free(&facts);
	}
}

const struct place about_places[] = {
	{ "gates", fill_gates },
	{ "environment common", fill_common },
	{ "environment", fill_environment },
	{ "environment of tools", fill_tools_environment },
	{ 0 },
};
