# SPDX-License-Identifier: GPL-2.0
#
# exitsnoop: as bcc has it, in Python, and as its libbpf-tools have it, in C.
. "$TOOLS/lib.sh"

packages="bpfcc-tools libbpf-tools"
order=70
modes="libbpf bcc"

name=exitsnoop
named=yes
tells=status
fields="name, ids, parent, age, code of the leader"

proof() { has_bpf; }
count() { count_lines "$STORM " "$OUT.out"; }
lost() { bpf_lost; }

# "PID PPID TID AGE 0", "... code 3" or "... signal 11 (...), core dumped".
codes() {
	awk '
		match($0, / [0-9]+ +[0-9]+ +[0-9]+ +[0-9.]+ +(0 *$|code [0-9]|signal [0-9])/) {
			split(substr($0, RSTART), w, " ")
			s = w[5] == "code" ? w[6] * 256 : w[5] == "signal" ? w[6] + 0 : 0
			print w[1], s + (/core dumped/ ? 128 : 0)
		}' "$OUT.out"
}

mode_libbpf() {
	mode="libbpf-tools"
	options="$bpf_options, CONFIG_DEBUG_INFO_BTF"
	oldest_kernel=5.5
	needs="a program that runs"
	run() { exec exitsnoop-libbpf; }
}

mode_bcc() {
	mode="bcc"
	options=$bpf_options
	oldest_kernel=4.9
	needs="python, a compiler (LLVM), the kernel's headers and a program that runs"
	run() { exec exitsnoop-bpfcc; }
}
