#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/kbuild.sh [--kernel SERIES | --kdir DIR] MAKE-ARGUMENT...
#
# Run the kernel's make with the compiler that the kernel was built with:
#
#	scripts/kbuild.sh --kernel 7.3 M="$PWD/variants/kprobe" W=1 modules
#
#   --kernel SERIES	a kernel of scripts/kernel.sh (default 6.12); one of another
#			architecture with the compiler for that
#   --kdir DIR		a build directory of your own, with the compiler that
#			its make takes
#
# A kernel from a newer Debian release needs a newer compiler than the host
# has (gcc-12 does not know 7.x's options).  That one is unpacked into the
# cache and made to run there, with the C library of its own release; the
# same goes for the tools of the kernel's build tree.  It runs on the host
# itself, as any user: no chroot, no mounts.
#
# A module of this tree (M=DIR) whose path has a space in it, which no kernel's make
# takes, is built in a copy, and what is built is copied back.
#
# PROCMON_CACHE, PROCMON_SUITE	see kernel.sh

set -eu
. "$(dirname "$0")/lib/common.sh"
. "$scripts/lib/apt.sh"

# Make the programs named on stdin run with the C library and the others of
# $tools.  DT_RPATH, unlike DT_RUNPATH, holds for what the libraries need, too.
own_libraries() {
	local file
	while read -r file; do
		patchelf --print-interpreter "$file" >/dev/null 2>&1 || continue
		cp "$file" "$file.new"
		patchelf --set-interpreter "$tools/usr/lib64/ld-linux-x86-64.so.2" \
			--force-rpath --set-rpath "$tools/usr/lib/x86_64-linux-gnu" \
			"$file.new" || die "patchelf failed on $file"
		mv "$file.new" "$file"
	done
}

adapt_compiler() {
	local new=$1 file
	find "$new/usr/bin" "$new/usr/libexec" -type f -perm -u+x | own_libraries
	# A directory for PATH, with nothing but compiler, binutils and pahole.
	mkdir "$new/bin.kbuild"
	for file in "$new/usr/bin/$prefix"*; do
		ln -s "../usr/bin/${file##*/}" "$new/bin.kbuild/"
	done
	ln -s ../usr/bin/pahole "$new/bin.kbuild/"
	[ -n "$cross" ] || ln -s ../usr/bin/as ../usr/bin/ld "$new/bin.kbuild/"
}

adapt_kernel() {
	[ ! -e "$tree/adapted" ] || return 0
	find "$tree/usr/lib"/linux-kbuild-* -type f -perm -u+x | own_libraries
	: >"$tree/adapted"
}

series=6.12
kdir=
prefix=x86_64-linux-gnu-
cross=
while [ $# -gt 0 ]; do
	case $1 in
	--kernel)	need_value "$@"; series=$2; shift 2 ;;
	--kdir)		need_value "$@"; kdir=$2; shift 2 ;;
	--help|-h)	usage; exit 0 ;;
	*)		break ;;
	esac
done
[ $# -gt 0 ] || die "nothing to make; see --help"
have make || die "make is missing; run scripts/setup.sh --for build"

if [ -n "$kdir" ]; then
	[ -e "$kdir/Makefile" ] ||
		die "$kdir is not a kernel's build directory; install its linux-headers, or use --kernel"
else
	tree=$("$scripts/kernel.sh" "$series" kdir)
	kdir=$tree
	tree=${tree%/build}
	cc=$("$scripts/kernel.sh" "$series" cc)
	package=$cc
	command=$cc
	case $series in
	*-arm64)
		prefix=aarch64-linux-gnu-
		cross=$prefix
		command=$prefix$cc
		package=$cc-aarch64-linux-gnu
		set -- ARCH=arm64 "CROSS_COMPILE=$prefix" "$@" ;;
	esac
	if ! have "$command"; then
		release=${suite%-backports}
		tools=$cache/tools/$release-$package
		if [ ! -e "$tools/stamp" ] || [ ! -e "$tree/adapted" ]; then
			need_apt
			have patchelf || die "patchelf is missing; run scripts/setup.sh --for build"
			# The libraries are what the kernel's own tools need.
			locked tools fetch_tools "$tools" "$release" adapt_compiler \
				"$package" pahole libelf1t64 libssl3t64
			locked tools adapt_kernel
		fi
		PATH=$tools/bin.kbuild:$PATH
	fi
fi

module=
for argument; do
	case $argument in
	M=*) for_make "${argument#M=}" || module=${argument#M=} ;;
	esac
done
[ -n "$module" ] || exec make -C "$kdir" "$@"

# The same place each time: it is part of what make remembers between two runs.
need_cache_for_make
tmp=$cache/builds/$(sha256sum <<<"$module" | cut -c 1-12)
trap 'rm -rf "$tmp"' EXIT
rm -rf "$tmp"
mkdir -p "$tmp/handler" "$tmp/module"
cp -a "$module/../handler/." "$tmp/handler"
cp -a "$module/." "$tmp/module"
status=0
make -C "$kdir" "${@/#M=*/M=$tmp/module}" || status=$?
# What was edited meanwhile stays.
cp -au "$tmp/module/." "$module"
[ $status = 0 ]
