// SPDX-License-Identifier: GPL-2.0
/*
 * estimate: what each hook adds to one exit, from the boot files of one or more kernels.
 *
 * All tables are made first and put in place last (replace.h).
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "estimate/estimator.h"
#include "estimate/price.h"
#include "lib/options.h"
#include "lib/replace.h"
#include "lib/util.h"

static struct comparisons kernels;	/* in the order of the command line */
static struct text facts;		/* lines "KEY: VALUE" of it */

static void add_names(struct text *t, const struct row *row)
{
	text_add(t, "\t%s\t%s\t%s\t%s\t%s\t", row->hook, row->mechanism, row->flavour, row->site,
		 row->output);
}

static void add_count(struct text *t, int64_t n)
{
	if (n == NOT_TOLD)
		text_add(t, "\t-");
	else
		text_add(t, "\t%" PRId64, n);
}

/* Exceptions per exit: "0", "1", "0.125" or "-" if nobody counted. */
static void add_traps(struct text *t, const struct result *r)
{
	if (r->traps == NOT_TOLD)
		add_count(t, NOT_TOLD);
	else if (r->traps % r->trap_exits == 0)
		add_count(t, r->traps / r->trap_exits);
	else
		text_add(t, "\t%.3f", (double)r->traps / (double)r->trap_exits);
}

/*
 * The file is the same, byte by byte, after a second run of scripts/bench.sh: its
 * guests repeat to the instruction. Each boot's figures are in estimates.tsv: here are
 * the overlap of the boot where it is least, and the runner-up's where it is most.
 * Exits are those of the storm, a number fixed by the bench, and hits are the
 * hits less the exits of other tasks; the gate is judged on the full counts.
 */
static void exact_tsv(struct text *t, const struct comparison *c)
{
	for (size_t i = 0; i < c->nr; i++) {
		const struct result *r = &c->results[i];
		struct price price = price_of(r);
		double overlap = 1, rival = 0;

		text_add(t, "%s", c->kernel);
		add_names(t, r->row);
		price_add(t, &price);
		if (r->skip) {
			text_add(t, "\t-\t-\t-\t-\t-\t-\n");
			continue;
		}
		for (size_t b = 0; b < r->nr; b++) {
			overlap = fmin(overlap, r->seen[b].match.overlap);
			rival = fmax(rival, r->seen[b].match.rival);
		}
		text_add(t, "\t%.3f\t%.3f\t%" PRId64, overlap, rival, r->exits);
		add_count(t, r->hits);
		add_count(t, r->missed);
		add_traps(t, r);
		text_add(t, "\n");
	}
}

static void add_gates(struct text *t, unsigned int gates)
{
	const char *before = "\t";

	if (!gates)
		text_add(t, "\tok");
	for (enum gate g = 0; g < GATE_NR; g++) {
		if (gates & GATE_BIT(g)) {
			text_add(t, "%s%s", before, gate_name(g));
			before = ",";
		}
	}
}

static void add_sighting(struct text *t, const struct comparison *c, const struct result *r,
			 const struct sighting *s)
{
	const struct match *m = &s->match;

	text_add(t, "%s\t%s", c->kernel, boot_env(s->boot, "boot"));
	add_names(t, r->row);
	if (s->matched)
		text_add(t, "%" PRId64 "\t%.3f\t%" PRId64 "\t%.3f\t%.1f\t%.3f\t%" PRId64 "\t%"
			 PRId64 "\t%" PRId64, m->shift, m->overlap, m->rival_shift, m->rival,
			 m->sure, s->share, m->p10, m->p50, m->p90);
	else
		text_add(t, "-\t-\t-\t-\t-\t-\t-\t-\t-");
	text_add(t, "\t%zu\t%" PRId64 "\t%" PRId64, s->row->nr_blocks, s->exits, s->all_exits);
	add_count(t, s->hits);
	add_count(t, s->missed);
	add_gates(t, r->gates);
	text_add(t, "\t%s\n", s->proof ? s->proof : "ok");
}

/*
 * Every row in every boot, with all that the gates were judged by; figures here differ
 * a little from run to run.
 */
static void estimates_tsv(struct text *t, const struct comparison *c)
{
	for (size_t i = 0; i < c->nr; i++)
		for (size_t b = 0; b < c->results[i].nr; b++)
			add_sighting(t, c, &c->results[i], &c->results[i].seen[b]);
}

/* Does a hook know something, and how, for people. */
struct knowledge {
	bool has;
	const char *how;
};

/*
 * What follows from where a hook sits, a function or an event, by design.md section 4:
 * if it knows the exit code and the last thread, if it is told before anything of the
 * task is torn down, and when it is told. The tests of the modules check it; here it
 * is only put in order.
 */
static const struct site {
	const char *name;
	struct knowledge code, last;
	bool is_entry;
	const char *when;
} sites[] = {
	{ "do_exit", { true, "yes, the argument; task->exit_code is not set yet" },
	  { false, "no" }, true, "at entry, before anything is torn down" },
	{ "acct_collect", { true, "yes, the argument" },
	  { true, "yes, argument group_dead" }, false, "once the last thread is known" },
	{ "taskstats_exit", { true, "yes, task->exit_code" },
	  { true, "yes, argument group_dead" }, false, "once the last thread is known" },
	{ "sched_process_exit", { true, "yes, task->exit_code" },
	  { false, "no (argument since 6.16)" }, false, "after the accounting" },
};

static bool event_tells_last(const char *kernel)
{
	int major = 0, minor = 0;

	sscanf(kernel, "%d.%d", &major, &minor);
	return major > 6 || (major == 6 && minor >= 16);
}

/* The site of a row; without a name if we know nothing of it. */
static struct site site_of(const char *kernel, const struct row *row)
{
	struct site site = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(sites); i++) {
		size_t len = strlen(sites[i].name);

		/* do_exit+9, but not do_exit_anything */
		if (!strncmp(row->site, sites[i].name, len) &&
		    (!row->site[len] || row->site[len] == '+'))
			site = sites[i];
	}
	if (!strcmp(row->site, "sched_process_exit") && event_tells_last(kernel))
		site.last = (struct knowledge){ true, "yes, argument group_dead" };
	/* The event has the name, the id and the priority of the task. */
	if (!strcmp(row->mechanism, "trace event"))
		site.code = (struct knowledge){ false, "no, the event does not carry it" };
	return site;
}

static void add_site(struct text *t, const char *kernel, const struct row *row)
{
	struct site site = site_of(kernel, row);

	text_add(t, "%s\t%s\t%s\t", kernel, row->hook, row->site);
	if (site.name)
		text_add(t, "thread\tyes\t%s\t%s\t%s\t%s\t%s\t%s\n", site.code.has ? "yes" : "no",
			 site.last.has ? "yes" : "no", site.is_entry ? "yes" : "no",
			 site.code.how, site.last.how, site.when);
	else
		text_add(t, "-\t-\t-\t-\t-\t-\t-\t-\n");
}

/* A hook by the first of its rows: with some outputs its site may be another. */
struct hook {
	const struct row *row;
	int64_t price;		/* INT64_MAX for one without a number */
	size_t place;		/* where it appears first */
};

static int by_price(const void *a, const void *b)
{
	const struct hook *x = a, *y = b;

	if (x->price != y->price)
		return x->price < y->price ? -1 : 1;
	return x->place < y->place ? -1 : 1;
}

/* What each hook of a kernel sees, the cheapest first, by the output that comes first. */
static void sees_tsv(struct text *t, const struct comparison *c)
{
	struct hook *hooks = xcalloc(c->nr, sizeof(*hooks));
	const char *output = NULL;
	size_t nr = 0;

	for (size_t i = 0; i < c->nr; i++) {
		const struct result *r = &c->results[i];
		bool known = r->control;

		for (size_t h = 0; h < nr; h++)
			known |= !strcmp(hooks[h].row->hook, r->row->hook);
		if (known)
			continue;
		output = output ?: r->row->output;
		hooks[nr] = (struct hook){ r->row, INT64_MAX, nr };
		if (is_number(r) && !strcmp(r->row->output, output))
			hooks[nr].price = r->shift;
		nr++;
	}
	qsort(hooks, nr, sizeof(*hooks), by_price);
	for (size_t h = 0; h < nr; h++)
		add_site(t, c->kernel, hooks[h].row);
	free(hooks);
}

/* Facts that no two runs share: in the report they would only make noise. */
static bool is_volatile(const char *key)
{
	static const char *const keys[] = { "boot", "boot_id", "date", "duration", "finished",
					    "hostname", "started", "time", "uptime" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

/* One line if all boots say the same, with all values if not. */
static void add_fact(struct text *t, const struct comparison *c, const char *key)
{
	const char *first = boot_env(c->boots[0], key) ?: "none";
	bool same = true;

	for (size_t i = 1; i < c->nr_boots; i++)
		same &= !strcmp(first, boot_env(c->boots[i], key) ?: "none");
	text_add(t, "%s: %s", key, first);
	for (size_t i = 1; i < c->nr_boots && !same; i++)
		text_add(t, "; %s", boot_env(c->boots[i], key) ?: "none");
	text_add(t, "\n");
}

/* A section for what the command line says, and one for each kernel. */
static void environment_txt(struct text *t, const struct comparison *c)
{
	text_add(t, "%s", t->len || !facts.len ? "" : facts.s);
	text_add(t, "%s[%s]\nboots: %zu\n", t->len ? "\n" : "", c->kernel, c->nr_boots);
	for (size_t b = 0; b < c->nr_boots; b++) {
		for (size_t e = 0; e < c->boots[b]->nr_env; e++) {
			const char *key = c->boots[b]->env[e].key;
			bool before = false;

			for (size_t p = 0; p < b; p++)
				before |= boot_env(c->boots[p], key) != NULL;
			if (!before && !is_volatile(key))
				add_fact(t, c, key);
		}
	}
}

/* What is made: the heading, and then what there is of each kernel. */
static const struct {
	const char *name;
	const char *heading;
	void (*add)(struct text *t, const struct comparison *c);
} files[] = {
	{ "exact.tsv", "kernel\thook\tmechanism\tflavour\tsite\toutput\t" PRICE_COLUMNS
	  "\toverlap\trunner_up\texits\thits\tmissed\ttraps\n", exact_tsv },
	{ "estimates.tsv", "kernel\tboot\thook\tmechanism\tflavour\tsite\toutput\tshift\toverlap\t"
	  "runner_up_shift\trunner_up\tsure\tshare\tp10\tp50\tp90\tblocks\texits\tall_exits\t"
	  "hits\tmissed\tgates\tproof\n", estimates_tsv },
	{ "sees.tsv", "kernel\thook\tsite\tone event per\tkernel threads\tcode\tlast\tentry\t"
	  "exit code\tlast thread\twhen\n", sees_tsv },
	{ "environment.txt", "", environment_txt },
};

static const struct program program;
static const char *out;

static void take_fact(const char *arg)
{
	const char *eq = strchr(arg, '=');

	if (!eq || eq == arg || strpbrk(arg, "\t\n"))
		options_wrong(&program, "--env takes KEY=VALUE on one line without tabs, not '%s'",
			      arg);
	text_add(&facts, "%s%.*s: %s\n", facts.len ? "" : "[bench]\n", (int)(eq - arg), arg,
		 eq + 1);
}

static const struct option_entry options[] = {
	OPTIONS_TEXT("out", 'o', "DIR", &out, "where to write; made if it is not there"),
	OPTIONS_EACH("env", 'e', "KEY=VALUE", take_fact,
		     "a fact for the environment, e.g. the version of a tool;\n"
		     "may be repeated"),
	{ 0 }
};

static const struct program program = {
	.name = "estimate",
	.usage = "--out DIR [--env KEY=VALUE]... BOOT...",
	.about =
"Estimate what each hook adds to one exit, and write exact.tsv, estimates.tsv, sees.tsv\n"
"and environment.txt: all of them, or none.\n"
"BOOT is a boot file (format: boot/read.h). Files of one kernel (env kernel) belong\n"
"together; two or more are needed for a number. Kernels appear in this order.",
	.options = options,
	.more =
"Exit status: 0 done, 1 a file was refused or could not be written, 2 wrong usage.",
	.args = "a boot file",
	.min_args = 1,
};

static void add_boot(const char *path)
{
	struct boot *boot = boot_must_read(path);

	compare_add(&kernels, boot, xasprintf("of kernel %s", boot_env(boot, "kernel")));
}

static void write_all(void)
{
	if (mkdir(out, 0777) && errno != EEXIST)
		die("%s: %s", out, strerror(errno));
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char *path = xasprintf("%s/%s", out, files[i].name);
		struct text t = { 0 };

		text_add(&t, "%s", files[i].heading);
		for (size_t k = 0; k < kernels.nr; k++)
			files[i].add(&t, &kernels.list[k]);
		replace_write(path, &t);
		text_free(&t);
		free(path);
	}
	replace_all();
}

int main(int argc, char **argv)
{
	int first = options_parse(&program, argc, argv);

	if (!out)
		options_wrong(&program, "--out DIR is missing");
	for (int i = first; i < argc; i++)
		add_boot(argv[i]);
	for (size_t k = 0; k < kernels.nr; k++)
		compare(&kernels.list[k]);
	write_all();
	for (size_t k = 0; k < kernels.nr; k++) {
		printf("%s: ", kernels.list[k].kernel);
		tally_print(&kernels.list[k], 1);
	}
	return 0;
}
