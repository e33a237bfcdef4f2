#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/bench-guest.sh BOOT ROUNDS FILE
#
# The guest's part of scripts/bench.sh: measure, and leave the boot file FILE.

set -eu
boot=$1 rounds=$2 file=$3

# All that is read while measuring lies in memory: no 9p traffic with a host
# whose timing is its own.
tmp=/run/bench
mkdir $tmp
for variant in kprobe kretprobe fprobe ftrace tracepoint; do
	mkdir $tmp/$variant
	cp "variants/$variant/procmon.ko" $tmp/$variant/
done
cp bench/build/measure $tmp/

# By then the boot is long over. The wait costs nothing: an idle guest's clock
# leaps to its next timer.
$tmp/measure --modules $tmp --out $tmp/boot --rounds "$rounds" --start-at 30 \
	--env "cpu model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
	--env "boot=$boot"
cp $tmp/boot "$file.new"
mv "$file.new" "$file"
