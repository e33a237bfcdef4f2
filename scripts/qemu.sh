#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/qemu.sh
#
# Print the words, one a line, that call an emulator which may run each CPU of a guest
# on a thread of its own: the host's QEMU if it is 10.0 or later, else that of Debian 13,
# which is unpacked into the cache, with the libraries of its own release, and runs on
# the host as any user: no chroot, no mounts.
#
# QEMU 7.2 may run a breakpoint that the kernel has taken back (see vm.sh).
#
# PROCMON_CACHE, PROCMON_SUITE	see kernel.sh

set -eu
. "$(dirname "$0")/lib/common.sh"
. "$scripts/lib/apt.sh"

case ${1:-} in
--help|-h) usage; exit 0 ;;
?*)	die "$1: unknown argument; see --help" ;;
esac

# Is what these words call new enough?
new_enough() {
	local version
	version=$("$@" --version 2>/dev/null | sed -n 's/^QEMU emulator version \([0-9]*\).*/\1/p')
	[ "${version:-0}" -ge 10 ]
}

host=qemu-system-x86_64
if new_enough "$host"; then
	echo "$host"
	exit
fi

release=${suite%-backports}
root=$cache/tools/$release-qemu
if [ ! -e "$root/stamp" ]; then
	need_apt
	locked tools fetch_tools "$root" "$release" : qemu-system-x86
fi
# By its own loader, which looks for libraries where it is told; what else it takes, it
# would look for where it was installed.
command=(
	env "QEMU_MODULE_DIR=$root/usr/lib/x86_64-linux-gnu/qemu"
	"$root/usr/lib64/ld-linux-x86-64.so.2"
	--library-path "$root/usr/lib/x86_64-linux-gnu"
	"$root/usr/bin/qemu-system-x86_64"
	-L "$root/usr/share/qemu" -L "$root/usr/share/seabios"
)
new_enough "${command[@]}" ||
	die "the QEMU of $release does not run here, or is older than 10.0"
printf '%s\n' "${command[@]}"
