# SPDX-License-Identifier: GPL-2.0
#
# auditd: the audit daemon, with a rule for the two system calls that end a task.
. "$TOOLS/lib.sh"

packages=auditd
order=110
modes="exit"

mode_exit() {
	name=auditd
	mode="exit and exit_group"
	named=yes
	# Tasks made from now on keep their audit context.
	stays=yes
	loses="its default keeps 5 log files of 8 MB and deletes the older"
	tells=status
	options="CONFIG_AUDIT, CONFIG_AUDITSYSCALL"
	oldest_kernel=2.6
	fields="name, ids, uids, argument of exit(2), command, session; no signals"
	needs="a daemon"
	setup() {
		rm -f /var/log/audit/*
		auditctl -e 1 && auditctl -a always,exit -F arch=b64 -S exit -S exit_group
	}
	# It ends on SIGTERM only.
	run() {
		auditd -n &
		p=$!
		trap 'kill $p' INT
		wait "$p"
		wait "$p"
	}
	proof() { auditctl -l | grep -q exit_group && auditctl -s | grep -q '^pid [1-9]'; }
	count() { cat /var/log/audit/* | count_lines "^type=SYSCALL.* comm=\"$STORM\""; }
	lost() { auditctl -s | sed -n 's/^lost //p'; }
	# The argument of the system call, in hex; a signal is none.
	codes() {
		cat /var/log/audit/* | awk '
			/^type=SYSCALL/ && match($0, / a0=[0-9a-f]+ /) {
				a0 = substr($0, RSTART + 4, RLENGTH - 5)
				match($0, / pid=[0-9]+ /)
				print substr($0, RSTART + 5) + 0, "0x" a0 "00"
			}'
	}
	teardown() {
		auditctl -D
		auditctl -e 0
	}
}
