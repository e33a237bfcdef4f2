// SPDX-License-Identifier: GPL-2.0
#include "report/prices.h"

#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

static const char row_names[] = "kernel hook mechanism flavour site output";

bool is_event(const struct price *r)
{
	return !strcmp(r->mechanism, "trace event");
}

bool is_part(const struct price *r)
{
	return !strcmp(r->output, "filtered") || !strcmp(r->output, "dropped");
}

bool takes_traps(const struct price *r)
{
	return strcmp(r->traps, "0") && strcmp(r->traps, "-");
}

/* Do two rows differ in their output only? */
static bool same_hook(const struct price *a, const struct price *b)
{
	return !strcmp(a->hook, b->hook) && !strcmp(a->mechanism, b->mechanism) &&
	       !strcmp(a->flavour, b->flavour) && !strcmp(a->site, b->site);
}

/* Is hook @a dearer than hook @b, by their first cells? No number is dearer than any. */
static bool dearer(const struct price *a, const struct price *b)
{
	bool num_a = a && a->exact, num_b = b && b->exact;

	if (num_a && num_b)
		return a->instructions > b->instructions;
	return !num_a && num_b;
}

static void sort_hooks(struct grid *g)
{
	size_t n = g->nr_outputs;

	/* Insertion: a handful of hooks, and equal ones keep their order. */
	for (size_t i = 1; i < g->nr_hooks; i++) {
		for (size_t k = i; k && dearer(g->cells[(k - 1) * n], g->cells[k * n]); k--) {
			const struct price *hook = g->hooks[k];

			g->hooks[k] = g->hooks[k - 1];
			g->hooks[k - 1] = hook;
			for (size_t o = 0; o < n; o++) {
				const struct price *cell = g->cells[k * n + o];

				g->cells[k * n + o] = g->cells[(k - 1) * n + o];
				g->cells[(k - 1) * n + o] = cell;
			}
		}
	}
}

static bool has_cell(const struct grid *g, const struct price *r)
{
	return !strcmp(r->kernel, g->kernel) && !r->control && !is_part(r);
}

static void make_grid(struct grid *g, const struct prices *p)
{
	g->outputs = xcalloc(p->nr, sizeof(*g->outputs));
	g->hooks = xcalloc(p->nr, sizeof(*g->hooks));
	g->cells = xcalloc(p->nr * p->nr, sizeof(*g->cells));
	for (size_t i = 0; i < p->nr; i++) {
		const struct price *r = &p->all[i];
		size_t h = 0;

		if (!has_cell(g, r))
			continue;
		if (grid_output(g, r->output) == g->nr_outputs)
			g->outputs[g->nr_outputs++] = r->output;
		while (h < g->nr_hooks && !same_hook(g->hooks[h], r))
			h++;
		if (h == g->nr_hooks)
			g->hooks[g->nr_hooks++] = r;
	}
	for (size_t i = 0; i < p->nr; i++) {
		const struct price *r = &p->all[i];

		for (size_t h = 0; has_cell(g, r) && h < g->nr_hooks; h++)
			if (same_hook(g->hooks[h], r))
				g->cells[h * g->nr_outputs + grid_output(g, r->output)] = r;
	}
	if (g->nr_outputs)
		sort_hooks(g);
}

static int64_t integer(const struct table *t, size_t line, const char *column)
{
	double v;

	if (!table_number(t, line, column, &v) || (double)(int64_t)v != v)
		die("%s:%zu: %s is '%s', not a whole number", t->name, line + 2, column,
		    table_cell(t, line, column));
	return (int64_t)v;
}

static void add_price(struct prices *p, const struct table *exact, size_t line)
{
	struct price *r;

	if (!table_first(exact, line, row_names))
		die("%s:%zu: a row is given twice", exact->name, line + 2);
	GROW(p->all, p->nr);
	r = &p->all[p->nr++];
	*r = (struct price){
		.kernel = table_cell(exact, line, "kernel"),
		.hook = table_cell(exact, line, "hook"),
		.mechanism = table_cell(exact, line, "mechanism"),
		.flavour = table_cell(exact, line, "flavour"),
		.site = table_cell(exact, line, "site"),
		.output = table_cell(exact, line, "output"),
		.gate = table_cell(exact, line, "gate"),
		.exits = table_cell(exact, line, "exits"),
		.hits = table_cell(exact, line, "hits"),
		.missed = table_cell(exact, line, "missed"),
		.traps = table_cell(exact, line, "traps"),
	};
	r->control = !strcmp(r->hook, "none");
	if (!strcmp(r->gate, "skipped"))
		r->skip = table_cell(exact, line, "reason");
	r->exact = !strcmp(r->gate, "ok");
	if (!r->exact && table_is(exact, line, "lo", "-"))
		return;
	r->has_range = !r->exact;
	r->lo = r->instructions = integer(exact, line, "lo");
	r->hi = integer(exact, line, "hi");
}

void prices_make(struct prices *p, const struct table *exact)
{
	*p = (struct prices){ 0 };
	for (size_t i = 0; i < exact->nr; i++)
		add_price(p, exact, i);
	for (size_t i = 0; i < exact->nr; i++) {
		if (!table_first(exact, i, "kernel"))
			continue;
		GROW(p->grids, p->nr_kernels);
		p->grids[p->nr_kernels] = (struct grid){ .kernel = p->all[i].kernel };
		make_grid(&p->grids[p->nr_kernels++], p);
	}
}

void prices_free(struct prices *p)
{
	for (size_t k = 0; k < p->nr_kernels; k++) {
		free(p->grids[k].outputs);
		free(p->grids[k].hooks);
		free(p->grids[k].cells);
	}
	free(p->grids);
	free(p->all);
	*p = (struct prices){ 0 };
}

const struct price *prices_find(const struct prices *p, const char *kernel, const char *hook,
				const char *output)
{
	for (size_t i = 0; i < p->nr; i++) {
		const struct price *r = &p->all[i];

		if (!r->control && r->exact && !strcmp(r->kernel, kernel) &&
		    !strcmp(r->output, output) &&
		    (hook ? !strcmp(r->hook, hook) : is_event(r)))
			return r;
	}
	return NULL;
}

const struct price *grid_exact(const struct grid *g, size_t hook, size_t output)
{
	const struct price *r = g->cells[hook * g->nr_outputs + output];

	return r && r->exact && !is_event(r) ? r : NULL;
}

size_t grid_output(const struct grid *g, const char *output)
{
	size_t o = 0;

	while (o < g->nr_outputs && strcmp(g->outputs[o], output))
		o++;
	return o;
}

const struct price *grid_extreme(const struct grid *g, size_t output, bool dearest)
{
	const struct price *best = NULL;

	for (size_t h = 0; output < g->nr_outputs && h < g->nr_hooks; h++) {
		const struct price *r = grid_exact(g, h, output);

		if (r && (!best || (dearest ? r->instructions > best->instructions :
				    r->instructions < best->instructions)))
			best = r;
	}
	return best;
}
