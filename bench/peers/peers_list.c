// SPDX-License-Identifier: GPL-2.0
#include "peers/peers_list.h"

#include "lib/util.h"

#define EVENT		"sched:sched_process_exit"
#define EVENT_ENABLE	"$T/events/sched/sched_process_exit/enable"

/* A process of the peer has such a file open. */
#define HAS_FD(what)	"for p in $P; do ls -l $p/fd; done | grep -q '" what "'"

/* perf maps the buffer of each event before it lets the events come. */
#define PERF_PROOF	"cat $(printf '%s/maps ' $P) | grep -q perf_event"

/* What it recorded, as text, made once. */
#define PERF_SCRIPT	"[ -e $OUT.script ] || perf script -i $OUT.data -F event,trace " \
			"--show-lost-events >$OUT.script 2>/dev/null; "

/* perf says what the kernel told it to have lost. */
#define PERF_LOST	PERF_SCRIPT "awk '/PERF_RECORD_LOST/ { n += $NF } END { print n + 0 }' $OUT.script"

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

/*
 * Codes: awk throughout, since sed takes twenty times as long for a line, and there
 * are a hundred thousand in a storm.
 */

/* Of those that name tasks and nothing more: the ids behind the last @before. */
#define IDS(event, before, file) \
	"awk -F '" before "' '/" event "/ && NF > 1 { print $NF + 0, \"-\" }' " file

#define SCHED_IDS(file)	IDS("sched_process_exit: ", " pid=", file)

/* "NAME-ID [CPU]" in lines of tracefs; @print may use id. */
#define TRACE_CODES(event, print) \
	"awk '/" event "/ && match($0, /-[0-9]+ +\\[[0-9]+\\] /) { " \
	"id = substr($0, RSTART + 1) + 0; " print " }' $OUT.out"

/* "NAME ID CODE" at the end of each line. */
#define LAST_TWO \
	"awk 'NF > 1 && $(NF - 1) ~ /^[0-9]+$/ && $NF ~ /^-?[0-9]+$/ { print $(NF - 1), $NF }' $OUT.out"

/* "PID PPID TID AGE 0", "... code 3" or "... signal 11 (...), core dumped". */
#define EXITSNOOP_CODES \
	"awk 'match($0, / [0-9]+ +[0-9]+ +[0-9]+ +[0-9.]+ +(0 *$|code [0-9]|signal [0-9])/) { " \
	"split(substr($0, RSTART), w, \" \"); " \
	"s = w[5] == \"code\" ? w[6] * 256 : w[5] == \"signal\" ? w[6] + 0 : 0; " \
	"print w[1], s + (/core dumped/ ? 128 : 0) }' $OUT.out"

/* The reader's --json: @id is "tid" or "tgid". */
#define OUR_CODES(id) \
	"awk -F '\"" id "\":|\"wait_status\":' 'NF == 3 { print $2 + 0, $3 + 0 }' $OUT.out"

/* struct acct_v3 of acct(5), in little endian: 64 bytes, the code at 4, the pid at 16. */
#define ACCT_CODES \
	"od -An -v -t u4 -w64 $OUT.acct | awk '{ print $5, $2 }'"

/* What many of them have in common. */
#define EVENT_FIELDS	"name, id, priority"
#define EVENT_OPTIONS	"CONFIG_FTRACE, CONFIG_EVENT_TRACING"
#define PERF_OPTIONS	"CONFIG_PERF_EVENTS, CONFIG_EVENT_TRACING"
#define BPF_OPTIONS	"CONFIG_BPF_SYSCALL, CONFIG_BPF_EVENTS"
#define OUR_FIELDS	"all of struct procmon_record: ids, wait status, signal, core, last thread, uid, " \
			"age, CPU time, faults, cgroup, name"
#define OUR_OPTIONS	"CONFIG_MODULES, CONFIG_TRACEPOINTS"

const struct peer peers[] = {
	{
		.name = "procmon tracepoint", .mode = "count",
		.setup = "insmod $MODULES/tracepoint/procmon.ko log=off",
		.proof = "grep -q '^site sched_process_exit' $D/procmon/stats",
		.count = "awk '$1 == \"hits\" { print $2 }' $D/procmon/stats",
		.lost = "awk '$1 == \"missed\" { print $2 + 0 }' $D/procmon/stats",
		.teardown = "rmmod procmon",
		.options = OUR_OPTIONS,
		.since = "6.1",
		.fields = "a number",
		.needs = "a module",
	}, {
		.name = "procmon tracepoint", .mode = "stream",
		.setup = "insmod $MODULES/tracepoint/procmon.ko log=off",
		.run = "exec $PROCMON --json",
		.proof = HAS_FD("procmon/stream"),
		.count = "grep -c '\"comm\":\"" STORM_COMM "\"' $OUT.out || :",
		.lost = "awk '$1 == \"dropped\" { print $2 }' $D/procmon/stats",
		.teardown = "rmmod procmon",
		.codes = OUR_CODES("tid"),
		.options = OUR_OPTIONS,
		.since = "6.1",
		.fields = OUR_FIELDS,
		.needs = "a module",
		.named = true,
	}, {
		.name = "procmon kretprobe", .mode = "stream, unit=process",
		.setup = "insmod $MODULES/kretprobe/procmon.ko log=off unit=process",
		.run = "exec $PROCMON --json",
		.proof = HAS_FD("procmon/stream"),
		.count = "grep -c '\"comm\":\"" STORM_COMM "\"' $OUT.out || :",
		.lost = "awk '$1 == \"dropped\" || $1 == \"missed\" { n += $2 } END { print n }' $D/procmon/stats",
		.teardown = "rmmod procmon",
		.codes = OUR_CODES("tgid"),
		.options = "CONFIG_MODULES, CONFIG_KRETPROBES",
		.since = "6.1",
		.fields = OUR_FIELDS,
		.needs = "a module",
		.named = true,
	}, {
		.name = "procmon tracepoint", .mode = "trace, cat trace_pipe",
		.setup = "insmod $MODULES/tracepoint/procmon.ko log=off && "
			 "echo 1 >$T/events/procmon/procmon_exit/enable",
		.run = "exec cat $T/trace_pipe",
		.proof = PIPE_PROOF " && grep -q 1 $T/events/procmon/procmon_exit/enable",
		.count = "grep -c 'procmon_exit: comm=" STORM_COMM " ' $OUT.out || :",
		.lost = PIPE_LOST,
		.teardown = "echo 0 >$T/events/procmon/procmon_exit/enable; rmmod procmon",
		.codes = "awk -F ' tid=| wait_status=' '/ procmon_exit: / && NF > 2 { "
			 "split($NF, w, \" \"); print $(NF - 1) + 0, w[1] }' $OUT.out",
		.options = OUR_OPTIONS ", CONFIG_EVENT_TRACING",
		.since = "6.1",
		.fields = OUR_FIELDS,
		.needs = "a module",
		.named = true,
	}, {
		.name = "procmon tracepoint", .mode = "log, dmesg --follow",
		.setup = "insmod $MODULES/tracepoint/procmon.ko log=all",
		.run = "exec dmesg --follow-new",
		.proof = HAS_FD("/dev/kmsg") " && grep -q '^site sched_process_exit' $D/procmon/stats",
		.count = "grep -c 'procmon: name ." STORM_COMM "., ' $OUT.out || :",
		.lost = "awk '$1 == \"unlogged\" { print $2 + 0 }' $D/procmon/stats",
		.teardown = "rmmod procmon",
		.codes = "awk -F '], pid .|], exit_code .|], signal .' 'NF > 2 { "
			 "print $2 + 0, $3 * 256 + $4, \"0xff7f\" }' $OUT.out",
		.options = OUR_OPTIONS ", CONFIG_PRINTK",
		.since = "6.1",
		.fields = "name, id, exit code, signal",
		.needs = "a module",
		.named = true,
	}, {
		/* What it is to have one process more, whatever it does. */
		.name = "none", .mode = "a process that sleeps",
		.run = "exec sleep 1000000",
		.proof = "grep -q sleep $P/comm",
	}, {
		.name = "tracefs event", .mode = "cat trace_pipe",
		.setup = "echo 1 >" EVENT_ENABLE,
		.run = "exec cat $T/trace_pipe",
		.proof = PIPE_PROOF " && grep -q 1 " EVENT_ENABLE,
		.count = "grep -c 'sched_process_exit: comm=" STORM_COMM " ' $OUT.out || :",
		.lost = PIPE_LOST,
		.teardown = "echo 0 >" EVENT_ENABLE,
		.codes = SCHED_IDS("$OUT.out"),
		.options = EVENT_OPTIONS,
		.since = "2.6",
		.fields = EVENT_FIELDS,
		.needs = "nothing",
		.named = true,
	}, {
		.name = "tracefs kprobe do_exit", .mode = "cat trace_pipe",
		.setup = "echo 'p:peer/exits do_exit code=$arg1:s64' >>$T/kprobe_events && "
			 "echo 1 >$T/events/peer/exits/enable",
		.run = "exec cat $T/trace_pipe",
		.proof = PIPE_PROOF " && " IN_KPROBES,
		.count = "grep -c ' exits: (do_exit' $OUT.out || :",
		.lost = PIPE_LOST,
		.teardown = "echo 0 >$T/events/peer/exits/enable; echo '-:peer/exits' >>$T/kprobe_events",
		.codes = TRACE_CODES(" exits: ", "n = split($0, w, \"=\"); print id, w[n]"),
		.options = "CONFIG_KPROBE_EVENTS",
		.since = "4.20",
		.fields = "name, id, code of the thread, any argument",
		.needs = "nothing",
	}, {
		.name = "function tracer do_exit", .mode = "cat trace_pipe",
		.setup = "echo do_exit >$T/set_ftrace_filter && echo function >$T/current_tracer",
		.run = "exec cat $T/trace_pipe",
		.proof = PIPE_PROOF " && " IN_FUNCTIONS,
		.count = "grep -c ': do_exit <-' $OUT.out || :",
		.lost = PIPE_LOST,
		.teardown = "echo nop >$T/current_tracer; echo >$T/set_ftrace_filter",
		.codes = TRACE_CODES(": do_exit <-", "print id, \"-\""),
		.options = "CONFIG_FUNCTION_TRACER, CONFIG_DYNAMIC_FTRACE",
		.since = "2.6",
		.fields = "name, id",
		.needs = "nothing",
	}, {
		.name = "trace-cmd", .mode = "record",
		.run = "exec trace-cmd record -e " EVENT " -o $OUT.dat",
		.proof = "grep -q 1 " EVENT_ENABLE " && " HAS_FD("trace_pipe_raw"),
		.count = "trace-cmd report -i $OUT.dat 2>/dev/null | grep -c 'comm=" STORM_COMM "' || :",
		.lost = "awk '/^(overrun|commit overrun|dropped events): / { n += $NF } END { print n + 0 }' $OUT.out",
		.codes = "trace-cmd report -i $OUT.dat 2>/dev/null | " SCHED_IDS(""),
		.options = EVENT_OPTIONS,
		.since = "2.6",
		.fields = EVENT_FIELDS,
		.needs = "a program that runs",
		.window = 2000,
		.named = true,
	}, {
		.name = "perf", .mode = "stat",
		.run = "exec perf stat -a -x, -e " EVENT " -o $OUT.stat",
		.proof = HAS_FD("perf_event"),
		.count = "awk -F, '/sched_process_exit/ { print $1 }' $OUT.stat",
		.options = PERF_OPTIONS,
		.since = "2.6",
		.fields = "a number",
		.needs = "a program that runs",
	}, {
		.name = "perf", .mode = "record -B",
		/*
		 * -B: not with the build ids of all programs on the machine, which take
		 * perf twenty times as long as all the rest, for symbols that nobody
		 * asks for.
		 */
		.run = "exec perf record -B -a -e " EVENT " -o $OUT.data",
		.proof = PERF_PROOF,
		.count = PERF_SCRIPT "grep -c 'comm=" STORM_COMM "' $OUT.script || :",
		.lost = PERF_LOST,
		.codes = PERF_SCRIPT SCHED_IDS("$OUT.script"),
		.options = PERF_OPTIONS,
		.since = "2.6",
		.fields = EVENT_FIELDS,
		.needs = "a program that runs",
		.window = 2000,
		.named = true,
	}, {
		.name = "perf", .mode = "trace",
		.run = "exec perf trace -a -e " EVENT " -o $OUT.trace",
		.proof = PERF_PROOF,
		.count = "grep -c 'sched_process_exit(comm: \"" STORM_COMM "' $OUT.trace || :",
		.lost = "awk '/LOST [0-9]+ events/ { sub(/.*LOST /, \"\"); n += $1 } END { print n + 0 }' "
			"$OUT.trace $OUT.err",
		.codes = IDS("sched_process_exit.comm", ", pid: ", "$OUT.trace"),
		.options = PERF_OPTIONS,
		.since = "4.10",
		.fields = EVENT_FIELDS,
		.needs = "a program that runs",
		.named = true,
	}, {
		.name = "bpftrace tracepoint", .mode = "count",
		.run = "exec bpftrace -e 'tracepoint:" EVENT " { @ = count(); }'",
		.proof = BPF_PROOF,
		.count = BPFTRACE_COUNT,
		.options = BPF_OPTIONS,
		.since = "4.9",
		.fields = "a number",
		.needs = "a compiler (LLVM) and a program that runs",
	}, {
		.name = "bpftrace tracepoint", .mode = "printf",
		.run = "exec bpftrace -e 'tracepoint:" EVENT " { printf(\"%s %d\\n\", comm, tid); }'",
		.proof = BPF_PROOF,
		.count = STORM_LINES("$OUT.out"),
		.lost = BPF_LOST,
		.codes = "awk '$NF ~ /^[0-9]+$/ { print $NF, \"-\" }' $OUT.out",
		.options = BPF_OPTIONS,
		.since = "4.9",
		.fields = "name, id; whatever the program reads",
		.needs = "a compiler (LLVM) and a program that runs",
		.named = true,
	}, {
		.name = "bpftrace kprobe:do_exit", .mode = "count",
		.run = "exec bpftrace -e 'kprobe:do_exit { @ = count(); }'",
		.proof = BPF_PROOF " && " IN_KPROBES,
		.count = BPFTRACE_COUNT,
		.options = BPF_OPTIONS ", CONFIG_KPROBES",
		.since = "4.9",
		.fields = "a number",
		.needs = "a compiler (LLVM) and a program that runs",
	}, {
		.name = "bpftrace kprobe:do_exit", .mode = "printf",
		.run = "exec bpftrace -e 'kprobe:do_exit { printf(\"%s %d %d\\n\", comm, tid, arg0); }'",
		.proof = BPF_PROOF " && " IN_KPROBES,
		.count = STORM_LINES("$OUT.out"),
		.lost = BPF_LOST,
		.codes = LAST_TWO,
		.options = BPF_OPTIONS ", CONFIG_KPROBES",
		.since = "4.9",
		.fields = "name, id, code of the thread",
		.needs = "a compiler (LLVM) and a program that runs",
		.named = true,
	}, {
		.name = "bpftrace kfunc:do_exit", .mode = "count",
		.run = "exec bpftrace -e 'kfunc:do_exit { @ = count(); }'",
		.proof = BPF_PROOF " && " IN_FUNCTIONS,
		.count = BPFTRACE_COUNT,
		.options = BPF_OPTIONS ", CONFIG_DEBUG_INFO_BTF",
		.since = "5.5",
		.fields = "a number",
		.needs = "a compiler (LLVM) and a program that runs",
	}, {
		.name = "bpftrace kfunc:do_exit", .mode = "printf",
		.run = "exec bpftrace -e 'kfunc:do_exit { printf(\"%s %d %d\\n\", comm, tid, args->code); }'",
		.proof = BPF_PROOF " && " IN_FUNCTIONS,
		.count = STORM_LINES("$OUT.out"),
		.lost = BPF_LOST,
		.codes = LAST_TWO,
		.options = BPF_OPTIONS ", CONFIG_DEBUG_INFO_BTF",
		.since = "5.5",
		.fields = "name, id, code of the thread",
		.needs = "a compiler (LLVM) and a program that runs",
		.named = true,
	}, {
		.name = "exitsnoop", .mode = "libbpf-tools",
		.run = "exec exitsnoop",
		.proof = BPF_PROOF,
		.count = STORM_LINES("$OUT.out"),
		.lost = BPF_LOST,
		.codes = EXITSNOOP_CODES,
		.options = BPF_OPTIONS ", CONFIG_DEBUG_INFO_BTF",
		.since = "5.5",
		.fields = "name, ids, parent, age, code of the leader",
		.needs = "a program that runs",
		.named = true,
	}, {
		.name = "exitsnoop", .mode = "bcc",
		.run = "exec exitsnoop-bpfcc",
		.proof = BPF_PROOF,
		.count = STORM_LINES("$OUT.out"),
		.lost = BPF_LOST,
		.codes = EXITSNOOP_CODES,
		.options = BPF_OPTIONS,
		.since = "4.9",
		.fields = "name, ids, parent, age, code of the leader",
		.needs = "python, a compiler (LLVM), the kernel's headers and a program that runs",
		.named = true,
	}, {
		.name = "forkstat", .mode = "-e exit",
		.run = "exec forkstat -e exit",
		/* Its socket is the kernel connector's (protocol 11), in the group of proc. */
		.proof = "awk '$2 == 11 && $4 != \"00000000\" { ok = 1 } END { exit !ok }' /proc/net/netlink",
		.count = "grep -c ' exit ' $OUT.out || :",
		.codes = "awk '$2 == \"exit\" { print $3, $4 }' $OUT.out",
		.options = "CONFIG_PROC_EVENTS",
		.since = "2.6",
		.fields = "ids, code of the thread, age, command line",
		.needs = "a program that runs",
		/* The kernel goes on making messages, for some 375 instructions. */
		.stays = true,
	}, {
		.name = "process accounting", .mode = "accton",
		.setup = ": >$OUT.acct && accton $OUT.acct",
		/* The shell's own children end up in the file. */
		.proof = "(:); test -s $OUT.acct",
		.count = "lastcomm -f $OUT.acct " STORM_COMM " | wc -l",
		.teardown = "accton off",
		.codes = ACCT_CODES,
		.options = "CONFIG_BSD_PROCESS_ACCT, CONFIG_BSD_PROCESS_ACCT_V3",
		.since = "2.6",
		.fields = "name, ids, exit code, uid, CPU time, memory, start",
		.needs = "a file system with room",
		.named = true,
	}, {
		.name = "taskstats", .mode = "listener",
		.run = "exec $B/taskstats",
		/* Its socket is generic netlink's (protocol 16); a group it does not join. */
		.proof = "awk -v p=\"${P#/proc/}\" '$2 == 16 && $3 == p { ok = 1 } END { exit !ok }' "
			 "/proc/net/netlink",
		.count = STORM_LINES("$OUT.out"),
		.codes = LAST_TWO,
		.options = "CONFIG_TASKSTATS",
		.since = "2.6",
		.fields = "name, ids, uid, CPU time, delays, I/O, memory, code of the leader",
		.needs = "a program that runs",
		.named = true,
	}, {
		.name = "auditd", .mode = "exit and exit_group",
		.setup = "rm -f /var/log/audit/*; auditctl -e 1 && "
			 "auditctl -a always,exit -F arch=b64 -S exit -S exit_group",
		/* It ends on SIGTERM only. */
		.run = "auditd -n & p=$!; trap 'kill $p' INT; wait $p; wait $p",
		.proof = "auditctl -l | grep -q exit_group && auditctl -s | grep -q '^pid [1-9]'",
		.count = "cat /var/log/audit/* | grep -c '^type=SYSCALL.* comm=\"" STORM_COMM "\"' || :",
		.lost = "auditctl -s | sed -n 's/^lost //p'",
		.teardown = "auditctl -D; auditctl -e 0",
		/* The argument of the system call, in hex; a signal is none. */
		.codes = "cat /var/log/audit/* | awk '/^type=SYSCALL/ && match($0, / a0=[0-9a-f]+ /) { "
			 "a0 = substr($0, RSTART + 4, RLENGTH - 5); match($0, / pid=[0-9]+ /); "
			 "print substr($0, RSTART + 5) + 0, \"0x\" a0 \"00\" }'",
		.loses = "its default keeps 5 log files of 8 MB and deletes the older",
		.options = "CONFIG_AUDIT, CONFIG_AUDITSYSCALL",
		.since = "2.6",
		.fields = "name, ids, uids, argument of exit(2), command, session; no signals",
		.needs = "a daemon",
		.named = true,
		/* Tasks made from now on keep their audit context. */
		.stays = true,
	},
};
const size_t nr_peers = ARRAY_SIZE(peers);
