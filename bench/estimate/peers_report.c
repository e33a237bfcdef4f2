// SPDX-License-Identifier: GPL-2.0
/*
 * peers_report: turn what peers has measured into results/peers.tsv.
 *
 * The price in the path of the exit is the estimator's, as for our own hooks, with
 * each attachment as a boot of its own. The whole price has the consumer's share in
 * it, which does not fall into every exit: a mean, with the interval that a
 * bootstrap of the windows gives.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "estimate/bootstrap.h"
#include "estimate/estimator.h"
#include "lib/replace.h"
#include "boot/read.h"
#include "lib/util.h"
#include "boot/windows.h"

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
	struct boot *boots[NR_SCHEDS];
	double *whole[NR_WINDOWS];	/* instructions per exit */
	size_t nr_whole[NR_WINDOWS];
	bool seen;
	int64_t wakeups, storm, peak;
};

/* A peer over all boots and attachments. */
struct peer_row {
	char *name, *mode;
	char *skip, *note;
	size_t nr;
	struct attachment *attachments;
};

static const char *const window_names[NR_WINDOWS] = {
	[WINDOW_PEER] = "peer", [WINDOW_NONE] = "none", [WINDOW_CONTROL] = "control",
};

static struct peer_row *rows;		/* row i is the peer called "peer<i>" */
static size_t nr_rows;
static const char *kernel;

static const char usage[] =
	"usage: peers_report --out FILE DIR...\n"
	"\n"
	"Estimate what each peer adds to one exit, and write FILE, a table (TSV). DIR is\n"
	"what the program peers has written in one boot; all are of one kernel, and two or\n"
	"more are needed for an exact number. FILE is replaced when all is done, or not at\n"
	"all.\n"
	"Exit status: 0 done, 1 a file was refused or could not be written, 2 wrong usage.\n";

/* The row of a peer in this boot's file, by its id. */
static struct peer_row *row_of(const char *id)
{
	size_t i;

	if (sscanf(id, "peer%zu", &i) != 1 || i >= nr_rows)
		return NULL;
	return &rows[i];
}

/*
 * The Nth attachment of this boot: @first is how many the row had before it. Boots
 * and attachments count alike: each must give the same shift.
 */
static struct attachment *attachment_of(struct peer_row *row, size_t first, size_t n)
{
	while (row->nr <= first + n) {
		GROW(row->attachments, row->nr);
		row->attachments[row->nr++] = (struct attachment){ 0 };
	}
	return &row->attachments[first + n];
}

static bool read_window(struct attachment *a, char **fields)
{
	enum window w;

	for (w = 0; w < NR_WINDOWS; w++) {
		if (!strcmp(fields[3], window_names[w]) && atoll(fields[5]) > 0) {
			GROW(a->whole[w], a->nr_whole[w]);
			a->whole[w][a->nr_whole[w]++] = atof(fields[4]) / atof(fields[5]);
			return true;
		}
	}
	return false;
}

/* A line of the file windows; false if it is none. */
static bool read_line_of(char *line, const size_t *first)
{
	char *fields[10], *at = line;
	struct peer_row *row;
	size_t n = 0, i;

	while (n < ARRAY_SIZE(fields) && (fields[n] = strsep(&at, "\t")))
		n++;
	if (n < 3)
		return false;
	row = row_of(fields[1]);
	if (!row)
		return false;
	i = (size_t)(row - rows);
	if (n == 6 && !strcmp(fields[0], "window"))
		return read_window(attachment_of(row, first[i], (size_t)atol(fields[2])), fields);
	if (n == 9 && !strcmp(fields[0], "seen")) {
		struct attachment *a = attachment_of(row, first[i], (size_t)atol(fields[2]));

		a->seen = true;
		a->wakeups = atoll(fields[6]);
		a->storm = atoll(fields[7]);
		a->peak = atoll(fields[8]);
		return true;
	}
	if (n == 3 && !strcmp(fields[0], "skip")) {
		row->skip = xstrdup(fields[2]);
		return true;
	}
	if (n == 3 && !strcmp(fields[0], "note")) {
		if (!row->note)
			row->note = xstrdup(fields[2]);
		return true;
	}
	return false;
}

/* Every boot has the same registry. */
static bool read_peer(char *line, size_t i)
{
	char *at = line, *id, *name, *mode;

	strsep(&at, "\t");
	id = strsep(&at, "\t");
	name = strsep(&at, "\t");
	mode = strsep(&at, "\t");
	if (!mode || at)
		return false;
	if (i < nr_rows)
		return !strcmp(rows[i].name, name) && !strcmp(rows[i].mode, mode);
	GROW(rows, nr_rows);
	rows[nr_rows++] = (struct peer_row){ .name = xstrdup(name), .mode = xstrdup(mode) };
	return row_of(id) == &rows[i];
}

static struct boot *read_boot(const char *path)
{
	struct boot *boot;
	const char *of;
	char *err;

	boot = boot_read(path, &err);
	if (!boot)
		die("%s", err);
	of = boot_env(boot, "kernel");
	if (!of || (kernel && strcmp(kernel, of)))
		die("%s: not of the same kernel as the others", path);
	kernel = of;
	return boot;
}

static void read_boots(const char *dir, const size_t *first)
{
	for (size_t i = 0; i < nr_rows; i++) {
		for (size_t n = first[i]; n < rows[i].nr; n++) {
			for (enum scheduler k = 0; k < NR_SCHEDS; k++) {
				char *path = xasprintf("%s/peer%zu.%zu%s", dir, i,
						       n - first[i], BOOT_SUFFIX(k));

				rows[i].attachments[n].boots[k] = read_boot(path);
				free(path);
			}
		}
	}
}

static void read_dir(const char *dir)
{
	char *path = xasprintf("%s/windows", dir), *line = NULL;
	size_t size = 0, nr = 0, nr_peers = 0;
	FILE *f = fopen(path, "re");
	size_t *first = NULL;
	bool ended = false;
	ssize_t len;

	if (!f)
		die("%s: %s", path, strerror(errno));
	while ((len = getline(&line, &size, f)) > 0 && !ended) {
		bool ok = true;

		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		if (!nr++) {
			ok = !strcmp(line, WINDOWS_MAGIC);
		} else if (!strcmp(line, "end")) {
			ended = true;
		} else if (!strncmp(line, "peer\t", 5)) {
			ok = !first && read_peer(line, nr_peers++);
		} else {
			if (!first) {
				first = xcalloc(nr_rows, sizeof(*first));
				for (size_t i = 0; i < nr_rows; i++)
					first[i] = rows[i].nr;
			}
			ok = read_line_of(line, first);
		}
		if (!ok)
			die("%s:%zu: not a line of this format (see windows.h)", path, nr);
	}
	if (!ended)
		die("%s: no end: the boot did not finish", path);
	if (first)
		read_boots(dir, first);
	free(first);
	free(line);
	fclose(f);
	free(path);
}

/*
 * Mean difference between each window and those of the same number before and after
 * it; of the control, to that before. So the noise of those is in the interval, too.
 */
static void add_whole(struct text *t, const struct attachment *a, size_t nr, bool control)
{
	enum window what = control ? WINDOW_CONTROL : WINDOW_PEER;
	struct interval i;
	double *diff = NULL;
	size_t n = 0;

	for (size_t k = 0; k < nr; k++) {
		for (size_t w = 0; w < a[k].nr_whole[what]; w++) {
			double base;

			if (w >= a[k].nr_whole[WINDOW_NONE] || w >= a[k].nr_whole[WINDOW_CONTROL])
				break;
			base = a[k].whole[WINDOW_NONE][w];
			if (!control)
				base = (base + a[k].whole[WINDOW_CONTROL][w]) / 2;
			GROW(diff, n);
			diff[n++] = a[k].whole[what][w] - base;
		}
	}
	if (!n) {
		text_add(t, "\t-\t-\t-");
		return;
	}
	i = bootstrap(diff, n, RESAMPLES);
	text_add(t, "\t%.0f\t%.0f\t%.0f", i.mean, i.lo, i.hi);
	free(diff);
}

/* The shifts that one row had, from the least to the most. */
struct shifts {
	int64_t lo, hi;
	size_t nr;
};

static bool add_shift(struct shifts *all, const struct match *m)
{
	if (m->overlap < MIN_OVERLAP || m->rival > MAX_RIVAL * m->overlap)
		return false;
	all->lo = !all->nr || m->shift < all->lo ? m->shift : all->lo;
	all->hi = !all->nr || m->shift > all->hi ? m->shift : all->hi;
	all->nr++;
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
static bool collect_shifts(struct shifts *all, const struct result *r)
{
	for (size_t i = 0; i < r->nr; i++) {
		const struct sighting *s = &r->seen[i];
		const struct row *base = &s->boot->rows[s->boot->base];

		if (add_shift(all, &s->match))
			continue;
		for (int last = 0; last < 2; last++) {
			struct row hook = half_of(s->row, last), none = half_of(base, last);
			struct match m;

			if (!match_rows(&none, &hook, NEIGHBOURS, &m) || !add_shift(all, &m))
				return false;
		}
	}
	return all->nr;
}

/* All that gates can find fault with in a histogram; the rest is about the blocks. */
#define HISTOGRAM_GATES (GATE_BIT(GATE_OVERLAP) | GATE_BIT(GATE_SHARE) | GATE_BIT(GATE_RIVAL) | \
			 GATE_BIT(GATE_SHIFT))

/* The price that the estimator gives, if it is sharp. Return false if it is not. */
static bool add_sharp(struct text *t, const struct result *r)
{
	struct shifts all = { 0 };

	if (r->skip)
		text_add(t, "\t-\tskipped");
	else if (!r->gates)
		text_add(t, "\t%" PRId64 "\tok", r->shift);
	else if (!(r->gates & ~HISTOGRAM_GATES) && collect_shifts(&all, r))
		text_add(t, "\t%" PRId64 "..%" PRId64 "\t%s", all.lo, all.hi,
			 gate_name(GATE_SHIFT));
	else
		return false;
	return true;
}

/* The range that there is instead, and why. */
static void add_range(struct text *t, const struct result *r)
{
	if (r->has_range)
		text_add(t, "\t%" PRId64 "..%" PRId64, r->lo, r->hi);
	else
		text_add(t, "\t-");
	text_add(t, "\t%s", first_gate(r->gates));
}

static void add_consumer(struct text *t, const struct result *r, const struct peer_row *row)
{
	int64_t wakeups = 0, storm = 0, peak = 0;

	if (r->traps == NOT_TOLD)
		text_add(t, "\t-");
	else
		text_add(t, "\t%.2g", (double)r->traps / (double)r->trap_exits);
	for (size_t i = 0; i < row->nr; i++) {
		const struct attachment *a = &row->attachments[i];

		wakeups += a->wakeups;
		storm += a->storm;
		peak = a->peak > peak ? a->peak : peak;
	}
	if (storm)
		text_add(t, "\t%.3g\t%" PRId64, 1000.0 * (double)wakeups / (double)storm, peak);
	else
		text_add(t, "\t-\t-");
}

/* What is to know about a number: the note of the boot, or the live check that failed. */
static const char *remark(const struct result *r, const struct peer_row *row)
{
	if (row->note)
		return row->note;
	for (size_t s = 0; s < r->nr; s++)
		if (r->seen[s].proof)
			return r->seen[s].proof;
	return "-";
}

/* All attachments in all boots, each a boot of its own for the estimator. */
static struct comparison compare_row(const struct peer_row *row, enum scheduler k)
{
	struct comparison c = { .kernel = kernel };

	for (size_t i = 0; i < row->nr; i++) {
		if (!row->attachments[i].seen)
			continue;
		GROW(c.boots, c.nr_boots);
		c.boots[c.nr_boots++] = row->attachments[i].boots[k];
	}
	compare(&c);
	return c;
}

/*
 * The result at @i of the comparison, sharp with the parent asleep, or else what it is
 * as the scheduler is shipped: windows.h.
 */
static void add_price(struct text *t, const struct peer_row *row, size_t i)
{
	struct comparison at_once = compare_row(row, SCHED_AT_ONCE);
	struct comparison shipped = compare_row(row, SCHED_SHIPPED);

	if (!add_sharp(t, &at_once.results[i]) && !add_sharp(t, &shipped.results[i]))
		add_range(t, &shipped.results[i]);
	compare_free(&at_once);
	compare_free(&shipped);
}

static void add_row(struct text *t, const struct peer_row *row)
{
	struct comparison c = { 0 };

	text_add(t, "%s\t%s\t%s", kernel, row->name, row->mode);
	if (row->nr)
		c = compare_row(row, SCHED_AT_ONCE);
	if (c.nr == 2) {
		add_price(t, row, 1);
		add_whole(t, row->attachments, row->nr, false);
		add_consumer(t, &c.results[1], row);
		text_add(t, "\t%s\n", remark(&c.results[1], row));
	} else {
		text_add(t, "\t-\tskipped\t-\t-\t-\t-\t-\t-\t%s\n",
			 row->skip ?: "did not run");
	}
	compare_free(&c);
}

/* No peer at all, over all attachments of all peers. */
static void add_control(struct text *t)
{
	struct peer_row all = { 0 };

	for (size_t i = 0; i < nr_rows; i++) {
		for (size_t n = 0; n < rows[i].nr; n++) {
			if (!rows[i].attachments[n].seen)
				continue;
			GROW(all.attachments, all.nr);
			all.attachments[all.nr++] = rows[i].attachments[n];
		}
	}
	if (!all.nr)
		return;
	text_add(t, "%s\tnone\t-", kernel);
	add_price(t, &all, 0);
	add_whole(t, all.attachments, all.nr, true);
	text_add(t, "\t-\t-\t-\t-\n");
	free(all.attachments);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "out", required_argument, NULL, 'o' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *path = NULL;
	struct text t = { 0 };
	int c;

	while ((c = getopt_long(argc, argv, "o:h", options, NULL)) != -1) {
		switch (c) {
		case 'o':
			path = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (!path || optind == argc) {
		fputs(usage, stderr);
		return 2;
	}
	for (; optind < argc; optind++)
		read_dir(argv[optind]);
	text_add(&t, "kernel\tpeer\tmode\tin_path\tgate\twhole_mean\twhole_lo\twhole_hi\t"
		 "traps_per_exit\twakeups_per_1000\tpeak_kib\treason\n");
	add_control(&t);
	for (size_t i = 0; i < nr_rows; i++)
		add_row(&t, &rows[i]);
	replace_write(path, &t);
	replace_all();
	text_free(&t);
	return 0;
}
