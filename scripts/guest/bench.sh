#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: bench.sh BOOT ROUNDS EXITS [OPTION]...
#
# The guest's part of scripts/bench.sh: measure, with more options if there are any, and
# print the boot file.

set -eu

boot=$1 rounds=$2 exits=$3
shift 3
# arm64 tells a number of whoever made it and one for the part.
model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
[ -n "$model" ] || model=$(sed -n 's/^CPU \(implementer\|part\)[^:]*: /\1 /p' /proc/cpuinfo |
	head -n 2 | tr '\n' ' ' | sed 's/ $//')
[ ! -e bpf ] || set -- --bpf ./bpf "$@"
./measure --modules modules --out boot --rounds "$rounds" --exits "$exits" \
	--env "cpu model=$model" --env "boot=$boot" "$@"
cat boot
