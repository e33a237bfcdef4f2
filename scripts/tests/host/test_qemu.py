# SPDX-License-Identifier: GPL-2.0
"""scripts/qemu.sh: an emulator whose CPUs may run at the same time, or a refusal."""
import os
import subprocess

import pytest

from vm import LIMIT, TOP, vm


@pytest.fixture
def environment(tmp_path):
    """A cache with a QEMU of Debian 13 that does not run, and a host's of any version."""
    root = tmp_path / "cache/tools/trixie-qemu"
    root.mkdir(parents=True)
    (root / "stamp").write_text("1:10.0\n")
    host = tmp_path / "bin/qemu-system-x86_64"
    host.parent.mkdir()

    def make(version):
        host.write_text(f"#!/bin/sh\necho 'QEMU emulator version {version} (Debian)'\n")
        host.chmod(0o755)
        return {**os.environ, "PATH": f"{host.parent}:{os.environ['PATH']}",
                "PROCMON_CACHE": str(tmp_path / "cache"), "PROCMON_SUITE": "trixie-backports"}
    return make


def qemu(env):
    return subprocess.run([TOP / "scripts/qemu.sh"], capture_output=True, text=True, env=env,
                          timeout=LIMIT, check=False)


@pytest.mark.parametrize("version", ["10.0.2", "11.1.0"])
def test_new_enough(environment, version):
    done = qemu(environment(version))
    assert done.returncode == 0 and done.stdout == "qemu-system-x86_64\n"


@pytest.mark.parametrize("version", ["7.2.11", "9.2.0"])
def test_too_old(environment, version):
    env = environment(version)
    done = qemu(env)
    assert done.returncode == 1 and done.stdout == ""
    assert "does not run here, or is older than 10.0" in done.stderr
    done = vm("true", options=["--parallel"], env=env)
    assert done.returncode == 125
    assert f"takes QEMU 10.0 or later, and there is none: QEMU emulator version {version}" in \
        done.stderr


def test_exact_is_not_parallel():
    done = vm("true", options=["--exact", "--parallel"])
    assert done.returncode == 125 and "--exact --parallel" in done.stderr


def test_parallel():
    """With whatever QEMU 10 there is; the CPUs are all there."""
    if qemu(None).returncode:
        pytest.skip("no QEMU 10 is to be had")
    done = vm("nproc", options=["--parallel", "--cpus", "3"])
    assert done.returncode == 0, done.stderr
    assert done.stdout == "3\n"
