#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: peers.sh price BOOT ATTACH EXITS ONLY [OPTION]...
#        peers.sh test EXITS ONLY TEST...
#
# The guest's part of scripts/bench-peers.sh: measure, and print what was found: for
# price the directory that peers_price wrote, as a compressed archive.

set -eu

staged=(--tools "$PWD/tools" --modules modules --programs "$PWD")
case $1 in
price)
	./peers_price "${staged[@]}" --out "/tmp/boot$2" --attach "$3" --exits "$4" --only "$5" \
		--env "boot=$2" "${@:6}"
	tar -C /tmp -cz "boot$2"
	;;
test)
	# The cases that dump core want to.
	ulimit -c unlimited
	mkdir /tmp/cores
	echo "/tmp/cores/core.%p" >/proc/sys/kernel/core_pattern
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control
	mkdir /sys/fs/cgroup/small
	echo 8M >/sys/fs/cgroup/small/memory.max
	./peers_test "${staged[@]}" --cgroup /sys/fs/cgroup/small --exits "$2" --only "$3" "${@:4}"
	;;
esac
