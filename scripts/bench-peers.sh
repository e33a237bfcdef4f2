#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/bench-peers.sh [SERIES]
#
# Measure what the other tools that report exits add to one exit, by the method
# of bench.sh, on Debian's stock kernel of SERIES (default 6.12), and write
# results/peers.tsv.  A tool that cannot run there is listed with the reason.
#
# The guest has the host's files, so that the tools are there; what is exact
# is what both boots agree on.  Takes a quarter of an hour.
#
#   ATTACH=N	from the environment: times to attach each tool (default 3)
#   BLOCKS=N	blocks each time (default 4; the estimator takes 12 in all)
#   EXITS=N	timed exits in a block (default 400)
#   ONLY=TEXT	only the tools with this in their name or mode
#   RESULTS=DIR	where to write (default results)
#
# The boot files stay in build/bench-peers.  Interrupted, it leaves results/ as
# it was.

set -eu
. "$(dirname "$0")/common.sh"
. "$scripts/guests.sh"
. "$scripts/apt.sh"

attach=${ATTACH:-3}
blocks=${BLOCKS:-4}
exits=${EXITS:-400}
results=${RESULTS:-$top/results}
work=$top/build/bench-peers
tools=$work/tools

case ${1:-} in
--help|-h) usage; exit 0 ;;
-*) die "$1: unknown option; see --help" ;;
esac
series=${1:-6.12}

# What apt.sh downloads to.
tmp=$(mktemp -d)

# The package acct switches accounting on when it is installed: not on the host.
get_acct() {
	[ ! -x "$tools/usr/sbin/accton" ] || return 0
	have accton && return
	need_apt
	echo acct | download || { warn "no package acct: its row will say so"; return 0; }
	mkdir -p "$tools"
	unpack "$tools"
}

# A copy, so that nobody rebuilds it meanwhile.
stage() {
	mkdir -p "$dir/modules/tracepoint"
	rm -f "$dir"/boot*
	objcopy --strip-debug -R .note.gnu.build-id \
		"$top/variants/tracepoint/procmon.ko" "$dir/modules/tracepoint/procmon.ko"
	cp "$top/bench/build/peers" "$top/bench/build/procmon" \
		"$scripts/bench-peers-guest.sh" "$dir"
}

# 1 GB is too little for the compilers in some of the tools.
start_boot() {
	(cd "$dir" && exec "$scripts/vm.sh" --exact --kernel "$series" --seed "$1" \
		--memory 3072 --timeout 7200 -- ./bench-peers-guest.sh "$1" \
		"$attach" "$blocks" "$exits" "${ONLY:-}" "$tools") \
		2> >(sed -u "s/^peer /procmon: $series, boot $1: peer /" >&2) &
	guests+=($!)
}

start=$SECONDS
"$scripts/setup.sh" --for peers
mkdir -p "$work"
get_acct
make -s -C "$top/bench"
release=$("$scripts/kernel.sh" "$series" release)
"$scripts/build.sh" --kernel "$series" tracepoint
dir=$work/$release
stage
say "measuring the peers on $release: $boots boots, a quarter of an hour"
boot_all start_boot

mkdir -p "$results"
"$top/bench/build/peers_report" --out "$results/peers.tsv" "$dir/boot1" "$dir/boot2"
say "done in $((SECONDS - start)) s: $results/peers.tsv"
