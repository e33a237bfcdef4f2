# SPDX-License-Identifier: GPL-2.0
"""bench/procmon on saved records: what it shows, what it chooses, what it checks."""
import calendar
import json
import os
import pathlib
import pwd
import random
import re
import resource
import signal
import struct
import subprocess
import time

import pytest

TOP = pathlib.Path(__file__).resolve().parents[3]
READER = TOP / "bench/build/procmon"

# struct procmon_record, member by member.
MEMBERS = ("version size uid time_ns age_ns runtime_ns utime_ns stime_ns min_flt maj_flt "
           "cgroup_id tid tgid ppid wait_status exit_status signal core last flags comm "
           "seq dropped cpu").split()
LAYOUT = struct.Struct("<HHIQQQQQQQQiiiiiBBBB16sQII")
assert LAYOUT.size == 128
SECOND = 10**9
LAST = ["no", "yes", "unknown"]
VERSION, KTHREAD, INEXACT = 3, 1, 2  # PROCMON_RECORD_VERSION, PROCMON_...


class Dump:
    """Records as the module writes them, each with the number that is due on its CPU."""

    def __init__(self):
        self.data = b""
        self.next = {}
        self.dropped = {}

    def add(self, cpu=0, tail=b"", **members):
        rec = {m: 0 for m in MEMBERS}
        rec.update(version=VERSION, size=128 + len(tail), uid=1000, time_ns=100 * SECOND, last=2,
                   tid=42, tgid=41, ppid=40, comm=b"job", cpu=cpu,
                   seq=self.next.get(cpu, 0), dropped=self.dropped.get(cpu, 0))
        rec.update(members)
        self.next[cpu] = rec["seq"] + 1
        self.data += LAYOUT.pack(*(rec[m] for m in MEMBERS)) + tail
        return self

    def drop(self, cpu, number):
        self.next[cpu] = self.next.get(cpu, 0) + number
        self.dropped[cpu] = (self.dropped.get(cpu, 0) + number) % 2**32
        return self


def reader(*options, data=None, env=None, **kwargs):
    if data is not None:
        options = ("--file", "-", *options)
        kwargs["input"] = data
    return subprocess.run([READER, *options], capture_output=True, check=False, timeout=60,
                          env={**os.environ, "TZ": "UTC", **(env or {})}, **kwargs)


def lines(done, status=0):
    assert done.returncode == status, done.stderr
    return done.stdout.decode("ascii").splitlines()


def objects(done, status=0):
    return [json.loads(line) for line in lines(done, status)]


def last_line(done):
    return done.stderr.decode().splitlines()[-1]


def test_table():
    """A header, then a line for each exit with what a user asks for."""
    dump = Dump().add(time_ns=3661 * SECOND + 7_999_999, uid=0, comm=b"sh", exit_status=3,
                      age_ns=12 * SECOND + 34_567_890, runtime_ns=1_234_567, tid=4194303,
                      tgid=4194302, ppid=1)
    header, row = lines(reader(data=dump.data))
    assert header.split() == ["SINCE", "BOOT", "s", "PID", "TID", "PPID", "UID", "COMM",
                              "AGE", "s", "CPU", "ms", "RESULT"]
    assert row.split() == ["3661.007", "4194302", "4194303", "1", "0", "sh", "12.034",
                           "1.234", "exit", "3"]
    assert header.index("RESULT") == row.index("exit")
    assert header.index("COMM") == row.index("sh")


def test_time_of_day():
    """In the table local time, in JSON UTC; both from the record's own clock."""
    real, mono = time.time_ns(), time.monotonic_ns()
    then = max(mono - 5 * SECOND, 0)
    dump = Dump().add(time_ns=then).data
    [obj] = objects(reader("--json", "--this-boot", data=dump, env={"TZ": "XYZ-05:30"}))
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{9})Z", obj["time"])
    told = calendar.timegm(time.strptime(match[1], "%Y-%m-%dT%H:%M:%S")) * SECOND + int(match[2])
    assert abs(told - (real - mono + then)) < SECOND
    _, row = lines(reader("--this-boot", data=dump, env={"TZ": "XYZ-05:30"}))
    there = (told // 10**6 + (5 * 60 + 30) * 60_000) % 86_400_000
    h, m, s, ms = map(int, re.match(r" *(\d\d):(\d\d):(\d\d)\.(\d{3}) ", row).groups())
    shown = ((h * 60 + m) * 60 + s) * 1000 + ms
    assert min((shown - there) % 86_400_000, (there - shown) % 86_400_000) < 1000


@pytest.mark.parametrize("members, result", [
    ({}, "0"), ({"exit_status": 3}, "exit 3"), ({"exit_status": 255}, "exit 255"),
    ({"signal": 9}, "SIGKILL"), ({"signal": 11, "core": 1}, "SIGSEGV (core)"),
    ({"signal": 34}, "SIG34"), ({"signal": 64}, "SIG64"), ({"signal": 127}, "SIG127"),
    ({"flags": KTHREAD}, "0"), ({"flags": KTHREAD, "exit_status": -4}, "-4"),
    ({"flags": KTHREAD, "exit_status": 256}, "256"),
])
def test_result(members, result):
    _, row = lines(reader(data=Dump().add(**members).data))
    assert row.endswith(f" 0.000 {result}")


def test_inexact():
    """A sum that is not exact is marked, as far as it stands in the row."""
    _, row = lines(reader(data=Dump().add(flags=INEXACT, runtime_ns=12_345_678).data))
    assert row.endswith("  ~12.345 0")


@pytest.mark.parametrize("number", range(1, 256))
def test_every_signal_has_a_name(number):
    """Those that a kernel can send have the name that everybody knows."""
    _, row = lines(reader(data=Dump().add(signal=number).data))
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
        assert out.count(b"\n") == (1 if options == ("--json",) else 2)
        if options != ("--json",):
            assert escaped(comm) in out.decode()
    [obj] = objects(reader("--json", data=data))
    assert obj["comm"].encode("latin-1") == comm


def test_what_is_behind_the_nul_is_no_name():
    dump = Dump().add(comm=b"a\0garbage").add(comm=b"a")
    assert [o["comm"] for o in objects(reader("--json", data=dump.data))] == ["a", "a"]
    assert len(lines(reader("--summary", data=dump.data))) == 2
    assert len(lines(reader("--comm", "a", data=dump.data))) == 3


@pytest.mark.parametrize("big", [False, True])
def test_json_has_every_member(big):
    """Under its own name, with its own value; the largest and the smallest as well."""
    values = {m: i + 1 for i, m in enumerate(MEMBERS)}
    if big:
        values = {m: 2**64 - 1 for m in MEMBERS}
        values.update({m: 2**63 - 1 for m in ("time_ns",)})
        values.update({m: -2**31 for m in ("tid", "tgid", "ppid", "wait_status", "exit_status")})
        values.update({m: 255 for m in ("signal", "core", "last", "flags")})
        values.update(uid=2**32 - 1, dropped=2**32 - 1)
    values.update(version=VERSION, size=128, comm=b"x" * 16, cpu=3)
    done = reader("--json", data=Dump().add(**values).data)
    [obj] = objects(done, done.returncode)
    assert obj.pop("time") is None
    assert list(obj) == " ".join(MEMBERS).replace("flags", "kthread inexact").split()
    assert obj.pop("last") == "unknown"
    flags = values["flags"]
    assert (obj.pop("kthread"), obj.pop("inexact")) == (flags & KTHREAD, flags >> 1 & 1)
    assert obj == {**{m: v for m, v in values.items() if m not in ("last", "flags")},
                   "comm": "x" * 16}


@pytest.mark.parametrize("number, word", enumerate(LAST))
def test_json_last(number, word):
    [obj] = objects(reader("--json", data=Dump().add(last=number).data))
    assert obj["last"] == word


def mixed():
    """Ten exits on two CPUs; pid is the number in the order of time."""
    dump = Dump()
    for cpu in (1, 0):
        for i in range(5):
            n = 2 * i + cpu
            dump.add(cpu=cpu, time_ns=(100 + n) * SECOND, tgid=n, uid=[0, 1000, 12][n % 3],
                     comm=b"even" if n % 2 == 0 else b"odd", exit_status=3 if n == 4 else 0,
                     signal=15 if n == 7 else 0, age_ns=n * SECOND)
    return dump


def pids(done, status=0):
    return [o["tgid"] for o in objects(done, status)]


def test_sorted_by_time(tmp_path):
    """Records come CPU by CPU; what is read at once is shown in the order of time."""
    assert pids(reader("--json", data=mixed().data)) == list(range(10))
    many = Dump()
    for cpu in range(7):
        for i in range(30):
            many.add(cpu=cpu, time_ns=1 + i * 7 + (cpu * 3) % 7, tgid=i * 7 + (cpu * 3) % 7)
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
    (("--count", "100"), list(range(10))),
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
    dump = Dump().add(flags=KTHREAD, exit_status=-4, tgid=1).add(flags=KTHREAD, tgid=2)
    assert pids(reader("--json", "--failed", data=dump.data)) == [1]


def test_summary():
    """By name: exits, failures, the median, the longest, CPU time, signals."""
    dump = Dump()
    for age, more in ((5, {"signal": 9}), (1, {"exit_status": 1}), (1000, {"signal": 9}),
                      (2, {}), (3, {"signal": 11, "core": 1})):
        dump.add(comm=b"five", age_ns=age * SECOND, runtime_ns=SECOND // 2, **more)
    for age in (1, 2, 4, 100):
        dump.add(comm=b"four", age_ns=age * SECOND)
    dump.add(comm=b"\x1b[31m", age_ns=7)
    header, *rows = lines(reader("--summary", data=dump.data))
    assert header.split() == "COMM EXITS FAILED MEDIAN AGE s MAX AGE s CPU s SIGNALS".split()
    assert [row.split(maxsplit=6) for row in rows] == [
        ["five", "5", "4", "3.000", "1000.000", "2.500", "SIGKILL 2, SIGSEGV 1"],
        ["four", "4", "0", "3.000", "100.000", "0.000"],
        ["\\e[31m", "1", "0", "0.000", "0.000", "0.000"]]


def test_summary_filters_and_count():
    _, row = lines(reader("--summary", "--comm", "odd", "--count", "3", data=mixed().data))
    assert row.split() == ["odd", "3", "0", "3.000", "5.000", "0.000"]


def test_summary_of_many_names():
    """More than one table of names holds, and none is lost on the way."""
    dump = Dump()
    for i in range(1000):
        for _ in range(1 + i % 3):
            dump.add(comm=b"name-%d" % i)
    _, *rows = lines(reader("--summary", data=dump.data))
    found = {name: int(n) for name, n, *_ in map(str.split, rows)}
    assert found == {f"name-{i}": 1 + i % 3 for i in range(1000)}


def write_names(path, names):
    """A dump with one exit of each name."""
    one = bytearray(Dump().add().data)
    with path.open("wb") as dump:
        for i, name in enumerate(names):
            struct.pack_into("<16sQ", one, 96, name, i)
            dump.write(one)


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
    n = 300_000
    one = bytearray(Dump().add().data)
    records = bytearray()
    for i in range(n):
        struct.pack_into("<Q", one, 16, i * 1_000_000)
        struct.pack_into("<Q", one, 112, i)
        records += one
    (tmp_path / "dump").write_bytes(records)
    _, row = lines(reader("--summary", "--file", tmp_path / "dump"))
    median = row.split()[3]
    assert median[0] == "~"
    assert abs(float(median[1:]) * 1000 - n / 2) < n / 100


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
    (lambda d: d.add(seq=1), r"CPU 0: 1 numbers are missing below number 1, but 0 were dropped"),
    (lambda d: d.add().add(seq=5, dropped=3),
     r"CPU 0: 4 numbers are missing below number 5, but 3 were dropped"),
    (lambda d: d.add().add(dropped=1),
     r"CPU 0: 0 numbers are missing below number 1, but 1 were dropped"),
    (lambda d: d.add().add(seq=0), r"CPU 0: number 0 came where 1 was due"),
    (lambda d: d.add().add(seq=9).add(seq=20), r"CPU 0: 8 numbers .* \(and 1 faults more\)"),
])
def test_gaps_that_nothing_explains(spoil, why):
    """Shown as far as they go, but the sum does not close."""
    dump = spoil(Dump())
    done = reader("--json", data=dump.data)
    assert len(objects(done, status=1)) == len(dump.data) // 128
    assert re.fullmatch(f"procmon: the sum does not close: {why}", last_line(done))


def test_gap_over_a_batch():
    """More records than one read takes: numbers go on from one to the next."""
    one = bytearray(Dump().add().data)
    records = bytearray()
    for i in range(20000):
        struct.pack_into("<Q", one, 112, i)
        records += one
    done = reader("--json", data=bytes(records))
    assert len(lines(done)) == 20000
    del records[15000 * 128:15001 * 128]
    assert len(lines(reader("--json", data=bytes(records)), status=1)) == 19999


def test_other_version():
    """Not a word that might be wrong; what came before is shown."""
    done = reader("--json", data=Dump().add().add(version=VERSION + 1, size=200).data)
    assert len(objects(done, status=1)) == 1
    assert f"version {VERSION + 1}, but this program knows version {VERSION}" in last_line(done)
    assert "rebuild both" in last_line(done)


def test_bigger_record_of_the_same_version():
    """New members behind those we know are stepped over."""
    dump = Dump().add(tgid=1, tail=b"\xff" * 24).add(tgid=2, tail=b"\xff" * 8).add(tgid=3)
    assert pids(reader("--json", data=dump.data)) == [1, 2, 3]


@pytest.mark.parametrize("size", [0, 8, 120, 129, 132])
def test_impossible_size(size):
    done = reader("--json", data=Dump().add(size=size).data)
    assert done.returncode == 1 and not done.stdout
    assert f"a record of {size} bytes" in last_line(done)


def test_damaged_cpu():
    done = reader("--json", data=Dump().add(cpu=2**32 - 1).data)
    assert done.returncode == 1 and "a record of CPU 4294967295" in last_line(done)


@pytest.mark.parametrize("cut", [1, 3, 64, 127])
def test_truncated_file(cut, tmp_path):
    (tmp_path / "dump").write_bytes(Dump().add().add().data[:128 + cut])
    done = reader("--json", "--file", tmp_path / "dump")
    assert len(objects(done, status=1)) == 1
    assert re.search(rf"does not close: .*/dump ends in the middle of a record, {cut} bytes",
                     last_line(done))


def test_pieces():
    """A pipe may cut a record anywhere; a whole one is shown at once, not at the end."""
    data = Dump().add(tgid=1).add(tgid=2).data
    with subprocess.Popen([READER, "--json", "--file", "-"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as proc:
        proc.stdin.write(data[:2])
        proc.stdin.write(data[2:130])
        assert json.loads(proc.stdout.readline())["tgid"] == 1
        for i in range(130, 256):
            proc.stdin.write(data[i:i + 1])
        assert json.loads(proc.stdout.readline())["tgid"] == 2
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
        assert proc.wait(timeout=20) == 0
        assert len(proc.stdout.read().splitlines()) == 2


@pytest.mark.parametrize("options", [(), ("--summary",)])
def test_duration(options):
    """It ends though its input does not, and not before the time is up."""
    before = time.monotonic()
    with subprocess.Popen([READER, "--file", "-", "--duration", "0.3", *options],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as proc:
        assert proc.wait(timeout=20) == 0
    assert time.monotonic() - before >= 0.3


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_in_order(sig):
    with subprocess.Popen([READER, "--json", "--file", "-"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as proc:
        proc.stdin.write(Dump().add().data)
        proc.stdout.readline()
        proc.send_signal(sig)
        assert proc.wait(timeout=20) == 0
        assert proc.stderr.read().startswith(b"procmon: 1 exits read")


def test_second_signal_ends_at_once():
    """Even while it waits for whoever should read its output."""
    data = bytearray()
    one = bytearray(Dump().add().data)
    for i in range(400):  # as much as a pipe holds; as JSON it is more
        struct.pack_into("<Q", one, 112, i)
        data += one
    with subprocess.Popen([READER, "--json", "--file", "-"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as proc:
        proc.stdin.write(data)
        proc.stdout.read(1)  # now it fills the pipe, and waits
        proc.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            proc.wait(timeout=0.3)
        # on a busy host it may not have seen the first: then they are one
        until = time.monotonic() + 60
        while proc.poll() is None and time.monotonic() < until:
            proc.send_signal(signal.SIGINT)
            time.sleep(0.1)
        assert proc.wait(timeout=20) == -signal.SIGINT


@pytest.mark.parametrize("options", [(), ("--json",), ("--summary",)])
def test_nobody_reads_the_output(options):
    """It dies of SIGPIPE without a word, and needs no further exit for that."""
    with subprocess.Popen([READER, "--file", "-", *options], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as proc:
        proc.stdin.write(Dump().add().data)
        if options != ("--summary",):
            proc.stdout.readline()
        proc.stdout.close()
        assert proc.wait(timeout=20) == -signal.SIGPIPE
        assert proc.stderr.read() == b""


@pytest.mark.parametrize("options", [(), ("--json",), ("--summary",)])
def test_disk_full(options):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([READER, "--file", "-", *options], input=Dump().add().data,
                              stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1 and b"No space left" in done.stderr


def test_help():
    done = reader("--help")
    text = "\n".join(lines(done))
    assert not done.stderr
    for option in ("json", "summary", "failed", "comm", "uid", "count", "duration", "file",
                   "this-boot", "benchmark", "help"):
        assert f"--{option} " in text
    assert all(len(line) <= 80 for line in text.splitlines())
    assert reader("-h").stdout == done.stdout


@pytest.mark.parametrize("options", [
    ("--frobnicate",), ("more",), ("--count", "0"), ("--count", "x"), ("--count", "1x"),
    ("--count", "-1"), ("--count", "99999999999999999999"), ("--count",), ("--duration", "0"),
    ("--duration", "-1"), ("--duration", "inf"), ("--duration", "1s"), ("--duration", "1.2.3"),
    ("--comm", "sixteen-letters-"), ("--uid", "no such user"), ("--uid", "4294967295"),
    ("--uid", "-1"), ("--uid", ""), ("--json", "--summary"), ("--this-boot",),
    ("--benchmark", "0"), ("--benchmark", "1", "--file", "-"),
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


@pytest.mark.parametrize("mode", ["summary", "json", "table"])
def test_benchmark(mode):
    done = reader("--benchmark", "50000", *([] if mode == "table" else [f"--{mode}"]))
    [line] = lines(done)
    assert re.fullmatch(rf"50000 records in [\d.]+ s: [\d.]+ million a second \({mode}\)", line)
    assert "50000 exits read, of 4 CPUs; 0 lost" in last_line(done)
