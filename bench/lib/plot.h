/* SPDX-License-Identifier: GPL-2.0 */
/* What all pictures share: gnuplot draws them, from a script that we write. */
#ifndef BENCH_PLOT_H
#define BENCH_PLOT_H

#include "lib/util.h"

/**
 * plot_colours - colours that also the colour-blind tell apart (Okabe and Ito), first
 * come first served
 */
extern const char *const plot_colours[];
extern const size_t nr_plot_colours;

/**
 * plot_quote() - append a string as gnuplot reads it verbatim
 * @t: the script
 * @s: the string
 */
void plot_quote(struct text *t, const char *s);

/**
 * plot_head() - begin a script: an SVG picture on a light background
 * @t: the script
 * @comment: what the first line says
 * @width: in pixels
 * @height: in pixels
 */
void plot_head(struct text *t, const char *comment, size_t width, size_t height);

/**
 * plot_draw() - let gnuplot draw
 * @script: the finished script, which prints the picture
 * @picture: the file to write
 *
 * Dies if there is no gnuplot, or it fails, or it draws nothing.
 */
void plot_draw(const struct text *script, const char *picture);

#endif
