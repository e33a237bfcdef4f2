#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/9p.sh SERIES
#
# Build the file system 9p, over which vm.sh gives a guest the host's files, for
# Debian's kernel of SERIES if it comes without (-cloud does), from Debian's own
# source of that kernel.  The modules go to the kernel's others in the cache.
#
# PROCMON_CACHE, PROCMON_SUITE	see kernel.sh

set -eu
. "$(dirname "$0")/lib/common.sh"
. "$scripts/lib/apt.sh"

has_9p() {
	[ -e "$modules/kernel/fs/9p" ] || [ -e "$modules/extra/9p.ko" ]
}

build_9p() {
	local tree=${modules%/lib/modules/*} build number
	# Another run may have done it while this one waited.
	! has_9p || return 0
	tree=${tree%/usr}
	number=$(cut -d . -f 1,2 <<<"$release")
	rm -rf "$cache"/.9p.*
	tmp=$(mktemp -d "$cache/.9p.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	say "kernel $release has no 9p: building it"
	get_source "$number" "$version" net/9p fs/9p
	build=$tmp/source
	echo 'obj-m := net/9p/ fs/9p/' >"$build/Kbuild"
	"$scripts/kbuild.sh" --kernel "$series" -s "M=$build" \
		CONFIG_DEBUG_INFO_BTF_MODULES= CONFIG_NET_9P=m \
		CONFIG_NET_9P_VIRTIO=m CONFIG_9P_FS=m modules >&2 ||
		die "9p did not build for kernel $release"
	mkdir "$tmp/extra"
	objcopy --strip-debug "$build/net/9p/9pnet.ko" "$tmp/extra/9pnet.ko"
	objcopy --strip-debug "$build/net/9p/9pnet_virtio.ko" "$tmp/extra/9pnet_virtio.ko"
	objcopy --strip-debug "$build/fs/9p/9p.ko" "$tmp/extra/9p.ko"
	rm -rf "$modules/extra"
	mv "$tmp/extra" "$modules/extra"
	depmod -b "$tree" "$release"
}

case ${1:-} in
--help|-h) usage; exit 0 ;;
''|-*)	die "which kernel? see --help" ;;
esac
series=$1
release='' version='' modules=''
kernel_facts "$series"
modules=$(readlink -f "$modules")
has_9p || {
	need_apt
	"$scripts/setup.sh" --for build
	locked 9p build_9p
}
