#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: ftracetest.sh none|VARIANT SELFTESTS TEST...
#
# The guest's part of scripts/ftracetest.sh: run the kernel's own tests of ftrace, those
# of the directory SELFTESTS and of these names, while processes exit all the time; with
# a VARIANT, while it is loaded and its stream is read.  Prints a line for each test, its
# name and its result, as in "kprobe/busy_check.tc	PASS", and "LIST	NAME" for each
# list of everybody's probes that has procmon in it.

set -eu

variant=$1 selftests=$2
shift 2
log=/tmp/ftracetest
children=()

./storm --kind fork --count 1000000000 --pause 20000 >/dev/null &
children+=($!)
if [ "$variant" != none ]; then
	insmod "modules/$variant/procmon.ko" log=off
	./procmon --json >/dev/null &
	reader=$!
	for list in tracing/enabled_functions debug/kprobes/list; do
		[ -z "$(cat /sys/kernel/$list)" ] || printf 'LIST\t%s\n' "${list#*/}"
	done
fi

# It fails if a test does. Each line of it is shown with the seconds of this run.
"$selftests/ftracetest" -k -l "$log" "${@/#/$selftests/test.d/}" 2>&1 | tee /tmp/out |
	while IFS= read -r line; do
		printf '%s: %d s: %s\n' "$variant" "$SECONDS" "$line"
	done >&2 || :

kill "${children[@]}"
if [ "$variant" != none ]; then
	hits=$(sed -n 's/^hits //p' /sys/kernel/debug/procmon/stats)
	[ "$hits" -gt 0 ] || { echo "$variant saw no exit" >&2; exit 1; }
	# It fails if its sum does not close.
	kill "$reader"
	wait "$reader"
	rmmod procmon
fi

# The log of test 7 begins with "execute (instance) : PATH"; what was printed about it
# is "[7] (instance) DESCRIPTION	[PASS]".
for file in "$log"/*-log.*; do
	number=${file##*/}
	printf '%s\t%s\n' "${number%%-*}" "$(head -n 1 "$file")"
done | awk -F '\t' -v "top=$selftests/test.d/" '
	NR == FNR {
		instance = $2 ~ /^execute *\(instance\)/ ? " (instance)" : ""
		sub(/^execute[^:]*: */, "", $2)
		name[$1] = substr($2, length(top) + 1) instance
		next
	}
	/^\[[0-9]+\].*\[[A-Z]+\]$/ {
		number = substr($0, 2, index($0, "]") - 2)
		result = $NF
		gsub(/[][]/, "", result)
		print name[number] "\t" result
		delete name[number]
	}
	END {
		for (number in name)
			print name[number] "\tNONE"
	}' - /tmp/out
