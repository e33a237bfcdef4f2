#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/test.sh [--guest] [SERIES]... [-- PYTEST-ARGUMENT...]
#
# Build everything and test it on Debian's stock kernel of each SERIES (default
# 6.12): the scripts on this machine, the modules in a guest.
#
#   --guest	the tests in the guest only
#
# Behind -- stand arguments of pytest, for instance -k truth.

set -eu
. "$(dirname "$0")/common.sh"

host=1
series=()
while [ $# -gt 0 ]; do
	case $1 in
	--help|-h) usage; exit 0 ;;
	--guest) host= ;;
	--)	shift; break ;;
	-*)	die "$1: unknown option; see --help" ;;
	*)	series+=("$1") ;;
	esac
	shift
done
[ ${#series[@]} -gt 0 ] || series=(6.12)

# Debian's own python: another one in PATH may lack pytest.
pytest=(/usr/bin/python3 -B -m pytest -q -p no:cacheprovider)

"$scripts/setup.sh" --for test
make -s -C "$top/bench"
"$scripts/kernel.sh" "${series[0]}" release >/dev/null

if [ "$host" ]; then
	say "testing the scripts on this machine"
	PROCMON_KERNEL=${series[0]} "${pytest[@]}" "$scripts/tests/host" "$@"
fi
for kernel in "${series[@]}"; do
	"$scripts/build.sh" --kernel "$kernel" kprobe kretprobe fprobe ftrace tracepoint
	say "testing the modules on $kernel"
	cd "$top"
	"$scripts/vm.sh" --kernel "$kernel" --timeout 900 -- \
		"${pytest[@]}" scripts/tests/guest "$@"
done
