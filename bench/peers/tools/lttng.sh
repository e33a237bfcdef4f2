# SPDX-License-Identifier: GPL-2.0
#
# LTTng: modules of its own on the kernel's event, and daemons that save what they record.
. "$TOOLS/lib.sh"

packages="lttng-tools babeltrace2"
order=55
modes="session"

mode_session() {
	name=LTTng
	mode="sched_process_exit"
	# Its buffers wake the daemon when a quarter of a megabyte is full.
	window=6000
	named=yes
	tells=name
	options="CONFIG_MODULES, CONFIG_TRACEPOINTS, CONFIG_KALLSYMS"
	oldest_kernel=4.4
	fields="name, id, priority"
	needs="modules and two daemons"
	# As its packages do it: the daemon finds the modules by depmod's lists, for which
	# there have to be those of the kernel.
	setup() {
		[ ! -e "$B/lttng/reason" ] || {
			cat "$B/lttng/reason"
			return 1
		}
		lists=/lib/modules/$(uname -r)
		touch "$lists/modules.order" "$lists/modules.builtin" \
			"$lists/modules.builtin.modinfo" &&
			mkdir -p "$lists/extra" && cp "$B"/lttng/*.ko "$lists/extra" && depmod
	}
	# SIGINT ends the session, and only then the daemon: hence a group of its own.
	run() {
		perl -e 'setpgrp(0, 0); exec @ARGV' lttng-sessiond --kmod-probes=sched &
		p=$!
		trap 'kill $p' EXIT
		until lttng --no-sessiond list; do
			sleep 0.2
		done >/dev/null 2>&1
		{
			lttng create exits --output="$OUT.lttng"
			lttng enable-event --kernel sched_process_exit
			lttng start
		} >&2 || exit
		trap 'lttng destroy exits >&2; kill $p' INT
		wait "$p"
		wait "$p"
		trap - EXIT
	}
	proof() { lttng --no-sessiond list exits | grep -q 'sched_process_exit.*\[enabled\]'; }
	# What it saved, as text, made once.
	text() {
		[ -e "$OUT.text" ] || babeltrace2 "$OUT.lttng" >"$OUT.text" 2>"$OUT.lost"
	}
	count() {
		text
		count_lines "sched_process_exit: .*comm = \"$STORM\"" "$OUT.text"
	}
	lost() {
		text
		awk '/discarded [0-9]+ event/ { sub(/.*discarded /, ""); n += $1 } END { print n + 0 }' \
			"$OUT.lost"
	}
	codes() {
		text
		ids 'sched_process_exit: ' ' tid = ' "$OUT.text"
	}
	teardown() { rm -rf "$OUT.lttng"; }
}
