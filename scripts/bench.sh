#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/bench.sh [SERIES]...
#
# Measure what each hook adds to one exit on Debian's stock kernel of each
# SERIES, to the instruction, and write results/.  Each kernel is booted twice,
# with different random numbers, and both boots must agree.  Then once more, to have
# the emulator write down which instructions they are: the anatomy, whose sum must
# be the same number.  Without a SERIES the kernels are 6.12 and the newest 7.x, or
# 6.12 alone if there is none to be had.
#
# Kernels of another architecture (6.12-arm64) are measured by themselves, without BPF:
# their tables are in results/arm64, and the report has a section of them.
#
#   ROUNDS=N	from the environment: blocks of each hook in a boot (default
#		12, the fewest that the estimator takes)
#   EXITS=N	timed exits in a block (default 400: the more, the nearer to
#		each other the histograms of one and the same path)
#   JOBS=N	guests at once (default: a CPU each)
#   RESULTS=DIR	where to write (default results)
#
# The boot files, from which everything else is made, stay in
# build/bench; kernels that were measured there before, with the same code,
# join the report.  Interrupted, it leaves results/ as it was.

set -eu
. "$(dirname "$0")/lib/common.sh"
. "$scripts/lib/guests.sh"

rounds=${ROUNDS:-12}
exits=${EXITS:-400}
# For the anatomy: enough that most exits find one without hook that is like them.
traced_rounds=2
traced_exits=100
results=${RESULTS:-$top/results}
work=$top/build/bench
mapfile -t variants < <(variants)

case ${1:-} in
--help|-h) usage; exit 0 ;;
-*) die "$1: unknown option; see --help" ;;
esac

# The architecture of the guests, if it is not this machine's.
foreign=
for series; do
	case $series in
	*-arm64) foreign=arm64 ;;
	esac
done
for series; do
	[ -z "$foreign" ] || [ "${series%-"$foreign"}" != "$series" ] ||
		die "$series and kernels of $foreign: measure one architecture at a time"
done
programs=$top/bench/build${foreign:+/$foreign}
objcopy=objcopy
[ -z "$foreign" ] || objcopy=aarch64-linux-gnu-objcopy

stage() {
	local dir=$1 variant
	rm -rf "$dir"
	stage_modules "$dir/modules" "${variants[@]}"
	# For anatomy-source.sh, with their debugging information.
	mkdir "$dir/debug"
	for variant in "${variants[@]}"; do
		cp "$top/variants/$variant/procmon.ko" "$dir/debug/$variant.ko"
	done
	cp "$programs/measure" "$scripts/guest/bench.sh" "$dir"
	[ -n "$foreign" ] || cp "$programs/bpf" "$dir"
}

# start_guest SERIES DIR NAME SEED ARGUMENT...: one boot in the background, with more
# options of vm.sh in options; its progress goes to our stderr, named.
start_guest() {
	local series=$1 dir=$2 name=$3 seed=$4
	shift 4
	[ -n "$foreign" ] || options+=(--pack "$dir/bpf")
	"$scripts/vm.sh" --exact --kernel "$series" --seed "$seed" --timeout 7200 \
		"${options[@]}" --pack "$dir/modules" --pack "$dir/measure" \
		--pack "$dir/bench.sh" -- ./bench.sh "$@" >"$dir/$name" \
		2> >(sed -u "s/^round /procmon: $series, $name: round /" >&2) &
	guests+=($!)
}

start_boot() {
	local options=()
	start_guest "$1" "$2" "boot$3" "$3" "$3" "$rounds" "$exits"
}

# The third boot has the random numbers of the first.
start_traced() {
	local options=(--trace "$2/trace")
	room
	start_guest "$1" "$2" traced 1 1 "$traced_rounds" "$traced_exits" --traced \
		--no-traps --only '*.count' --only '*.stream' --only '*.process'
}

start=$SECONDS
"$scripts/setup.sh" --for bench
mkdir -p "$work"
make -s -C "$top/bench" all bpf
emulator="qemu-system-x86_64"
if [ -n "$foreign" ]; then
	"$scripts/setup.sh" --for cross --for "$foreign"
	make -s -C "$top/bench" "ARCH=$foreign" "build/$foreign/measure"
	emulator="qemu-system-aarch64"
fi

# Two boots are worth comparing if all of this is the same.
qemu=$("$emulator" --version | sed -n '1s/.*version //p')
trees=$(trees "${measured_trees[@]}")
# It makes the BPF program; a module is made by the compiler of its kernel.
clang=$("${CLANG:-clang}" --version | sed -n 1p)
stamp="$trees $qemu $clang $rounds $exits $traced_rounds $traced_exits"

measured=()
measure() {
	local series=$1 release dir
	release=$("$scripts/kernel.sh" "$series" release)
	dir=$work/$release
	"$scripts/build.sh" --kernel "$series" "${variants[@]}"
	stage "$dir"
	say "measuring on $release: $boots boots of $rounds rounds, and a traced one: about three minutes"
	boot_all start_boot "$series" "$dir"
	start_traced "$series" "$dir"
	wait_for_guests
	echo "$stamp" >"$dir/stamp"
	measured+=("$dir")
}

if [ $# -eq 0 ]; then
	set -- 6.12
	if "$scripts/kernel.sh" 7 release >/dev/null; then
		set -- 6.12 7
	else
		warn "no 7.x kernel is to be had: the report is of 6.12 alone"
	fi
fi
for series; do
	measure "$series"
done

for dir in "$work"/*/; do
	dir=${dir%/}
	case " ${measured[*]} " in
	*" $dir "*) continue ;;
	esac
	[[ ${dir##*-} = "${foreign:-amd64}" ]] || continue
	# What is not committed has no name to tell it by.
	case $stamp in
	*"not committed"*) continue ;;
	esac
	[ "$(cat "$dir/stamp" 2>/dev/null)" = "$stamp" ] || continue
	say "adding ${dir##*/}, measured earlier with the same code"
	measured+=("$dir")
done
files=()
traces=()
while read -r dir; do
	traces+=("$dir/trace" "$dir/traced")
	for boot in $(seq $boots); do
		files+=("$dir/boot$boot")
	done
done < <(printf '%s\n' "${measured[@]}" | sort -V)

mkdir -p "$results"
tmp=$(mktemp -d "$results/.bench.XXXXXX")
env=(--env "git trees=$trees" --env "qemu=$qemu")
[ -n "$foreign" ] || env+=(--env "clang=$clang")
mkdir "$tmp/new"
"$top/bench/build/estimate" --out "$tmp/new${foreign:+/$foreign}" "${env[@]}" "${files[@]}"
mkdir "$tmp/tables"
cp -R "$top"/results/* "$tmp/tables"
say "adding up what the emulator executed"
"$top/bench/build/anatomy" --exact "$tmp/new${foreign:+/$foreign}/exact.tsv" \
	--out "$tmp/new${foreign:+/$foreign}" --code "$tmp/code" "${traces[@]}"
if [ -z "$foreign" ]; then
	"$scripts/anatomy-source.sh" "$tmp/code" "$work" >"$tmp/new/anatomy-source.tsv"
	"$scripts/reader-price.sh" "$tmp/new/reader.tsv"
fi
# The report is of these tables and of those that do not come of boot files.
cp -R "$tmp/new"/* "$tmp/tables"
"$top/bench/build/report" --tables "$tmp/tables" --out "$tmp/new"
# All of them, or none.
trap '' INT TERM
if [ -n "$foreign" ]; then
	mkdir -p "$results/$foreign"
	mv "$tmp/new/$foreign"/* "$results/$foreign"
	rmdir "$tmp/new/$foreign"
fi
mv "$tmp/new"/* "$results"
say "done in $((SECONDS - start)) s: $results/report.md"
