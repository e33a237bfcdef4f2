#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: scripts/vm.sh [OPTION]... [--] COMMAND [ARG]...
#
# Run COMMAND as root in a virtual machine that runs Debian's stock kernel, in
# the current directory, with the host's tools, and exit with its status.
#
#   --kernel SERIES	the kernel: 6.12 (default), 6.1, 6.12-rt, 6.12-arm64, ...; see
#			kernel.sh.  With -arm64 the guest is of that architecture: it
#			has the files of a Debian for it (debian.sh) in place of the
#			host's, or with --pack programs that are linked statically
#   --arch ARCH		that of the guest: arm64 is the same as -arm64 behind SERIES
#   --cpus N		number of CPUs (default: 2, or 1 if the host has 1; with
#			--exact 1)
#   --memory MB		size of the memory (default 1024; 3072 for a debug kernel)
#   --timeout SECONDS	kill the guest after this time (default 300)
#   --exact		the CPU executes one instruction per nanosecond of
#			guest time, without regard to the host's clock: rdtsc
#			counts instructions.  Several CPUs take turns, and
#			rdtsc counts those of all
#   --parallel		a thread of the emulator for each CPU, so that they truly run at
#			the same time; not with --exact.  It takes QEMU 10.0 or later,
#			from the cache if the host's is older (qemu.sh)
#   --seed N		seed of the guest's random numbers with --exact
#			(default 1): where KASLR puts things, and the like
#   --trace FILE		with --exact: the emulator writes down in FILE what it
#			executes where a program asks for it (measure --traced)
#   --pack PATH		(repeatable) put PATH, a file or directory, into the
#			guest's memory, as /pack/NAME, a program with its
#			libraries, and run COMMAND in /pack; then it has no
#			other files of the host but busybox, cannot write to
#			the host, and has no device that completes whenever
#			the host pleases: with --exact and the same seed, two
#			runs are the same to the last instruction
#   --systemd		the system that the guest sees is started by its systemd(1),
#			and COMMAND when all else is up; not with --pack
#   --root IMAGE	with --pack: a file system (of root.sh) whose programs and
#			libraries the guest has, those of packed programs, too,
#			and no busybox.  It is memory to the guest, so what is
#			said above still holds
#
# Without --pack the guest sees the host's files, or those of a Debian of its own
# architecture and of the host's the checkout.  It can change those of the
# checkout that this script is in; what it writes elsewhere is gone when it
# ends.  /tmp, /run and /var/tmp are its own and empty, except for the current
# directory.  Its environment is fixed (PATH, HOME, TERM, LANG), its standard
# input is empty, it has no network but lo.  It runs by emulation, without KVM,
# and needs neither root nor any privilege on the host (but then it sees only
# what the user may read).
#
# Exit status: that of COMMAND (128+N if signal N killed it), or
#
#   122	COMMAND succeeded, but the kernel complained (BUG, WARNING, lockdep,
#	RCU stall, hung task, leaked memory, ...): its lines are shown
#   123	the guest died, panicked or stopped before COMMAND ended
#   124	the time was up
#   125	wrong usage, or the guest could not be set up
#
# PROCMON_CACHE	where the kernels are; see kernel.sh
# PROCMON_CONSOLE	file to keep the console's log in

set -eu
DIE_STATUS=125
. "$(dirname "$0")/lib/common.sh"

# Nothing here changes how the kernel runs, above all not the mitigations, nor
# KASLR (with --exact, where it puts things follows from the seed).
#   panic=-1 oops=panic		end at once when the kernel is broken
#   loglevel=5			warnings and worse: a serial line is slow
#   tsc=reliable		the emulated TSC is: no watchdog for it
#   random.trust_cpu=1		do not wait for entropy
cmdline="panic=-1 oops=panic loglevel=5 tsc=reliable random.trust_cpu=1"

# What fails a run, at the start of a line of the console.
complaint='(watchdog: )?(rcu: )?((\[ )?BUG: |BUG [a-z]|WARNING: |INFO: (task|rcu[a-z_]*|suspicious|possible|trying) |Kernel panic|kernel BUG|Oops: |UBSAN: |general protection fault|unregister_netdevice: |.*\[#[0-9]+\] )'

guest_modules="9p 9pnet_virtio overlay virtio_pci virtio_console"
# The same for --root: the image is a non-volatile memory module.
root_modules="nfit nd_pmem erofs overlay"

# quote ARG...: as words that a shell reads back.
quote() {
	local arg
	for arg; do
		printf "'%s' " "${arg//\'/\'\\\'\'}"
	done
}

is_number() {
	case $2 in
	''|*[!0-9]*|0*) die "$1 $2: not a positive number" ;;
	esac
}

kernel=6.12
asked=
cpus=
memory=
timeout=300
exact=
parallel=
systemd=
seed=1
trace=
pack=()
root=
while [ $# -gt 0 ]; do
	case $1 in
	--kernel)	need_value "$@"; kernel=$2; shift 2 ;;
	--arch)
		need_value "$@"
		case $2 in
		amd64|arm64) asked=$2 ;;
		*)	die "--arch $2: there are amd64 and arm64" ;;
		esac
		shift 2 ;;
	--cpus)		need_value "$@"; is_number "$@"; cpus=$2; shift 2 ;;
	--memory)	need_value "$@"; is_number "$@"; memory=$2; shift 2 ;;
	--timeout)	need_value "$@"; is_number "$@"; timeout=$2; shift 2 ;;
	--seed)		need_value "$@"; is_number "$@"; seed=$2; shift 2 ;;
	--trace)	need_value "$@"; trace=$2; shift 2 ;;
	--pack)
		need_value "$@"
		[ -e "$2" ] || die "--pack $2: no such file"
		pack+=("$2")
		shift 2
		;;
	--root)
		need_value "$@"
		[ -f "$2" ] || die "--root $2: no such file"
		root=$(readlink -f "$2")
		shift 2
		;;
	--exact)	exact=1; shift ;;
	--parallel)	parallel=1; shift ;;
	--systemd)	systemd=1; shift ;;
	--help|-h)	usage; exit 0 ;;
	--)		shift; break ;;
	-*)		die "$1: unknown option; see --help" ;;
	*)		break ;;
	esac
done
[ $# -gt 0 ] || die "no command; see --help"

case $asked:$kernel in
arm64:*-arm64) ;;
arm64:*) kernel=$kernel-arm64 ;;
amd64:*-arm64) die "--arch amd64 --kernel $kernel: which of them?" ;;
esac
arch=amd64
parts=(--for vm)
emulator=(qemu-system-x86_64)
# The CPU is the same on every host, since it decides which mitigations the
# kernel takes.  qemu64 calls itself an AMD, so they are those of most machines
# of today: no Meltdown, so no page table isolation, but retpolines.  To it come
# the extensions of x86-64-v2 and those that the kernel itself uses; not xsave,
# with which 6.12 hangs early on this model, and not erms: with it the kernel and the C
# library copy by `rep movsb`, of which the emulator counts each byte, and without it
# by eight bytes at a time.
cpu=qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+fsgsbase,+smep,+smap,+rdrand
machine=pc,usb=off,vmport=off,hpet=off
console=ttyS0
# The serial line behind that of the console.
first_serial=1
# The files of a Debian of its own, in place of the host's.
own_files=
if [ "${kernel%-arm64}" != "$kernel" ]; then
	[ -z "$root$parallel" ] ||
		die "--kernel $kernel: neither --root nor --parallel is for it yet"
	arch=arm64
	[ ${#pack[@]} -gt 0 ] || own_files=1
	case $own_files:$(pwd -P)/ in
	:*|1:"$top"/*) ;;
	*) die "a guest of $arch has of the host's files those of $top: run it there" ;;
	esac
	parts+=(--for arm64)
	emulator=(qemu-system-aarch64)
	# Its counter counts at the frequency of the instructions with --exact.
	cpu=neoverse-n1,cntfrq=1000000000
	machine=virt,gic-version=3
	console=ttyAMA0
	first_serial=0
fi
cmdline="console=$console $cmdline"
plugin=$top/bench/build/trace.so
[ -z "$trace" ] || [ -n "$exact" ] || die "--trace goes with --exact; see --help"
[ -z "$trace" ] || [ -e "$plugin" ] || die "--trace: build $plugin first (make -C bench)"
[ -z "$systemd" ] || [ ${#pack[@]} = 0 ] || die "--systemd is for a guest that sees a whole system, not with --pack"
[ -z "$systemd" ] || [ -n "$own_files" ] || [ -x /lib/systemd/systemd ] || die "--systemd: there is no systemd here; install systemd-sysv"
[ -z "$root" ] || [ ${#pack[@]} -gt 0 ] || die "--root goes with --pack; see --help"
[ -z "$exact" ] || [ -z "$parallel" ] ||
	die "--exact --parallel: CPUs that take turns to be exact do not run at the same time"
# It never comes up: its second CPU waits for ever.
[ -z "$exact" ] || [ "${kernel%-*}" != 6.1 ] || [ "${cpus:-1}" = 1 ] ||
	die "--exact --cpus $cpus: not on 6.1, which does not boot so; take 6.12 or later"
if [ -z "$cpus" ]; then
	cpus=1
	[ -n "$exact" ] || [ "$(nproc)" = 1 ] || cpus=2
fi

if [ -z "$memory" ]; then
	memory=1024
	[ "${kernel%%-*}" != debug ] || memory=3072
fi

"$scripts/setup.sh" "${parts[@]}" || exit 125
if [ -n "$parallel" ]; then
	words=$("$scripts/qemu.sh") ||
		die "--parallel takes QEMU 10.0 or later, and there is none: $(qemu-system-x86_64 --version | head -n 1)"
	mapfile -t emulator <<<"$words"
fi
image='' release='' modules='' kdir=''
kernel_facts "$kernel" || exit 125

tmp=$(mktemp -d) || exit 125
children=()
# shellcheck disable=SC2317 # called by trap
finish() {
	trap '' INT TERM HUP
	kill "${children[@]}" 2>/dev/null || :
	wait
	rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# The initramfs: a part that depends on the kernel only, and one of this run.
# The same files make the same archive: the kernel takes more instructions to
# read some numbers than others.
archive() {
	(
		cd "$1"
		find . -exec touch -h -d 2026-01-01T00:00:00Z {} +
		find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --reproducible --quiet
	)
}

# take_modules DIR MODULE...: what these modules take, to be loaded in the order of
# their names.
take_modules() {
	local dir=$1 file n=10
	shift
	mkdir -p "$dir"
	modprobe -d "${image%/*}" -S "$release" -a --show-depends "$@" >"$tmp/depends" ||
		die "kernel $release has not all of these modules: $*"
	awk '$1 == "insmod" && !seen[$2]++ { print $2 }' "$tmp/depends" >"$tmp/list"
	while read -r file; do
		n=$((n + 1))
		case $file in
		*.xz)	xz -dc "$file" ;;
		*)	cat "$file" ;;
		esac >"$dir/$n-$(basename "$file" .xz)"
	done <"$tmp/list"
}

# shellcheck disable=SC2317 # called by locked
make_base() {
	local file
	# Another run may have done it while this one waited.
	[ ! "$base" -nt "$0" ] || return 0
	mkdir -p "$tmp/base/bin"
	(cd "$tmp/base" && mkdir dev proc sys tmp run host rw root)
	cp "$busybox" "$tmp/base/bin/busybox"
	for file in $(busybox --list); do
		[ "$file" = busybox ] || ln -s busybox "$tmp/base/bin/$file"
	done
	# shellcheck disable=SC2086 # a list
	take_modules "$tmp/base/modules" $guest_modules
	# In the cache, for to move it there from another file system would take time, in
	# which others see a part of it.
	archive "$tmp/base" >"$base.new"
	mv "$base.new" "$base"
}
"$scripts/9p.sh" "$kernel" || exit 125
busybox=$("$scripts/busybox.sh" "$arch") || exit 125
files=/
[ -z "$own_files" ] || files=$("$scripts/debian.sh" "$arch") || exit 125
base=${image%/*}/initramfs.cpio
[ "$base" -nt "$0" ] || locked initramfs make_base

mkdir "$tmp/job"
install -m 755 "$scripts/guest/init.sh" "$tmp/job/init"
# /usr/bin/env, because busybox's would run its own sh, ls, ... for the host's.
env=/usr/bin/env
[ ${#pack[@]} -eq 0 ] || [ -n "$root" ] || env='env'
if [ ${#pack[@]} -gt 0 ]; then
	# No path of this machine: their lengths are part of what is measured.
	dir=/pack
	shares=
else
	dir=$(pwd -P)
	shares="top=$(quote "$top")"
fi
cat >"$tmp/job/job" <<EOF
packed=${pack:+1}
root=${root:+1}
exact=$exact
systemd=$systemd
complaint=$(quote "$complaint")
first_serial=$first_serial
$shares
dir=$(quote "$dir")
job() {
	exec $env -i \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/root USER=root LOGNAME=root SHELL=/bin/sh TERM=dumb LANG=C.UTF-8 \
		$(quote "$@")
}
EOF

# A copy of the files to pack, and, if there is no image, of the libraries that
# programs among them need (ldd fails on what is not a program).
if [ ${#pack[@]} -gt 0 ]; then
	mkdir "$tmp/job$dir"
	cp -a "${pack[@]}" "$tmp/job$dir/"
	[ -n "$root" ] || find -L "${pack[@]}" -type f -perm -u+x -exec ldd {} \; 2>/dev/null |
		awk '/=> \// { print $3 } /^\t\// { print $1 }' | sort -u |
		xargs -r cp -L --parents -t "$tmp/job"
fi
# shellcheck disable=SC2086 # a list
[ -z "$root" ] || take_modules "$tmp/job/root-modules" $root_modules
archive "$tmp/job" | cat "$base" - >"$tmp/initrd"

# With --exact time is what the guest has executed.  Else it is the host's, whose CPUs others
# may want, too: at a load of 15 a guest gets a tenth of one, in pieces with long gaps.
#   no_timer_check		the timer may come too late for the check at boot
#   watchdog_thresh, ...	a guest that was kept waiting is not one that hangs: wait
#				five to six times as long as a kernel does by itself
#   tsc_early_khz, lpj		the time stamp counter is the host's (QEMU's TCG reads that),
#				and there is nothing to measure.  Measured across a gap it
#				came out up to twenty times too slow, and the clock as much
#				too fast
host_time() {
	local khz hz
	cmdline="$cmdline no_timer_check watchdog_thresh=60"
	cmdline="$cmdline rcupdate.rcu_cpu_stall_timeout=120 sysctl.kernel.hung_task_timeout_secs=600"
	# What the host's kernel calls BogoMIPS is twice the frequency in MHz, if the counter
	# has one.
	[ "$arch" = amd64 ] || return 0
	khz=$(awk '/^flags/ { constant = / constant_tsc( |$)/ }
		/^bogomips/ && constant { printf "%d", $NF * 500; exit }' /proc/cpuinfo)
	hz=$(sed -n 's/^CONFIG_HZ=//p' "$kdir/.config")
	[ -z "$khz" ] || cmdline="$cmdline tsc_early_khz=$khz lpj=$((khz * 1000 / hz))"
}
[ -n "$exact" ] || host_time

# The first serial line is the console.  Then come the three ways out: by
# virtio, or by serial lines, which are done when the instruction is.
# shellcheck disable=SC2054 # the commas are QEMU's
qemu=(
	"${emulator[@]}" -no-user-config -nodefaults -display none -no-reboot
	-cpu "$cpu"
	-kernel "$image" -initrd "$tmp/initrd"
	-serial "file:$tmp/console"
)
if [ -n "$root" ]; then
	size=$(stat -c %s "$root")
	machine=$machine,nvdimm=on
	memory=$memory,slots=1,maxmem=$((memory + size / 1048576 + 1))M
	# shellcheck disable=SC2054
	qemu+=(
		-object "memory-backend-file,id=root,mem-path=${root//,/,,},size=$size,share=on,readonly=on"
		-device nvdimm,memdev=root,unarmed=on
	)
fi
qemu+=(-machine "$machine" -m "$memory")
n=0
for port in out err status; do
	n=$((n + 1))
	qemu+=(-chardev "file,id=$port,path=$tmp/$port")
	if [ ${#pack[@]} -gt 0 ] && [ "$arch" = arm64 ]; then
		# The machine has one serial line.
		qemu+=(-device "pci-serial,chardev=$port")
	elif [ ${#pack[@]} -gt 0 ]; then
		qemu+=(-serial "chardev:$port")
	else
		[ $n -ne 1 ] || qemu+=(-device virtio-serial-pci)
		qemu+=(-device "virtserialport,nr=$n,chardev=$port")
	fi
done
# QEMU wants a comma in a value doubled.
if [ ${#pack[@]} -eq 0 ]; then
	modules=$(readlink -f "$modules")
	for share in "host=${files//,/,,},readonly=on" "top=${top//,/,,}" \
		     "modules=${modules//,/,,},readonly=on"; do
		tag=${share%%=*}
		qemu+=(
			-fsdev "local,id=$tag,security_model=none,multidevs=remap,path=${share#*=}"
			-device "virtio-9p-pci,fsdev=$tag,mount_tag=$tag"
		)
	done
fi
if [ -n "$exact" ]; then
	# shellcheck disable=SC2054
	qemu+=(-accel tcg -icount shift=0,sleep=off -smp "$cpus" -seed "$seed"
		-rtc base=2026-01-01T00:00:00,clock=vm)
	[ -z "$trace" ] ||
		qemu+=(-plugin "file=${plugin//,/,,},out=${trace//,/,,}")
else
	# One thread for all CPUs: with a thread each, a CPU of QEMU 7.2 may run
	# a breakpoint that text_poke_bp() has long taken back, and the kernel
	# dies of what it takes for a stray int3 (multipath-tcp/mptcp_net-next
	# issue 471). Nothing patches more text than tracing.
	qemu+=(-accel "tcg,thread=$([ -n "$parallel" ] && echo multi || echo single)" -smp "$cpus")
fi

# boot WORD...: run the guest until it is off, with these arguments for its init; sets
# status to what it told at last, if anything, and emulated to that of the emulator.
boot() {
	local process
	: >"$tmp/out"
	: >"$tmp/err"
	: >"$tmp/status"
	start=$SECONDS
	# Both die with their parent, even if that is killed.
	setpriv --pdeathsig KILL timeout -k 5 "$timeout" \
		setpriv --pdeathsig KILL "${qemu[@]}" -append "$cmdline${*:+ -- $*}" \
		</dev/null >"$tmp/qemu" 2>&1 &
	process=$!
	# Not through a pipe: when the guest is off, QEMU throws away what a pipe had no
	# room for, because whoever should read it is slow.  A file takes it all.
	tail -c +1 -f -s 0.1 --pid "$process" "$tmp/out" &
	children+=("$process" $!)
	tail -c +1 -f -s 0.1 --pid "$process" "$tmp/err" >&2 &
	children+=($!)
	emulated=0
	# Not the shell's word for a signal: what QEMU said is shown.
	wait "$process" 2>/dev/null || emulated=$?
	wait
	children=()
	read -r status <"$tmp/status" || status=
	[ -z "${PROCMON_CONSOLE:-}" ] || cp "$tmp/console" "$PROCMON_CONSOLE"
}

# The console, without terminal control, from the start of COMMAND if it came
# that far, and without the last line that every guest prints.  A complaint from the boot
# is shown, too, and what follows the first one is not pushed out by what came later.
console() {
	tr -d '\r' <"$tmp/console" | cat -v | complaint="^\\[ *[0-9.]+\\] $complaint" awk '
		/^procmon: command$/ { if (!complained) n = 0; next }
		/reboot: Power down/ { next }
		complained && n >= last { next }
		!complained && $0 ~ ENVIRON["complaint"] { complained = 1; last = n + 60 }
		{ line[n++] = $0 }
		END {
			if (n)
				print "procmon: the end of the console:"
			for (i = n > 80 ? n - 80 : 0; i < n; i++)
				print line[i]
		}' >&2
}

# show_complaints WHEN: all of it, if there are any
show_complaints() {
	grep -aE "^\[ *[0-9.]+\] $complaint" "$tmp/console" >"$tmp/complaints" || return
	console
	say "the kernel complained$1:"
	tr -d '\r' <"$tmp/complaints" | cat -v >&2
}

# Did the emulator end by a signal that is not from timeout(1), which sends TERM and KILL?
has_failed() {
	[ "$emulated" -gt 128 ] && [ "$emulated" -ne 137 ] && [ "$emulated" -ne 143 ]
}

# An emulated CPU errs at times: once in thousands of boots beside other work, the kernel
# saw a single step that nobody had asked for, and once QEMU 10 stopped at an assertion of
# its own (msix_table_mmio_write).  Before COMMAND runs nothing of ours has, so a kernel
# that has complained by then is told to go down, and booted anew, and so is one whose
# emulator a signal of its own has ended.  With --exact it would do the same again.
if [ -n "$exact" ]; then
	boot
else
	boot check-boot
fi
if [ "$status" = complained ]; then
	show_complaints " as it booted" || :
	say "nothing of ours had run by then; booting once more"
	boot
elif [ -z "$status$exact" ] && has_failed && ! grep -q '^procmon: command' "$tmp/console"; then
	cat "$tmp/qemu" >&2
	say "the emulator failed (status $emulated) before the command began; booting once more"
	boot
fi
if [ -z "$status" ]; then
	cat "$tmp/qemu" >&2
	console
	if [ $((SECONDS - start)) -ge "$timeout" ]; then
		say "no end after $timeout s (--timeout): killed the guest"
		exit 124
	fi
	say "the guest stopped before the command ended"
	exit 123
fi
if show_complaints ""; then
	[ "$status" != 0 ] || exit 122
elif [ "$status" != 0 ]; then
	console
fi
exit "$status"
