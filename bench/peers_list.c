// SPDX-License-Identifier: GPL-2.0
#include "peers_list.h"

#include "util.h"

#define EVENT		"sched:sched_process_exit"
#define EVENT_ENABLE	"$T/events/sched/sched_process_exit/enable"

/* A process of the peer has such a file open. */
#define HAS_FD(what)	"for p in $P; do ls -l $p/fd; done | grep -q '" what "'"

/* perf maps the buffer of each event before it lets the events come. */
#define PERF_PROOF	"cat $(printf '%s/maps ' $P) | grep -q perf_event"

/* perf says what the kernel told it to have lost. */
#define PERF_LOST	"perf script -i $OUT.data --show-lost-events 2>/dev/null | " \
			"awk '/PERF_RECORD_LOST/ { n += $NF } END { print n + 0 }'"

/* Every line of a reader of trace_pipe that speaks of lost events. */
#define PIPE_LOST	"awk '/LOST/ { for (i = 1; i < NF; i++) if ($i ~ /LOST/) n += $(i + 1) } " \
			"END { print n + 0 }' $OUT.out"
#define PIPE_PROOF	HAS_FD("trace_pipe")

/* "Lost 12 events", "Possibly lost 3 samples", ... on either stream. */
#define BPF_LOST	"cat $OUT.out $OUT.err | awk '/[Ll]ost [0-9]+/ { sub(/.*[Ll]ost /, \"\"); " \
			"n += $1 } END { print n + 0 }'"

/* A program is loaded, and hangs on something: a perf event or a link. */
#define BPF_PROOF	HAS_FD("bpf-prog") " && " HAS_FD("bpf_link\\|perf_event")

#define BPFTRACE_COUNT	"sed -n 's/^@: //p' $OUT.out"
#define STORM_LINES(file) "grep -c '" STORM_COMM "' " file " || :"

#define IN_KPROBES	"grep -q do_exit $D/kprobes/list"
#define IN_FUNCTIONS	"grep -q '^do_exit ' $T/enabled_functions"

const struct peer peers[] = {
	{
		.name = "procmon tracepoint", .mode = "count",
		.setup = "insmod $MODULES/tracepoint/procmon.ko log=off",
		.proof = "grep -q '^site sched_process_exit' $D/procmon/stats",
		.count = "awk '$1 == \"hits\" { print $2 }' $D/procmon/stats",
		.lost = "awk '$1 == \"missed\" { print $2 + 0 }' $D/procmon/stats",
		.teardown = "rmmod procmon",
	}, {
		.name = "procmon tracepoint", .mode = "stream",
		.setup = "insmod $MODULES/tracepoint/procmon.ko log=off",
		.run = "exec $PROCMON",
		.proof = HAS_FD("procmon/stream"),
		.count = STORM_LINES("$OUT.out"),
		.lost = "awk '$1 == \"dropped\" { print $2 }' $D/procmon/stats",
		.teardown = "rmmod procmon",
		.named = true,
	}, {
		.name = "tracefs event", .mode = "cat trace_pipe",
		.setup = "echo 1 >" EVENT_ENABLE,
		.run = "exec cat $T/trace_pipe",
		.proof = PIPE_PROOF " && grep -q 1 " EVENT_ENABLE,
		.count = STORM_LINES("$OUT.out"),
		.lost = PIPE_LOST,
		.teardown = "echo 0 >" EVENT_ENABLE,
		.named = true,
	}, {
		.name = "tracefs kprobe do_exit", .mode = "cat trace_pipe",
		.setup = "echo 'p:peer/exits do_exit code=$arg1:s64' >$T/kprobe_events && "
			 "echo 1 >$T/events/peer/exits/enable",
		.run = "exec cat $T/trace_pipe",
		.proof = PIPE_PROOF " && " IN_KPROBES,
		.count = "grep -c ' exits: (do_exit' $OUT.out || :",
		.lost = PIPE_LOST,
		.teardown = "echo 0 >$T/events/peer/exits/enable; echo >$T/kprobe_events",
	}, {
		.name = "function tracer do_exit", .mode = "cat trace_pipe",
		.setup = "echo do_exit >$T/set_ftrace_filter && echo function >$T/current_tracer",
		.run = "exec cat $T/trace_pipe",
		.proof = PIPE_PROOF " && " IN_FUNCTIONS,
		.count = "grep -c ': do_exit <-' $OUT.out || :",
		.lost = PIPE_LOST,
		.teardown = "echo nop >$T/current_tracer; echo >$T/set_ftrace_filter",
	}, {
		.name = "trace-cmd", .mode = "record",
		.run = "exec trace-cmd record -e " EVENT " -o $OUT.dat",
		.proof = "grep -q 1 " EVENT_ENABLE " && " HAS_FD("trace_pipe_raw"),
		.count = "trace-cmd report -i $OUT.dat 2>/dev/null | grep -c 'comm=" STORM_COMM "' || :",
		.lost = "awk '/^(overrun|commit overrun|dropped events): / { n += $NF } END { print n + 0 }' $OUT.out",
		.named = true,
	}, {
		.name = "perf", .mode = "stat",
		.run = "exec perf stat -a -x, -e " EVENT " -o $OUT.stat",
		.proof = HAS_FD("perf_event"),
		.count = "awk -F, '/sched_process_exit/ { print $1 }' $OUT.stat",
	}, {
		.name = "perf", .mode = "record",
		.run = "exec perf record -a -e " EVENT " -o $OUT.data",
		.proof = PERF_PROOF,
		.count = "perf script -i $OUT.data 2>/dev/null | grep -c 'comm=" STORM_COMM "' || :",
		.lost = PERF_LOST,
		.named = true,
	}, {
		.name = "perf", .mode = "record --no-buffering",
		.run = "exec perf record --no-buffering -a -e " EVENT " -o $OUT.data",
		.proof = PERF_PROOF,
		.count = "perf script -i $OUT.data 2>/dev/null | grep -c 'comm=" STORM_COMM "' || :",
		.lost = PERF_LOST,
		.named = true,
	}, {
		.name = "perf", .mode = "trace",
		.run = "exec perf trace -a -e " EVENT " -o $OUT.trace",
		.proof = PERF_PROOF,
		.count = "grep -c 'sched_process_exit(comm: \"" STORM_COMM "' $OUT.trace || :",
		.lost = "awk '/LOST [0-9]+ events/ { sub(/.*LOST /, \"\"); n += $1 } END { print n + 0 }' "
			"$OUT.trace $OUT.err",
		.named = true,
	}, {
		.name = "bpftrace tracepoint", .mode = "count",
		.run = "exec bpftrace -e 'tracepoint:" EVENT " { @ = count(); }'",
		.proof = BPF_PROOF,
		.count = BPFTRACE_COUNT,
	}, {
		.name = "bpftrace tracepoint", .mode = "printf",
		.run = "exec bpftrace -e 'tracepoint:" EVENT " { printf(\"%s %d\\n\", comm, tid); }'",
		.proof = BPF_PROOF,
		.count = STORM_LINES("$OUT.out"),
		.lost = BPF_LOST,
		.named = true,
	}, {
		.name = "bpftrace kprobe:do_exit", .mode = "count",
		.run = "exec bpftrace -e 'kprobe:do_exit { @ = count(); }'",
		.proof = BPF_PROOF " && " IN_KPROBES,
		.count = BPFTRACE_COUNT,
	}, {
		.name = "bpftrace kprobe:do_exit", .mode = "printf",
		.run = "exec bpftrace -e 'kprobe:do_exit { printf(\"%s %d %d\\n\", comm, tid, arg0); }'",
		.proof = BPF_PROOF " && " IN_KPROBES,
		.count = STORM_LINES("$OUT.out"),
		.lost = BPF_LOST,
		.named = true,
	}, {
		.name = "bpftrace kfunc:do_exit", .mode = "count",
		.run = "exec bpftrace -e 'kfunc:do_exit { @ = count(); }'",
		.proof = BPF_PROOF " && " IN_FUNCTIONS,
		.count = BPFTRACE_COUNT,
	}, {
		.name = "bpftrace kfunc:do_exit", .mode = "printf",
		.run = "exec bpftrace -e 'kfunc:do_exit { printf(\"%s %d %d\\n\", comm, tid, args->code); }'",
		.proof = BPF_PROOF " && " IN_FUNCTIONS,
		.count = STORM_LINES("$OUT.out"),
		.lost = BPF_LOST,
		.named = true,
	}, {
		.name = "exitsnoop", .mode = "libbpf-tools",
		.run = "exec exitsnoop",
		.proof = BPF_PROOF,
		.count = STORM_LINES("$OUT.out"),
		.lost = BPF_LOST,
		.named = true,
	}, {
		.name = "exitsnoop", .mode = "bcc",
		.run = "exec exitsnoop-bpfcc",
		.proof = BPF_PROOF,
		.count = STORM_LINES("$OUT.out"),
		.lost = BPF_LOST,
		.named = true,
	}, {
		.name = "forkstat", .mode = "-e exit",
		.run = "exec forkstat -e exit",
		/* Its socket is the kernel connector's (protocol 11), in the group of proc. */
		.proof = "awk '$2 == 11 && $4 != \"00000000\" { ok = 1 } END { exit !ok }' /proc/net/netlink",
		.count = "grep -c ' exit ' $OUT.out || :",
		/* The kernel goes on making messages, for some 375 instructions. */
		.stays = true,
	}, {
		.name = "process accounting", .mode = "accton",
		.setup = ": >$OUT.acct && accton $OUT.acct",
		/* The shell's own children end up in the file. */
		.proof = "(:); test -s $OUT.acct",
		.count = "lastcomm -f $OUT.acct " STORM_COMM " | wc -l",
		.teardown = "accton off",
		.named = true,
	},
};
const size_t nr_peers = ARRAY_SIZE(peers);
