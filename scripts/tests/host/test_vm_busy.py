# SPDX-License-Identifier: GPL-2.0
"""scripts/vm.sh on a host that is busy, and with CPUs that come and go.

The guest's clock is right, no line of its output is lost, nothing that is only slow
looks like a fault of the kernel, and what hangs still does.
"""
import concurrent.futures
import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

import pytest

from vm import KERNEL, LIMIT, TOP, VM, emulators, vm


@contextlib.contextmanager
def busy_host(loops=8):
    """Others that want all the time of all CPUs; they die with us."""
    others = [subprocess.Popen(["setpriv", "--pdeathsig", "KILL",
                                "sh", "-c", "while :; do :; done"]) for _ in range(loops)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


# Its clock, ten times a second, for ten seconds; then how fast the timer of each CPU
# is, as the kernel believes, in cycles of 2^32 ns.
CLOCK = """
read start rest </proc/uptime
up=$start
while [ ${up%.*} -lt $((${start%.*} + 10)) ]; do
    read up rest </proc/uptime
    echo $up
    sleep 0.1
done
sed -n '/Device: lapic/,/mult:/s/.*mult: */mult /p' /proc/timer_list
"""


def clock_of_guest(cpus, directory):
    """How fast its clock runs, the frequencies of its timers in MHz, its console."""
    console = directory / f"console{cpus}"
    readings, timers = [], []
    with subprocess.Popen([*VM, "--timeout", str(LIMIT), "--cpus", str(cpus),
                           "--pack", TOP / "README.md", "--", "sh", "-c", CLOCK],
                          stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "PROCMON_CONSOLE": str(console)}) as guest:
        for line in guest.stdout:
            if line.startswith("mult "):
                timers.append(int(line.split()[1]) * 1000 / 2**32)
            else:
                readings.append((time.monotonic(), float(line)))
    assert guest.returncode == 0
    # A line may come late, but not too early: those that were the fastest tell.
    third = len(readings) // 3
    (host1, guest1), (host2, guest2) = (min(part, key=lambda r: r[0] - r[1])
                                        for part in (readings[:third], readings[-third:]))
    return (guest2 - guest1) / (host2 - host1), timers, console.read_text(errors="replace")


def test_clock_beside_busy_loops(tmp_path):
    """Guests with 1, 2 and 4 CPUs boot while the host has ten things to do at once."""
    with busy_host(), concurrent.futures.ThreadPoolExecutor() as pool:
        clocks = list(pool.map(lambda cpus: clock_of_guest(cpus, tmp_path), (1, 2, 4)))
    print("clock, timers in MHz:", [(speed, timers) for speed, timers, _ in clocks])
    for cpus, (speed, timers, console) in zip((1, 2, 4), clocks):
        assert speed == pytest.approx(1, abs=0.05)
        assert "Unable to calibrate" not in console
        assert len(timers) == cpus
        # The kernel compares it with another clock at boot, and may be interrupted.
        assert timers == [pytest.approx(62.5, rel=0.1)] * cpus


def test_starved_is_no_complaint(tmp_path):
    """A guest that gets no time for half a minute, in the middle of work, goes on."""
    with subprocess.Popen([*VM, "--timeout", str(LIMIT), "--", "sh", "-c", "echo up; timeout 40 "
                           "sh -c 'while :; do cat /proc/modules >/dev/null; done'; exit 7"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**os.environ, "TMPDIR": str(tmp_path)}) as guest:
        assert guest.stdout.readline() == "up\n"
        emulator, = emulators(tmp_path)
        time.sleep(0.5)
        os.kill(emulator, signal.SIGSTOP)
        time.sleep(30)
        os.kill(emulator, signal.SIGCONT)
        complaints = guest.stderr.read()
    assert guest.returncode == 7 and "complained" not in complaints, complaints


@pytest.fixture(scope="module", name="hang")
def hang_module(tmp_path_factory):
    """A directory with a module that hangs."""
    source = tmp_path_factory.mktemp("hang") / "module"
    shutil.copytree(TOP / "scripts/tests/host/hang", source)
    subprocess.run([TOP / "scripts/kbuild.sh", "--kernel", KERNEL, "-s",
                    "CONFIG_DEBUG_INFO_BTF_MODULES=", f"M={source}", "modules"], check=True)
    return source


@pytest.mark.parametrize("sooner, parameter, complaint", [
    ("echo 2 >/proc/sys/kernel/watchdog_thresh", "sleep=N", r"BUG: soft lockup"),
    ("echo 3 >/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout", "sleep=N",
     r"INFO: rcu_\w+ (self-)?detected"),
    ("echo 2 >/proc/sys/kernel/hung_task_timeout_secs", "sleep=Y", r"INFO: task insmod"),
])
def test_hang_is_found(hang, sooner, parameter, complaint):
    """The detectors are on. They are told to be quick, or it would take two minutes."""
    done = vm("sh", "-c", f"{sooner}; insmod hang.ko {parameter}", cwd=hang)
    assert done.returncode == 122, done.stderr
    assert re.search(complaint, done.stderr)


LINES = 100000

# Every way out at once, while CPU 1 goes and comes.
WRITE = """
count() {
    i=1
    while [ $i -le $1 ]; do
        echo "$2 $i"
        i=$((i + 1))
    done
}
switch=/sys/devices/system/cpu/cpu1/online
come_and_go() {
    times=0
    while [ ! -e /tmp/written ]; do
        echo 0 >$switch
        sleep 0.1
        echo 1 >$switch
        sleep 0.1
        times=$((times + 1))
    done
    [ $times -ge 10 ]
}
come_and_go & switching=$!
count $1 out & writers=$!
count $1 err >&2 & writers="$writers $!"
count $1 console >/dev/console & writers="$writers $!"
[ -z "$2" ] || { count $1 file >"$2" & writers="$writers $!"; }
wait $writers
: >/tmp/written
wait $switching
"""


def check_lines(way, text):
    """All of them, and in order."""
    found = [int(n) for n in re.findall(rf"^{way} (\d+)\r?$", text, re.M)]
    lost = sorted(set(range(1, LINES + 1)) - set(found))
    assert not lost, f"{way}: lost {len(lost)} lines, the first of them {lost[:5]}"
    assert len(found) == LINES and sorted(found) == found, f"{way}: in disorder"


@pytest.mark.parametrize("options", [[], ["--pack", "README.md"]], ids=["files", "pack"])
def test_no_line_is_lost(options, tmp_path):
    console = tmp_path / "console"
    with tempfile.TemporaryDirectory(dir=TOP, prefix=".lines-") as shared:
        file = "" if options else f"{shared}/file"
        done = vm("sh", "-c", WRITE, "sh", str(LINES), file, options=["--cpus", "2", *options],
                  env={**os.environ, "PROCMON_CONSOLE": str(console)})
        assert done.returncode == 0, done.stderr[-1000:]
        texts = {"out": done.stdout, "err": done.stderr, "console": console.read_text()}
        if file:
            with open(file, encoding="ascii") as lines:
                texts["file"] = lines.read()
    for way, text in texts.items():
        check_lines(way, text)


@pytest.mark.parametrize("options", [[], ["--pack", "README.md"]], ids=["files", "pack"])
def test_slow_reader_gets_all(options, tmp_path):
    """Whoever reads the output may come when the guest is long off."""
    with subprocess.Popen([*VM, "--timeout", str(LIMIT), *options, "--",
                           "awk", f'BEGIN {{ while (i < {LINES}) print "out", ++i }}'],
                          stdout=subprocess.PIPE, text=True, cwd=TOP,
                          env={**os.environ, "TMPDIR": str(tmp_path)}) as guest:
        until = time.monotonic() + LIMIT
        while not emulators(tmp_path):
            assert time.monotonic() < until, "no emulator was started"
            time.sleep(0.2)
        while emulators(tmp_path):
            time.sleep(0.2)
        text = guest.stdout.read()
    assert guest.returncode == 0
    check_lines("out", text)
