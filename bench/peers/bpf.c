// SPDX-License-Identifier: GPL-2.0
/*
 * bpf: every exit by a BPF program, as well as that can be done: the opponent of
 * procmon's modules. The program is bpf/exit.bpf.c, compiled into this one.
 *
 * Records go the same way as in procmon, by the code of the room reader.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lib/options.h"
#include "lib/util.h"
#include "peers/bpf/exit.h"
#include "reader/balance.h"
#include "reader/intake.h"
#include "reader/output.h"
#include "reader/show.h"

/* Without wake-ups the reader looks so often, as procmon's does. */
#define PERIOD_NS	100000000

#define NS_PER_S	1000000000

/* Of the kernel's ring buffer: records that are copied out at once. */
#define STAGED		512

enum site { TRACEPOINT, ACCT_COLLECT, ACCT_PROCESS, DO_EXIT };
enum unit { TASK, PROCESS };
enum output { COUNT, RING, RINGBUF };

static const char *const sites[] = {
	"tracepoint", "acct_collect", "acct_process", "do_exit", NULL
};
static const char *const units[] = { "task", "process", NULL };
static const char *const outputs[] = { "count", "ring", "ringbuf", NULL };

static struct {
	enum site site;
	enum unit unit;
	enum output output;
	bool no_wakeup;
	bool json;
	bool controlled;
	const char *raw;
} opt = { .output = RING };

static const struct option_entry options[] = {
	OPTIONS_CHOICE("site", 0, "SITE", &opt.site, sites,
		       "where the program is attached: tracepoint\n"
		       "(sched_process_exit; default), acct_collect,\n"
		       "acct_process, do_exit"),
	OPTIONS_CHOICE("unit", 0, "UNIT", &opt.unit, units,
		       "what the tracepoint reports: task (default) or process;\n"
		       "acct_collect and acct_process report processes, do_exit\n"
		       "tasks"),
	OPTIONS_CHOICE("output", 0, "OUTPUT", &opt.output, outputs,
		       "count, ring (default): a ring for each CPU, in memory\n"
		       "of ours; ringbuf: the kernel's BPF ring buffer"),
	OPTIONS_FLAG("no-wakeup", 0, &opt.no_wakeup,
		     "of ringbuf: look every 100 ms, and be woken by nobody"),
	OPTIONS_FLAG("json", 0, &opt.json, "a JSON object a line instead of a table"),
	OPTIONS_TEXT("raw", 0, "FILE", &opt.raw,
		     "save records in FILE, for procmon --file, and show nothing"),
	OPTIONS_FLAG("controlled", 0, &opt.controlled,
		     "attach, detach, take what there is and count, when stdin says\n"
		     "so, a word a line, and only then; each is answered by a line"),
	{ }
};

static const struct program program = {
	.name = "bpf",
	.usage = "[OPTION]...",
	.about =
"Watch exits by a BPF program, and show them as procmon does, until interrupted.\n"
"Takes root, and a kernel with its own BTF (CONFIG_DEBUG_INFO_BTF), 6.12 or later.",
	.options = options,
};

extern const char object_begin[] asm("_binary_build_obj_peers_bpf_exit_bpf_o_start");
extern const char object_end[] asm("_binary_build_obj_peers_bpf_exit_bpf_o_end");

static struct bpf_object *object;
static struct bpf_program *prog;
static struct bpf_link *attached;

static struct bpf_ring *rings;
static struct bpf_count *counts;
static __u64 *events_dropped;
static size_t cpus;
static uint64_t tails[BPF_CPUS];		/* records that were taken */

static struct ring_buffer *ringbuf;
static struct procmon_record *staged;
static size_t n_staged;
static uint64_t ringbuf_taken;

static struct intake in;
static uint64_t n_done;

static uint32_t info_of_all;			/* that all records have */

static volatile sig_atomic_t stopping;

static void on_stop(int sig)
{
	(void)sig;
	stopping = 1;
}

static int64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* Why it has failed is told already. */
static void check_output(void)
{
	if (output_failed())
		exit(1);
}

static void save(const void *from, size_t len)
{
	output_write(from, len);
	check_output();
}

static void show(const struct exit *exits, size_t n)
{
	if (opt.json)
		show_json(exits, n);
	else
		show_rows(exits, n);
	n_done += n;
}

/* Some more of the stream, of whole records. */
static void take(const void *from, size_t len)
{
	while (len) {
		size_t room, n;
		char *to = intake_room(&in, &room), *fault;

		n = room < len ? room - room % sizeof(struct procmon_record) : len;
		memcpy(to, from, n);
		fault = intake_take(&in, n);
		if (fault)
			die("%s", fault);
		from = (const char *)from + n;
		len -= n;
	}
}

static void take_records(const struct procmon_record *recs, size_t n)
{
	if (!opt.raw) {
		take(recs, n * sizeof(*recs));
		return;
	}
	save(recs, n * sizeof(*recs));
	for (size_t i = 0; i < n; i++)
		balance_record(&recs[i]);
	n_done += n;
}

/* The records have the time already; what is missing is that of the day. */
static void take_clock(void)
{
	struct procmon_clock clock = {
		.version = PROCMON_RECORD_VERSION,
		.size = sizeof(clock),
		.info = PROCMON_INFO_CLOCK | PROCMON_INFO_NS,
	};

	clock.boot_ns = (uint64_t)now_ns(CLOCK_BOOTTIME);
	clock.real_ns = now_ns(CLOCK_REALTIME);
	clock.counter = clock.boot_ns;
	if (opt.raw) {
		save(&clock, sizeof(clock));
		return;
	}
	take(&clock, sizeof(clock));
	show_flush();
	check_output();
}

/*
 * What the program left to us. @dropped is what it noted of this number, or of one that
 * was an earlier round's.
 */
static void fill_in(struct procmon_record *rec, uint64_t number, uint64_t dropped, uint16_t cpu)
{
	static uint64_t most[BPF_CPUS];

	if (dropped > most[cpu])
		most[cpu] = dropped;
	rec->version = PROCMON_RECORD_VERSION;
	rec->size = sizeof(*rec);
	rec->info |= info_of_all;
	rec->number = number;
	rec->dropped = (uint32_t)most[cpu];
	rec->cpu = cpu;
	rec->clock = 0;
}

/*
 * The full slots from the reader's place on, up to the end of the memory. The rest of
 * their records is written where they are.
 */
static size_t full_slots(struct bpf_ring *ring, uint64_t tail, uint16_t cpu)
{
	struct procmon_record *first = &ring->slots[tail % BPF_SLOTS], *rec = first;

	for (; rec < &ring->slots[BPF_SLOTS]; rec++, tail++) {
		if (!__atomic_load_n(&rec->time, __ATOMIC_ACQUIRE))
			break;
		fill_in(rec, tail, ring->dropped_before[tail % (2 * BPF_SLOTS)], cpu);
	}
	return (size_t)(rec - first);
}

/* Return whether that was all for now. */
static bool drain_ring(uint16_t cpu)
{
	struct bpf_ring *ring = &rings[cpu];
	struct procmon_record *recs = &ring->slots[tails[cpu] % BPF_SLOTS];
	size_t n = full_slots(ring, tails[cpu], cpu);

	if (n)
		take_records(recs, n);
	for (size_t i = 0; i < n; i++) {
		recs[i].info = 0;
		__atomic_store_n(&recs[i].time, 0, __ATOMIC_RELEASE);
	}
	tails[cpu] += n;
	return recs + n < &ring->slots[BPF_SLOTS];
}

static void flush_staged(void)
{
	if (n_staged)
		take_records(staged, n_staged);
	n_staged = 0;
}

/* From the kernel's ring buffer, which has one order for all CPUs. */
static int stage(void *arg, void *data, size_t size)
{
	struct procmon_record *rec = &staged[n_staged++];

	(void)arg;
	(void)size;
	*rec = *(const struct procmon_record *)data;
	fill_in(rec, ringbuf_taken, events_dropped[ringbuf_taken % BPF_EVENTS], 0);
	ringbuf_taken++;
	if (n_staged == STAGED)
		flush_staged();
	return 0;
}

static void drain(void)
{
	uint64_t before = n_done;

	if (ringbuf) {
		ring_buffer__consume(ringbuf);
		flush_staged();
	}
	for (uint16_t cpu = 0; rings && cpu < cpus; cpu++)
		while (!drain_ring(cpu))
			;
	if (n_done != before || in.n)
		take_clock();
}

/* The program of this name, and no other, is to be loaded. */
static void choose(const char *name)
{
	struct bpf_program *p;

	bpf_object__for_each_program(p, object)
		bpf_program__set_autoload(p, !strcmp(bpf_program__name(p), name));
	prog = bpf_object__find_program_by_name(object, name);
	if (!prog)
		die("there is no program %s", name);
}

/* How many arguments the tracepoint has, without that of all tracepoints. */
static size_t tracepoint_arguments(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "btf_trace_sched_process_exit", BTF_KIND_TYPEDEF);
	const struct btf_type *t;

	if (id < 0)
		die("the kernel has no BTF of the tracepoint sched_process_exit");
	t = btf__type_by_id(btf, btf__type_by_id(btf, (uint32_t)id)->type);
	t = btf__type_by_id(btf, t->type);
	return btf_vlen(t) - 1;
}

static void choose_program(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	const char *site = sites[opt.site];
	char *name;

	if (opt.site == TRACEPOINT && tracepoint_arguments(btf) > 1)
		site = opt.unit == PROCESS ? "tracepoint_last_process" : "tracepoint_last";
	else if (opt.site == TRACEPOINT && opt.unit == PROCESS)
		site = "tracepoint_process";
	/* acct_collect and acct_process are of processes, too */
	if (opt.unit == PROCESS || !strncmp(site, "acct", 4))
		info_of_all = PROCMON_LAST_YES;
	else if (strcmp(site, "tracepoint_last"))
		info_of_all = PROCMON_LAST_UNKNOWN;
	/* no function where it is another name of do_exit(), see record.h */
	if (btf__find_by_name_kind(btf, "kthread_exit", BTF_KIND_FUNC) > 0)
		info_of_all |= PROCMON_INFO_KTHREAD_HIDDEN;
	btf__free(btf);
	name = xasprintf("%s_%s%s", site, outputs[opt.output], opt.no_wakeup ? "_quiet" : "");
	choose(name);
	free(name);
}

static struct bpf_map *map(const char *name)
{
	struct bpf_map *m = bpf_object__find_map_by_name(object, name);

	if (!m)
		die("there is no map %s", name);
	return m;
}

static void *map_memory(const char *name, size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map(name)), 0);

	if (p == MAP_FAILED)
		die("cannot map %s: %s", name, strerror(errno));
	return p;
}

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list ap)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, ap) : 0;
}

static void load(void)
{
	size_t bytes = 4096;

	libbpf_set_print(print_libbpf);
	object = bpf_object__open_mem(object_begin, (size_t)(object_end - object_begin), NULL);
	if (!object)
		die("cannot open the BPF object: %s", strerror(errno));
	choose_program();
	while (bytes < cpus * BPF_SLOTS * BPF_EVENT_SIZE)
		bytes *= 2;
	bpf_map__set_autocreate(map(".bss"), opt.output == RING);
	bpf_map__set_autocreate(map("events"), opt.output == RINGBUF);
	bpf_map__set_autocreate(map("events_dropped"), opt.output == RINGBUF);
	bpf_map__set_max_entries(map("events"), (uint32_t)bytes);
	if (bpf_object__load(object))
		die("cannot load the BPF program %s: %s", bpf_program__name(prog), strerror(errno));
	counts = map_memory(".data.counts", BPF_CPUS * sizeof(*counts));
	if (opt.output == RING)
		rings = map_memory(".bss", BPF_CPUS * sizeof(*rings));
	if (opt.output == RINGBUF) {
		events_dropped = map_memory("events_dropped", BPF_EVENTS * sizeof(*events_dropped));
		staged = xcalloc(STAGED, sizeof(*staged));
		ringbuf = ring_buffer__new(bpf_map__fd(map("events")), stage, NULL, NULL);
		if (!ringbuf)
			die("cannot map the ring buffer: %s", strerror(errno));
	}
}

static void attach(void)
{
	attached = bpf_program__attach(prog);
	if (!attached)
		die("cannot attach %s: %s", bpf_program__name(prog), strerror(errno));
}

/* On return nobody is in the program any more. */
static void detach(void)
{
	bpf_link__destroy(attached);
	/* it runs as an RCU reader, and this is synchronize_rcu() */
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

/* Exits that found a program at work on their CPU. */
static uint64_t recursion_misses(void)
{
	struct bpf_prog_info info = { };
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
		die("the kernel does not tell about the program: %s", strerror(errno));
	return info.recursion_misses;
}

static void wait_and_drain(void)
{
	struct pollfd fds[] = {
		{ .fd = ringbuf && !opt.no_wakeup ? ring_buffer__epoll_fd(ringbuf) : -1,
		  .events = POLLIN },
	};
	struct timespec period = { .tv_nsec = PERIOD_NS };
	bool timed = opt.output == RING || opt.no_wakeup;
	sigset_t none;

	sigemptyset(&none);
	while (!stopping) {
		if (ppoll(fds, ARRAY_SIZE(fds), timed ? &period : NULL, &none) < 0 &&
		    errno != EINTR)
			die("poll: %s", strerror(errno));
		drain();
	}
}

/* Signals come in ppoll() only. */
static void catch_signals(void)
{
	struct sigaction stop = { .sa_handler = on_stop };
	sigset_t both;

	sigemptyset(&both);
	sigaddset(&both, SIGINT);
	sigaddset(&both, SIGTERM);
	sigprocmask(SIG_BLOCK, &both, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
}

/* The last line: the sum, as that of procmon. */
static bool print_balance(void)
{
	uint64_t streamed = ringbuf_taken, dropped = 0;
	char *stats;
	bool closes;

	for (size_t cpu = 0; cpu < cpus; cpu++) {
		dropped += counts[cpu].dropped;
		if (rings) {
			streamed += rings[cpu].head / sizeof(struct procmon_record);
			dropped += rings[cpu].dropped;
		}
	}
	stats = xasprintf("session_hits %" PRIu64 "\nsession_missed %" PRIu64
			  "\nsession_filtered 0\nsession_streamed %" PRIu64
			  "\nsession_dropped %" PRIu64 "\n",
			  streamed + dropped, recursion_misses(), streamed, dropped);
	closes = balance_stream(stats, opt.raw ? "saved" : "shown", n_done);
	free(stats);
	return closes;
}

/* Exits that the program was run for; not those of the kernel's ring buffer. */
static uint64_t count_hits(void)
{
	uint64_t hits = 0;

	for (size_t cpu = 0; cpu < cpus; cpu++)
		hits += counts[cpu].hits + (rings ? rings[cpu].head / sizeof(struct procmon_record) +
						    rings[cpu].dropped : 0);
	return hits;
}

static void print_count(void)
{
	printf("%" PRIu64 " exits, %" PRIu64 " missed\n", count_hits(), recursion_misses());
}

/* Until stdin ends; nothing is done in between. */
static void obey(void)
{
	char command[32];

	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("loaded");
	while (fgets(command, sizeof(command), stdin)) {
		if (!strcmp(command, "attach\n")) {
			attach();
			puts("done");
		} else if (!strcmp(command, "detach\n")) {
			detach();
			puts("done");
		} else if (!strcmp(command, "count\n")) {
			drain();
			printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", count_hits(),
			       recursion_misses(), n_done);
		} else {
			die("no such command: %s", command);
		}
	}
}

static void begin_output(void)
{
	output_open(opt.raw, OUTPUT_ANEW);
	in.in_order = true;
	in.show = show;
	show_begin(false);
	if (!opt.raw && !opt.json)
		show_header();
	take_clock();
}

static void check_options(void)
{
	if (opt.unit == PROCESS && opt.site == DO_EXIT)
		options_wrong(&program, "do_exit does not know the last thread");
	if (opt.no_wakeup && opt.output != RINGBUF)
		options_wrong(&program, "--no-wakeup is for --output ringbuf");
	if (opt.output == COUNT && (opt.json || opt.raw))
		options_wrong(&program, "--output count has no records");
	if (opt.controlled && (opt.output == RINGBUF || (opt.output == RING && !opt.raw)))
		options_wrong(&program, "--controlled is for --output count, or ring and --raw");
	if (opt.json && opt.raw)
		options_wrong(&program, "--json and --raw exclude each other");
}

int main(int argc, char **argv)
{
	options_parse(&program, argc, argv);
	check_options();
	cpus = (size_t)libbpf_num_possible_cpus();
	if (cpus > BPF_CPUS)
		die("built for %d CPUs, but there may be %zu", BPF_CPUS, cpus);
	if (!opt.controlled)
		catch_signals();
	load();
	if (opt.output != COUNT)
		begin_output();
	if (opt.controlled) {
		obey();
		return 0;
	}
	attach();
	wait_and_drain();
	detach();
	if (opt.output == COUNT) {
		print_count();
		return 0;
	}
	drain();
	return print_balance() ? 0 : 1;
}
