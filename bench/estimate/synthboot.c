// SPDX-License-Identifier: GPL-2.0
/*
 * synthboot: print a made-up boot file with the rows of a full bench, to try the
 * report writer without a kernel. Not a measurement and never part of one: its
 * env line "data" says so, and the report repeats it.
 */
#define _GNU_SOURCE
#include "boot/read.h"
#include "estimate/synth.h"
#include "lib/options.h"
#include "lib/util.h"

#include <errno.h>
#include <string.h>

#define COST(c) .paths = { { c, 1 } }

static const struct synth_row hooks[] = {
	{ "tracepoint", "tracepoint", "-", "sched_process_exit", "-", COST(46) },
	{ "ftrace", "ftrace", "-", "do_exit", "-", COST(93) },
	{ "fprobe", "fprobe", "-", "do_exit", "-", COST(160) },
	{ "fprobe exit", "fprobe", "exit", "acct_collect", "-", COST(331) },
	{ "kprobe ftrace", "kprobe", "ftrace", "do_exit", "-", COST(174) },
	{ "kprobe jump", "kprobe", "jump", "do_exit+9", "-", COST(118) },
	{ "kprobe int3", "kprobe", "int3", "do_exit+9", "-", COST(612), .traps = 1 },
	{ "kretprobe", "kretprobe", "ftrace", "acct_collect", "-", COST(402) },
};

static const struct output {
	const char *name;
	int64_t cost;
} outputs[] = { { "count", 0 }, { "trace", 1077 }, { "log", 5214 } };

#define NR_ROWS (2 + ARRAY_SIZE(hooks) * ARRAY_SIZE(outputs))

static const char *kernel = "6.12.0-synthetic";
static size_t boot = 1, rounds = 20;

static const struct option_entry options[] = {
	OPTIONS_TEXT("kernel", 0, "RELEASE", &kernel, "env kernel of the file (6.12.0-synthetic)"),
	OPTIONS_NUMBER("boot", 0, "N", &boot, 1, 10000,
		       "number of the boot, seed of the random numbers (1)"),
	OPTIONS_NUMBER("rounds", 0, "N", &rounds, 1, 10000, "blocks per row (20)"),
	{ 0 }
};

static const struct program program = {
	.name = "synthboot",
	.usage = "[--kernel RELEASE] [--boot N] [--rounds N] > FILE",
	.about =
"Print a made-up boot file, for a trial of the estimator and of the report:\n"
"  synthboot --boot 1 > 1.dat; synthboot --boot 2 > 2.dat\n"
"  estimate --out DIR 1.dat 2.dat; report --tables DIR --out DIR",
	.options = options,
};

int main(int argc, char **argv)
{
	static struct synth_row rows[NR_ROWS];
	struct synth s = { .comb = 4, .per_block = 200, .teeth = 12, .drift = 0.3, .noise = 0.03,
			   .rows = rows };

	options_parse(&program, argc, argv);
	s.kernel = kernel;
	s.boot = (unsigned int)boot;
	s.rounds = (unsigned int)rounds;
	s.seed = boot;

	for (s.nr_rows = 0; s.nr_rows < 2; s.nr_rows++)
		rows[s.nr_rows] = (struct synth_row){
			.hook = "none", .mechanism = "none", .flavour = "-", .site = "-",
			.output = s.nr_rows ? "control" : "-", .traps = NOT_TOLD,
		};
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(outputs); k++) {
			struct synth_row *r = &rows[s.nr_rows++];

			*r = hooks[i];
			r->output = outputs[k].name;
			r->paths[0].cost += outputs[k].cost;
			if (!strcmp(r->mechanism, "ftrace") || !strcmp(r->mechanism, "tracepoint"))
				r->missed = NOT_TOLD;
			/* One of each kind that is not a number. */
			if (!strcmp(r->hook, "kretprobe") && k == 2)
				r->paths[1] = (struct synth_path){ r->paths[0].cost + 240, 1 };
			if (!strcmp(r->hook, "fprobe exit") && k == 1)
				r->lost = 1;
			if (!strcmp(r->hook, "kprobe jump") && k == 2)
				r->skip = "the optimiser is off on this kernel";
		}
	}
	synth_write(&s, stdout);
	if (fflush(stdout) || ferror(stdout))
		die("cannot write: %s", strerror(errno));
	return 0;
}
