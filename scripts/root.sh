#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/root.sh [SERIES] [image|packages]
#
# See to it that a root file system for guests of SERIES (default 6.12; see
# kernel.sh) is in the cache, and print what is asked for (default: image).
#
#   image	path of the image, for vm.sh --root
#   packages	name and version of each package of the tools in it
#
# It is a small Debian with the tools that make bench-peers compares, installed as
# on any machine, and with the headers of the kernel, which bcc compiles against.
# It has the same release of Debian on every host, so that the same tools are
# measured everywhere, to the instruction.  What is in the cache stays as it is;
# remove the directory roots there to get newer packages.
#
# Needs the packages mmdebstrap and erofs-utils, and 2 GB while it is made.
#
# PROCMON_CACHE	the cache; see kernel.sh

set -eu
. "$(dirname "$0")/lib/common.sh"
. "$scripts/lib/apt.sh"

debian=trixie
# What the tool files take, beside their tools and what every Debian has.
others=(mawk kmod)

# The image is memory to the guest, which wants it in such pieces.
piece=$((128 * 1024 * 1024))
# Some id: mkfs would take a random one.
uuid=7d4cf1d6-3c9e-4a41-9d5e-70726f636d6f

# Those of each tool file, one a line.
packages_of_tools() {
	local file
	export TOOLS=$top/bench/peers/tools
	for file in "$TOOLS"/*.sh; do
		# shellcheck disable=SC2016 # it is for that shell
		sh -c '. "$1" && print_packages' sh "$file" || die "$file: not a tool file"
	done
}

make_tree() {
	local include=("${tools[@]}" "${others[@]}")
	echo "$source" |
		mmdebstrap --variant=essential --include="$(IFS=,; echo "${include[*]}")" \
			--dpkgopt='path-exclude=/usr/share/doc/*' \
			--dpkgopt='path-exclude=/usr/share/locale/*' \
			--dpkgopt='path-exclude=/usr/share/man/*' \
			"$debian" "$tmp/tree" - >"$tmp/log" 2>&1
}

# As if the packages of the kernel were installed.
add_headers() {
	local kernel build=/usr/src/linux-headers-$release
	kernel=$("$scripts/kernel.sh" "$series" kdir)
	kernel=${kernel%/build}
	mkdir -p "$tmp/tree/usr/src" "$tmp/tree/lib/modules/$release"
	cp -a "$kernel/usr/src/linux-headers-$release" \
		"$kernel/usr/src/linux-headers-${release%-*}-common" "$tmp/tree/usr/src"
	# kernel.sh has made it name the cache.
	sed -i "s|[^ ]*/usr/src/|/usr/src/|g" "$tmp/tree$build/Makefile"
	ln -s "$build" "$tmp/tree/lib/modules/$release/build"
	ln -s "${build%-*}-common" "$tmp/tree/lib/modules/$release/source"
}

make_image() {
	# Another run may have done it while this one waited.
	[ ! -e "$image" ] || return 0
	mkdir -p "$roots"
	rm -rf --one-file-system "$roots"/.new.*
	tmp=$(mktemp -d "$roots/.new.XXXXXX")
	trap 'rm -rf --one-file-system "$tmp"' EXIT

	source="deb [signed-by=$(keyring) arch=$arch] $(mirror) $debian main"
	say "making a root file system with the tools to compare: a minute and 300 MB of packages"
	make_tree || { tail -n 15 "$tmp/log" >&2; die "mmdebstrap could not make a Debian $debian"; }
	add_headers
	# shellcheck disable=SC2016 # dpkg-query's own variables
	dpkg-query --admindir="$tmp/tree/var/lib/dpkg" -W -f '${Package}\t${Version}\n' \
		"${tools[@]}" >"$tmp/packages"
	mkfs.erofs -T 0 -U "$uuid" "$tmp/image" "$tmp/tree" >"$tmp/log" 2>&1 ||
		{ tail -n 5 "$tmp/log" >&2; die "mkfs.erofs failed"; }
	truncate -s "%$piece" "$tmp/image"
	sync "$tmp/image"
	# Those of another recipe, unless another checkout has taken one since yesterday.
	find "$roots" -name "$release-*" -mtime +0 -delete
	mv "$tmp/packages" "$image.packages"
	mv "$tmp/image" "$image"
}

series=6.12
what=image
for arg; do
	case $arg in
	--help|-h) usage; exit 0 ;;
	image|packages) what=$arg ;;
	[0-9]*)	series=$arg ;;
	*)	die "$arg: unknown argument; see --help" ;;
	esac
done

release=$("$scripts/kernel.sh" "$series" release)
roots=$cache/roots
packages=$(packages_of_tools)
mapfile -t tools < <(LC_ALL=C sort -u <<<"$packages")
# Another recipe makes another image.
image=$roots/$release-$({ cat "$0"; echo "${tools[@]}"; } | sha256sum | cut -c 1-12)
if [ ! -e "$image" ]; then
	need_apt
	{ have mmdebstrap && have mkfs.erofs; } ||
		die "mmdebstrap or mkfs.erofs is missing; run scripts/setup.sh --for peers"
	locked roots make_image
fi
touch "$image" "$image.packages"
case $what in
image)	  echo "$image" ;;
packages) cat "$image.packages" ;;
esac
