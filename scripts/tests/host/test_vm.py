# SPDX-License-Identifier: GPL-2.0
"""scripts/vm.sh: whatever happens in the guest, its exit status tells the truth."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import pytest

from vm import KERNEL, LIMIT, TOP, VM, emulators, vm


def test_status_output_and_arguments():
    """Streams, status, directory and odd arguments come through as they are."""
    done = vm("sh", "-c", 'pwd; printf "%s|" "$@"; echo to-stderr >&2; exit 7', "sh",
              "a b", "it's", '"q"', "new\nline", "$HOME", "")
    assert done.returncode == 7
    assert done.stdout == f'{TOP}\na b|it\'s|"q"|new\nline|$HOME||'
    assert "to-stderr" in done.stderr


def test_exact_cpus():
    """One CPU unless asked for more; rdtsc counts instructions on either."""
    for options, cpus in ([], "1"), (["--cpus", "2"], "2"):
        done = vm("sh", "-c", "nproc; ./measure --check-clock",
                  options=["--exact", *options, "--pack", "bench/build/measure"])
        if KERNEL == "6.1" and options:
            assert done.returncode == 125 and "not on 6.1" in done.stderr
            continue
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == cpus


def test_signal_death():
    assert vm("sh", "-c", "kill -9 $$").returncode == 128 + 9


def test_panic_is_no_success():
    done = vm("sh", "-c", "echo c >/proc/sysrq-trigger; sleep 30")
    assert done.returncode == 123
    assert "Kernel panic" in done.stderr


def test_poweroff_is_no_success():
    """A guest that goes down cleanly before the command ends has not succeeded."""
    done = vm("sh", "-c", "echo o >/proc/sysrq-trigger; sleep 30")
    assert done.returncode == 123


def test_hang_is_no_success():
    done = vm("sleep", "100", options=("--timeout", "12"))
    assert done.returncode == 124


def test_kernel_complaint_is_no_success():
    done = vm("sh", "-c", "echo '<4>WARNING: CPU: 0 PID: 1 at test' >/dev/kmsg")
    assert done.returncode == 122
    assert "WARNING: CPU: 0" in done.stderr


def test_complaint_is_shown_whole():
    """What the kernel says with it, however much it says later."""
    done = vm("sh", "-c", "echo on >/proc/sys/kernel/printk_devkmsg;"
                          "echo '<4>before' >/dev/kmsg;"
                          "echo '<4>WARNING: CPU: 0 PID: 1 at test' >/dev/kmsg;"
                          "for n in $(seq 200); do echo \"<4>after $n\"; done >/dev/kmsg")
    shown = [line.partition("] ")[2] for line in done.stderr.splitlines() if line[:1] == "["]
    first = shown.index("before")
    assert shown[first + 1] == "WARNING: CPU: 0 PID: 1 at test"
    assert shown[first + 2:first + 52] == [f"after {n}" for n in range(1, 51)]


def vm_that_says(tmp_path, when, level):
    """A guest whose kernel says something, at this level, before it runs `echo ran`."""
    shutil.copytree(TOP / "scripts", tmp_path / "scripts")
    init = tmp_path / "scripts/guest/init.sh"
    text = init.read_text()
    complain = f"printf '<{level}>WARNING: CPU: 0 PID: 0 at boot\\n' >/dev/kmsg; echo '<4>RIP' >/dev/kmsg"
    begin = "run() {\n"
    assert text.count(begin) == 1
    init.write_text(text.replace(begin, f"{begin}\t{when} {{ {complain}; }}\n"))
    return subprocess.run([tmp_path / "scripts/vm.sh", "--", "echo", "ran"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


@pytest.mark.parametrize("when, status", [('[ "${1:-}" != check-boot ] ||', 0), ("", 122)],
                         ids=["once", "always"])
def test_complaint_of_the_boot(tmp_path, when, status):
    """It is shown whole, and the guest boots once more: COMMAND runs, once."""
    done = vm_that_says(tmp_path, when, 4)
    assert done.returncode == status
    assert done.stdout == "ran\n"
    shown = [line.partition("] ")[2] for line in done.stderr.splitlines() if line[:1] == "["]
    assert shown[shown.index("WARNING: CPU: 0 PID: 0 at boot") + 1] == "RIP"
    assert done.stderr.count("booting once more") == 1


def test_information_of_the_boot_is_no_complaint(tmp_path):
    """What the console does not show fails nothing."""
    done = vm_that_says(tmp_path, "", 6)
    assert done.returncode == 0 and done.stdout == "ran\n"
    assert "complained" not in done.stderr and "once more" not in done.stderr


@pytest.mark.parametrize("status, failures", [(0, 1), (123, 2)], ids=["once", "always"])
def test_emulator_fails(tmp_path, status, failures):
    """One that stops by itself before COMMAND has run is started once more, and no more than that."""
    count = tmp_path / "count"
    fake = tmp_path / "bin/qemu-system-x86_64"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\necho >>{count}\n"
                    f"[ $(wc -l <{count}) -gt {failures} ] || {{ echo assertion; kill -ABRT $$; }}\n"
                    f"exec {shutil.which('qemu-system-x86_64')} \"$@\"\n")
    fake.chmod(0o755)
    done = vm("echo", "ran", env={**os.environ, "PATH": f"{fake.parent}:{os.environ['PATH']}"})
    assert done.returncode == status, done.stderr
    assert done.stdout == ("" if status else "ran\n")
    assert done.stderr.count("assertion") == failures
    assert done.stderr.count("booting once more") == 1 and count.read_text() == "\n\n"


@pytest.mark.parametrize("options, stopped", [([], True), (["--exact"], False)])
def test_fair_servers(options, stopped):
    """Stopped where time is the host's; what is measured is the kernel as it comes."""
    if options:
        options = [*options, "--pack", __file__]
    done = vm("sh", "-c", "cat /sys/kernel/debug/sched/fair_server/cpu*/runtime || echo none",
              options=options)
    assert done.returncode == 0, done.stderr
    if KERNEL == "6.1":
        assert done.stdout == "none\n"
        return
    values = set(map(int, done.stdout.split()))
    assert values == {0} if stopped else 0 not in values


def test_usage():
    for options in (("--cpus", "none"), ("--frobnicate",), ("--kernel", "1.0"),
                    ("--pack", __file__, "--root", "no-such-image"), ("--root", __file__)):
        done = vm("true", options=options)
        assert done.returncode == 125, options
        assert done.stderr.startswith("procmon: "), options


def test_interrupt_leaves_nothing(tmp_path):
    """Ctrl-C: the emulator is gone and so are its files."""
    with subprocess.Popen([*VM, "--", "sleep", "60"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, start_new_session=True,
                          env={**os.environ, "TMPDIR": str(tmp_path)},
                          # a shell ignores it in what it runs behind &
                          preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
                          ) as guest:
        deadline = time.monotonic() + LIMIT
        while not emulators(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert emulators(tmp_path), "no emulator was started"
        assert list(tmp_path.iterdir())
        os.killpg(guest.pid, signal.SIGINT)
        assert guest.wait(timeout=LIMIT) == 130
    assert not emulators(tmp_path)
    assert not list(tmp_path.iterdir())


def test_exact_counts_instructions():
    """Under --exact the time stamp counter counts instructions: a loop shows it."""
    check = (TOP / "bench/build/measure", "--check-clock")
    assert vm(*check, options=("--exact",)).returncode == 0
    done = vm(*check)
    assert done.returncode == 1
    assert "the CPU's counter does not count instructions" in done.stderr


# A move to another file system copies, and here it takes long enough to be looked at.
SLOW_MV = """#!/bin/sh
[ "$(stat -c %d "$1")" != "$(stat -c %d "$(dirname "$2")")" ] || exec /bin/mv "$@"
head -c 1000 "$1" >"$2"
sleep 5
cat "$1" >"$2"
"""

FAKE_EMULATOR = """#!/bin/sh
while [ "$1" != -initrd ]; do shift; done
stat -c %s "$2" >>"$SIZES"
exit 1
"""


def test_first_two_at_once(tmp_path):
    """They make what the cache has for all guests of a kernel; neither takes a part of it."""
    kernel = pathlib.Path(subprocess.run([TOP / "scripts/kernel.sh", KERNEL, "image"], check=True,
                                         capture_output=True, text=True).stdout).parent
    cached = tmp_path / "cache/kernels" / KERNEL
    cached.mkdir(parents=True)
    for path in kernel.iterdir():
        if "initramfs" not in path.name:
            (cached / path.name).symlink_to(path)
    (tmp_path / "bin").mkdir()
    for name, text in (("mv", SLOW_MV), ("qemu-system-x86_64", FAKE_EMULATOR)):
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    shutil.copytree(TOP / "scripts", tmp_path / "scripts",
                    ignore=shutil.ignore_patterns("tests"))
    sizes = tmp_path / "sizes"
    with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
        assert os.stat(other).st_dev != os.stat(cached).st_dev
        guests = []
        for _ in range(2):
            guests.append(subprocess.Popen(
                [tmp_path / "scripts/vm.sh", "--kernel", KERNEL, "--pack", TOP / "README.md",
                 "--", "true"], stderr=subprocess.DEVNULL,
                env={**os.environ, "PROCMON_CACHE": str(tmp_path / "cache"), "TMPDIR": other,
                     "SIZES": str(sizes), "PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}))
            until = time.monotonic() + LIMIT
            while not list(cached.glob("initramfs*")):
                assert time.monotonic() < until, "nothing was made"
                time.sleep(0.1)
        assert [guest.wait() for guest in guests] == [123, 123]
    first, second = sizes.read_text().split()
    assert first == second and int(first) > 1000000
