// SPDX-License-Identifier: GPL-2.0
/*
 * anatomy: where each instruction goes that a hook adds to an exit, from what the emulator
 * executed (trace/read.h) and from the boot file that the guest wrote meanwhile.
 *
 * No two exits are quite alike, so an exit with a hook is compared with its twin: the exit
 * without hook that differs least from it. What it has more is the hook's. Most exits of a
 * row agree in that, to the instruction; that is the row's anatomy, and its sum must be
 * what the estimator makes of the clock.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <math.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/read.h"
#include "lib/kfile.h"
#include "lib/options.h"
#include "lib/replace.h"
#include "estimate/table.h"
#include "lib/util.h"
#include "trace/read.h"

/* What no symbol has. */
#define PROGRAM "[program]"

/* What the kernel calls the copies of displaced instructions, */
#define COPY "kprobe_insn_page"
/* how the names of the entries of exceptions begin on x86, */
#define EXCEPTION "asm_exc_"
/* and the table that has them all on arm64. */
#define VECTORS "vectors"

/* Behind the name of a function of our module. */
#define OF_OURS " [procmon]"

/* A function where it was called from: the calls are a tree, and its root has no name. */
struct node {
	size_t parent, child, sibling;	/* 0: there is none */
	const char *name;		/* equal names are one string */
};

static struct node *nodes;
static size_t nr_nodes;

/* Instructions of each node that has any, by its number. */
struct profile {
	size_t nr;
	struct share {
		size_t node;
		int64_t n;
	} *shares;
};

/* Exits of one path, with one set of names. */
struct group {
	const struct path *path;
	const struct traced_block *block;	/* the first with such an exit */
	size_t exits;
	struct profile profile;
	const struct group *twin;
	struct profile more;			/* than the twin */
};

struct groups {
	size_t nr;
	struct group *list;
};

/* What is known of an instruction while one block is looked at. */
struct named {
	const char *name;	/* NULL: not looked up yet */
	bool first;		/* of the function */
};

/* One run of the emulator. */
static const struct trace *trace;
static const struct boot *boot;
static struct named *named;
static struct groups base;

static const char *exact_path, *out, *code_path;

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The parts of a function are one: what seldom runs stands elsewhere, as NAME.cold. */
static const char *one_name(const char *name)
{
	static void *all;
	char *copy = strndupa(name, strlen(name));
	char *cold = strstr(copy, ".cold"), **known;

	if (cold)
		*cold = '\0';
	known = tfind(copy, &all, by_text) ?: tsearch(xstrdup(copy), &all, by_text);
	return *known;
}

static const struct named *look_up(const struct traced_block *b, size_t insn)
{
	struct named *n = &named[insn];

	if (!n->name) {
		uint64_t address = trace->insns[insn].address;
		const struct symbol *s = trace_symbol(trace, b, address);

		n->name = one_name(s ? s->name : PROGRAM);
		n->first = s && s->start == address && !strstr(s->name, ".cold");
	}
	return n;
}

static size_t node_below(size_t parent, const char *name)
{
	size_t n = nodes[parent].child;

	while (n && nodes[n].name != name)
		n = nodes[n].sibling;
	if (n)
		return n;
	*APPEND(nodes, nr_nodes) = (struct node){
		.parent = parent, .sibling = nodes[parent].child, .name = name,
	};
	return nodes[parent].child = nr_nodes - 1;
}

static bool is_entry(const char *name)
{
	return !strncmp(name, EXCEPTION, strlen(EXCEPTION)) || !strcmp(name, VECTORS);
}

/* The caller of the innermost exception that we are in; 0 if we are in none. */
static size_t exception_in(size_t n)
{
	while (n && !is_entry(nodes[n].name))
		n = nodes[n].parent;
	return nodes[n].parent;
}

/*
 * Where we are when an instruction is executed that is not of the same function as the one
 * before. The first of a function was called, or jumped to; any other is where a call
 * returns to, if the function is among the callers. But nobody calls the copy of a
 * displaced instruction: it is where an exception returns to. And nobody returns to arm64's
 * table of entries: each is entered in its middle, and left for good.
 */
static size_t next_node(size_t at, const struct named *insn)
{
	size_t n = at;

	if (!strcmp(insn->name, COPY) && exception_in(at))
		return node_below(exception_in(at), insn->name);

	if (!strcmp(insn->name, VECTORS))
		return node_below(at, insn->name);
	while (n && nodes[n].name != insn->name)
		n = nodes[n].parent;
	return n && !insn->first ? n : node_below(at, insn->name);
}

static int by_node(const void *a, const void *b)
{
	const struct share *x = a, *y = b;

	return (x->node > y->node) - (x->node < y->node);
}

/* What is executed at each moment of an exit. */
struct moment {
	size_t node, insn;
};

/* Return one for each instruction of the path, until the next call. */
static const struct moment *walk(const struct traced_block *b, const struct path *path)
{
	static struct moment *moments;
	size_t at = 0, nr = 0;

	moments = xrealloc(moments, path->executed, sizeof(*moments));
	for (size_t r = 0; r < path->nr_runs; r++) {
		const struct run *run = &path->runs[r];

		for (uint64_t i = 0; i < (uint64_t)run->n * run->times; i++) {
			size_t insn = run->first + i % run->n;
			const struct named *n = look_up(b, insn);

			if (nodes[at].name != n->name)
				at = next_node(at, n);
			moments[nr++] = (struct moment){ at, insn };
		}
	}
	return moments;
}

static struct profile profile_of(const struct traced_block *b, const struct path *path)
{
	static int64_t *counts;
	static size_t room;
	const struct moment *moments = walk(b, path);
	struct profile p = { 0 };

	while (room < nr_nodes)
		*APPEND(counts, room) = 0;
	for (size_t i = 0; i < path->executed; i++) {
		size_t node = moments[i].node;

		if (!counts[node]++)
			*APPEND(p.shares, p.nr) = (struct share){ .node = node };
	}
	qsort(p.shares, p.nr, sizeof(*p.shares), by_node);
	for (size_t i = 0; i < p.nr; i++) {
		p.shares[i].n = counts[p.shares[i].node];
		counts[p.shares[i].node] = 0;
	}
	return p;
}

/* What @a has more than @b, less where it has less; without @more only how much both ways. */
static uint64_t compare(const struct profile *a, const struct profile *b, struct profile *more)
{
	uint64_t distance = 0;
	size_t i = 0, k = 0;

	while (i < a->nr || k < b->nr) {
		const struct share *x = i < a->nr ? &a->shares[i] : NULL;
		const struct share *y = k < b->nr ? &b->shares[k] : NULL;
		struct share d;

		if (x && y && x->node == y->node)
			d = (struct share){ x->node, x->n - y->n };
		else if (!y || (x && x->node < y->node))
			d = *x;
		else
			d = (struct share){ y->node, -y->n };
		i += x && x->node == d.node;
		k += y && y->node == d.node;
		distance += (uint64_t)llabs(d.n);
		if (d.n && more)
			*APPEND(more->shares, more->nr) = d;
	}
	return distance;
}

static void find_twin(struct group *g)
{
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < base.nr; i++) {
		uint64_t distance = compare(&g->profile, &base.list[i].profile, NULL);

		if (distance >= least)
			continue;
		least = distance;
		g->twin = &base.list[i];
	}
	compare(&g->profile, &g->twin->profile, &g->more);
}

static bool is_same(const struct profile *a, const struct profile *b)
{
	return !compare(a, b, NULL);
}

static void add_exit(struct groups *all, const struct traced_block *b, uint32_t number)
{
	const struct path *path = &trace->paths[number];
	struct group *g = NULL;

	for (size_t i = 0; i < all->nr && !g; i++)
		if (all->list[i].path == path && all->list[i].block == b)
			g = &all->list[i];
	if (!g) {
		g = APPEND(all->list, all->nr);
		*g = (struct group){ .path = path, .block = b, .profile = profile_of(b, path) };
	}
	g->exits++;
}

static void begin_block(void)
{
	memset(named, 0, trace->nr_insns * sizeof(*named));
}

/* Those of the rows @a and @b of the boot file; @b may be NULL. */
static struct groups group_exits(const struct row *a, const struct row *b)
{
	struct groups all = { 0 };

	for (size_t i = 0; i < trace->nr_blocks; i++) {
		const struct traced_block *block = &trace->blocks[i];

		if (strcmp(block->id, a->id) && (!b || strcmp(block->id, b->id)))
			continue;
		begin_block();
		for (size_t e = 0; e < block->nr; e++)
			add_exit(&all, block, block->exits[e]);
	}
	return all;
}

/* Memory that the hook touches and the rest of the exit does not. */
struct touched {
	size_t lines, pages;
};

/* What most exits of a row agree in. */
struct anatomy {
	const struct group *example;
	size_t exits, all;	/* those that agree, and all of the row */
	int64_t sum;
	struct touched code, data;
};

/* A line of memory, and whether it is the hook that touches it. */
struct touch {
	uint64_t piece;
	bool own;
};

static int by_piece(const void *a, const void *b)
{
	const struct touch *x = a, *y = b;

	return (x->piece > y->piece) - (x->piece < y->piece);
}

static size_t count_own(struct touch *touches, size_t nr)
{
	size_t n = 0, i, next;

	qsort(touches, nr, sizeof(*touches), by_piece);
	for (i = 0; i < nr; i = next) {
		bool own = true;

		for (next = i; next < nr && touches[next].piece == touches[i].piece; next++)
			own &= touches[next].own;
		n += own;
	}
	return n;
}

/* The lines become pages. */
static struct touched count_touched(struct touch *touches, size_t nr)
{
	struct touched t = { .lines = count_own(touches, nr) };

	for (size_t i = 0; i < nr; i++)
		touches[i].piece /= TRACE_PAGE / TRACE_LINE;
	t.pages = count_own(touches, nr);
	return t;
}

/* Return for each moment whether it is the hook's: the twin has none like it. */
static bool *find_own(const struct group *g, const struct moment *moments)
{
	bool *own = xcalloc(g->path->executed, sizeof(*own));
	bool *insns = xcalloc(trace->nr_insns, sizeof(*insns));
	bool *called = xcalloc(nr_nodes, sizeof(*called));

	for (size_t r = 0; r < g->twin->path->nr_runs; r++)
		for (size_t i = 0; i < g->twin->path->runs[r].n; i++)
			insns[g->twin->path->runs[r].first + i] = true;
	for (size_t i = 0; i < g->twin->profile.nr; i++)
		called[g->twin->profile.shares[i].node] = true;
	for (size_t i = 0; i < g->path->executed; i++)
		own[i] = !called[moments[i].node] || !insns[moments[i].insn];
	free(insns);
	free(called);
	return own;
}

static void touch(struct anatomy *a)
{
	const struct path *path = a->example->path;
	const struct moment *moments;
	struct touch *code = NULL, *data;
	size_t nr_code = 0;
	bool *own;

	begin_block();
	moments = walk(a->example->block, path);
	own = find_own(a->example, moments);
	for (size_t i = 0; i < path->executed; i++) {
		const struct insn *insn = &trace->insns[moments[i].insn];
		uint64_t last = (insn->address + insn->size - 1) / TRACE_LINE;

		for (uint64_t line = insn->address / TRACE_LINE; line <= last; line++)
			*APPEND(code, nr_code) = (struct touch){ line, own[i] };
	}
	data = xcalloc(path->nr_accesses, sizeof(*data));
	for (size_t i = 0; i < path->nr_accesses; i++)
		data[i] = (struct touch){ path->accesses[i].line, own[path->accesses[i].when] };
	a->code = count_touched(code, nr_code);
	a->data = count_touched(data, path->nr_accesses);
	free(code);
	free(data);
	free(own);
}

/* The example is the most frequent path, so that its data was written down. */
static struct anatomy anatomy_of(const struct groups *groups)
{
	struct anatomy a = { 0 };

	for (size_t i = 0; i < groups->nr; i++) {
		const struct group *g = &groups->list[i];
		size_t exits = 0;

		for (size_t k = 0; k < groups->nr; k++)
			if (is_same(&g->more, &groups->list[k].more))
				exits += groups->list[k].exits;
		if (exits > a.exits || (exits == a.exits && g->exits > a.example->exits)) {
			a.example = g;
			a.exits = exits;
		}
		a.all += g->exits;
	}
	for (size_t i = 0; i < a.example->more.nr; i++)
		a.sum += a.example->more.shares[i].n;
	touch(&a);
	return a;
}

/* The line of exact.tsv that is about the row; the number of lines if none is. */
static size_t find_exact(const struct table *exact, const struct row *row)
{
	size_t i = 0;

	while (i < exact->nr && (!table_is(exact, i, "kernel", boot_env(boot, "kernel")) ||
				 !table_is(exact, i, "hook", row->hook) ||
				 !table_is(exact, i, "output", row->output)))
		i++;
	return i;
}

/* "ok", or why the two methods do not agree; to be freed. */
static char *check_sum(const struct table *exact, const struct row *row, int64_t sum)
{
	size_t i = find_exact(exact, row);
	const char *lo, *hi;
	char *own, *wrong;

	if (i == exact->nr)
		return xstrdup("not measured by the clock");
	lo = table_cell(exact, i, "lo");
	hi = table_cell(exact, i, "hi");
	if (!table_is(exact, i, "gate", "ok"))
		return xasprintf("by the clock no exact figure but %s to %s", lo, hi);
	own = xasprintf("%" PRId64, sum);
	wrong = strcmp(own, lo) ? xasprintf("by the clock %s", lo) : xstrdup("ok");
	free(own);
	return wrong;
}

static size_t depth_of(size_t node)
{
	size_t depth = 0;

	for (; node; node = nodes[node].parent)
		depth++;
	return depth;
}

/* The innermost function that calls all that the profile has. */
static size_t root_of(const struct profile *p)
{
	size_t root = p->nr ? p->shares[0].node : 0;

	for (size_t i = 1; i < p->nr; i++) {
		size_t n = p->shares[i].node;

		while (n != root) {
			if (depth_of(n) > depth_of(root))
				n = nodes[n].parent;
			else
				root = nodes[root].parent;
		}
	}
	return root;
}

/* "OUTER;INNER", from @root on. */
static void add_stack(struct text *t, size_t node, size_t root)
{
	if (node != root) {
		add_stack(t, nodes[node].parent, root);
		text_add(t, ";");
	}
	text_add(t, "%s", nodes[node].name);
}

static void add_names(struct text *t, const struct row *row)
{
	text_add(t, "%s\t%s\t%s\t", boot_env(boot, "kernel"), row->hook, row->output);
}

static struct text functions, sums, code;

static bool is_ours(const char *name)
{
	size_t len = strlen(name), end = strlen(OF_OURS);

	return len > end && !strcmp(name + len - end, OF_OURS);
}

/* The instructions of the module that the example executed, in their order, and how often. */
static void add_code(const struct row *row, const struct group *example)
{
	const struct traced_block *b = example->block;
	size_t *times = xcalloc(trace->nr_insns, sizeof(*times));
	const struct moment *moments;

	begin_block();
	moments = walk(b, example->path);
	for (size_t i = 0; i < example->path->executed; i++)
		times[moments[i].insn]++;
	for (size_t i = 0; i < example->path->executed; i++) {
		size_t insn = moments[i].insn;
		const struct symbol *s;

		if (!times[insn] || !is_ours(nodes[moments[i].node].name))
			continue;
		s = trace_symbol(trace, b, trace->insns[insn].address);
		add_names(&code, row);
		text_add(&code, "%.*s\t%" PRIu64 "\t%zu\n",
			 (int)(strlen(s->name) - strlen(OF_OURS)), s->name,
			 trace->insns[insn].address - s->start, times[insn]);
		times[insn] = 0;
	}
	free(times);
}

static void add_anatomy(const struct table *exact, const struct row *row,
			const struct anatomy *a)
{
	const struct profile *more = &a->example->more;
	size_t root = root_of(more);
	char *gate = check_sum(exact, row, a->sum);

	for (size_t i = 0; i < more->nr; i++) {
		const struct share *s = &more->shares[i];

		add_names(&functions, row);
		text_add(&functions, "%s\t%" PRId64 "\t", nodes[s->node].name, s->n);
		add_stack(&functions, s->node, root);
		text_add(&functions, "\n");
	}
	add_names(&sums, row);
	text_add(&sums, "%" PRId64 "\t%s\t%zu\t%zu\t%zu\t%zu\t%zu\t%zu\n", a->sum, gate,
		 a->exits, a->all, a->code.lines, a->code.pages, a->data.lines, a->data.pages);
	free(gate);
}

/*
 * The clock's ticks of each exit are what the emulator executed, but for the instructions
 * between the marks and the readings of the clock, always the same ones. Or the two files
 * are not of the same run.
 */
static void check_ticks(void)
{
	int64_t between = INT64_MAX;

	for (size_t r = 0; r < boot->nr_rows; r++) {
		const struct row *row = &boot->rows[r];
		size_t i = 0;

		for (size_t k = 0; k < trace->nr_blocks; k++) {
			const struct traced_block *traced = &trace->blocks[k];
			const struct block *timed = &row->blocks[i];

			if (strcmp(traced->id, row->id))
				continue;
			if (i++ == row->nr_blocks || traced->nr != timed->n)
				die("%s: other blocks of %s than in %s", trace->name, row->id,
				    boot->name);
			for (size_t e = 0; e < timed->n; e++) {
				const struct path *path = &trace->paths[traced->exits[e]];
				int64_t d = (int64_t)path->executed - timed->ticks[e];

				if (between == INT64_MAX)
					between = d;
				if (d != between)
					die("%s: %s, block %zu, exit %zu: %" PRId64
					    " instructions beside the %" PRId64 " of %s, and %"
					    PRId64 " before", trace->name, row->id, i, e + 1,
					    d, timed->ticks[e], boot->name, between);
			}
		}
		if (i != row->nr_blocks)
			die("%s: less blocks of %s than in %s", trace->name, row->id, boot->name);
	}
}

static void add_run(const char *trace_path, const char *boot_path, const struct table *exact)
{
	trace = trace_must_read(trace_path);
	boot = boot_must_read(boot_path);
	check_ticks();
	named = xcalloc(trace->nr_insns, sizeof(*named));
	base = group_exits(&boot->rows[boot->base],
			   boot->control < 0 ? NULL : &boot->rows[boot->control]);
	for (size_t r = 0; r < boot->nr_rows; r++) {
		const struct row *row = &boot->rows[r];
		struct groups groups;
		struct anatomy a;

		if (row->skip || (int)r == boot->base || (int)r == boot->control)
			continue;
		groups = group_exits(row, NULL);
		for (size_t i = 0; i < groups.nr; i++)
			find_twin(&groups.list[i]);
		a = anatomy_of(&groups);
		add_anatomy(exact, row, &a);
		if (code_path)
			add_code(row, a.example);
	}
	free(named);
}

static const struct option_entry options[] = {
	OPTIONS_TEXT("exact", 0, "FILE", &exact_path, "exact.tsv: what the clock says"),
	OPTIONS_TEXT("out", 'o', "DIR", &out,
		     "where to write; the files are replaced when all is done, or none is"),
	OPTIONS_TEXT("code", 0, "FILE", &code_path,
		     "list the module's instructions, too, by function and offset"),
	{ 0 }
};

static const struct program program = {
	.name = "anatomy",
	.usage = "--exact FILE --out DIR (TRACE BOOT)...",
	.about =
"Say where each instruction goes that a hook adds to one exit, and write anatomy.tsv and\n"
"anatomy-functions.tsv. TRACE is what the plugin of the emulator wrote (format:\n"
"trace/read.h), BOOT the boot file that measure --traced wrote meanwhile.",
	.options = options,
	.more =
"Exit status: 0 done, 1 a file was refused or could not be written, 2 wrong usage.",
	.args = "a trace",
	.min_args = 2,
};

int main(int argc, char **argv)
{
	int first = options_parse(&program, argc, argv);
	struct table exact;

	if (!exact_path || !out)
		options_wrong(&program, "--%s is missing", exact_path ? "out DIR" : "exact FILE");
	if ((argc - first) % 2)
		options_wrong(&program, "a trace without its boot file");
	table_parse(&exact, "exact.tsv", must_read(exact_path),
		    "kernel,hook,output,lo=#,hi=#,gate");
	text_add(&sums, "kernel\thook\toutput\tinstructions\tgate\texits\tof\tcode_lines\t"
		 "code_pages\tdata_lines\tdata_pages\n");
	text_add(&functions, "kernel\thook\toutput\tfunction\tinstructions\tstack\n");
	text_add(&code, "kernel\thook\toutput\tfunction\toffset\tinstructions\n");
	GROW(nodes, nr_nodes);
	nodes[nr_nodes++] = (struct node){ .name = "" };
	for (int i = first; i < argc; i += 2)
		add_run(argv[i], argv[i + 1], &exact);
	replace_write(xasprintf("%s/anatomy.tsv", out), &sums);
	replace_write(xasprintf("%s/anatomy-functions.tsv", out), &functions);
	if (code_path)
		replace_write(code_path, &code);
	replace_all();
	return 0;
}
