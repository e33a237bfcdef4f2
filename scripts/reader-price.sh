#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/reader-price.sh [FILE]
#
# Count the instructions that the reader of the stream (bench/build/procmon) spends on
# an exit in user space, and write them to FILE (default results/reader.tsv).
#
# The same stream each time, of synthstream, and callgrind counts: so a second run on
# the same machine writes the same figures.  The difference of a long and a short stream
# counts, since what the program takes to begin and to end is not of the exits.
#
#   EXITS=N	from the environment: exits of the long stream (default 100000); the
#		short one has a fifth

set -eu
. "$(dirname "$0")/lib/common.sh"
. "$scripts/lib/guests.sh"

case ${1:-} in
--help|-h) usage; exit 0 ;;
-*) die "$1: unknown option; see --help" ;;
esac
file=${1:-$top/results/reader.tsv}
exits=${EXITS:-100000}
few=$((exits / 5))
reader=$top/bench/build/procmon

"$scripts/setup.sh" --for reader
make -s -C "$top/bench"
tmp=$(mktemp -d)
"$top/bench/build/synthstream" "$exits" >"$tmp/long"
"$top/bench/build/synthstream" "$few" >"$tmp/short"

# spent OPTION...: all instructions of a run
spent() {
	valgrind --tool=callgrind --callgrind-out-file="$tmp/profile" \
		"$reader" "$@" >"$tmp/out" 2>"$tmp/err" ||
		{ tail -n 5 "$tmp/err" >&2; die "the reader failed under callgrind"; }
	sed -n 's/.*Collected : //p' "$tmp/err"
}

# row WHAT OPTION...
row() {
	local what=$1 long short
	shift
	long=$(spent --file "$tmp/long" "$@")
	short=$(spent --file "$tmp/short" "$@")
	# to the nearest
	printf '%s\t%d\t%d\t%s\t%s\t%s\n' "$what" \
		$(((long - short + (exits - few) / 2) / (exits - few))) "$exits" \
		"$compiler" "$(valgrind --version)" "$trees"
}

compiler=$(${CC:-gcc} --version | sed -n 1p)
trees=$(trees bench/lib bench/reader variants/handler/record.h)
{
	printf 'output\tinstructions\texits\tcompiler\tvalgrind\ttrees\n'
	row table
	row json --json
	row summary --summary
	row raw --raw "$tmp/raw"
} >"$tmp/reader.tsv"
mv "$tmp/reader.tsv" "$file"
say "done: $file"
