#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: wall.sh COUNT RUNS
#        wall.sh attach HOOK
#        wall.sh detach HOOK HITS
#
# The guest's part of scripts/bench-growth.sh that takes the time: hyperfine runs
# storms of COUNT exits, RUNS times and once before, with no hook and with each of
# ours that this kernel offers, and writes hyperfine.json and hyperfine.csv.
# hyperfine itself calls the other two forms, which attach a hook that only counts, and
# detach it; it must have seen HITS exits at least.

set -eu

stats=/sys/kernel/debug/procmon/stats

# The members of the rows with a hook and the output count.
counting() { ./hook list | awk -F '\t' '$2 == "count"' | cut -f "$1"; }

attach() {
	# shellcheck disable=SC2046 # a list
	./hook attach --modules modules "$1" $(counting 8 | head -n 1)
}

stat() { sed -n "s/^$1 //p" $stats; }

detach() {
	if [ -e $stats ]; then
		[ "$(stat hits)" -ge "$2" ] ||
			{ echo "$1: $(stat hits) of $2 exits seen" >&2; return 1; }
		[ "$(stat missed)" = 0 ] ||
			{ echo "$1: $(stat missed) exits missed" >&2; return 1; }
	fi
	./hook detach
}

case $1 in
attach|detach) "$@"; exit ;;
esac

hooks=none
while read -r hook; do
	status=0
	attach "$hook" || status=$?
	case $status in
	0) detach "$hook" 0; hooks="$hooks,$hook" ;;
	3) ;;	# refused by this kernel, and hook has said why
	*) exit $status ;;
	esac
done < <(counting 1)

hyperfine --shell=none --warmup 1 --runs "$2" --style basic \
	--parameter-list hook "$hooks" --command-name '{hook}' \
	--setup "$0 attach '{hook}'" --cleanup "$0 detach '{hook}' $((($2 + 1) * $1))" \
	--export-json hyperfine.json --export-csv hyperfine.csv \
	"./storm --count $1" >&2
