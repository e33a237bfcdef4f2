#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/bench-host.sh [--yes] [--only HOOK]...
#
# Measure on this machine and its running kernel what each hook adds to one
# exit, in nanoseconds, and where perf can count, in kernel instructions and
# cycles.  For real hardware: loads and unloads modules of the running kernel
# some hundred times, so it warns and asks first (--yes: it does not).
#
# Takes root, the headers of the running kernel, a compiler, and perf for the
# counters.  If something is missing it says so and changes nothing.
#
#   --yes	do not ask
#   --only HOOK	measure this hook, and no hook; may be repeated (the names are
#		those of the report: tracepoint, "kprobe jump" or kprobe-jump, ...)
#
#   ROUNDS=N	from the environment: how often each row is measured (default 20)
#   EXITS=N	exits each time (default 5000)
#   RESULTS=DIR	where host.md, host.tsv and host-samples.tsv go (default results)
#   MODULES=DIR	take DIR/VARIANT/procmon.ko, built before, instead of building
#
# The rows take turns in every round, and each is compared with no hook in the
# same round; the interval is the bootstrap's over the rounds.  The output log
# is left out: it would flood this machine's log.  Whatever happens, no module
# is left loaded, and a report is there as a whole or not at all.

set -eu
. "$(dirname "$0")/lib/common.sh"

rounds=${ROUNDS:-20}
exits=${EXITS:-5000}
results=${RESULTS:-$top/results}
mapfile -t variants < <(variants)
hook=$top/bench/build/hook
tracing=/sys/kernel/tracing
instance=$tracing/instances/procmon-bench
debug=/sys/kernel/debug/procmon
yes=
only=()
while [ $# -gt 0 ]; do
	case $1 in
	--yes)	yes=1; shift ;;
	--only)	need_value "$@"; only+=("${2//-/ }"); shift 2 ;;
	--help|-h) usage; exit 0 ;;
	*)	die "$1: unknown argument; see --help" ;;
	esac
done

# Is the hook one of those that are wanted?
wanted() {
	local name
	[ ${#only[@]} -gt 0 ] || return 0
	for name in none control "${only[@]}"; do
		[ "$1" != "$name" ] || return 0
	done
	return 1
}

# What must be there, before anything is changed.
release=$(uname -r)
kdir=/lib/modules/$release/build
[ "$(id -u)" = 0 ] || die "measuring the running kernel takes root"
[ -e /proc/modules ] || die "the running kernel $release has no loadable modules: use make bench, which brings its own kernel"
[ "$(cat /sys/module/module/parameters/sig_enforce 2>/dev/null)" != Y ] ||
	die "the running kernel takes signed modules only (sig_enforce): use make bench"
! grep -q '\[\(integrity\|confidentiality\)\]' /sys/kernel/security/lockdown 2>/dev/null ||
	die "the running kernel is locked down: use make bench"
[ ! -d /sys/module/procmon ] || die "a procmon is loaded already; run make uninstall first"
[ -n "${MODULES:-}" ] || [ -e "$kdir/Makefile" ] ||
	die "no headers of the running kernel $release: install linux-headers-$release (or use make bench, which brings its own kernel)"
{ have make && have "${CC:-gcc}"; } || die "make and gcc are needed"
[ -e "$tracing/events" ] || die "$tracing is not mounted: mount -t tracefs tracefs $tracing"
grep -q " ${debug%/*} debugfs " /proc/mounts ||
	die "debugfs is not mounted: mount -t debugfs debugfs ${debug%/*}"

if [ -z "$yes" ]; then
	cat >&2 <<EOF
This loads and unloads kernel modules on this machine, into the kernel that is
running ($release), about $((rounds * 26)) times, and switches
debug.kprobes-optimization off and on. A mistake in them can crash the machine
and take unsaved work with it. Nothing stays loaded when it ends.
EOF
	[ -t 0 ] || die "not a terminal, so nobody can agree: make bench TARGET=host YES=1"
	read -r -p "Go on? [y/N] " answer
	case $answer in
	y|Y|yes) ;;
	*) die "nothing was done" ;;
	esac
fi

modules=${MODULES:-}
make -s -C "$top/bench"
names=$("$hook" list | cut -f 1 | uniq | grep -vx none)
for name in "${only[@]}"; do
	grep -qxF -e "$name" <<<"$names" ||
		die "--only $name: no such hook; there are: $(paste -sd , <<<"$names")"
done
if [ -z "$modules" ]; then
	"$scripts/build.sh" --kdir "$kdir" "${variants[@]}"
	modules=$top/variants
fi

tmp=$(mktemp -d)
reader=

# Everything back to where it was; the reader first, for it holds the module.
detach() {
	if [ -n "$reader" ]; then
		kill -INT "$reader" 2>/dev/null || :
		wait "$reader" || return 1
		reader=
	fi
	if [ -d "$instance" ]; then
		echo 0 >"$instance/events/enable" || :
		rmdir "$instance"
	fi
	"$hook" detach
}
# shellcheck disable=SC2317 # called by trap
finish() {
	trap '' INT TERM HUP
	detach || detach || :
	rm -rf "$tmp"
}
trap finish EXIT
trap 'say "interrupted; no module is left, results are as they were"; exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# Counters that this machine has, as perf names them.
events=
if have perf; then
	for event in instructions:k cycles:k; do
		! perf stat -x, -e $event true 2>&1 | grep -q "^[0-9]" ||
			events=$events${events:+,}$event
	done
fi
[ -n "$events" ] || say "perf cannot count kernel instructions here: nanoseconds only"

# One CPU for the storm, the last: the first is everybody's for interrupts.
pin=()
! have taskset || pin=(taskset -c "$(($(nproc) - 1))")

# attach HOOK VARIANT PARAMS SINK EVENT: 3 if the kernel refuses the hook
attach() {
	local name=$1 variant=$2 params=$3 sink=$4 event=$5
	if [ "$variant" != - ]; then
		# shellcheck disable=SC2086 # a list
		"$hook" attach --modules "$modules" "$name" $params 2>"$tmp/attach" || return
	fi
	if [ "$sink" = event ] || [ "$event" != - ]; then
		[ "$event" != - ] || event=procmon/procmon_exit
		mkdir "$instance" || return 1
		echo 1 >"$instance/events/$event/enable" || return 1
	fi
	if [ "$sink" = stream ]; then
		"$top/bench/build/procmon" --summary >"$tmp/summary" 2>"$tmp/balance" &
		reader=$!
		until grep -q '^stream open' $debug/stats; do
			kill -0 "$reader" || return 1
			sleep 0.01
		done
	fi
}

stat() { sed -n "s/^$1 //p" $debug/stats; }

# Is the hook still what it was, has it seen the exits, and missed none?
check() {
	local what=$1 flavour=$2 hits=$3
	[ "$flavour" = - ] || [ "$(stat flavour)" = "$flavour" ] ||
		die "$what: the flavour is $(stat flavour)"
	[ $(($(stat hits) - hits)) -ge "$exits" ] || die "$what: fewer hits than exits"
	[ "$(stat missed)" = 0 ] || die "$what: $(stat missed) exits were missed"
}

# Nanoseconds, instructions and cycles of one exit, or - for what nobody counts.
storm() {
	local command=("${pin[@]}" "$top/bench/build/storm" --time --count "$exits")
	if [ -n "$events" ]; then
		perf stat -x, -e "$events" -o "$tmp/perf" -- "${command[@]}"
	else
		: >"$tmp/perf"
		"${command[@]}"
	fi | awk -F '\t' -v perf="$tmp/perf" -v exits="$exits" '
		{ ns = $2 / exits }
		END {
			instructions = cycles = "-"
			while ((getline line <perf) > 0) {
				split(line, f, ",")
				if (f[3] == "instructions:k") instructions = f[1] / exits
				if (f[3] == "cycles:k") cycles = f[1] / exits
			}
			printf "%.1f\t%s\t%s\n", ns, instructions, cycles
		}'
}

declare -A refused=()
# measure ROUND ROW-OF-THE-REGISTRY
measure() {
	local round=$1 name output flavour variant params sink event
	local hits=0 what status=0
	IFS=$'\t' read -r name output _ flavour _ variant _ params _ sink event <<<"$2"
	[ "$output" != log ] && wanted "$name" || return 0
	what="$name"
	[ "$output" = - ] || what="$name, $output"
	[ -z "${refused[$what]:-}" ] || return 0
	attach "$name" "$variant" "$params" "$sink" "$event" || status=$?
	if [ $status = 3 ]; then
		refused[$what]=$(sed 's/^hook: [^:]*: //' "$tmp/attach")
		say "$what: ${refused[$what]}"
		return 0
	fi
	[ $status = 0 ] || die "$what: cannot attach: $(cat "$tmp/attach")"
	[ "$variant" = - ] || hits=$(stat hits)
	printf '%s\t%s\t%s\n' "$round" "$what" "$(storm)" >>"$tmp/samples"
	[ "$variant" = - ] || check "$what" "$flavour" "$hits"
	detach || die "$what: cannot detach: $(cat "$tmp/balance" 2>/dev/null)"
}

# The control is a row without a hook, too.
mapfile -t rows < <("$hook" list | awk -F '\t' -v OFS='\t' '
	$1 == "none" && seen++ { $1 = "control" } { print }')
printf 'round\trow\tns\tinstructions:k\tcycles:k\n' >"$tmp/samples"
for ((round = 0; round < rounds; round++)); do
	for ((i = 0; i < ${#rows[@]}; i++)); do
		measure "$round" "${rows[$(((i + round) % ${#rows[@]}))]}"
	done
	say "round $((round + 1)) of $rounds"
done

# differences COLUMN UNIT
differences() {
	tail -n +2 "$tmp/samples" | awk -F '\t' -v OFS='\t' -v column="$1" \
		'$column != "-" { print $1, $2, $column }' >"$tmp/column"
	[ ! -s "$tmp/column" ] || "$top/bench/build/interval" <"$tmp/column" |
		sed "s/^/$2\t/"
}
{
	printf 'unit\trow\trounds\tmean\tlow\thigh\n'
	differences 3 ns
	differences 4 instructions:k
	differences 5 cycles:k
} >"$tmp/host.tsv"

first() { cat "$1" 2>/dev/null || echo "not told"; }
environment() {
	printf '| kernel | %s |\n' "$(uname -srv)"
	printf '| command line | %s |\n' "$(first /proc/cmdline)"
	printf '| CPU | %s |\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
	printf '| CPUs | %s |\n' "$(nproc)"
	printf '| virtual machine | %s |\n' "$(grep -qw hypervisor /proc/cpuinfo && echo yes || echo "not that the CPU says")"
	printf '| microcode | %s |\n' "$(sed -n 's/^microcode[^:]*: //p' /proc/cpuinfo | head -n 1)"
	printf '| governor | %s |\n' "$(first /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor)"
	printf '| SMT active | %s |\n' "$(first /sys/devices/system/cpu/smt/active)"
	for file in /sys/devices/system/cpu/vulnerabilities/*; do
		[ ! -e "$file" ] || printf '| %s | %s |\n' "${file##*/}" "$(cat "$file")"
	done
	printf '| clock source | %s |\n' "$(first /sys/devices/system/clocksource/clocksource0/current_clocksource)"
	printf '| procmon | %s |\n' "$(git -C "$top" describe --always --dirty 2>/dev/null || echo "not told")"
	printf '| rounds, exits each | %s, %s |\n' "$rounds" "$exits"
}
{
	printf '# What it costs to watch every exit, on this machine\n\n'
	printf 'What each hook adds to one exit, by the clock and the counters of one machine:\n'
	printf 'the mean over the rounds of the difference from no hook in the same round, and\n'
	printf 'its 95 %% interval. The output *stream* has a reader, which shares the machine.\n'
	! grep -qw hypervisor /proc/cpuinfo ||
		printf '\n**This is a virtual machine: its nanoseconds are not those of the hardware.**\n'
	printf '\n| row | unit | mean | 95 %% interval | rounds |\n|---|---|--:|--:|--:|\n'
	tail -n +2 "$tmp/host.tsv" | awk -F '\t' \
		'{ printf "| %s | %s | %s | %s to %s | %s |\n", $2, $1, $4, $5, $6, $3 }'
	for what in "${!refused[@]}"; do
		printf '| %s | refused | | %s | |\n' "$what" "${refused[$what]}"
	done | sort
	printf '\nThe control is a second row without a hook: what separates it from none is noise.\n'
	printf 'From [host.tsv](host.tsv) and [host-samples.tsv](host-samples.tsv).\n'
	printf '\n| fact | value |\n|---|---|\n'
	environment
	printf '\nRepeat it: make bench TARGET=host\n'
} >"$tmp/host.md"

mkdir -p "$results"
cp "$tmp/samples" "$results/.host-samples.tsv.new"
cp "$tmp/host.tsv" "$results/.host.tsv.new"
cp "$tmp/host.md" "$results/.host.md.new"
for file in host-samples.tsv host.tsv host.md; do
	mv "$results/.$file.new" "$results/$file"
done
say "done: $results/host.md"
