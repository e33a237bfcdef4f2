# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# shellcheck disable=SC2154 # top: of common.sh
#
# For scripts that measure in guests and write results/: start them, wait for
# them, and leave none behind. Sourced after common.sh, never run.

# Two boots of a kernel must agree.
boots=2

# Guests that run, by process id, and how many may. vm.sh takes its emulator with it.
guests=()
jobs=${JOBS:-$(nproc)}
case $jobs in
''|*[!0-9]*|0*) die "JOBS=$jobs: not a positive number" ;;
esac

# A directory of the caller's, removed with the guests; or nothing.
tmp=

stop_guests() {
	trap - EXIT INT TERM
	[ ${#guests[@]} -eq 0 ] || kill "${guests[@]}" 2>/dev/null || :
	wait
	[ -z "$tmp" ] || rm -rf "$tmp"
}
trap stop_guests EXIT
trap 'stop_guests; say "interrupted; results/ is as it was"; exit 130' INT
trap 'stop_guests; exit 143' TERM

# Wait for one guest to end, whichever it is.
finish_one() {
	local pid='' status=0 left=() guest
	wait -n -p pid "${guests[@]}" || status=$?
	for guest in "${guests[@]}"; do
		[ "$guest" = "$pid" ] || left+=("$guest")
	done
	guests=("${left[@]}")
	[ $status = 0 ] || die "a guest failed with status $status (scripts/vm.sh --help says what it means)"
}

# Wait until another guest may start.
room() {
	while [ ${#guests[@]} -ge "$jobs" ]; do
		finish_one
	done
}

wait_for_guests() {
	while [ ${#guests[@]} -gt 0 ]; do
		finish_one
	done
}

# stage_modules DIR VARIANT...: by $objcopy, what guests need of the modules, and nothing that
# differs from machine to machine: debug information has paths in it.
stage_modules() {
	local dir=$1 variant
	shift
	for variant; do
		mkdir -p "$dir/$variant"
		"${objcopy:-objcopy}" --strip-debug -R .note.gnu.build-id \
			"$top/variants/$variant/procmon.ko" "$dir/$variant/procmon.ko"
	done
}

# boot_all COMMAND ARGUMENT...: run it with the number of each boot behind; it adds
# its guest to guests.
boot_all() {
	local boot
	for boot in $(seq $boots); do
		room
		"$@" "$boot"
	done
}

# trees PATH...: what was measured, as git names its content: unlike a commit, the same
# name for the same content, so that a second run writes the same file.
trees() {
	local path gap=
	for path in "${@}"; do
		printf '%s%s ' "$gap" "$path"
		gap=', '
		if git -C "$top" diff --quiet HEAD -- "$path" 2>/dev/null; then
			git -C "$top" rev-parse --short=12 "HEAD:$path" | tr -d '\n'
		else
			printf 'not committed'
		fi
	done
}

# All that can change what an exit of ours, or of our BPF program, takes in a guest.
# shellcheck disable=SC2034 # for those who source this file
measured_trees=(variants bench/lib bench/boot bench/trace bench/guest \
	bench/peers/bpf.c bench/peers/bpf)
