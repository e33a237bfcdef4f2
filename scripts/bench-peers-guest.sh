#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: bench-peers-guest.sh price BOOT ATTACH EXITS ONLY TOOLS
#        bench-peers-guest.sh see TEST EXITS ONLY TOOLS
#
# The guest's part of scripts/bench-peers.sh: measure in memory, and bring the
# files home when all is done. TOOLS is the root of what was unpacked.

set -eu

use_tools() {
	export TOOLS=$1
	PATH=$PATH:$1/usr/sbin:$1/usr/bin:$1/sbin
	export LD_LIBRARY_PATH=$1/usr/lib/x86_64-linux-gnu:$1/lib/x86_64-linux-gnu
}

case $1 in
price)
	use_tools "$6"
	./peers --modules modules --programs "$PWD" --out "/tmp/boot$2" \
		--attach "$3" --exits "$4" --only "$5" --env "boot=$2"
	rm -rf "boot$2"
	cp -r "/tmp/boot$2" .
	;;
see)
	use_tools "$5"
	# The cases that dump core want to.
	ulimit -c unlimited
	mkdir /tmp/cores
	echo "/tmp/cores/core.%p" >/proc/sys/kernel/core_pattern
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control
	mkdir /sys/fs/cgroup/small
	echo 8M >/sys/fs/cgroup/small/memory.max
	./peers_see --modules modules --programs "$PWD" --cgroup /sys/fs/cgroup/small \
		--exits "$3" --only "$4" "$2"
	;;
esac
