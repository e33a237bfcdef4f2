#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/tests/package/install.sh
#
# On a Debian to be thrown away (test-fresh.sh has one): build the packages, install them
# beside Debian's kernel, and boot what that gives in a guest, where use.sh is a user's
# first day with it, up to the purge.

set -eu
cd "$(dirname "$0")/../../.."
export DEBIAN_FRONTEND=noninteractive
apt=(apt-get -q -y -o DPkg::Lock::Timeout=600 install)

make deb
mkdir -p build/deb-old
mv build/deb/*.deb build/deb-old/
# The same a second later.
git -c user.name=test -c user.email=test@example.org commit -q --allow-empty -m "Upgrade" \
	--date=now
make deb
mandoc -Tlint -Wwarning <(dpkg-deb --fsys-tarfile build/deb/procmon_*.deb |
	tar -xO ./usr/share/man/man1/procmon.1.gz | gzip -d)
mandoc -Tlint -Wwarning <(dpkg-deb --fsys-tarfile build/deb/procmon_*.deb |
	tar -xO ./usr/share/man/man4/procmon.4.gz | gzip -d)

"${apt[@]}" --no-install-recommends systemd-sysv systemd-container dbus udev logrotate python3 ccache \
	linux-image-amd64 linux-headers-amd64 >/dev/null
# An emulated CPU takes an hour to compile the modules of the upgrade.  So they are compiled
# here, too, in the directory that they will have there, and the guest takes what the compiler
# made of the same source from ccache's directory.
export PATH=/usr/lib/ccache:$PATH CCACHE_DIR=/var/cache/ccache
# apt has a PATH of its own for what it calls.
apt+=(-o "DPkg::Path=$PATH")
"${apt[@]}" ./build/deb/procmon_*.deb ./build/deb/procmon-dkms_*.deb
apt-get -q -y purge procmon procmon-dkms
"${apt[@]}" ./build/deb-old/procmon_*.deb ./build/deb-old/procmon-dkms_*.deb
dkms status
scripts/vm.sh --kernel installed --systemd --memory 2048 --timeout 7200 -- \
	scripts/tests/package/use.sh
