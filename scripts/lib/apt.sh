# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Packages that are downloaded and unpacked, never installed.  Sourced after
# common.sh; $tmp is the caller's temporary directory.
#
# shellcheck disable=SC2154 # cache, tmp

arch=amd64
# All whose packages a private apt may take: see foreign_sources().
archs=$arch
# shellcheck disable=SC2034 # for those who source this file
# Where to look for what the host's sources do not carry.
suite=${PROCMON_SUITE:-trixie-backports}
# _apt, apt's own user, cannot write to the cache.
apt_opts=(-q -o DPkg::Lock::Timeout=600 -o APT::Sandbox::User=root)

need_apt() {
	local tool
	for tool in apt-get apt-cache dpkg dpkg-deb xz; do
		have "$tool" || die "$tool is missing: this takes Debian's packages and tools"
	done
}

# The packages that the metapackage $1 stands for, e.g.
# linux-image-6.12-amd64 -> linux-image-6.12.117+deb12-amd64
depends_of() {
	apt-cache "${apt_opts[@]}" depends --no-recommends --no-suggests "$1" 2>/dev/null |
		sed -n 's/^[ |]*Depends: //p'
}

update_lists() {
	say "updating the package lists${1:+ of $1}"
	apt-get "${apt_opts[@]}" update >"$tmp/log" 2>&1 && return
	tail -n 5 "$tmp/log" >&2
	return 1
}

# archive LABEL FIELD: what apt knows of Debian's archive of this name.
archive() {
	apt-get indextargets --format "\$($2)" \
		'Created-By: Packages' 'Origin: Debian' "Label: $1" | head -n 1
}

# Where the host takes Debian's own packages from.
mirror() {
	local uri
	uri=$(archive Debian REPO_URI)
	[ -n "$uri" ] ||
		die "no Debian mirror known to apt; let root run: apt-get update"
	echo "$uri"
}

# private_apt NAME: from here on apt is a private one, of the sources on stdin,
# with lists and cache of its own.  It keeps the host's apt.conf (proxies), and
# leaves the host's state alone.
private_apt() {
	local dir=$cache/apt-$1
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/status"
	cat >"$dir/sources.list"
	apt_opts+=(
		-o "Dir::Etc::SourceList=$dir/sources.list"
		-o Dir::Etc::SourceParts=/dev/null
		-o Dir::Etc::Preferences=/dev/null
		-o Dir::Etc::PreferencesParts=/dev/null
		-o "Dir::State=$dir"
		-o "Dir::State::Status=$dir/status"
		-o "Dir::Cache=$dir/cache"
	)
	update_lists "$1" || die "apt-get could not read these sources: $(cat "$dir/sources.list")"
}

# other_sources SUITE: a private apt of one suite.
other_sources() {
	local uri name=$1
	uri=$(mirror)
	[ "$arch" = amd64 ] || name=$name-$arch
	private_apt "$name" <<<"deb [signed-by=$(keyring) arch=$archs] $uri $1 main"
}

# foreign_sources ARCH: a private apt of the host's own sources, for packages of another
# architecture; and of the host's, for what runs here.
foreign_sources() {
	arch=$1
	archs=$arch,amd64
	apt_opts+=(-o "APT::Architecture=$arch" -o "APT::Architectures::=$arch"
		-o APT::Architectures::=amd64)
	# shellcheck disable=SC2016 # apt's own variables
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' 'Origin: Debian' | sort -u |
		sed "s|^|deb [signed-by=$(keyring) arch=$archs] |" >"$tmp/sources"
	[ -s "$tmp/sources" ] || die "no Debian mirror known to apt; let root run: apt-get update"
	private_apt "$arch" <"$tmp/sources"
}

# The keyring that the host trusts for Debian's own archive.
keyring() {
	local key
	key=$(archive Debian SIGNED_BY)
	[ -r "$key" ] || key=/usr/share/keyrings/debian-archive-keyring.gpg
	[ -r "$key" ] || die "no archive keyring; install debian-archive-keyring"
	echo "$key"
}

# The packages on stdin, one a line, into $tmp/debs.
download() {
	local list more
	mapfile -t list
	more=$((${#list[@]} - 1))
	[ $more = 0 ] || more=" and $more more packages"
	say "downloading ${list[0]}${more#0}"
	rm -rf "$tmp/debs"
	mkdir "$tmp/debs"
	(cd "$tmp/debs" && apt-get "${apt_opts[@]}" download "${list[@]}") >"$tmp/log" 2>&1 && return
	tail -n 5 "$tmp/log" >&2
	return 1
}

# unpack DIR: what was downloaded.
unpack() {
	local deb
	say "unpacking"
	for deb in "$tmp"/debs/*.deb; do
		dpkg -x "$deb" "$1" || die "cannot unpack ${deb##*/}; is the disk full?"
	done
}

# fetch_tools DIR RELEASE ADAPT PACKAGE...: packages of another release of Debian, with
# what they need, the C library included, and the version of the first in DIR/stamp.
# ADAPT is called with the place where they are before DIR is made of it.
fetch_tools() {
	local dir=$1 release=$2 adapt=$3 new
	shift 3
	# Another run may have done it while this one waited.
	[ ! -e "$dir/stamp" ] || return 0
	mkdir -p "$cache/tools"
	rm -rf "$cache"/tools/.new.*
	tmp=$(mktemp -d "$cache/tools/.new.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	new=$tmp/tree

	say "this machine has no $1 that will do: taking it from $release"
	other_sources "$release"
	apt-get "${apt_opts[@]}" -s install --no-install-recommends "$@" >"$tmp/plan" ||
		die "$release has not all of these packages: $*"
	# Sanitizers are for programs under test.
	download < <(awk '$1 == "Inst" && $2 !~ /^lib[a-z]+san[0-9]/ { print $2 }' "$tmp/plan") ||
		die "could not download $1"
	mkdir "$new"
	unpack "$new"
	[ -e "$new/usr/lib64/ld-linux-x86-64.so.2" ] ||
		die "the C library of $release is not where it was in trixie; $0 must learn"
	"$adapt" "$new"
	dpkg-deb -f "$tmp/debs/$1"_*.deb Version >"$new/stamp"
	sync "$new/stamp"
	rm -rf "$dir"
	mv "$new" "$dir"
}

# get_source NUMBER VERSION [PATH]...: what PATHs name, or all, of Debian's source
# of Linux NUMBER, into $tmp/source.  VERSION is the package's; empty, the newest
# that there is.  $tmp/version says which it was.
get_source() {
	local package=linux-source-$1${2:+=$2} number=$1
	shift 2
	apt-cache "${apt_opts[@]}" show "$package" >/dev/null 2>&1 || {
		other_sources "$suite"
		apt-cache "${apt_opts[@]}" show "$package" >/dev/null 2>&1 ||
			die "no source $package; remove the kernel from the cache for a newer one"
	}
	download <<<"$package" || die "could not download $package"
	unpack "$tmp"
	dpkg-deb -f "$tmp"/debs/*.deb Version >"$tmp/version"
	rm -rf "$tmp/debs"
	mkdir "$tmp/source"
	tar -C "$tmp/source" --strip-components=1 \
		-xf "$tmp/usr/src/linux-source-$number.tar.xz" \
		"${@/#/linux-source-$number/}" || die "cannot unpack $package; is the disk full?"
	rm -rf "${tmp:?}/usr"
}
