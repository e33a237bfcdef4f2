// SPDX-License-Identifier: GPL-2.0
#include "estimate/price.h"

#include <inttypes.h>
#include <stdio.h>

struct price price_of(const struct result *r)
{
	struct price p = {
		.has_figure = is_number(r) || (!r->skip && r->has_range),
		.lo = is_number(r) ? r->shift : r->lo,
		.hi = is_number(r) ? r->shift : r->hi,
		.gate = r->skip ? "skipped" : first_gate(r->gates),
	};
	const char *reason = r->skip;

	for (size_t i = 0; i < r->nr && !reason; i++)
		reason = r->seen[i].proof;
	text_add(&p.reason, "%s", reason ?: "");
	for (size_t i = 0; differs_by_boot(r) && i < r->nr; i++)
		text_add(&p.reason, "%s %" PRId64, i ? "," : "exact in each boot:",
			 r->seen[i].match.shift);
	return p;
}

void price_add(struct text *t, struct price *p)
{
	if (p->has_figure)
		text_add(t, "%" PRId64 "\t%" PRId64, p->lo, p->hi);
	else
		text_add(t, "-\t-");
	text_add(t, "\t%s\t%s", p->gate, p->reason.len ? p->reason.s : "-");
	text_free(&p->reason);
}

void tally_print(const struct comparison *c, size_t nr)
{
	size_t rows = 0, exact = 0, skipped = 0;

	for (size_t i = 0; i < nr; i++) {
		for (size_t k = 0; k < c[i].nr; k++) {
			const struct result *r = &c[i].results[k];

			if (r->control)
				continue;
			rows++;
			exact += is_number(r);
			skipped += r->skip != NULL;
		}
	}
	printf("%zu rows: %zu exact, %zu refused, %zu skipped\n", rows, exact,
	       rows - exact - skipped, skipped);
}
