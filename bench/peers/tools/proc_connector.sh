# SPDX-License-Identifier: GPL-2.0
#
# The kernel's process connector, with a listener of our own that asks for exits alone.
. "$TOOLS/lib.sh"

order=85
modes="listener"

mode_listener() {
	name="process connector"
	mode="listener"
	tells=status
	options=CONFIG_PROC_EVENTS
	oldest_kernel=6.6
	fields="ids, parent, code of the thread; only those that are not 0, if asked"
	needs="a program that runs"
	run() { exec "$B/proc_connector"; }
	proof() { has_proc_events; }
	count() { wc -l <"$OUT.out"; }
	codes() { awk '{ print $2, $3 }' "$OUT.out"; }
}
