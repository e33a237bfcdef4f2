# SPDX-License-Identifier: GPL-2.0
#
# taskstats: our listener to the kernel's messages, since Debian has none.
. "$TOOLS/lib.sh"

order=100
modes="listener"

mode_listener() {
	name=taskstats
	mode="listener"
	named=yes
	tells=status
	options=CONFIG_TASKSTATS
	oldest_kernel=2.6
	fields="name, ids, uid, CPU time, delays, I/O, memory, code of the leader"
	needs="a program that runs"
	run() { exec "$B/taskstats"; }
	# Its socket is generic netlink's (protocol 16); a group it does not join.
	proof() {
		awk -v p="${P#/proc/}" '$2 == 16 && $3 == p { ok = 1 } END { exit !ok }' \
			/proc/net/netlink
	}
	count() { count_lines "$STORM " "$OUT.out"; }
	codes() { last_two; }
}
