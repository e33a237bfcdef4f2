// SPDX-License-Identifier: GPL-2.0
#include "report/results.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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

/*
 * The file is the same, byte by byte, after a second run of scripts/bench.sh: its
 * guests repeat to the instruction. Each boot's figures are in estimates.tsv.
 * Exits are those of the storm, a number fixed by the bench, and hits are the
 * hits less the exits of other tasks; the gate is judged on the full counts.
 */
void exact_tsv(struct text *t, const struct findings *f)
{
	text_add(t, "kernel\thook\tmechanism\tflavour\tsite\toutput\tinstructions\toverlap\t"
		    "runner_up\texits\thits\tmissed\tgate\ttraps\n");
	for (size_t k = 0; k < f->nr_kernels; k++) {
		for (size_t i = 0; i < f->kernels[k].nr; i++) {
			const struct result *r = &f->kernels[k].results[i];
			char *traps = traps_text(r), *hits = count_text(r->hits);
			char *missed = count_text(r->missed);
			double overlap, rival;

			weakest(r, &overlap, &rival);
			text_add(t, "%s\t%s\t%s\t%s\t%s\t%s\t", f->kernels[k].kernel, r->row->hook,
				 r->row->mechanism, r->row->flavour, r->row->site, r->row->output);
			if (r->skip)
				text_add(t, "-\t-\t-\t-\t-\t-\tskip: %s\t-\n", r->skip);
			else if (is_number(r))
				text_add(t, "%" PRId64, r->shift);
			else
				text_add(t, "-");
			if (!r->skip)
				text_add(t, "\t%.3f\t%.3f\t%" PRId64 "\t%s\t%s\t%s\t%s\n",
					 overlap, rival, r->exits, hits, missed,
					 first_gate(r->gates), traps);
			free(traps);
			free(hits);
			free(missed);
		}
	}
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

static const char *boot_label(const struct boot *boot)
{
	const char *label = boot_env(boot, "boot");

	return label ? label : boot->name;
}

void estimates_tsv(struct text *t, const struct findings *f)
{
	text_add(t, "kernel\tboot\thook\tmechanism\tflavour\tsite\toutput\tshift\toverlap\t"
		    "runner_up_shift\trunner_up\tshare\tp10\tp50\tp90\tblocks\texits\tall_exits\t"
		    "hits\tmissed\tgates\tproof\n");
	for (size_t k = 0; k < f->nr_kernels; k++) {
		for (size_t i = 0; i < f->kernels[k].nr; i++) {
			const struct result *r = &f->kernels[k].results[i];

			for (size_t b = 0; b < r->nr; b++) {
				const struct sighting *s = &r->seen[b];
				const struct match *m = &s->match;
				char *hits = count_text(s->hits), *missed = count_text(s->missed);

				text_add(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t", f->kernels[k].kernel,
					 boot_label(s->boot), r->row->hook, r->row->mechanism,
					 r->row->flavour, r->row->site, r->row->output);
				if (s->matched)
					text_add(t, "%" PRId64 "\t%.3f\t%" PRId64 "\t%.3f\t%.3f\t%"
						 PRId64 "\t%" PRId64 "\t%" PRId64 "\t", m->shift,
						 m->overlap, m->rival_shift, m->rival, s->share,
						 m->p10, m->p50, m->p90);
				else
					text_add(t, "-\t-\t-\t-\t-\t-\t-\t-\t");
				text_add(t, "%zu\t%" PRId64 "\t%" PRId64 "\t%s\t%s\t",
					 s->row->nr_blocks, s->exits, s->all_exits, hits, missed);
				add_gates(t, r->gates);
				text_add(t, "\t%s\n", s->proof ? s->proof : "ok");
				free(hits);
				free(missed);
			}
		}
	}
}

/*
 * What follows from where a hook sits, by design.md section 4. The tests of the
 * modules check it; here it is only put in order.
 */
static const struct site {
	const char *name;
	const char *code;
	const char *last;
	const char *when;
} sites[] = {
	{ "do_exit", "yes, the argument; task->exit_code is not set yet", "no",
	  "at entry, before anything is torn down" },
	{ "acct_collect", "yes, the argument", "yes, argument group_dead",
	  "once the last thread is known" },
	{ "taskstats_exit", "yes, task->exit_code", "yes, argument group_dead",
	  "once the last thread is known" },
	{ "sched_process_exit", "yes, task->exit_code", NULL, "after the accounting" },
};

/* Same site; the event has the name, the id and the priority of the task. */
static const struct site kernel_event = {
	"sched_process_exit", "no, the event does not carry it", NULL, "after the accounting"
};

static bool at_least(const char *kernel, int major, int minor)
{
	int a = 0, b = 0;

	if (sscanf(kernel, "%d.%d", &a, &b) != 2)
		return false;
	return a > major || (a == major && b >= minor);
}

static const struct site *find_site(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(sites); i++) {
		size_t len = strlen(sites[i].name);

		/* do_exit+9, but not do_exit_anything */
		if (!strncmp(name, sites[i].name, len) && (!name[len] || name[len] == '+'))
			return &sites[i];
	}
	return NULL;
}

void sees_tsv(struct text *t, const struct prices *p)
{
	text_add(t, "kernel\thook\tsite\tone event per\tkernel threads\texit code\tlast thread\t"
		    "when\n");
	for (size_t k = 0; k < p->nr_kernels; k++) {
		const struct grid *g = &p->grids[k];

		for (size_t h = 0; h < g->nr_hooks; h++) {
			const struct site *site = is_event(g->hooks[h]) ? &kernel_event :
						  find_site(g->hooks[h]->site);
			const char *last = NULL;

			if (site)
				last = site->last ? site->last : at_least(g->kernel, 6, 16) ?
				       "yes, argument group_dead" : "no (argument since 6.16)";
			text_add(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", g->kernel,
				 g->hooks[h]->hook, g->hooks[h]->site, site ? "thread" : "-",
				 site ? "yes" : "-", site ? site->code : "-", last ? last : "-",
				 site ? site->when : "-");
		}
	}
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

	if (f->nr_env) {
		text_add(t, "[bench]\n");
		gap = "\n";
	}
	for (size_t i = 0; i < f->nr_env; i++)
		text_add(t, "%s: %s\n", f->env[i].key, f->env[i].value);
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
