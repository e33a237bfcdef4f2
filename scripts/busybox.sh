#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/busybox.sh [ARCH]
#
# Print the path of a busybox, linked statically, for guests of Debian's architecture
# ARCH (amd64, the default, or arm64): the host's own, or one of the host's release of
# Debian in the cache.
#
# PROCMON_CACHE	the cache; see kernel.sh

set -eu
. "$(dirname "$0")/lib/common.sh"
. "$scripts/lib/apt.sh"

fetch_busybox() {
	# Another run may have done it while this one waited.
	[ ! -e "$busybox" ] || return 0
	mkdir -p "$cache/tools"
	tmp=$(mktemp -d "$cache/tools/.new.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	foreign_sources "$want"
	download <<<"busybox-static:$want" || die "could not download a busybox for $want"
	unpack "$tmp/tree"
	# Below usr since trixie.
	find "$tmp/tree" -path '*/bin/busybox' -exec mv {} "$busybox" ';'
	[ -e "$busybox" ] || die "busybox-static has no busybox; $0 must learn"
}

case ${1:-amd64} in
--help|-h)	usage; exit 0 ;;
amd64)		echo /bin/busybox; exit ;;
arm64)		want=$1 ;;
*)		die "$1: unknown architecture; see --help" ;;
esac
busybox=$cache/tools/busybox-$want
if [ ! -e "$busybox" ]; then
	need_apt
	locked tools fetch_busybox
fi
echo "$busybox"
