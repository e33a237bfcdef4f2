// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of QEMU: writes down what the emulator executes between two marks of the
 * program measure (trace/marks.h), as a trace file (trace/read.h).
 *
 *   qemu-system-x86_64 -plugin PATH/trace.so,out=FILE ...
 *
 * It is asleep until the first mark, so that the guest boots as fast as without it. The
 * guest cannot tell that it is there: time is counted in instructions of its own.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "trace/marks.h"
#include "trace/qemu.h"
#include "trace/read.h"

/* The version that we speak; the emulator refuses one that it does not. */
int qemu_plugin_version;

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc,
			char **argv);

static FILE *out;

/* All instructions that were translated, by their number. */
static struct insn *insns;
static size_t nr_insns, nr_written;

/* The exit that we are in: its runs, and the one that goes on. */
static bool inside;
static struct run *runs, now;
static size_t nr_runs;
static uint32_t executed;

/* Its accesses to memory: to which line, and how many instructions were executed before. */
static struct access *accesses;
static size_t nr_accesses;

/* Numbers by their keys, which are not 0. It is twice as large as what is in it. */
struct map {
	struct member {
		uint64_t key;
		size_t value;
	} *members;
	size_t room, nr;
};

static struct map known_insns, known_paths;

/* How often each path was taken, by its number. */
static size_t *taken;
static size_t nr_paths;

/* Where the key is, or would be. */
static struct member *find(const struct map *map, uint64_t key)
{
	uint64_t hash = key * 0x9e3779b97f4a7c15;
	size_t i = (hash ^ hash >> 32) & (map->room - 1);

	while (map->members[i].key && map->members[i].key != key)
		i = (i + 1) & (map->room - 1);
	return &map->members[i];
}

/* What the key stands for: @value if it is new. */
static size_t look_up(struct map *map, uint64_t key, size_t value)
{
	struct member *m;

	if (map->nr * 2 >= map->room) {
		struct map old = *map;

		map->room = old.room ? old.room * 2 : 1024;
		map->members = xcalloc(map->room, sizeof(*map->members));
		for (size_t i = 0; i < old.room; i++)
			if (old.members[i].key)
				*find(map, old.members[i].key) = old.members[i];
		free(old.members);
	}
	m = find(map, key);
	if (!m->key) {
		*m = (struct member){ key, value };
		map->nr++;
	}
	return m->value;
}

static void start_exit(void)
{
	inside = true;
	nr_runs = 0;
	executed = 0;
	now = (struct run){ 0 };
	nr_accesses = 0;
}

/* A loop is one run, often. */
static void end_run(void)
{
	struct run *last = nr_runs ? &runs[nr_runs - 1] : NULL;

	if (last && last->first == now.first && last->n == now.n)
		last->times++;
	else if (now.n)
		*APPEND(runs, nr_runs) = now;
}

/* A path is known by a hash of it. */
static uint64_t hash_runs(void)
{
	uint64_t hash = executed;

	for (size_t i = 0; i < nr_runs; i++) {
		hash = (hash ^ runs[i].first) * 0x100000001b3;
		hash = (hash ^ runs[i].n) * 0x100000001b3;
		hash = (hash ^ runs[i].times) * 0x100000001b3;
		hash ^= hash >> 29;
	}
	return hash;
}

static void write_path(void)
{
	for (; nr_written < nr_insns; nr_written++)
		fprintf(out, "insn\t%" PRIx64 "\t%" PRIu32 "\n", insns[nr_written].address,
			insns[nr_written].size);
	fputs("path\t", out);
	for (size_t i = 0; i < nr_runs; i++) {
		fprintf(out, "%s%" PRIu32 "+%" PRIu32, i ? " " : "", runs[i].first, runs[i].n);
		if (runs[i].times > 1)
			fprintf(out, "*%" PRIu32, runs[i].times);
	}
	fputc('\n', out);
}

static int by_line(const void *a, const void *b)
{
	const struct access *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->when > y->when) - (x->when < y->when);
}

static void write_data(void)
{
	const struct access *last = NULL;

	qsort(accesses, nr_accesses, sizeof(*accesses), by_line);
	fputs("data\t", out);
	for (size_t i = 0; i < nr_accesses; i++) {
		const struct access *a = &accesses[i];

		if (!last || last->line != a->line)
			fprintf(out, "%s%" PRIx64 ":%" PRIu32, last ? " " : "", a->line, a->when);
		else if (last->when != a->when)
			fprintf(out, ",%" PRIu32, a->when - last->when);
		last = a;
	}
	fputc('\n', out);
}

/* Of a path that is taken once, and hardly again, nobody wants to know that much. */
static void end_exit(void)
{
	size_t path;

	inside = false;
	end_run();
	path = look_up(&known_paths, hash_runs(), nr_paths);
	if (path == nr_paths) {
		*APPEND(taken, nr_paths) = 0;
		write_path();
	}
	fprintf(out, "exit\t%zu\n", path);
	if (++taken[path] == 2)
		write_data();
}

static void take_mark(size_t number)
{
	if (number == MARK_START)
		start_exit();
	else if (number == MARK_END && inside)
		end_exit();
	else if (number >= MARK_TEXT)
		fputc((int)(number - MARK_TEXT), out);
}

/* Called before the instruction is executed. */
static void on_instruction(unsigned int cpu, void *data)
{
	uint32_t number = (uint32_t)(uintptr_t)data;

	(void)cpu;
	if (!inside)
		return;
	executed++;
	if (now.n && now.first + now.n == number) {
		now.n++;
		return;
	}
	end_run();
	now = (struct run){ number, 1, 1 };
}

/* Called after it. */
static void on_access(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
	uint64_t last = address + (1u << qemu_plugin_mem_size_shift(info)) - 1;

	(void)cpu;
	(void)data;
	if (address - MARKS_AT < MARK_NR) {
		take_mark(address - MARKS_AT);
		return;
	}
	if (!inside)
		return;
	for (uint64_t line = address / TRACE_LINE; line <= last / TRACE_LINE; line++)
		*APPEND(accesses, nr_accesses) = (struct access){ line, executed - 1 };
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		struct insn this = { qemu_plugin_insn_vaddr(insn),
				     (uint32_t)qemu_plugin_insn_size(insn) };
		size_t number;

		/* Code changes, and then an instruction of another size may be there. */
		number = look_up(&known_insns, this.address * 16 + this.size, nr_insns);
		if (number == nr_insns)
			*APPEND(insns, nr_insns) = this;
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_instruction,
						       QEMU_PLUGIN_CB_NO_REGS,
						       (void *)(uintptr_t)number);
		qemu_plugin_register_vcpu_mem_cb(insn, on_access, QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW, NULL);
	}
}

static void on_end(qemu_plugin_id_t id, void *data)
{
	(void)id;
	(void)data;
	fputs("end\n", out);
	/* A file without its end is refused by who reads it. */
	if (ferror(out) || fclose(out))
		fprintf(stderr, "trace.so: cannot write the trace: %s\n", strerror(errno));
}

static void wake_up(qemu_plugin_id_t id)
{
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	qemu_plugin_register_atexit_cb(id, on_end, NULL);
}

static qemu_plugin_id_t self;

static void on_first_mark(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t address,
			  void *data)
{
	(void)cpu;
	(void)info;
	(void)data;
	if (address == MARKS_AT + MARK_READY)
		qemu_plugin_reset(self, wake_up);
}

/* Until then: stores of programs only. */
static void on_early_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		if (!(qemu_plugin_insn_vaddr(insn) >> 63))
			qemu_plugin_register_vcpu_mem_cb(insn, on_first_mark,
							 QEMU_PLUGIN_CB_NO_REGS,
							 QEMU_PLUGIN_MEM_W, NULL);
	}
}

/*
 * Version 2 changed nothing that we use, but QEMU 9 and later refuse version 1, and QEMU 7
 * and 8 refuse version 2. This is a function of the one and not of the other.
 */
static __attribute__((constructor)) void choose_version(void)
{
	qemu_plugin_version = dlsym(RTLD_DEFAULT, "qemu_plugin_scoreboard_new") ? 2 : 1;
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc,
			char **argv)
{
	const char *path = argc == 1 && !strncmp(argv[0], "out=", 4) ? argv[0] + 4 : NULL;

	(void)info;
	self = id;
	out = path ? fopen(path, "we") : NULL;
	if (!out) {
		fprintf(stderr, "trace.so: out=FILE: %s\n",
			path ? strerror(errno) : "missing, or there is something else");
		return 1;
	}
	setvbuf(out, NULL, _IOFBF, 1 << 20);
	fputs(TRACE_MAGIC "\n", out);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_early_translation);
	return 0;
}
