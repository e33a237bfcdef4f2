#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: bench-peers-guest.sh BOOT ATTACH BLOCKS EXITS ONLY TOOLS
#
# The guest's part of scripts/bench-peers.sh: measure in memory, and bring the
# files home when all is done. TOOLS is the root of what was unpacked.

set -eu

PATH=$PATH:$6/usr/sbin:$6/usr/bin
./peers --modules modules --reader ./procmon --out "/tmp/boot$1" \
	--attach "$2" --blocks "$3" --exits "$4" --only "$5" --env "boot=$1"
cp "/tmp/boot$1" "/tmp/boot$1.windows" .
