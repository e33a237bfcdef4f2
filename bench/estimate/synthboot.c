// SPDX-License-Identifier: GPL-2.0
/*
 * synthboot: print a made-up boot file with the rows of a full bench, to try the
 * report writer without a kernel. Not a measurement and never part of one: its
 * env line "data" says so, and the report repeats it.
 */
#define _GNU_SOURCE
#include "boot/read.h"
#include "estimate/synth.h"
#include "lib/util.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"usage: synthboot [--kernel RELEASE] [--boot N] [--rounds N] > FILE\n"
	"\n"
	"Print a made-up boot file, for a trial of the report writer:\n"
	"  synthboot --boot 1 > 1.dat; synthboot --boot 2 > 2.dat; report --out DIR 1.dat 2.dat\n"
	"\n"
	"  --kernel RELEASE  env kernel of the file (6.12.0-synthetic)\n"
	"  --boot N          number of the boot, seed of the random numbers (1)\n"
	"  --rounds N        blocks per row (20)\n"
	"  -h, --help        this text\n";

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

static unsigned int number(const char *opt, const char *s)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(s, &end, 10);
	if (errno || end == s || *end || *s == '-' || v < 1 || v > 10000)
		die("--%s takes a number from 1 to 10000, not '%s'", opt, s);
	return (unsigned int)v;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "kernel", required_argument, NULL, 'k' }, { "boot", required_argument, NULL, 'b' },
		{ "rounds", required_argument, NULL, 'r' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static struct synth_row rows[NR_ROWS];
	struct synth s = { .kernel = "6.12.0-synthetic", .boot = 1, .comb = 4, .rounds = 20,
			   .per_block = 200, .teeth = 12, .drift = 0.3, .noise = 0.03,
			   .rows = rows };
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'k':
			s.kernel = optarg;
			break;
		case 'b':
			s.boot = number("boot", optarg);
			break;
		case 'r':
			s.rounds = number("rounds", optarg);
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return 2;
	}
	s.seed = s.boot;

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
