#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/build.sh [--kernel SERIES | --kdir DIR] [VARIANT]...
#        scripts/build.sh [--kernel SERIES | --kdir DIR] --install VARIANT
#        scripts/build.sh --clean [VARIANT]...
#        scripts/build.sh --list
#
# Build variants/VARIANT/procmon.ko, without a VARIANT those of all, against
# Debian's stock kernel of SERIES (default 6.12; unpacked into the cache if need be)
# or the build tree DIR.
#
#   --install	also install it below /lib/modules of that kernel
#   --clean	remove what was built
#   --list	print the names of the variants
#   W=1		from the environment: with the compiler's further warnings

set -eu
. "$(dirname "$0")/lib/common.sh"

target=(--kernel 6.12)
action=build
chosen=()
while [ $# -gt 0 ]; do
	case $1 in
	--help|-h) usage; exit 0 ;;
	--kernel|--kdir)
		need_value "$@"
		target=("$1" "$2")
		shift ;;
	--install) action=install ;;
	--clean) action=clean ;;
	--list) variants; exit 0 ;;
	-*) die "$1: unknown option; see --help" ;;
	*)
		[ -e "$top/variants/$1/Kbuild" ] ||
			die "$1: no such variant; there are: $(variants | xargs)"
		chosen+=("$1") ;;
	esac
	shift
done
# All of them are procmon.ko.
[ $action != install ] || [ ${#chosen[@]} = 1 ] ||
	die "--install takes one variant; see --help"
[ ${#chosen[@]} -gt 0 ] || mapfile -t chosen < <(variants)

if [ $action = clean ]; then
	for variant in "${chosen[@]}"; do
		find "$top/variants/$variant" -type f \( -name '*.o' -o -name '*.ko' \
			-o -name '*.mod' -o -name '*.mod.c' -o -name '.*.cmd' \
			-o -name '.*.d' -o -name modules.order \
			-o -name Module.symvers \) -delete
	done
	exit
fi

case ${target[0]} in
--kernel)
	case ${target[1]} in
	*-arm64) "$scripts/setup.sh" --for cross ;;
	*)	 "$scripts/setup.sh" --for build ;;
	esac
	# It says itself what is wrong with it.
	"$scripts/kernel.sh" "${target[1]}" release >/dev/null || exit
	what="Debian's ${target[1]}" ;;
--kdir)
	[ -e "${target[1]}/Makefile" ] ||
		die "${target[1]} is not a kernel's build tree; install linux-headers, or set KERNEL=6.12"
	have make || die "make is missing; install make and gcc, or run scripts/setup.sh --for build"
	what=${target[1]} ;;
esac

# BTF of modules needs pahole and serves nobody here.
options=(-s "-j$(nproc)" CONFIG_DEBUG_INFO_BTF_MODULES= ${W:+"W=$W"})

say "building ${chosen[*]} for $what"
for variant in "${chosen[@]}"; do
	"$scripts/kbuild.sh" "${target[@]}" "${options[@]}" \
		"M=$top/variants/$variant" modules ||
		die "variants/$variant did not build"
	[ $action != install ] ||
		"$scripts/kbuild.sh" "${target[@]}" -s "M=$top/variants/$variant" \
			modules_install || die "variants/$variant was not installed"
done
