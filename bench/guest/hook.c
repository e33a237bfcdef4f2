// SPDX-License-Identifier: GPL-2.0
/*
 * hook: attach a hook of the registry (hooks.c), detach it, list them, for scripts.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest/attach.h"
#include "guest/hooks.h"
#include "guest/proof.h"
#include "lib/kfile.h"
#include "lib/options.h"
#include "lib/util.h"

/* What is attached, and how the sysctl was before: it is gone when the kernel is. */
#define STATE	"/run/procmon-hook"
#define MODULE	"/sys/module/procmon"

/* Exit status when the kernel does not take the hook. */
#define REFUSED	3

static const char *modules = "variants";

static const struct option_entry options[] = {
	OPTIONS_TEXT("modules", 0, "DIR", &modules,
		     "DIR/VARIANT/procmon.ko are the modules (default variants)"),
	{ }
};

static const struct program program = {
	.name = "hook",
	.usage = "list\nattach [--modules DIR] HOOK [PARAMETER=VALUE]...\ndetach",
	.about =
"Attach a hook, one at a time, or detach it. HOOK is a name that list prints; a dash\n"
"may stand for a blank in it.\n"
"\n"
"attach sets debug.kprobes-optimization as the hook takes it, loads its module with the\n"
"hook's parameters and those given, and proves by the kernel's lists and the module's\n"
"stats that it is the mechanism, the flavour and the site asked for. Of a hook that has\n"
"no module (none, the kernel's own event) it takes a note, and nothing else.\n"
"\n"
"detach unloads the module, puts the sysctl back, and proves that nothing is left. With\n"
"nothing attached it does nothing.\n"
"\n"
"list prints the rows of the comparison, a hook with an output on each line, the members\n"
"separated by tabs: hook, output, mechanism, flavour, site, variant, module parameters\n"
"of the hook, of the output, kprobes-optimization (0 or 1), who takes the records (none,\n"
"event or stream), trace event of the kernel (system/name). A member that the row has no\n"
"use for is \"-\".",
	.options = options,
	.more =
"Exit status: 0; 2 if it was called wrongly; 3 if the kernel refused the hook, with what\n"
"the module says of it on stderr; 1 for all else, with nothing attached by attach.",
	.args = "COMMAND",
	.min_args = 1,
};

static const char *or_dash(const char *s)
{
	return s && *s ? s : "-";
}

static void print_row(const struct hook *h, const struct output *o)
{
	static const char *const sinks[] = {
		[SINK_NONE] = "none", [SINK_EVENT] = "event", [SINK_STREAM] = "stream",
	};

	struct hook with = hooks_with(h, o ? o->params : "");

	if (h->bpf || (o && o->only))
		return;		/* no module; a part of a price, no row for people */
	printf("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", h->name, o ? o->name : "-",
	       h->mechanism, h->flavour, with.site, or_dash(h->variant), or_dash(h->params),
	       or_dash(o ? o->params : NULL), h->optimize, sinks[o ? o->sink : SINK_NONE],
	       or_dash(h->event));
}

/* As the kernel takes them: what has a blank in it stands in quotes. */
static char *join(char **params, int nr)
{
	struct text all = { 0 };

	text_add(&all, "%s", "");
	for (int i = 0; i < nr; i++)
		text_add(&all, strchr(params[i], ' ') ? " \"%s\"" : " %s", params[i]);
	return all.s;
}

/* The sysctl as it was before the hook, or NULL on a kernel that does not have it. */
static char *optimization;

static void restore(void)
{
	if (optimization && !kfile_write(OPTIMIZATION, optimization))
		fprintf(stderr, "hook: cannot write " OPTIMIZATION ": %s\n", strerror(errno));
	unlink(STATE);
}

/* At the end of an attach that failed, but for a module that does not go. */
static void undo(void)
{
	if (access(MODULE, F_OK))
		restore();
}

static void write_state(const struct hook *asked)
{
	FILE *f = fopen(STATE, "we");

	if (!f)
		die("cannot create " STATE ": %s", strerror(errno));
	fprintf(f, "hook %s\nsite %s\n", asked->name, asked->site);
	if (optimization)
		fprintf(f, "optimization %s\n", optimization);
	if (ferror(f) || fclose(f))
		die("cannot write " STATE);
}

static int attach(const struct hook *hook, char **params, int nr)
{
	const char *all = join(params, nr);
	struct hook asked = hooks_with(hook, all);
	char *site = NULL, *wrong;
	int err;

	if (!access(STATE, F_OK) || !access(MODULE, F_OK))
		die("there is a hook already: %s", access(STATE, F_OK) ?
		    "a procmon is loaded, and not by us" : "detach it first");
	optimization = kfile_read(OPTIMIZATION);
	write_state(&asked);
	if (!hook->variant)
		return 0;
	atexit(undo);
	proof_begin(true);
	err = attach_hook(&asked, modules, all);
	if (err) {
		fprintf(stderr, "hook: %s: %s\n", hook->name, attach_refusal(err));
		return REFUSED;
	}
	wrong = attach_check(&asked, &site) ?: proof_check(&asked);
	if (wrong) {
		detach_hook();
		die("%s: %s", hook->name, wrong);
	}
	write_state(&asked);	/* with the site that it told */
	return 0;
}

static int detach(void)
{
	char *state = kfile_read(STATE), *name, *wrong = NULL;
	bool loaded = !access(MODULE, F_OK);
	const struct hook *hook;
	struct hook asked;

	if (!state && loaded)
		die("a procmon is loaded, and not by us");
	if (!state)
		return 0;
	name = kfile_field(state, "hook");
	hook = name ? hooks_find(name) : NULL;
	if (!hook)
		die(STATE " is not ours: remove it");
	asked = *hook;
	asked.site = kfile_field(state, "site") ?: hook->site;
	optimization = kfile_field(state, "optimization");
	if (hook->variant && loaded) {
		proof_begin(true);
		detach_hook();
		wrong = proof_gone(&asked);
	}
	restore();
	if (hook->variant && !loaded)
		die("%s: somebody else has unloaded the module", name);
	if (wrong)
		die("%s is unloaded, but the lists do not agree: %s", name, wrong);
	return 0;
}

/* Whoever calls us may be interrupted. Then we are done first. */
static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int main(int argc, char **argv)
{
	int first = options_parse(&program, argc, argv);
	const char *command = argv[first];
	const struct hook *hook;

	argv += first + 1;
	argc -= first + 1;
	if (!strcmp(command, "attach")) {
		if (!argc)
			options_wrong(&program, "HOOK is missing");
		hook = hooks_find(argv[0]);
		if (!hook)
			options_wrong(&program, "%s: no such hook", argv[0]);
		if (hook->bpf)
			options_wrong(&program, "%s: no module; run the program bpf", argv[0]);
		for (int i = 1; i < argc; i++) {
			if (!strchr(argv[i], '='))
				options_wrong(&program, "%s: not PARAMETER=VALUE", argv[i]);
		}
		block_signals();
		return attach(hook, argv + 1, argc - 1);
	}
	if (argc)
		options_wrong(&program, "%s: unexpected argument", argv[0]);
	if (!strcmp(command, "detach")) {
		block_signals();
		return detach();
	}
	if (strcmp(command, "list"))
		options_wrong(&program, "%s: no such command", command);
	hooks_each_row(print_row);
	return 0;
}
