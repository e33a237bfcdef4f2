# SPDX-License-Identifier: GPL-2.0
"""scripts/vm.sh: whatever happens in the guest, its exit status tells the truth."""
import os
import signal
import subprocess
import time

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
    assert "rdtsc does not count instructions" in done.stderr
