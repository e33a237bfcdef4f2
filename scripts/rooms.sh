#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/rooms.sh
#
# Prove that the files of bench/ and variants/ use each other in one direction only:
#
#   - no file uses a room of bench/ above its own (bench/Makefile has them in their
#     order), and variants/handler none of the variants but for its procmon_variant
#   - there is no circle of files
#
# To use is to #include, or to need what another one defines, as the objects tell.
# Those of bench/ are compiled first if need be, but for those that are for BPF; of the
# modules those are looked at that are there.  Each fault is shown, and there is none if
# the exit status is 0.

set -eu
. "$(dirname "$0")/lib/common.sh"

case ${1:-} in
--help|-h) usage; exit 0 ;;
?*)	die "$1: unknown argument; see --help" ;;
esac

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# From here on no path has a space in it, whatever there is above.
cd "$top"
read -ra rooms < <(sed -n 's/^rooms *:= *//p' bench/Makefile) ||
	die "bench/Makefile names no rooms"

# What a room may use has its number or a lower one. Nobody includes a variant.
{
	n=0
	for room in variants/handler "${rooms[@]/#/bench/}"; do
		n=$((n + 1))
		echo "$room $n"
	done
	variants | sed 's|.*|variants/& 99|'
} >"$tmp/order"
# A folder in a room is part of it.
find bench variants -mindepth 2 -maxdepth 3 -name '*.[ch]' ! -name '*.mod.c' |
	sort >"$tmp/files"
cut -d / -f 1-2 "$tmp/files" | sort -u | while read -r room; do
	grep -q "^$room " "$tmp/order" || die "$room/ is no room of bench/Makefile, nor a variant"
done

# Lines "FILE FILE HOW": the first uses the second. A path that leads nowhere could
# lead anywhere, so it is a fault.
included() {
	grep -rH --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' \
		bench variants | awk -F: '
		NR == FNR { known[$0] = 1; next }
		$1 in known {
			split($0, word, "\"")
			dir = $1
			sub("[^/]*$", "", dir)
			n = split(dir " bench/ variants/handler/ ", start, " ")
			start[++n] = ""
			for (i = 1; i <= n; i++) {
				path = start[i] word[2]
				while (sub("[^/]+/[.][.]/", "", path))
					;
				if (path in known)
					break
			}
			print $1, (i > n ? "nowhere" : path), "#include:\"" word[2] "\""
		}' "$tmp/files" -
}

# needed OBJECT=SOURCE...: the same by what objects need and define. Nobody
# can need what a program defines: it is in no archive.
needed() {
	local pair
	for pair; do
		nm -g -P "${pair%=*}" | sed "s|^|${pair#*=} |"
	done | awk '
		$2 == "main" { program[$1] = 1 }
		$3 == "U" || $3 == "w" { needs[$1 " " $2] = 1; next }
		{ definers[$2] = definers[$2] " " $1 }
		END {
			for (need in needs) {
				split(need, word, " ")
				n = split(definers[word[2]], file, " ")
				for (i = 1; i <= n; i++)
					if (!(file[i] in program))
						print word[1], file[i], word[2]
			}
		}'
}

objects=()
pairs=()
while read -r file; do
	object=build/obj/${file#bench/}
	objects+=("${object%.c}.o")
	pairs+=("bench/${object%.c}.o=$file")
done < <(grep '^bench/.*\.c$' "$tmp/files" | grep -v '\.bpf\.c$')
# Objects alone: what is to be shown here may keep a program from being linked.
make -s -C bench "${objects[@]}" || die "bench/ does not compile"
looked=bench
{
	included
	needed "${pairs[@]}"
	for variant in $(variants); do
		pairs=()
		while read -r file; do
			object=variants/$variant/$(basename "$file" .c).o
			[ ! -e "$object" ] || pairs+=("$object=$file")
		done < <(grep -E "^variants/(handler|$variant)/.*\.c\$" "$tmp/files")
		[ ${#pairs[@]} -gt 0 ] || continue
		looked="$looked $variant"
		needed "${pairs[@]}"
	done
} >"$tmp/found"
sort -u "$tmp/found" >"$tmp/uses"

awk '
	NR == FNR { order[$1] = $2; next }
	$2 == "nowhere" { print $1 ": " $3 " is no file of this tree"; next }
	$3 == "procmon_variant" { next }
	{
		from = $1; to = $2
		sub("/[^/]*$", "", from)
		sub("/[^/]*$", "", to)
		if (from ~ "/.*/")
			sub("/[^/]*$", "", from)
		if (to ~ "/.*/")
			sub("/[^/]*$", "", to)
		if (order[to] > order[from] || (order[to] == 99 && from != to))
			print $1 " uses " $2 ", above it: " $3
	}' "$tmp/order" "$tmp/uses" >"$tmp/faults"

# tsort names the files of each circle, and one way around them.
awk '$2 != "nowhere" { print $1, $2 }' "$tmp/uses" | uniq | { tsort 2>&1 >/dev/null || :; } | awk '
	NR == FNR { how[$1 " " $2] = how[$1 " " $2] " " $3; next }
	function show(	i, a, b) {
		if (n)
			print "a circle of files:"
		for (i = 0; i < n; i++) {
			a = file[i]
			b = file[(i + 1) % n]
			if (!((a " " b) in how)) {
				b = a
				a = file[(i + 1) % n]
			}
			print "\t" a " uses " b ":" how[a " " b]
		}
		n = 0
	}
	/contains a loop/ { show(); next }
	{ file[n++] = $2 }
	END { show() }' "$tmp/uses" - >>"$tmp/faults"

[ ! -s "$tmp/faults" ] || {
	cat "$tmp/faults" >&2
	die "files use each other against the order"
}
say "rooms: no circle among $(wc -l <"$tmp/files") files, nothing used from above; objects of: $looked"
