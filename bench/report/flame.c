// SPDX-License-Identifier: GPL-2.0
/*
 * A flame graph of what each hook adds to an exit, drawn from its beginning downwards: a box
 * is a function, as wide as the instructions of it and of what it calls, which is below.
 */
#include <stdlib.h>
#include <string.h>

#include "report/fill.h"
#include "report/md.h"

/* The output that is drawn: it has all that a hook costs without one, too. */
#define DRAWN "stream"

/* In pixels: the columns are kernels. */
#define MARGIN 10
#define COLUMN 640
#define LINE 15
#define CHARACTER 6.5	/* of a name, on average */

/* What the kernel makes for a hook. */
static const char *const made[] = {
	"ftrace_trampoline", "kprobe_insn_page", "kprobe_optinsn_page",
};

/* Instructions of a function, and what is left of the calls that led to it. */
struct frame {
	const char *stack;	/* "OUTER;INNER"; NULL: nothing */
	long n;
};

/* The graph of one hook on one kernel. */
struct flame {
	struct frame *frames;
	size_t nr;
	long sum;
	double scale;		/* pixels of an instruction */
	size_t depth;		/* of the deepest box that was drawn */
};

static void add_escaped(struct text *t, const char *s, size_t len)
{
	for (; len--; s++) {
		if (*s == '<')
			text_add(t, "&lt;");
		else if (*s == '&')
			text_add(t, "&amp;");
		else
			text_add(t, "%c", *s);
	}
}

static bool begins_with(const char *name, const char *start)
{
	return !strncmp(name, start, strlen(start));
}

static bool ends_with(const char *name, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && !strncmp(name + len - n, end, n);
}

static const char *colour_of(const char *name, size_t len, size_t depth)
{
	if (ends_with(name, len, " [procmon]") || begins_with(name, "bpf_prog_"))
		return "#8ecae6";
	if (begins_with(name, "bpf_trampoline_"))
		return "#b5d99c";
	for (size_t i = 0; i < ARRAY_SIZE(made); i++)
		if (strlen(made[i]) == len && !strncmp(name, made[i], len))
			return "#b5d99c";
	return depth % 2 ? "#f2a65a" : "#f6c177";
}

static void draw_box(struct text *t, const struct flame *f, const char *name, long n, double x,
		     double y, size_t depth)
{
	size_t len = strcspn(name, ";"), room;
	double width = (double)n * f->scale;

	room = (size_t)(width / CHARACTER);
	text_add(t, "<g><title>");
	add_escaped(t, name, len);
	text_add(t, ": %ld</title><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" "
		 "fill=\"%s\"/>", n, x, y, width, LINE - 1, colour_of(name, len, depth));
	if (room > 4) {
		text_add(t, "<text x=\"%.1f\" y=\"%.1f\">", x + 2, y + LINE - 4);
		add_escaped(t, name, room < len ? room - 2 : len);
		text_add(t, "%s</text>", room < len ? ".." : "");
	}
	text_add(t, "</g>\n");
}

/* Where a displaced instruction was, there is one less: that is no box. */
static long size_of(const struct frame *frames, size_t nr)
{
	long n = 0;

	for (size_t i = 0; i < nr; i++)
		n += frames[i].n > 0 ? frames[i].n : 0;
	return n;
}

/* What is called by one function, which is drawn at @depth - 1; without @t only the depth. */
static void draw_calls(struct text *t, struct flame *f, const struct frame *frames, size_t nr,
		       double x, double y, size_t depth)
{
	struct frame *below = xcalloc(nr, sizeof(*below));
	bool *done = xcalloc(nr, sizeof(*done));

	for (size_t i = 0; i < nr; i++) {
		const char *name = frames[i].stack;
		size_t len = name ? strcspn(name, ";") : 0, same = 0;
		long n;

		if (!name || done[i])
			continue;
		for (size_t k = i; k < nr; k++) {
			const char *other = frames[k].stack;

			if (!other || strcspn(other, ";") != len || strncmp(name, other, len))
				continue;
			done[k] = true;
			below[same++] = (struct frame){
				other[len] ? other + len + 1 : NULL, frames[k].n,
			};
		}
		n = size_of(below, same);
		if (!n)
			continue;
		if (t)
			draw_box(t, f, name, n, x, y + (double)depth * LINE, depth);
		f->depth = depth + 1 > f->depth ? depth + 1 : f->depth;
		draw_calls(t, f, below, same, x, y, depth + 1);
		x += (double)n * f->scale;
	}
	free(below);
	free(done);
}

static struct flame flame_of(const struct report *r, const char *kernel, const char *hook)
{
	const struct table *all = &r->tables[ANATOMY_FUNCTIONS];
	struct flame f = { 0 };

	for (size_t i = 0; i < all->nr; i++) {
		long n = (long)table_number(all, i, "instructions");

		if (!table_is(all, i, "kernel", kernel) || !table_is(all, i, "hook", hook) ||
		    !table_is(all, i, "output", DRAWN))
			continue;
		*APPEND(f.frames, f.nr) = (struct frame){ table_cell(all, i, "stack"), n };
		f.sum += n;
	}
	draw_calls(NULL, &f, f.frames, f.nr, 0, 0, 0);
	return f;
}

/* Is this line of the table the first of a hook that is drawn? */
static bool is_first(const struct table *all, size_t line)
{
	return table_is(all, line, "output", DRAWN) && table_first(all, line, "hook,output");
}

/* The same for all, so that what is twice as wide is twice as much. */
static double scale_of(const struct report *r)
{
	const struct table *all = &r->tables[ANATOMY];
	double most = 1;

	for (size_t i = 0; i < all->nr; i++) {
		double n = table_number(all, i, "instructions");

		if (table_is(all, i, "output", DRAWN) && n > most)
			most = n;
	}
	return COLUMN / most;
}

/* A row: the hook on each kernel. Return how high it is. */
static double draw_hook(struct text *t, const struct report *r, const char *hook, double y)
{
	double x = -COLUMN;
	size_t depth = 0;

	for_each_kernel(k, r) {
		struct flame f = flame_of(r, *k, hook);

		x += COLUMN + MARGIN;
		if (!f.nr)
			continue;
		f.scale = scale_of(r);
		text_add(t, "<text x=\"%.1f\" y=\"%.1f\" font-weight=\"bold\">", x, y + LINE - 4);
		add_escaped(t, hook, strlen(hook));
		text_add(t, ", %s: %ld</text>\n", *k, f.sum);
		draw_calls(t, &f, f.frames, f.nr, x, y + LINE, 0);
		depth = f.depth > depth ? f.depth : depth;
		free(f.frames);
	}
	return (double)(depth + 2) * LINE;
}

static void fill_flames(struct text *t, const struct report *r)
{
	const struct table *all = &r->tables[ANATOMY];
	struct text rows = { 0 };
	double y = MARGIN;
	int columns = 0;

	for_each_kernel(k, r)
		columns++;
	for (size_t i = 0; i < all->nr; i++)
		if (is_first(all, i))
			y += draw_hook(&rows, r, table_cell(all, i, "hook"), y);
	text_add(t, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
		 "font-family=\"sans-serif\" font-size=\"11\">\n"
		 "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n%s</svg>\n",
		 MARGIN + columns * (COLUMN + MARGIN), y, rows.s ?: "");
	text_free(&rows);
}

const struct place flame_places[] = {
	{ "flames", fill_flames },
	{ 0 },
};
