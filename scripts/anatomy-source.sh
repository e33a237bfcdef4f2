#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/anatomy-source.sh CODE DIR
#
# Print which lines of variants/ the instructions are made from that a hook executes in
# an exit, as a table.
#
# CODE is what bench/build/anatomy --code wrote: function, offset and times.
# DIR/RELEASE/debug/VARIANT.ko are the modules that it was taken from, with the
# debugging information that the kernel's build leaves in them.  The compiler may make one
# instruction for several lines, and names one of them; of a line in the kernel's headers
# the line of ours that it is inlined in is told.

set -eu -o pipefail
. "$(dirname "$0")/lib/common.sh"

case ${1:-} in
--help|-h) usage; exit 0 ;;
esac
[ $# -eq 2 ] || die "CODE and DIR are wanted; see --help"
code=$1
dir=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# source_of MODULE: lines "FUNCTION OFFSET ..." become "FUNCTION FILE:LINE ...".
source_of() {
	local module=$1 section
	objdump -t "$module" | awk '$3 == "F" { print $NF, $4, $1 }' >"$tmp/symbols"
	awk -F '\t' 'NR == FNR { split($0, s, " "); section[s[1]] = s[2]; start[s[1]] = s[3]; next }
		!($1 in section) { print "no symbol " $1 >"/dev/stderr"; exit 1 }
		{
			rest = $0
			sub(/^[^\t]*\t/, "", rest)
			print section[$1] "\t" start[$1] "\t" rest
		}' \
		"$tmp/symbols" - >"$tmp/places"
	cut -f 1 "$tmp/places" | sort -u >"$tmp/sections"
	while read -r section; do
		awk -F '\t' -v section="$section" '$1 == section' "$tmp/places" >"$tmp/these"
		while IFS=$'\t' read -r _ start offset _; do
			printf '0x%x\n' $((16#$start + offset))
		done <"$tmp/these" >"$tmp/addresses"
		addr2line -a -f -i -e "$module" -j "$section" <"$tmp/addresses" |
			awk -v times="$tmp/these" '
			function told() {
				if (n++) {
					getline line <times
					sub(/^[^\t]*\t[^\t]*\t[^\t]*/, "", line)
					print (found ? name "\t" place : "?\t?") line
				}
				found = 0
			}
			/^0x/ { told(); next }
			{
				function_ = $1
				getline at
				sub(/ \(discriminator.*/, "", at)
				if (!found && match(at, /variants\/[^:]*:[0-9]+$/)) {
					found = 1
					name = function_
					place = substr(at, RSTART)
				}
			}
			END { told() }'
	done <"$tmp/sections"
}

"$top/bench/build/hook" list | cut -f 1,6 >"$tmp/variants"
# With the module in front that each line is of.
awk -F '\t' -v OFS='\t' 'NR == FNR { variant[$1] = $2; next }
	FNR > 1 { print $1 "/debug/" variant[$2] ".ko", $0 }' \
	"$tmp/variants" "$code" >"$tmp/code"

printf 'kernel\thook\toutput\tfunction\tline\tinstructions\n'
cut -f 1 "$tmp/code" | awk '!seen[$0]++' | while read -r module; do
	awk -F '\t' -v OFS='\t' -v module="$module" \
		'$1 == module { print $5, $6, $7, $2, $3, $4 }' "$tmp/code" |
		source_of "$dir/$module" |
		awk -F '\t' -v OFS='\t' '
			{
				key = $4 OFS $5 OFS $6 OFS $1 OFS $2
				if (!(key in n))
					order[++nr] = key
				n[key] += $3
			}
			END { for (i = 1; i <= nr; i++) print order[i], n[order[i]] }'
done
