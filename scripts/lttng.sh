#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/lttng.sh [SERIES]
#
# See to it that LTTng's kernel modules for SERIES (default 6.12; see kernel.sh) are in the
# cache, and print their directory.  They are built from Debian's own package of their
# source (lttng-modules-dkms), with one probe of those for the kernel's events, sched:
# the whole package fails on kernels newer than it is, for the sake of probes that nobody
# here asks for.  Where that of Debian 13 cannot be built at all, the newest is.
#
# Where none can be built, the directory has nothing but the file "reason", which says why.
#
# PROCMON_CACHE	the cache; see kernel.sh

set -eu
. "$(dirname "$0")/lib/common.sh"
. "$scripts/lib/apt.sh"

package=lttng-modules-dkms
suites=(trixie sid)

case ${1:-} in
--help|-h) usage; exit 0 ;;
-*) die "$1: unknown option; see --help" ;;
esac
series=${1:-6.12}

# build SUITE: the modules of this release of Debian in $tmp/new, or what is wrong in
# $tmp/new/reason
build() {
	local source version file
	rm -rf "${tmp:?}/usr" "$tmp/new"
	other_sources "$1"
	download <<<"$package" || die "could not download $package of $1"
	unpack "$tmp"
	version=$(dpkg-deb -f "$tmp"/debs/*.deb Version)
	source=$(echo "$tmp"/usr/src/lttng-modules-*)
	sed -i '/^obj-.*+= *lttng-probe-/ { /sched/!d }' "$source/src/probes/Kbuild"
	mkdir "$tmp/new"
	say "building LTTng's modules $version for $release: a minute"
	if "$scripts/kbuild.sh" --kernel "$series" -s -j "$(nproc)" CONFIG_LTTNG=m \
		CONFIG_DEBUG_INFO_BTF_MODULES= "M=$source/src" modules >"$tmp/log" 2>&1; then
		find "$source" -name '*.ko' ! -name 'lttng-probe-*' -o -name lttng-probe-sched.ko |
		while read -r file; do
			objcopy --strip-debug -R .note.gnu.build-id "$file" \
				"$tmp/new/${file##*/}"
		done
		echo "$version" >"$tmp/new/version"
		return
	fi
	echo "$version cannot be built: $(grep -i -m 1 'error:' "$tmp/log" |
		sed 's|^[^ ]*/lttng-modules-[^/]*/||')" >"$tmp/new/reason"
}

make_modules() {
	local debian
	# Another run may have done it while this one waited.
	[ ! -e "$modules" ] || return 0
	mkdir -p "$cache/tools"
	tmp=$(mktemp -d "$cache/tools/.new.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	for debian in "${suites[@]}"; do
		build "$debian"
		[ -e "$tmp/new/reason" ] || break
	done
	mv "$tmp/new" "$modules"
}

"$scripts/setup.sh" --for build
release=$("$scripts/kernel.sh" "$series" release)
need_cache_for_make
# Another recipe makes others.
modules=$cache/tools/lttng-$release-$(sha256sum <"$0" | cut -c 1-12)
if [ ! -e "$modules" ]; then
	need_apt
	locked tools make_modules
fi
echo "$modules"
