#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/bench-peers.sh [SERIES]...
#
# Compare the other tools that report exits with procmon, on Debian's stock kernel
# of each SERIES (default 6.12): what each adds to one exit, by the method of bench.sh;
# which exits it reports, says to be lost, or loses in silence, in a storm on 1 and
# on 4 CPUs; what it says of every way to end a process; what it needs.  A tool that
# cannot run there is listed with the reason.  Writes tables to results/, with those
# of bench-growth.sh, and the report.  What is there of other kernels stays.
#
# The tools are those of a small Debian of its own (root.sh), and the guests run in
# memory, by --exact: a second run gives the same tables, to the last byte, but for
# the time that hyperfine takes.
#
# Takes forty minutes or more for each kernel on 2 CPUs, and some the first time.  The
# time that hyperfine takes is of the first.
#
#   ATTACH=N	from the environment: times to attach each tool in a boot (default 1)
#   EXITS=N	timed exits in each of the 24 blocks of an attachment (default 130)
#   STORM=N	exits in a storm (default 100000)
#   ONLY=TEXT	only the tools with this in their name or mode
#   JOBS=N	guests at once, of 3 GB each (default: a CPU each); those of
#		bench-growth.sh begin beside the last of them
#   RESULTS=DIR	where to write (default results)
#
# What was measured stays in build/bench-peers.  Interrupted, it leaves results/ as
# it was.

set -eu
. "$(dirname "$0")/lib/common.sh"
. "$scripts/lib/guests.sh"

attach=${ATTACH:-1}
exits=${EXITS:-130}
storm=${STORM:-100000}
only=${ONLY:-}
results=${RESULTS:-$top/results}
work=$top/build/bench-peers
variants=(tracepoint kretprobe)
programs=(peers_price peers_test taskstats proc_connector bpf procmon storm cases)

case ${1:-} in
--help|-h) usage; exit 0 ;;
-*) die "$1: unknown option; see --help" ;;
esac
[ $# -gt 0 ] || set -- 6.12
for series; do
	[ "${series%-arm64}" = "$series" ] ||
		die "$series: the other tools are not measured on another architecture; make test is"
	[ "$series" != 6.1 ] ||
		die "6.1 does not boot with --exact and several CPUs (vm.sh); take 6.12 or later"
done

# A copy, so that nobody rebuilds it meanwhile.
stage() {
	rm -rf "$dir"
	stage_modules "$dir/modules" "${variants[@]}"
	(cd "$top/bench/build" && cp "${programs[@]}" "$dir")
	cp -r "$scripts/guest/peers.sh" "$top/bench/peers/tools" "$dir"
	cp -r "$lttng" "$dir/lttng"
}

# guest NAME OPTION... -- ARGUMENT...: peers.sh with these arguments, in a
# guest with these options of vm.sh; stdout to $dir/NAME, its progress, named, to our
# stderr.  1 GB is too little for the compilers in some of the tools.
guest() {
	local name=$1 options=() file
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	for file in modules lttng tools peers.sh "${programs[@]}"; do
		options+=(--pack "$dir/$file")
	done
	room
	"$scripts/vm.sh" --exact --kernel "$series" --memory 3072 --timeout 14400 \
		--root "$root" "${options[@]}" -- ./peers.sh "$@" \
		>"$dir/$name" \
		2> >(sed -u "s/^peer /procmon: $series, $name: peer /" >&2) &
	guests+=($!)
}

# table NAME MARK HEADER FILE...: the lines of the files with this mark, as a new table
table() {
	local name=$1 mark=$2 header=$3
	shift 3
	{
		printf '%s\n' "$header" | tr ' ' '\t'
		cat "$@" | sed -n "s/^$mark://p"
	} >"$dir/new/$name.tsv"
}

fact() {
	printf '%s\t%s\t%s\n' "$release" "$1" "$2"
}

# What was compared, and how.
environment() {
	printf 'kernel\tfact\tvalue\n'
	fact "git trees" "$(trees "${measured_trees[@]}" bench/reader bench/peers)"
	fact qemu "$(qemu-system-x86_64 --version | sed -n '1s/.*version //p')"
	fact "exits in a storm" "$storm"
	fact "timed exits in a block" "$exits"
	fact "times attached in a boot" "$attach"
	"$scripts/root.sh" "$series" packages | sed "s/^/$release\tpackage /"
	fact "package lttng-modules-dkms" "$(cat "$lttng/version" "$lttng/reason" 2>/dev/null)"
}

# compare: all of it, on the kernel of $series; the tables are in $dir/new then.
compare() {
	local boot
	release=$("$scripts/kernel.sh" "$series" release)
	root=$("$scripts/root.sh" "$series")
	lttng=$("$scripts/lttng.sh" "$series")
	dir=$work/$release
	"$scripts/build.sh" --kernel "$series" "${variants[@]}"
	stage
	mkdir "$dir/new"

	say "comparing the tools on $release, forty minutes or more on 2 CPUs"
	# The longest first, and what is alone at the end shall be short.
	guest cpus1 --cpus 1 -- test "$storm" "$only" cases storm
	guest cpus4 --cpus 4 -- test "$storm" "$only" storm
	# Traps are counted by themselves, once.
	guest price1 --seed 1 -- price 1 "$attach" "$exits" "$only"
	guest price2 --seed 2 -- price 2 "$attach" "$exits" "$only" --no-traps
	room
	RESULTS=$dir/new "$scripts/bench-growth.sh" "$series" &
	guests+=($!)
	wait_for_guests

	for boot in 1 2; do
		tar -C "$dir" -xzf "$dir/price$boot"
	done
	"$top/bench/build/peers_estimate" --out "$dir/new/peers.tsv" "$dir/boot1" "$dir/boot2"
	table completeness storm \
		"kernel peer mode cpus exits reported repeated admitted_lost vanished reason" \
		"$dir/cpus1" "$dir/cpus4"
	table peers-truth cases "kernel peer mode case verdict says" "$dir/cpus1"
	table reach reach \
		"peer mode hook output unit bare tells options oldest_kernel fields needs second_user" \
		"$dir/cpus1"
	environment >"$dir/new/peers-environment.tsv"
}

# add_tables: those in $dir/new to those of the kernels before, in $tmp
add_tables() {
	local file to
	for file in "$dir"/new/*; do
		to=$tmp/$(basename "$file")
		if [ ! -e "$to" ]; then
			cp "$file" "$to"
		elif [ "${to##*/}" = reach.tsv ]; then
			# What a way needs is the same on each kernel: once for each way.
			awk -F '\t' '!seen[$1, $2]++' "$to" "$file" >"$to.new"
			mv "$to.new" "$to"
		elif [ "${to##*.}" = tsv ]; then
			tail -n +2 "$file" >>"$to"
		fi
	done
}

# What results/ has of kernels that were not asked for this time stays.
keep_others() {
	local file
	for file in "$tmp"/*.tsv; do
		[ "$(head -c 7 "$file")" = "kernel"$'\t' ] || continue
		merge_table "$file" "$results/${file##*/}" >"$tmp/.merged"
		mv "$tmp/.merged" "$file"
	done
}

start=$SECONDS
"$scripts/setup.sh" --for peers
mkdir -p "$work" "$results"
make -s -C "$top/bench" all bpf
tmp=$(mktemp -d "$results/.peers.XXXXXX")
for series; do
	compare
	add_tables
done
keep_others
# All of them, or none.
trap '' INT TERM
mv "$tmp"/* "$results"
rmdir "$tmp"
say "done in $((SECONDS - start)) s: tables in $results"
if [ -e "$results/exact.tsv" ]; then
	"$top/bench/build/report" --tables "$results" --out "$results"
	say "$results/report.md has them"
else
	say "$results has no exact.tsv: make bench writes it, and the report"
fi
