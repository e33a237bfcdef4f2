# SPDX-License-Identifier: GPL-2.0
"""bench/procmon on saved records: what it shows, what it chooses, what it checks."""
import contextlib
import datetime
import fcntl
import json
import os
import pathlib
import pty
import pwd
import random
import re
import resource
import select
import shlex
import shutil
import signal
import struct
import subprocess
import termios
import threading
import time
from fractions import Fraction

import pytest

from vm import LIMIT

TOP = pathlib.Path(__file__).resolve().parents[3]
READER = TOP / "bench/build/procmon"

# struct procmon_record and struct procmon_clock, member by member.
MEMBERS = ("version size info tid tgid ppid wait_status uid task_flags comm time start_ns "
           "runtime_ns utime_ns stime_ns min_flt maj_flt cgroup_id number dropped cpu clock").split()
LAYOUT = struct.Struct("<HHIiiiiII16sQQQQQQQQQIHH")
CLOCK_LAYOUT = struct.Struct("<HHIQQqH94x")
assert LAYOUT.size == CLOCK_LAYOUT.size == 128
SECOND = 10**9
LAST = ["no", "yes", "unknown"]
VERSION, KTHREAD = 5, 0x200000  # PROCMON_RECORD_VERSION, PROCMON_TASK_KTHREAD
INEXACT, CLOCK, NS, HIDDEN = 4, 8, 16, 32  # PROCMON_INFO_...
REAL = 1_700_000_000 * SECOND  # CLOCK_REALTIME when the machine was booted


class Dump:
    """What read(2) gives: exits with the number that is due on their CPU, clock records.

    The counter is of 3 GHz, and was at 10**15 when the machine was booted, unless
    clock records say otherwise.
    """

    def __init__(self, clock=0):
        self.bytes = b""
        self.next = {}
        self.dropped = {}
        self.latest = 0
        self.open = False
        if clock is not None:
            self.pair(SECOND, clock=clock)

    def pair(self, boot_ns, counter=None, real_ns=None, info=0, clock=0, size=128):
        """A clock record."""
        self.bytes += CLOCK_LAYOUT.pack(
            VERSION, size, CLOCK | info, 10**15 + 3 * boot_ns if counter is None else counter,
            boot_ns, REAL + boot_ns if real_ns is None else real_ns, clock) + bytes(size - 128)
        self.open = False
        return self

    def add(self, cpu=0, tail=b"", time_ns=100 * SECOND, age_ns=None, **members):
        rec = {m: 0 for m in MEMBERS}
        rec.update(version=VERSION, size=128 + len(tail), info=2, uid=1000,
                   time=10**15 + 3 * time_ns, start_ns=time_ns - (age_ns or 0),
                   tid=42, tgid=41, ppid=40, comm=b"job", cpu=cpu,
                   number=self.next.get(cpu, 0), dropped=self.dropped.get(cpu, 0))
        rec.update(members)
        self.next[cpu] = rec["number"] + 1
        self.bytes += LAYOUT.pack(*(rec[m] for m in MEMBERS)) + tail
        self.latest = max(self.latest, time_ns)
        self.open = True
        return self

    def drop(self, cpu, number):
        self.dropped[cpu] = (self.dropped.get(cpu, 0) + number) % 2**32
        return self

    @property
    def data(self):
        """All of it; behind exits there is a clock record."""
        if self.open:
            self.pair(self.latest + SECOND)
        return self.bytes


def reader(*options, data=None, env=None, **kwargs):
    if data is not None:
        options = ("--file", "-", *options)
        kwargs["input"] = data
    return subprocess.run([READER, *options], capture_output=True, check=False, timeout=LIMIT,
                          env={**os.environ, "TZ": "UTC", **(env or {})}, **kwargs)


def wait_for(condition):
    until = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def lines(done, status=0):
    assert done.returncode == status, done.stderr
    return done.stdout.decode("ascii").splitlines()


def objects(done, status=0):
    return [json.loads(line) for line in lines(done, status)]


def last_line(done):
    return done.stderr.decode().splitlines()[-1]


WIDE = {"COLUMNS": "100"}
DATE = re.compile(r"\d{4}-\d\d-\d\d")


def table(*options, env=None, **kwargs):
    """The head and the rows of a table; the date is elsewhere."""
    head, *rest = lines(reader(*options, env={**WIDE, **(env or {})}, **kwargs))
    return [head, *(line for line in rest if not DATE.fullmatch(line))]


def test_table():
    """A header, then a line for each exit with what a user asks for."""
    dump = Dump().add(time_ns=3661 * SECOND + 7_999_999, uid=0, comm=b"sh", wait_status=0x300,
                      age_ns=12 * SECOND + 34_567_890, runtime_ns=1_234_567, tid=4194303,
                      tgid=4194302, ppid=1)
    header, row = table(data=dump.data)
    assert header.split() == ["TIME", "PID", "TID", "PPID", "UID", "COMM",
                              "AGE", "s", "CPU", "ms", "RESULT"]
    assert row.split() == ["23:14:21.007", "4194302", "4194303", "1", "0", "sh", "12.034",
                           "1.234", "exit", "3"]
    assert header.index("RESULT") == row.index("exit")
    assert header.index("COMM") == row.index("sh")


def test_table_of_80_columns():
    """A row fits, and stands under its heads, with the longest of everything that is usual."""
    dump = Dump().add(uid=0).add(
        time_ns=10**6 * SECOND, uid=4294967294, comm=b"fifteen bytes!!", wait_status=25 | 128,
        tid=4194304, tgid=4194303, ppid=4194302, age_ns=999_999 * SECOND + 999_000_000)
    _, header, date, low, date_of_high, high = ["", *lines(reader(data=dump.data))]
    assert header == "TIME         PID     TID        UID COMM                 AGE s RESULT"
    assert date == iso(REAL + 100 * SECOND)[:10]
    assert date_of_high == iso(REAL + 10**6 * SECOND)[:10]
    assert low == "22:15:00      41      42          0 job                  0.000 0"
    assert high == "12:00:00 4194303 4194304 4294967294 fifteen bytes!! 999999.999 SIGXFSZ (core)"
    assert max(map(len, (header, low, high))) <= 80


@pytest.mark.parametrize("columns,wide", [("99", False), ("100", True), ("", False), ("x", False)])
def test_width(columns, wide):
    out = lines(reader(data=Dump().add().data, env={"COLUMNS": columns}))
    assert ("PPID" in out[0]) == wide


def on_a_terminal(columns, env, data):
    """What the reader writes to a terminal of so many columns."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    clean = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")}
    with os.fdopen(ours, "rb") as terminal:
        subprocess.run([READER, "--file", "-"], input=data, stdout=its, stderr=subprocess.DEVNULL,
                       env={**clean, "TERM": "xterm", **env}, check=True, timeout=LIMIT)
        os.close(its)
        out = b""
        with contextlib.suppress(OSError):  # EIO is the end of it
            while part := terminal.read1():
                out += part
    return out.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("env,red", [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True),
                                     ({"TERM": "dumb"}, False)])
def test_colour(env, red):
    """Failures are red on a terminal, if it has colours and the user wants them."""
    data = Dump().add(wait_status=0x300).add(wait_status=11 | 128).add().data
    out = on_a_terminal(80, env, data)
    assert ("\033[31mexit 3\033[m\n" in out) == red
    assert ("\033[31mSIGSEGV (core)\033[m\n" in out) == red
    assert out.count("\033") == (4 if red else 0)
    assert out.endswith(" 0\n")


def test_wide_terminal():
    data = Dump().add().data
    assert "PPID" in on_a_terminal(132, {}, data) and "PPID" not in on_a_terminal(80, {}, data)


def test_days():
    """The date stands before the first row of each day, in local time."""
    dump = Dump()
    for hours in (1, 2, 3, 30):
        dump.add(time_ns=hours * 3600 * SECOND, tgid=hours)
    _, *rest = lines(reader(data=dump.data, env={"TZ": "XYZ-00:30"}))  # booted at 22:43:20
    assert [line if DATE.fullmatch(line) else int(line.split()[1]) for line in rest] == [
        "2023-11-14", 1, "2023-11-15", 2, 3, "2023-11-16", 30]


def test_rows_of_any_width():
    """Columns keep their width as long as there is room, and lose nothing beyond it."""
    values = [10**n - 1 for n in range(1, 10)] + [10**n for n in range(10)] + [0, 2**31 - 1]
    dump = Dump()
    for v in values:
        dump.add(tid=v, tgid=v // 3, ppid=v // 7, uid=v * 2, runtime_ns=v * 4567, age_ns=v * 8_765,
                 time_ns=100 * SECOND + v * 8_765)
    for v in (-1, -2**31):
        dump.add(tid=v, tgid=v, ppid=v, uid=2**32 - 2, runtime_ns=2**64 - 1, start_ns=0,
                 time_ns=2**45)
    _, *rows = table(data=dump.data)
    shown = [r.split() for r in rows]
    for v in values:
        line = "%7d %7d %7d %10d %-15s %6d.%03d %6d.%03d 0" % (
            v // 3, v, v // 7, v * 2, "job", v * 8765 // SECOND, v * 8765 // 10**6 % 1000,
            v * 4567 // 10**6, v * 4567 // 1000 % 1000)
        assert line in [r[13:] for r in rows]
    assert [r[1:3] for r in shown[-2:]] == [["-1"] * 2, ["-2147483648"] * 2]
    assert shown[-1][7] == "18446744073709.551"


def iso(real_ns):
    day = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=real_ns // SECOND)
    return f"{day.isoformat()}.{real_ns % SECOND:09d}Z"


def test_time_of_day():
    """In the table local time, in JSON UTC; both by the clock records."""
    dump = Dump()
    times = [2 * SECOND, 2 * SECOND + 999_999_999, 3 * SECOND, 86_399 * SECOND + 123_456_789]
    for t in times:
        dump.add(time_ns=t)
    found = objects(reader("--json", data=dump.data, env={"TZ": "XYZ-05:30"}))
    assert [o["time_ns"] for o in found] == times
    assert [o["time"] for o in found] == [iso(REAL + t) for t in times]
    _, *rows = table(data=dump.data, env={"TZ": "XYZ-05:30"})
    assert [r.split()[0] for r in rows] == [iso(REAL + t + 19_800 * SECOND)[11:23] for t in times]


def between(counter, before, after):
    """Where a counter is on the line through two pairs (counter, ns)."""
    return before[1] + Fraction((counter - before[0]) * (after[1] - before[1]),
                                after[0] - before[0])


def check_times(data, expected):
    """Each exit, by its pid: what time it was, to the nanosecond; none is missing."""
    found = objects(reader("--json", data=data))
    assert {o["tgid"] for o in found} == set(expected)
    for o in found:
        assert abs(o["time_ns"] - expected[o["tgid"]]) <= 1, o
    return {o["tgid"]: o for o in found}


def test_time_is_that_of_the_pairs_around():
    """The counter does not go evenly: each stretch has its own rate."""
    rng = random.Random(1)
    pairs = [(10**12, 7 * SECOND)]
    for _ in range(40):
        ticks = rng.randrange(10**6, 10**10)
        pairs.append((pairs[-1][0] + ticks,
                      pairs[-1][1] + ticks * 10 // 21 + rng.randrange(-50, 50) * ticks // 10**6))
    dump = Dump(clock=None).pair(pairs[0][1], counter=pairs[0][0])
    expected = {}
    for before, after in zip(pairs, pairs[1:]):
        for i, counter in enumerate([before[0], after[0] - 1,
                                     *(rng.randrange(before[0], after[0]) for _ in range(5))]):
            pid = len(expected)
            expected[pid] = between(counter, before, after)
            dump.add(cpu=100 * len(expected) + i, time=counter, tgid=pid)
        dump.pair(after[1], counter=after[0])
    check_times(dump.data, expected)


def test_exit_older_than_the_last_read():
    """Of a CPU with many exits only some fit into a read: the others come with later ones."""
    pairs = [(10**9 * i, 5 * SECOND + 10**8 * (10 * i + i % 3)) for i in range(1, 30)]
    dump = Dump(clock=None).pair(pairs[0][1], counter=pairs[0][0])
    expected = {}
    for n, (counter, ns) in enumerate(pairs[1:]):
        if n >= 20:
            time_then = 10**9 * (n - 18) + 7 * 10**7
            expected[n] = between(time_then, pairs[n - 19], pairs[n - 18])
            dump.add(time=time_then, tgid=n)
        dump.pair(ns, counter=counter)
    check_times(dump.data, expected)


def test_clocks_change():
    """As the module does it at a suspend: to CLOCK_BOOTTIME itself, and to a new counter."""
    dump = Dump().add(tgid=1, time_ns=5 * SECOND).pair(6 * SECOND)
    # of the next read: one record closes the old clock, one opens the new one; of both exits
    dump.pair(10 * SECOND, counter=10 * SECOND, info=NS, clock=1)
    dump.pair(10 * SECOND + 500)
    dump.add(tgid=2, time_ns=9 * SECOND, cpu=3)
    dump.add(tgid=3, time=10 * SECOND + 700, clock=1)
    dump.add(tgid=4, time=500 * SECOND + 1, clock=1)
    dump.pair(501 * SECOND, counter=501 * SECOND, info=NS, clock=1)
    # the counter began anew
    dump.pair(502 * SECOND, counter=10**6, clock=2)
    dump.pair(502 * SECOND + 9, counter=502 * SECOND + 9, info=NS, clock=1)
    dump.add(tgid=5, time=501 * SECOND + 5, clock=1)
    dump.add(tgid=6, time=10**6 + 2 * 10**9, clock=2, cpu=1)
    dump.pair(503 * SECOND, counter=10**6 + 4 * 10**9, clock=2)
    check_times(dump.data, {1: 5 * SECOND, 2: 9 * SECOND, 3: 10 * SECOND + 700,
                            4: 500 * SECOND + 1, 5: 501 * SECOND + 5,
                            6: 502 * SECOND + SECOND // 2})


@pytest.mark.parametrize("by", [3600 * SECOND, -3600 * SECOND, 1])
def test_clock_is_set(by):
    """The time of day is that which the nearer pair had; AGE does not know of it."""
    dump = Dump().add(tgid=1, time_ns=2 * SECOND, age_ns=SECOND)
    dump.pair(3 * SECOND)
    dump.add(tgid=2, time_ns=4 * SECOND - 1, age_ns=SECOND)
    dump.add(tgid=3, time_ns=4 * SECOND + 1, age_ns=SECOND)
    dump.pair(5 * SECOND, real_ns=REAL + 5 * SECOND + by)
    dump.add(tgid=4, time_ns=5 * SECOND + 1, age_ns=SECOND)
    dump.pair(6 * SECOND, real_ns=REAL + 6 * SECOND + by)
    found = objects(reader("--json", data=dump.data))
    assert [o["time_ns"] for o in found] == [2 * SECOND, 4 * SECOND - 1, 4 * SECOND + 1,
                                             5 * SECOND + 1]
    assert [o["time"] for o in found] == [
        iso(REAL + o["time_ns"] + (by if o["tgid"] > 2 else 0)) for o in found]
    assert {o["age_ns"] for o in found} == {SECOND}


def test_cut_stream():
    """What no clock record follows is converted by the last one, and the last rate."""
    dump = Dump().add(tgid=1, time_ns=2 * SECOND).pair(3 * SECOND)
    dump.add(tgid=2, time_ns=4 * SECOND).add(tgid=3, time_ns=5000 * SECOND)
    check_times(dump.bytes, {1: 2 * SECOND, 2: 4 * SECOND, 3: 5000 * SECOND})
    kernel_clock = Dump(clock=None).pair(7 * SECOND, counter=7 * SECOND, info=NS)
    check_times(kernel_clock.add(tgid=1, time=9 * SECOND).bytes, {1: 9 * SECOND})
    done = reader("--json", data=Dump().add(time_ns=2 * SECOND).bytes)
    [obj] = objects(done)
    assert obj["time_ns"] == SECOND  # all that is known
    assert "one clock record only" in done.stderr.decode()


def test_counters_that_cannot_be():
    """Damaged clock records: it ends, and shows every exit."""
    rng = random.Random(2)
    for _ in range(50):
        dump = Dump()
        for i in range(20):
            dump.add(tgid=i, time=rng.choice([0, 2**64 - 1, 2**63, rng.randrange(2**64)]))
            dump.pair(rng.choice([0, 2**64 - 1, rng.randrange(2**64)]), real_ns=rng.choice(
                [0, -1, -2**63, 2**63 - 1]), counter=rng.choice([0, 2**64 - 1, rng.randrange(2**64)]),
                info=rng.choice([0, 0, 0, NS]))
        for options in (("--json",), (), ("--summary",)):
            out = lines(reader(*options, data=dump.data))
            assert len(out) == {"--json": 20}.get(options[0] if options else "", len(out))


def test_no_clock_record_for_long(tmp_path):
    """Memory is bounded: what waits too long is shown by the last rate."""
    dump = tmp_path / "dump"
    write_records(dump, 600_000, lambda one, i: None)
    data = dump.read_bytes()[:-128]
    with subprocess.Popen([READER, "--json", "--file", "-", "--count", "1"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as proc:
        with contextlib.suppress(BrokenPipeError):
            proc.stdin.write(data)
        assert select.select([proc.stdout], [], [], 60)[0]
        assert json.loads(proc.stdout.readline())["number"] == 0
        assert proc.wait(timeout=LIMIT) == 0
        with contextlib.suppress(BrokenPipeError):
            proc.stdin.close()


@pytest.mark.parametrize("members, result", [
    ({}, "0"), ({"wait_status": 0x300}, "exit 3"), ({"wait_status": 0xff00}, "exit 255"),
    ({"wait_status": 9}, "SIGKILL"), ({"wait_status": 11 | 128}, "SIGSEGV (core)"),
    ({"wait_status": 34}, "SIG34"), ({"wait_status": 64}, "SIG64"), ({"wait_status": 127}, "SIG127"),
    ({"task_flags": KTHREAD}, "0"), ({"task_flags": KTHREAD, "wait_status": -4}, "-4"),
    ({"task_flags": KTHREAD, "wait_status": 256}, "256"),
    ({"task_flags": KTHREAD, "info": HIDDEN | 2}, "unknown"),
    ({"task_flags": KTHREAD, "info": HIDDEN, "wait_status": 9}, "9"), ({"info": HIDDEN}, "0"),
    ({"task_flags": KTHREAD - 1}, "0"), ({"task_flags": ~KTHREAD & 0xffffffff, "wait_status": 15}, "SIGTERM"),
])
def test_result(members, result):
    _, row = table(data=Dump().add(**members).data)
    assert row.endswith(f" 0.000 {result}")


def test_inexact():
    """A sum that is not exact is marked, as far as it stands in the row."""
    _, row = table(data=Dump().add(info=INEXACT, runtime_ns=12_345_678).data)
    assert row.endswith("  ~12.345 0")


@pytest.mark.parametrize("number", range(1, 128))
def test_every_signal_has_a_name(number):
    """Those that a kernel can send have the name that everybody knows."""
    _, row = table(data=Dump().add(wait_status=number).data)
    name = row.split()[-1]
    if number < 32:
        assert getattr(signal, name) == number  # 29 has two names
    else:
        assert name == f"SIG{number}"


def escaped(comm):
    """What string_escape_mem() makes of it with the flags of procmon_escape_comm()."""
    letters = {7: "a", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 27: "e", 92: "\\"}
    return "".join("\\" + letters[b] if b in letters else
                   chr(b) if 32 <= b < 127 and b != ord("]") else f"\\x{b:02x}" for b in comm)


ALL_BYTES = [bytes(range(i, min(i + 15, 256))) for i in range(1, 256, 15)]


@pytest.mark.parametrize("comm", [*ALL_BYTES, bytes(range(128, 144)), b""])
def test_names(comm):
    """Any bytes at all: one line of printable ASCII, and JSON that gives them back."""
    data = Dump().add(comm=comm).data
    for options in ((), ("--json",), ("--summary",)):
        out = reader(*options, data=data).stdout
        assert re.fullmatch(rb"[\n -~]*", out)
        assert out.count(b"\n") == {(): 3, ("--json",): 1, ("--summary",): 2}[options]
        if options != ("--json",):
            assert escaped(comm) in out.decode()
    [obj] = objects(reader("--json", data=data))
    assert obj["comm"].encode("latin-1") == comm


def test_many_alike():
    """What is made once for many lines is never shown in another one."""
    rng = random.Random(3)
    names = [b"worker-%04d" % i for i in range(3000)]
    dump = Dump()
    expected = []
    for i in range(9000):
        values = {"tgid": i, "uid": rng.choice([0, 1, 1000, i]), "cgroup_id": rng.choice([1, 2, i]),
                  "wait_status": rng.choice([0, 256 * (i % 256), i % 127]),
                  "task_flags": rng.choice([64, 1 << i % 20]), "ppid": rng.choice([1, i])}
        comm = rng.choice(names)
        info = rng.choice([0, 1, 2, 4, 5, 6])
        cpu = rng.randrange(300)
        dump.add(comm=comm, info=info, cpu=cpu, start_ns=rng.randrange(100 * SECOND),
                 time_ns=100 * SECOND + i, **values)
        expected.append({**values, "comm": comm.decode(), "last": LAST[info & 3],
                         "inexact": info >> 2, "cpu": cpu})
    found = objects(reader("--json", data=dump.data))
    assert [{m: o[m] for m in e} for o, e in zip(found, expected, strict=True)] == expected
    _, *rows = table(data=dump.data)
    for row, o in zip(rows, found, strict=True):
        signal_or_status = row.split(maxsplit=8)[8]
        assert row.split()[5] == o["comm"]
        assert signal_or_status.startswith("SIG" if o["signal"] else
                                           f"exit {o['exit_status']}" if o["exit_status"] else "0")


def test_what_is_behind_the_nul_is_no_name():
    dump = Dump().add(comm=b"a\0garbage").add(comm=b"a")
    assert [o["comm"] for o in objects(reader("--json", data=dump.data))] == ["a", "a"]
    assert len(lines(reader("--summary", data=dump.data))) == 2
    assert len(table("--comm", "a", data=dump.data)) == 3


@pytest.mark.parametrize("value", [1, 7, 99, 12345, 10**8 - 1, 10**8, 10**16 - 1, 10**16,
                                   2**63, 2**64 - 1])
def test_json_has_every_member(value):
    """Under its own name, with its own value; the largest and the smallest as well."""
    wide = {m: value for m in ("runtime_ns utime_ns stime_ns min_flt maj_flt cgroup_id "
                               "number start_ns").split()}
    signed = (value - 1) % 2**32 - 2**31
    narrow = {"uid": value % 2**32, "task_flags": value % 2**32 & ~KTHREAD, "dropped": value % 2**32,
              "tid": signed, "tgid": -signed - 1, "ppid": signed // 3, "wait_status": signed}
    done = reader("--json", data=Dump(clock=9).add(
        **wide, **narrow, comm=b"x" * 16, cpu=value % 2**16, info=INEXACT | 1, clock=9).pair(
            200 * SECOND, clock=9).data)
    [obj] = objects(done, done.returncode)
    status = narrow["wait_status"]
    assert list(obj.items()) == list({
        "time": iso(REAL + 100 * SECOND), "time_ns": 100 * SECOND, "start_ns": value,
        "age_ns": max(100 * SECOND - value, 0),
        **{m: value for m in "runtime_ns utime_ns stime_ns min_flt maj_flt".split()},
        "tid": narrow["tid"], "tgid": narrow["tgid"], "ppid": narrow["ppid"],
        "uid": narrow["uid"], "cgroup_id": value, "cgroup": None,
            "container": None, "wait_status": status,
        "exit_status": status >> 8 & 255, "signal": status & 127, "core": status >> 7 & 1,
        "last": "yes", "task_flags": narrow["task_flags"], "kthread": 0, "inexact": 1,
        "comm": "x" * 16, "number": value, "dropped": value % 2**32, "cpu": value % 2**16,
        "clock": 9, "version": VERSION, "size": 128}.items())


@pytest.mark.parametrize("number, word", enumerate(LAST))
def test_json_last(number, word):
    [obj] = objects(reader("--json", data=Dump().add(info=number).data))
    assert obj["last"] == word and obj["inexact"] == 0


def test_json_of_a_kernel_thread():
    """Nobody waits for it: its status is a plain number."""
    [obj] = objects(reader("--json", data=Dump().add(task_flags=KTHREAD | 64, wait_status=-4).data))
    assert [obj[m] for m in "wait_status exit_status signal core kthread task_flags".split()] == \
        [-4, -4, 0, 0, 1, KTHREAD | 64]


def test_what_is_not_known_is_not_0():
    """A kernel that hides what its threads return: null, "unknown", and no failure."""
    dump = Dump().add(task_flags=KTHREAD, info=HIDDEN, tid=1).add(info=HIDDEN, tid=2).add(
        task_flags=KTHREAD, tid=3)
    shown = objects(reader("--json", data=dump.data))
    assert [[o[m] for m in "wait_status exit_status signal core".split()] for o in shown] == \
        [[None, None, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert [row.split()[-1] for row in table(data=dump.data)[1:]] == ["unknown", "0", "0"]
    assert not objects(reader("--json", "--failed", data=dump.data))


def extended(ns_pid=7, pid_ns=4026532000, session=6, origin=0, program=b""):
    """What struct procmon_extended has behind a record."""
    return struct.pack("<iIiI112s", ns_pid, pid_ns, session, origin, program)


def test_extended():
    """What there is besides is behind all else; a basic record in between has none of it."""
    dump = Dump().add(tail=extended(program=b"d\xe4mon \"x\"", origin=1), wait_status=9).add()
    dump.pair(101 * SECOND, size=256).add(tail=extended(-1, 2**32 - 1, -2, 2**32 - 2))
    dump.add(tail=extended(program=b"x" * 112))
    first, basic, strange, long = objects(reader("--json", data=dump.data))
    assert list(first)[-6:] == ["ns_pid", "pid_ns", "session", "oom", "program", "program_bytes"]
    assert list(first.values())[-6:] == [7, 4026532000, 6, 1, "d\xe4mon \"x\"", 1]
    assert list(basic) == list(first)[:-6] and basic["size"] == 128 and first["size"] == 256
    assert list(strange.values())[-5:] == [-1, 2**32 - 1, -2, 0, None]
    assert long["program"] == "x" * 112


def test_extended_is_no_longer_than_there_is_room():
    """The longest of all lines: each byte of each name is escaped."""
    most = 2**64 - 1
    dump = Dump()
    for _ in range(300):
        dump.add(tail=extended(-2**31, 2**32 - 1, -2**31, 2**32 - 1, b"\x80" * 112),
                 comm=b"\x80" * 16, runtime_ns=most, utime_ns=most, stime_ns=most, min_flt=most,
                 maj_flt=most, cgroup_id=most, tid=-2**31, tgid=-2**31 + 1, ppid=-2**31,
                 uid=2**32 - 1, task_flags=KTHREAD, wait_status=-2**31)
    shown = objects(reader("--json", data=dump.data))
    assert len(shown) == 300 and {o["program"] for o in shown} == {"\x80" * 112}


def test_oom():
    """Behind the signal, whoever was chosen; no basic record knows."""
    dump = Dump().add(wait_status=9, tail=extended(origin=1)).add(wait_status=9, tail=extended())
    dump.add(wait_status=9).add(wait_status=11 | 128, tail=extended(origin=3))
    ends = [row.split(" 0.000 ")[-1] for row in table(data=dump.data)[1:]]
    assert ends == ["SIGKILL (oom)", "SIGKILL", "SIGKILL", "SIGSEGV (core) (oom)"]


NAMES = ["caf\u00e9".encode(), "\u65e5\u672c\u8a9e".encode(), "\U0001f600 ok".encode(), b"plain",
         b"caf\xe9", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"a\x80",
         "\u0085\u202e".encode(), b"q\"\\\n\x7f", b"\xf8\x88\x80\x80\x80", b"\xf0\x80\x80\x80",
         "\uffff\U0010ffff".encode()]


@pytest.mark.parametrize("name", [*NAMES, "\u65e5\u672c\u8a9e\u306e\u540d".encode()[:15],
                                  "abcdefghijklmn\u00e9".encode()[:15]])
def test_json_text_or_bytes(name):
    """What is UTF-8 is that text; else the bytes, and it says so. Python decides which."""
    [obj] = objects(reader("--json", data=Dump().add(comm=name, tail=extended(program=name)).data))
    try:
        text, is_text = name.decode(), True
    except UnicodeDecodeError:
        text, is_text = name.decode("latin-1"), False
    assert obj["comm"] == obj["program"] == text
    for member in ("comm_bytes", "program_bytes"):
        assert obj.get(member) == (None if is_text else 1)


def formatted(fields, *options, data, **kwargs):
    return lines(reader("--format", fields, *options, data=data, **kwargs))


def test_format():
    """As ps -o: numbers to the right, text to the left, each under its head."""
    dump = Dump().add(tgid=7, tid=4194304, comm=b"a b", wait_status=0x300, uid=4294967294)
    dump.add(tgid=123456, comm=b"sleep", wait_status=9, tail=extended(origin=1, program=b"p\n"))
    assert formatted("pid,tid,comm,uid,result,program", data=dump.data) == [
        "    PID     TID COMM                   UID RESULT          PROGRAM",
        "      7 4194304 a b             4294967294 exit 3          -",
        " 123456      42 sleep                 1000 SIGKILL (oom)   p\\n"]
    assert formatted("comm=,pid=", data=dump.data) == ["a b                   7",
                                                       "sleep            123456"]
    assert formatted("pid=THE PROCESS,exit=", data=dump.data) == [
        "THE PROCESS     ", "          7    3", "     123456    0"]


def test_format_has_every_field():
    """Those that the help names, each with what JSON has."""
    text = reader("--help").stdout.decode()
    listed = re.search(r"The fields of --format: (.*?)\. What", text, re.S).group(1)
    fields = re.findall(r"\b[a-z_]+\b", re.sub(r"\(.*?\)|and, with record=extended", "", listed))
    assert len(fields) == len(set(fields)) == 23
    dump = Dump().add(age_ns=1_234_567_890, runtime_ns=1_500_000, utime_ns=2_000_000,
                      stime_ns=3_000_000, min_flt=4, maj_flt=5, cgroup_id=6, wait_status=0x900,
                      tail=extended(program=b"prog"))
    [obj] = objects(reader("--json", data=dump.data))
    for field in fields:
        [shown] = formatted(field + "=", data=dump.data)
        expected = {"date": obj["time"][:10], "time": obj["time"][11:23], "pid": obj["tgid"],
                    "age": "1.234", "cpu": "1.500", "utime": "2.000", "stime": "3.000",
                    "cgroup": "-", "container": "-", "result": "exit 9", "exit": 9, "signal": "-"}
        assert shown.strip() == str(expected.get(field, obj.get(field))), field
    # of a basic record, what only an extended one has is not known
    for field in ("ns_pid", "pid_ns", "session", "program"):
        assert formatted(field + "=", data=Dump().add().data)[0].strip() == "-"
    unknown = Dump().add(task_flags=KTHREAD, info=HIDDEN).data
    assert [formatted(f + "=", data=unknown)[0].strip() for f in ("result", "exit")] == ["unknown", "-"]


def test_format_is_wide_enough():
    """As many fields as may be, with the longest of all names."""
    dump = Dump()
    for _ in range(100):
        dump.add(tail=extended(program=b"\x80" * 112))
    [line, *_] = formatted(",".join(["program="] * 32), data=dump.data)
    assert line.split() == ["\\x80" * 112] * 32


@pytest.mark.parametrize("options, said", [
    (("--format", "pid,what"), "'what' is none of date, time, pid"), (("--format", ""), "'' is none of"),
    (("--format", "pid,"), "'' is none of"), (("--format", ",".join(["pid"] * 33)), "more than 32"),
    (("--format", "pid=" + "x" * 5000), "too long"), (("--format", "pid", "--json"), "--json"),
    (("--format", "pid", "--format", "tid"), "given twice"), (("--format", "pid", "--summary"), "--summary"),
])
def test_format_that_cannot_be(options, said):
    done = reader(*options, data=b"")
    assert done.returncode == 2 and said in done.stderr.decode() and not done.stdout


@pytest.mark.parametrize("since, n", [
    ("2023-11-14 22:15:00", 1), ("2023-11-14 22:14", 3), ("2023-11-14", 3), ("2023-11-15", 0),
    ("2023-11-14 22:14:10", 2), ("-1d", 0), ("-30000d", 3), ("-5s", 0), ("00:00", 0),
])
def test_since(since, n):
    """REAL is 2023-11-14 22:13:20 UTC, and the exits are 40, 60 and 100 s later."""
    dump = Dump()
    for second in (40, 60, 100):
        dump.add(time_ns=second * SECOND)
    assert len(objects(reader("--json", "--utc", "--since", since, data=dump.data))) == n
    assert len(objects(reader("--json", "--since", since, data=dump.data))) == n
    total = lines(reader("--summary", "--since", since, data=dump.data))[1:]
    assert [row.split()[1] for row in total] == ([str(n)] if n else [])


@pytest.mark.parametrize("since", ["yesterday", "-1w", "-d", "25:00", "2023-13-01", "-1d2", ""])
def test_since_that_cannot_be(since):
    done = reader("--since", since, data=Dump().add().data)
    assert done.returncode == 2 and b"--since takes" in done.stderr and not done.stdout


def test_since_is_for_files():
    done = subprocess.run([READER, "--since", "-1h"], capture_output=True, check=False, timeout=LIMIT)
    assert done.returncode == 2 and b"--file" in done.stderr


def test_summary_by_program():
    """By the file's name, whatever the task calls itself; what nobody knows is "-"."""
    dump = Dump().add(comm=b"a", tail=extended(program=b"one")).add(comm=b"b", wait_status=9,
                                                                    tail=extended(program=b"one"))
    dump.add(tail=extended(program=b"t\xfft")).add().add(tail=extended())
    rows = [row.split()[:3] for row in lines(reader("--summary", "--by", "program", data=dump.data))]
    assert rows == [["PROGRAM", "EXITS", "FAILED"], ["-", "2", "0"], ["one", "2", "1"],
                    ["t\\xfft", "1", "0"]]


def test_age_is_never_negative():
    """The start is by another reading of the clock than the exit."""
    dump = Dump().add(start_ns=100 * SECOND + 1).add(start_ns=100 * SECOND - 1)
    assert [o["age_ns"] for o in objects(reader("--json", data=dump.data))] == [0, 1]


def mixed():
    """Ten exits on two CPUs; pid is the number in the order of time."""
    dump = Dump()
    for cpu in (1, 0):
        for i in range(5):
            n = 2 * i + cpu
            dump.add(cpu=cpu, time_ns=(100 + n) * SECOND, tgid=n, uid=[0, 1000, 12][n % 3],
                     comm=b"even" if n % 2 == 0 else b"odd", age_ns=n * SECOND,
                     wait_status={4: 0x300, 7: 15}.get(n, 0))
    return dump


def pids(done, status=0):
    return [o["tgid"] for o in objects(done, status)]


def test_sorted_by_time(tmp_path):
    """Records come CPU by CPU; what is read at once is shown in the order of time."""
    assert pids(reader("--json", data=mixed().data)) == list(range(10))
    many = Dump()
    for cpu in range(7):
        for i in range(30):
            many.add(cpu=cpu, time_ns=SECOND + i * 7 + (cpu * 3) % 7, tgid=i * 7 + (cpu * 3) % 7)
    # Of a pipe the reader may get a part at once, on a busy machine.
    dump = tmp_path / "dump"
    dump.write_bytes(many.data)
    assert pids(reader("--json", "--file", dump)) == list(range(210))


@pytest.mark.parametrize("options, shown", [
    (("--failed",), [4, 7]), (("--comm", "even"), [0, 2, 4, 6, 8]), (("--comm", "eve"), []),
    (("--uid", "12"), [2, 5, 8]), (("--uid", "0"), [0, 3, 6, 9]),
    (("--uid", pwd.getpwuid(0).pw_name), [0, 3, 6, 9]),
    (("--uid", "0", "--comm", "odd"), [3, 9]), (("--failed", "--uid", "1000"), [4, 7]),
    (("--count", "3"), [0, 1, 2]), (("--count", "2", "--comm", "odd"), [1, 3]),
    (("--count", "100"), list(range(10))), (("-x",), [4, 7]), (("--pid", "3"), [3]),
    (("-p", "30"), []), (("--ppid", "40", "-x"), [4, 7]), (("--ppid", "41"), []),
])
def test_filters(options, shown):
    """They choose what is shown; what was read is counted all the same."""
    done = reader("--json", *options, data=mixed().data)
    assert pids(done) == shown
    of = "" if len(shown) == 10 else f" ({len(shown)} shown)"
    assert last_line(done) == (f"procmon: 10 exits read{of}, of 2 CPUs; "
                               "0 lost before the last of each CPU")


def test_filter_kthread_failed():
    """As the module has it: by the value of a kernel thread, too."""
    dump = Dump().add(task_flags=KTHREAD, wait_status=-4, tgid=1).add(task_flags=KTHREAD, tgid=2)
    assert pids(reader("--json", "--failed", data=dump.data)) == [1]


def test_summary():
    """By name: exits, failures, the median, the longest, CPU time, signals."""
    dump = Dump()
    for age, status in ((5, 9), (1, 0x100), (1000, 9), (2, 0), (3, 11 | 128)):
        dump.add(comm=b"five", age_ns=age * SECOND, runtime_ns=SECOND // 2, wait_status=status,
                 time_ns=2000 * SECOND)
    for age in (1, 2, 4, 100):
        dump.add(comm=b"four", age_ns=age * SECOND)
    dump.add(comm=b"\x1b[31m", age_ns=7)
    header, *rows = lines(reader("--summary", data=dump.data))
    assert header.split() == "COMM EXITS FAILED MEDIAN AGE s MAX AGE s CPU s SIGNALS".split()
    assert [row.split(maxsplit=6) for row in rows] == [
        ["five", "5", "4", "3.000", "1000.000", "2.500", "SIGKILL 2, SIGSEGV 1"],
        ["four", "4", "0", "3.000", "100.000", "0.000"],
        ["\\e[31m", "1", "0", "0.000", "0.000", "0.000"]]


def test_summary_by_intervals():
    """A table of each, that begins with none of the one before; what is left is in the last."""
    with subprocess.Popen([READER, "--summary", "--interval", "0.2", "--utc", "--file", "-"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          bufsize=0) as proc:
        dump = Dump()
        proc.stdin.write(dump.bytes)
        tables = b""
        for i in range(3):
            size = len(dump.bytes)
            for _ in range(i + 1):
                dump.add(comm=b"name%d" % i, wait_status=15)
            dump.pair(dump.latest + SECOND)
            proc.stdin.write(dump.bytes[size:])
            while i < 2 and b"name%d" % i not in tables:
                tables += proc.stdout.read(4096)
        proc.stdin.close()
        tables += proc.stdout.read()
        assert proc.wait(timeout=LIMIT) == 0
        assert b"6 exits read, of" in proc.stderr.read()
    # Between two of them there may be tables of nothing.
    rows = [line.split()[:3] for line in tables.decode().splitlines() if line.startswith("name")]
    assert rows == [[f"name{i}", str(i + 1), str(i + 1)] for i in range(3)]
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\nCOMM ", tables.decode())


def test_utc():
    data = Dump().add().data
    assert "22:15:00.000 " in table("--utc", data=data, env={"TZ": "XYZ-05:30"})[1]
    assert "03:45:00.000 " in table(data=data, env={"TZ": "XYZ-05:30"})[1]


def test_summary_filters_and_count():
    _, row = lines(reader("--summary", "--comm", "odd", "--count", "3", data=mixed().data))
    assert row.split() == ["odd", "3", "0", "3.000", "5.000", "0.000"]


def test_summary_counts_in_the_order_of_time():
    rows = lines(reader("--summary", "--count", "3", data=mixed().data))[1:]
    assert [row.split()[:2] for row in rows] == [["even", "2"], ["odd", "1"]]


def test_summary_of_many_names():
    """More than one table of names holds, and none is lost on the way."""
    dump = Dump()
    for i in range(1000):
        for _ in range(1 + i % 3):
            dump.add(comm=b"name-%d" % i)
    _, *rows = lines(reader("--summary", data=dump.data))
    found = {name: int(n) for name, n, *_ in map(str.split, rows)}
    assert found == {f"name-{i}": 1 + i % 3 for i in range(1000)}


def write_records(path, n, change):
    """A dump of n exits; change(record, i) makes each what it shall be."""
    one = bytearray(Dump(clock=None).add().bytes)
    with path.open("wb") as dump:
        dump.write(Dump().bytes)
        for i in range(n):
            struct.pack_into("<Q", one, NUMBER, i)
            change(one, i)
            dump.write(one)
        dump.write(Dump(clock=None).pair(200 * SECOND).bytes)


NUMBER = 112  # offsetof(struct procmon_record, number)


def write_names(path, names):
    """A dump with one exit of each name."""
    write_records(path, len(names), lambda one, i: struct.pack_into("<16s", one, 32, names[i]))


def summary_seconds(dump):
    """What it takes of the CPU, at best: the machine may be busy."""
    best = float("inf")
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        assert len(lines(reader("--summary", "--file", dump))) == 80001
        best = min(best, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before)
    return best


def test_summary_of_hostile_names(tmp_path):
    """Whoever chooses the names, and their order, cannot make the table a list."""
    names = [b"name-%06d" % i for i in range(80000)]
    write_names(tmp_path / "hostile", names)
    random.shuffle(names)
    write_names(tmp_path / "ordinary", names)
    assert summary_seconds(tmp_path / "hostile") < 5 * summary_seconds(tmp_path / "ordinary")


def test_summary_of_too_many_names(tmp_path):
    """So many are kept; the exits of all others are one row, which no name can forge."""
    kept = 131072
    names = [b"name-%d" % i for i in range(kept)] + [b"[others]", b"name-7", b"more", b"more"]
    write_names(tmp_path / "dump", names)
    _, first, *rows, last = lines(reader("--summary", "--file", tmp_path / "dump"))
    assert first.split()[:2] == ["name-7", "2"]
    assert len(rows) == kept - 1 and not any("others" in row for row in rows)
    assert last.split()[:2] == ["[others]", "3"]
    [row] = lines(reader("--summary", data=Dump().add(comm=b"[others]").data))[1:]
    assert row.split()[0] == "[others\\x5d"


def test_summary_says_when_the_median_is_of_a_sample(tmp_path):
    """Beyond the ages that are kept: marked, and of all exits, not of the first."""
    n = 90_000 * 4
    write_records(tmp_path / "dump", n,
                  lambda one, i: struct.pack_into("<Q", one, 56, 100 * SECOND - i * 250_000))
    _, row = lines(reader("--summary", "--file", tmp_path / "dump"))
    median = row.split()[3]
    assert median[0] == "~"
    assert abs(float(median[1:]) * 4000 - n / 2) < n / 100


def test_gaps_that_are_explained():
    """Dropped records leave a gap of just their number: told at once, and no error."""
    dump = Dump().drop(1, 3).add(cpu=1).add(cpu=1).add(cpu=0).drop(0, 2**32 - 1).add(cpu=0)
    dump.drop(0, 5).add(cpu=0)
    done = reader("--json", data=dump.data)
    assert len(objects(done)) == 5
    assert done.stderr.decode().splitlines() == [
        "procmon: lost 4294967300 exits on CPU 0", "procmon: lost 3 exits on CPU 1",
        "procmon: 5 exits read, of 2 CPUs; 4294967303 lost before the last of each CPU"]


@pytest.mark.parametrize("spoil, why", [
    (lambda d: d.add(number=1), r"CPU 0: number 1 came where 0 was due"),
    (lambda d: d.add().drop(0, 4).add(number=5), r"CPU 0: number 5 came where 1 was due"),
    (lambda d: d.add().add(number=0), r"CPU 0: number 0 came where 1 was due"),
    (lambda d: d.add().add(number=9).add(number=20), r"CPU 0: number 9 .* \(and 1 faults more\)"),
])
def test_numbers_that_are_not_in_order(spoil, why):
    """Shown as far as they go, but the sum does not close."""
    dump = spoil(Dump())
    number = dump.bytes.count(b"job")
    done = reader("--json", data=dump.data)
    assert len(objects(done, status=1)) == number
    assert re.fullmatch(f"procmon: the sum does not close: {why}", last_line(done))
    assert f"procmon: {number} exits read" in done.stderr.decode()


def test_many_records(tmp_path):
    """More records than one read takes: numbers go on from one to the next."""
    dump = tmp_path / "dump"
    write_records(dump, 20000, lambda one, i: None)
    done = reader("--json", "--file", dump)
    assert [o["number"] for o in objects(done)] == list(range(20000))
    data = bytearray(dump.read_bytes())
    del data[15000 * 128:15001 * 128]
    dump.write_bytes(data)
    assert len(lines(reader("--json", "--file", dump), status=1)) == 19999


def version_3():
    """A record as the program before this one saved it."""
    return struct.pack("<HHI8Q5i4B16sQII", 3, 128, 0, *[1] * 8, *[2] * 5, 0, 0, 0, 0, b"old", 0, 0, 0)


@pytest.mark.parametrize("data, why", [
    (version_3(), f"a record of version 3, but this program knows version {VERSION}: "),
    (struct.pack("<HH", VERSION + 1, 200) + bytes(196),
     f"a record of version {VERSION + 1}, but this program knows version {VERSION}: "),
    (b"root:x:0:0:root:/root:/bin/bash\n" * 9, "not a stream of procmon, or damaged"),
    (b"hello\n", "not a stream of procmon, or damaged"),
    (b"\x7fELF" + bytes(500), "not a stream of procmon, or damaged"),
    (bytes(500), "not a stream of procmon, or damaged"), (b"\xff" * 500, "not a stream of procmon, or damaged"),
])
@pytest.mark.parametrize("options", [(), ("--json",), ("--summary",)])
def test_foreign_files(data, why, options):
    """Refused with a line that says why, and not a word that might be wrong."""
    done = reader(*options, data=data)
    assert not re.search("old|root", done.stdout.decode())
    assert done.returncode == 1
    assert last_line(done).startswith(f"procmon: standard input: {why}")


def test_other_version_behind():
    """What came before is shown."""
    done = reader("--json", data=Dump().add().data + version_3())
    assert len(objects(done, status=1)) == 1 and "version 3" in last_line(done)
    done = reader("--json", data=Dump().add().bytes + version_3())
    assert len(objects(done, status=1)) == 1 and "version 3" in last_line(done)


def test_no_clock_record():
    """A stream without its beginning has no time."""
    done = reader("--json", data=Dump(clock=None).add().add().data)
    assert done.returncode == 0  # one behind it will do
    done = reader("--json", data=Dump(clock=None).add().add().bytes)
    assert done.returncode == 1 and not done.stdout
    assert "a record of clock 0, of which there is no clock record" in last_line(done)


def test_bigger_record_of_the_same_version():
    """New members behind those we know are stepped over."""
    dump = Dump().add(tgid=1, tail=b"\xff" * 24).add(tgid=2, tail=b"\xff" * 8).add(tgid=3)
    assert pids(reader("--json", data=dump.data)) == [1, 2, 3]


@pytest.mark.parametrize("size", [0, 8, 120, 129, 132])
def test_impossible_size(size):
    done = reader("--json", data=Dump().add(size=size).data)
    assert done.returncode == 1 and not done.stdout
    assert f"a record of {size} bytes" in last_line(done)


@pytest.mark.parametrize("cut", [1, 3, 64, 127])
def test_truncated_file(cut, tmp_path):
    (tmp_path / "dump").write_bytes(Dump().add().add().bytes[:256 + cut])
    done = reader("--json", "--file", tmp_path / "dump")
    assert len(objects(done, status=1)) == 1
    assert re.search(rf"does not close: .*/dump ends in the middle of a record, {cut} bytes",
                     last_line(done))


def test_pieces():
    """A pipe may cut a record anywhere; what has its clock record is shown at once."""
    data = Dump().add(tgid=1).add(tgid=2).pair(200 * SECOND).add(tgid=3).data
    with subprocess.Popen([READER, "--json", "--file", "-"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as proc:
        proc.stdin.write(data[:130])
        proc.stdin.write(data[130:511])
        assert not select.select([proc.stdout], [], [], 0.2)[0]
        proc.stdin.write(data[511:520])
        assert [json.loads(proc.stdout.readline())["tgid"] for _ in "12"] == [1, 2]
        for i in range(520, len(data)):
            proc.stdin.write(data[i:i + 1])
        assert json.loads(proc.stdout.readline())["tgid"] == 3
        proc.stdin.close()
        assert proc.wait() == 0


def test_empty_file():
    done = reader(data=b"")
    assert len(lines(done)) == 1
    assert last_line(done).startswith("procmon: 0 exits read, of 0 CPUs")


def test_count_ends_without_the_end_of_the_input():
    with subprocess.Popen([READER, "--json", "--file", "-", "--count", "2"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as proc:
        proc.stdin.write(mixed().data)
        proc.stdin.flush()
        assert proc.wait(timeout=LIMIT) == 0
        assert len(proc.stdout.read().splitlines()) == 2


@pytest.mark.parametrize("options", [(), ("--summary",)])
def test_duration(options):
    """It ends though its input does not, and not before the time is up."""
    before = time.monotonic()
    with subprocess.Popen([READER, "--file", "-", "--duration", "0.3", *options],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as proc:
        assert proc.wait(timeout=LIMIT) == 0
    assert time.monotonic() - before >= 0.3


def hear_hangups():
    """Whoever runs the tests by nohup(1) has them ignored."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_in_order(sig):
    with subprocess.Popen([READER, "--json", "--file", "-"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
                          preexec_fn=hear_hangups) as proc:
        proc.stdin.write(Dump().add().data)
        proc.stdout.readline()
        proc.send_signal(sig)
        assert proc.wait(timeout=LIMIT) == 0
        assert proc.stderr.read().startswith(b"procmon: 1 exits read")


def test_second_signal_ends_at_once():
    """Even while it waits for whoever should read its output."""
    dump = Dump()
    for _ in range(400):  # less than a pipe holds; as JSON it is more
        dump.add()
    with subprocess.Popen([READER, "--json", "--file", "-"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as proc:
        proc.stdin.write(dump.data)
        proc.stdout.read(1)  # now it fills the pipe, and waits
        proc.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            proc.wait(timeout=0.3)
        # on a busy host it may not have seen the first: then they are one
        until = time.monotonic() + LIMIT
        while proc.poll() is None and time.monotonic() < until:
            proc.send_signal(signal.SIGINT)
            time.sleep(0.1)
        assert proc.wait(timeout=LIMIT) == -signal.SIGINT


def block_signals():
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


def test_blocked_signals():
    """Whoever started it had them blocked."""
    with subprocess.Popen([READER, "--json", "--file", "-"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
                          preexec_fn=block_signals) as proc:
        proc.stdin.write(Dump().add().data)
        proc.stdout.readline()
        proc.send_signal(signal.SIGTERM)
        assert proc.wait(timeout=LIMIT) == 0


def test_nohup():
    """SIGHUP is ignored by who was told to when it began."""
    with subprocess.Popen(["nohup", READER, "--json", "--file", "-"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as proc:
        proc.stdin.write(Dump().add().data)
        proc.stdout.readline()
        proc.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            proc.wait(timeout=0.3)
        proc.stdin.close()
        assert proc.wait(timeout=LIMIT) == 0


@pytest.mark.parametrize("options", [(), ("--json",), ("--summary",), ("--raw", "-")])
def test_nobody_reads_the_output(options):
    """It tells the balance and dies of SIGPIPE, and needs no further exit for that."""
    with subprocess.Popen([READER, "--file", "-", *options], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as proc:
        proc.stdin.write(Dump().add().data)
        if options == ("--raw", "-"):
            proc.stdout.read(256)
        elif options != ("--summary",):
            while b"job" not in proc.stdout.readline():
                pass
        else:
            time.sleep(0.3)  # it has no sign to give that it has read
        proc.stdout.close()
        assert proc.wait(timeout=LIMIT) == -signal.SIGPIPE
        [line] = proc.stderr.read().decode().splitlines()
        assert line == "procmon: 1 exits read, of 1 CPU; 0 lost before the last of each CPU"


@pytest.mark.parametrize("options", [(), ("--json",), ("--summary",)])
def test_interrupt_of_a_pipeline(tmp_path, options):
    """Ctrl-C goes to all of `procmon | cat`, and cat dies first: the balance is told."""
    fifo, seen, told = (tmp_path / name for name in ("fifo", "seen", "told"))
    os.mkfifo(fifo)
    reader_ = shlex.join(map(str, [READER, "--file", fifo, *options]))
    pid, terminal = pty.fork()
    if not pid:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execv("/bin/sh", ["sh", "-c", f"{reader_} 2>{told} | cat >{seen}"])
    with open(fifo, "wb") as stream:
        stream.write(Dump().add().data)
        stream.flush()
        if options == ("--summary",):
            time.sleep(0.5)  # it has no sign to give that it has read
        else:
            wait_for(lambda: seen.exists() and b"job" in seen.read_bytes())
        os.write(terminal, b"\x03")
        wait_for(lambda: told.read_text().endswith("\n"))
    os.close(terminal)
    os.waitpid(pid, 0)
    [line] = told.read_text().splitlines()
    assert line == "procmon: 1 exits read, of 1 CPU; 0 lost before the last of each CPU"


def feed(pipe, data):
    """All of it, unless who reads it ends before."""
    with contextlib.suppress(BrokenPipeError):
        while data:
            data = data[pipe.write(data):]


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_how_many_are_in_the_output(options):
    """Those that are not, since nobody read them, are not counted as shown."""
    dump = Dump()
    for _ in range(5000):
        dump.add()
    with subprocess.Popen([READER, "--file", "-", *options], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as proc:
        fcntl.fcntl(proc.stdout, fcntl.F_SETPIPE_SZ, 4096)
        feeder = threading.Thread(target=feed, args=(proc.stdin, dump.data))
        feeder.start()
        first = b""
        while b"job" not in first:
            first = proc.stdout.read(4096)
        proc.stdout.close()
        assert proc.wait(timeout=LIMIT) == -signal.SIGPIPE
        feeder.join()
        told = re.fullmatch(r"procmon: (\d+) exits read \((\d+) shown\), .*\n",
                            proc.stderr.read().decode())
    # What the pipe held when it was closed is lost in it, and nobody can know.
    assert int(told[2]) >= len(re.findall(rb"job.*\n", first))
    assert int(told[2]) < int(told[1]) <= 5000


@pytest.mark.parametrize("options", [(), ("--json",), ("--summary",)])
def test_disk_full(options):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([READER, "--file", "-", *options], input=Dump().add().data,
                              stdout=full, stderr=subprocess.PIPE, check=False)
    first, last = done.stderr.decode().splitlines()
    assert done.returncode == 1
    assert first == "procmon: cannot write standard output: No space left on device"
    # the head of the table fails before anything is read
    assert last.startswith({
        (): "procmon: 0 exits read, of 0 CPUs;", ("--json",): "procmon: 1 exits read (0 shown),",
        ("--summary",): "procmon: 1 exits read, of 1 CPU;"}[options])


def limit_file_size(size):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_full_in_the_middle_of_a_line(tmp_path):
    """A line is in the output if all of it is."""
    dump = Dump()
    for _ in range(20):
        dump.add()
    done = reader("--json", "--output", tmp_path / "log", data=dump.data,
                  preexec_fn=lambda: limit_file_size(1200))
    whole = (tmp_path / "log").read_bytes().count(b"\n")
    assert 1 < whole < 20 and (tmp_path / "log").stat().st_size == 1200
    assert done.returncode == 1 and f"20 exits read ({whole} shown)" in last_line(done)


@pytest.mark.parametrize("options", [(), ("--json",), ("--summary",), ("--raw", "-")])
def test_output_that_does_not_block(options):
    """Whoever shares the pipe made it so; everything comes all the same (write(2), EAGAIN)."""
    dump = Dump()
    for i in range(2000):
        dump.add(comm=b"%d" % i)
    ours, its = os.pipe()
    os.set_blocking(its, False)
    fcntl.fcntl(its, fcntl.F_SETPIPE_SZ, 4096)
    with subprocess.Popen([READER, "--file", "-", *options], stdin=subprocess.PIPE, stdout=its,
                          stderr=subprocess.PIPE) as proc, os.fdopen(ours, "rb") as pipe:
        os.close(its)
        feeder = threading.Thread(target=proc.communicate, args=(dump.data,))
        feeder.start()
        out = b""
        while part := pipe.read1(100):
            out += part
        feeder.join()
        assert proc.returncode == 0
    assert out == reader(*options, data=dump.data).stdout


def test_output_file(tmp_path):
    """It is added to, for its owner alone; SIGHUP has it opened anew, and nothing is lost."""
    log = tmp_path / "log"
    log.write_text("before\n")
    with subprocess.Popen([READER, "--json", "--file", "-", "--output", log],
                          stdin=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as proc:
        def exit_shown(dump, file):
            size = len(dump.bytes)
            dump.add().pair(dump.latest + SECOND)
            proc.stdin.write(dump.bytes[size:])
            wait_for(lambda: file.exists() and file.read_bytes().endswith(b"}\n"))

        dump = Dump()
        proc.stdin.write(dump.bytes)
        exit_shown(dump, log)
        for i in (1, 2):  # and once more
            log.rename(tmp_path / f"log.{i}")
            proc.send_signal(signal.SIGHUP)
            wait_for(log.exists)
            exit_shown(dump, log)
        proc.stdin.close()
        assert proc.wait(timeout=LIMIT) == 0
        assert b"3 exits read, of" in proc.stderr.read()
    texts = [(tmp_path / name).read_text().splitlines() for name in ("log.1", "log.2", "log")]
    assert texts[0].pop(0) == "before"
    assert [json.loads(line)["number"] for [line] in texts] == [0, 1, 2]
    assert log.stat().st_mode & 0o777 == 0o600


def test_output_that_is_no_file(tmp_path):
    """A dash is standard output, as of --raw; then SIGHUP ends it as it does without."""
    with subprocess.Popen([READER, "--json", "--file", "-", "--output", "-"], cwd=tmp_path,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          bufsize=0, preexec_fn=hear_hangups) as proc:
        proc.stdin.write(Dump().add().data)
        assert json.loads(proc.stdout.readline())["number"] == 0
        proc.send_signal(signal.SIGHUP)
        assert proc.wait(timeout=LIMIT) == 0
    assert not list(tmp_path.iterdir())


def test_output_file_that_cannot_be(tmp_path):
    done = reader("--output", tmp_path / "none/log", data=Dump().data)
    assert done.returncode == 1
    assert re.fullmatch(r"procmon: .*/none/log: No such file or directory", last_line(done))


@pytest.mark.parametrize("closed", [(0,), (2,), (0, 2), (0, 1, 2)])
def test_closed_standard_files(tmp_path, closed):
    """Their numbers go to nothing that it opens, and what is meant for them goes nowhere."""
    dump, log = tmp_path / "dump", tmp_path / "log"
    dump.write_bytes(Dump().add().drop(0, 5).add().data)
    with open(tmp_path / "out", "wb") as out:
        done = subprocess.run([READER, "--json", "--file", dump, "--output", log], stdout=out,
                              stderr=out, preexec_fn=lambda: [os.close(fd) for fd in closed],
                              check=False, timeout=LIMIT)
    assert done.returncode == 0
    assert [json.loads(line)["number"] for line in log.read_text().splitlines()] == [0, 1]
    assert ("2 exits read" in (tmp_path / "out").read_text()) == (2 not in closed)


def metrics(text):
    """The counters of a file for Prometheus, as it says to write them."""
    values, known = {}, set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.split()[2:]
            assert kind == "counter"
            known.add(name)
        elif not line.startswith("# HELP "):
            match = re.fullmatch(r'(\w+)((?:\{(?:\w+="(?:[^"\\\n]|\\[\\"n])*",?)+\})?) (\d+)', line)
            assert match and match[1] in known, line
            assert (match[1], match[2]) not in values
            values[match[1], match[2]] = int(match[3])
    return values


def test_metrics(tmp_path):
    """Beside any output, of what was chosen; put there in one step."""
    dump = Dump()
    for status in (0, 0, 3 << 8, 11, 11 | 128, 9):
        dump.add(wait_status=status)
    dump.drop(0, 7).add(wait_status=9)
    file = tmp_path / "procmon.prom"
    for options, exits in (((), 7), (("--summary",), 7), (("--json", "--failed"), 5)):
        done = reader("--metrics", file, *options, data=dump.data)
        assert done.returncode == 0 and not (tmp_path / "procmon.prom.tmp").exists()
        assert metrics(file.read_text()) == {
            ("procmon_exits_total", '{container=""}'): exits,
            ("procmon_failed_total", '{container=""}'): 5,
            ("procmon_signaled_total", '{container="",signal="SIGKILL"}'): 2,
            ("procmon_signaled_total", '{container="",signal="SIGSEGV"}'): 2,
            ("procmon_lost_total", ""): 7}
        assert file.stat().st_mode & 0o777 == 0o644 & ~os.umask(os.umask(0))
    with subprocess.Popen([READER, "--file", "-", "--metrics", file, "--interval", "0.1"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as proc:
        wait_for(lambda: metrics(file.read_text())["procmon_lost_total", ""] == 0)
        proc.stdin.write(dump.data)
        proc.stdin.flush()
        wait_for(lambda: metrics(file.read_text())["procmon_lost_total", ""] == 7)
        proc.stdin.close()
        assert proc.wait(timeout=LIMIT) == 0
    done = reader("--metrics", tmp_path / "none/file", data=dump.data)
    assert done.returncode == 0
    assert done.stderr.count(b"cannot write") == 1 and len(lines(done)) == 9


def test_raw(tmp_path):
    """A copy, byte by byte, checked on the way; of a pipe, too, whatever pieces come."""
    data = mixed().pair(200 * SECOND).drop(1, 3).add(cpu=1).data
    (tmp_path / "dump").write_bytes(data)
    for options in (("--file", tmp_path / "dump"), ("--file", "-")):
        done = reader("--raw", tmp_path / "copy", *options, input=data)
        assert lines(done) == [] and (tmp_path / "copy").read_bytes() == data
        assert last_line(done) == ("procmon: 11 exits read, of 2 CPUs; "
                                   "3 lost before the last of each CPU")
    done = reader("--raw", "-", data=data)
    assert done.returncode == 0 and done.stdout == data
    with subprocess.Popen([READER, "--raw", "-", "--file", "-"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as proc:
        for i in range(0, len(data), 100):
            proc.stdin.write(data[i:i + 100])
            assert proc.stdout.read(100) == data[i:i + 100]
        proc.stdin.close()
        assert proc.wait() == 0 and b"11 exits read, of" in proc.stderr.read()


def test_raw_checks(tmp_path):
    """What --file would complain of later is told at once."""
    done = reader("--raw", tmp_path / "copy", data=Dump().add().add(number=5).data)
    assert done.returncode == 1 and "CPU 0: number 5 came where 1 was due" in last_line(done)
    done = reader("--raw", tmp_path / "copy", data=Dump().add().data[:-1])
    assert done.returncode == 1 and "in the middle of a record, 127 bytes" in last_line(done)
    done = reader("--raw", tmp_path / "copy", data=Dump().add().data + version_3())
    assert done.returncode == 1 and "version 3" in last_line(done)


def test_raw_on_a_full_disk(tmp_path):
    """It says so; whole records stay in the file, and all that were read are counted."""
    dump = Dump()
    for i in range(20):
        dump.add(tgid=i)
    done = reader("--raw", tmp_path / "copy", data=dump.data,
                  preexec_fn=lambda: limit_file_size(1000))
    assert done.returncode == 1
    first, last = done.stderr.decode().splitlines()
    assert re.fullmatch("procmon: cannot write .*/copy: File too large", first)
    # 1000 bytes are 7 records and a part of one; the first is of the clock
    assert last.startswith("procmon: 20 exits read (6 saved), of 1 CPU;")
    assert pids(reader("--json", "--file", tmp_path / "copy")) == list(range(6))
    with open("/dev/full", "wb") as full:
        done = subprocess.run([READER, "--raw", "-", "--file", "-"], input=dump.data,
                              stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert b"cannot write standard output: No space left on device" in done.stderr
    assert b"20 exits read (0 saved)" in done.stderr


def test_raw_into_a_file_that_cannot_be(tmp_path):
    done = reader("--raw", tmp_path / "none/copy", data=Dump().data)
    assert done.returncode == 1
    assert re.fullmatch(r"procmon: .*/none/copy: No such file or directory", last_line(done))


EXAMPLE = re.compile(r"(\d+)\.(\d{9}) pid (\d+) tid (\d+) status (\d+) signal (\d+) age_us (\d+), "
                     r"dropped (\d+) on CPU (\d+)")


def test_example(tmp_path):
    """bench/reader/example.c: whoever has a compiler and record.h has a reader."""
    assert len((TOP / "bench/reader/example.c").read_text().splitlines()) < 50
    build = subprocess.run([os.environ.get("CC", "cc"), "-Wall", "-Wextra", "-Werror", "-I", TOP,
                            "-o", tmp_path / "example", TOP / "bench/reader/example.c"],
                           capture_output=True, text=True, check=False)
    assert build.returncode == 0, build.stderr
    dump = Dump().add(tgid=1, tid=2, time_ns=5 * SECOND, age_ns=3 * SECOND, wait_status=0x300)
    dump.pair(6 * SECOND).drop(7, 4).add(tgid=3, cpu=7, time_ns=7 * SECOND, wait_status=9)
    # the clock was set
    dump.pair(8 * SECOND, real_ns=REAL + 18 * SECOND).add(tgid=4, time_ns=8 * SECOND + 10)
    dump.pair(9 * SECOND, real_ns=REAL + 19 * SECOND)
    # the machine goes to sleep, and begins another clock
    dump.pair(9 * SECOND, counter=9 * SECOND, info=NS, clock=1)
    dump.pair(9 * SECOND + 100, real_ns=REAL + 19 * SECOND + 100)
    dump.add(tgid=5, time_ns=9 * SECOND + 50).add(tgid=6, time=500 * SECOND, clock=1)
    dump.pair(501 * SECOND, counter=501 * SECOND, info=NS, clock=1)
    (tmp_path / "dump").write_bytes(dump.data)
    done = subprocess.run([tmp_path / "example", tmp_path / "dump"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0
    found = [list(map(int, EXAMPLE.fullmatch(line).groups())) for line in done.stdout.splitlines()]
    expected = [(5 * SECOND, 1, 2, 3, 0, 3 * 10**6, 0, 0), (7 * SECOND, 3, 42, 0, 9, 0, 4, 7),
                (18 * SECOND + 10, 4, 42, 0, 0, 0, 0, 0), (19 * SECOND + 50, 5, 42, 0, 0, 0, 0, 0),
                (500 * SECOND, 6, 42, 0, 0, None, 0, 0)]
    for (s, ns, *rest), (when, *facts) in zip(found, expected, strict=True):
        assert abs(s * SECOND + ns - REAL - when) <= 2
        assert all(b is None or abs(a - b) <= (1 if i == 4 else 0)
                   for i, (a, b) in enumerate(zip(rest, facts, strict=True)))
    # what extends a record is stepped over
    (tmp_path / "long").write_bytes(Dump(clock=None).pair(SECOND, size=256).add(
        tgid=8, tail=extended()).pair(200 * SECOND, size=256).data)
    done = subprocess.run([tmp_path / "example", tmp_path / "long"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0 and EXAMPLE.fullmatch(done.stdout.strip())[3] == "8"
    (tmp_path / "old").write_bytes(version_3())
    done = subprocess.run([tmp_path / "example", tmp_path / "old"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 1 and "another version" in done.stderr


@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind counts; there is none here")
def test_price(tmp_path):
    """What a record costs the reader has bounds, with room for another compiler."""
    price = tmp_path / "reader.tsv"
    done = subprocess.run([TOP / "scripts/reader-price.sh", price], capture_output=True, text=True,
                          check=False, env={**os.environ, "EXITS": "20000"})
    assert done.returncode == 0, done.stderr
    _, *rows = price.read_text().splitlines()
    found = {output: int(n) for output, n, *_ in (row.split("\t") for row in rows)}
    for output, most in (("table", 350), ("json", 600), ("summary", 250), ("raw", 40)):
        assert 10 < found[output] < most


def test_help():
    done = reader("--help")
    text = "\n".join(lines(done))
    assert not done.stderr
    for option in ("json", "summary", "interval", "utc", "failed", "pid", "ppid", "comm", "uid", "count", "duration",
                   "file", "output", "raw", "metrics", "by", "cgroup", "help"):
        assert f"--{option} " in text
    assert all(len(line) <= 80 for line in text.splitlines())
    assert reader("-h").stdout == done.stdout


@pytest.mark.parametrize("options", [
    ("--frobnicate",), ("more",), ("--count", "0"), ("--count", "x"), ("--count", "1x"),
    ("--count", "-1"), ("--count", "99999999999999999999"), ("--count",), ("--duration", "0"),
    ("--duration", "-1"), ("--duration", "inf"), ("--duration", "1s"), ("--duration", "1.2.3"),
    ("--comm", "sixteen-letters-"), ("--uid", "no such user"), ("--uid", "4294967295"),
    ("--uid", "-1"), ("--uid", ""), ("--json", "--summary"),
    ("--this-boot", "--file", "-"), ("--raw", "x", "--json"),
    ("--raw", "x", "--summary"), ("--raw", "x", "--failed"), ("--raw", "x", "--comm", "y"),
    ("--raw", "x", "--uid", "0"), ("--raw", "x", "--count", "1"), ("--raw", "x", "-p", "1"),
    ("--raw", "x", "--ppid", "1"), ("--raw", "x", "-o", "y"), ("-p", "0"), ("--ppid", "-1"),
    ("--interval", "1"), ("--summary", "--interval", "0"), ("--summary", "-i", "1m"),
])
def test_wrong_usage(options):
    done = reader(*options)
    assert done.returncode == 2 and not done.stdout
    assert last_line(done).startswith("procmon: ") and last_line(done).endswith("; try procmon --help")


def test_missing_file(tmp_path):
    done = reader("--file", tmp_path / "none")
    assert done.returncode == 1
    assert re.fullmatch(r"procmon: .*/none: No such file or directory", last_line(done))


def test_no_module():
    """Says how to load one. (On a machine with a module there is nothing to test.)"""
    if pathlib.Path("/sys/module/procmon").exists():
        pytest.skip("a procmon module is loaded here")
    done = reader()
    assert done.returncode == 1 and not done.stdout
    assert re.match(r"procmon: no procmon module is loaded; load one: insmod variants/\w+/"
                    r"procmon.ko log=off \(make install VARIANT=\w+ PARAMS=log=off\)",
                    last_line(done))
