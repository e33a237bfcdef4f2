/* SPDX-License-Identifier: GPL-2.0 */
/* What all pictures share: gnuplot draws them, from a script that we write. */
#ifndef BENCH_PLOT_H
#define BENCH_PLOT_H

#include "lib/util.h"

/**
 * plot_quote() - append a string as gnuplot reads it verbatim
 * @t: the script
 * @s: the string
 */
void plot_quote(struct text *t, const char *s);

/**
 * plot_draw() - let gnuplot draw
 * @script: the finished script, which prints the picture
 * @picture: the file to write
 *
 * Dies if there is no gnuplot, or it fails, or it draws nothing.
 */
void plot_draw(const struct text *script, const char *picture);

#endif
