# SPDX-License-Identifier: GPL-2.0
"""Guests of scripts/vm.sh, for tests on the host."""
import os
import pathlib
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[3]
KERNEL = os.environ.get("PROCMON_KERNEL", "6.12")

# A test that is killed takes its guest with it.
VM = ["setpriv", "--pdeathsig", "TERM", TOP / "scripts/vm.sh", "--kernel", KERNEL]

# s: nothing takes as long, even on a host with ten times as much to do as it can; what
# waits for a program of ours takes it, too
LIMIT = 1800


def vm(*command, options=(), cwd=TOP, **kwargs):
    return subprocess.run([*VM, "--timeout", str(LIMIT), *options, "--", *command],
                          capture_output=True, text=True, cwd=cwd, timeout=LIMIT + 60,
                          check=False, **kwargs)


def emulators(tmp):
    """The emulators that have their files below tmp."""
    found = []
    for proc in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            line = (proc / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if line.startswith("qemu-system") and f"{tmp}/" in line:
            found.append(int(proc.name))
    return found
