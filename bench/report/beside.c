// SPDX-License-Identifier: GPL-2.0
/* What the kernel's own tests say while a hook of ours is there. */
#include <string.h>

#include "report/fill.h"
#include "report/md.h"

/* What ftracetest says of a test, and what it is called here. */
static const struct {
	const char *word, *heading;
} results[] = {
	{ "PASS",	 "passed" },
	{ "FAIL",	 "failed" },
	{ "XFAIL",	 "failed as expected" },
	{ "UNRESOLVED",	 "unresolved" },
	{ "UNSUPPORTED", "unsupported" },
};

static const struct table *table_of(const struct report *r)
{
	return &r->tables[FTRACETEST];
}

/* How many tests of the variant in line @of ended so, by the column of that name. */
static size_t count(const struct table *f, size_t of, const char *column, const char *word)
{
	size_t n = 0;

	for (size_t i = 0; i < f->nr; i++)
		n += table_same(f, i, of, "kernel,variant") && table_is(f, i, column, word);
	return n;
}

static void fill_table(struct text *t, const struct report *r)
{
	const struct table *f = table_of(r);
	struct md_table m = { 0 };

	for (size_t i = 0; i < f->nr; i++) {
		if (!table_first(f, i, "kernel,variant"))
			continue;
		md_row(&m);
		md_left(&m, "variant", md_plain(table_cell(f, i, "variant")));
		md_left(&m, "kernel", md_plain(table_cell(f, i, "kernel")));
		for (size_t k = 0; k < ARRAY_SIZE(results); k++) {
			size_t without = count(f, i, "without", results[k].word);
			size_t with = count(f, i, "with", results[k].word);

			md_right(&m, results[k].heading, md_text("%zu / %zu", without, with));
		}
	}
	md_end(t, &m);
}

/* Each test that ends otherwise with a variant than without, and why if that is known. */
static void fill_differ(struct text *t, const struct report *r)
{
	const struct table *f = table_of(r);

	for (size_t i = 0; i < f->nr; i++) {
		const char *without = table_cell(f, i, "without");
		const char *with = table_cell(f, i, "with");

		if (!strcmp(without, with))
			continue;
		text_add(t, "- %s, %s: %s without, %s with it: %s\n",
			 md_plain(table_cell(f, i, "variant")), md_plain(table_cell(f, i, "test")),
			 without, with,
			 table_is(f, i, "reason", "-") ? "**not explained**" :
			 md_plain(table_cell(f, i, "reason")));
	}
}

static void fill_tests(struct text *t, const struct report *r)
{
	const struct table *f = table_of(r);
	size_t n = 0;

	for (size_t i = 0; i < f->nr; i++)
		n += table_first(f, i, "test");
	if (n)
		text_add(t, "%zu", n);
}

static void fill_package(struct text *t, const struct report *r)
{
	const struct table *f = table_of(r);
	size_t n = 0;

	for (size_t i = 0; i < f->nr; i++) {
		if (table_first(f, i, "selftests"))
			text_add(t, "%s%s", n++ ? ", " : "",
				 md_plain(table_cell(f, i, "selftests")));
	}
}

const struct place beside_places[] = {
	{ "ftracetest", fill_table },
	{ "ftracetest differ", fill_differ },
	{ "ftracetest tests", fill_tests },
	{ "ftracetest package", fill_package },
	{ 0 },
};
