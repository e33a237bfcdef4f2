// SPDX-License-Identifier: GPL-2.0
/*
 * peers_report: turn what peers has measured into results/peers.tsv.
 *
 * The price in the path of the exit is the estimator's, as for our own hooks. The
 * whole price has the consumer's share in it, which does not fall into every exit:
 * a mean, with the interval that a bootstrap of the windows gives.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bootstrap.h"
#include "estimate.h"
#include "samples.h"
#include "util.h"
#include "windows.h"

/* Enough that the ends of the interval move by less than a hundredth of it. */
#define RESAMPLES 10000

struct window {
	char *id;
	long nr;
	double per_exit;
};

struct seen {
	char *id;
	int64_t exits, reported, lost, wakeups, storm, peak;
};

struct note {
	char *id, *text;
};

/* What lies beside one boot file. */
struct beside {
	size_t nr_windows, nr_seen, nr_notes;
	struct window *windows;
	struct seen *seen;
	struct note *notes;
};

static struct comparison all;
static struct beside *besides;		/* one for each boot of all */
static char *temp;

static const char usage[] =
	"usage: peers_report --out FILE BOOT...\n"
	"\n"
	"Estimate what each peer adds to one exit, and write FILE, a table (TSV). BOOT is\n"
	"a boot file of the program peers; BOOT.windows lies beside it. All are of one\n"
	"kernel; two or more are needed for an exact number. FILE is replaced when all is\n"
	"done, or not at all.\n"
	"Exit status: 0 done, 1 a file was refused or could not be written, 2 wrong usage.\n";

static void drop_temp(void)
{
	if (temp)
		unlink(temp);
}

/* unlink(), raise() and signal() are async-signal-safe. */
static void on_signal(int sig)
{
	drop_temp();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void read_line_of(struct beside *b, char *line, const char *path, size_t nr)
{
	char *fields[9];
	size_t n = 0;
	char *at = line;

	while (n < ARRAY_SIZE(fields) && (fields[n] = strsep(&at, "\t")))
		n++;
	if (n == 5 && !strcmp(fields[0], "window") && atol(fields[4]) > 0) {
		GROW(b->windows, b->nr_windows);
		b->windows[b->nr_windows++] = (struct window){
			xstrdup(fields[1]), atol(fields[2]), atof(fields[3]) / atof(fields[4]) };
	} else if (n == 8 && !strcmp(fields[0], "seen")) {
		GROW(b->seen, b->nr_seen);
		b->seen[b->nr_seen++] = (struct seen){
			xstrdup(fields[1]), atoll(fields[2]), atoll(fields[3]), atoll(fields[4]),
			atoll(fields[5]), atoll(fields[6]), atoll(fields[7]) };
	} else if (n == 3 && !strcmp(fields[0], "note")) {
		GROW(b->notes, b->nr_notes);
		b->notes[b->nr_notes++] = (struct note){ xstrdup(fields[1]), xstrdup(fields[2]) };
	} else {
		die("%s:%zu: not a line of this format (see windows.h)", path, nr);
	}
}

static struct beside read_beside(const char *boot)
{
	char *path = xasprintf("%s.windows", boot), *line = NULL;
	FILE *f = fopen(path, "re");
	struct beside b = { 0 };
	bool ended = false;
	size_t size = 0, nr = 0;
	ssize_t len;

	if (!f)
		die("%s: %s", path, strerror(errno));
	while ((len = getline(&line, &size, f)) > 0 && !ended) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		if (!nr++) {
			if (strcmp(line, WINDOWS_MAGIC))
				die("%s: the first line is not \"%s\"", path, WINDOWS_MAGIC);
		} else if (!strcmp(line, "end")) {
			ended = true;
		} else {
			read_line_of(&b, line, path, nr);
		}
	}
	if (!ended)
		die("%s: no end: the boot did not finish", path);
	free(line);
	fclose(f);
	free(path);
	return b;
}

static const struct beside *beside_of(const struct boot *boot)
{
	size_t i = 0;

	while (all.boots[i] != boot)
		i++;
	return &besides[i];
}

static const struct window *window_at(const struct beside *b, const char *id, long nr)
{
	for (size_t i = 0; i < b->nr_windows; i++)
		if (b->windows[i].nr == nr && !strcmp(b->windows[i].id, id))
			return &b->windows[i];
	return NULL;
}

/*
 * Mean difference to the baseline in the same round. Both of the baseline's rows
 * serve, but the control, which is one of them, has only the other.
 */
static void add_whole(struct text *t, const struct result *r)
{
	struct interval i;
	double *diff = NULL;
	size_t n = 0;

	for (size_t s = 0; s < r->nr; s++) {
		const struct beside *b = beside_of(r->seen[s].boot);
		const char *id = r->seen[s].row->id;

		for (size_t k = 0; k < r->seen[s].row->nr_blocks; k++) {
			long nr = r->seen[s].row->blocks[k].nr;
			const struct window *w, *base, *control;

			w = window_at(b, id, nr);
			base = window_at(b, "none", nr);
			control = window_at(b, "control", nr);
			if (!w || !base || !control)
				continue;
			GROW(diff, n);
			diff[n++] = w->per_exit - (r->control ? base->per_exit :
						   (base->per_exit + control->per_exit) / 2);
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

/* What was seen over all attachments in all boots, and the notes. */
static void add_seen(struct text *t, const struct result *r)
{
	int64_t exits = 0, reported = 0, lost = 0, vanished = 0, wakeups = 0, storm = 0;
	int64_t peak = 0;
	bool tells = false, any = false;

	for (size_t s = 0; s < r->nr; s++) {
		const struct beside *b = beside_of(r->seen[s].boot);

		for (size_t i = 0; i < b->nr_seen; i++) {
			const struct seen *e = &b->seen[i];
			int64_t missing = e->exits - e->reported - (e->lost > 0 ? e->lost : 0);

			if (strcmp(e->id, r->seen[s].row->id))
				continue;
			any = true;
			exits += e->exits;
			reported += e->reported;
			tells |= e->lost >= 0;
			lost += e->lost > 0 ? e->lost : 0;
			vanished += missing > 0 ? missing : 0;
			wakeups += e->wakeups;
			storm += e->storm;
			peak = e->peak > peak ? e->peak : peak;
		}
	}
	if (!any) {
		text_add(t, "\t-\t-\t-\t-\t-\t-");
		return;
	}
	text_add(t, "\t%" PRId64 "\t%" PRId64, exits, reported);
	if (tells)
		text_add(t, "\t%" PRId64, lost);
	else
		text_add(t, "\t-");
	text_add(t, "\t%" PRId64 "\t%.0f\t%" PRId64, vanished,
		 1000.0 * (double)wakeups / (double)storm, peak);
}

/* Why it is not there, or what is to know about the number. */
static void add_reason(struct text *t, const struct result *r)
{
	size_t len = t->len;

	text_add(t, "\t");
	if (r->skip) {
		text_add(t, "%s\n", r->skip);
		return;
	}
	for (size_t s = 0; s < r->nr; s++) {
		const struct beside *b = beside_of(r->seen[s].boot);

		for (size_t i = 0; i < b->nr_notes; i++)
			if (!strcmp(b->notes[i].id, r->seen[s].row->id) && t->len == len + 1)
				text_add(t, "%s", b->notes[i].text);
		if (r->seen[s].proof && t->len == len + 1)
			text_add(t, "%s", r->seen[s].proof);
	}
	text_add(t, "%s\n", t->len == len + 1 ? "-" : "");
}

static void add_row(struct text *t, const struct result *r)
{
	text_add(t, "%s\t%s\t%s", all.kernel, r->row->hook, r->control ? "-" : r->row->output);
	if (r->skip)
		text_add(t, "\t-\tskipped");
	else if (!r->gates)
		text_add(t, "\t%" PRId64 "\tok", r->shift);
	else if (r->has_range)
		text_add(t, "\t%" PRId64 "..%" PRId64 "\t%s", r->lo, r->hi, first_gate(r->gates));
	else
		text_add(t, "\t-\t%s", first_gate(r->gates));
	add_whole(t, r);
	add_seen(t, r);
	add_reason(t, r);
}

static void write_file(const char *path, const struct text *t)
{
	mode_t mask = umask(0);
	FILE *f;
	int fd;

	umask(mask);
	temp = xasprintf("%s.XXXXXX", path);
	atexit(drop_temp);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGHUP, on_signal);
	fd = mkostemp(temp, O_CLOEXEC);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f || fchmod(fd, 0666 & ~mask) || fwrite(t->s, t->len, 1, f) != 1 || fflush(f) ||
	    fsync(fd) || fclose(f) || rename(temp, path))
		die("%s: %s", path, strerror(errno));
	free(temp);
	temp = NULL;
}

static void add_boot(const char *path)
{
	const char *kernel;
	struct boot *boot;
	char *err;

	boot = boot_read(path, &err);
	if (!boot)
		die("%s", err);
	kernel = boot_env(boot, "kernel");
	if (!kernel || (all.kernel && strcmp(all.kernel, kernel)))
		die("%s: not of the same kernel as the others", path);
	all.kernel = kernel;
	GROW(all.boots, all.nr_boots);
	GROW(besides, all.nr_boots);
	besides[all.nr_boots] = read_beside(path);
	all.boots[all.nr_boots++] = boot;
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
		add_boot(argv[optind]);
	compare(&all);
	text_add(&t, "kernel\tpeer\tmode\tin_path\tgate\twhole_mean\twhole_lo\twhole_hi\t"
		 "exits\treported\tadmitted_lost\tvanished\twakeups_per_1000\tpeak_kib\treason\n");
	for (size_t i = 0; i < all.nr; i++)
		add_row(&t, &all.results[i]);
	write_file(path, &t);
	text_free(&t);
	return 0;
}
