# SPDX-License-Identifier: GPL-2.0
"""make bench TARGET=host, in a guest that plays the host."""
import os
import pathlib
import signal
import subprocess
import time

import pytest

from conftest import (BY_NAME, LIMIT, MODULES, OPTIMIZATION, STATS, TOP, TRACEFS, attached, run,
                      why_refused)

SCRIPT = TOP / "scripts" / "bench-host.sh"
FILES = ["host-samples.tsv", "host.md", "host.tsv"]


@pytest.fixture
def environment(tmp_path):
    """Small numbers, modules that were built before, results of their own."""
    return {**os.environ, "ROUNDS": "2", "EXITS": "50", "MODULES": str(MODULES),
            "RESULTS": str(tmp_path)}


@pytest.fixture(autouse=True)
def nothing_changes():
    """However it ends, the machine is as it was."""
    before = OPTIMIZATION.read_text()
    yield
    assert not STATS.exists() and attached() == ""
    assert OPTIMIZATION.read_text() == before
    assert not list((TRACEFS / "instances").iterdir())


def test_measures_and_leaves_nothing(environment, tmp_path):
    done = run(SCRIPT, "--yes", "--only", "tracepoint", "--only", "kprobe int3",
               "--only", "kernel's event", env=environment)
    assert "round 2 of 2" in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == FILES
    samples = [line.split("\t") for line in
               (tmp_path / "host-samples.tsv").read_text().splitlines()[1:]]
    rows = {row for _, row, *_ in samples}
    refused = {hook: why_refused(BY_NAME[hook.replace(" ", "-")], "process")
               for hook in ("tracepoint", "kprobe int3")}
    assert rows == {"none", "control", "kernel's event, trace",
                    *(f"{hook}, {output}" for hook in ("tracepoint", "kprobe int3")
                      for output in ("count", "stream", "process", "trace")
                      if output != "process" or not refused[hook])}
    assert len(samples) == 2 * len(rows)
    assert all(float(ns) > 0 for _, _, ns, *_ in samples)
    means = dict(line.split("\t")[1::2][:2] for line in
                 (tmp_path / "host.tsv").read_text().splitlines()[1:])
    assert set(means) == rows - {"none"}
    assert "This is a virtual machine" in (tmp_path / "host.md").read_text()


def test_interrupted(environment, tmp_path):
    """Ctrl-C in the middle: no module, no file."""
    environment["ROUNDS"] = "1000"
    with subprocess.Popen([SCRIPT, "--yes", "--only", "ftrace"], env=environment,
                          stderr=subprocess.PIPE, text=True,
                          start_new_session=True) as bench:
        deadline = time.monotonic() + LIMIT
        while not STATS.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.killpg(bench.pid, signal.SIGINT)
        _, text = bench.communicate(timeout=LIMIT)
    assert bench.returncode == 130 and "interrupted" in text
    assert not list(tmp_path.iterdir())


def test_asks_first(environment, tmp_path):
    done = run(SCRIPT, env=environment, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 1 and "YES=1" in done.stderr
    assert not list(tmp_path.iterdir())


def test_says_what_is_missing(environment):
    """One line, and nothing done: no root, no headers, a module that is loaded."""
    # the checkout may lie where only root may read
    user = run("setpriv", "--reuid", "12345", "--clear-groups", "--inh-caps",
               "+dac_override", "--ambient-caps", "+dac_override", SCRIPT, "--yes",
               env=environment, check=False)
    assert user.returncode == 1 and user.stderr.count("\n") == 1 and "root" in user.stderr

    del environment["MODULES"]
    build = pathlib.Path(f"/lib/modules/{os.uname().release}/build/Makefile")
    if not build.exists():
        done = run(SCRIPT, "--yes", env=environment, check=False)
        assert done.returncode == 1 and "linux-headers-" in done.stderr

    done = run(SCRIPT, "--yes", "--only", "uprobe", env=environment, check=False)
    assert done.returncode == 1


def test_wrong_usage(environment):
    done = run(SCRIPT, "--quickly", env=environment, check=False)
    assert done.returncode == 1 and "see --help" in done.stderr
    assert "usage: scripts/bench-host.sh" in run(SCRIPT, "--help", env=environment).stdout
