# SPDX-License-Identifier: GPL-2.0
#
# BPF as well as it can be done: a program of our own, which makes the record of
# procmon; see bpf.c.
. "$TOOLS/lib.sh"

order=15

# Of the two functions for processes acct_process is the better: it is for the last thread
# alone. The other one is there to show it.
modes="tracepoint_count tracepoint_ring tracepoint_ringbuf tracepoint_wakeup tracepoint_json \
process_count process_ring process_ringbuf process_wakeup process_json \
acct_process_count acct_process_ring acct_process_ringbuf acct_process_wakeup \
acct_collect_ring \
do_exit_count do_exit_ring do_exit_ringbuf do_exit_wakeup"

options="$bpf_options, CONFIG_DEBUG_INFO_BTF"
needs="a program that runs"

proof() { has_bpf; }

at_tracepoint() {
	name="BPF tracepoint"
	site="--site tracepoint"
	id=tid
	oldest_kernel=6.12
}

at_process() {
	name="BPF tracepoint, process"
	site="--site tracepoint --unit process"
	id=tgid
	oldest_kernel=6.12
}

at_acct_process() {
	name="BPF fentry acct_process"
	site="--site acct_process"
	id=tgid
	oldest_kernel=6.12
	options="$options, CONFIG_BSD_PROCESS_ACCT"
}

at_acct_collect() {
	at_acct_process
	name="BPF fentry acct_collect"
	site="--site acct_collect"
}

at_do_exit() {
	name="BPF fentry do_exit"
	site="--site do_exit"
	id=tid
	oldest_kernel=6.12
}

counts() {
	mode=count
	tells=number
	fields="a number"
	# shellcheck disable=SC2086 # words
	run() { exec "$B/bpf" $site --output count; }
	count() { awk '/ exits, / { print $1 }' "$OUT.out"; }
	lost() { awk '/ missed$/ { print $3 }' "$OUT.out"; }
}

# balance WORD: what stands before it in the last line
balance() {
	awk -v word="$1" '
		/ exits: / && match($0, "[0-9]+ " word) { print substr($0, RSTART) + 0 }' "$OUT.err"
}

records() {
	named=yes
	tells=status
	fields="all of struct procmon_record: ids, wait status, signal, core, uid, start, \
CPU time, faults, cgroup, name"
	lost() { echo $(($(balance dropped) + $(balance missed))); }
}

# saves OPTION...: to a file, as procmon --raw does
saves() {
	records
	where=$*
	# shellcheck disable=SC2086 # words
	run() { exec "$B/bpf" $site $where --raw "$OUT.raw"; }
	count() { raw_count; }
	codes() { raw_codes "$id"; }
}

to_count() { counts; }
to_ring() {
	mode="ring of its own"
	saves --output ring
}
to_ringbuf() {
	mode="ring buffer, timed"
	saves --output ringbuf --no-wakeup
}
to_wakeup() {
	mode="ring buffer"
	saves --output ringbuf
}
to_json() {
	mode="ring of its own, JSON"
	records
	# shellcheck disable=SC2086 # words
	run() { exec "$B/bpf" $site --output ring --json; }
	count() { json_count "$OUT.out"; }
	codes() { json_codes "$id" "$OUT.out"; }
}

mode_tracepoint_count() {
	at_tracepoint
	to_count
}

mode_tracepoint_ring() {
	at_tracepoint
	to_ring
}

mode_tracepoint_ringbuf() {
	at_tracepoint
	to_ringbuf
}

mode_tracepoint_wakeup() {
	at_tracepoint
	to_wakeup
}

mode_tracepoint_json() {
	at_tracepoint
	to_json
}

mode_process_count() {
	at_process
	to_count
}

mode_process_ring() {
	at_process
	to_ring
}

mode_process_ringbuf() {
	at_process
	to_ringbuf
}

mode_process_wakeup() {
	at_process
	to_wakeup
}

mode_process_json() {
	at_process
	to_json
}

mode_acct_process_count() {
	at_acct_process
	to_count
}

mode_acct_process_ring() {
	at_acct_process
	to_ring
}

mode_acct_process_ringbuf() {
	at_acct_process
	to_ringbuf
}

mode_acct_process_wakeup() {
	at_acct_process
	to_wakeup
}

mode_acct_collect_ring() {
	at_acct_collect
	to_ring
}

mode_do_exit_count() {
	at_do_exit
	to_count
}

mode_do_exit_ring() {
	at_do_exit
	to_ring
}

mode_do_exit_ringbuf() {
	at_do_exit
	to_ringbuf
}

mode_do_exit_wakeup() {
	at_do_exit
	to_wakeup
}
