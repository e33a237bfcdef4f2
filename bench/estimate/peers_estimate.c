// SPDX-License-Identifier: GPL-2.0
/*
 * peers_estimate: turn what peers_price has measured into results/peers.tsv.
 *
 * The price in the path of the exit is the estimator's, as for our own hooks, with
 * each attachment as a boot of its own. The whole price has the consumer's share in
 * it, which does not fall into every exit: a mean, with the interval that a
 * bootstrap of the windows gives.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/peers.h"
#include "boot/read.h"
#include "estimate/bootstrap.h"
#include "estimate/estimator.h"
#include "estimate/price.h"
#include "lib/kfile.h"
#include "lib/options.h"
#include "lib/replace.h"
#include "lib/util.h"

/* Enough that the ends of the interval move by less than a hundredth of it. */
#define RESAMPLES 10000

enum window {
	WINDOW_PEER,
	WINDOW_NONE,
	WINDOW_CONTROL,
	NR_WINDOWS
};

/* All that one attachment has. */
struct attachment {
	bool seen;			/* the peer did run */
	struct boot *boots[NR_SCHEDS];
	double *whole[NR_WINDOWS];	/* instructions per exit */
	size_t nr_whole[NR_WINDOWS];
};

/* A peer over all boots and attachments. */
struct peer_row {
	const char *name, *mode;
	char *skip, *note;
	size_t nr;
	size_t first;			/* those of earlier boots come before */
	struct attachment *attachments;
	/* Each attachment that was seen is a boot of its own for the estimator. */
	struct comparison compared[NR_SCHEDS];
	double *differences;		/* of the windows */
	size_t nr_differences;
	struct interval whole;		/* if there are any */
	int64_t wakeups, storm, peak;
};

static const char *const window_names[NR_WINDOWS] = {
	[WINDOW_PEER] = "peer", [WINDOW_NONE] = "none", [WINDOW_CONTROL] = "control",
};

static struct peer_row *rows;		/* row i is the peer called "peer<i>" */
/* No peer at all, over all attachments of all peers. */
static struct peer_row none = { .name = "none", .mode = "-" };
static size_t nr_rows;
static const char *kernel;

/* The row of a peer in this boot's file, by its id. */
static struct peer_row *row_of(const char *id)
{
	size_t i;

	if (sscanf(id, "peer%zu", &i) != 1 || i >= nr_rows)
		return NULL;
	return &rows[i];
}

/*
 * The Nth attachment of this boot. Boots and attachments count alike: each must give
 * the same shift.
 */
static struct attachment *attachment_of(struct peer_row *row, const char *number)
{
	size_t n = row->first + (size_t)atol(number);

	while (row->nr <= n)
		*APPEND(row->attachments, row->nr) = (struct attachment){ 0 };
	return &row->attachments[n];
}

static bool read_window(struct attachment *a, char **fields)
{
	enum window w;

	for (w = 0; w < NR_WINDOWS; w++) {
		if (!strcmp(fields[3], window_names[w]) && atoll(fields[5]) > 0) {
			*APPEND(a->whole[w], a->nr_whole[w]) = atof(fields[4]) / atof(fields[5]);
			return true;
		}
	}
	return false;
}

static bool read_seen(struct peer_row *row, char **fields)
{
	int64_t peak = atoll(fields[8]);

	attachment_of(row, fields[2])->seen = true;
	row->wakeups += atoll(fields[6]);
	row->storm += atoll(fields[7]);
	row->peak = peak > row->peak ? peak : row->peak;
	return true;
}

/* Every boot has the same peers. */
static bool read_peer(size_t i, char **fields)
{
	if (i < nr_rows)
		return !strcmp(rows[i].name, fields[2]) && !strcmp(rows[i].mode, fields[3]);
	*APPEND(rows, nr_rows) = (struct peer_row){ .name = fields[2], .mode = fields[3] };
	return row_of(fields[1]) == &rows[i];
}

/* A line of the file peers; false if it is none. The peers come first, from line 2 on. */
static bool read_line(char *line, size_t nr, bool *listed)
{
	char *fields[10], *at = line;
	struct peer_row *row;
	size_t n = 0;

	while (n < ARRAY_SIZE(fields) && (fields[n] = strsep(&at, "\t")))
		n++;
	if (n == 4 && !strcmp(fields[0], "peer"))
		return !*listed && read_peer(nr - 2, fields);
	*listed = true;
	row = n < 3 ? NULL : row_of(fields[1]);
	if (!row)
		return false;
	if (n == 6 && !strcmp(fields[0], "window"))
		return read_window(attachment_of(row, fields[2]), fields);
	if (n == 9 && !strcmp(fields[0], "seen"))
		return read_seen(row, fields);
	/* No cell of the table is empty. */
	if (n != 3 || !*fields[2])
		return false;
	if (!strcmp(fields[0], "skip"))
		row->skip = fields[2];
	else if (!strcmp(fields[0], "note"))
		row->note = row->note ?: fields[2];
	else
		return false;
	return true;
}

static struct boot *read_boot(const char *path)
{
	struct boot *boot = boot_must_read(path);
	const char *of = boot_env(boot, "kernel");

	if (kernel && strcmp(kernel, of))
		die("%s: not of the same kernel as the others", path);
	if (boot->control < 0 || boot->nr_rows != 3)
		die("%s: not the rows of no peer, twice, and of one", path);
	kernel = of;
	return boot;
}

static void read_boots(const char *dir, struct peer_row *row)
{
	for (size_t n = row->first; n < row->nr; n++) {
		for (enum scheduler k = 0; k < NR_SCHEDS; k++) {
			char *path = xasprintf("%s/peer%zu.%zu%s", dir, (size_t)(row - rows),
					       n - row->first, BOOT_SUFFIX(k));

			row->attachments[n].boots[k] = read_boot(path);
			free(path);
		}
	}
	row->first = row->nr;
}

/* The text stays: names, reasons and notes are parts of it. */
static void read_dir(const char *dir)
{
	char *path = xasprintf("%s/" PEERS_FILE, dir), *at = must_read(path), *line;
	bool listed = false;
	size_t nr = 0;

	/* What is behind the last newline is no line. */
	while ((line = strsep(&at, "\n")) && at && strcmp(line, "end")) {
		nr++;
		if (nr == 1 ? strcmp(line, PEERS_MAGIC) : !read_line(line, nr, &listed))
			die("%s:%zu: not a line of this format (see boot/peers.h)", path, nr);
	}
	if (strcmp(line, "end"))
		die("%s: no end: the boot did not finish", path);
	for (size_t i = 0; i < nr_rows; i++)
		read_boots(dir, &rows[i]);
	free(path);
}

/*
 * The differences are those between each window and those of the same number before
 * and after it; of the control, to that before. So the noise of those is in the
 * interval, too.
 */
static void add_attachment(struct peer_row *row, const struct attachment *a)
{
	enum window what = row == &none ? WINDOW_CONTROL : WINDOW_PEER;

	for (enum scheduler k = 0; k < NR_SCHEDS; k++) {
		struct comparison *c = &row->compared[k];

		*APPEND(c->boots, c->nr_boots) = a->boots[k];
	}
	for (size_t w = 0; w < a->nr_whole[what]; w++) {
		double base;

		if (w >= a->nr_whole[WINDOW_NONE] || w >= a->nr_whole[WINDOW_CONTROL])
			break;
		base = a->whole[WINDOW_NONE][w];
		if (what == WINDOW_PEER)
			base = (base + a->whole[WINDOW_CONTROL][w]) / 2;
		*APPEND(row->differences, row->nr_differences) = a->whole[what][w] - base;
	}
}

/* The row of no peer has the attachments of all. */
static void collect_attachments(struct peer_row *row)
{
	for (size_t n = 0; n < row->nr; n++) {
		if (!row->attachments[n].seen)
			continue;
		add_attachment(row, &row->attachments[n]);
		add_attachment(&none, &row->attachments[n]);
	}
}

static void estimate_row(struct peer_row *row)
{
	for (enum scheduler k = 0; k < NR_SCHEDS; k++)
		compare(&row->compared[k]);
	if (row->nr_differences)
		row->whole = bootstrap(row->differences, row->nr_differences, RESAMPLES);
}

/* What is no tool costs nothing: the row of no peer, and that of a process that sleeps. */
static bool is_wrong_control(const struct peer_row *row)
{
	return !strcmp(row->name, none.name) && (row->whole.lo > 0 || row->whole.hi < 0);
}

/* The gate of the whole prices, of all of them. */
static const char *whole_gate(void)
{
	bool wrong = is_wrong_control(&none);

	for (size_t i = 0; i < nr_rows; i++)
		wrong |= is_wrong_control(&rows[i]);
	return wrong ? gate_name(GATE_CONTROL) : "ok";
}

static bool add_shift(struct price *p, const struct match *m, const struct match *control)
{
	if (match_gates(m, control))
		return false;
	p->lo = !p->has_figure || m->shift < p->lo ? m->shift : p->lo;
	p->hi = !p->has_figure || m->shift > p->hi ? m->shift : p->hi;
	p->has_figure = true;
	return true;
}

/* The first or the last half of the blocks. */
static struct row half_of(const struct row *row, bool last)
{
	struct row half = *row;

	half.nr_blocks = row->nr_blocks / 2;
	half.blocks = row->blocks + (last ? row->nr_blocks - half.nr_blocks : 0);
	return half;
}

/*
 * The comb moves by an instruction or two when something is attached, with nobody
 * but the kernel to blame. Then the blocks before and after a peer give two answers,
 * each of them sharp, or attachments do. Return true if each has one.
 */
static bool collect_shifts(struct price *p, const struct comparison *c, const struct result *r)
{
	for (size_t i = 0; i < r->nr; i++) {
		const struct sighting *s = &r->seen[i];
		const struct match *control = r->control ? NULL : control_match(c, s->boot);
		const struct row *base = &s->boot->rows[s->boot->base];

		if (add_shift(p, &s->match, control))
			continue;
		for (int last = 0; last < 2; last++) {
			struct row hook = half_of(s->row, last), without = half_of(base, last);
			struct match m;

			if (!match_rows(&without, &hook, NEIGHBOURS, &m) || !add_shift(p, &m, control))
				return false;
		}
	}
	return p->has_figure;
}

/* All that gates can find fault with in a histogram; the rest is about the blocks. */
#define HISTOGRAM_GATES (GATE_BIT(GATE_OVERLAP) | GATE_BIT(GATE_SHARE) | GATE_BIT(GATE_SURE) | \
			 GATE_BIT(GATE_RIVAL) | GATE_BIT(GATE_SHIFT))

/* The control comes first, and then the peer. NULL if there was no attachment. */
static const struct result *result_of(const struct peer_row *row, enum scheduler k)
{
	const struct comparison *c = &row->compared[k];

	return c->nr ? &c->results[row == &none ? 0 : 1] : NULL;
}

/* The price that the estimator gives, if it is sharp. Return false if it is not. */
static bool sharp_price(struct price *p, const struct peer_row *row, enum scheduler k)
{
	const struct result *r = result_of(row, k);

	if (r->skip || !r->gates) {
		*p = price_of(r);
		return true;
	}
	*p = (struct price){ .gate = gate_name(GATE_SHIFT) };
	if (r->gates & ~HISTOGRAM_GATES || !collect_shifts(p, &row->compared[k], r))
		return false;
	text_add(&p->reason, "exact in each attachment: %" PRId64, p->lo);
	if (p->hi > p->lo)
		text_add(&p->reason, " to %" PRId64, p->hi);
	return true;
}

/*
 * Sharp with the parent asleep, or else what it is as the scheduler is shipped:
 * boot/peers.h. What went wrong at all stands before the reason.
 */
static struct price price_in_path(const struct peer_row *row)
{
	struct price p;

	if (!sharp_price(&p, row, SCHED_AT_ONCE) && !sharp_price(&p, row, SCHED_SHIPPED))
		p = price_of(result_of(row, SCHED_SHIPPED));
	if (row->note) {
		struct text reason = { 0 };

		text_add(&reason, "%s%s%s", row->note, p.reason.len ? "; " : "", p.reason.s ?: "");
		text_free(&p.reason);
		p.reason = reason;
	}
	return p;
}

static void add_whole(struct text *t, const struct peer_row *row)
{
	if (row->nr_differences)
		text_add(t, "\t%.0f\t%.0f\t%.0f\t%s", row->whole.mean, row->whole.lo, row->whole.hi,
			 whole_gate());
	else
		text_add(t, "\t-\t-\t-\t-");
}

static void add_consumer(struct text *t, const struct peer_row *row)
{
	const struct result *r = result_of(row, SCHED_AT_ONCE);

	if (r->traps == NOT_TOLD)
		text_add(t, "\t-");
	else
		text_add(t, "\t%.2g", (double)r->traps / (double)r->trap_exits);
	if (row->storm)
		text_add(t, "\t%.3g\t%" PRId64, 1000.0 * (double)row->wakeups / (double)row->storm,
			 row->peak);
	else
		text_add(t, "\t-\t-");
}

static void add_row(struct text *t, const struct peer_row *row)
{
	struct price price = { .gate = "skipped" };

	text_add(t, "%s\t%s\t%s\t", kernel ?: "-", row->name, row->mode);
	if (result_of(row, SCHED_AT_ONCE)) {
		price = price_in_path(row);
		price_add(t, &price);
		add_whole(t, row);
		add_consumer(t, row);
	} else {
		text_add(&price.reason, "%s", row->skip ?: "did not run");
		price_add(t, &price);
		text_add(t, "\t-\t-\t-\t-\t-\t-\t-");
	}
	text_add(t, "\n");
}

static const char *out;

static const struct option_entry options[] = {
	OPTIONS_TEXT("out", 'o', "FILE", &out,
		     "where to write; replaced when all is done, or not at all"),
	{ 0 }
};

static const struct program program = {
	.name = "peers_estimate",
	.usage = "--out FILE DIR...",
	.about =
"Estimate what each peer adds to one exit, and write FILE, a table (TSV). DIR is\n"
"what the program peers_price has written in one boot; all are of one kernel, and two or\n"
"more are needed for an exact number.",
	.options = options,
	.more =
"Exit status: 0 done, 1 a file was refused or could not be written, 2 wrong usage.",
	.args = "DIR",
	.min_args = 1,
};

int main(int argc, char **argv)
{
	int first = options_parse(&program, argc, argv);
	struct text t = { 0 };

	if (!out)
		options_wrong(&program, "--out FILE is missing");
	for (int i = first; i < argc; i++)
		read_dir(argv[i]);
	for (size_t i = 0; i < nr_rows; i++)
		collect_attachments(&rows[i]);
	estimate_row(&none);
	for (size_t i = 0; i < nr_rows; i++)
		estimate_row(&rows[i]);
	text_add(&t, "kernel\tpeer\tmode\t" PRICE_COLUMNS "\twhole_mean\twhole_lo\twhole_hi\t"
		 "whole_gate\ttraps_per_exit\twakeups_per_1000\tpeak_kib\n");
	if (result_of(&none, SCHED_AT_ONCE))
		add_row(&t, &none);
	for (size_t i = 0; i < nr_rows; i++)
		add_row(&t, &rows[i]);
	replace_write(out, &t);
	replace_all();
	text_free(&t);
	return 0;
}
