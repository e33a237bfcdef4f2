#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/check.sh [SERIES]
#
# Everything that can be said without running a kernel: W=1 and sparse over the
# modules (against SERIES, default 6.12; 6.12-arm64, ...), shellcheck over the scripts
# and tool files, the compiler's warnings over the user-space programs, the direction in
# which files use each other (rooms.sh), the estimator's own tests. Every complaint is a
# failure.

set -eu
. "$(dirname "$0")/lib/common.sh"

case ${1:-} in
--help|-h) usage; exit 0 ;;
""|[0-9]*) ;;
*)	die "$1: not a kernel series; see --help" ;;
esac
series=${1:-6.12}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Run a command that must succeed and have nothing to say.
silent() {
	local what=$1
	shift
	say "check: $what"
	"$@" >"$log" 2>&1 || { cat "$log" >&2; die "$what failed"; }
	! [ -s "$log" ] || { cat "$log" >&2; die "$what: there are complaints"; }
}

"$scripts/setup.sh" --for check
foreign=
case $series in
*-arm64)
	foreign=arm64
	"$scripts/setup.sh" --for cross ;;
esac
# The kernel and its compiler may have to be fetched, which is no complaint.
"$scripts/kbuild.sh" --kernel "$series" -s kernelversion >/dev/null ||
	die "no build tree for $series"

silent "shellcheck" shellcheck -x -P "$scripts" "$scripts"/*.sh "$scripts"/lib/*.sh \
	"$scripts"/guest/*.sh "$scripts"/package/*.sh "$scripts"/package/module \
	"$scripts"/package/completion/procmon "$scripts"/package/debian/*.postinst \
	"$scripts"/package/debian/*.postrm "$scripts"/tests/package/*.sh \
	"$top"/bench/peers/tools/*.sh
for variant in $(variants); do
	"$scripts/build.sh" --clean "$variant"
	silent "variants/$variant: W=1, sparse" "$scripts/kbuild.sh" --kernel "$series" -s \
		CONFIG_DEBUG_INFO_BTF_MODULES= W=1 C=1 CF=-D__CHECK_ENDIAN__ \
		"M=$top/variants/$variant" modules
done
make -s -C "$top/bench" clean
silent "bench: warnings" make -s -C "$top/bench" CFLAGS="-O2 -Werror" all bpf
[ -z "$foreign" ] || silent "bench for $foreign: warnings" \
	make -s -C "$top/bench" "ARCH=$foreign" CFLAGS="-O2 -Werror" all
say "check: rooms"
"$scripts/rooms.sh"
say "check: the estimator"
make -s -C "$top/bench" test
say "check: all is well"
