#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: bench.sh BOOT ROUNDS EXITS
#
# The guest's part of scripts/bench.sh: measure, and print the boot file.

set -eu

./measure --modules modules --out boot --rounds "$2" --exits "$3" \
	--env "cpu model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
	--env "boot=$1"
cat boot
