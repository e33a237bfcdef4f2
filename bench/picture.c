// SPDX-License-Identifier: GPL-2.0
#include "results.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Pixels. A bar must be as high as its label's letters. */
#define WIDTH 900
#define BAR 17
#define HOOK_GAP 8
#define ABOVE 64
#define BELOW 58

/* With a larger ratio between the dearest and the cheapest bar the small ones are lines. */
#define LINEAR_RATIO 12

/* Colours that also the colour-blind tell apart (Okabe and Ito), first come first served. */
static const char *const colours[] = { "#0072b2", "#e69f00", "#009e73", "#cc79a7",
				       "#56b4e9", "#d55e00" };

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

/* Single quotes are gnuplot's verbatim string; the only special thing in it is the quote. */
static void quote(struct text *t, const char *s)
{
	text_add(t, "'");
	for (; *s; s++)
		text_add(t, *s == '\'' ? "''" : "%c", *s);
	text_add(t, "'");
}

static bool has_bar(const struct result *r)
{
	return r && (is_number(r) || (!r->skip && r->has_range));
}

static void make_axis(struct axis *a, const struct grid *g)
{
	double least = 0, most = 0, lowest = 0;

	for (size_t i = 0; i < g->nr_hooks * g->nr_outputs; i++) {
		const struct result *r = g->cells[i];
		double hi;

		if (!has_bar(r))
			continue;
		hi = (double)(is_number(r) ? r->shift : r->hi);
		most = fmax(most, hi);
		lowest = fmin(lowest, (double)(is_number(r) ? r->shift : r->lo));
		if (is_number(r) && hi > 0 && (least <= 0 || hi < least))
			least = hi;
	}
	if (least <= 0)
		least = most;
	if (most <= 0)
		most = 1;
	a->log = least > 0 && most / least > LINEAR_RATIO;
	if (a->log) {
		a->from = pow(10, floor(log10(least * 0.7)));
		a->to = most * pow(most / a->from, 0.42);
	} else {
		a->from = lowest;
		a->to = lowest + (most - lowest) * 1.45;
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

static size_t panel_height(const struct grid *g)
{
	return ABOVE + BELOW + g->nr_hooks * (g->nr_outputs * BAR + HOOK_GAP);
}

static void add_data(struct text *t, const struct grid *g, const struct axis *a, size_t k)
{
	for (size_t o = 0; o < g->nr_outputs; o++) {
		text_add(t, "\n# %s: from, to, y, half the height\n$k%zu_%zu << EOD\n", g->outputs[o],
			 k, o);
		for (size_t h = 0; h < g->nr_hooks; h++) {
			const struct result *r = g->cells[h * g->nr_outputs + o];

			if (!has_bar(r))
				continue;
			if (is_number(r))
				text_add(t, "%.9g %.9g %.4f 0.42\n",
					 a->log ? a->from : 0.0, on_axis(a, r->shift), bar_y(g, h, o));
			else
				text_add(t, "%.9g %.9g %.4f 0.42\n", on_axis(a, r->lo),
					 on_axis(a, r->hi), bar_y(g, h, o));
		}
		/* gnuplot refuses an empty block, and draws nothing outside of the frame. */
		text_add(t, "NaN NaN 0 0\nEOD\n");
	}
}

static void add_label(struct text *t, const struct axis *a, double x, double y, const char *s,
		      const char *colour)
{
	text_add(t, "set label ");
	quote(t, s);
	text_add(t, " at %.9g,%.4f left offset 0.5,0 textcolor rgb '%s'\n", fmax(x, a->from), y,
		 colour);
}

static void add_labels(struct text *t, const struct grid *g, const struct axis *a)
{
	for (size_t h = 0; h < g->nr_hooks; h++) {
		for (size_t o = 0; o < g->nr_outputs; o++) {
			const struct result *r = g->cells[h * g->nr_outputs + o];
			double y = bar_y(g, h, o);
			char *s;

			if (!r)
				continue;
			if (is_number(r)) {
				s = xasprintf("%" PRId64, r->shift);
				add_label(t, a, fmax((double)r->shift, 0), y, s, "#000000");
			} else if (has_bar(r)) {
				s = xasprintf("%" PRId64 " to %" PRId64 " (gate %s)", r->lo,
					      r->hi, first_gate(r->gates));
				add_label(t, a, fmax((double)r->hi, 0), y, s, "#666666");
			} else {
				s = xstrdup(r->skip ? "not on this kernel" : "not measured");
				add_label(t, a, 0, y, s, "#666666");
			}
			free(s);
		}
	}
}

static void add_panel(struct text *t, const struct grid *g, const struct comparison *c, size_t k)
{
	const char *sep = "";
	struct axis a;

	make_axis(&a, g);
	add_data(t, g, &a, k);
	text_add(t, "\nunset label\nset label 'What a hook adds to one exit, Linux '.");
	quote(t, c->kernel);
	text_add(t, " at graph 0,1 offset 0,2.6 font ',14' noenhanced\n"
		    "set xlabel 'instructions per exit%s' noenhanced\n",
		 a.log ? " (logarithmic scale)" : "");
	text_add(t, a.log ? "set logscale x 10\n" : "unset logscale x\n");
	text_add(t, "set xrange [%.9g:%.9g]\nset yrange [%.4f:%.4f]\nset ytics (", a.from, a.to,
		 bar_y(g, g->nr_hooks - 1, g->nr_outputs - 1) - 0.8, 0.8);
	for (size_t h = 0; h < g->nr_hooks; h++, sep = ", ") {
		text_add(t, "%s", sep);
		quote(t, g->hooks[h]->hook);
		text_add(t, " %.4f", (bar_y(g, h, 0) + bar_y(g, h, g->nr_outputs - 1)) / 2);
	}
	text_add(t, ")\n");
	add_labels(t, g, &a);
	text_add(t, "plot ");
	for (size_t o = 0; o < g->nr_outputs; o++) {
		text_add(t, "%s$k%zu_%zu using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid "
			    "noborder fc rgb '%s' title ", o ? ", \\\n     " : "", k, o,
			 colours[o % ARRAY_SIZE(colours)]);
		quote(t, g->outputs[o]);
	}
	text_add(t, "\n");
}

void picture_gp(struct text *t, const struct findings *f)
{
	struct grid *grids = xcalloc(f->nr_kernels, sizeof(*grids));
	size_t height = 0, y = 0;

	for (size_t k = 0; k < f->nr_kernels; k++) {
		grid_make(&grids[k], &f->kernels[k]);
		height += grids[k].nr_hooks ? panel_height(&grids[k]) : 0;
	}
	text_add(t, "# Written by bench/report. gnuplot overhead.gp > overhead.svg\n"
		    "set terminal svg size %d,%zu font 'sans-serif,12' background '#ffffff' noenhanced\n"
		    "set datafile missing NaN\nset multiplot\n"
		    "set lmargin at screen %.4f\nset rmargin at screen %.4f\n"
		    "set border 1 lc rgb '#666666'\nset tics nomirror scale 0.5\n"
		    "set ytics scale 0\nset grid xtics lc rgb '#dddddd' lt 1\n"
		    "set key at graph 0,1 left bottom Left reverse horizontal samplen 1 "
		    "width 2 noenhanced\nset xlabel offset 0,0.3\nset format x '%%.10g'\n",
		 WIDTH, height ? height : 60, 140.0 / WIDTH, 1 - 20.0 / WIDTH);
	if (!height)
		text_add(t, "set label 'nothing was measured' at screen 0.5,0.5 center\n"
			    "unset border\nunset tics\nunset key\nplot [0:1] [0:1] NaN\n");
	for (size_t k = 0; k < f->nr_kernels; k++) {
		size_t part = panel_height(&grids[k]);

		if (!grids[k].nr_hooks)
			continue;
		y += part;
		/* The frame below the bars: axis and its label; above: title and key. */
		text_add(t, "\nset bmargin at screen %.4f\nset tmargin at screen %.4f\n",
			 (double)(height - y + BELOW) / (double)height,
			 (double)(height - y + part - ABOVE) / (double)height);
		add_panel(t, &grids[k], &f->kernels[k], k);
	}
	text_add(t, "unset multiplot\n");
	for (size_t k = 0; k < f->nr_kernels; k++)
		grid_free(&grids[k]);
	free(grids);
}
