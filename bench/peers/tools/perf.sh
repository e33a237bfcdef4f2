# SPDX-License-Identifier: GPL-2.0
#
# perf: the kernel's event, counted, recorded to a file, or printed.
. "$TOOLS/lib.sh"

packages=linux-perf
order=50
modes="stat record trace"

name=perf
tells=name
options="CONFIG_PERF_EVENTS, CONFIG_EVENT_TRACING"
oldest_kernel=2.6
fields=$event_fields
needs="a program that runs"
named=yes

# It maps the buffer of each event before it lets the events come.
maps_buffer() {
	for p in $P; do
		cat "$p/maps"
	done | grep -q perf_event
}

# What it recorded, as text, made once; with what the kernel told it to have lost.
script() {
	[ -e "$OUT.script" ] ||
		perf script -i "$OUT.data" -F event,trace --show-lost-events \
			>"$OUT.script" 2>/dev/null
}

mode_stat() {
	mode="stat"
	named=no
	tells=number
	fields="a number"
	run() { exec perf stat -a -x, -e "$event" -o "$OUT.stat"; }
	proof() { has_fd perf_event; }
	count() { awk -F, '/sched_process_exit/ { print $1 }' "$OUT.stat"; }
}

mode_record() {
	mode="record -B"
	# -B: not with the build ids of all programs on the machine, which take perf
	# twenty times as long as all the rest, for symbols that nobody asks for.
	run() { exec perf record -B -a -e "$event" -o "$OUT.data"; }
	proof() { maps_buffer; }
	count() {
		script
		count_lines "comm=$STORM" "$OUT.script"
	}
	lost() {
		script
		awk '/PERF_RECORD_LOST/ { n += $NF } END { print n + 0 }' "$OUT.script"
	}
	codes() {
		script
		sched_ids "$OUT.script"
	}
}

mode_trace() {
	mode="trace"
	oldest_kernel=4.10
	run() { exec perf trace -a -e "$event" -o "$OUT.trace"; }
	proof() { maps_buffer; }
	count() { count_lines "sched_process_exit(comm: \"$STORM" "$OUT.trace"; }
	lost() {
		awk '/LOST [0-9]+ events/ { sub(/.*LOST /, ""); n += $1 } END { print n + 0 }' \
			"$OUT.trace" "$OUT.err"
	}
	codes() { ids sched_process_exit.comm ', pid: ' "$OUT.trace"; }
}
