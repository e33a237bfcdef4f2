#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/compare.sh DIR
#
# Are the exact prices in DIR, which make bench wrote on another machine, those of
# results/, to the instruction?  Print a line for each kernel in DIR: its release, its
# package, how many exact prices were compared, how many are the same.
#
# It compares what can be the same only: the same package of a kernel, measured with
# the same code.  Everything else is refused.  The BPF program is left out if another
# clang compiled it.
#
# Exit status: 0 all are the same, 1 not all, 2 refused
#
#   RESULTS=DIR	from the environment: compare with these (default results)

set -eu
DIE_STATUS=2
. "$(dirname "$0")/lib/common.sh"

case ${1:-} in
--help|-h) usage; exit 0 ;;
''|-*)	die "which directory? see --help" ;;
esac
theirs=$1
ours=${RESULTS:-$top/results}
for dir in "$theirs" "$ours"; do
	{ [ -e "$dir/exact.tsv" ] && [ -e "$dir/environment.txt" ]; } ||
		die "$dir: no exact.tsv and environment.txt there; make bench writes them"
done

# fact DIR SECTION NAME: of environment.txt.
fact() {
	awk -v section="[$2]" -v name="$3: " '
		/^\[/ { inside = $0 == section }
		inside && index($0, name) == 1 { print substr($0, length(name) + 1) }
	' "$1/environment.txt"
}

# Exact prices of kernel $1 compared, those that are the same; and what differs.
compare() {
	awk -F '\t' -v release="$1" -v without="$without" '
		FNR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
		$1 != release || $column["mechanism"] == without { next }
		{
			row = $column["hook"] ", " $column["output"]
			price = $column["lo"] " to " $column["hi"] ", " $column["gate"] \
				", traps " $column["traps"]
		}
		NR == FNR { if ($column["gate"] == "ok") ours[row] = price; next }
		{ theirs[row] = price }
		END {
			for (row in ours) {
				compared++
				if (theirs[row] == ours[row])
					same++
				else
					print row ": " (row in theirs ? theirs[row] : "no price") ", and here " ours[row] >"/dev/stderr"
			}
			print compared + 0 "\t" same + 0
		}' "$ours/exact.tsv" "$theirs/exact.tsv"
}

code=$(fact "$theirs" bench "git trees")
[ "$code" = "$(fact "$ours" bench "git trees")" ] ||
	die "refused: $theirs was measured with other code than $ours: run make bench here, too"

without=
if [ "$(fact "$theirs" bench clang)" != "$(fact "$ours" bench clang)" ]; then
	without=BPF
	say "BPF is left out: compiled by '$(fact "$theirs" bench clang)' there, '$(fact "$ours" bench clang)' here"
fi

status=0
for release in $(tail -n +2 "$theirs/exact.tsv" | cut -f 1 | sort -Vu); do
	kernel=$(fact "$theirs" "$release" "kernel version")
	here=$(fact "$ours" "$release" "kernel version")
	[ -n "$here" ] ||
		die "refused: $theirs is of the kernel $release, which $ours has no prices of"
	[ "$kernel" = "$here" ] ||
		die "refused: $theirs is of the kernel '$kernel', $ours of '$here'"
	counts=$(compare "$release")
	[ "${counts%	*}" != 0 ] || die "refused: $ours has no exact price on $release"
	[ "${counts%	*}" = "${counts#*	}" ] || status=1
	printf '%s\t%s\t%s\n' "$release" "$(sed -n 's/.* Debian \([^ ]*\) .*/\1/p' <<<"$kernel")" \
		"$counts"
done
exit $status
