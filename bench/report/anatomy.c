// SPDX-License-Identifier: GPL-2.0
/* Where each instruction goes that a hook adds: tables of functions, and of memory. */
#include <stdlib.h>
#include <string.h>

#include "report/fill.h"
#include "report/md.h"

/* So many functions are told by name. */
#define TOLD 14

/* What is not told by its name. */
static const struct {
	const char *name, *what;
} known[] = {
	{ "ftrace_trampoline", "made for the hook: saves the registers, calls, restores them" },
	{ "kprobe_insn_page", "the copy of the displaced instruction, and a breakpoint behind it" },
	{ "kprobe_optinsn_page",
	  "made for the probe: saves the registers, calls, restores them, runs a copy of what "
	  "was displaced and jumps back" },
	{ "__x86_indirect_thunk_rax", "a call through a pointer, as a retpoline" },
	{ "asm_exc_int3", "the entry of the exception" },
	{ "error_entry", "of the entry: saves the registers" },
	{ "restore_regs_and_return_to_kernel", "of the return: restores them" },
	{ "el1h_64_sync", "the entry of the exception: saves the registers" },
	{ "ret_to_kernel", "the return from it: restores them" },
	{ "call_break_hook", "finds whose breakpoint it is, by its number" },
	{ "call_el1_break_hook", "whose breakpoint it is, by its number" },
	{ "ftrace_caller", "saves the registers for the call" },
	{ "arch_ftrace_ops_list_func", "looks up which hooks want this function" },
	{ "arch_rethook_trampoline", "where the function returns to instead of to its caller" },
	{ "return_to_handler", "where the function returns to instead of to its caller" },
	{ "memset_orig", "clears the memory that was allocated, by 64 bytes" },
	{ "ftrace_graph_init_task", "gives each new task a stack of return addresses" },
	{ "ftrace_graph_probe_sched_switch", "at each switch from task to task" },
	/* of variants/, inlined into one another, in the order of an exit */
	{ "on_sched_process_exit",
	  "called by the tracepoint: fetch what the task gave do\\_exit" },
	{ "procmon_exit", "count it, and see whether anybody wants more" },
	{ "procmon_deliver", "see which way is to be taken: unit, filters, outputs" },
	{ "procmon_last", "hand on whether it was the last thread" },
	{ "write_record", "find the place in this CPU's buffer, and that there is room" },
	{ "identify", "version, size, ids, user, flags, name" },
	{ "copy_ids", "of them the ids of thread and process" },
	{ "status_of", "how the process ended" },
	{ "measure_thread", "CPU time and page faults" },
	{ "relate", "start, parent, cgroup" },
	{ "procmon_counter", "read the CPU's counter" },
	{ "procmon_ring_put", "number it, and tell the reader that it is there" },
};

/* Is it a line about this hook with this output? */
static bool is_about(const struct table *t, size_t line, const char *hook, const char *output)
{
	return table_is(t, line, "hook", hook) && table_is(t, line, "output", output);
}

/* A function, and its instructions on each kernel. */
struct function {
	const char *name;
	long *n, most;
};

static int by_most(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	if (x->most != y->most)
		return x->most > y->most ? -1 : 1;
	return strcmp(x->name, y->name);
}

static size_t kernel_number(const struct report *r, const char *kernel)
{
	size_t i = 0;

	while (r->kernels[i] && strcmp(r->kernels[i], kernel))
		i++;
	return i;
}

/* Those that a table tells of a hook with an output, in its order. */
static struct function *functions_of(const struct report *r, const struct table *all,
				     const char *hook, const char *output, size_t *nr)
{
	size_t kernels = kernel_number(r, "");
	struct function *list = NULL;

	*nr = 0;
	for (size_t i = 0; i < all->nr; i++) {
		const char *name = table_cell(all, i, "function");
		size_t kernel = kernel_number(r, table_cell(all, i, "kernel")), f = 0;
		long n;

		if (!is_about(all, i, hook, output) || kernel == kernels)
			continue;
		while (f < *nr && strcmp(list[f].name, name))
			f++;
		if (f == *nr)
			*APPEND(list, *nr) = (struct function){
				name, xcalloc(kernels, sizeof(*list->n)), 0,
			};
		n = list[f].n[kernel] += (long)table_number(all, i, "instructions");
		list[f].most = n > list[f].most ? n : list[f].most;
	}
	return list;
}

static void free_functions(struct function *list, size_t nr)
{
	for (size_t f = 0; f < nr; f++)
		free(list[f].n);
	free(list);
}

/* The line of ANATOMY; the number of lines if there is none. */
static size_t find_sum(const struct report *r, const char *kernel, const char *hook,
		       const char *output)
{
	const struct table *all = &r->tables[ANATOMY];
	size_t i = 0;

	while (i < all->nr && (!table_is(all, i, "kernel", kernel) ||
			       !is_about(all, i, hook, output)))
		i++;
	return i;
}

/* In bold if the clock says the same. */
static const char *sum_of(const struct report *r, const char *kernel, const char *hook,
			  const char *output)
{
	const struct table *all = &r->tables[ANATOMY];
	size_t i = find_sum(r, kernel, hook, output);

	if (i == all->nr)
		return "";
	return md_text(table_is(all, i, "gate", "ok") ? "**%s**" : "%s, not proved",
		       table_cell(all, i, "instructions"));
}

static const char *what_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(known[i].name, name))
			return known[i].what;
	return strstr(name, "[procmon]") ? "ours" : "";
}

static void add_hook(struct text *t, const struct report *r, const char *hook)
{
	struct md_table m = { 0 };
	size_t nr, told;
	struct function *list = functions_of(r, &r->tables[ANATOMY_FUNCTIONS], hook, "count", &nr);

	qsort(list, nr, sizeof(*list), by_most);
	/* One alone need not be called the others. */
	told = nr > TOLD + 1 ? TOLD : nr;
	for (size_t f = 0; f < told; f++) {
		md_row(&m);
		md_left(&m, "function", md_plain(list[f].name));
		for_each_kernel(k, r) {
			long n = list[f].n[k - r->kernels];

			md_right(&m, *k, n ? md_text("%ld", n) : "");
		}
		md_left(&m, "what it is", what_of(list[f].name));
	}
	if (told < nr) {
		md_row(&m);
		md_left(&m, "", md_text("%zu others", nr - told));
		for_each_kernel(k, r) {
			long n = 0;

			for (size_t f = told; f < nr; f++)
				n += list[f].n[k - r->kernels];
			md_right(&m, "", md_text("%ld", n));
		}
		md_left(&m, "", "");
	}
	if (nr) {
		md_row(&m);
		md_left(&m, "", "all");
		for_each_kernel(k, r)
			md_right(&m, "", sum_of(r, *k, hook, "count"));
		md_left(&m, "", "");
	}
	md_end(t, &m);
	free_functions(list, nr);
}

static void fill_fprobe_exit(struct text *t, const struct report *r)
{
	add_hook(t, r, "fprobe exit");
}

static void fill_kprobe_ftrace(struct text *t, const struct report *r)
{
	add_hook(t, r, "kprobe ftrace");
}

static void fill_int3(struct text *t, const struct report *r)
{
	add_hook(t, r, "kprobe int3");
}

static void fill_brk(struct text *t, const struct report *r)
{
	add_hook(t, r, "kprobe brk");
}

static void fill_ftrace(struct text *t, const struct report *r)
{
	add_hook(t, r, "ftrace");
}

/* What of the price of fprobe's exit handler is paid where tasks are made. */
static void fill_fork(struct text *t, const struct report *r)
{
	const struct table *all = &r->tables[ANATOMY_FUNCTIONS];

	for_each_kernel(k, r) {
		long n = 0;

		for (size_t i = 0; i < all->nr; i++)
			if (table_is(all, i, "kernel", *k) && is_about(all, i, "fprobe exit", "count") &&
			    strstr(table_cell(all, i, "stack"), "copy_process;"))
				n += (long)table_number(all, i, "instructions");
		if (n)
			text_add(t, "%s%ld instructions on %s", t->len ? ", " : "", n, *k);
	}
}

/* How the module's instructions are made from its source, and what of the price is none. */
static void fill_source(struct text *t, const struct report *r)
{
	static const char hook[] = "tracepoint", output[] = "stream";
	struct md_table m = { 0 };
	size_t nr, nr_all;
	struct function *own = functions_of(r, &r->tables[ANATOMY_SOURCE], hook, output, &nr);
	struct function *all = functions_of(r, &r->tables[ANATOMY_FUNCTIONS], hook, output, &nr_all);

	for (size_t f = 0; f < nr; f++) {
		md_row(&m);
		md_left(&m, "function", md_plain(own[f].name));
		md_left(&m, "what it does", what_of(own[f].name));
		for_each_kernel(k, r)
			md_right(&m, *k, md_text("%ld", own[f].n[k - r->kernels]));
	}
	if (nr) {
		md_row(&m);
		md_left(&m, "", "the kernel");
		md_left(&m, "", "call the tracepoint's listener");
		for_each_kernel(k, r) {
			long n = 0;

			for (size_t f = 0; f < nr_all; f++)
				if (!strstr(all[f].name, "[procmon]"))
					n += all[f].n[k - r->kernels];
			md_right(&m, "", md_text("%ld", n));
		}
		md_row(&m);
		md_left(&m, "", "all");
		md_left(&m, "", "");
		for_each_kernel(k, r)
			md_right(&m, "", sum_of(r, *k, hook, output));
	}
	md_end(t, &m);
	free_functions(own, nr);
	free_functions(all, nr_all);
}

/* Lines and, in brackets, pages. */
static void add_touched(struct md_table *m, const struct report *r, const char *kernel,
			const char *hook, const char *output, const char *what)
{
	const struct table *all = &r->tables[ANATOMY];
	size_t i = find_sum(r, kernel, hook, output);
	const char *cell = "";

	if (i < all->nr)
		cell = md_text("%s (%s)", table_cell(all, i, md_text("%s_lines", what)),
			       table_cell(all, i, md_text("%s_pages", what)));
	md_right(m, md_text("%s: %s, %s", kernel, output, what), cell);
}

static void fill_touched(struct text *t, const struct report *r)
{
	const struct table *all = &r->tables[ANATOMY];
	struct md_table m = { 0 };

	for (size_t i = 0; i < all->nr; i++) {
		const char *hook = table_cell(all, i, "hook");

		if (!table_first(all, i, "hook"))
			continue;
		md_row(&m);
		md_left(&m, "hook", md_plain(hook));
		for_each_kernel(k, r) {
			add_touched(&m, r, *k, hook, "count", "code");
			add_touched(&m, r, *k, hook, "count", "data");
			add_touched(&m, r, *k, hook, "stream", "code");
			add_touched(&m, r, *k, hook, "stream", "data");
		}
	}
	md_end(t, &m);
}

/* How many sums are what the clock says, and the others. */
static void fill_proved(struct text *t, const struct report *r)
{
	const struct table *all = &r->tables[ANATOMY];
	struct text others = { 0 };
	size_t proved = 0;

	for (size_t i = 0; i < all->nr; i++) {
		if (table_is(all, i, "gate", "ok"))
			proved++;
		else
			text_add(&others, "; %s, %s, on %s is not proved: it adds up to %s, %s",
				 md_plain(table_cell(all, i, "hook")),
				 table_cell(all, i, "output"), table_cell(all, i, "kernel"),
				 table_cell(all, i, "instructions"),
				 md_plain(table_cell(all, i, "gate")));
	}
	if (all->nr && r->tables[ANATOMY_FUNCTIONS].nr)
		text_add(t, "%zu of %zu%s", proved, all->nr, others.s ?: "");
	text_free(&others);
}

const struct place anatomy_places[] = {
	{ "anatomy fprobe exit", fill_fprobe_exit },
	{ "anatomy kprobe ftrace", fill_kprobe_ftrace },
	{ "anatomy kprobe int3", fill_int3 },
	{ "anatomy kprobe brk", fill_brk },
	{ "anatomy ftrace", fill_ftrace },
	{ "anatomy fork", fill_fork },
	{ "anatomy source", fill_source },
	{ "anatomy touched", fill_touched },
	{ "anatomy proved", fill_proved },
	{ 0 },
};
