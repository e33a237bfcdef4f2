#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/setup.sh [--for build|cross|vm|arm64|bench|reader|peers|test|debug|
#				check|fresh|package]...
#        [--help]
#
# Install the Debian packages that a part of procmon needs and that are
# missing; without --for, those of all parts.  Nothing else is changed, and
# nothing is done when nothing is missing.
#
#   build	compilers and tools for the modules and the user-space programs
#   cross	build + compiler and C library for 64-bit ARM
#   vm		the emulator and what goes into the guest
#   arm64	the emulator of 64-bit ARM and what makes a Debian for it (debian.sh)
#   bench	build + vm + what draws the pictures, and what our BPF program is built with
#   reader	build + what counts the instructions of the reader
#   peers	build + vm + pictures, hyperfine, what makes the file system with
#		the other tools that report exits (root.sh), and what our BPF program
#		is built with
#   test	build + vm + package + pictures, BPF, pytest (Debian's), the readers
#		of trace events and a browser
#   debug	build + what the build of a whole kernel takes (debug-kernel.sh)
#   check	build + BPF and the static checkers
#   fresh	build + pictures and what makes a fresh Debian (test-fresh.sh)
#   package	build + what makes Debian packages and checks them (package.sh)
#
# Needs root and apt.  Exit status: 0 all there, 1 something is missing and
# could not be installed (the message says what).

set -eu
. "$(dirname "$0")/lib/common.sh"

# A name that changes between releases of Debian has all of its forms, as "a|b".
# The compiler of a kernel that is not the host's own: kbuild.sh sees to it.
build="gcc libc6-dev make libelf1|libelf1t64 pahole patchelf xz-utils kmod"
vm="qemu-system-x86 busybox-static cpio xz-utils kmod util-linux"
pictures="gnuplot-nox"
package="build-essential debhelper dh-dkms help2man lintian mandoc git"
bpf="clang libbpf-dev libelf-dev zlib1g-dev libzstd-dev pkgconf"

packages_for() {
	case $1 in
	build)	echo "$build" ;;
	vm)	echo "$vm" ;;
	arm64)	echo "qemu-system-arm mmdebstrap" ;;
	cross)	echo "$build gcc-aarch64-linux-gnu libc6-dev-arm64-cross" ;;
	bench)	echo "$build $vm $pictures $bpf valgrind" ;;
	reader)	echo "$build valgrind" ;;
	peers)	echo "$build $vm $pictures $bpf hyperfine mmdebstrap erofs-utils" ;;
	test)	echo "$build $vm $pictures $bpf valgrind python3 python3-pytest python3-pytest-timeout trace-cmd linux-perf bpftrace mount chromium $package" ;;
	debug)	echo "$build flex bison bc libelf-dev" ;;
	check)	echo "$build $bpf sparse shellcheck" ;;
	fresh)	echo "$build $pictures mmdebstrap git mount util-linux" ;;
	package) echo "$build $package" ;;
	*)	die "--for $1: unknown; use build, cross, vm, arm64, bench, reader, peers, test, debug, check, fresh or package" ;;
	esac
}

# Of the packages wanted, those of which no form is installed.
missing() {
	# dpkg-query complains of unknown packages and fails: that is the answer.
	{
		# shellcheck disable=SC2016 # dpkg-query's own variables
		tr '|' ' ' <<<"$*" |
			xargs dpkg-query -W -f '${Package} ${db:Status-Status}\n' 2>/dev/null || :
	} | awk -v want="$*" '
		$2 == "installed" { have[$1] = 1 }
		END {
			n = split(want, p, " ")
			for (i = 1; i <= n; i++) {
				forms = split(p[i], form, "|")
				found = seen[p[i]]++
				for (j = 1; j <= forms; j++)
					found = found || (form[j] in have)
				if (!found)
					printf "%s%s", sep++ ? " " : "", p[i]
			}
		}'
}

# The form of each package that apt knows; fails if there is one of which it knows none.
known() {
	local package form found list=() status=0
	for package; do
		found=
		for form in ${package//|/ }; do
			[ -n "$found" ] || ! apt-cache show "$form" >/dev/null 2>&1 || found=$form
		done
		[ -n "$found" ] || status=1
		list+=("${found:-${package%%|*}}")
	done
	echo "${list[@]}"
	return $status
}

install_missing() {
	local packages unknown='' apt=(apt-get -q -y -o DPkg::Lock::Timeout=600)

	# Another run may have done it while this one waited.
	# shellcheck disable=SC2086 # a list of words
	need=$(missing $want)
	[ -n "$need" ] || return 0

	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086
	packages=$(known $need) || unknown=1
	say "installing for $parts: $packages"
	# Lists may be absent (a fresh container) or older than the mirror.
	# shellcheck disable=SC2086
	if [ -n "$unknown" ] ||
	   ! "${apt[@]}" install --no-install-recommends $packages >"$log" 2>&1; then
		say "updating the package lists"
		"${apt[@]}" update >"$log" 2>&1 || :
		# If there is still one that it does not know, it says so itself.
		packages=$(known $need) || :
		"${apt[@]}" install --no-install-recommends $packages >>"$log" 2>&1 || {
			tail -n 15 "$log" >&2
			die "apt-get could not install: $packages"
		}
	fi
}

parts=
while [ $# -gt 0 ]; do
	case $1 in
	--for)	need_value "$@"; parts="$parts${parts:+ }$2"; shift 2 ;;
	--help|-h) usage; exit 0 ;;
	*)	die "$1: unknown argument; see --help" ;;
	esac
done
[ -n "$parts" ] || parts="bench test check"

want=
for part in $parts; do
	want="$want $(packages_for "$part")"
done

{ have dpkg-query && have apt-get; } ||
	die "this is not a Debian system; install by hand what gives:$want"
# shellcheck disable=SC2086
need=$(missing $want)
[ -n "$need" ] || exit 0
# shellcheck disable=SC2086
[ "$(id -u)" = 0 ] ||
	die "not root; let root run: apt-get install --no-install-recommends $(known $need || :)"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
locked setup install_missing
