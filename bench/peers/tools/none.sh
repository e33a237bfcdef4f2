# SPDX-License-Identifier: GPL-2.0
#
# A control: what it is to have one process more, whatever it does.
. "$TOOLS/lib.sh"

order=20
modes="sleep"

mode_sleep() {
	name=none
	mode="a process that sleeps"
	run() { exec sleep 1000000; }
	proof() { grep -q sleep "$P/comm"; }
}
