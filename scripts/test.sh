#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/test.sh [--soak] [--busy N] [SERIES]... [-- PYTEST-ARGUMENT...]
#
# Build everything and test it on Debian's stock kernel of each SERIES: the
# scripts on this machine, the modules in guests, some side by side.  The output
# of each part appears when it is done.  Without a SERIES it is 6.12, and the
# storms (test_fire, test_fuzz, test_stress, test_together) are left out, for they take
# minutes more.
#
# A SERIES may be a kernel that looks for bugs, debug or debug-kcsan: there the
# same takes five to ten times as long, and whatever it finds is a failure.  And it may
# be one of another architecture, as 6.12-arm64: there the same is tested with one CPU,
# too, but for what is not built for it (BPF).
#
# With --soak it is the storms alone, and long ones: a million exits against each
# kind of reader of the stream, 200 loads of each hook, ten minutes of random
# operations.  That takes an hour or so.  The CPUs of its guests truly run at the same
# time, if an emulator can be had that does that right (qemu.sh).
#
# With --busy N all of it runs beside N loops that want all the time of a CPU each: what
# passes on a machine with nothing else to do shall pass on any.
#
# Behind -- stand arguments of pytest for the guests, for instance -k name; then
# the tests on this machine are left out.
#
#   JOBS=N	from the environment: how many parts run at once (default 4;
#		now and then each of them waits)
#   PROCMON_LOADS=N	how often a module is loaded in a storm, all hooks together
#		(default 100; make soak: 200 for each)
#   PROCMON_EXITS=N	exits in a storm against the stream (default 10000)
#   PROCMON_FUZZ=N	seconds of random operations, all hooks together (default 60)

set -eu
. "$(dirname "$0")/lib/common.sh"

series=()
soak=
loops=0
while [ $# -gt 0 ]; do
	case $1 in
	--help|-h) usage; exit 0 ;;
	--soak)	soak=1 ;;
	--busy)
		need_value "$@"
		case $2 in
		*[!0-9]*|'') die "--busy $2: not a number" ;;
		esac
		loops=$2
		shift ;;
	--)	shift; break ;;
	-*)	die "$1: unknown option; see --help" ;;
	*)	series+=("$1") ;;
	esac
	shift
done
# Tests that share a guest, and its CPUs; the longest first.
parts=(truth:2 bpf:4 "life,threads:2" "stream,extended:4")
memory=1024
parallel=
# s: what hangs shall fail, and what is slow on a busy host shall not
timeout=7200
one_test=2400
if [ -n "$soak" ]; then
	parts=(stream:4 fire:4 "fuzz,together:4")
	[ ${#series[@]} -gt 0 ] || series=(6.12)
	# a million records, as python has them
	memory=6144
	timeout=43200
	one_test=14400
	export PROCMON_LOADS=${PROCMON_LOADS:-1600} PROCMON_EXITS=${PROCMON_EXITS:-1000000}
	export PROCMON_FUZZ=${PROCMON_FUZZ:-600}
elif [ ${#series[@]} -gt 0 ]; then
	# A guest takes ten seconds to come and go: as few as keep the CPUs busy.
	parts=("fire,stream,extended,together,fuzz:4" stress:4 "truth,life,threads:2" bpf:4 together:1
		"truth,stream,reader:1")
else
	series=(6.12)
fi

# What is the same on every kernel is tested on the first that is not slow.
plain=
arm64=
debug=()
for kernel in "${series[@]}"; do
	case $kernel in
	debug*)	debug+=("$kernel") ;;
	*-arm64) arm64=1 ;;
	*)	plain=${plain:-$kernel} ;;
	esac
done

mapfile -t variants < <(variants)
work=$top/build/test
jobs=${JOBS:-4}
failed=()
busy=()
declare -A running=()

# vm.sh takes its emulator with it, and dies itself with the pytest that called it.
stop_parts() {
	trap - EXIT INT TERM
	kill "${!running[@]}" "${busy[@]}" 2>/dev/null || :
	wait
}
trap stop_parts EXIT
trap 'stop_parts; say interrupted; exit 130' INT
trap 'stop_parts; exit 143' TERM

# Wait for one part to end, and show what it had to say.
finish_one() {
	local pid part status=0
	wait -n -p pid "${!running[@]}" || status=$?
	part=${running[$pid]}
	unset "running[$pid]"
	say "$part: done with status $status"
	cat "$work/$part.log"
	[ $status = 0 ] || failed+=("$part")
}

# start PART COMMAND...
start() {
	local part=$1
	shift
	[ ${#running[@]} -lt "$jobs" ] || finish_one
	say "$part: testing"
	"$@" >"$work/$part.log" 2>&1 &
	running[$!]=$part
}

# Debian's own python: another one in PATH may lack pytest.
pytest=(/usr/bin/python3 -B -m pytest -q -rs -p no:cacheprovider)

"$scripts/setup.sh" --for test
if [ -n "$soak" ]; then
	if "$scripts/qemu.sh" >/dev/null; then
		parallel=1
		say "each CPU of a guest runs on a thread of its own"
	else
		say "the CPUs of a guest take turns on one thread, for want of QEMU 10"
	fi
fi
mkdir -p "$work"
[ -z "$arm64" ] || "$scripts/setup.sh" --for cross --for arm64
make -s -C "$top/bench" all bpf
[ -z "$arm64" ] || make -s -C "$top/bench" ARCH=arm64
cd "$top"

for kernel in "${series[@]}"; do
	"$scripts/build.sh" --kernel "$kernel" "${variants[@]}"
	# The next kernel's build overwrites them.
	for variant in "${variants[@]}"; do
		mkdir -p "$work/$kernel/$variant"
		cp "variants/$variant/procmon.ko" "$work/$kernel/$variant/"
	done
	"$scripts/kbuild.sh" --kernel "$kernel" -s CONFIG_DEBUG_INFO_BTF_MODULES= \
		"M=$scripts/tests/kthread" modules
	cp "$scripts/tests/kthread/kthread.ko" "$work/$kernel/"
done

# start_guest PART KERNEL CPUS PYTEST-ARGUMENT...
start_guest() {
	local part=$1 kernel=$2 cpus=$3 size=$memory slow=1 programs=$top/bench/build
	shift 3
	case $kernel in
	*-arm64) programs=$programs/arm64 ;;
	debug*)
		slow=10
		size=$((memory + 3072)) ;;
	esac
	start "$kernel-$part-$cpus${parallel:+-parallel}" "$scripts/vm.sh" --kernel "$kernel" \
		${parallel:+--parallel} --cpus "$cpus" --memory "$size" \
		--timeout $((slow * timeout)) -- env \
		PROCMON_MODULES="$work/$kernel" PROCMON_PROGRAMS="$programs" \
		${PROCMON_LOADS:+"PROCMON_LOADS=$PROCMON_LOADS"} \
		${PROCMON_EXITS:+"PROCMON_EXITS=$PROCMON_EXITS"} \
		${PROCMON_FUZZ:+"PROCMON_FUZZ=$PROCMON_FUZZ"} \
		"${pytest[@]}" --timeout $((slow * one_test)) "$@"
}

# They die with us, even if we are killed.
for ((i = 0; i < loops; i++)); do
	setpriv --pdeathsig KILL sh -c 'while :; do :; done' &
	busy+=($!)
done

if [ $# -eq 0 ] && [ -z "$soak" ]; then
	# Once is enough: what they test is the same on every kernel.
	if [ -n "$plain" ]; then
		host=(env PROCMON_KERNEL="$plain" PROCMON_MODULES="$work/$plain"
			"${pytest[@]}" --timeout "$one_test")
		# One after the other they would take longer than all guests.
		start scripts "${host[@]}" --ignore-glob '*/test_vm*' scripts/tests/host
		start emulator "${host[@]}" scripts/tests/host/test_vm*.py
		start_guest programs "$plain" 2 \
			scripts/tests/guest/test_host.py scripts/tests/guest/test_reader.py
	fi
	for kernel in "${debug[@]}"; do
		start "$kernel-bugs" env PROCMON_DEBUG_KERNEL="$kernel" "${pytest[@]}" \
			scripts/tests/host/test_debug.py
	done
fi
# The longest of every kernel before the next: then the CPUs are idle at the end only.
for part in "${parts[@]}"; do
	files=()
	for name in ${part//[,:]/ }; do
		[ "$name" = "${part#*:}" ] || files+=("scripts/tests/guest/test_$name.py")
	done
	for kernel in "${series[@]}"; do
		case $part:$kernel in
		bpf:*-arm64)	continue ;;
		*reader*-arm64)	;;
		*reader*)	continue ;;
		esac
		start_guest "${part%:*}" "$kernel" "${part#*:}" "${files[@]}" "$@"
	done
done
while [ ${#running[@]} -gt 0 ]; do
	finish_one
done
[ ${#failed[@]} -eq 0 ] || die "failed: ${failed[*]}"

# The table of cases, for the report.  An architecture has hooks of its own, so it has a
# table of its own.
merge_truth() {
	local new=$1 all=$top/results/$2truth.tsv
	[ -e "$new" ] || return 0
	mkdir -p "${all%/*}"
	merge_table "$new" "$all" >"$all.new"
	mv "$all.new" "$all"
}
if [ $# -eq 0 ] && [ -z "$soak" ]; then
	for kernel in "${series[@]}"; do
		case $kernel in
		debug*)	 ;;
		*-arm64) merge_truth "$work/$kernel/truth.tsv" arm64/ ;;
		*)	 merge_truth "$work/$kernel/truth.tsv" "" ;;
		esac
	done
	say "what each hook says, with unit=task/unit=process (results/truth.tsv):"
	for kernel in "${series[@]}"; do
		[ ! -e "$work/$kernel/truth.tsv" ] || cat "$work/$kernel/truth.tsv"
	done | awk 'NR == 1 || !/^kernel\t/' | align
fi
say "all parts passed"
