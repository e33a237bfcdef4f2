#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/debian.sh [ARCH]
#
# See to it that a small Debian for the architecture ARCH (arm64) lies unpacked in the
# cache, with what the tests in the guest take, and print its path.  It is what a guest
# of vm.sh sees of a host of that architecture.
#
# Nothing of it runs here: the packages are unpacked, and their scripts are not run.
# What is in the cache stays as it is; remove the directory debian-ARCH there to get
# newer packages.
#
# Needs the package mmdebstrap.
#
# PROCMON_CACHE	the cache; see kernel.sh

set -eu
. "$(dirname "$0")/lib/common.sh"
. "$scripts/lib/apt.sh"

# The release of root.sh.
debian=trixie
packages=(base-files base-passwd python3 python3-pytest python3-pytest-timeout trace-cmd linux-perf
	bash coreutils dash diffutils findutils grep kmod libc-bin mawk mount procps sed util-linux)

make_debian() {
	# Another run may have done it while this one waited.
	[ "$(cat "$tree/recipe" 2>/dev/null)" != "$recipe" ] || return 0
	rm -rf --one-file-system "$tree" "$cache"/.debian.*
	tmp=$(mktemp -d "$cache/.debian.XXXXXX")
	trap 'rm -rf --one-file-system "$tmp"' EXIT
	say "unpacking a Debian $debian for $want: a minute and 150 MB of packages"
	echo "deb [signed-by=$(keyring) arch=$want] $(mirror) $debian main" |
		mmdebstrap --variant=extract --arch="$want" \
			--include="$(IFS=,; echo "${packages[*]}")" \
			--dpkgopt='path-exclude=/usr/share/doc/*' \
			--dpkgopt='path-exclude=/usr/share/locale/*' \
			--dpkgopt='path-exclude=/usr/share/man/*' \
			"$debian" "$tmp/tree" - >"$tmp/log" 2>&1 ||
		{ tail -n 15 "$tmp/log" >&2; die "mmdebstrap could not make a Debian $debian for $want"; }
	# What the packages' scripts would have done.
	ln -s mawk "$tmp/tree/usr/bin/awk"
	cp "$tmp/tree/usr/share/base-passwd/passwd.master" "$tmp/tree/etc/passwd"
	cp "$tmp/tree/usr/share/base-passwd/group.master" "$tmp/tree/etc/group"
	echo "$recipe" >"$tmp/tree/recipe"
	mv "$tmp/tree" "$tree"
}

want=arm64
for arg; do
	case $arg in
	--help|-h) usage; exit 0 ;;
	arm64)	want=$arg ;;
	*)	die "$arg: unknown architecture; see --help" ;;
	esac
done

tree=$cache/debian-$want
recipe=$({ cat "$0"; echo "$want"; } | sha256sum | cut -c 1-12)
if [ "$(cat "$tree/recipe" 2>/dev/null)" != "$recipe" ]; then
	need_apt
	have mmdebstrap || die "mmdebstrap is missing; run scripts/setup.sh --for arm64"
	locked debian make_debian
fi
echo "$tree"
