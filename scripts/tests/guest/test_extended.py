# SPDX-License-Identifier: GPL-2.0
"""record=extended: where a process came from, held against what /proc said of it."""
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

from conftest import (BENCH, BREAKPOINT, BY_NAME, HOOKS, KTHREAD_MODULE, LIMIT, SMALL, UNITS,
                      VERSION, Loaded, needs, run)
from test_stream import check_order, opened, parse_extended, read_all, session, storm

OOM = 1  # PROCMON_ORIGIN_OOM
PROGRAM_LEN = 112  # PROCMON_PROGRAM_LEN
# Any bytes, and more than the kernel keeps in the dentry itself, or than a record has.
PROGRAMS = {"plain": b"sleeper", "bytes": b"a \xff\"\\\n]", "long": b"l" * 60, "cut": b"c" * 200}

Facts = collections.namedtuple("Facts", "pid ns_pid pid_ns session program")


def extended(hook, unit, *params):
    """The module of @hook, its records extended."""
    return Loaded(hook, "log=off", f"unit={unit}", "record=extended", *params)


def facts_of(pid):
    """What /proc says of a process."""
    proc = pathlib.Path("/proc") / str(pid)
    status = (proc / "status").read_text(errors="surrogateescape")
    stat = (proc / "stat").read_text(errors="surrogateescape").rpartition(")")[2].split()
    return Facts(pid, int(re.search(r"^NSpid:.*\s(\d+)$", status, re.M).group(1)),
                 os.stat(proc / "ns/pid").st_ino, int(stat[3]),
                 os.path.basename(os.readlink(os.fsencode(proc / "exe"))))


@pytest.fixture
def sleeper():
    """Start a program of some name in a pid namespace and a session of its own.

    Returns its id, and its parent, which ends when it does.
    """
    started = []

    def start(name, moved=None):
        place = pathlib.Path("/tmp/programs")
        place.mkdir(exist_ok=True)
        program = os.path.join(os.fsencode(place), name)
        shutil.copy(shutil.which("sleep"), program)
        started.append(subprocess.Popen(["unshare", "--pid", "--fork", "setsid", program, "1000"]))
        children = pathlib.Path(f"/proc/{started[-1].pid}/task/{started[-1].pid}/children")
        deadline = time.monotonic() + LIMIT
        while True:
            assert time.monotonic() < deadline, "it does not start"
            time.sleep(0.05)
            pid = children.read_text().strip()
            if pid and os.readlink(os.fsencode(f"/proc/{pid}/exe")).endswith(name):
                break
        if moved:
            os.rename(program, os.path.join(os.fsencode(place), moved))
        return int(pid), started[-1]
    yield start
    for proc in started:
        proc.kill()
        proc.wait()
    shutil.rmtree("/tmp/programs", ignore_errors=True)


def knows_program(hook):
    """Whether it sits before exit_mm()."""
    return hook.variant != "tracepoint" or VERSION >= (6, 16)


def check(seen, facts, with_program=True):
    """The record of that process is as /proc had it."""
    [(rec, ext)] = [(rec, ext) for rec, ext in seen if rec.tid == facts.pid]
    assert rec.tgid == facts.pid and rec.wait_status == 9
    assert (ext.ns_pid, ext.pid_ns, ext.session) == facts[1:4]
    assert ext.origin == 0
    program = facts.program[:PROGRAM_LEN - 1] if with_program else b""
    assert ext.program.partition(b"\0")[0] == program


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("name", [hook.name for hook in HOOKS])
def test_every_hook(name, unit, sleeper):
    hook = BY_NAME[name]
    needs(hook, unit)
    pid, parent = sleeper(PROGRAMS["plain"])
    facts = facts_of(pid)
    assert facts.ns_pid == 1 and facts.session == pid
    with extended(hook, unit), opened() as fd:
        os.kill(pid, 9)
        parent.wait()
        seen = parse_extended(read_all(fd))
    check(seen, facts, knows_program(hook))
    # unshare(1), its parent, lives where we live
    [ext] = [ext for rec, ext in seen if rec.comm.startswith(b"unshare\0")]
    assert (ext.pid_ns, ext.session) == (os.stat("/proc/self/ns/pid").st_ino, os.getsid(0))


@pytest.mark.parametrize("name, moved", [*((name, None) for name in PROGRAMS.values()),
                                         (PROGRAMS["plain"], b"renamed"),
                                         (PROGRAMS["plain"], PROGRAMS["long"]),
                                         (PROGRAMS["long"], PROGRAMS["plain"])])
def test_program(name, moved, sleeper):
    """The name that /proc/PID/exe has: the file's of now, not the one that was started."""
    pid, parent = sleeper(name, moved)
    facts = facts_of(pid)
    assert facts.program == (moved or name)
    with extended(BY_NAME["ftrace"], "process"), opened() as fd:
        os.kill(pid, 9)
        parent.wait()
        data = read_all(fd)
    check(parse_extended(data), facts)
    shown = subprocess.run([BENCH / "procmon", "--json", "--pid", str(pid), "--file", "-"],
                           input=data, stdout=subprocess.PIPE, check=True).stdout
    obj = json.loads(shown)
    assert obj["program"].encode("latin-1") == facts.program[:PROGRAM_LEN - 1]
    assert (obj["ns_pid"], obj["pid_ns"], obj["session"], obj["oom"]) == (*facts[1:4], 0)


@pytest.mark.parametrize("name", ["ftrace", BREAKPOINT])
def test_out_of_memory(name):
    """The one that the OOM killer chose, and nobody else."""
    with extended(BY_NAME[name], "process"), opened() as fd:
        told = run(BENCH / "cases", "--cgroup", SMALL, "oom", "signal-9", "exit-3").stdout
        data = read_all(fd)
    pids = {case: int(pid) for what, case, pid, _ in map(str.split, told.splitlines())
            if what == "process"}
    chosen = {rec.tgid for rec, ext in parse_extended(data) if ext.origin & OOM}
    assert chosen == {pids["oom"]}
    rows = subprocess.run([BENCH / "procmon", "--file", "-"], input=data, stdout=subprocess.PIPE,
                          check=True).stdout.decode().splitlines()
    ends = {int(row.split()[1]): row[60:].strip() for row in rows if re.match(r"\d\d:", row)}
    assert ends[pids["oom"]].endswith("SIGKILL (oom)")
    assert ends[pids["signal-9"]].endswith("SIGKILL") and ends[pids["exit-3"]].endswith("exit 3")


def test_kernel_thread():
    with extended(BY_NAME["ftrace"], "task"), opened() as fd:
        run("insmod", KTHREAD_MODULE)
        run("rmmod", "kthread")
        seen = parse_extended(read_all(fd))
    [(rec, ext)] = [(rec, ext) for rec, ext in seen if rec.comm.startswith(b"returns\0")]
    assert (ext.ns_pid, ext.pid_ns) == (rec.tid, os.stat("/proc/self/ns/pid").st_ino)
    assert (ext.session, ext.origin, ext.program[:1]) == (0, 0, b"\0")


def test_thread():
    """A thread has the id of its process, and all else of that, too."""
    with extended(BY_NAME["ftrace"], "task"), opened() as fd:
        run(BENCH / "cases", "thread-exit")
        seen = parse_extended(read_all(fd))
    threads = [(rec, ext) for rec, ext in seen if rec.tid != rec.tgid]
    assert threads
    for rec, ext in threads:
        assert (ext.ns_pid, ext.session) == (rec.tgid, os.getsid(0))
        assert ext.program.startswith(b"cases\0")


@pytest.mark.parametrize("unit", UNITS)
def test_balance(unit):
    """Each is there once or counted, in buffers that are too small as in others."""
    for size in (64, 8192):
        with extended(BY_NAME["ftrace"], unit, f"stream_size={size}"), opened() as fd:
            storm(2000)
            seen = [rec for rec, _ in parse_extended(read_all(fd))]
            sums = session()
        check_order(seen)
        assert len(seen) == sums["streamed"]
        assert sums["hits"] == sums["streamed"] + sums["dropped"] >= 2000
        assert bool(sums["dropped"]) == (size == 64)
