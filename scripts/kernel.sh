#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/kernel.sh [SERIES] [image|release|version|kdir|modules|cc|all]
#
# See to it that Debian's stock kernel of SERIES (default 6.12) lies unpacked
# in the cache, and print what is asked for (default: all).
#
#   image	path of the bootable kernel
#   release	what uname -r says there
#   version	version of the Debian package
#   kdir	directory to build modules against (make -C KDIR M=...); for a
#		kernel whose compiler the host lacks, use scripts/kbuild.sh
#   modules	directory of the kernel's own modules
#   cc		name of the compiler that the kernel was built with
#   all		all of these as name=value lines
#
# SERIES is 6.1, 6.12, ... as far as the host's apt sources carry it, else
# what the backports of the next Debian release carry, from the same mirror
# (7 is the newest 7.x).  With -rt or -cloud behind, as in 6.12-rt, it is Debian's
# kernel of that flavour: PREEMPT_RT, or for virtual machines; with -arm64 it is that
# of 64-bit ARM.  "installed" is the newest kernel whose package is installed on this
# machine, whether it runs or not, with the modules that are beside its own.  debug and
# debug-kcsan are built from Debian's source; see debug-kernel.sh.
#
# Nothing is installed: packages are downloaded and unpacked.  What is in the cache
# stays as it is; remove the directory kernels/SERIES there to get a newer package.
#
# PROCMON_CACHE	the cache; default $XDG_CACHE_HOME/procmon, ~/.cache/procmon
# PROCMON_SUITE	the backports to look in; default trixie-backports

set -eu
. "$(dirname "$0")/lib/common.sh"
. "$scripts/lib/apt.sh"

show() {
	local tree
	tree=$(readlink -f "$kernels/$series")
	case $1 in
	image)	 echo "$tree/vmlinuz" ;;
	release) cat "$tree/release" ;;
	version) cat "$tree/stamp" ;;
	kdir)	 echo "$tree/build" ;;
	modules) echo "$tree/modules" ;;
	cc)	 cat "$tree/cc" ;;
	all)
		local what
		for what in image release version kdir modules cc; do
			echo "$what=$(show $what)"
		done
		;;
	esac
}

# The release of SERIES that these sources offer; fails if there is none.
find_release() {
	local meta dep number=$series build=$arch
	case $series in
	*-rt|*-cloud)
		number=${series%-*}
		build=${series##*-}-$arch ;;
	*-arm64)
		number=${series%-*} ;;
	esac
	for meta in "linux-image-$number-$build" "linux-image-$build"; do
		for dep in $(depends_of "$meta"); do
			case $dep in
			linux-image-"$number"[.+-]*-"$build")
				echo "${dep#linux-image-}"
				return ;;
			esac
		done
	done
	return 1
}

offered() {
	local meta
	for meta in $(apt-cache "${apt_opts[@]}" pkgnames linux-image- 2>/dev/null |
		      grep -E "^linux-image-([0-9.]+-)?((rt|cloud)-)?$arch\$"); do
		depends_of "$meta" | sed -En \
			"s/^linux-image-([0-9]+\.[0-9]+)[.+-].*[0-9](-rt|-cloud)?-$arch\$/\1\2/p"
	done | sort -Vu | tr '\n' ' '
}

# Sets release: from the host's sources if they carry the series.
find_kernel() {
	local host
	case $series in
	*-arm64) foreign_sources arm64 ;;
	esac
	release=$(find_release) && return
	host=$(offered)
	if [ -z "$host" ] && [ "$(id -u)" = 0 ]; then
		# It also fails for a source that is not Debian's.
		update_lists || :
		release=$(find_release) && return
		host=$(offered)
	fi
	other_sources "$suite"
	release=$(find_release) ||
		die "no kernel $series; the host's apt sources have: ${host:-none }- $suite has: $(offered)"
}

# The exact packages of $release, one a line; the signed image if there is one.
packages() {
	local image=linux-image-$release
	apt-cache "${apt_opts[@]}" show "$image" >/dev/null 2>&1 || image=$image-unsigned
	echo "$image"
	# The image is split since 7.x.
	depends_of "$image" | grep -E '^linux-(base|binary|modules)-[0-9]' || :
	echo "linux-headers-$release"
	# What the build runs is of the host's architecture.
	depends_of "linux-headers-$release" | grep -E '^linux-(headers|kbuild)-' |
		sed '/:/d; s/^linux-kbuild-.*/&:amd64/'
}

# The compiler's name, as a build tree has it.
compiler() { sed -n 's/^CC *=.*[)-]\(gcc-[0-9]*\)$/\1/p' "$1/.kernelvariables"; }

# Headers and links name /usr/src; make them name the cache instead.
relocate() {
	local new=$1 final=$2 build=usr/src/linux-headers-$release lib common
	sed -i "s|/usr/src/|$final/usr/src/|g" "$new/$build/Makefile"

	# usr/lib since 6.18 or so, and the kernel itself beside its modules.
	lib=lib/modules/$release
	[ -d "$new/$lib/kernel" ] || lib=usr/$lib
	rm -f "$new/$lib/build" "$new/$lib/source"
	ln -s "$final/$build" "$new/$lib/build"
	# bcc takes the headers that do not depend on the configuration from here.
	common=$(cd "$new" && echo usr/src/linux-headers-*-common*)
	ln -s "$final/$common" "$new/$lib/source"
	ln -s "$build" "$new/build"
	ln -s "$lib" "$new/modules"
	if [ -e "$new/$lib/vmlinuz" ]; then
		ln -s "$lib/vmlinuz" "$new/vmlinuz"
	else
		ln -s "boot/vmlinuz-$release" "$new/vmlinuz"
	fi
	compiler "$new/$build" >"$new/cc"
	for lib in vmlinuz modules/kernel build/Makefile build/Module.symvers; do
		[ -e "$new/$lib" ] ||
			die "kernel $release: $lib is not where it was up to 7.3; $0 must learn"
	done
	# What the image's postinst would have done; the guest's modprobe needs it.
	mkdir -p "$new/lib/modules"
	[ -d "$new/lib/modules/$release" ] ||
		ln -s "../../usr/lib/modules/$release" "$new/lib/modules/$release"
	depmod -b "$new" "$release"
}

fetch() {
	local new final
	# Another run may have done it while this one waited.
	[ ! -e "$kernels/$series/stamp" ] || return 0
	mkdir -p "$kernels"
	rm -rf "$kernels"/.new.*
	tmp=$(mktemp -d "$kernels/.new.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	mkdir "$tmp/tree"

	find_kernel
	final=$kernels/$release
	if [ ! -e "$final/stamp" ]; then
		# Lists that are older than the mirror name packages that are gone.
		download < <(packages) || {
			update_lists || :
			find_kernel
			download < <(packages)
		} || die "could not download kernel $release"
		final=$kernels/$release
		new=$tmp/tree
		unpack "$new"
		relocate "$new" "$final"
		echo "$release" >"$new/release"
		dpkg-deb -f "$tmp"/debs/linux-image-*.deb Version >"$new/stamp"
		sync "$new/stamp"
		rm -rf "$final"
		mv "$new" "$final"
	fi
	ln -sn "$release" "$tmp/link"
	mv -T "$tmp/link" "$kernels/$series"
}

# A tree of links to what is on this machine.
link_installed() {
	local tree
	release=$(find /boot -name 'vmlinuz-*' -printf '%f\n' | sed 's/^vmlinuz-//' | sort -V | tail -n 1)
	[ -e "/lib/modules/$release/build/.config" ] ||
		die "no kernel with its headers is installed on this machine; install linux-image-$arch and linux-headers-$arch"
	mkdir -p "$kernels"
	tree=$kernels/installed
	rm -rf "$tree"
	mkdir -p "$tree/lib/modules"
	ln -s "/boot/vmlinuz-$release" "$tree/vmlinuz"
	ln -s "/lib/modules/$release" "$tree/lib/modules/$release"
	ln -s "lib/modules/$release" "$tree/modules"
	ln -s "/lib/modules/$release/build" "$tree/build"
	compiler "$tree/build" >"$tree/cc"
	echo "$release" >"$tree/release"
	# shellcheck disable=SC2016 # dpkg-query's own variable
	dpkg-query -W -f '${Version}\n' "linux-image-$release" >"$tree/stamp"
}

series=6.12
what=all
for arg; do
	case $arg in
	--help|-h) usage; exit 0 ;;
	image|release|version|kdir|modules|cc|all) what=$arg ;;
	[0-9]*|debug|debug-*|installed) series=$arg ;;
	*)	die "$arg: unknown argument; see --help" ;;
	esac
done

need_cache_for_make
kernels=$cache/kernels
if [ "${series%%-*}" = debug ]; then
	"$scripts/debug-kernel.sh" "$series"
elif [ "$series" = installed ]; then
	locked kernels link_installed
elif [ ! -e "$kernels/$series/stamp" ]; then
	need_apt
	have depmod || die "depmod is missing; run scripts/setup.sh --for vm"
	locked kernels fetch
fi
show "$what"
