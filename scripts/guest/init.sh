#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The guest's init.  vm.sh puts it into the initramfs, as /init, with a busybox
# and its links in /bin, the modules to load (in order), and /job, which defines:
#
#   packed	empty if the host's files are to be had over 9p; else there is what
#		is packed, and nothing else, or
#   root	not empty: an image, to be the root
#   top		the checkout, shared read-write
#   dir		where to run
#   exact	not empty: time is what the guest has executed
#   systemd	not empty: the root's systemd(1) runs it, when it has started all else
#   job()	what to run
#
# With the host's files, or an image, it runs twice: first in the initramfs, then
# as /run/procmon/init in the root that it has put together.

# shellcheck source=/dev/null
. "${0%/*}/job"
export PATH="${0%/*}/bin"

share() {
	mount -t 9p -o "trans=virtio,version=9p2000.L,msize=512000,$3" "$1" "$2"
}

# What is below a tmpfs of the guest and yet needed is taken from the host.
keep() {
	[ -e "/root$1" ] && return
	mkdir -p "/root$1"
	mount --bind "/host$1" "/root$1"
}

# Put a root together of what is mounted on /host, which is only read. What is
# written goes to memory.
make_root() {
	mount -t tmpfs rw /rw
	mkdir /rw/upper /rw/work
	mount -t overlay -o lowerdir=/host,upperdir=/rw/upper,workdir=/rw/work root /root

	mkdir -p /root/dev /root/proc /root/sys /root/tmp /root/run /root/var/tmp
	mount --move /dev /root/dev
	mount --move /proc /root/proc
	mount --move /sys /root/sys
	mount -t tmpfs -o mode=1777 tmp /root/tmp
	mount -t tmpfs -o mode=755 run /root/run
	mount -t tmpfs -o mode=1777 tmp /root/var/tmp
}

enter_root() {
	mkdir /root/run/procmon
	cp -a /bin /init /job /root/run/procmon
	exec switch_root /root /run/procmon/bin/busybox sh /run/procmon/init "$@"
}

# shellcheck disable=SC2154 # top, dir: see above
take_over() {
	set -e
	for module in /modules/*; do
		insmod "$module"
	done
	share host /host ro,cache=loose
	make_root

	mkdir -p "/root$top"
	share top "/root$top" rw,cache=mmap
	keep "$dir"
	mkdir -p "/root/lib/modules/$(uname -r)"
	# A system that boots has modules of its own, where DKMS puts its own beside them.
	if [ -z "$systemd" ] || [ ! -e "/root/lib/modules/$(uname -r)/kernel" ]; then
		share modules "/root/lib/modules/$(uname -r)" ro,cache=loose
	fi
	enter_root "$@"
}

take_image() {
	set -e
	for module in /root-modules/*; do
		insmod "$module"
	done
	# The kernel looks at the memory in its own time.
	tries=0
	until [ -e /dev/pmem0 ]; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || { echo "procmon: no /dev/pmem0" >/dev/console; exit 1; }
		sleep 0.1
	done
	mount -t erofs -o ro /dev/pmem0 /host
	make_root
	cp -a "$dir" "/root$dir"
	enter_root "$@"
}

# Memory that nobody can reach any more, told as a complaint, by a kernel that looks
# for it. It says nothing of what is younger than five seconds, or seen by one scan only.
tell_leaks() {
	leaks=/sys/kernel/debug/kmemleak
	[ -e $leaks ] || return
	sleep 6
	echo scan >$leaks
	echo scan >$leaks
	echo on >/proc/sys/kernel/printk_devkmsg
	sed '1s/^/BUG: memory leak: /' $leaks | while read -r line; do
		echo "$line" >/dev/kmsg
	done
}

# With the argument check-boot: go down at once if the kernel has complained, on the
# console, which vm.sh has.  What is too unimportant for that is in its log only.
check_boot() {
	read -r level rest </proc/sys/kernel/printk
	# shellcheck disable=SC2154 # complaint: it is of the job
	dmesg -r | complaint="^\\[ *[0-9.]+\\] $complaint" awk -v level="$level" -F '[<>]' '
		$2 % 8 < level && substr($0, index($0, ">") + 1) ~ ENVIRON["complaint"] { n++ }
		END { exit !n }' || return
	echo complained >"$port$((first + 2))"
	poweroff -f
}

# Hand over to systemd, which starts the system, and then this script again.
boot_systemd() {
	units=/run/systemd/system
	mkdir -p $units
	cat >$units/procmon-job.target <<-EOF
		[Unit]
		Requires=multi-user.target
		Wants=procmon-job.service
		After=multi-user.target
	EOF
	cat >$units/procmon-job.service <<-EOF
		[Unit]
		DefaultDependencies=no
		After=multi-user.target
		[Service]
		Type=oneshot
		ExecStart=/run/procmon/bin/busybox sh /run/procmon/init job
		TimeoutStartSec=infinity
	EOF
	exec /lib/systemd/systemd --unit=procmon-job.target
}

# Where time is the host's, a guest waits for a CPU at any moment and for as long as the
# host likes.  That is too much for the deadline servers that the kernel has for fair tasks
# since 6.12: beside eight busy loops it warned of a timer of theirs (hrtimer_forward, from
# dl_task_timer) once in an hour.  They guard against tasks of real time, which are not here.
stop_fair_servers() {
	for server in /sys/kernel/debug/sched/fair_server/cpu*/runtime; do
		[ ! -e "$server" ] || echo 0 >"$server"
	done
}

mount_all() {
	mkdir -p /dev/pts /dev/shm
	mount -t devpts -o gid=5,mode=620,ptmxmode=666 pts /dev/pts
	mount -t tmpfs -o mode=1777 shm /dev/shm
	mount -t debugfs debug /sys/kernel/debug
	mount -t tracefs trace /sys/kernel/tracing
	mount -t cgroup2 cgroup /sys/fs/cgroup
	[ -n "$exact" ] || stop_fair_servers
	ln -s /proc/self/fd /dev/fd
	ln -s fd/0 /dev/stdin
	ln -s fd/1 /dev/stdout
	ln -s fd/2 /dev/stderr
	ip link set lo up
	hostname procmon
}

run() {
	cd "${0%/*}/" || return
	[ "${1:-}" = job ] || mount_all

	# Three ways out: for the output, for errors, for the status.
	if [ -n "$packed" ]; then
		port=/dev/ttyS
		# shellcheck disable=SC2154 # it is of the job
		first=$first_serial
		for n in 0 1 2; do
			stty -F $port$((first + n)) raw -echo
		done
	else
		port=$(echo /dev/vport*p1)
		port=${port%1}
		first=1
	fi

	[ "${1:-}" != check-boot ] || check_boot
	[ -z "$systemd" ] || [ "${1:-}" = job ] || boot_systemd

	# A port can be opened once only, so the job gets pipes: then
	# /dev/stderr and the like can be opened again.
	mkfifo out err
	cat <out >"$port$first" &
	outer=$!
	cat <err >"$port$((first + 1))" &
	errer=$!
	# No new session: the scheduler would give it a group of its own
	# (autogroup), whose bookkeeping adds some 1800 instructions to each
	# vfork+exit+wait, and blurs them.
	echo "procmon: command" >/dev/console
	(cd "$dir" && job) </dev/null >out 2>err
	status=$?

	# Whoever is left must not keep the pipes open.
	for pid in /proc/[0-9]*; do
		pid=${pid#/proc/}
		case $pid in
		1|"$$"|"$outer"|"$errer") ;;
		*) kill -9 "$pid" ;;
		esac
	done 2>/dev/null
	wait "$outer" "$errer"
	tell_leaks
	echo "$status" >"$port$((first + 2))"
	poweroff -f
}

if [ "$0" = /init ]; then
	mount -t devtmpfs dev /dev
	mount -t proc proc /proc
	mount -t sysfs sys /sys
	[ -z "$root" ] || take_image "$@"
	[ -n "$packed" ] || take_over "$@"
fi
run "$@"
