// SPDX-License-Identifier: GPL-2.0
/* What a way needs, and what it survives. */
#include "report/fill.h"
#include "report/md.h"

/* That is the same on each kernel: the first that has it. */
static const char *first_kernel(const struct report *r)
{
	for_each_way(w, r->ways)
		if (w->options)
			return w->kernel;
	return "-";
}

static void fill_needs(struct text *t, const struct report *r)
{
	struct md_table m = { 0 };

	for_each_way_on(w, r->ways, first_kernel(r)) {
		if (!w->options)
			continue;
		md_row(&m);
		md_left(&m, "way", md_way(w));
		md_left(&m, "tells", md_plain(w->fields));
		md_left(&m, "needs", md_plain(w->needs));
		md_left(&m, "kernel options", md_plain(w->options));
		md_left(&m, "oldest kernel", md_plain(w->oldest));
	}
	md_end(t, &m);
}

/* Does each of them go on beside another user of its site? */
static void fill_second_user(struct text *t, const struct report *r)
{
	size_t yes = 0, all = 0;
	struct text no = { 0 };

	for_each_way_on(w, r->ways, first_kernel(r)) {
		if (!w->options)
			continue;
		all++;
		if (w->second_user && !strcmp(w->second_user, "yes"))
			yes++;
		else if (w->second_user)
			text_add(&no, "; %s: %s", md_way(w), md_plain(w->second_user));
	}
	if (all && yes == all)
		text_add(t, "yes, all %zu", all);
	else if (all)
		text_add(t, "%zu of %zu", yes, all);
	text_add(t, "%s", no.s ?: "");
	text_free(&no);
}

const struct place reach_places[] = {
	{ "needs", fill_needs },
	{ "second user", fill_second_user },
	{ 0 },
};
