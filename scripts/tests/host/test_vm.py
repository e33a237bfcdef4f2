# SPDX-License-Identifier: GPL-2.0
"""scripts/vm.sh: whatever happens in the guest, its exit status tells the truth."""
import os
import pathlib
import re
import signal
import subprocess
import time

TOP = pathlib.Path(__file__).resolve().parents[3]
KERNEL = os.environ.get("PROCMON_KERNEL", "6.12")


def vm(*command, options=(), **kwargs):
    return subprocess.run([TOP / "scripts/vm.sh", "--kernel", KERNEL, "--timeout", "60",
                           *options, "--", *command], capture_output=True, text=True,
                          cwd=TOP, timeout=120, check=False, **kwargs)


def qemus():
    """Emulators that run now, by their command lines."""
    found = []
    for proc in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            line = (proc / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if line.startswith("qemu-system"):
            found.append((int(proc.name), line))
    return found


def test_status_output_and_arguments():
    """Streams, status, directory and odd arguments come through as they are."""
    done = vm("sh", "-c", 'pwd; printf "%s|" "$@"; echo to-stderr >&2; exit 7', "sh",
              "a b", "it's", '"q"', "new\nline", "$HOME", "")
    assert done.returncode == 7
    assert done.stdout == f'{TOP}\na b|it\'s|"q"|new\nline|$HOME||'
    assert "to-stderr" in done.stderr


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


def test_usage():
    for options in (("--cpus", "none"), ("--frobnicate",), ("--kernel", "1.0")):
        done = vm("true", options=options)
        assert done.returncode == 125, options
        assert done.stderr.startswith("procmon: "), options


def test_interrupt_leaves_nothing():
    """Ctrl-C: the emulator is gone and so are its files."""
    before = {pid for pid, _ in qemus()}
    guest = subprocess.Popen([TOP / "scripts/vm.sh", "--kernel", KERNEL, "--", "sleep", "60"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             start_new_session=True,
                             # a shell ignores it in what it runs behind &
                             preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    deadline = time.monotonic() + 30
    ours = []
    while not ours and time.monotonic() < deadline:
        time.sleep(0.2)
        ours = [(pid, line) for pid, line in qemus() if pid not in before]
    assert ours, "no emulator was started"
    os.killpg(guest.pid, signal.SIGINT)
    assert guest.wait(timeout=20) != 0
    time.sleep(0.5)
    assert not [pid for pid, _ in qemus() if pid == ours[0][0]]
    for path in re.findall(r"path=(/[^, ]*/procmon[^, ]*)", ours[0][1]):
        assert not pathlib.Path(path).exists()


def test_exact_counts_instructions():
    """Under --exact the time stamp counter counts instructions: a loop shows it."""
    check = (TOP / "bench/build/measure", "--check-clock")
    assert vm(*check, options=("--exact",)).returncode == 0
    done = vm(*check)
    assert done.returncode == 1
    assert "rdtsc does not count instructions" in done.stderr
