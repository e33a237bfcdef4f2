# SPDX-License-Identifier: GPL-2.0
"""scripts/setup.sh, on a machine of which the test says what is installed there."""
import os
import pathlib
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[3]
BUILD = ["gcc", "libc6-dev", "make", "pahole", "patchelf", "xz-utils", "kmod"]

# Each looks into files beside it: installed, known, and offered to whoever updates.
FAKES = {
    "id": "echo ${PRETEND_UID:-0}",
    "dpkg-query": "sed 's/$/ installed/' installed",
    "apt-cache": "shift; grep -qx \"$1\" known",
    "apt-get": """
        echo "$*" >>calls
        case " $* " in
        *" update "*) cp offered known; exit ;;
        esac
        while [ "$1" != install ]; do shift; done
        shift 2
        for package; do
            grep -qx "$package" known || exit 100
            echo "$package" >>installed
        done""",
}


class Machine:
    def __init__(self, path):
        self.path = path
        (path / "bin").mkdir()
        for name, body in FAKES.items():
            fake = path / "bin" / name
            fake.write_text(f"#!/bin/sh\ncd '{path}'\n{body}\n")
            fake.chmod(0o755)
        self.has(installed=[], known=[], offered=[])

    def has(self, **files):
        for name, packages in files.items():
            (self.path / name).write_text("".join(p + "\n" for p in packages))

    def setup(self, *arguments, **env):
        return subprocess.run([TOP / "scripts/setup.sh", *arguments], check=False,
                              capture_output=True, text=True,
                              env={**os.environ, "PROCMON_CACHE": str(self.path / "cache"),
                                   "PATH": f"{self.path}/bin:{os.environ['PATH']}", **env})

    def calls(self):
        calls = self.path / "calls"
        return calls.read_text().splitlines() if calls.exists() else []


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.mark.parametrize("form", ["libelf1", "libelf1t64"])
def test_nothing_is_missing(machine, form):
    """Whatever the package is called in this release: not a word, and nobody asks apt."""
    machine.has(installed=[*BUILD, form])
    done = machine.setup("--for", "build")
    assert (done.returncode, done.stderr, machine.calls()) == (0, "", [])


@pytest.mark.parametrize("form", ["libelf1", "libelf1t64"])
def test_takes_the_form_that_apt_knows(machine, form):
    machine.has(installed=BUILD, known=[form])
    done = machine.setup("--for", "build")
    assert done.returncode == 0 and f"installing for build: {form}\n" in done.stderr
    assert [call.split()[-1] for call in machine.calls()] == [form]
    assert machine.setup("--for", "build").stderr == ""


def test_updates_lists_that_are_empty(machine):
    """As in a container that was just made."""
    machine.has(offered=[*BUILD, "libelf1t64"])
    done = machine.setup("--for", "build")
    assert done.returncode == 0, done.stderr
    assert "updating the package lists" in done.stderr
    assert machine.setup("--for", "build").stderr == "" and len(machine.calls()) == 2


def test_says_what_apt_does_not_have(machine):
    machine.has(installed=BUILD[1:])
    done = machine.setup("--for", "build")
    assert done.returncode == 1
    assert done.stderr.endswith("apt-get could not install: gcc libelf1\n")


def test_not_root(machine):
    """A line that root can run as it is."""
    machine.has(installed=BUILD, known=["libelf1t64"])
    done = machine.setup("--for", "build", PRETEND_UID="1000")
    assert done.returncode == 1 and machine.calls() == []
    assert done.stderr == ("procmon: not root; let root run: apt-get install "
                           "--no-install-recommends libelf1t64\n")


def test_wrong_usage(machine):
    for arguments in (("--for",), ("--for", "fun"), ("build",)):
        assert machine.setup(*arguments).returncode == 1
