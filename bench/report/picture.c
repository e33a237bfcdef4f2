// SPDX-License-Identifier: GPL-2.0
#include "report/results.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/plot.h"

/* Pixels. A bar must be as high as its label's letters. */
#define WIDTH 900
#define BAR 17
#define HOOK_GAP 8
#define TOOL_GAP 4
#define ABOVE 64
#define BELOW 58

/* With a larger ratio between the dearest and the cheapest bar the small ones are lines. */
#define LINEAR_RATIO 12

/* Room for the names at the left, and what a letter of them takes. */
#define MARGIN 140
#define LETTER 8

/* The other tools, which are no output of ours. */
static const char tool_colour[] = "#555555";

/**
 * struct bar - what another tool adds to one exit
 * @name: of the tool, and how it is used
 * @exact: @lo is the price, else @lo and @hi are a range
 * @text: the price, if that is a number each time but not each time the same; or NULL
 * @lo: left end of the bar, if it is a range
 * @hi: its right end
 * @gate: that failed
 */
struct bar {
	char *name;
	bool exact;
	const char *text;
	int64_t lo, hi;
	const char *gate;
};

/**
 * struct panel - the bars of one kernel
 * @g: our hooks
 * @nr: number of @tools
 * @tools: below them, cheapest first
 */
struct panel {
	const struct grid *g;
	size_t nr;
	struct bar *tools;
};

/**
 * struct axis - the x axis of one panel
 * @log: logarithmic
 * @from: left end; bars begin here
 * @to: right end, with room for the labels
 */
struct axis {
	bool log;
	double from;
	double to;
};

static bool has_bar(const struct price *r)
{
	return r && (r->exact || r->has_range);
}

static int by_price(const void *a, const void *b)
{
	const struct bar *x = a, *y = b;

	if (x->exact != y->exact)
		return x->exact ? -1 : 1;
	return (x->lo > y->lo) - (x->lo < y->lo);
}

static void add_tool(struct panel *p, const struct table *peers, size_t line)
{
	const char *in_path = table_cell(peers, line, "in_path"), *dots = strstr(in_path, "..");
	const char *mode;
	struct bar bar = { .gate = table_cell(peers, line, "gate") };

	bar.exact = peer_price(peers, line, &bar.lo);
	bar.text = bar.exact && dots ? in_path : NULL;
	if (!bar.exact && !dots)
		return;
	if (!bar.exact) {
		bar.lo = strtoll(in_path, NULL, 10);
		bar.hi = strtoll(dots + 2, NULL, 10);
	}
	mode = table_cell(peers, line, "mode");
	bar.name = xasprintf("%s%s%s", table_cell(peers, line, "peer"),
			     strcmp(mode, "-") ? ", " : "", strcmp(mode, "-") ? mode : "");
	GROW(p->tools, p->nr);
	p->tools[p->nr++] = bar;
}

static void make_panel(struct panel *p, const struct tables *ts, const struct grid *g)
{
	const struct table *peers = &ts->t[PEERS];

	*p = (struct panel){ .g = g };
	for (size_t i = 0; i < peers->nr; i++)
		if (table_is(peers, i, "kernel", g->kernel) && !is_ours(peers, i) &&
		    !table_is(peers, i, "peer", "none"))
			add_tool(p, peers, i);
	if (p->nr)
		qsort(p->tools, p->nr, sizeof(*p->tools), by_price);
}

static void free_panel(struct panel *p)
{
	for (size_t i = 0; i < p->nr; i++)
		free(p->tools[i].name);
	free(p->tools);
}

/* The least and the most of all bars, and the least price above 0 that is exact. */
struct extent {
	double least, most, lowest;
};

static void extend(struct extent *e, bool exact, int64_t from, int64_t to)
{
	double lo = (double)from, hi = (double)(exact ? from : to);

	e->most = fmax(e->most, hi);
	e->lowest = fmin(e->lowest, lo);
	if (exact && hi > 0 && (e->least <= 0 || hi < e->least))
		e->least = hi;
}

static void make_axis(struct axis *a, const struct panel *p)
{
	const struct grid *g = p->g;
	struct extent e = { 0, 0, 0 };

	for (size_t i = 0; i < g->nr_hooks * g->nr_outputs; i++) {
		const struct price *r = g->cells[i];

		if (has_bar(r))
			extend(&e, r->exact, r->exact ? r->instructions : r->lo, r->hi);
	}
	for (size_t i = 0; i < p->nr; i++)
		extend(&e, p->tools[i].exact, p->tools[i].lo, p->tools[i].hi);
	if (e.least <= 0)
		e.least = e.most;
	if (e.most <= 0)
		e.most = 1;
	a->log = e.least > 0 && e.most / e.least > LINEAR_RATIO;
	if (a->log) {
		a->from = pow(10, floor(log10(e.least * 0.7)));
		a->to = e.most * pow(e.most / a->from, 0.42);
	} else {
		a->from = e.lowest;
		a->to = e.lowest + (e.most - e.lowest) * 1.45;
	}
}

static double on_axis(const struct axis *a, int64_t v)
{
	return fmax((double)v, a->from);
}

/* Top down: gnuplot's y grows upwards, so hooks count down from 0. */
static double bar_y(const struct grid *g, size_t hook, size_t output)
{
	double group = (double)g->nr_outputs + (double)HOOK_GAP / BAR;

	return -((double)hook * group + (double)output);
}

static double tool_y(const struct panel *p, size_t tool)
{
	return bar_y(p->g, p->g->nr_hooks, 0) - (double)tool * (1 + (double)TOOL_GAP / BAR);
}

/* The lowest bar of the panel. */
static double last_y(const struct panel *p)
{
	return p->nr ? tool_y(p, p->nr - 1) :
		       bar_y(p->g, p->g->nr_hooks - 1, p->g->nr_outputs - 1);
}

static size_t panel_height(const struct panel *p)
{
	return ABOVE + BELOW + p->g->nr_hooks * (p->g->nr_outputs * BAR + HOOK_GAP) +
	       p->nr * (BAR + TOOL_GAP);
}

static void add_bar(struct text *t, const struct axis *a, bool exact, int64_t from, int64_t to,
		    double y)
{
	if (exact)
		text_add(t, "%.9g %.9g %.4f 0.42\n", a->log ? a->from : 0.0, on_axis(a, from), y);
	else
		text_add(t, "%.9g %.9g %.4f 0.42\n", on_axis(a, from), on_axis(a, to), y);
}

/* gnuplot refuses an empty block, and draws nothing outside of the frame. */
static const char data_end[] = "NaN NaN 0 0\nEOD\n";

static void add_data(struct text *t, const struct panel *p, const struct axis *a, size_t k)
{
	const struct grid *g = p->g;

	for (size_t o = 0; o < g->nr_outputs; o++) {
		text_add(t, "\n# %s: from, to, y, half the height\n$k%zu_%zu << EOD\n", g->outputs[o],
			 k, o);
		for (size_t h = 0; h < g->nr_hooks; h++) {
			const struct price *r = g->cells[h * g->nr_outputs + o];

			if (has_bar(r))
				add_bar(t, a, r->exact, r->exact ? r->instructions : r->lo, r->hi,
					bar_y(g, h, o));
		}
		text_add(t, "%s", data_end);
	}
	if (!p->nr)
		return;
	text_add(t, "\n# other tools: from, to, y, half the height\n$k%zu_tools << EOD\n", k);
	for (size_t i = 0; i < p->nr; i++)
		add_bar(t, a, p->tools[i].exact, p->tools[i].lo, p->tools[i].hi, tool_y(p, i));
	text_add(t, "%s", data_end);
}

static void add_label(struct text *t, const struct axis *a, double x, double y, const char *s,
		      const char *colour)
{
	text_add(t, "set label ");
	plot_quote(t, s);
	text_add(t, " at %.9g,%.4f left offset 0.5,0 textcolor rgb '%s'\n", fmax(x, a->from), y,
		 colour);
}

static void add_number(struct text *t, const struct axis *a, int64_t v, double y)
{
	char *s = xasprintf("%" PRId64, v);

	add_label(t, a, fmax((double)v, 0), y, s, "#000000");
	free(s);
}

static void add_range(struct text *t, const struct axis *a, int64_t lo, int64_t hi,
		      const char *gate, double y)
{
	char *s = xasprintf("%" PRId64 " to %" PRId64 " (gate %s)", lo, hi, gate);

	add_label(t, a, fmax((double)hi, 0), y, s, "#666666");
	free(s);
}

static void add_labels(struct text *t, const struct panel *p, const struct axis *a)
{
	const struct grid *g = p->g;

	for (size_t h = 0; h < g->nr_hooks; h++) {
		for (size_t o = 0; o < g->nr_outputs; o++) {
			const struct price *r = g->cells[h * g->nr_outputs + o];
			double y = bar_y(g, h, o);

			if (!r)
				continue;
			if (r->exact)
				add_number(t, a, r->instructions, y);
			else if (has_bar(r))
				add_range(t, a, r->lo, r->hi, r->gate, y);
			else
				add_label(t, a, 0, y, r->skip ? "not on this kernel" :
					  "not measured", "#666666");
		}
	}
	for (size_t i = 0; i < p->nr; i++) {
		const struct bar *b = &p->tools[i];

		if (b->text)
			add_label(t, a, (double)b->lo, tool_y(p, i), b->text, "#000000");
		else if (b->exact)
			add_number(t, a, b->lo, tool_y(p, i));
		else
			add_range(t, a, b->lo, b->hi, b->gate, tool_y(p, i));
	}
}

static void add_series(struct text *t, const char *gap, const char *block, const char *colour,
		       const char *title)
{
	text_add(t, "%s$%s using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid "
		    "noborder fc rgb '%s' title ", gap, block, colour);
	plot_quote(t, title);
}

static void add_panel(struct text *t, const struct panel *p, size_t k)
{
	const struct grid *g = p->g;
	const char *sep = "";
	char *block;
	struct axis a;

	make_axis(&a, p);
	add_data(t, p, &a, k);
	text_add(t, "\nunset label\nset label '%s, Linux '.",
		 p->nr ? "What a hook or another tool adds to one exit" :
			 "What a hook adds to one exit");
	plot_quote(t, g->kernel);
	text_add(t, " at graph 0,1 offset 0,2.6 font ',14' noenhanced\n"
		    "set xlabel 'instructions per exit%s' noenhanced\n",
		 a.log ? " (logarithmic scale)" : "");
	text_add(t, a.log ? "set logscale x 10\n" : "unset logscale x\n");
	text_add(t, "set xrange [%.9g:%.9g]\nset yrange [%.4f:%.4f]\nset ytics (", a.from, a.to,
		 last_y(p) - 0.8, 0.8);
	for (size_t h = 0; h < g->nr_hooks; h++, sep = ", ") {
		text_add(t, "%s", sep);
		plot_quote(t, g->hooks[h]->hook);
		text_add(t, " %.4f", (bar_y(g, h, 0) + bar_y(g, h, g->nr_outputs - 1)) / 2);
	}
	for (size_t i = 0; i < p->nr; i++) {
		text_add(t, "%s", sep);
		plot_quote(t, p->tools[i].name);
		text_add(t, " %.4f", tool_y(p, i));
	}
	text_add(t, ")\n");
	add_labels(t, p, &a);
	text_add(t, "plot ");
	for (size_t o = 0; o < g->nr_outputs; o++) {
		block = xasprintf("k%zu_%zu", k, o);
		add_series(t, o ? ", \\\n     " : "", block, plot_colours[o % nr_plot_colours],
			   g->outputs[o]);
		free(block);
	}
	if (p->nr) {
		block = xasprintf("k%zu_tools", k);
		add_series(t, ", \\\n     ", block, tool_colour, "tool");
		free(block);
	}
	text_add(t, "\n");
}

void picture_gp(struct text *t, const struct tables *ts)
{
	size_t nr = ts->prices.nr_kernels, height = 0, y = 0, margin = MARGIN;
	struct panel *panels = xcalloc(nr, sizeof(*panels));

	for (size_t k = 0; k < nr; k++) {
		make_panel(&panels[k], ts, &ts->prices.grids[k]);
		height += panels[k].g->nr_hooks ? panel_height(&panels[k]) : 0;
		for (size_t i = 0; i < panels[k].nr; i++) {
			size_t width = strlen(panels[k].tools[i].name) * LETTER;

			margin = width > margin ? width : margin;
		}
	}
	plot_head(t, "Written by bench/report. gnuplot overhead.gp > overhead.svg",
		  WIDTH - MARGIN + margin, height ? height : 60);
	text_add(t, "set multiplot\n"
		    "set lmargin at screen %.4f\nset rmargin at screen %.4f\n"
		    "set border 1 lc rgb '#666666'\nset tics nomirror scale 0.5\n"
		    "set ytics scale 0\nset grid xtics lc rgb '#dddddd' lt 1\n"
		    "set key at graph 0,1 left bottom Left reverse horizontal samplen 1 "
		    "width 2 noenhanced\nset xlabel offset 0,0.3\nset format x '%%.10g'\n",
		 (double)margin / (double)(WIDTH - MARGIN + margin),
		 1 - 20.0 / (double)(WIDTH - MARGIN + margin));
	if (!height)
		text_add(t, "set label 'nothing was measured' at screen 0.5,0.5 center\n"
			    "unset border\nunset tics\nunset key\nplot [0:1] [0:1] NaN\n");
	for (size_t k = 0; k < nr; k++) {
		size_t part = panel_height(&panels[k]);

		if (!panels[k].g->nr_hooks)
			continue;
		y += part;
		/* The frame below the bars: axis and its label; above: title and key. */
		text_add(t, "\nset bmargin at screen %.4f\nset tmargin at screen %.4f\n",
			 (double)(height - y + BELOW) / (double)height,
			 (double)(height - y + part - ABOVE) / (double)height);
		add_panel(t, &panels[k], k);
	}
	text_add(t, "unset multiplot\n");
	for (size_t k = 0; k < nr; k++)
		free_panel(&panels[k]);
	free(panels);
}
