#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/bench-growth.sh [SERIES]
#
# Measure what the price of each hook depends on, by the method of bench.sh, on
# Debian's stock kernel of SERIES (default 6.12), and write results/growth.tsv:
#
#   exits	how many it has seen since it was attached: 32, 300, 3000
#   cpus	of the guest: 1, 2, 4.  The emulated ones take turns and share
#		no caches, so what they would wait for each other is not in it
#   threads	others in the process of which one exits: 0, 16, 64
#   probes	kprobe events that are on do_exit already: 0, 1, 4, 16
#   crowded	who else is on the sites of the hooks: nobody, or the function
#		tracer and BPF programs
#
# Then it takes the time of whole storms of exits with hyperfine, under no hook
# and under each: results/hyperfine.json and hyperfine.csv.  That is a guest's
# time, by emulation, and not a machine's.
#
#   RESULTS=DIR	from the environment: where to write (default results)
#   JOBS=N	guests at once (default: a CPU each)
#
# Takes four minutes.  The boot files stay in build/bench-growth.  Interrupted, it
# leaves results/ as it was.

set -eu
. "$(dirname "$0")/lib/common.sh"
. "$scripts/lib/guests.sh"

# Twelve blocks and 1500 exits of a row are the fewest that the estimator takes.
# To attach some hooks takes ten times as long as a block, hence several blocks of
# each attachment; three rounds for the drift.
rounds=3
blocks=4
exits=130
# Exits in a storm, and storms, for the time: a minute for all hooks.
count=1500
runs=5
results=${RESULTS:-$top/results}
work=$top/build/bench-growth
mapfile -t variants < <(variants)

case ${1:-} in
--help|-h) usage; exit 0 ;;
-*) die "$1: unknown option; see --help" ;;
esac
series=${1:-6.12}

# A copy, so that nobody rebuilds it meanwhile.
stage() {
	rm -rf "$dir"
	stage_modules "$dir/modules" "${variants[@]}"
	cp "$top/bench/build/measure" "$top/bench/build/neighbour" \
		"$top/bench/build/hook" "$top/bench/build/storm" \
		"$scripts/guest/growth.sh" "$scripts/guest/wall.sh" "$dir"
}

start_boot() {
	local cpus=$1 boot=$2
	"$scripts/vm.sh" --exact --cpus "$cpus" --kernel "$series" --seed "$boot" \
		--timeout 7200 --pack "$dir/modules" --pack "$dir/measure" \
		--pack "$dir/neighbour" --pack "$dir/growth.sh" -- \
		./growth.sh "$boot" "$cpus" "$rounds" "$blocks" "$exits" \
		>"$dir/cpus$cpus.boot$boot" \
		2> >(sed -u "s/^condition /procmon: $series, boot $boot: /" >&2) &
	guests+=($!)
}

# One file of a guest becomes the boot files of its conditions.
split_boots() {
	local cpus=$1 boot
	for boot in $(seq $boots); do
		awk -v prefix="$dir/cpus$cpus.boot$boot." \
			'/^procmon-boot /{ n++ } { print >(prefix n) }' "$dir/cpus$cpus.boot$boot"
	done
}

# Beside the last of the boots at the most, for which there is a CPU.
take_time() {
	room
	(cd "$dir" && exec "$scripts/vm.sh" --kernel "$series" --cpus 1 --timeout 3600 -- \
		./wall.sh "$count" "$runs") \
		2> >(sed -u "/^Benchmark /s/^/procmon: $series, time: /" >&2) &
	guests+=($!)
}

start=$SECONDS
"$scripts/setup.sh" --for peers
make -s -C "$top/bench"
release=$("$scripts/kernel.sh" "$series" release)
dir=$work/$release
"$scripts/build.sh" --kernel "$series" "${variants[@]}"
stage
say "measuring on $release: $boots boots each with 1, 2 and 4 CPUs"
for cpus in 1 2 4; do
	boot_all start_boot "$cpus"
done
say "taking the time on $release: of an emulated machine, so no nanosecond of it is real"
take_time
wait_for_guests
for cpus in 1 2 4; do
	split_boots "$cpus"
done

mkdir -p "$results"
tmp=$(mktemp -d "$results/.growth.XXXXXX")
"$top/bench/build/growth" --out "$tmp/growth.tsv" "$dir"/cpus*.boot*.*
cp "$dir/hyperfine.json" "$dir/hyperfine.csv" "$tmp"
# All of them, or none.
trap '' INT TERM
mv "$tmp"/* "$results"
say "done in $((SECONDS - start)) s: $results/growth.tsv, $results/hyperfine.csv"
