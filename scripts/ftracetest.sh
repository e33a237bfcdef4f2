#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/ftracetest.sh [--kernel SERIES] [PATTERN]...
#
# Run the kernel's own tests of ftrace (tools/testing/selftests/ftrace, of Debian's
# linux-source of the same version) on Debian's stock kernel of SERIES (default 6.12),
# while processes exit all the time: once without procmon, and once with each variant
# loaded and its stream read.  Writes ftracetest.tsv to results/, and fails if a test
# that passes without procmon does not with it, and no rule explains it (see below).
#
# PATTERN is the beginning of a test's name, such as kprobe, or kprobe/busy.  Without
# one it is all that has to do with how a probe is called, and not with what is made of
# events that were (filter, trigger), with the tracers of latencies (preemptirq, tracer),
# and with the style of the tests (selftest).
#
#   RESULTS=DIR	from the environment: where to write (default results)
#   JOBS=N	guests at once (default: a CPU each)

set -eu
. "$(dirname "$0")/lib/common.sh"
. "$scripts/lib/apt.sh"
. "$scripts/lib/guests.sh"

series=6.12
patterns=()
while [ $# -gt 0 ]; do
	case $1 in
	--help|-h) usage; exit 0 ;;
	--kernel) need_value "$@"; series=$2; shift ;;
	-*)	die "$1: unknown option; see --help" ;;
	*)	patterns+=("$1") ;;
	esac
	shift
done
[ ${#patterns[@]} -gt 0 ] ||
	patterns=(00basic/ direct/ dynevent/ event/ ftrace/ instances/ kprobe/)
results=${RESULTS:-$top/results}
mapfile -t variants < <(variants)

fetch_selftests() {
	# Another run may have done it while this one waited.
	[ ! -e "$selftests" ] || return 0
	mkdir -p "${selftests%/*}"
	rm -rf "$cache"/selftests/.new.*
	tmp=$(mktemp -d "$cache/selftests/.new.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	get_source "$(cut -d . -f 1,2 <<<"$release")" "$version" tools/testing/selftests/ftrace
	mv "$tmp/source/tools/testing/selftests/ftrace" "$selftests"
}

# The tests that are asked for, one a line.
chosen() {
	local pattern
	for pattern in "${patterns[@]}"; do
		(cd "$selftests/test.d" && find . -path "./$pattern*.tc")
	done | sed 's|^\./||' | LC_ALL=C sort -u
}

# A copy, so that nobody rebuilds it meanwhile.
stage() {
	rm -rf "$dir"
	stage_modules "$dir/modules" "${variants[@]}"
	cp "$top/bench/build/storm" "$top/bench/build/procmon" \
		"$scripts/guest/ftracetest.sh" "$dir"
}

start_guest() {
	local variant=$1
	say "$release, $variant: ${#tests[@]} tests"
	(cd "$dir" && exec "$scripts/vm.sh" --kernel "$series" --timeout 7200 -- \
		./ftracetest.sh "$variant" "$selftests" "${tests[@]}" >"$variant.results") &
	guests+=($!)
}

start=$SECONDS
"$scripts/setup.sh" --for vm --for build
need_apt
release='' version=''
kernel_facts "$series"
selftests=$cache/selftests/$version
[ -e "$selftests" ] || locked selftests fetch_selftests
mapfile -t tests < <(chosen)
[ ${#tests[@]} -gt 0 ] || die "no such test: ${patterns[*]}; see $selftests/test.d"

make -s -C "$top/bench"
"$scripts/build.sh" --kernel "$series" "${variants[@]}"
dir=$top/build/ftracetest/$release
stage
for variant in none "${variants[@]}"; do
	room
	start_guest "$variant"
done
wait_for_guests

# reason VARIANT TEST: why it may end otherwise with this variant, which is no fault: it
# looks at a list of everybody's probes, and there, as the guest has seen, is ours. Or "-".
reason() {
	local list
	while IFS= read -r list; do
		if grep -qF "$list" "$selftests/test.d/${2% (instance)}"; then
			echo "looks at $list, where procmon is"
			return
		fi
	done < <(sed -n 's/^LIST\t//p' "$dir/$1.results")
	echo -
}

# The results of a variant beside those without one; what is missing is NONE.
rows() {
	local variant=$1 test without with why
	awk -F '\t' -v OFS='\t' '
		$1 == "LIST" { next }
		!($1 in seen) { seen[$1]; name[n++] = $1 }
		NR == FNR { without[$1] = $2; next }
		{ with[$1] = $2 }
		END {
			for (i = 0; i < n; i++)
				print name[i], without[name[i]] ? without[name[i]] : "NONE",
					with[name[i]] ? with[name[i]] : "NONE"
		}' "$dir/none.results" "$dir/$variant.results" |
		while IFS=$'\t' read -r test without with; do
			why=-
			[ "$without" = "$with" ] || why=$(reason "$variant" "$test")
			printf '%s\t' "$release" "$version" "$variant" "$test" "$without" "$with"
			printf '%s\n' "$why"
		done
}

mkdir -p "$results"
table=$(mktemp "$results/.ftracetest.XXXXXX")
chmod 644 "$table"
{
	printf 'kernel\tselftests\tvariant\ttest\twithout\twith\treason\n'
	for variant in "${variants[@]}"; do
		rows "$variant"
	done
} >"$table"
mv "$table" "$results/ftracetest.tsv"
say "done in $((SECONDS - start)) s: $results/ftracetest.tsv"
faults=$(awk -F '\t' '$5 == "PASS" && $6 != "PASS" && $7 == "-" { print $3 ": " $4 ": " $6 }' \
	"$results/ftracetest.tsv")
[ -z "$faults" ] || die "these tests pass without procmon, and not with it:
$faults"
