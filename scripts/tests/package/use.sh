#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/tests/package/use.sh
#
# In a guest that has booted with the packages of build/deb-old installed: everything that
# they promise, then the upgrade to build/deb, while the module is in use, and the end.

set -eu
log=/var/log/procmon/exits

say()	{ printf 'procmon: %s\n' "$*" >&2; }
fail() {
	say "$*"
	systemctl status --no-pager -l procmon-module procmon >&2 || :
	[ ! -s seen ] || tail -n 50 seen >&2
	exit 1
}

# until_so COMMAND...: it succeeds at last
until_so() {
	local tries
	# A guest beside much else is slow, but not by as much.
	for ((tries = 0; tries < 300; tries++)); do
		! "$@" 2>/dev/null || return 0
		sleep 0.2
	done
	fail "never: $*"
}

# crash: a process that ends by SIGSEGV; prints its id
crash() {
	sleep 1000 >/dev/null 2>&1 &
	kill -SEGV $!
	wait $! 2>/dev/null || :
	echo $!
}

cd "$(mktemp -d)"
say "the module came with the start of the system"
systemctl is-active -q procmon-module || fail "it is not loaded"
[ -d /sys/module/procmon ]
[ "$(cat /sys/module/procmon/parameters/unit)" = process ]
until_so test "$(stat -c %G:%a /dev/procmon)" = procmon:440

say "a member of the group sees what crashes, and nobody else may"
setpriv --reuid nobody --regid nogroup --clear-groups procmon --duration 1 2>no &&
	fail "anybody may read the exits"
grep -q "Permission denied" no
setpriv --reuid nobody --regid procmon --clear-groups procmon --json --failed >seen &
reader=$!
until_so grep -q "^reader $reader " /sys/kernel/debug/procmon/stats
pid=$(crash)
until_so grep -q "\"tgid\":$pid" seen
grep "\"tgid\":$pid," seen | grep -q '"signal":11'
kill -INT $reader
wait $reader

say "which container, which program, which signal"
COLUMNS=132 procmon --failed --cgroup 'machine:*' >seen &
reader=$!
until_so grep -q "^reader $reader " /sys/kernel/debug/procmon/stats
# It is sleep from the moment on at which it has that name.
systemd-nspawn -q -M web --volatile=yes -D / sh -c '
	sleep 1000 &
	until grep -qx sleep /proc/$!/comm; do :; done
	kill -SEGV $!
	wait $!' || [ $? = 139 ] || fail "systemd-nspawn failed"
until_so grep -qE 'sleep .* machine:web +SIGSEGV' seen
kill -INT $reader
wait $reader
cat seen

say "the log, and its rotation"
systemctl start procmon
until_so grep -q "^reader .* procmon" /sys/kernel/debug/procmon/stats
first=$(crash)
until_so grep -q "\"tgid\":$first," $log
logrotate -f /etc/logrotate.d/procmon
until_so test -e $log.1
second=$(crash)
until_so grep -q "\"tgid\":$second," $log
grep -q "\"tgid\":$first," $log.1
[ "$(stat -c %U:%a $log)" = procmon:600 ]
# Every record of the two files is there, in order.
python3 - $log.1 $log <<'EOF'
import collections, json, sys
due = collections.Counter()
for name in sys.argv[1:]:
    for line in open(name):
        exit = json.loads(line)
        assert exit["number"] == due[exit["cpu"]] and not exit["dropped"], exit
        due[exit["cpu"]] += 1
EOF

say "documented"
[ -s /usr/share/man/man1/procmon.1.gz ] && [ -s /usr/share/man/man4/procmon.4.gz ]
[ -s /usr/include/procmon/record.h ]

say "the upgrade, with the module in use"
loaded() { systemctl show -P ActiveEnterTimestampMonotonic procmon-module; }
before=$(loaded)
# see install.sh
export CCACHE_DIR=/var/cache/ccache
PATH=/usr/lib/ccache:$PATH dpkg -i "$OLDPWD"/build/deb/procmon_*.deb "$OLDPWD"/build/deb/procmon-dkms_*.deb >upgrade 2>&1 || {
	cat upgrade >&2
	fail "the upgrade failed"
}
ccache --show-stats >&2
systemctl is-active -q procmon-module procmon || fail "the services are not what they were"
[ "$(loaded)" != "$before" ] || fail "the old module is still in use"
third=$(crash)
until_so grep -q "\"tgid\":$third," $log

say "a choice that this kernel has not"
sed -i 's/^VARIANT=.*/VARIANT=none/' /etc/procmon.conf
systemctl restart procmon-module 2>/dev/null && fail "it was loaded"
journalctl -q --no-pager -u procmon-module | grep -q "could not load none" || fail "nobody says why"
sed -i 's/^VARIANT=.*/VARIANT=kprobe/' /etc/procmon.conf
systemctl restart procmon-module procmon
grep -q "^mechanism kprobe" /sys/kernel/debug/procmon/stats || fail "it is another hook than was chosen"

say "the end of it"
dpkg -r procmon procmon-dkms >removed 2>&1 || { cat removed >&2; fail "removal failed"; }
[ ! -e /sys/module/procmon ] || fail "the module is still loaded"
[ -e $log ] && [ -e /etc/procmon.conf ]
[ -z "$(find /lib/modules -name 'procmon*')" ]
dpkg -P procmon procmon-dkms >purged 2>&1 || { cat purged >&2; fail "the purge failed"; }
[ ! -e $log ] && [ ! -e /etc/procmon.conf ] && [ ! -e /var/lib/dkms/procmon ]
say "all as it should be"
