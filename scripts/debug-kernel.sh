#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/debug-kernel.sh NAME
#
# Build the kernel NAME, one that looks for bugs while it runs, unless it is in
# the cache: from Debian's source of Linux 6.12, with the host's compiler, as
# debug/common.config and debug/NAME.config say.  kernel.sh calls this.
#
#   debug		KASAN, UBSAN, kmemleak, lockdep, debug objects
#   debug-kcsan		KCSAN
#
# It takes some fifteen minutes on two idle CPUs, and 3 GB of the cache
# meanwhile; 200 MB stay.  It is built anew when its configuration changes.
#
# PROCMON_CACHE	the cache; see kernel.sh

set -eu
. "$(dirname "$0")/lib/common.sh"
. "$scripts/lib/apt.sh"

number=6.12
# KCSAN finds many races in the kernel that are of no concern to us: the modules
# alone are watched, which are not built by this make.
instrument=()
[ "${1:-}" != debug-kcsan ] || instrument=(KCSAN_SANITIZE=n)

# What the kernel is made from; kept beside it.
wanted_config() {
	cat "$scripts/debug/common.config" "$scripts/debug/$name.config"
	echo "CONFIG_LOCALVERSION=\"-$name\""
}

up_to_date() {
	[ -e "$kernels/$name/stamp" ] &&
		wanted_config | cmp -s - "$kernels/$name/wanted.config"
}

# Make says a line for each file: show how far it is.
show_progress() {
	awk -v every=100 -v name="$name" '
		/^  (CC|AS|LD|AR|HOSTCC)/ && ++n % every == 0 {
			print "procmon: building the kernel " name ": " n " files" >"/dev/stderr"
		}'
}

# make in the source, which ends when this script does.
kernel_make() {
	# A shell waits for a command in the foreground before it heeds a signal.
	nice make -C "$tmp/source" ARCH=x86_64 CC="$cc" HOSTCC="$cc" LOCALVERSION= \
		"${instrument[@]}" "$@" 9>&- &
	making=$!
	wait "$making"
	making=
}

configure() {
	local line
	kernel_make -s KCONFIG_ALLCONFIG="$tmp/wanted.config" allnoconfig >"$tmp/log" 2>&1 || {
		cat "$tmp/log" >&2
		die "the kernel $name could not be configured"
	}
	# An option whose needs are not met is dropped without a word.
	while read -r line; do
		case $line in
		CONFIG_*)
			grep -qxF "$line" "$tmp/source/.config" ||
				die "$name.config: not to be had: $line" ;;
		'# CONFIG_'*' is not set')
			! grep -q "^${line:2:-11}=" "$tmp/source/.config" ||
				die "$name.config: not to be switched off: ${line:2:-11}" ;;
		esac
	done <"$tmp/wanted.config"
}

# The same files as kernel.sh has of Debian's packages.
install_tree() {
	local new=$1 release=$2
	# shellcheck disable=SC2016 # make's own variable
	kernel_make -s run-command \
		KBUILD_RUN_COMMAND='$(srctree)/scripts/package/install-extmod-build '"$new/build"
	kernel_make -s INSTALL_MOD_PATH="$new" INSTALL_MOD_STRIP=1 modules_install
	rm -f "$new/lib/modules/$release/build" "$new/lib/modules/$release/source"
	ln -s ../../../build "$new/lib/modules/$release/build"
	ln -s "lib/modules/$release" "$new/modules"
	cp "$tmp/source/arch/x86/boot/bzImage" "$new/vmlinuz"
	cp "$tmp/source/System.map" "$new/"
	cp "$tmp/source/.config" "$new/build/.config"
	cp "$tmp/wanted.config" "$new/wanted.config"
	# As Debian's packages do it: a module is built with the compiler of its kernel.
	# shellcheck disable=SC2016 # make's own variable
	sed -i 's/^\(CC[[:space:]]*= \)$(CROSS_COMPILE)gcc$/\1'"$cc/" "$new/build/Makefile"
	echo "$cc" >"$new/cc"
	echo "$release" >"$new/release"
}

build_kernel() {
	local release new=$tmp/tree
	[ "$(df -m --output=avail "$kernels" | tail -n 1)" -ge 4000 ] ||
		die "the cache $cache has no 4 GB of space, which a kernel's build takes"
	cc=gcc-$(gcc -dumpversion | cut -d . -f 1)
	have "$cc" || cc=gcc

	say "making the kernel $name, once: this takes some fifteen minutes of two CPUs"
	wanted_config >"$tmp/wanted.config"
	get_source $number ''
	configure
	kernel_make "-j$(nproc)" bzImage modules > >(show_progress) 2>"$tmp/log" || {
		tail -n 20 "$tmp/log" >&2
		die "the kernel $name did not build"
	}
	release=$(cat "$tmp/source/include/config/kernel.release")
	mkdir "$new"
	install_tree "$new" "$release" >&2 || die "the kernel $name could not be installed"
	mv "$tmp/version" "$new/stamp"
	sync "$new/stamp"
	rm -rf "${kernels:?}/$release"
	mv "$new" "$kernels/$release"
	ln -sn "$release" "$tmp/link"
	mv -T "$tmp/link" "$kernels/$name"
}

making=
stop() {
	trap - EXIT INT TERM HUP
	if [ -n "$making" ]; then
		kill "$making" 2>/dev/null || :
		# It alone: what shows the progress ends after this shell.
		wait "$making" || :
	fi
	rm -rf "$tmp"
}

case ${1:-} in
--help|-h) usage; exit 0 ;;
''|-*)	die "which kernel? see --help" ;;
esac
name=$1
[ -e "$scripts/debug/$name.config" ] || die "no kernel $name; see --help"
kernels=$cache/kernels
! up_to_date || exit 0
need_apt
"$scripts/setup.sh" --for debug
lock "kernel-$name"
# Another run may have done it while this one waited.
! up_to_date || exit 0

mkdir -p "$kernels"
rm -rf "$kernels/.make-$name".*
tmp=$(mktemp -d "$kernels/.make-$name.XXXXXX")
trap stop EXIT
trap 'stop; say "interrupted; nothing was kept"; exit 130' INT
trap 'stop; exit 143' TERM HUP
build_kernel
