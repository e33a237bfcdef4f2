#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: wall.sh COUNT RUNS
#        wall.sh attach HOOK
#        wall.sh detach HOOK HITS
#
# The guest's part of scripts/bench-growth.sh that takes the time: hyperfine runs
# storms of COUNT exits, RUNS times and once before, with no hook and with each of
# ours that this kernel offers, and writes hyperfine.json and hyperfine.csv.
# hyperfine itself calls the other two forms, which load the module of a hook and
# unload it; it must have seen HITS exits at least.

set -eu

optimization=/proc/sys/debug/kprobes-optimization
stats=/sys/kernel/debug/procmon/stats

# The rows with a hook and the output count: hook, ..., variant, parameters, optimize.
rows() { ./rows | awk -F '\t' '$2 == "count"'; }

attach() {
	local row variant params optimize
	row=$(rows | awk -F '\t' -v hook="$1" '$1 == hook')
	[ -n "$row" ] || return 0
	IFS=$'\t' read -r _ _ _ _ _ variant params optimize _ <<<"$row"
	echo "$optimize" >$optimization
	# shellcheck disable=SC2086 # a list
	insmod "modules/$variant/procmon.ko" $params
}

stat() { sed -n "s/^$1 //p" $stats; }

detach() {
	[ -d /sys/module/procmon ] || return 0
	[ "$(stat hits)" -ge "$2" ] || { echo "$1: $(stat hits) of $2 exits seen" >&2; return 1; }
	[ "$(stat missed)" = 0 ] || { echo "$1: $(stat missed) exits missed" >&2; return 1; }
	rmmod procmon
}

case $1 in
attach|detach) "$@"; exit ;;
esac

hooks=none
while read -r hook; do
	if attach "$hook" 2>/dev/null; then
		detach "$hook" 0
		hooks="$hooks,$hook"
	else
		echo "$hook: refused by this kernel" >&2
	fi
done < <(rows | cut -f 1)

hyperfine --shell=none --warmup 1 --runs "$2" --style basic \
	--parameter-list hook "$hooks" --command-name '{hook}' \
	--setup "$0 attach '{hook}'" --cleanup "$0 detach '{hook}' $((($2 + 1) * $1))" \
	--export-json hyperfine.json --export-csv hyperfine.csv \
	"./storm --count $1" >&2
