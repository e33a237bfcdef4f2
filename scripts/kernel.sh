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
# (7 is the newest 7.x).  Nothing is installed: packages are downloaded and
# unpacked.  What is in the cache stays as it is; remove the directory
# kernels/SERIES there to get a newer package.
#
# PROCMON_CACHE	the cache; default $XDG_CACHE_HOME/procmon, ~/.cache/procmon
# PROCMON_SUITE	where to look beyond the host's sources (trixie-backports)

set -eu
. "$(dirname "$0")/common.sh"

arch=amd64
suite=${PROCMON_SUITE:-trixie-backports}
# _apt, apt's own user, cannot write to the cache.
apt_opts=(-q -o DPkg::Lock::Timeout=600 -o APT::Sandbox::User=root)

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

# The packages that the metapackage $1 stands for, e.g.
# linux-image-6.12-amd64 -> linux-image-6.12.117+deb12-amd64
depends_of() {
	apt-cache "${apt_opts[@]}" depends --no-recommends --no-suggests "$1" 2>/dev/null |
		sed -n 's/^[ |]*Depends: //p'
}

# The release of SERIES that these sources offer; fails if there is none.
find_release() {
	local meta dep
	for meta in "linux-image-$series-$arch" "linux-image-$arch"; do
		for dep in $(depends_of "$meta"); do
			case $dep in
			linux-image-"$series"[.+-]*-"$arch")
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
		      grep -E "^linux-image-([0-9.]+-)?$arch\$"); do
		depends_of "$meta" |
			sed -n "s/^linux-image-\([0-9]*\.[0-9]*\)[.+-].*-$arch\$/\1/p"
	done | sort -Vu | tr '\n' ' '
}

update_lists() {
	say "updating the package lists${1:+ of $1}"
	apt-get "${apt_opts[@]}" update >"$tmp/log" 2>&1 && return
	tail -n 5 "$tmp/log" >&2
	return 1
}

# From here on apt is a private one, of one suite, with lists and cache of its
# own.  It keeps the host's apt.conf (proxies), and leaves the host's alone.
other_sources() {
	local dir=$cache/apt-$suite uri
	# shellcheck disable=SC2016 # apt's own variable
	uri=$(apt-get indextargets --format '$(REPO_URI)' \
		'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
	[ -n "$uri" ] ||
		die "no Debian mirror known to apt; let root run: apt-get update"
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/status"
	echo "deb [signed-by=$(keyring) arch=$arch] $uri $suite main" >"$dir/sources.list"
	apt_opts+=(
		-o "Dir::Etc::SourceList=$dir/sources.list"
		-o Dir::Etc::SourceParts=/dev/null
		-o Dir::Etc::Preferences=/dev/null
		-o Dir::Etc::PreferencesParts=/dev/null
		-o "Dir::State=$dir"
		-o "Dir::State::Status=$dir/status"
		-o "Dir::Cache=$dir/cache"
	)
	update_lists "$suite" || die "apt-get could not read $suite from $uri"
}

# The keyring that the host trusts for Debian's own archive.
keyring() {
	local key
	# shellcheck disable=SC2016
	key=$(apt-get indextargets --format '$(SIGNED_BY)' \
		'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
	[ -r "$key" ] || key=/usr/share/keyrings/debian-archive-keyring.gpg
	[ -r "$key" ] || die "no archive keyring; install debian-archive-keyring"
	echo "$key"
}

# Sets release: from the host's sources if they carry the series.
find_kernel() {
	local host
	release=$(find_release) && return
	host=$(offered)
	if [ -z "$host" ] && [ "$(id -u)" = 0 ] && update_lists; then
		release=$(find_release) && return
		host=$(offered)
	fi
	other_sources
	release=$(find_release) ||
		die "no kernel $series: the host's apt sources have ${host:-none, }$suite has $(offered)"
}

# The exact packages of $release, one a line; the signed image if there is one.
packages() {
	local image=linux-image-$release
	apt-cache "${apt_opts[@]}" show "$image" >/dev/null 2>&1 || image=$image-unsigned
	echo "$image"
	echo "linux-headers-$release"
	depends_of "linux-headers-$release" | grep -E '^linux-(headers|kbuild)-'
}

download() {
	local list
	mapfile -t list < <(packages)
	say "downloading ${list[*]}"
	(cd "$tmp/debs" && apt-get "${apt_opts[@]}" download "${list[@]}") >"$tmp/log" 2>&1
}

# Headers and links name /usr/src; make them name the cache instead.
relocate() {
	local new=$1 final=$2 build=usr/src/linux-headers-$release lib
	sed -i "s|/usr/src/|$final/usr/src/|g" "$new/$build/Makefile"

	# usr/lib since 6.18 or so, and the kernel itself beside its modules.
	lib=lib/modules/$release
	[ -d "$new/$lib/kernel" ] || lib=usr/$lib
	rm -f "$new/$lib/build" "$new/$lib/source"
	ln -s "$final/$build" "$new/$lib/build"
	ln -s "$build" "$new/build"
	ln -s "$lib" "$new/modules"
	if [ -e "$new/$lib/vmlinuz" ]; then
		ln -s "$lib/vmlinuz" "$new/vmlinuz"
	else
		ln -s "boot/vmlinuz-$release" "$new/vmlinuz"
	fi
	sed -n 's/^CC *=.*[)-]\(gcc-[0-9]*\)$/\1/p' "$new/$build/.kernelvariables" >"$new/cc"
	# What the image's postinst would have done; the guest's modprobe needs it.
	mkdir -p "$new/lib/modules"
	[ -d "$new/lib/modules/$release" ] ||
		ln -s "../../usr/lib/modules/$release" "$new/lib/modules/$release"
	depmod -b "$new" "$release"
}

fetch() {
	local deb new final
	# Another run may have done it while this one waited.
	[ ! -e "$kernels/$series/stamp" ] || return 0
	mkdir -p "$kernels"
	rm -rf "$kernels"/.new.*
	tmp=$(mktemp -d "$kernels/.new.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	mkdir "$tmp/debs" "$tmp/tree"

	find_kernel
	final=$kernels/$release
	if [ ! -e "$final/stamp" ]; then
		# Lists that are older than the mirror name packages that are gone.
		download || { update_lists && find_kernel && download; } || {
			tail -n 5 "$tmp/log" >&2
			die "apt-get could not download kernel $release"
		}
		final=$kernels/$release
		new=$tmp/tree
		say "unpacking kernel $release"
		for deb in "$tmp"/debs/*.deb; do
			dpkg -x "$deb" "$new" || die "cannot unpack $deb; is the disk full?"
		done
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

series=6.12
what=all
for arg; do
	case $arg in
	--help|-h) usage; exit 0 ;;
	image|release|version|kdir|modules|cc|all) what=$arg ;;
	[0-9]*)	series=$arg ;;
	*)	die "$arg: unknown argument; see --help" ;;
	esac
done

kernels=$cache/kernels
if [ ! -e "$kernels/$series/stamp" ]; then
	for tool in apt-get apt-cache dpkg dpkg-deb xz depmod; do
		have $tool || die "$tool is missing; run scripts/setup.sh --for vm"
	done
	locked kernels fetch
fi
show "$what"
