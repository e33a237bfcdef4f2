#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/load.sh load VARIANT [PARAMETER=VALUE]...
#        scripts/load.sh unload
#
# Load variants/VARIANT/procmon.ko into the running kernel, or unload it.

set -eu
. "$(dirname "$0")/lib/common.sh"

loaded() { [ -d /sys/module/procmon ]; }

case ${1:-} in
load)
	[ $# -ge 2 ] || die "load needs a variant; see --help"
	variant=$2
	shift 2
	module=$top/variants/$variant/procmon.ko
	[ -e "${module%/*}/Kbuild" ] || die "$variant: no such variant; see make help"
	[ -e "$module" ] || die "$module is not there; run make first"
	built=$(modinfo -F vermagic "$module" | cut -d ' ' -f 1)
	[ "$built" = "$(uname -r)" ] ||
		die "built for $built, but $(uname -r) is running; install its headers and run make, or try: scripts/vm.sh -- sh -c 'insmod $module; dmesg | tail'"
	[ "$(id -u)" = 0 ] || die "loading a module takes root"
	! loaded || die "a procmon is loaded already; run make uninstall first"
	error=$(insmod "$module" "$@" 2>&1) || {
		say "$error"
		case $error in
		*"Key was rejected"*|*"Required key"*|*"Operation not permitted"*)
			die "this machine runs only modules with a signature that it trusts (Secure Boot or lockdown): make deb, and install procmon-dkms, which has DKMS sign it; README.md, \"Secure Boot\"" ;;
		esac
		die "the kernel refused it; the reason: dmesg | grep procmon: | tail"
	}
	say "loaded $variant; exits are in dmesg, counters in /sys/kernel/debug/procmon/stats" ;;
unload)
	[ "$(id -u)" = 0 ] || die "unloading a module takes root"
	loaded || { say "no procmon is loaded"; exit 0; }
	rmmod procmon || die "procmon is in use; stop what listens to its trace event" ;;
--help|-h)
	usage ;;
*)
	die "say load or unload; see --help" ;;
esac
