# SPDX-License-Identifier: GPL-2.0
#
# bpftrace: a line of script at each of three hooks, which counts or prints.
. "$TOOLS/lib.sh"

packages=bpftrace
order=60
modes="tracepoint_count tracepoint_printf kprobe_count kprobe_printf kfunc_count kfunc_printf"

needs="a compiler (LLVM) and a program that runs"

at_tracepoint() {
	name="bpftrace tracepoint"
	options=$bpf_options
	oldest_kernel=4.9
	proof() { has_bpf; }
}

at_kprobe() {
	name="bpftrace kprobe:do_exit"
	options="$bpf_options, CONFIG_KPROBES"
	oldest_kernel=4.9
	proof() { has_bpf && in_kprobes; }
}

at_kfunc() {
	name="bpftrace kfunc:do_exit"
	options="$bpf_options, CONFIG_DEBUG_INFO_BTF"
	oldest_kernel=5.5
	proof() { has_bpf && in_functions; }
}

counts() {
	mode="count"
	tells=number
	fields="a number"
	count() { sed -n 's/^@: //p' "$OUT.out"; }
}

# It prints name, id and the argument of do_exit.
prints() {
	mode="printf"
	named=yes
	tells=status
	fields="name, id, code of the thread"
	count() { count_lines "$STORM " "$OUT.out"; }
	lost() { bpf_lost; }
	codes() { last_two; }
}

mode_tracepoint_count() {
	at_tracepoint
	counts
	run() { exec bpftrace -e 'tracepoint:sched:sched_process_exit { @ = count(); }'; }
}

mode_tracepoint_printf() {
	at_tracepoint
	prints
	tells=name
	fields="name, id; whatever the program reads"
	run() {
		exec bpftrace -e \
			'tracepoint:sched:sched_process_exit { printf("%s %d\n", comm, tid); }'
	}
	codes() { awk '$NF ~ /^[0-9]+$/ { print $NF, "-" }' "$OUT.out"; }
}

mode_kprobe_count() {
	at_kprobe
	counts
	run() { exec bpftrace -e 'kprobe:do_exit { @ = count(); }'; }
}

mode_kprobe_printf() {
	at_kprobe
	prints
	run() { exec bpftrace -e 'kprobe:do_exit { printf("%s %d %d\n", comm, tid, arg0); }'; }
}

mode_kfunc_count() {
	at_kfunc
	counts
	run() { exec bpftrace -e 'kfunc:do_exit { @ = count(); }'; }
}

mode_kfunc_printf() {
	at_kfunc
	prints
	run() { exec bpftrace -e 'kfunc:do_exit { printf("%s %d %d\n", comm, tid, args->code); }'; }
}
