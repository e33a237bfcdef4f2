// SPDX-License-Identifier: GPL-2.0
/* Where and how it was measured. */
#include "estimate/estimator.h"
#include "report/fill.h"
#include "report/md.h"

/* Each gate with what it asks. */
static void fill_gates(struct text *t, const struct report *r)
{
	(void)r;
	for (enum gate g = 0; g < GATE_NR; g++)
		text_add(t, "%s*%s* (%s)", g ? "; " : "", gate_name(g), md_plain(gate_text(g)));
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
	for_each_kernel(k, r) {
		const char *v = value_on(e, *k, table_cell(e, line, "fact"));

		if (!v || strcmp(v, table_cell(e, line, "value")))
			return false;
	}
	return true;
}

static void add_fact(struct text *t, const struct table *e, size_t line)
{
	text_add(t, "%s%s %s", t->len ? "; " : "", md_plain(table_cell(e, line, "fact")),
		 md_plain(table_cell(e, line, "value")));
}

static void fill_common(struct text *t, const struct report *r)
{
	const struct table *e = &r->tables[ENVIRONMENT];

	for (size_t i = 0; i < e->nr; i++)
		if (is_common(r, e, i) && table_first(e, i, "fact"))
			add_fact(t, e, i);
}

/* All of it, each fact with the first kernel that has it so. */
static void fill_whole(struct text *t, const struct report *r)
{
	const struct table *e = &r->tables[ENVIRONMENT];

	for (size_t i = 0; i < e->nr; i++)
		if (table_first(e, i, "fact,value"))
			add_fact(t, e, i);
}

/* What differs from kernel to kernel. */
static void fill_environment(struct text *t, const struct report *r)
{
	const struct table *e = &r->tables[ENVIRONMENT];
	struct md_table m = { 0 };

	for (size_t i = 0; i < e->nr; i++) {
		const char *fact = table_cell(e, i, "fact");

		if (is_common(r, e, i) || !table_first(e, i, "fact"))
			continue;
		md_row(&m);
		md_left(&m, "fact", md_plain(fact));
		for_each_kernel(k, r)
			md_left(&m, *k, md_plain(value_on(e, *k, fact)));
	}
	md_end(t, &m);
}

/* What the tools were measured with, kernel by kernel. */
static void fill_tools_environment(struct text *t, const struct report *r)
{
	const struct table *e = &r->tables[PEERS_ENVIRONMENT];

	for_each_kernel(k, r) {
		struct text facts = { 0 };

		for (size_t i = 0; i < e->nr; i++)
			if (table_is(e, i, "kernel", *k))
				add_fact(&facts, e, i);
		if (facts.len)
			text_add(t, "On Linux %s: %s.\n", *k, facts.s);
		text_free(&facts);
	}
}

/* The exact prices that came out elsewhere, of the code that these tables are of. */
static void fill_elsewhere(struct text *t, const struct report *r)
{
	const struct table *e = &r->tables[ELSEWHERE];
	const char *trees = value_on(&r->tables[ENVIRONMENT], "-", "git trees");

	for (size_t i = 0; i < e->nr; i++) {
		if (!trees || !table_is(e, i, "git trees", trees))
			continue;
		text_add(t, "%s%s of %s on Linux %s (package version %s) with %s, its QEMU %s and modules compiled by its gcc %s",
			 t->len ? "; " : "", md_plain(table_cell(e, i, "same")),
			 md_plain(table_cell(e, i, "compared")), md_plain(table_cell(e, i, "kernel")),
			 md_plain(table_cell(e, i, "package")), md_plain(table_cell(e, i, "system")),
			 md_plain(table_cell(e, i, "qemu")), md_plain(table_cell(e, i, "compiler")));
	}
}

const struct place about_places[] = {
	{ "gates", fill_gates },
	{ "elsewhere", fill_elsewhere },
	{ "environment common", fill_common },
	{ "environment whole", fill_whole },
	{ "environment", fill_environment },
	{ "environment of tools", fill_tools_environment },
	{ 0 },
};
