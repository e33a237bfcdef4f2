# SPDX-License-Identifier: GPL-2.0
#
# trace-cmd: the kernel's event, recorded to a file by a process for each CPU.
. "$TOOLS/lib.sh"

packages=trace-cmd
order=40
modes="record"

report() { trace-cmd report -i "$OUT.dat" 2>/dev/null; }

mode_record() {
	name=trace-cmd
	mode="record"
	named=yes
	tells=name
	options=$event_options
	oldest_kernel=2.6
	fields=$event_fields
	needs="a program that runs"
	run() { exec trace-cmd record -e "$event" -o "$OUT.dat"; }
	proof() { grep -q 1 "$event_enable" && has_fd trace_pipe_raw; }
	count() { report | count_lines "comm=$STORM"; }
	lost() {
		awk '
			/^(overrun|commit overrun|dropped events): / { n += $NF }
			END { print n + 0 }' "$OUT.out"
	}
	codes() { report | sched_ids -; }
}
