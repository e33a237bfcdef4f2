# SPDX-License-Identifier: GPL-2.0
#
# forkstat: a listener to the messages of the kernel's process connector.
. "$TOOLS/lib.sh"

packages=forkstat
order=80
modes="exit"

mode_exit() {
	name=forkstat
	mode="-e exit"
	# The kernel goes on making messages, for some 375 instructions.
	stays=yes
	tells=status
	options=CONFIG_PROC_EVENTS
	oldest_kernel=2.6
	fields="ids, code of the thread, age, command line"
	needs="a program that runs"
	run() { exec forkstat -e exit; }
	proof() { has_proc_events; }
	count() { count_lines ' exit ' "$OUT.out"; }
	codes() { awk '$2 == "exit" { print $3, $4 }' "$OUT.out"; }
}
