#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/package/man.sh READER VERSION DIR
#
# Write the manual pages procmon.1, of READER's --help and procmon.h2m, and procmon.4 to
# DIR.  Their date is SOURCE_DATE_EPOCH, or today.  Takes help2man.

set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
reader=$1 version=$2 dir=$3
date=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" +%Y-%m-%d)

# help2man has no date but its own, and its lines are as long as they come.  No line of
# text may begin as a request of roff does.
LC_ALL=C.UTF-8 help2man --no-info --version-string="$version" --section=1 \
	--include="$here/procmon.h2m" "$reader" |
	sed -E -e "1i '\\\\\" t" -e "s/^(\.TH PROCMON \"1\") \"[^\"]*\"/\1 \"$date\"/" \
		-e '/^usage: /,/^\.PP/d' |
	awk 'length <= 80 || /^[.'\'']/ { print; next }
		{
			line = ""
			n = split($0, word, " ")
			for (i = 1; i <= n; i++) {
				if (line != "" && length(line " " word[i]) > 80 && word[i] !~ /^[.'\'']/) {
					print line
					line = word[i]
				} else {
					line = line (line == "" ? "" : " ") word[i]
				}
			}
			print line
		}' >"$dir/procmon.1"
sed "s/@DATE@/$(LC_ALL=C date -u -d "$date" '+%B %-d, %Y')/" "$here/procmon.4" >"$dir/procmon.4"
