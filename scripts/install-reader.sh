#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/install-reader.sh [--prefix DIR]
#
# Build the reader of exits and install it, its manual pages, its completion for bash and
# the header for readers of your own below DIR (default /usr/local).
#
#   DESTDIR	from the environment: a directory to put in front of DIR

set -eu
. "$(dirname "$0")/lib/common.sh"

prefix=/usr/local
while [ $# -gt 0 ]; do
	case $1 in
	--prefix) need_value "$@"; prefix=$2; shift 2 ;;
	--help|-h) usage; exit 0 ;;
	*) die "$1: unknown argument; see --help" ;;
	esac
done
case $prefix in
/*) ;;
*) die "--prefix $prefix: say it from / on" ;;
esac
to=${DESTDIR:-}$prefix

have help2man || "$scripts/setup.sh" --for package
make -s -C "$top/bench" build/procmon
man=$(mktemp -d)
trap 'rm -rf "$man"' EXIT
"$scripts/package/man.sh" "$top/bench/build/procmon" "$(date +%Y%m%d)" "$man"
install_all() {
	install -D -t "$to/bin" "$top/bench/build/procmon" &&
		install -D -m 644 -t "$to/share/man/man1" "$man/procmon.1" &&
		install -D -m 644 -t "$to/share/man/man4" "$man/procmon.4" &&
		install -D -m 644 -t "$to/share/bash-completion/completions" \
			"$scripts/package/completion/procmon" &&
		install -D -m 644 -t "$to/include/procmon" "$top/variants/handler/record.h"
}
install_all || die "could not install below $to; this takes whoever may write there"
say "installed $to/bin/procmon"
