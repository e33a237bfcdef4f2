# SPDX-License-Identifier: GPL-2.0
#
# Process accounting: the kernel writes a record for each process to a file.
. "$TOOLS/lib.sh"

packages=acct
order=90
modes="accton"

mode_accton() {
	name="process accounting"
	mode="accton"
	named=yes
	tells=status
	options="CONFIG_BSD_PROCESS_ACCT, CONFIG_BSD_PROCESS_ACCT_V3"
	oldest_kernel=2.6
	fields="name, ids, exit code, uid, CPU time, memory, start"
	needs="a file system with room"
	setup() { : >"$OUT.acct" && accton "$OUT.acct"; }
	# The shell's own children end up in the file.
	proof() {
		(:)
		test -s "$OUT.acct"
	}
	count() { lastcomm -f "$OUT.acct" "$STORM" | wc -l; }
	# struct acct_v3 of acct(5), in little endian: 64 bytes, the code at 4, the pid
	# at 16.
	codes() { od -An -v -t u4 -w64 "$OUT.acct" | awk '{ print $5, $2 }'; }
	teardown() { accton off; }
}
