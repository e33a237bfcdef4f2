# SPDX-License-Identifier: GPL-2.0
#
# procmon: our own module, with each of its outputs.
. "$TOOLS/lib.sh"

# For dmesg.
packages=util-linux
order=10
modes="count stream raw process trace log"

name="procmon tracepoint"
hook=tracepoint
unit=task
tells=status
options="CONFIG_MODULES, CONFIG_TRACEPOINTS"
oldest_kernel=6.1
fields="all of struct procmon_record: ids, wait status, signal, core, last thread, uid, age, \
CPU time, faults, cgroup, name"
needs="a module"
named=yes

# load PARAMETER...
load() { insmod "$MODULES/$hook/procmon.ko" "$@"; }
teardown() { rmmod procmon; }

# counters NAME...: the sum of these counters of the module
counters() {
	awk -v names=" $* " '
		index(names, " " $1 " ") { n += $2; found = 1 }
		END { if (found) print n + 0 }' "$D/procmon/stats"
}

at_tracepoint() { grep -q '^site sched_process_exit' "$D/procmon/stats"; }

mode_count() {
	mode="count"
	output=count
	tells=number
	fields="a number"
	named=no
	setup() { load log=off; }
	proof() { at_tracepoint; }
	count() { counters hits; }
	lost() { counters missed; }
}

mode_stream() {
	mode="stream"
	output=stream
	setup() { load log=off; }
	run() { exec "$PROCMON" --json; }
	proof() { has_fd /dev/procmon; }
	count() { json_count "$OUT.out"; }
	lost() { counters dropped; }
	codes() { json_codes tid "$OUT.out"; }
}

mode_raw() {
	mode="stream, --raw"
	output=stream
	setup() { load log=off; }
	run() { exec "$PROCMON" --raw "$OUT.raw"; }
	proof() { has_fd /dev/procmon; }
	count() { raw_count; }
	lost() { counters dropped; }
	codes() { raw_codes tid; }
}

mode_process() {
	name="procmon kretprobe"
	mode="stream, unit=process"
	hook=kretprobe
	output=stream
	unit=process
	options="CONFIG_MODULES, CONFIG_KRETPROBES"
	setup() { load log=off unit=process; }
	run() { exec "$PROCMON" --json; }
	proof() { has_fd /dev/procmon; }
	count() { json_count "$OUT.out"; }
	lost() { counters dropped missed; }
	codes() { json_codes tgid "$OUT.out"; }
}

mode_trace() {
	mode="trace, cat trace_pipe"
	output=trace
	options="$options, CONFIG_EVENT_TRACING"
	enable=$T/events/procmon/procmon_exit/enable
	setup() { load log=off && echo 1 >"$enable"; }
	run() { exec cat "$T/trace_pipe"; }
	proof() { has_fd trace_pipe && grep -q 1 "$enable"; }
	count() { count_lines "procmon_exit: comm=$STORM " "$OUT.out"; }
	lost() { pipe_lost; }
	codes() {
		awk -F ' tid=| wait_status=' '
			/ procmon_exit: / && NF > 2 {
				split($NF, w, " ")
				print $(NF - 1) + 0, w[1]
			}' "$OUT.out"
	}
	teardown() {
		echo 0 >"$enable"
		rmmod procmon
	}
}

mode_log() {
	mode="log, dmesg --follow"
	output=log
	options="$options, CONFIG_PRINTK"
	fields="name, id, exit code, signal"
	setup() { load log=all; }
	run() { exec dmesg --follow-new; }
	proof() { has_fd /dev/kmsg && at_tracepoint; }
	count() { count_lines "procmon: name .$STORM., " "$OUT.out"; }
	lost() { counters unlogged; }
	codes() {
		# of a thread its own id
		sed 's/], pid .[0-9]*], tid ./], pid [/' "$OUT.out" |
			awk -F '], pid .|], exit_code .|], signal .' '
				NF > 2 { print $2 + 0, $3 * 256 + $4, "0xff7f" }'
	}
}
