#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/package.sh
#
# Build the Debian packages procmon, the reader and its services, and procmon-dkms, the
# modules as source that DKMS builds, from what is committed (HEAD).  They go to
# build/deb, and lintian(1) must accept them.
#
# The version is the time of HEAD's commit, in UTC; the changelog has its name.

set -eu
. "$(dirname "$0")/lib/common.sh"

case ${1:-} in
--help|-h) usage; exit 0 ;;
?*)	die "$1: unknown argument; see --help" ;;
esac

git -C "$top" rev-parse -q --verify HEAD >/dev/null ||
	die "$top is not a clone with git; packages are of what is committed"
git -C "$top" diff --quiet HEAD || warn "what is not committed is not in the packages"
"$scripts/setup.sh" --for package

# commit FORMAT: of HEAD
commit() { TZ=UTC git -C "$top" show -s --date=format-local:%Y%m%d.%H%M%S --format="$1" HEAD; }

version=0~$(commit %cd)
SOURCE_DATE_EPOCH=$(commit %ct)
export SOURCE_DATE_EPOCH
out=$top/build/deb
tree=$out/procmon-$version
rm -rf "$out"
mkdir -p "$tree"
git -C "$top" archive HEAD | tar -x -C "$tree"
mv "$tree/scripts/package/debian" "$tree/debian"
cat >"$tree/debian/changelog" <<EOF
procmon ($version) unstable; urgency=medium

  * As of commit $(commit %H).

 -- $(commit '%cn <%ce>')  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
EOF
sed -i "s/@MAINTAINER@/$(commit '%cn <%ce>')/" "$tree/debian/control"
n=0
for variant in $(variants); do
	cat >>"$tree/debian/procmon-dkms.dkms" <<EOF
BUILT_MODULE_NAME[$n]="procmon"
BUILT_MODULE_LOCATION[$n]="variants/$variant"
DEST_MODULE_NAME[$n]="procmon-$variant"
DEST_MODULE_LOCATION[$n]="/updates/dkms"
EOF
	n=$((n + 1))
done

say "building the packages of version $version"
(cd "$tree" && dpkg-buildpackage -b -us -uc) >"$out/log" 2>&1 || {
	tail -n 30 "$out/log" >&2
	die "the packages did not build (${out#"$top"/}/log)"
}
rm -rf "$tree"
lintian --allow-root --fail-on error,warning "$out"/*.changes >&2 || die "lintian does not accept them"
say "packages are in ${out#"$top"/}:"
(cd "$out" && ls -- *.deb)
