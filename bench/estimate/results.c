// SPDX-License-Identifier: GPL-2.0
#include "estimate/results.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "estimate/price.h"

static char *count_text(int64_t n)
{
	return n == NOT_TOLD ? xstrdup("-") : xasprintf("%" PRId64, n);
}

/* Exceptions per exit: "0", "1", "0.125" or "-" if nobody counted. */
static char *traps_text(const struct result *r)
{
	if (r->traps == NOT_TOLD)
		return xstrdup("-");
	if (r->traps % r->trap_exits == 0)
		return xasprintf("%" PRId64, r->traps / r->trap_exits);
	return xasprintf("%.3f", (double)r->traps / (double)r->trap_exits);
}

/* The overlap of the boot where it is least, and the runner-up's where it is most. */
static void weakest(const struct result *r, double *overlap, double *rival)
{
	*overlap = 1;
	*rival = 0;
	for (size_t b = 0; b < r->nr; b++) {
		const struct match *m = &r->seen[b].match;

		if (!r->seen[b].matched) {
			*overlap = 0;
			continue;
		}
		if (m->overlap < *overlap)
			*overlap = m->overlap;
		if (m->rival > *rival)
			*rival = m->rival;
	}
}

static void add_names(struct text *t, const struct row *row)
{
	text_add(t, "\t%s\t%s\t%s\t%s\t%s\t", row->hook, row->mechanism, row->flavour, row->site,
		 row->output);
}

/*
 * The file is the same, byte by byte, after a second run of scripts/bench.sh: its
 * guests repeat to the instruction. Each boot's figures are in estimates.tsv.
 * Exits are those of the storm, a number fixed by the bench, and hits are the
 * hits less the exits of other tasks; the gate is judged on the full counts.
 */
static void add_exact(struct text *t, const char *kernel, const struct result *r)
{
	char *traps = traps_text(r), *hits = count_text(r->hits), *missed = count_text(r->missed);
	struct price price = price_of(r);
	double overlap, rival;

	weakest(r, &overlap, &rival);
	text_add(t, "%s", kernel);
	add_names(t, r->row);
	price_add(t, &price);
	if (r->skip)
		text_add(t, "\t-\t-\t-\t-\t-\t-\n");
	else
		text_add(t, "\t%.3f\t%.3f\t%" PRId64 "\t%s\t%s\t%s\n", overlap, rival, r->exits,
			 hits, missed, traps);
	free(traps);
	free(hits);
	free(missed);
}

void exact_tsv(struct text *t, const struct findings *f)
{
	text_add(t, "kernel\thook\tmechanism\tflavour\tsite\toutput\t" PRICE_COLUMNS
		    "\toverlap\trunner_up\texits\thits\tmissed\ttraps\n");
	for (size_t k = 0; k < f->nr_kernels; k++)
		for (size_t i = 0; i < f->kernels[k].nr; i++)
			add_exact(t, f->kernels[k].kernel, &f->kernels[k].results[i]);
}

static void add_gates(struct text *t, unsigned int gates)
{
	const char *comma = "";

	if (!gates)
		text_add(t, "ok");
	for (enum gate g = 0; g < GATE_NR; g++) {
		if (gates & GATE_BIT(g)) {
			text_add(t, "%s%s", comma, gate_name(g));
			comma = ",";
		}
	}
}

static void add_sighting(struct text *t, const char *kernel, const struct result *r,
			 const struct sighting *s)
{
	char *hits = count_text(s->hits), *missed = count_text(s->missed);
	const struct match *m = &s->match;

	text_add(t, "%s\t%s", kernel, boot_env(s->boot, "boot"));
	add_names(t, r->row);
	if (s->matched)
		text_add(t, "%" PRId64 "\t%.3f\t%" PRId64 "\t%.3f\t%.3f\t%" PRId64 "\t%" PRId64
			 "\t%" PRId64 "\t", m->shift, m->overlap, m->rival_shift, m->rival,
			 s->share, m->p10, m->p50, m->p90);
	else
		text_add(t, "-\t-\t-\t-\t-\t-\t-\t-\t");
	text_add(t, "%zu\t%" PRId64 "\t%" PRId64 "\t%s\t%s\t", s->row->nr_blocks, s->exits,
		 s->all_exits, hits, missed);
	add_gates(t, r->gates);
	text_add(t, "\t%s\n", s->proof ? s->proof : "ok");
	free(hits);
	free(missed);
}

void estimates_tsv(struct text *t, const struct findings *f)
{
	text_add(t, "kernel\tboot\thook\tmechanism\tflavour\tsite\toutput\tshift\toverlap\t"
		    "runner_up_shift\trunner_up\tshare\tp10\tp50\tp90\tblocks\texits\tall_exits\t"
		    "hits\tmissed\tgates\tproof\n");
	for (size_t k = 0; k < f->nr_kernels; k++) {
		const struct comparison *c = &f->kernels[k];

		for (size_t i = 0; i < c->nr; i++)
			for (size_t b = 0; b < c->results[i].nr; b++)
				add_sighting(t, c->kernel, &c->results[i], &c->results[i].seen[b]);
	}
}

/**
 * struct site - what follows from where a hook sits, by design.md section 4
 * @name: of the function or the event
 * @has_code: it knows the exit code
 * @code: how, for people
 * @has_last: it knows the last thread
 * @last: how
 * @is_entry: it is told before anything of the task is torn down
 * @when: when it is told
 *
 * The tests of the modules check it; here it is only put in order.
 */
static const struct site {
	const char *name;
	bool has_code;
	const char *code;
	bool has_last;
	const char *last;
	bool is_entry;
	const char *when;
} sites[] = {
	{ "do_exit", true, "yes, the argument; task->exit_code is not set yet", false, "no", true,
	  "at entry, before anything is torn down" },
	{ "acct_collect", true, "yes, the argument", true, "yes, argument group_dead", false,
	  "once the last thread is known" },
	{ "taskstats_exit", true, "yes, task->exit_code", true, "yes, argument group_dead", false,
	  "once the last thread is known" },
	{ "sched_process_exit", true, "yes, task->exit_code", false, "no (argument since 6.16)",
	  false, "after the accounting" },
};

static bool at_least(const char *kernel, int major, int minor)
{
	int a = 0, b = 0;

	if (sscanf(kernel, "%d.%d", &a, &b) != 2)
		return false;
	return a > major || (a == major && b >= minor);
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
	if (!strcmp(row->site, "sched_process_exit") && at_least(kernel, 6, 16)) {
		site.has_last = true;
		site.last = "yes, argument group_dead";
	}
	/* The event has the name, the id and the priority of the task. */
	if (!strcmp(row->mechanism, "trace event")) {
		site.has_code = false;
		site.code = "no, the event does not carry it";
	}
	return site;
}

static void add_site(struct text *t, const char *kernel, const struct row *row)
{
	struct site site = site_of(kernel, row);

	text_add(t, "%s\t%s\t%s\t", kernel, row->hook, row->site);
	if (site.name)
		text_add(t, "thread\tyes\t%s\t%s\t%s\t%s\t%s\t%s\n", site.has_code ? "yes" : "no",
			 site.has_last ? "yes" : "no", site.is_entry ? "yes" : "no", site.code,
			 site.last, site.when);
	else
		text_add(t, "-\t-\t-\t-\t-\t-\t-\t-\n");
}

/* Do two rows differ in their output only? */
static bool same_hook(const struct row *a, const struct row *b)
{
	return !strcmp(a->hook, b->hook) && !strcmp(a->mechanism, b->mechanism) &&
	       !strcmp(a->flavour, b->flavour) && !strcmp(a->site, b->site);
}

/* Is @a dearer than @b, with this output? No number is dearer than any. */
static bool dearer(const struct result *a, const struct result *b, const char *output)
{
	bool num_a = is_number(a) && !strcmp(a->row->output, output);
	bool num_b = is_number(b) && !strcmp(b->row->output, output);

	return num_a && num_b ? a->shift > b->shift : !num_a && num_b;
}

/* The hooks of a kernel, the cheapest first, by the output that comes first. */
static void add_hooks(struct text *t, const struct comparison *c)
{
	const struct result **hooks = xcalloc(c->nr, sizeof(*hooks));
	const char *output = NULL;
	size_t nr = 0;

	for (size_t i = 0; i < c->nr; i++) {
		const struct result *r = &c->results[i];
		size_t h = 0;

		while (h < nr && !same_hook(hooks[h]->row, r->row))
			h++;
		if (r->control || h < nr)
			continue;
		output = output ?: r->row->output;
		for (; h && dearer(hooks[h - 1], r, output); h--)
			hooks[h] = hooks[h - 1];
		hooks[h] = r;
		nr++;
	}
	for (size_t h = 0; h < nr; h++)
		add_site(t, c->kernel, hooks[h]->row);
	free(hooks);
}

void sees_tsv(struct text *t, const struct findings *f)
{
	text_add(t, "kernel\thook\tsite\tone event per\tkernel threads\tcode\tlast\tentry\t"
		    "exit code\tlast thread\twhen\n");
	for (size_t k = 0; k < f->nr_kernels; k++)
		add_hooks(t, &f->kernels[k]);
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
	const char *first = NULL;
	bool same = true;

	for (size_t i = 0; i < c->nr_boots; i++) {
		const char *v = boot_env(c->boots[i], key);

		if (!i)
			first = v;
		else if (!v != !first || (v && strcmp(v, first)))
			same = false;
	}
	text_add(t, "%s: ", key);
	for (size_t i = 0; i < (same ? 1 : c->nr_boots); i++) {
		const char *v = boot_env(c->boots[i], key);

		text_add(t, "%s%s", i ? "; " : "", v ? v : "none");
	}
	text_add(t, "\n");
}

void environment_txt(struct text *t, const struct findings *f)
{
	const char *gap = "";

	if (f->facts.len) {
		text_add(t, "[bench]\n%s", f->facts.s);
		gap = "\n";
	}
	for (size_t k = 0; k < f->nr_kernels; k++, gap = "\n") {
		const struct comparison *c = &f->kernels[k];

		text_add(t, "%s[%s]\nboots: %zu\n", gap, c->kernel, c->nr_boots);
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
}
