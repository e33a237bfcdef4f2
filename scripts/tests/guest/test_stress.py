# SPDX-License-Identifier: GPL-2.0
"""Everything at once: log, trace event and stream on, two readers of the stream,
storms of all kinds, every parameter flipped, a CPU taken off and brought back.

Made for the kernels that look for bugs (KERNELS=debug): what they find is on the
console, and fails the run. On any kernel the sums must hold at the end.
"""
import contextlib
import fcntl
import itertools
import os
import pathlib
import select
import subprocess
import threading
import time

import pytest

from conftest import (BY_NAME, HOOKS, LIMIT, OPTIMIZED, PARAMETERS, STATS, TRACEFS, VERSION,
                      Loaded, at_once, needs, set_optimization, stats)
from test_fire import Storm
from test_stream import SIZE, STOP, balance, check_order, opened, records, session

# How long for each hook and unit, when everything is up.
SECONDS = float(os.environ.get("PROCMON_STRESS", "5"))

EVENT = TRACEFS / "events/procmon/procmon_exit"
CPU1 = pathlib.Path("/sys/devices/system/cpu/cpu1/online")

# What may be written while the module is loaded; the last leaves no exit out.
FLIPS = {"log": ["failed", "off", "all"], "failed": ["Y", "N"], "kthreads": ["N", "Y"],
         "comm": ["storm", "no-such-name", ""], "uid": ["0", "12345", "any"],
         "cgroup": ["/small", "/", ""]}


class Meanwhile:
    """Threads that do something again and again until the block is left."""

    def __init__(self, *functions):
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.repeat, args=[f]) for f in functions]
        self.rounds = {f.__name__: 0 for f in functions}
        self.failure = None

    def repeat(self, function):
        while not self.over.is_set():
            try:
                function()
            except Exception as error:  # pylint: disable=broad-exception-caught
                self.failure = self.failure or error
                self.over.set()
            self.rounds[function.__name__] += 1

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *unused):
        self.over.set()
        for thread in self.threads:
            thread.join()
        if self.failure:
            raise self.failure


def flip_parameters():
    for name, values in FLIPS.items():
        for value in values:
            (PARAMETERS / name).write_text(value + "\n")
            time.sleep(0.01)


def flip_event():
    for text in ("0", "1"):
        (EVENT / "enable").write_text(text)
        time.sleep(0.03)


def flip_optimization():
    for text in ("0", "1"):
        set_optimization(text)
        time.sleep(0.05)


def flip_cpu():
    for text in ("0", "1"):
        CPU1.write_text(text)
        time.sleep(0.3)


def look():
    stats()
    (TRACEFS / "trace").read_text(errors="replace")
    time.sleep(0.1)


def read_until_stopped(fd, data):
    """One of two readers of one session; reads of different sizes."""
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    for size in itertools.cycle([2 * SIZE, 1000, 1 << 16]):
        poll.poll(1000)
        try:
            part = os.read(fd, size)
        except BlockingIOError:
            continue
        if not part:
            return
        data.append(part)


def read_stream():
    """A session with two readers: each record goes to one of them, and the sum closes."""
    with opened() as fd:
        data = [[], []]
        readers = [threading.Thread(target=read_until_stopped, args=[fd, part]) for part in data]
        for reader in readers:
            reader.start()
        time.sleep(0.5)
        fcntl.ioctl(fd, STOP)
        for reader in readers:
            reader.join()
        sums = session()
    balance(sums)
    seen = sorted((rec for part in data for rec in records(b"".join(part))),
                  key=lambda rec: (rec.cpu, rec.number))
    check_order(seen)
    assert len(seen) == sums["streamed"]


@contextlib.contextmanager
def trace_pipe():
    """Somebody who reads the trace event while it happens."""
    with subprocess.Popen(["cat", TRACEFS / "trace_pipe"], stdout=subprocess.DEVNULL) as cat:
        try:
            yield
        finally:
            cat.kill()


@pytest.mark.timeout(LIMIT + 30 * SECONDS)
@pytest.mark.parametrize("unit", ["task", "process"])
@pytest.mark.parametrize("name", [h.name for h in HOOKS])
def test_everything_at_once(name, unit):
    """No complaint, no exit forgotten, and each session of the stream adds up."""
    hook = BY_NAME[name]
    needs(hook, unit)
    doers = [flip_parameters, flip_event, flip_cpu, look, read_stream]
    if name in OPTIMIZED:
        doers.append(flip_optimization)
    audit = unit == "task" or VERSION >= (6, 16)
    with Loaded(hook, f"unit={unit}", f"audit={'Y' if audit else 'N'}"):
        # The first event of a boot makes the ring buffer larger, which is refused (EBUSY)
        # while somebody reads it.
        (EVENT / "enable").write_text("0")
        before, exits = at_once()
        with trace_pipe(), Storm():
            with Meanwhile(*doers) as meanwhile:
                deadline = time.monotonic() + SECONDS
                while not meanwhile.over.wait(0.1):
                    if time.monotonic() > deadline and all(meanwhile.rounds.values()):
                        break
            for param, values in FLIPS.items():
                assert (PARAMETERS / param).read_text().strip() == values[-1]
        after, now = at_once()
        assert STATS.exists()
    delta = {k: after[k] - before[k] for k in ("hits", "missed", "logged", "traced", "filtered")}
    assert min(delta["hits"], delta["logged"], delta["traced"], delta["filtered"]) > 0
    if unit == "task":
        assert delta["hits"] + delta["missed"] == now - exits
