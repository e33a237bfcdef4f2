# SPDX-License-Identifier: GPL-2.0
#
# BPF as well as it can be done: a program of our own, which makes the record of
# procmon; see bpf.c.
. "$TOOLS/lib.sh"

order=15

# The best of each kind. The program can do more (bpf --help): with the ring buffer's own
# wake-ups an exit costs ten times as much, at do_exit and acct_collect more than here.
modes="tracepoint_count tracepoint_ring tracepoint_ringbuf tracepoint_json process_ring \
acct_process_ring"

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
	name="BPF tracepoint"
	site="--site tracepoint --unit process"
	id=tgid
	oldest_kernel=6.12
}

at_acct_process() {
	name="BPF fentry"
	site="--site acct_process"
	id=tgid
	oldest_kernel=6.12
	options="$options, CONFIG_BSD_PROCESS_ACCT"
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

mode_tracepoint_json() {
	at_tracepoint
	to_json
}

mode_process_ring() {
	at_process
	to_ring
	mode="$mode, unit=process"
}

mode_acct_process_ring() {
	at_acct_process
	to_ring
	mode="$mode, unit=process"
}
