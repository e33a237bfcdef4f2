# SPDX-License-Identifier: GPL-2.0
"""unit=process, and threads that are gone and not yet released: a tracer has not waited."""
import ctypes
import os
import pathlib
import re
import time

import pytest

from conftest import BREAKPOINT, BY_NAME, TRACEFS, Loaded, needs
from test_stream import opened, records

THREADS_MAX = 256  # PROCMON_THREADS_MAX
LAST_YES = 1
PTRACE_SEIZE = 0x4206
WALL = 0x40000000

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long] * 4


def child(work):
    """A process that does work(its end of a pair of pipes) and exits with what it returns."""
    ours, theirs = (os.pipe() for _ in range(2))
    pid = os.fork()
    if pid == 0:
        status = 99
        try:
            os.close(ours[0])
            os.close(theirs[1])
            status = work(theirs[0], ours[1])
        finally:
            os._exit(status)
    os.close(theirs[0])
    os.close(ours[1])
    return pid, ours[0], theirs[1]


class Process:
    """One of so many threads that wait; a tracer has seized all but the first."""

    def __init__(self, threads):
        self.threads = threads
        self.pid, self.said, self.tell = child(self.live)
        assert os.read(self.said, 1) == b"r"
        self.tracer, said, self.tell_tracer = child(self.trace)
        assert os.read(said, 1) == b"r"
        os.close(said)

    def live(self, told, say):
        """Make the threads; end them when told; then exit."""
        sem = ctypes.create_string_buffer(64)
        LIBC.sem_init(sem, 0, 0)
        routine = ctypes.cast(LIBC.sem_wait, ctypes.c_void_p)
        for _ in range(self.threads - 1):
            if LIBC.pthread_create(ctypes.byref(ctypes.c_ulong()), None, routine, sem):
                return 1
        os.write(say, b"r")
        while os.read(told, 1) == b"e":
            for _ in range(self.threads - 1):
                LIBC.sem_post(sem)
        return 3

    def trace(self, told, say):
        """Seize the threads; wait for them when told; then let them go."""
        tids = [tid for tid in self.tids() if tid != self.pid]
        for tid in tids:
            if LIBC.ptrace(PTRACE_SEIZE, tid, 0, 0):
                return 1
        os.write(say, b"r")
        if os.read(told, 1) == b"w":
            for tid in tids:
                os.waitpid(tid, WALL)
        return 0

    def tids(self):
        """In the order of the kernel's list: the oldest first."""
        return [int(tid) for tid in os.listdir(f"/proc/{self.pid}/task")]

    def stat(self, tid):
        """What is behind the name, from the state on."""
        text = pathlib.Path(f"/proc/{self.pid}/task/{tid}/stat").read_text()
        return text.rsplit(")", 1)[1].split()

    def until_zombies(self, but=()):
        """Wait until every thread has ended, but those."""
        while any(self.stat(tid)[0] != "Z" for tid in self.tids() if tid not in but):
            time.sleep(0.01)

    def faults(self):
        """Of each thread, in the order of the list."""
        return [int(self.stat(tid)[7]) for tid in self.tids()]

    def reap(self):
        """Let the tracer go, and reap the process; return what it used."""
        os.close(self.tell_tracer)
        assert os.waitstatus_to_exitcode(os.waitpid(self.tracer, 0)[1]) == 0
        _, status, usage = os.wait4(self.pid, 0)
        assert os.waitstatus_to_exitcode(status) == 3
        for fd in (self.said, self.tell):
            os.close(fd)
        return usage


def record_of(fd, pid):
    """The one record of the process."""
    [record] = [rec for rec in records(os.read(fd, 1 << 20)) if rec.tgid == pid]
    assert (record.wait_status, record.last) == (3 << 8, LAST_YES)
    return record


@pytest.mark.parametrize("name, threads", [
    ("ftrace", 1), ("ftrace", 2), ("ftrace", THREADS_MAX), ("ftrace", THREADS_MAX + 1),
    ("ftrace", 1500), (BREAKPOINT, 2), (BREAKPOINT, 1500),
])
def test_tracer_does_not_wait(name, threads):
    """The sums are those of all threads; beyond the limit, of the oldest, and it is said."""
    hook = BY_NAME[name]
    needs(hook, "process")
    event = TRACEFS / "events/procmon/procmon_exit/enable"
    with Loaded(hook, "unit=process", "log=off"), opened() as fd:
        (TRACEFS / "trace").write_text("")
        event.write_text("1")
        process = Process(threads)
        os.write(process.tell, b"x")  # all at once, by exit_group()
        process.until_zombies()
        faults = process.faults()
        assert len(faults) == threads
        record = record_of(fd, process.pid)
        usage = process.reap()
        event.write_text("0")
        text = (TRACEFS / "trace").read_text()
    inexact = threads > THREADS_MAX
    assert record.inexact == inexact
    assert re.search(rf" tgid={process.pid} .* inexact={int(inexact)} ", text)
    assert record.min_flt == sum(faults[:THREADS_MAX])
    assert record.min_flt < usage.ru_minflt if inexact else record.min_flt == usage.ru_minflt


@pytest.mark.parametrize("threads", [20, 200])
@pytest.mark.parametrize("name", ["ftrace", BREAKPOINT])
def test_tracer_waits_at_that_moment(name, threads):
    """Threads are released while they are added up: the sums are right, or it is said."""
    hook = BY_NAME[name]
    needs(hook, "process")
    with Loaded(hook, "unit=process", "log=off"), opened() as fd:
        for _ in range(10):
            process = Process(threads)
            os.write(process.tell, b"e")
            process.until_zombies(but=[process.pid])
            os.write(process.tell_tracer, b"w")
            os.write(process.tell, b"x")
            usage = process.reap()
            record = record_of(fd, process.pid)
            if not record.inexact:
                assert record.min_flt == usage.ru_minflt
            assert record.min_flt <= 2 * usage.ru_minflt
