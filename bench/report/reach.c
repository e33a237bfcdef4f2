// SPDX-License-Identifier: GPL-2.0
/* What a way needs, and what it survives. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "report/md.h"
#include "report/parts.h"

/* The same on each kernel: those of the first that has them. */
static size_t reached(const struct report *r, const struct way **rows)
{
	const char *kernel = NULL;
	size_t nr = 0;

	for (size_t i = 0; i < r->ways.nr; i++) {
		const struct way *w = &r->ways.all[i];

		if (!w->options || (kernel && strcmp(kernel, w->kernel)))
			continue;
		kernel = w->kernel;
		rows[nr++] = w;
	}
	return nr;
}

static void fill_needs(struct text *t, const void *arg)
{
	static const struct md_column columns[] = {
		{ "way", false, md_cell_way, 0 },
		{ "tells", false, md_cell_string, offsetof(struct way, fields) },
		{ "needs", false, md_cell_string, offsetof(struct way, needs) },
		{ "kernel options", false, md_cell_string, offsetof(struct way, options) },
		{ "oldest kernel", false, md_cell_string, offsetof(struct way, oldest) },
		{ 0 },
	};
	const struct report *r = arg;
	const struct way **rows = xcalloc(r->ways.nr, sizeof(*rows));
	size_t nr = reached(r, rows);

	md_table(t, columns, rows, nr);
	free(rows);
}

/* Does each of them go on beside another user of its site? */
static void fill_second_user(struct text *t, const void *arg)
{
	const struct report *r = arg;
	const struct way **rows = xcalloc(r->ways.nr, sizeof(*rows));
	size_t nr = reached(r, rows), yes = 0;

	for (size_t i = 0; i < nr; i++)
		yes += rows[i]->second_user && !strcmp(rows[i]->second_user, "yes");
	if (nr && yes == nr)
		text_add(t, "yes, all %zu", nr);
	else if (nr)
		text_add(t, "%zu of %zu", yes, nr);
	for (size_t i = 0; i < nr; i++) {
		if (!rows[i]->second_user || !strcmp(rows[i]->second_user, "yes"))
			continue;
		text_add(t, "; ");
		md_way(t, rows[i]);
		text_add(t, ": ");
		md_plain(t, rows[i]->second_user);
	}
	free(rows);
}

const struct place reach_places[] = {
	{ "needs", fill_needs },
	{ "second user", fill_second_user },
	{ 0 },
};
