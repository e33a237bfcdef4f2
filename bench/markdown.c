// SPDX-License-Identifier: GPL-2.0
/*
 * report.md. The sentences hold whatever the numbers are; figures are those of
 * the .tsv files, or quotients of two of them.
 */
#include "results.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Text that Markdown and HTML leave as it is. */
static void add_plain(struct text *t, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == 0x7f)
			text_add(t, "\\\\x%02x", c);
		else if (c == '<')
			text_add(t, "&lt;");
		else if (c == '>')
			text_add(t, "&gt;");
		else if (c == '&')
			text_add(t, "&amp;");
		else if (strchr("\\`*_[]|~#", c))
			text_add(t, "\\%c", c);
		else
			text_add(t, "%c", c);
	}
}

static void add_cell(struct text *t, const char *s)
{
	text_add(t, " ");
	add_plain(t, s);
	text_add(t, " |");
}

/* A TSV table, its first line the header. */
static void add_table(struct text *t, const char *tsv)
{
	char *copy = xstrdup(tsv), *rest = copy, *line;
	size_t columns = 0;

	while ((line = strsep(&rest, "\n"))) {
		bool header = !columns;
		size_t n = 0;

		if (!*line)
			continue;
		text_add(t, "|");
		for (char *word; (word = strsep(&line, "\t")); n++)
			if (header || n < columns)
				add_cell(t, word);
		if (header)
			columns = n;
		for (; n < columns; n++)
			text_add(t, " |");
		text_add(t, "\n");
		for (size_t i = 0; header && i < columns; i++)
			text_add(t, "%s---|%s", i ? "" : "|", i + 1 == columns ? "\n" : "");
	}
	free(copy);
}

static const struct {
	const char *output;
	const char *as; /* "... as a trace event" */
	const char *what;
} known[] = {
	{ "count", "when nobody wants the record",
	  "the hook runs and counts the exit; nobody wants the record" },
	{ "stream", "as a record in the per-CPU stream",
	  "as count, and the whole record goes to the per-CPU ring buffer that bench/build/procmon "
	  "reads" },
	{ "trace", "as a trace event",
	  "as count, and the whole record goes to the ftrace ring buffer as "
	  "procmon:procmon_exit; for *kernel's event* it is the kernel's own "
	  "sched:sched_process_exit, which has a name, an id and a priority, since 6.16 also "
	  "whether it was the last thread" },
	{ "log", "as a line of the kernel log",
	  "as count, and a line goes to the buffer of the kernel log (what dmesg shows); no "
	  "console is attached, for what a console costs depends on the console alone (a "
	  "breakpoint's handler runs like an NMI, where printk() leaves some of its work for "
	  "later: that is why int3 adds a little less here)" },
};

static const char *output_as(const char *output)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(known[i].output, output))
			return known[i].as;
	return NULL;
}

static const struct result *cell(const struct grid *g, size_t h, size_t o)
{
	const struct result *r = g->cells[h * g->nr_outputs + o];

	return r && is_number(r) && !is_peer(r->row) ? r : NULL;
}

/* Cheapest or dearest number of an output, NULL if it has none of ours. */
static const struct result *extreme(const struct grid *g, size_t o, bool most)
{
	const struct result *best = NULL;

	for (size_t h = 0; h < g->nr_hooks; h++) {
		const struct result *r = cell(g, h, o);

		if (r && (!best || (most ? r->shift > best->shift : r->shift < best->shift)))
			best = r;
	}
	return best;
}

static size_t numbers_of(const struct grid *g, size_t o)
{
	size_t n = 0;

	for (size_t h = 0; h < g->nr_hooks; h++)
		n += cell(g, h, o) != NULL;
	return n;
}

/* "a", "a and b", "a, b and c": the hooks that cost this much with this output. */
static size_t add_hooks(struct text *t, const struct grid *g, size_t o, int64_t shift)
{
	size_t n = 0, done = 0;

	for (size_t h = 0; h < g->nr_hooks; h++)
		n += cell(g, h, o) && cell(g, h, o)->shift == shift;
	for (size_t h = 0; h < g->nr_hooks; h++) {
		if (!cell(g, h, o) || cell(g, h, o)->shift != shift)
			continue;
		text_add(t, "%s**", !done ? "" : done + 1 == n ? " and " : ", ");
		add_plain(t, g->hooks[h]->hook);
		text_add(t, "**");
		done++;
	}
	return n;
}

static void add_instructions(struct text *t, int64_t n)
{
	text_add(t, "%" PRId64 " instruction%s", n, n == 1 ? "" : "s");
}

/* "each of the 8 hooks adds 46 instructions", or the cheapest and the dearest. */
static void add_spread(struct text *t, const struct grid *g, size_t o)
{
	const struct result *low = extreme(g, o, false), *high = extreme(g, o, true);
	size_t n;

	if (numbers_of(g, o) == 1) {
		text_add(t, "only ");
		add_hooks(t, g, o, low->shift);
		text_add(t, " has an exact figure: it adds ");
		add_instructions(t, low->shift);
		text_add(t, " to each exit");
		return;
	}
	if (low->shift == high->shift) {
		add_hooks(t, g, o, low->shift);
		text_add(t, " add the same, ");
		add_instructions(t, low->shift);
		text_add(t, " to each exit");
		return;
	}
	text_add(t, "the cheapest way to see an exit is ");
	n = add_hooks(t, g, o, low->shift);
	text_add(t, " with ");
	add_instructions(t, low->shift);
	text_add(t, n > 1 ? " each, the dearest " : ", the dearest ");
	n = add_hooks(t, g, o, high->shift);
	text_add(t, " with %" PRId64 "%s", high->shift, n > 1 ? " each" : "");
	if (low->shift > 0)
		text_add(t, " (%.1f times as many)", (double)high->shift / (double)low->shift);
}

static void add_finding(struct text *t, const struct comparison *c, const struct grid *g)
{
	size_t first = 0, numbers = 0, rows = 0, skipped = 0;

	for (size_t i = 0; i < c->nr; i++) {
		if (c->results[i].control)
			continue;
		rows++;
		numbers += is_number(&c->results[i]);
		skipped += c->results[i].skip != NULL;
	}
	text_add(t, "On Linux ");
	add_plain(t, c->kernel);
	while (first < g->nr_outputs && !numbers_of(g, first))
		first++;
	if (first == g->nr_outputs) {
		text_add(t, " no figure passed the gates: of %zu row%s, %zu ran, and none is given as "
			    "a number.\n\n", rows, rows == 1 ? "" : "s", rows - skipped);
		return;
	}
	text_add(t, ", ");
	if (strcmp(g->outputs[first], "count")) {
		text_add(t, "with output ");
		add_plain(t, g->outputs[first]);
		text_add(t, ", ");
	}
	add_spread(t, g, first);
	for (size_t o = first + 1, any = 0; o < g->nr_outputs; o++) {
		const struct result *low = extreme(g, o, false);

		if (!low)
			continue;
		text_add(t, any++ ? ", " : "; with the whole record, the least is ");
		text_add(t, "%" PRId64 " ", low->shift);
		if (output_as(g->outputs[o])) {
			text_add(t, "%s", output_as(g->outputs[o]));
		} else {
			text_add(t, "with output ");
			add_plain(t, g->outputs[o]);
		}
		text_add(t, " (");
		add_hooks(t, g, o, low->shift);
		text_add(t, ")");
	}
	text_add(t, ".\n\n");
	if (extreme(g, first, false)->traps > 0)
		text_add(t, "But the cheapest takes a trap, which costs far more time than its "
			    "instructions say (see [what it cannot tell](#what-it-cannot-tell)).\n\n");
	text_add(t, "%zu of %zu rows passed every gate and are exact to the instruction",
		 numbers, rows);
	if (rows - numbers - skipped)
		text_add(t, "; %zu did not and %s given as a range", rows - numbers - skipped,
			 rows - numbers - skipped == 1 ? "is" : "are");
	if (skipped)
		text_add(t, "; %zu cannot run on this kernel", skipped);
	text_add(t, ".\n\n");
}

static void add_price(struct text *t, const struct result *r)
{
	if (!r) {
		text_add(t, " |");
	} else if (r->skip) {
		text_add(t, " not run: ");
		add_plain(t, r->skip);
		text_add(t, " |");
	} else if (is_number(r)) {
		text_add(t, " **%" PRId64 "** |", r->shift);
	} else if (r->has_range) {
		text_add(t, " %" PRId64 " to %" PRId64 ", gate *%s* |", r->lo, r->hi,
			 first_gate(r->gates));
	} else {
		text_add(t, " no figure, gate *%s* |", first_gate(r->gates));
	}
}

/* One figure if the rows of a hook agree, else one for each. */
static void add_traps(struct text *t, const struct grid *g, size_t h)
{
	char *seen[8] = { NULL };
	size_t n = 0;

	text_add(t, " ");
	for (size_t o = 0; o < g->nr_outputs; o++) {
		const struct result *r = g->cells[h * g->nr_outputs + o];
		char *s;
		bool before = false;

		if (!r || r->skip)
			continue;
		s = traps_text(r);
		for (size_t i = 0; i < n; i++)
			before |= !strcmp(seen[i], s);
		if (before || n == ARRAY_SIZE(seen)) {
			free(s);
			continue;
		}
		text_add(t, "%s%s", n ? " / " : "", strcmp(s, "-") ? s : "not counted");
		seen[n++] = s;
	}
	text_add(t, " |");
	while (n)
		free(seen[--n]);
}

static void add_prices(struct text *t, const struct comparison *c, const struct grid *g)
{
	if (!g->nr_hooks)
		return;
	text_add(t, "### Linux ");
	add_plain(t, c->kernel);
	text_add(t, "\n\n| hook | mechanism | flavour | site |");
	for (size_t o = 0; o < g->nr_outputs; o++)
		add_cell(t, g->outputs[o]);
	text_add(t, " traps per exit |\n|---|---|---|---|");
	for (size_t o = 0; o < g->nr_outputs; o++)
		text_add(t, "--:|");
	text_add(t, "--:|\n");
	for (size_t i = 0; i < c->nr; i++) {
		if (!c->results[i].control)
			continue;
		text_add(t, "| no hook (control) | none | - | - |");
		for (size_t o = 0; o < g->nr_outputs; o++) {
			if (o)
				text_add(t, " |");
			else
				add_price(t, &c->results[i]);
		}
		text_add(t, " |\n");
	}
	for (size_t h = 0; h < g->nr_hooks; h++) {
		text_add(t, "|");
		add_cell(t, g->hooks[h]->hook);
		add_cell(t, g->hooks[h]->mechanism);
		add_cell(t, g->hooks[h]->flavour);
		add_cell(t, g->hooks[h]->site);
		for (size_t o = 0; o < g->nr_outputs; o++)
			add_price(t, g->cells[h * g->nr_outputs + o]);
		add_traps(t, g, h);
		text_add(t, "\n");
	}
	text_add(t, "\n");
}

/* What another kernel did to the price of the same hook: by hook's name, first output. */
static void add_kernels(struct text *t, const struct findings *f, const struct grid *grids)
{
	const struct grid *first = &grids[0];

	if (f->nr_kernels < 2 || !first->nr_outputs)
		return;
	text_add(t, "### The same hook on each kernel, output ");
	add_plain(t, first->outputs[0]);
	text_add(t, "\n\n| hook |");
	for (size_t k = 0; k < f->nr_kernels; k++)
		add_cell(t, f->kernels[k].kernel);
	text_add(t, "\n|---|");
	for (size_t k = 0; k < f->nr_kernels; k++)
		text_add(t, "--:|");
	text_add(t, "\n");
	for (size_t h = 0; h < first->nr_hooks; h++) {
		text_add(t, "|");
		add_cell(t, first->hooks[h]->hook);
		for (size_t k = 0; k < f->nr_kernels; k++) {
			const struct grid *g = &grids[k];
			const struct result *r = NULL;

			for (size_t i = 0; i < g->nr_hooks; i++)
				for (size_t o = 0; o < g->nr_outputs; o++)
					if (!strcmp(g->hooks[i]->hook, first->hooks[h]->hook) &&
					    !strcmp(g->outputs[o], first->outputs[0]) && !r)
						r = g->cells[i * g->nr_outputs + o];
			add_price(t, r);
		}
		text_add(t, "\n");
	}
	text_add(t, "\n");
}

/* The number of a hook's row with this output, or NULL. */
static const struct result *find_number(const struct comparison *c, const char *hook,
					const char *output)
{
	for (size_t i = 0; i < c->nr; i++) {
		const struct result *r = &c->results[i];

		if (!r->control && is_number(r) && !strcmp(r->row->output, output) &&
		    (hook ? !strcmp(r->row->hook, hook) : is_peer(r->row)))
			return r;
	}
	return NULL;
}

static void add_part(struct text *t, const char *what, int64_t n)
{
	text_add(t, "| %s | %" PRId64 " |\n", what, n);
}

/* What the stream's price is made of, for the hook whose parts were measured. */
static void add_breakdown(struct text *t, const struct comparison *c)
{
	const struct result *full = NULL, *hook, *stream, *filtered, *event;

	for (size_t i = 0; i < c->nr && !full; i++)
		if (!c->results[i].control && is_number(&c->results[i]) &&
		    !strcmp(c->results[i].row->output, "dropped"))
			full = &c->results[i];
	if (!full)
		return;
	hook = find_number(c, full->row->hook, "count");
	stream = find_number(c, full->row->hook, "stream");
	filtered = find_number(c, full->row->hook, "filtered");
	event = find_number(c, NULL, "trace");
	if (!hook || !stream)
		return;
	text_add(t, "| Linux ");
	add_plain(t, c->kernel);
	text_add(t, ", ");
	add_plain(t, full->row->hook);
	text_add(t, " | instructions |\n|---|--:|\n");
	add_part(t, "the hook: be called, count (*count*)", hook->shift);
	add_part(t, "the record: make all of it, and find no room (*dropped* less *count*)",
		 full->shift - hook->shift);
	add_part(t, "the stream: number it, hand it over (*stream* less *dropped*)",
		 stream->shift - full->shift);
	add_part(t, "**hook + record + stream**", stream->shift);
	if (filtered)
		add_part(t, "for comparison: an exit that a filter keeps back (*filtered*)",
			 filtered->shift);
	if (event) {
		add_part(t, "for comparison: the kernel's own event, a few fields",
			 event->shift);
		text_add(t, "\nThe kernel's own event costs %.1f times as much as hook, record and "
			    "stream together.\n",
			 (double)event->shift / (double)stream->shift);
	}
	text_add(t, "\n");
}

static void add_breakdowns(struct text *t, const struct findings *f)
{
	struct text parts = { 0 };

	for (size_t k = 0; k < f->nr_kernels; k++)
		add_breakdown(&parts, &f->kernels[k]);
	if (!parts.len)
		return;
	text_add(t, "### What the stream's price is made of\n\n%s", parts.s);
	text_add(t, "The record is made in place in the buffer; nobody copies it before the reader "
		    "does. Most of its price is loads and stores of its members, one each. The "
		    "largest part that is not is the clock, ktime\\_get\\_mono\\_fast\\_ns(): it "
		    "reads the time stamp counter through a function pointer and converts it to "
		    "nanoseconds. The next instructions could be saved there, by leaving the "
		    "conversion to the reader, who would then have to know the clock's rate and "
		    "offset of that moment.\n\n");
	text_free(&parts);
}

static void add_outputs(struct text *t, const struct grid *g)
{
	text_add(t, "Instructions that the hook adds to one exit, all of them in the kernel:\n\n");
	for (size_t o = 0; o < g->nr_outputs; o++)
		for (size_t i = 0; i < ARRAY_SIZE(known); i++)
			if (!strcmp(known[i].output, g->outputs[o]))
				text_add(t, "- **%s**: %s.\n", known[i].output, known[i].what);
	text_add(t, "\nA bold number passed every gate (see [how it was measured]"
		    "(#how-it-was-measured)). A range is from the 10th to the 90th percentile of "
		    "the differences of equal rank, with the gate that failed. Figures: "
		    "[exact.tsv](exact.tsv); ranges, overlaps, each boot: "
		    "[estimates.tsv](estimates.tsv).\n\n");
}

/* The columns of peers_report that the report shows, and what it calls them. */
static const struct {
	const char *column;
	const char *title;
} peer_columns[] = {
	{ "kernel", "kernel" },
	{ "peer", "tool" },
	{ "mode", "how" },
	{ "in_path", "in the path" },
	{ "whole_mean", "whole, mean" },
	{ "whole_lo", "from" },
	{ "whole_hi", "to" },
	{ "exits", "exits" },
	{ "reported", "reported" },
	{ "admitted_lost", "said to be lost" },
	{ "vanished", "vanished" },
	{ "wakeups_per_1000", "wake-ups per 1000" },
	{ "peak_kib", "peak KiB" },
	{ "reason", "remark" },
};

/* The cell of a line that is in the column with this name; to be freed. */
static char *column_of(const char *header, const char *line, const char *name)
{
	size_t len = strlen(name);

	for (;;) {
		size_t h = strcspn(header, "\t\n"), l = strcspn(line, "\t\n");

		if (h == len && !strncmp(header, name, len))
			return xasprintf("%.*s", (int)l, line);
		if (header[h] != '\t' || line[l] != '\t')
			return xstrdup("");
		header += h + 1;
		line += l + 1;
	}
}

static void add_peers(struct text *t, const char *tsv)
{
	struct text chosen = { 0 };
	const char *line = tsv;

	for (; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		for (size_t i = 0; i < ARRAY_SIZE(peer_columns); i++) {
			char *cell = column_of(tsv, line, peer_columns[i].column);

			text_add(&chosen, "%s%s", i ? "\t" : "",
				 line == tsv ? peer_columns[i].title : cell);
			free(cell);
		}
		text_add(&chosen, "\n");
	}
	text_add(t, "## Other ways to watch exits\n\n"
		    "The tools that one would take instead, measured in the same way "
		    "(`make bench-peers`). *In the path*: instructions that each exit takes longer, "
		    "exact, by the same estimator and gates (a range where a gate failed). *Whole*: "
		    "all instructions that the machine spends on one exit, the share of the process "
		    "that reads the events included, which does not fall into every exit: a mean, and "
		    "the ends of its 95 %% interval. *Vanished*: exits that happened, were not "
		    "reported, and were not said to be lost. From [peers.tsv](peers.tsv).\n\n");
	add_table(t, chosen.s);
	text_add(t, "\n");
	text_free(&chosen);
}

static void add_losses(struct text *t, const struct findings *f)
{
	size_t rows = 0, bad = 0, untold = 0;

	text_add(t, "## What each hook loses\n\n");
	for (size_t k = 0; k < f->nr_kernels; k++) {
		for (size_t i = 0; i < f->kernels[k].nr; i++) {
			const struct result *r = &f->kernels[k].results[i];

			if (r->control || r->skip || !r->nr)
				continue;
			rows++;
			untold += r->missed == NOT_TOLD;
			bad += !!(r->gates & (GATE_BIT(GATE_HITS) | GATE_BIT(GATE_MISSED)));
		}
	}
	text_add(t, "While a row was measured, its hits were compared with the exits that the kernel "
		    "counted by other means, and the events that the mechanism itself reports as "
		    "missed were added up. ");
	if (!rows)
		text_add(t, "No row ran.\n\n");
	else
		text_add(t, "Rows in which every exit was seen once and none was missed: %zu of %zu",
			 rows - bad, rows);
	if (rows && untold)
		text_add(t, "; in %zu the mechanism cannot tell what it missed, and only the "
			    "hits speak", untold);
	if (rows)
		text_add(t, ". This is one CPU at a time; a storm on many CPUs is another "
			    "question.\n\n");
	if (!bad)
		return;
	text_add(t, "| kernel | hook | output | exits | hits | missed | gate |\n"
		    "|---|---|---|--:|--:|--:|---|\n");
	for (size_t k = 0; k < f->nr_kernels; k++) {
		for (size_t i = 0; i < f->kernels[k].nr; i++) {
			const struct result *r = &f->kernels[k].results[i];

			if (r->control || r->skip ||
			    !(r->gates & (GATE_BIT(GATE_HITS) | GATE_BIT(GATE_MISSED))))
				continue;
			text_add(t, "|");
			add_cell(t, f->kernels[k].kernel);
			add_cell(t, r->row->hook);
			add_cell(t, r->row->output);
			text_add(t, " %" PRId64 " |", r->exits);
			if (r->hits == NOT_TOLD)
				text_add(t, " - |");
			else
				text_add(t, " %" PRId64 " |", r->hits);
			if (r->missed == NOT_TOLD)
				text_add(t, " - |");
			else
				text_add(t, " %" PRId64 " |", r->missed);
			text_add(t, " %s |\n", first_gate(r->gates));
		}
	}
	text_add(t, "\n");
}

static void add_choice(struct text *t, const struct findings *f, const struct grid *grids)
{
	text_add(t, "## Which one to choose\n\n"
		    "| you want | on Linux | use | instructions per exit | "
		    "traps per exit |\n|---|---|---|--:|--:|\n");
	for (size_t k = 0; k < f->nr_kernels; k++) {
		const struct grid *g = &grids[k];

		for (size_t o = 0; o < g->nr_outputs; o++) {
			const struct result *low = extreme(g, o, false);

			text_add(t, "| the least price, output ");
			add_plain(t, g->outputs[o]);
			text_add(t, " |");
			add_cell(t, f->kernels[k].kernel);
			text_add(t, " ");
			if (low) {
				char *traps = traps_text(low);

				add_hooks(t, g, o, low->shift);
				text_add(t, " | %" PRId64 " | %s |\n", low->shift,
					 strcmp(traps, "-") ? traps : "not counted");
				free(traps);
			} else {
				text_add(t, "no row has an exact figure | | |\n");
			}
		}
	}
	text_add(t, "\nPrice is not all: the table above says what a hook can know. A hook at the "
		    "entry of do\\_exit is the first to see an exit but cannot say whether the thread "
		    "was the last of its process; a hook on acct\\_collect or taskstats\\_exit can "
		    "(the kernel must have CONFIG\\_BSD\\_PROCESS\\_ACCT or CONFIG\\_TASKSTATS). A "
		    "tracepoint is the interface that changes least.\n\n");
}

static void add_method(struct text *t)
{
	text_add(t,
		"## How it was measured\n\n"
		"The kernel runs in QEMU with one CPU and `-icount shift=0`: there, the guest's time "
		"stamp counter counts retired instructions, one tick each. A storm of vfork, \\_exit "
		"and waitpid is timed exit by exit. The same path costs the same number each time, so "
		"the ticks form a comb of exact values; interrupts, RCU and the allocator make more "
		"teeth, and the comb drifts slowly. Each hook is attached and detached again and again "
		"in short blocks, in rotating order, with blocks without a hook among them. The price "
		"of a hook is the shift that lays its comb over the comb without hook of the same "
		"round with the largest overlap, added up over the rounds.\n\n"
		"A shift is a number only if all of this holds:\n\n"
		"| gate | what it asks |\n|---|---|\n");
	for (enum gate g = 0; g < GATE_NR; g++) {
		text_add(t, "| %s |", gate_name(g));
		add_cell(t, gate_text(g));
		text_add(t, "\n");
	}
	text_add(t,
		"\nThe control is a second row without hook, measured like every other row. In "
		"exact.tsv, `exits` are the exits of the storm, and `hits` are the hits less the exits "
		"of other tasks; the gate compares the full counts. `missed` is `-` where the "
		"mechanism cannot tell.\n\n"
		"### What it cannot tell\n\n"
		"- **Nanoseconds.** An instruction is not a unit of time. This is emulation, and no "
		"time measured in it would be that of a machine.\n"
		"- **Traps.** A breakpoint (int3) is two instructions here. On hardware the exception "
		"and the return from it cost hundreds of cycles: a published figure is about 1765 "
		"cycles for an empty int3 kprobe and 168 for a jump-optimised one (Xeon Gold 5512U; "
		"\"Xkernel\", OSDI '26; not measured here). So read the column *traps per exit* beside "
		"the instructions: a hook with few instructions and one trap is not cheap. Traps are "
		"counted, by tracing kprobe_int3_handler while the hook is attached. A kernel with "
		"CONFIG_PREEMPTION takes two for each hit: it does not resume behind the probed "
		"instruction but single-steps it, by a second int3.\n"
		"- **Caches and TLBs.** The emulated CPU has none; code and data that a hook drags in "
		"cost nothing here beyond their instructions.\n"
		"- **String instructions.** Each iteration of `rep movs` or `rep stos` counts as one "
		"instruction; hardware moves many bytes per cycle.\n"
		"- **Rare paths.** The number is what most exits pay. A path that few exits take "
		"(a buffer that wraps, a page that fills) is not in it.\n"
		"- **Contention.** One CPU: no lock is ever waited for.\n\n");
}

/* Everything behind the second tab: the cells of a line of the truth table. */
static const char *cells_of(const char *line)
{
	const char *tab = strchr(line, '\t');

	tab = tab ? strchr(tab + 1, '\t') : NULL;
	return tab ? tab + 1 : "";
}

/* Do two lines of the truth table differ in the case only? */
static bool same_verdict(const char *a, const char *b)
{
	size_t kernel = strcspn(a, "\t") + 1;

	return !strncmp(a, b, kernel) && !strcmp(cells_of(a), cells_of(b));
}

/* All lines with the verdict of the one at @i as one line; they become NULL. */
static void add_verdict(struct text *t, char **lines, size_t nr, size_t i)
{
	const char *line = lines[i];
	size_t kernel = strcspn(line, "\t") + 1, cases = 0;
	struct text names = { 0 };

	for (size_t k = i; k < nr; k++) {
		if (!lines[k] || !same_verdict(line, lines[k]))
			continue;
		text_add(&names, "%s%.*s", cases++ ? ", " : "",
			 (int)strcspn(lines[k] + kernel, "\t"), lines[k] + kernel);
		lines[k] = NULL;
	}
	text_add(t, "%.*s", (int)kernel, line);
	if (cases > 3)
		text_add(t, "%zu cases: ", cases);
	text_add(t, "%s\t%s\n", names.s, cells_of(line));
	text_free(&names);
}

/* The cases with one verdict in one line, then every case by itself. */
static void add_truth(struct text *t, const char *tsv)
{
	char *copy = xstrdup(tsv), *rest = copy, *line;
	struct text brief = { 0 };
	char **lines = NULL;
	size_t nr = 0;

	while ((line = strsep(&rest, "\n"))) {
		if (!*line)
			continue;
		GROW(lines, nr);
		lines[nr++] = line;
	}
	for (size_t i = 0; i < nr; i++)
		if (lines[i])
			add_verdict(&brief, lines, nr, i);
	add_table(t, brief.s);
	text_add(t, "\n<details><summary>Every case by itself</summary>\n\n");
	add_table(t, tsv);
	text_add(t, "\n</details>\n\n");
	text_free(&brief);
	free(lines);
	free(copy);
}

static void add_environment(struct text *t, const struct findings *f)
{
	struct text tsv = { 0 };

	text_add(&tsv, "kernel\tfact\tvalue\n");
	environment_tsv(&tsv, f);
	text_add(t, "## Environment\n\n");
	add_table(t, tsv.s);
	text_add(t, "\nThe same in [environment.txt](environment.txt).\n\n");
	text_free(&tsv);
}

void report_md(struct text *t, const struct findings *f)
{
	struct grid *grids = xcalloc(f->nr_kernels, sizeof(*grids));
	struct text sees = { 0 };

	for (size_t k = 0; k < f->nr_kernels; k++)
		grid_make(&grids[k], &f->kernels[k]);

	text_add(t, "# What it costs to watch every exit\n\n");
	for (size_t k = 0; k < f->nr_kernels; k++)
		add_finding(t, &f->kernels[k], &grids[k]);
	text_add(t, "![Bars: instructions per exit that each hook adds, for each output]"
		    "(overhead.svg)\n\n## Hooks and outputs\n\n");
	add_outputs(t, &grids[0]);
	for (size_t k = 0; k < f->nr_kernels; k++)
		add_prices(t, &f->kernels[k], &grids[k]);
	add_kernels(t, f, grids);
	add_breakdowns(t, f);

	text_add(t, "## What each hook sees\n\n");
	sees_tsv(&sees, f);
	add_table(t, sees.s);
	text_add(t, "\n*Last thread*: can the hook tell, without a guess, that no thread of the process "
		    "is left? From [sees.tsv](sees.tsv).\n\n");
	text_free(&sees);

	if (f->truth) {
		text_add(t, "### The truth, case by case\n\n"
			    "What the tests found (`make test`): each case ends processes or threads "
			    "in one way, and the status in procmon's record is compared with what "
			    "wait(2) gave the parent (unit=process, to the bit) or with what each "
			    "task handed to do_exit (unit=task; that core was dumped is known to the "
			    "process only). A cell is the verdict for unit=task / "
			    "unit=process: **ok** right in every record, **refused** the module "
			    "does not load and says why, **unknown** the site cannot tell and the "
			    "record says so, **WRONG** anything else. From [truth.tsv](truth.tsv).\n\n");
		add_truth(t, f->truth);
	}

	if (f->peers)
		add_peers(t, f->peers);
	add_losses(t, f);
	add_choice(t, f, grids);
	add_method(t);
	add_environment(t, f);
	text_add(t, "## Repeat it\n\n```\nmake bench\n```\n\nOn the same kernel it changes nothing in "
		    "exact.tsv.\n");
	for (size_t k = 0; k < f->nr_kernels; k++)
		grid_free(&grids[k]);
	free(grids);
}
