# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Shared by the verbs, the scripts one directory up: messages, paths, the cache.
# Sourced, never run.

# depmod and modprobe are not in the path of everyone.
PATH=$PATH:/usr/sbin:/sbin

say()	{ printf 'procmon: %s\n' "$*" >&2; }
warn()	{ printf 'procmon: warning: %s\n' "$*" >&2; }
die()	{ printf 'procmon: %s\n' "$*" >&2; exit "${DIE_STATUS:-1}"; }

have()	{ command -v "$1" >/dev/null 2>&1; }

# The help of a script is the comment at its head, up to the first other line.
usage()	{ sed -n -e '1,2d' -e '/^#/!q' -e 's/^# \{0,1\}//p' "$0"; }

# A table with tabs between its columns, for a terminal.
align() {
	awk -F '\t' '
		{
			for (i = 1; i <= NF; i++) {
				cell[NR, i] = $i
				if (length($i) > width[i])
					width[i] = length($i)
			}
			columns[NR] = NF
		}
		END {
			for (row = 1; row <= NR; row++)
				for (i = 1; i <= columns[row]; i++)
					printf "%-*s%s", i < columns[row] ? width[i] : 0,
						cell[row, i], i < columns[row] ? "  " : "\n"
		}'
}

# merge_table NEW OLD: as one table, NEW and what OLD has of other kernels.  Both have the
# kernel's release first; OLD may be missing, and is not taken if it has other columns.  A
# release replaces others of its series: 6.12.118+deb12-amd64 is 6.12.117+deb12-amd64 anew.
merge_table() {
	head -n 1 "$1"
	{
		tail -n +2 "$1"
		[ ! -e "$2" ] || [ "$(head -n 1 "$1")" != "$(head -n 1 "$2")" ] ||
			awk -F '\t' '
				{
					match($1, /^[0-9]+[.][0-9]+/)
					kernel = substr($1, 1, RLENGTH)
					match($1, /(-[a-z]+)?-[a-z0-9]+$/)
					kernel = kernel substr($1, RSTART)
				}
				NR == FNR { new[kernel]; next }
				FNR > 1 && !(kernel in new)' "$1" "$2"
	} | sort -s -t $'\t' -k 1,1V
}

# An option that takes a value: need_value "$@" right before shift 2.
need_value() { [ $# -ge 2 ] || die "$1 needs a value; see --help"; }

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
top=$(dirname "$scripts")

# The variants, one a line: a folder below variants/ with a Kbuild is one.
variants() {
	local kbuild
	for kbuild in "$top"/variants/*/Kbuild; do
		basename "${kbuild%/Kbuild}"
	done
}

# kernel_facts SERIES: set image, release, version, kdir, modules and cc to what kernel.sh
# says of it.
kernel_facts() {
	local facts name value
	facts=$("$scripts/kernel.sh" "$1" all) || return
	while IFS='=' read -r name value; do
		declare -g "$name=$value"
	done <<<"$facts"
}

# Without HOME (cron, some containers) bash takes ~ from the password file.
if [ -n "${PROCMON_CACHE:-}" ]; then
	cache=$PROCMON_CACHE
elif [ -n "${XDG_CACHE_HOME:-}" ]; then
	cache=$XDG_CACHE_HOME/procmon
else
	[ -n "${HOME:-}" ] || { unset HOME; HOME=~; }
	cache=$HOME/.cache/procmon
fi
case $cache in
/*) ;;
*) cache=$PWD/$cache ;;
esac

# Is this a path for any make? A kernel's takes no space and no colon, whatever is quoted.
for_make() {
	case $1 in
	*[!A-Za-z0-9_./+~@,-]*) return 1 ;;
	esac
}

# What is built with or by a kernel's make is in the cache.
need_cache_for_make() {
	for_make "$cache" ||
		die "a kernel's make would not take the path of the cache, $cache; set PROCMON_CACHE to one of letters and digits"
}

# lock NAME: alone, among all who share the cache, until this shell ends.
lock() {
	mkdir -p "$cache" || die "cannot create the cache $cache; set PROCMON_CACHE"
	exec 9>"$cache/$1.lock"
	flock -n 9 || {
		say "waiting for another run that holds $cache/$1.lock"
		flock 9
	}
}

# locked NAME COMMAND...: one at a time, for all who share the cache.
locked() {
	(
		lock "$1"
		shift
		"$@"
	)
}
