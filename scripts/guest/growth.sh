#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: growth.sh BOOT CPUS ROUNDS BLOCKS EXITS
#
# The guest's part of scripts/bench-growth.sh that counts instructions: measure
# under one condition after the other, and print the boot files.

set -eu

boot=$1 cpus=$2
model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)

# condition NEIGHBOURS FACTS WARM-UP KIND THREADS ROW...: measure the rows beside
# these neighbours (options of neighbour), and name the condition by these facts.
condition() {
	neighbours=$1 facts=$2 warm_up=$3 kind=$4 threads=$5
	shift 5
	echo "condition $facts" >&2
	for row; do
		set -- "$@" --only "$row"
		shift
	done
	for fact in $facts; do
		set -- "$@" --env "$fact"
	done
	[ -z "$neighbours" ] || set -- "$@" --crowded
	# shellcheck disable=SC2086 # a list
	./neighbour $neighbours -- ./measure --modules modules --out out \
		--rounds "$rounds" --blocks "$blocks" --exits "$exits" \
		--warm-up "$warm_up" --kind "$kind" --threads "$threads" --no-traps \
		--env "cpu model=$model" --env "boot=$boot" "$@" 2>err || {
		cat err >&2
		exit 1
	}
	cat out
}

hooks="tracepoint.count ftrace.count kprobe-ftrace.count kprobe-jump.count kretprobe.count"
few="tracepoint.count kretprobe.count tracepoint.stream"
rounds=$3 blocks=$4 exits=$5

# shellcheck disable=SC2086 # lists
if [ "$cpus" = 1 ]; then
	# A second block of an attachment would be one after more exits.
	rounds=$(($3 * $4)) blocks=1
	condition "" "exits=32 cpus=1 probes=0 crowded=alone" 32 vfork 0 \
		"*.count" tracepoint.stream
	condition "" exits=300 300 vfork 0 $few
	rounds=$3 blocks=$4
	condition "" exits=3000 3000 vfork 0 $few
	# The comb of a thread's exits has more teeth: more exits, for two of its
	# histograms to be alike.
	exits=$((2 * $5))
	for n in 0 16 64; do
		condition "" "threads=$n" 32 thread $n $hooks
	done
	exits=$5
	for n in 1 4 16; do
		condition "--kprobes $n" "probes=$n" 32 vfork 0 $hooks
	done
	condition "--ftrace --bpf" crowded=ftrace+bpf 32 vfork 0 "*.count"
else
	condition "" "cpus=$cpus" 32 vfork 0 $hooks
fi
