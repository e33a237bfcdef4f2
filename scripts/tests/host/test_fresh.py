# SPDX-License-Identifier: GPL-2.0
"""scripts/test-fresh.sh, in a root file system of busybox and nothing else."""
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

from vm import LIMIT, TOP

FRESH = TOP / "scripts/test-fresh.sh"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounts take root")


def run(*argv, **kwargs):
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=600, **kwargs)


def count(command):
    """Processes with just this command line."""
    found = 0
    for proc in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            found += (proc / "cmdline").read_bytes() == command.replace(" ", "\0").encode() + b"\0"
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


class Root:
    def __init__(self, path):
        self.path = path / "root"
        self.cache = path / "cache"
        self.env = {**os.environ, "PROCMON_CACHE": str(self.cache)}
        (self.path / "bin").mkdir(parents=True)
        (self.cache / "kernels").mkdir(parents=True)
        run("cp", "/bin/busybox", self.path / "bin/busybox")
        (self.path / "etc").mkdir()
        (self.path / "etc/os-release").write_text('PRETTY_NAME="Fake 1"\n', encoding="utf-8")
        for name in ("sh", "cat", "cp", "ls", "sed", "sleep", "touch"):
            (self.path / "bin" / name).symlink_to("busybox")

    def fresh(self, *commands, script=FRESH):
        return run(script, "--root", self.path, *commands, env=self.env)

    def is_clean(self):
        """Nothing is left of a run: no mount, no file, no process."""
        assert str(self.cache) not in pathlib.Path("/proc/mounts").read_text(encoding="utf-8")
        assert sorted(p.name for p in (self.cache / "fresh").iterdir()) == []
        assert not (self.path / "root").exists()


@pytest.fixture
def root(tmp_path):
    return Root(tmp_path)


def test_one_fails(root):
    """It is told which, and what it said at last; the others run all the same."""
    done = root.fresh("echo first", "echo last words; exit 3", "echo third")
    assert done.returncode == 1
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0] == ["release", "command", "result", "seconds"]
    assert [line[-2] for line in lines[1:]] == ["ok", "(3)", "ok"]
    assert "\nlast words\n" in done.stderr and "first\n" not in done.stderr.splitlines()
    root.is_clean()


def test_each_is_first(root):
    """In an untouched root, in a fresh clone, as the first to write anything."""
    done = root.fresh("ls Makefile .git/HEAD && touch /mark /root/mark mark",
                      "for mark in /mark /root/mark mark; do ! ls $mark || exit; done",
                      "[ -d /proc/1 ] && [ -d /sys/kernel ] && [ -c /dev/null ]")
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in root.path.iterdir()) == ["bin", "etc"]


def test_kernels_are_shared(root):
    """Those of this machine are there, to be changed at will, and stay as they are here."""
    kernel = root.cache / "kernels/1.0"
    kernel.write_text("as it was\n", encoding="utf-8")
    done = root.fresh('[ "$(cat $PROCMON_CACHE/kernels/1.0)" = "as it was" ] && '
                      "echo new >$PROCMON_CACHE/kernels/1.0 && echo x >$PROCMON_CACHE/more",
                      '[ "$(cat $PROCMON_CACHE/kernels/1.0 $PROCMON_CACHE/more)" = "new\nx" ]')
    assert done.returncode == 0, done.stderr
    assert kernel.read_text(encoding="utf-8") == "as it was\n"
    assert root.fresh("--empty-cache", "! ls $PROCMON_CACHE/kernels").returncode == 0


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted(root, number, status):
    """While a command runs, with a child that does not listen."""
    nap = f"31{os.getpid()}"
    command = f"(trap '' INT TERM; sleep {nap}; sleep 1) & sleep {nap}"
    with subprocess.Popen(["env", "--default-signal=INT", FRESH, "--root", root.path, command],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=root.env) as fresh:
        try:
            until = time.monotonic() + 300
            while count(f"sleep {nap}") != 2:
                assert time.monotonic() < until and fresh.poll() is None
                time.sleep(0.1)
            fresh.send_signal(number)
            _, said = fresh.communicate(timeout=LIMIT)
        finally:
            fresh.kill()
    assert fresh.returncode == status and "Killed" not in said
    assert count(f"sleep {nap}") == 0
    root.is_clean()


@pytest.mark.parametrize("arguments", [
    ["--release"], ["--release", "../x"], ["--root", "/nowhere"], ["--fun"],
    ["--root", "/", "--release", "trixie"]])
def test_wrong_usage(arguments):
    done = run(FRESH, *arguments)
    assert done.returncode == 1 and done.stderr.startswith("procmon: --")


def commands_of_readme():
    """What stands in README as a command: in blocks, and in text if it is a verb."""
    text = (TOP / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```\n(.*?)^```", text, re.M | re.S)
    lines = [re.sub(r"^# |\s+# .*", "", line) for block in blocks for line in block.splitlines()]
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    words = r"(make|scripts/\S+\.sh|insmod|rmmod|bench/build/\S+)( |$)"
    # A name alone in the text is spoken of, not to be run.
    return [line for line in lines if re.match(words, line)] + \
        [span for span in spans if re.match(words, span) and not span.startswith("scripts/")
         and span not in ("insmod", "rmmod")]


def test_list_has_all():
    """Whatever README and make help name is run, or left out with a reason."""
    table = [line.split("\t") for line in run(FRESH, "--list").stdout.splitlines()]
    assert {line[0] for line in table} == {"run", "long", "not"}
    assert all((line[0] == "not") == (len(line) == 3) for line in table)
    known = [line[1] for line in table]
    named = commands_of_readme()
    assert len(named) > 10
    for command in named:
        assert any(k == command or k.endswith("&& " + command) for k in known), command
    verbs = re.findall(r"^  (make( [a-z_-]+)?)(?: [A-Z]+=\S+)?  ",
                       run("make", "-s", "-C", TOP, "help").stdout, re.M)
    assert len(verbs) > 8
    for verb, _ in verbs:
        assert any(k == verb or k.startswith(verb + " ") for k in known), verb


# A make that measures what is committed, but for what the test does to it.
MAKE = """#!/bin/sh
sed -i '{change}' results/{file}
"""


@pytest.fixture(scope="module", name="clone")
def clone_of_checkout(tmp_path_factory):
    """With results of its own, since they are written to."""
    clone = tmp_path_factory.mktemp("clone") / "procmon"
    run("git", "clone", "-q", TOP, clone)
    for name in ("exact.tsv", "environment.txt"):
        run("cp", TOP / "results" / name, clone / "results")
    run("git", "-C", clone, "-c", "user.name=x", "-c", "user.email=x", "commit", "-qam", "x")
    return clone


def exact_prices(series):
    """How many results/ has of a kernel."""
    rows = [line.split("\t") for line in (TOP / "results/exact.tsv").read_text().splitlines()]
    return sum(row[0].startswith(series) and "ok" in row for row in rows)


@pytest.mark.parametrize("file, change, result, words", [
    ("exact.tsv", "", "ok", f"{exact_prices('6.12.')} of {exact_prices('6.12.')} exact prices on 6.12."),
    ("exact.tsv", r"s/\t18\t18\t/\t18\t19\t/", "other prices", "tracepoint, count: 18 to 19"),
    # The module is made by its kernel's compiler; a BPF program by whichever clang is there.
    ("environment.txt", r"s/^clang: ./&x/", "ok", "BPF is left out: compiled by "),
    ("environment.txt", r"s/~deb12u1/~deb12u2/", "other prices", "refused: "),
    ("environment.txt", r"s/^git trees: variants ./&f/", "other prices", "with other code"),
])
def test_prices(root, clone, file, change, result, words):
    """Those that make bench writes there must be ours."""
    elsewhere = clone / "results/elsewhere.tsv"
    elsewhere.unlink(missing_ok=True)
    make = root.path / "bin/make"
    make.write_text(MAKE.format(file=file, change=change), encoding="utf-8")
    make.chmod(0o755)
    done = root.fresh("make bench", script=clone / "scripts/test-fresh.sh")
    assert done.returncode == (result != "ok")
    assert result in done.stdout.splitlines()[-1] and words in done.stderr, done.stderr
    assert elsewhere.exists() == ("refused" not in done.stderr)
