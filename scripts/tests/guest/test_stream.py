# SPDX-License-Identifier: GPL-2.0
"""The stream: every exit is in it exactly once, in order, or counted.

The numbers here are small; PROCMON_EXITS=1000000 is what make soak takes.
"""
import collections
import contextlib
import errno
import fcntl
import mmap
import os
import pathlib
import re
import signal
import struct
import time

import pytest

from conftest import (BENCH, BY_NAME, CGROUP, HOOKS, LIMIT, STATS, TRACEFS, Loaded,
                      dmesg_clear, exits_so_far, insmod, needs, procmon_lines, run, stats)

EXITS = int(os.environ.get("PROCMON_EXITS", "10000"))
STREAM = pathlib.Path("/sys/kernel/debug/procmon/stream")
STOP = 0xB901  # PROCMON_STREAM_STOP

# struct procmon_record of record.h
LAYOUT = struct.Struct("<HHI8Q5i4B16sQII")
Record = collections.namedtuple(
    "Record", "version size uid time_ns age_ns runtime_ns utime_ns stime_ns min_flt maj_flt "
    "cgroup_id tid tgid ppid wait_status exit_status signal core last flags comm seq "
    "dropped cpu")


def records(data):
    """The records in what was read from the stream."""
    assert len(data) % LAYOUT.size == 0, "half a record"
    return [Record(*fields) for fields in LAYOUT.iter_unpack(data)]


def check_order(seen):
    """Each CPU's records once, in order, and every gap explained by the drops."""
    last = {}
    for rec in seen:
        assert (rec.version, rec.size) == (3, LAYOUT.size)
        if rec.cpu in last:
            seq, dropped, time_ns = last[rec.cpu]
            lost = rec.seq - seq - 1
            assert lost == (rec.dropped - dropped) % 2**32
            assert rec.time_ns >= time_ns
        else:
            assert rec.seq == rec.dropped
        last[rec.cpu] = rec.seq, rec.dropped, rec.time_ns


def session():
    """The session's part of the stats."""
    return {k[len("session_"):]: v for k, v in stats().items() if k.startswith("session_")}


@contextlib.contextmanager
def opened(flags=os.O_NONBLOCK):
    """The stream, as a file descriptor."""
    fd = os.open(STREAM, os.O_RDONLY | flags)
    try:
        yield fd
    finally:
        os.close(fd)


class Reader:
    """A process that reads the stream into a file, until the stream is stopped."""

    FILE = pathlib.Path("/tmp/stream")

    def __init__(self, chunk=1 << 20, pause=0.0, keep=True):
        self.fd = os.open(STREAM, os.O_RDONLY)
        self.pid = os.fork()
        if self.pid == 0:
            with open(self.FILE, "wb", buffering=0) as file:
                while data := os.read(self.fd, chunk):
                    file.write(data)
                    if pause:
                        time.sleep(pause)
            os._exit(0)
        if not keep:
            os.close(self.fd)

    def wakeups(self):
        """How often it had to wait, and was woken."""
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", text, re.M).group(1))

    def send(self, sig):
        os.kill(self.pid, sig)

    def wait(self):
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def stop(self):
        """No more records; return those that there were, and the session's sums."""
        fcntl.ioctl(self.fd, STOP)
        assert self.wait() == 0
        sums = session()
        os.close(self.fd)
        return records(self.FILE.read_bytes()), sums


def storm(count, kind="vfork"):
    run(BENCH / "storm", "--kind", kind, "--count", count, "--jobs", 4)


def balance(sums):
    assert sums["hits"] == sums["filtered"] + sums["streamed"] + sums["dropped"]


@pytest.mark.parametrize("unit", ["task", "process"])
@pytest.mark.parametrize("name", [h.name for h in HOOKS])
def test_every_exit_once(name, unit):
    """A reader that keeps up gets as many records as there were exits."""
    hook = BY_NAME[name]
    needs(hook, unit)
    with Loaded(hook, f"unit={unit}", "log=off"):
        before = exits_so_far()
        reader = Reader()
        storm(EXITS // 20)
        threads = 200
        storm(threads, "thread")
        exits = exits_so_far() - before
        sums = session()
        seen, _ = reader.stop()
    if unit == "process":
        exits -= threads
    assert sums["hits"] + sums["missed"] == exits
    balance(sums)
    assert len(seen) >= sums["streamed"]
    assert sums["dropped"] == 0
    assert {rec.last for rec in seen} <= ({1} if unit == "process" else {0, 1, 2})
    check_order(seen)


def test_reader_keeps_up():
    """All of a storm on 4 CPUs."""
    with Loaded(BY_NAME["tracepoint"], "log=off"):
        before = exits_so_far()
        start = time.monotonic()
        reader = Reader()
        storm(EXITS)
        exits = exits_so_far() - before
        sums = session()
        wakeups = reader.wakeups()
        seconds = time.monotonic() - start
        seen, final = reader.stop()
    check_order(seen)
    balance(sums)
    balance(final)
    assert sums["hits"] == exits >= EXITS
    # Not only for a full buffer, and not for each record: each CPU's ring wakes
    # it every 40 ms at most, and when it is half full.
    assert 2 < wakeups < 25 * os.cpu_count() * (seconds + 1) + len(seen) / 2000
    assert len(seen) == final["streamed"] and final["unread"] == 0
    assert len({rec.tid for rec in seen if rec.comm.startswith(b"storm\0")}) > 100
    assert len({rec.cpu for rec in seen}) > 1


def test_reader_is_slow():
    """A buffer of 64 records and a reader that sleeps: what is lost is counted."""
    with Loaded(BY_NAME["tracepoint"], "log=off", "stream_size=64"):
        before = exits_so_far()
        reader = Reader(chunk=16 * LAYOUT.size, pause=0.02)
        storm(EXITS)
        exits = exits_so_far() - before
        sums = session()
        seen, final = reader.stop()
    check_order(seen)
    balance(sums)
    balance(final)
    assert sums["hits"] == exits
    assert final["dropped"] > 0 and len(seen) == final["streamed"]


def test_reader_is_stopped():
    """SIGSTOP: the buffers fill, then all the rest is dropped; SIGCONT: it goes on."""
    size = 256
    with Loaded(BY_NAME["tracepoint"], "log=off", f"stream_size={size}"):
        before = exits_so_far()
        reader = Reader()
        reader.send(signal.SIGSTOP)
        storm(EXITS)
        exits = exits_so_far() - before
        sums = session()
        reader.send(signal.SIGCONT)
        deadline = time.monotonic() + LIMIT
        while session()["unread"]:
            assert time.monotonic() < deadline, "it does not go on"
            time.sleep(0.05)
        storm(100)
        seen, final = reader.stop()
    check_order(seen)
    balance(sums)
    balance(final)
    assert sums["hits"] == exits
    assert sums["streamed"] <= size * os.cpu_count() and sums["unread"] > 0
    assert sums["dropped"] >= EXITS - size * os.cpu_count()
    assert len(seen) == final["streamed"] > sums["streamed"]


def test_reader_is_killed():
    """SIGKILL in the middle: the stream closes itself, what nobody read is counted."""
    chunk = 64 * LAYOUT.size
    with Loaded(BY_NAME["tracepoint"], "log=off"):
        reader = Reader(chunk=chunk, pause=0.02, keep=False)
        storm(EXITS // 4)
        reader.send(signal.SIGKILL)
        storm(EXITS // 4)
        assert reader.wait() == -signal.SIGKILL
        sums, total = session(), stats()
        assert total["stream"] == "closed"
        data = reader.FILE.read_bytes()
        seen = records(data[:len(data) // LAYOUT.size * LAYOUT.size])
        check_order(seen)
        balance(sums)
        # what it had taken and not written when it died
        in_hand = sums["streamed"] - sums["unread"] - len(seen)
        assert 0 <= in_hand <= chunk // LAYOUT.size
        assert total["unread"] == sums["unread"] > 0

        # and the next one begins anew
        with opened() as fd:
            storm(10)
            seen = records(os.read(fd, 1 << 20))
            check_order(seen)
            assert min(rec.seq for rec in seen) == 0
    assert f"unread {sums['unread']}" in procmon_lines()[-1]


def test_filtered_and_dropped():
    """An exit that a filter keeps back was not dropped, however full the buffer is."""
    with Loaded(BY_NAME["tracepoint"], "log=off", "stream_size=2", "comm=nobody-has-it"):
        with opened():
            storm(500)
            sums = session()
            assert sums["filtered"] == sums["hits"] >= 500
            pathlib.Path("/sys/module/procmon/parameters/comm").write_text("storm")
            storm(500)
            sums = session()
        balance(sums)
        assert sums["dropped"] >= 450 and sums["streamed"] <= 2 * os.cpu_count()


def test_nothing_before_open():
    """Nobody opened it: no record, no memory, and no counter moves."""
    def vmalloc():
        return int(re.search(r"VmallocUsed: +(\d+)",
                             pathlib.Path("/proc/meminfo").read_text()).group(1))

    with Loaded(BY_NAME["tracepoint"], "log=off", "stream_size=65536"):
        before = vmalloc()
        storm(100)
        total = stats()
        assert total["streamed"] == total["dropped"] == total["session_hits"] == 0
        assert total["stream"] == "closed"
        with opened():
            # 8 MiB for each CPU
            assert vmalloc() - before >= os.cpu_count() * 8 * 1024
            assert stats()["stream"] == "open"
        assert vmalloc() - before < 1024


def test_open_many_times():
    """One at a time, as often as one likes; closed, nothing of it is left."""
    with Loaded(BY_NAME["ftrace"], "log=off", "stream_size=100"):
        for _ in range(100):
            with opened():
                with pytest.raises(OSError) as refused:
                    os.open(STREAM, os.O_RDONLY)
                assert refused.value.errno == errno.EBUSY
        assert stats()["stream"] == "closed"


@pytest.mark.parametrize("name", [h.name for h in HOOKS])
def test_open_in_a_storm(name):
    """Sessions that begin and end while exits are under way add up, too."""
    hook = BY_NAME[name]
    needs(hook)
    with Loaded(hook, "log=off"):
        pid = os.fork()
        if pid == 0:
            storm(EXITS // 4)
            os._exit(0)
        some = 0
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            with opened() as fd:
                time.sleep(0.01)
                balance(session())
                fcntl.ioctl(fd, STOP)
                fcntl.ioctl(fd, STOP)
                sums = session()
                seen = []
                while data := os.read(fd, 1 << 20):
                    seen += records(data)
            balance(sums)
            check_order(seen)
            assert len(seen) == sums["streamed"]
            some += len(seen)
        assert some > 0


def test_cpu_goes_and_comes():
    """A CPU that is switched off and on in a session loses nothing."""
    switch = pathlib.Path("/sys/devices/system/cpu/cpu1/online")
    with Loaded(BY_NAME["tracepoint"], "log=off"):
        before = exits_so_far()
        reader = Reader()
        storm(500)
        switch.write_text("0")
        try:
            storm(500)
            sums = session()
            balance(sums)
        finally:
            switch.write_text("1")
        storm(500)
        exits = exits_so_far() - before
        sums = session()
        seen, final = reader.stop()
    check_order(seen)
    balance(final)
    assert sums["hits"] == exits and len(seen) == final["streamed"]


def test_nobody_starves():
    """A reader with room for one record at a time gets to every CPU."""
    with Loaded(BY_NAME["tracepoint"], "log=off"), opened() as fd:
        storm(400)
        cpus = [records(os.read(fd, LAYOUT.size))[0].cpu for _ in range(8)]
    assert len(set(cpus[:4])) > 1 and cpus[:4] == cpus[4:]


def test_unload_with_the_stream_open():
    """Refused; possible as soon as it is closed."""
    hook = BY_NAME["tracepoint"]
    with Loaded(hook, "log=off"):
        with opened():
            refused = run("rmmod", "procmon", check=False)
            assert refused.returncode and "in use" in refused.stderr
            storm(10)
            assert session()["streamed"] >= 10


def test_read_waits():
    """A read waits for a record unless told not to; less than one is refused."""
    with Loaded(BY_NAME["tracepoint"], "log=off", "comm=wanted"), opened() as fd:
        with pytest.raises(BlockingIOError):
            os.read(fd, 4096)
        with pytest.raises(OSError) as refused:
            os.read(fd, LAYOUT.size - 1)
        assert refused.value.errno == errno.EINVAL
        with pytest.raises(OSError) as refused:
            fcntl.ioctl(fd, STOP + 1)
        assert refused.value.errno == errno.ENOTTY
        os.set_blocking(fd, True)
        # three and the one that made them
        run(BENCH / "storm", "--count", 3, "--comm", "wanted")
        first = records(os.read(fd, LAYOUT.size + 5))
        rest = records(os.read(fd, 4096))
        assert len(first) == 1 and len(rest) == 3
        pid = os.fork()
        if pid == 0:
            time.sleep(0.5)
            pathlib.Path("/proc/self/comm").write_text("wanted")
            os._exit(9)
        assert [rec.tid for rec in records(os.read(fd, 4096))] == [pid]
        os.waitpid(pid, 0)


@pytest.mark.parametrize("value", ["0", "1", "1048577", "-4", "many", ""])
def test_bad_size(value):
    dmesg_clear()
    refused = insmod("tracepoint", f"stream_size={value}", check=False)
    assert refused.returncode and "Invalid parameters" in refused.stderr
    assert any("use a number from 2 to 1048576" in line for line in procmon_lines())


def test_root_only():
    with Loaded(BY_NAME["tracepoint"], "log=off"):
        for file in (STREAM, STATS):
            assert file.stat().st_mode & 0o7777 == 0o400 and file.stat().st_uid == 0


@pytest.mark.parametrize("unit", ["task", "process"])
def test_same_record_as_the_trace_event(unit):
    """What the tests of the trace event found true is true of the stream."""
    event = TRACEFS / "events/procmon/procmon_exit/enable"
    with Loaded(BY_NAME["ftrace"], "log=off", f"unit={unit}"), opened() as fd:
        (TRACEFS / "trace").write_text("")
        event.write_text("1")
        run(BENCH / "cases", "exit-3", "signal-9", "core-11", "thread-exit", "leader-first")
        event.write_text("0")
        seen = {(rec.tid, rec.time_ns): rec for rec in records(os.read(fd, 1 << 20))}
        text = (TRACEFS / "trace").read_text()
    lines = re.findall(r"procmon_exit: comm=(\S+) (.*)", text)
    assert len(lines) >= 6
    for comm, line in lines:
        fields = dict(pair.split("=") for pair in line.split())
        rec = seen[int(fields["tid"]), int(fields["time_ns"])]
        assert rec.comm.rstrip(b"\0").decode() == comm
        assert ["no", "yes", "unknown"][rec.last] == fields.pop("last")
        assert rec.flags == int(fields.pop("kthread")) + 2 * int(fields.pop("inexact"))
        for name, value in fields.items():
            assert getattr(rec, name) == int(value, 0), name


def ticks_ns(ticks):
    return ticks * 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def burn_user(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        for _ in range(10000):
            pass


def burn_system(seconds):
    """One system call that is nearly all kernel: zeroing a large buffer."""
    end = time.process_time() + seconds
    with open("/dev/zero", "rb", buffering=0) as zero:
        buffer = bytearray(32 << 20)
        while time.process_time() < end:
            zero.readinto(buffer)


def touch_pages(pages):
    """Page faults without I/O."""
    with mmap.mmap(-1, pages * mmap.PAGESIZE) as memory:
        for page in range(pages):
            memory[page * mmap.PAGESIZE] = 1


def touch_file():
    """Page faults with I/O: pages of a file that is not in memory."""
    with open(BENCH / "report", "rb") as file:
        with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
            memory.madvise(mmap.MADV_RANDOM)
            pathlib.Path("/proc/sys/vm/drop_caches").write_text("1")
            for page in range(0, len(memory), mmap.PAGESIZE):
                memory[page]


Facts = collections.namedtuple("Facts", "rec stat rusage status cgroup after schedstat")


@pytest.fixture(scope="module", params=["task", "process"])
def facts(request):
    """One child that did a bit of everything, as procmon and as all others saw it."""
    cgroup = CGROUP / "fields"
    cgroup.mkdir(exist_ok=True)
    with Loaded(BY_NAME["ftrace"], "log=off", f"unit={request.param}"), opened() as fd:
        pid = os.fork()
        if pid == 0:
            (cgroup / "cgroup.procs").write_text("0")
            burn_user(0.6)
            burn_system(0.3)
            touch_pages(500)
            touch_file()
            pathlib.Path("/proc/self/comm").write_text("fields [x]")
            os.setuid(12345)
            os._exit(77)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        # a zombie still has all of its files
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        schedstat = pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        _, status, rusage = os.wait4(pid, 0)
        found = [rec for rec in records(os.read(fd, 1 << 20)) if rec.tgid == pid]
    inode = cgroup.stat().st_ino
    cgroup.rmdir()
    assert len(found) == 1
    return Facts(found[0], stat, rusage, status, inode, after, schedstat)


def test_field_ids(facts):
    rec = facts.rec
    assert rec.tid == rec.tgid and rec.ppid == os.getpid()
    assert rec.uid == 12345 and rec.flags == 0
    assert rec.comm == b"fields [x]".ljust(16, b"\0")
    assert rec.cgroup_id == facts.cgroup
    assert 0 <= rec.cpu < os.cpu_count()


def test_field_status(facts):
    rec = facts.rec
    assert rec.wait_status == facts.status
    assert (rec.exit_status, rec.signal, rec.core) == (os.WEXITSTATUS(facts.status), 0, 0)


def test_field_times(facts):
    """When, and for how long: /proc/PID/stat has the start in ticks since boot."""
    rec = facts.rec
    started = ticks_ns(int(facts.stat[19]))
    assert facts.after - 2_000_000_000 < rec.time_ns < facts.after
    assert abs(rec.time_ns - rec.age_ns - started) <= ticks_ns(1)


def test_field_cpu_time(facts):
    """The scheduler's clock goes on for the rest of the exit, but not for long."""
    rec = facts.rec
    final = int(facts.schedstat[0])
    assert final - 50_000_000 < rec.runtime_ns <= final
    used = (facts.rusage.ru_utime + facts.rusage.ru_stime) * 1e9
    assert abs(used - rec.runtime_ns) < 50_000_000
    # By ticks, of which an emulated CPU on a busy host loses most. wait4() has the
    # same ticks, scaled to the scheduler's clock: the parts must be the same.
    ticks = rec.utime_ns + rec.stime_ns
    assert 0 < ticks < 1.25 * rec.runtime_ns
    assert abs(rec.stime_ns / ticks - facts.rusage.ru_stime * 1e9 / used) < 0.05
    assert rec.stime_ns > ticks // 10 and rec.utime_ns > ticks // 10


def test_field_faults(facts):
    """One more may come on the way out, when the kernel clears the thread's id."""
    rec = facts.rec
    assert 500 <= rec.min_flt <= facts.rusage.ru_minflt <= rec.min_flt + 1
    assert rec.maj_flt == facts.rusage.ru_majflt > 0
