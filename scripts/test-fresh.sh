#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/test-fresh.sh [OPTION]... [COMMAND]...
#
# Run each command that README names on a fresh Debian, first and alone: in a root file
# system as mmdebstrap makes it, with make and git in it and nothing else, into which
# HEAD is cloned, and which is thrown away behind the command.  So a command must see to
# all that it needs.  COMMANDs are lines for sh; without one they are those that --list
# calls "run".  That takes an hour on 2 idle CPUs.
#
#   --release NAME	(repeatable) on this release of Debian (default: bookworm and
#			trixie, which are 12 and 13)
#   --all		those commands, too, that --list calls "long"
#   --list		print the commands with what is done with each, and end
#   --empty-cache	nothing was downloaded before.  By default the kernels in the
#			cache of this machine are there, too, and the commands on one
#			release share what else goes to the cache: that a download works
#			is then shown by the first that needs it
#   --root DIR		start from a copy of the root file system DIR instead of a Debian
#
# The prices that make bench writes there must be those of results/, if they are of the
# same code and of the same package of the kernel (compare.sh).  Else it is no pass, and
# what differs is said.  If they can be compared, results/elsewhere.tsv says how many
# are the same, and results/report.md is written anew with it.
#
# The packages come from where apt of this machine takes Debian's.  What a command
# printed stays in build/fresh.  Nothing that was started there is left at the end, and
# nothing mounted, however it ends.  A fresh root is kept in the cache; remove the
# directory fresh there for a newer one.
#
# Exit status: 0 if all succeeded.
#
# PROCMON_CACHE	the cache; see kernel.sh

set -eu
. "$(dirname "$0")/lib/common.sh"
. "$scripts/lib/apt.sh"

logs=$top/build/fresh
# s: no command takes as long, however busy the machine
limit=14400
# Where the clone is in the root.
home=/root/procmon

# What README and make help name: how it is treated, the command, and why.
commands() {
	local modules="takes a machine whose own kernel may be given modules"
	local saved="takes what the reader saved there"
	tr -s '\t' <<EOF
run	make help
run	make clean
run	make
run	make ARCH=arm64
run	make -C bench
run	make -C bench bpf
run	make -C bench bpf && bench/build/bpf --help
run	make modules_install
run	make install-reader PREFIX=/usr/local
run	make deb
run	make check
run	scripts/vm.sh -- uname -r
run	make && scripts/vm.sh -- sh -c 'insmod variants/kprobe/procmon.ko; sh -c "exit 3"; dmesg | tail -n 3'
run	make -C bench && bench/build/procmon --help
run	make bench KERNEL=6.12
run	make test
long	make bench
long	make bench ARCH=arm64
long	make bench-peers
long	make test KERNELS="6.1 6.12 7.3"
long	make test ARCH=arm64
long	make test-deb
long	make soak
long	make ftracetest
not	make install VARIANT=fprobe	$modules
not	make uninstall	$modules
not	insmod variants/kprobe/procmon.ko	$modules
not	insmod variants/tracepoint/procmon.ko log=off	$modules
not	rmmod procmon	$modules
not	bench/build/procmon	$modules
not	bench/build/procmon --raw exits --duration 3600	$modules
not	bench/build/procmon --file exits --failed	$saved
not	bench/build/procmon --file exits --summary --since -10m	$saved
not	bench/build/procmon report --file exits --html exits.html	$saved
not	make bench TARGET=host	$modules
not	make test-fresh	is this
EOF
}

releases=()
chosen=()
kinds=run
empty_cache=
root=
while [ $# -gt 0 ]; do
	case $1 in
	--release)
		need_value "$@"
		case $2 in
		*[!a-z]*|'') die "--release $2: a release has a name, like trixie" ;;
		esac
		releases+=("$2")
		shift ;;
	--root)
		need_value "$@"
		[ -d "$2" ] || die "--root $2: no such directory"
		root=$(readlink -f "$2")
		shift ;;
	--all)	kinds="run long" ;;
	--list)	commands; exit 0 ;;
	--empty-cache) empty_cache=1 ;;
	--help|-h) usage; exit 0 ;;
	--)	shift; chosen+=("$@"); break ;;
	-*)	die "$1: unknown option; see --help" ;;
	*)	chosen+=("$1") ;;
	esac
	shift
done
[ -z "$root" ] || [ ${#releases[@]} = 0 ] || die "--root is instead of --release; see --help"
if [ -n "$root" ]; then
	releases=("${root##*/}")
elif [ ${#releases[@]} = 0 ]; then
	releases=(bookworm trixie)
fi
left_out=()
if [ ${#chosen[@]} = 0 ]; then
	while IFS=$'\t' read -r kind command why; do
		case " $kinds " in
		*" $kind "*) chosen+=("$command") ;;
		*) [ -z "$why" ] || left_out+=("$command	left out: $why") ;;
		esac
	done < <(commands)
fi

[ "$(id -u)" = 0 ] || die "a root file system of another Debian takes root"
git -C "$top" rev-parse -q --verify HEAD >/dev/null ||
	die "$top is not a clone with git, of which another could be made"
git -C "$top" diff --quiet HEAD || warn "what is not committed is not tested"

work=
child=
# What runs in a root is killed with the first process of its namespaces, and that with
# the child; then nothing is mounted any more.
stop() {
	local tries
	trap - EXIT
	trap '' INT TERM HUP
	# Without what the shell says of a child that was killed, whenever it does.
	exec 3>&2 2>/dev/null
	[ -z "$child" ] || kill -KILL "$child" || :
	wait
	# It may take them a moment.
	for ((tries = 0; tries < 100; tries++)); do
		rm -rf --one-file-system "$work" && return
		sleep 0.1
	done
	warn "could not remove $work" 2>&3
}
trap stop EXIT
trap 'say interrupted; stop; exit 130' INT
trap 'stop; exit 143' TERM
trap 'stop; exit 129' HUP

make_root() {
	local release=$1 uri security sources include=make,git
	say "$release: making a fresh root"
	uri=$(mirror)
	security=$(archive Debian-Security REPO_URI)
	sources="deb $uri $release main
deb $uri $release-updates main
${security:+deb $security $release-security main}"
	case $sources in
	*https:*) include=$include,ca-certificates ;;
	esac
	# How this machine downloads, but not what it takes.
	apt-config dump --format '%F "%v";%n' |
		grep -E '^Acquire::(https?::|Check-|Max-ValidTime|Retries)' >"$work/apt.conf" || :
	mmdebstrap --variant=apt --include="$include" --aptopt="$work/apt.conf" \
		"$release" "$work/new" - >"$work/log" 2>&1 \
		<<<"${sources//deb /deb [signed-by=$(keyring) arch=$arch] }" ||
		{ tail -n 15 "$work/log" >&2; die "mmdebstrap could not make a Debian $release"; }
	# The keyring has another name there, and apt finds it by itself.
	echo "$sources" >"$work/new/etc/apt/sources.list"
	mv "$work/new" "$cache/fresh/$release"
}

# view DIR AT SCRATCH: DIR, to be changed at will at AT, and DIR is as it was.  Where the
# file system of the cache cannot be the upper one of an overlay (it is one itself in a
# container), it is a copy.
view() {
	mkdir -p "$2" "$3/changes" "$3/work"
	mount -t overlay -o "lowerdir=$1,upperdir=$3/changes,workdir=$3/work" \
		overlay "$2" 2>/dev/null || {
		cp -au "$1/." "$2"
		# A root that is no mount can have no namespace of mounts within.
		mount --bind "$2" "$2"
	}
}

# The first process in namespaces of its own: run a command in a view of a fresh root,
# and bring its results out.
inside() {
	local base=$1 shared=$2 command=$3 root=$work/run/root status=0
	view "$base" "$root" "$work/run"
	mkdir -p "$root/proc" "$root/sys" "$root/dev" "$root/etc" "$root/tmp" \
		"$root/var/cache/apt/archives" "$root${home%/*}" "$root$cache"
	mount -t proc proc "$root/proc"
	mount --rbind /sys "$root/sys"
	mount --rbind /dev "$root/dev"
	cp -L /etc/resolv.conf "$root/etc/resolv.conf"
	mount --bind "$shared/debs" "$root/var/cache/apt/archives"
	if [ -z "$empty_cache" ]; then
		mount --bind "$shared/cache" "$root$cache"
		view "$cache/kernels" "$root$cache/kernels" "$shared/kernels"
	fi
	git clone -q "$top" "$root$home"
	# Not with our signals: what is started in the background does not get SIGINT.
	env -i --default-signal PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/root TERM=dumb LANG=C.UTF-8 PROCMON_CACHE="$cache" \
		timeout -k 5 "$limit" chroot "$root" /bin/sh -c "cd $home && $command" || status=$?
	cp -a "$root$home/results" "$work/run/results" 2>/dev/null || :
	grep -ao 'GCC: ([^)]*) [0-9.]*' "$root$home/variants/kprobe/procmon.ko" 2>/dev/null |
		sed -n '1s/.* //p' >"$work/run/compiler"
	sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' "$root/etc/os-release" >"$work/run/system" \
		2>/dev/null || :
	return $status
}

# Are the prices that were written there ours?
compare() {
	local dir=$work/run/results all=$top/results/elsewhere.tsv status=0
	local release package compared same system code qemu
	"$scripts/compare.sh" "$dir" >"$work/counts" 2> >(tee -a "$log" >&2) || status=$?
	[ $status != 2 ] || return 1
	system=$(cat "$work/run/system")
	code=$(sed -n 's/^git trees: //p' "$dir/environment.txt")
	qemu=$(sed -n 's/^qemu: //p' "$dir/environment.txt")
	{
		printf 'kernel\tpackage\tsystem\tqemu\tcompiler\tgit trees\tcompared\tsame\n'
		{
			while IFS=$'\t' read -r release package compared same; do
				say "$system: $same of $compared exact prices on $release are those of results/"
				printf '%s\t' "$release" "$package" "$system" "$qemu" \
					"$(cat "$work/run/compiler")" "$code" "$compared"
				printf '%s\n' "$same"
			done <"$work/counts"
			# Older lines that none of these replaces.
			[ ! -e "$all" ] || tail -n +2 "$all" | awk -F '\t' -v place="$system" '
				NR == FNR { new[$1]; next }
				!($1 in new && $3 == place)' "$work/counts" -
		} | sort -t $'\t' -k 1,1V -k 3,3
	} >"$work/elsewhere.tsv"
	cp "$work/elsewhere.tsv" "$all"
	make -s -C "$top/bench"
	"$top/bench/build/report" --tables "$top/results" --out "$top/results"
	return $status
}

# run RELEASE ROOT COMMAND: one line of the table.
run() {
	local release=$1 base=$2 command=$3 start=$SECONDS status=0 result=ok
	log=$logs/$release-$(tr -cs 'A-Za-z0-9.\n' - <<<"$command" | cut -c 1-40).log
	say "$release: $command"
	mkdir -p "$work/run" "$work/$release/cache/kernels" "$work/$release/debs"
	setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child \
		bash -euc 'inside "$@"' bash "$base" "$work/$release" "$command" \
		</dev/null >"$log" 2>&1 &
	child=$!
	wait "$child" || status=$?
	child=
	if [ $status != 0 ]; then
		result="failed ($status)"
		tail -n 25 "$log" >&2
	else
		case $command in
		"make bench"|"make bench "*) compare || result="other prices" ;;
		esac
	fi
	say "$release: $command: $result after $((SECONDS - start)) s (${log#"$top"/})"
	rm -rf --one-file-system "$work/run"
	table+=("$release	$command	$result	$((SECONDS - start))")
	[ "$result" = ok ] || failed=1
}

mkdir -p "$cache/kernels" "$cache/fresh" "$logs"
[ -n "$root" ] || "$scripts/setup.sh" --for fresh
lock fresh
rm -rf --one-file-system "$cache"/fresh/.run.*
work=$(mktemp -d "$cache/fresh/.run.XXXXXX")
export cache top home limit work empty_cache
export -f inside view

failed=
table=()
for release in "${releases[@]}"; do
	[ -n "$root" ] || [ -e "$cache/fresh/$release" ] || make_root "$release"
	for command in "${chosen[@]}"; do
		run "$release" "${root:-$cache/fresh/$release}" "$command"
	done
	for command in "${left_out[@]}"; do
		table+=("$release	$command	-")
	done
done

printf '%s\n' "release	command	result	seconds" "${table[@]}" | align
[ -z "$failed" ] || die "not all commands succeeded on a fresh machine"
