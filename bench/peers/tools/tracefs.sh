# SPDX-License-Identifier: GPL-2.0
#
# What the kernel's own tracing offers to a shell.
. "$TOOLS/lib.sh"

order=30
modes="event kprobe function hist"

mode="cat trace_pipe"
bare=yes
needs=nothing

run() { exec cat "$T/trace_pipe"; }
lost() { pipe_lost; }

# trace_codes EVENT PRINT: of the lines "NAME-ID [CPU] ..." with EVENT, what this
# statement of awk prints; it may use id
trace_codes() {
	awk "
		/$1/ && match(\$0, /-[0-9]+ +\\[[0-9]+\\] /) {
			id = substr(\$0, RSTART + 1) + 0
			$2
		}" "$OUT.out"
}

mode_event() {
	name="tracefs event"
	named=yes
	tells=name
	options=$event_options
	oldest_kernel=2.6
	fields=$event_fields
	setup() { echo 1 >"$event_enable"; }
	proof() { has_fd trace_pipe && grep -q 1 "$event_enable"; }
	count() { count_lines "sched_process_exit: comm=$STORM " "$OUT.out"; }
	codes() { sched_ids "$OUT.out"; }
	teardown() { echo 0 >"$event_enable"; }
}

mode_kprobe() {
	name="tracefs kprobe do_exit"
	tells=status
	options="CONFIG_KPROBE_EVENTS"
	oldest_kernel=4.20
	fields="name, id, code of the thread, any argument"
	enable=$T/events/peer/exits/enable
	setup() {
		# shellcheck disable=SC2016 # $arg1 is the kernel's
		echo 'p:peer/exits do_exit code=$arg1:s64' >>"$T/kprobe_events" &&
			echo 1 >"$enable"
	}
	proof() { has_fd trace_pipe && in_kprobes; }
	count() { count_lines ' exits: (do_exit' "$OUT.out"; }
	# shellcheck disable=SC2016 # $0 is awk's
	codes() { trace_codes ' exits: ' 'n = split($0, w, "="); print id, w[n]'; }
	teardown() {
		echo 0 >"$enable"
		echo '-:peer/exits' >>"$T/kprobe_events"
	}
}

mode_function() {
	name="function tracer do_exit"
	tells=name
	options="CONFIG_FUNCTION_TRACER, CONFIG_DYNAMIC_FTRACE"
	oldest_kernel=2.6
	fields="name, id"
	setup() {
		echo do_exit >"$T/set_ftrace_filter" && echo function >"$T/current_tracer"
	}
	proof() { has_fd trace_pipe && in_functions; }
	count() { count_lines ': do_exit <-' "$OUT.out"; }
	codes() { trace_codes ': do_exit <-' 'print id, "-"'; }
	teardown() {
		echo nop >"$T/current_tracer"
		echo >"$T/set_ftrace_filter"
	}
}

# It is the kernel that counts; nobody reads meanwhile.
mode_hist() {
	name="hist trigger"
	mode="keys=comm"
	named=yes
	tells=number
	options="CONFIG_HIST_TRIGGERS"
	oldest_kernel=4.7
	fields="a number for each name"
	unset -f run lost
	trigger=$T/events/sched/sched_process_exit/trigger
	setup() { echo 'hist:keys=comm' >"$trigger"; }
	proof() { grep -q '^hist:keys=comm.*\[active\]' "$trigger"; }
	count() {
		awk -v name="$STORM" '$3 == name { print $NF; found = 1 }
			END { if (!found) print 0 }' "${trigger%trigger}hist"
	}
	teardown() { echo '!hist:keys=comm' >"$trigger"; }
}
