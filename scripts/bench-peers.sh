#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/bench-peers.sh [SERIES]
#
# Compare the other tools that report exits with procmon, on Debian's stock kernel
# of SERIES (default 6.12): what each adds to one exit, by the method of bench.sh;
# which exits it reports, says to be lost, or loses in silence, in a storm on 1 and
# on 4 CPUs; what it says of every way to end a process; what it needs.  A tool that
# cannot run there is listed with the reason.  Writes tables to results/.
#
# The guests have the host's files, so that the tools are there; what is exact is
# what all attachments in both boots agree on.  Takes half an hour on 2 CPUs.
#
#   ATTACH=N	from the environment: times to attach each tool in a boot (default 1)
#   EXITS=N	timed exits in each of the 12 blocks of an attachment (default 150)
#   STORM=N	exits in a storm (default 100000)
#   ONLY=TEXT	only the tools with this in their name or mode
#   JOBS=N	guests at once, of 3 GB each (default 3)
#   RESULTS=DIR	where to write (default results)
#
# What was measured stays in build/bench-peers.  Interrupted, it leaves results/ as
# it was.

set -eu
. "$(dirname "$0")/common.sh"
. "$scripts/guests.sh"
. "$scripts/apt.sh"

attach=${ATTACH:-1}
exits=${EXITS:-150}
storm=${STORM:-100000}
jobs=${JOBS:-3}
results=${RESULTS:-$top/results}
work=$top/build/bench-peers
tools=$work/tools
variants=(tracepoint kretprobe)
packages=(linux-perf trace-cmd bpftrace bpfcc-tools libbpf-tools forkstat util-linux acct auditd)

case ${1:-} in
--help|-h) usage; exit 0 ;;
-*) die "$1: unknown option; see --help" ;;
esac
series=${1:-6.12}

# What apt.sh downloads to.
tmp=$(mktemp -d)

# Packages that start something on the host when they are installed.
get_tools() {
	[ ! -e "$tools/stamp" ] || return 0
	need_apt
	printf '%s\n' acct auditd libauparse0 libwrap0 | download ||
		{ warn "no packages acct and auditd: their rows will say so"; return 0; }
	mkdir -p "$tools"
	unpack "$tools"
	: >"$tools/stamp"
}

# A copy, so that nobody rebuilds it meanwhile.
stage() {
	rm -rf "$dir"
	stage_modules "$dir/modules" "${variants[@]}"
	(cd "$top/bench/build" && cp peers peers_see taskstats procmon storm cases "$dir")
	cp "$scripts/bench-peers-guest.sh" "$dir"
}

# Wait until another guest may start.
room() {
	while [ ${#guests[@]} -ge "$jobs" ]; do
		finish_one
	done
}

# guest NAME OPTION... -- ARGUMENT...: bench-peers-guest.sh with these arguments, in a
# guest with these options of vm.sh; stdout to $dir/NAME, its progress, named, to our
# stderr.  1 GB is too little for the compilers in some of the tools.
guest() {
	local name=$1 options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	room
	(cd "$dir" && exec "$scripts/vm.sh" --kernel "$series" --memory 3072 \
		--timeout 3600 "${options[@]}" -- ./bench-peers-guest.sh "$@" \
		"${ONLY:-}" "$tools") >"$dir/$name" \
		2> >(sed -u "s/^peer /procmon: $series, $name: peer /" >&2) &
	guests+=($!)
}

# table NAME MARK HEADER FILE...: the lines of the files with this mark, as a new table
table() {
	local name=$1 mark=$2 header=$3
	shift 3
	{
		printf '%s\n' "$header" | tr ' ' '\t'
		cat "$@" | sed -n "s/^$mark://p"
	} >"$dir/new/$name.tsv"
}

fact() {
	printf '%s\t%s\t%s\n' "$release" "$1" "$2"
}

# What was compared, and how.
environment() {
	local package
	printf 'kernel\tfact\tvalue\n'
	fact "git tree of variants" "$(tree variants)"
	fact "git tree of bench" "$(tree bench)"
	fact qemu "$(qemu-system-x86_64 --version | sed -n '1s/.*version //p')"
	fact "exits in a storm" "$storm"
	fact "timed exits in a block" "$exits"
	fact "times attached in a boot" "$attach"
	for package in "${packages[@]}"; do
		# shellcheck disable=SC2016 # dpkg-query's own variables
		fact "package $package" "$(dpkg-query -W -f '${Version}' "$package" 2>/dev/null ||
			echo "unpacked, not installed")"
	done
}

start=$SECONDS
"$scripts/setup.sh" --for peers
mkdir -p "$work"
get_tools
make -s -C "$top/bench"
release=$("$scripts/kernel.sh" "$series" release)
"$scripts/build.sh" --kernel "$series" "${variants[@]}"
dir=$work/$release
stage
mkdir "$dir/new"

say "comparing the tools on $release, half an hour on 2 CPUs"
# The longest first, and what is alone at the end shall be short.
guest storm4 --cpus 4 -- see storm "$storm"
for boot in $(seq $boots); do
	guest "price$boot" --exact --seed "$boot" -- price "$boot" "$attach" "$exits"
done
room
RESULTS=$dir/new "$scripts/bench-growth.sh" "$series" &
guests+=($!)
guest storm1 --cpus 1 -- see storm "$storm"
guest truth --cpus 2 -- see truth "$storm"
wait_for_guests

"$top/bench/build/peers_report" --out "$dir/new/peers.tsv" "$dir/boot1" "$dir/boot2"
table completeness storm \
	"kernel peer mode cpus exits reported admitted_lost vanished reason" \
	"$dir/storm1" "$dir/storm4"
table peers-truth cases "kernel peer mode case verdict says" "$dir/truth"
table reach reach "peer mode options oldest_kernel fields needs second_user" "$dir/truth"
environment >"$dir/new/peers-environment.tsv"
mkdir -p "$results"
cp "$dir"/new/* "$results"
say "done in $((SECONDS - start)) s: tables in $results"
if [ -e "$results/exact.tsv" ]; then
	"$top/bench/build/report" --tables "$results" --out "$results"
	say "$results/report.md has them"
else
	say "$results has no exact.tsv: make bench writes it, and the report"
fi
