#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: bench.sh BOOT ROUNDS EXITS [OPTION]...
#
# The guest's part of scripts/bench.sh: measure, with more options if there are any, and
# print the boot file.

set -eu

boot=$1 rounds=$2 exits=$3
shift 3
./measure --modules modules --bpf ./bpf --out boot --rounds "$rounds" --exits "$exits" \
	--env "cpu model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
	--env "boot=$boot" "$@"
cat boot
