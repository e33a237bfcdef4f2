// SPDX-License-Identifier: GPL-2.0
/* The prices: our hooks, what each output adds, the parts of the stream, all ways. */
#include <stdint.h>
#include <stdlib.h>

#include "variants/handler/record.h"
#include "report/fill.h"
#include "report/md.h"

/*
 * Outputs cost the same under every hook but for a copied instruction or a register
 * more: what is further than this from the median is told by itself.
 */
#define SAME_OUTPUT 5

/* The stream with unit=process, of which the hook's site is another. */
#define OF_PROCESS "stream, `unit=process`"

/* Those of exact.tsv, as columns. */
static const struct column {
	const char *output, *title;
} columns[] = {
	{ "count", "count" }, { "stream", "stream" }, { "process", OF_PROCESS },
	{ "trace", "trace" }, { "log", "log" },
};

/* The first is the price of the hook alone; the others add something. */
static const struct output {
	const char *name, *adds;
} outputs[] = {
	{ "count", NULL },
	{ "stream", "the stream adds" },
	{ "trace", "the trace event" },
	{ "log", "the log" },
};

static bool is_event(const struct way *w)
{
	return w->kind == WAY_EVENT;
}

static bool is_program_count(const struct way *w)
{
	return is_program(w) && !strcmp(w->in_exact, "count");
}

static const struct way *find_exact(const struct report *r, const char *kernel,
				    const char *name, const char *output)
{
	for_each_way_on(w, r->ways, kernel)
		if (w->in_exact && !strcmp(w->name, name) && !strcmp(w->in_exact, output))
			return w;
	return NULL;
}

/* "2", or "2; 3 on 6.12, 7.3" where kernels differ. */
static const char *traps_of(const struct report *r, const char *name, const char *output)
{
	struct text t = { 0 };
	const char *before = NULL;

	for_each_kernel(k, r) {
		const struct way *w = find_exact(r, *k, name, output);

		if (!w || !w->traps)
			continue;
		if (!before)
			text_add(&t, "%s", w->traps);
		else if (strcmp(before, w->traps))
			text_add(&t, "; %s on %s", w->traps, *k);
		else if (strchr(t.s, ';'))
			text_add(&t, ", %s", *k);
		before = w->traps;
	}
	return t.s ?: "";
}

/* Hooks by outputs, kernel beside kernel. */
static void add_hooks(struct md_table *m, const struct report *r, bool (*is)(const struct way *))
{
	struct way *rows = ways_select(r, NULL, is, NULL);

	for_each_way(w, rows) {
		md_row(m);
		md_left(m, "hook", md_plain(w->name));
		md_right(m, "site", md_plain(w->site));
		for_each_kernel(k, r) {
			for (const struct column *c = columns; c < columns + ARRAY_SIZE(columns);
			     c++) {
				const struct way *with = find_exact(r, *k, w->name, c->output);

				md_right(m, c == columns ? md_text("%s: %s", *k, c->title) :
							   c->title,
					 with ? md_price(&with->price) : "");
			}
		}
		md_right(m, "traps", md_plain(traps_of(r, w->name, w->in_exact)));
	}
	free(rows);
}

static void fill_hooks(struct text *t, const struct report *r)
{
	struct md_table m = { 0 };

	add_hooks(&m, r, is_count);
	add_hooks(&m, r, is_event);
	add_hooks(&m, r, is_program_count);
	md_end(t, &m);
}

/* What is measured where there is no hook. */
static void fill_control(struct text *t, const struct report *r)
{
	for_each_way(w, r->ways)
		if (w->kind == WAY_CONTROL && !w->tool)
			text_add(t, "%s%s on %s", t->len ? ", " : "", md_price(&w->price),
				 w->kernel);
}

/* Why it is no single number. */
static const char *why_not(const struct way *w)
{
	if (w->price.reason)
		return md_plain(w->price.reason);
	if (!strcmp(w->price.gate, "control"))
		return "the control is no exact 0, so nothing measured beside it counts; what "
		       "came out is in the table of each boot";
	return "most exits do not cost the same; from the 10th to the 90th percentile";
}

static bool is_row_of_ours(const struct way *w)
{
	return w->kind == WAY_OURS && w->in_exact && !w->part;
}

/* A price of ours that is none, or of some exits alone. */
static bool is_unsharp(const struct way *w)
{
	return is_row_of_ours(w) && !price_sharp(&w->price);
}

static bool is_same_note(const struct way *a, const struct way *b)
{
	return is_unsharp(a) && is_unsharp(b) && !strcmp(a->kernel, b->kernel) &&
	       !strcmp(a->hook, b->hook) && !strcmp(why_not(a), why_not(b));
}

/* Those of a hook that are so for one reason, in one line: by the first of them. */
static void add_note(struct text *t, const struct report *r, const struct way *first)
{
	for (const struct way *w = r->ways; w < first; w++)
		if (is_same_note(w, first))
			return;
	text_add(t, "- %s on %s: ", md_plain(first->hook), first->kernel);
	for_each_way(w, first)
		if (is_same_note(w, first))
			text_add(t, "%s*%s*", w == first ? "" : ", ",
				 w->process ? OF_PROCESS : w->mode);
	text_add(t, ": %s.\n", why_not(first));
}

/* Why a price of ours is no single number; what is so with each output is told once. */
static void fill_hooks_notes(struct text *t, const struct report *r)
{
	for_each_way(w, r->ways) {
		if (is_unsharp(w))
			add_note(t, r, w);
		else if (is_row_of_ours(w) && is_count(w) && !price_exact(&w->price))
			text_add(t, "- %s on %s: %s. It is so with each output.%s\n",
				 md_plain(w->hook), w->kernel, why_not(w),
				 !strcmp(w->hook, "kprobe int3") ?
				 " The higher one is that of one placement in 64 "
				 "([why](#where-each-instruction-goes))." : "");
	}
}

/* What an output adds to a hook. */
struct surcharge {
	const char *hook;
	long lo, hi;
};

/* What it adds to most hooks of a kernel, and to the others: " (kprobe int3 4895)". */
struct usual {
	bool known;
	long lo, hi;
	const char *others;
};

static int by_lo(const void *a, const void *b)
{
	const struct surcharge *x = a, *y = b;

	return (x->lo > y->lo) - (x->lo < y->lo);
}

/* Return the number of them, in order. */
static size_t surcharges(const struct report *r, const char *kernel, const char *output,
			 struct surcharge *found)
{
	size_t nr = 0;

	for_each_way_on(w, r->ways, kernel) {
		const struct way *count;

		if (!is_output(w, output) || !w->in_exact)
			continue;
		count = way_find(r, kernel, w->hook, "count");
		if (count && price_sharp(&w->price) && price_sharp(&count->price))
			found[nr++] = (struct surcharge){
				w->hook, w->price.lo - count->price.lo,
				w->price.hi - count->price.hi,
			};
	}
	qsort(found, nr, sizeof(*found), by_lo);
	return nr;
}

static struct usual usual_of(const struct report *r, const char *kernel, const char *output)
{
	struct surcharge *all = xcalloc(r->nr_ways, sizeof(*all));
	size_t nr = surcharges(r, kernel, output, all);
	const struct surcharge *median = &all[nr / 2];
	struct usual u = { .known = nr, .lo = median->lo, .hi = median->hi };
	struct text others = { 0 };

	for (const struct surcharge *s = all; s < all + nr; s++) {
		if (labs(s->lo - median->lo) <= SAME_OUTPUT &&
		    labs(s->hi - median->lo) <= SAME_OUTPUT) {
			u.lo = s->lo < u.lo ? s->lo : u.lo;
			u.hi = s->hi > u.hi ? s->hi : u.hi;
			continue;
		}
		text_add(&others, "%s%s %s", others.len ? ", " : "", md_plain(s->hook),
			 md_range(s->lo, s->hi));
	}
	u.others = others.len ? md_text(" (%s)", others.s) : "";
	text_free(&others);
	free(all);
	return u;
}

static const char *surcharge_of(const struct usual *u)
{
	return u->known ? md_text("%s%s", md_range(u->lo, u->hi), u->others) : "";
}

static void fill_surcharges(struct text *t, const struct report *r)
{
	struct md_table m = { 0 };

	for (size_t o = 1; o < ARRAY_SIZE(outputs); o++) {
		md_row(&m);
		md_left(&m, "the output", md_text("*%s*", outputs[o].name));
		for_each_kernel(k, r) {
			struct usual u = usual_of(r, *k, outputs[o].name);

			md_right(&m, *k, surcharge_of(&u));
		}
	}
	md_end(t, &m);
}

/* The same as data of a picture: kernel, row, least, most, label. */
static void fill_outputs_picture(struct text *t, const struct report *r)
{
	for_each_kernel(k, r) {
		for (size_t o = 1; o < ARRAY_SIZE(outputs); o++) {
			struct usual u = usual_of(r, *k, outputs[o].name);

			if (u.known)
				text_add(t, "%td -%zu %ld %ld \"%s\"\n", k - r->kernels, o - 1,
					 u.lo, u.hi, md_range(u.lo, u.hi));
		}
	}
	/* gnuplot refuses a block without a line, and draws no NaN. */
	if (!t->len)
		text_add(t, "0 0 NaN NaN -\n");
}

/* On the first kernel, as a sentence. */
static void fill_surcharge_finding(struct text *t, const struct report *r)
{
	const char *kernel = r->kernels[0];

	for (size_t o = 1; kernel && o < ARRAY_SIZE(outputs); o++) {
		struct usual u = usual_of(r, kernel, outputs[o].name);

		if (o == 1 && !u.known)
			return;
		if (o == 1)
			text_add(t, "on %s ", kernel);
		text_add(t, "%s%s %s", md_join(o - 1, ARRAY_SIZE(outputs) - 1), outputs[o].adds,
			 surcharge_of(&u));
	}
}

/* A part of the stream's price: the price with one output less that with another. */
static const struct part {
	const char *what, *of, *less;
} parts[] = {
	{ "the hook: be called, count", "count", NULL },
	{ "the record: made in the buffer, and handed over (*stream* less *count*)", "stream",
	  "count" },
	{ "**both**", "stream", NULL },
	{ "for comparison: a record with `record=extended`, without the program before Linux 6.16 (*extended*)",
	  "extended", NULL },
	{ "for comparison: an exit for which the buffer has no room (*dropped*)", "dropped",
	  NULL },
	{ "for comparison: an exit that a filter keeps back (*filtered*)", "filtered", NULL },
};

/* The hook whose parts were measured. */
static const char *measured_parts(const struct report *r, const char *kernel)
{
	for_each_way_on(w, r->ways, kernel)
		if (!strcmp(w->mode, "dropped"))
			return w->hook;
	return NULL;
}

static const char *price_of_part(const struct report *r, const char *kernel,
				 const struct part *p)
{
	const char *hook = measured_parts(r, kernel);
	const struct way *of = hook ? way_find(r, kernel, hook, p->of) : NULL;
	const struct way *less = hook && p->less ? way_find(r, kernel, hook, p->less) : NULL;

	if (!of || !price_exact(&of->price) || (p->less && (!less || !price_exact(&less->price))))
		return "";
	return md_text("%ld", of->price.lo - (less ? less->price.lo : 0));
}

static void fill_parts(struct text *t, const struct report *r)
{
	struct md_table m = { 0 };

	for (const struct part *p = parts; p < parts + ARRAY_SIZE(parts); p++) {
		md_row(&m);
		md_left(&m, "the tracepoint's stream", p->what);
		for_each_kernel(k, r)
			md_right(&m, *k, price_of_part(r, *k, p));
	}
	md_end(t, &m);
}

/* Of a record: a load and a store for as much as a register holds. */
static void fill_limit(struct text *t, const struct report *r)
{
	(void)r;
	text_add(t, "%zu", 2 * sizeof(struct procmon_record) / sizeof(uint64_t));
}

/* What the reader does with an exit, by the names of its table. */
static const char *reader_does(const char *output)
{
	static const struct {
		const char *output, *does;
	} known[] = {
		{ "table", "show a line of the table" },
		{ "json", "write a JSON object (`--json`)" },
		{ "summary", "add it up by name (`--summary`)" },
		{ "raw", "save the record (`--raw`)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(output, known[i].output))
			return known[i].does;
	return output;
}

static void fill_reader(struct text *t, const struct report *r)
{
	const struct table *reader = &r->tables[READER];
	struct md_table m = { 0 };

	for (size_t i = 0; i < reader->nr; i++) {
		md_row(&m);
		md_left(&m, "read and check an exit, and", reader_does(table_cell(reader, i, "output")));
		md_right(&m, "instructions", md_number(table_number(reader, i, "instructions")));
	}
	md_end(t, &m);
}

/* How that was counted. */
static void fill_reader_by(struct text *t, const struct report *r)
{
	const struct table *reader = &r->tables[READER];

	if (reader->nr)
		text_add(t, "By %s, over %s exits; compiled by %s",
			 md_plain(table_cell(reader, 0, "valgrind")),
			 table_cell(reader, 0, "exits"),
			 md_plain(table_cell(reader, 0, "compiler")));
}

static const char *control_name(const struct way *w)
{
	return strcmp(w->mode, "-") ? w->mode : "no tool";
}

static const char *remark_on(const struct way *w)
{
	/* In a hundred exits, at least one woke the reader, which then ran within the exit. */
	bool inside = w->wakeups >= 10;

	if (!strcmp(w->price.gate, "control"))
		return "**the control failed**";
	if (w->beside_price.known && price_order(&w->beside_price, &w->price))
		return md_text("beside the tools %s", md_price(&w->beside_price));
	if (w->price.reason)
		return md_plain(w->price.reason);
	if (price_sharp(&w->price) || !w->price.known)
		return "";
	return inside ? "a range: the reader runs inside the exit" :
			"a range: exits take different paths";
}

static const char *whole_of(const struct way *w)
{
	return md_text("%.0f (%.0f to %.0f)", w->whole.mean, w->whole.lo, w->whole.hi);
}

static bool is_beside(const struct way *w)
{
	return w->tool || w->kind == WAY_EVENT;
}

static bool takes_traps(const struct way *w)
{
	return w->traps && strcmp(w->traps, "0");
}

/* Do all of them without, on every kernel? Then their table has no column for it. */
static void fill_without_traps(struct text *t, const struct report *r)
{
	for_each_way(w, r->ways)
		if (is_beside(w) && takes_traps(w))
			return;
	text_add(t, "None of them takes a trap.");
}

/* Everybody who was measured beside the other tools, the cheapest first. */
static void fill_tools(struct text *t, const struct report *r)
{
	for_each_kernel(k, r) {
		struct way *rows = ways_select(r, *k, is_beside, NULL);
		struct md_table m = { .kernel = *k };
		bool whole = false, tools = false, traps = false;

		for_each_way(w, rows) {
			whole |= w->whole.known;
			traps |= takes_traps(w);
			tools |= w->tool != NULL;
		}
		for (const struct way *w = rows; tools && w->name; w++) {
			md_row(&m);
			md_left(&m, "way", w->kind == WAY_CONTROL ?
				md_text("control: %s", control_name(w)) : md_way(w));
			md_right(&m, "in the path", md_price(&w->price));
			if (traps)
				md_right(&m, "traps", md_plain(w->traps));
			md_right(&m, "wake-ups per 1000 exits", md_number(w->wakeups));
			md_right(&m, "peak KiB", md_number(w->peak));
			md_left(&m, "remark", remark_on(w));
			if (whole)
				md_right(&m, "whole: mean (interval)",
					 w->whole.known ? whole_of(w) : "");
		}
		md_end(t, &m);
		free(rows);
	}
}

/* The kernels on which the tools' figures in the path fail with their control. */
static void fill_path_refused(struct text *t, const struct report *r)
{
	for_each_way(w, r->ways)
		if (w->kind == WAY_CONTROL && !strcmp(w->mode, "-") &&
		    !strcmp(w->price.gate, "control"))
			text_add(t, "%s%s", t->len ? ", " : "", w->kernel);
}

/* The controls whose whole price is not that of nothing. */
static void fill_whole_refused(struct text *t, const struct report *r)
{
	for_each_way(w, r->ways)
		if (w->kind == WAY_CONTROL && (w->whole.lo > 0 || w->whole.hi < 0))
			text_add(t, "%s%s on %s came out at %s", t->len ? ", " : "",
				 control_name(w), w->kernel, whole_of(w));
}

/* What the controls came out at, where that is nothing. */
static void fill_whole_controls(struct text *t, const struct report *r)
{
	for_each_way(w, r->ways)
		if (w->kind == WAY_CONTROL && w->whole.known)
			text_add(t, "%s%s %s on %s", t->len ? ", " : "", control_name(w),
				 whole_of(w), w->kernel);
}

/* Our stream and the BPF program's ring, with a reader that does the same with each. */
static void fill_whole_finding(struct text *t, const struct report *r)
{
	static const struct {
		const char *what, *ours, *program;
	} like[] = {
		{ "saved as it is", "stream, --raw", "ring of its own" },
		{ "as JSON", "stream", "ring of its own, JSON" },
	};

	for_each_kernel(k, r) {
		for (size_t i = 0; i < ARRAY_SIZE(like); i++) {
			const struct way *own = NULL, *bpf = NULL;

			for_each_way_on(w, r->ways, *k) {
				if (!w->whole.known || !w->tool || w->process)
					continue;
				if (w->kind == WAY_OURS && !strcmp(w->mode, like[i].ours))
					own = w;
				else if (w->kind == WAY_TOOL && !strcmp(w->mode, like[i].program))
					bpf = w;
			}
			if (own && bpf)
				text_add(t, "%s%s %s with procmon and %s with BPF on %s",
					 t->len ? ", " : "", like[i].what, whole_of(own),
					 whole_of(bpf), *k);
		}
	}
}

const struct place price_places[] = {
	{ "prices of hooks", fill_hooks },
	{ "prices control", fill_control },
	{ "prices notes", fill_hooks_notes },
	{ "surcharges", fill_surcharges },
	{ "outputs picture", fill_outputs_picture },
	{ "finding surcharges", fill_surcharge_finding },
	{ "parts of the stream", fill_parts },
	{ "limit of a record", fill_limit },
	{ "prices of the reader", fill_reader },
	{ "reader by", fill_reader_by },
	{ "prices of tools", fill_tools },
	{ "without traps", fill_without_traps },
	{ "path refused", fill_path_refused },
	{ "whole refused", fill_whole_refused },
	{ "whole controls", fill_whole_controls },
	{ "finding whole", fill_whole_finding },
	{ 0 },
};
