# SPDX-License-Identifier: GPL-2.0
"""Under fire: storms of exits while hooks come and go, and others use the site too.

After each fight nothing is left attached, and the sum holds: every exit that
happened while the hook was attached was a hit or is counted as missed.
"""
import contextlib
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import time

import pytest

from conftest import (BENCH, BY_NAME, HOOKS, KPROBES, LIMIT, OPTIMIZED, TRACEFS, KernelLog,
                      Loaded, at_once, attach, attached, detach, load_quickly, needs,
                      procmon_lines, run, set_optimization, stats, unload_quickly,
                      why_refused)

# Loads and unloads in all, in random order over every hook that the kernel takes.
# One takes half a second in the emulator; make soak has 200 for each hook.
LOADS = int(os.environ.get("PROCMON_LOADS", "100"))
SEED = 1

# Thread exits in each storm of a known size.
THREADS = 200

USABLE = [hook for hook in HOOKS if not why_refused(hook, "task")]


class Storm:
    """Processes of all kinds and threads without end, with a breath between two.

    The emulator runs the CPUs in turn, a tenth of a second each: if none ever
    slept, each of the many IPIs that patching the kernel takes would wait for it.
    """

    def __enter__(self):
        self.jobs = [subprocess.Popen([BENCH / "storm", "--kind", kind, "--count",
                                       "100000000", "--pause", "2000"],
                                      stdout=subprocess.DEVNULL)
                     for kind in ("fork", "vfork", "clone", "thread")]
        return self

    def __exit__(self, *unused):
        for job in self.jobs:
            assert job.poll() is None, "the storm ended by itself"
            job.send_signal(signal.SIGKILL)
        for job in self.jobs:
            job.wait()
        time.sleep(0.2)


def summary(log):
    """The sums that procmon logged when it was last unloaded."""
    done = [line for line in log.lines() if line.startswith("procmon: done: ")]
    assert len(done) == 1, "no summary at unload"
    return {k: int(v) for k, v in re.findall(r"(\w+) (\d+)", done[0])}


def accounted(before, after):
    """The exits between two looks at the stats that were hits, or counted as missed."""
    return sum(after[name] - before[name] for name in ("hits", "missed"))


def storm_between(count=800, jobs=4):
    """A storm; the stats before and after, and how many exits really happened meanwhile."""
    before, exits = at_once()
    # a fork costs twenty times a vfork
    for kind, n in (("vfork", count), ("fork", count // 20), ("thread", THREADS)):
        run(BENCH / "storm", "--kind", kind, "--count", n, "--jobs", jobs)
    after, now = at_once()
    return before, after, now - exits


@pytest.mark.timeout(LIMIT + 10 * LOADS)
def test_load_and_unload_in_a_storm():
    """Random order of hooks; each load sees exits, each unload leaves nothing."""
    chance = random.Random(SEED)
    log = KernelLog()
    hits = 0
    with Storm():
        hooks = [USABLE[i % len(USABLE)] for i in range(LOADS)]
        chance.shuffle(hooks)
        for i, hook in enumerate(hooks):
            unit = chance.choice(["task", "process"])
            if why_refused(hook, unit):
                unit = "task"
            log.lines()
            load_quickly(hook, f"unit={unit}", "log=failed")
            time.sleep(chance.choice([0, 0, 0.01, 0.05]))
            unload_quickly()
            assert attached() == "", f"load {i}: {hook.name} left something behind"
            total = summary(log)
            assert total["hits"] == total["filtered"] + total["logged"] + total["unlogged"]
            hits += total["hits"]
    set_optimization("1")
    log.close()
    assert hits > 0, "not one exit fell between a load and an unload"


@pytest.mark.parametrize("unit", ["task", "process"])
@pytest.mark.parametrize("name", [h.name for h in HOOKS])
def test_sum_in_a_storm(name, unit):
    """On all CPUs at once: hits and missed are all the exits that there were."""
    hook = BY_NAME[name]
    needs(hook, unit)
    with Loaded(hook, f"unit={unit}", "log=off"):
        before, after, exits = storm_between()
    if unit == "process":
        # the exit of a thread is no process's, unless it is the last
        exits -= THREADS
    assert accounted(before, after) == exits


@contextlib.contextmanager
def tracefs_user(start, stop):
    """Somebody who writes to files of tracefs to attach, and to leave."""
    for file, text in start:
        (TRACEFS / file).write_text(text)
    try:
        yield
    finally:
        for file, text in stop:
            (TRACEFS / file).write_text(text)
        (TRACEFS / "trace").write_text("")


def function_tracer():
    return tracefs_user([("set_ftrace_filter", "do_exit\nacct_collect"),
                         ("current_tracer", "function")],
                        [("current_tracer", "nop"), ("set_ftrace_filter", "\n")])


def kprobe_events():
    return tracefs_user([("kprobe_events", "p:fire/a do_exit\nr:fire/b acct_collect\n"
                                           "p:fire/c acct_collect\n"),
                         ("events/fire/enable", "1")],
                        [("events/fire/enable", "0"), ("kprobe_events", "\n")])


def trace_event():
    return tracefs_user([("events/sched/sched_process_exit/enable", "1")],
                        [("events/sched/sched_process_exit/enable", "0")])


@contextlib.contextmanager
def bpf_program():
    """A BPF program of bpftrace; there when the kernel says so, gone within a minute."""
    if not shutil.which("bpftrace"):
        pytest.skip("bpftrace is not installed")
    with subprocess.Popen(
            ["bpftrace", "-e", "kprobe:do_exit { @n = count(); } "
             "tracepoint:sched:sched_process_exit { @m = count(); }"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as bpftrace:
        try:
            deadline = time.monotonic() + LIMIT
            while "do_exit" not in attached():
                assert bpftrace.poll() is None, "bpftrace ended by itself"
                assert time.monotonic() < deadline, "bpftrace does not attach"
                time.sleep(0.1)
            yield
        finally:
            # It may miss a signal that comes just before it waits for events.
            for _ in range(30):
                bpftrace.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    bpftrace.wait(timeout=2)
                    break
            else:
                bpftrace.kill()


OTHERS = [function_tracer, kprobe_events, trace_event, bpf_program]


@pytest.fixture(scope="class", params=OTHERS)
def other(request):
    """A second user of the same functions, there before us and after us."""
    with request.param():
        # what it attached, without the numbers that count users
        yield re.sub(r"\d+", "", attached())
    assert attached() == ""


class TestAnotherOnTheSite:
    """Attached once for all hooks: bpftrace takes ten seconds to start."""

    @pytest.mark.parametrize("name", [h.name for h in HOOKS])
    def test_every_exit_is_seen(self, other, name):
        """By both: we come after him and leave before him, and he is as he was."""
        hook = BY_NAME[name]
        needs(hook)
        attach(hook, "log=off")
        before, after, exits = storm_between(200)
        detach()
        assert accounted(before, after) == exits
        assert re.sub(r"\d+", "", attached()) == other


@pytest.mark.parametrize("name", OPTIMIZED)
def test_optimization_flips(name):
    """The kernel turns jumps into breakpoints and back in the middle of a storm."""
    with Loaded(BY_NAME[name], "log=off"):
        before, exits = at_once()
        with subprocess.Popen([BENCH / "storm", "--kind", "vfork", "--count", "4000",
                               "--jobs", "4", "--pause", "500"],
                              stdout=subprocess.DEVNULL) as storm:
            flips = 0
            while storm.poll() is None:
                set_optimization(str(flips % 2))
                flips += 1
                time.sleep(0.02)
            assert storm.returncode == 0 and flips > 4
        set_optimization("1")
        after, now = at_once()
    assert accounted(before, after) == now - exits


@pytest.mark.parametrize("name", [*KPROBES, "kretprobe"])
def test_kprobes_flip(name):
    """debugfs kprobes/enabled takes a probe out: seen as disarmed, counted as missed."""
    switch = pathlib.Path("/sys/kernel/debug/kprobes/enabled")
    with Loaded(BY_NAME[name], "log=off", "audit=Y"):
        before, exits = at_once()
        for _ in range(5):
            switch.write_text("0")
            assert stats()["flavour"] == "disarmed"
            run(BENCH / "storm", "--count", "50")
            switch.write_text("1")
            run(BENCH / "storm", "--count", "50")
        after, now = at_once()
    assert accounted(before, after) == now - exits
    assert after["missed"] > before["missed"]


def test_maxactive_too_small():
    """A kretprobe without a free instance misses, and says so."""
    with Loaded(BY_NAME["kretprobe"], "maxactive=1", "log=off"):
        before, after, exits = storm_between(2000, jobs=8)
    assert accounted(before, after) == exits


def test_log_too_small():
    """A storm that overruns the log's buffer: the counters know every line."""
    with Loaded(BY_NAME["tracepoint"]):
        before, after, exits = storm_between(4000)
        assert len(procmon_lines()) < exits
    assert after["logged"] - before["logged"] == after["hits"] - before["hits"] == exits
