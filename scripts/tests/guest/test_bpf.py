# SPDX-License-Identifier: GPL-2.0
"""Our own BPF program, the opponent: as right as the modules, and every exit accounted for."""
import collections
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import pytest

from conftest import BENCH, LIMIT, SMALL, VERSION, exits_so_far, run
from test_threads import THREADS_MAX, Process
from test_truth import CASES, check_events, parse_oracle

pytestmark = [
    pytest.mark.skipif(VERSION < (6, 12), reason="the program needs Linux 6.12"),
    pytest.mark.skipif(not pathlib.Path("/sys/kernel/btf/vmlinux").exists(),
                       reason="without BTF the program cannot be fitted to the kernel"),
]

SLOTS = 8192  # BPF_SLOTS

OUTPUTS = {"ring": ["--output", "ring"], "ringbuf": ["--output", "ringbuf"],
           "ringbuf-timed": ["--output", "ringbuf", "--no-wakeup"]}
SITES = {"tracepoint": ([], "task"), "do_exit": (["--site", "do_exit"], "task"),
         "tracepoint-process": (["--unit", "process"], "process"),
         "acct_process": (["--site", "acct_process"], "process"),
         "acct_collect": (["--site", "acct_collect"], "process")}
PROCESS_SITES = [site for site, (_, unit) in SITES.items() if unit == "process"]


# The main thread ends; then another one, of another name, ends the process.
LEADER_FIRST = """
import ctypes, os, threading, time
def last():
    with open(f"/proc/self/task/{threading.get_native_id()}/comm", "w") as comm:
        comm.write("another")
    while open(f"/proc/self/task/{os.getpid()}/stat").read().rsplit(")")[-1].split()[0] != "Z":
        time.sleep(0.01)
    os._exit(4)
threading.Thread(target=last).start()
ctypes.CDLL(None).syscall(60, 0)
"""


class Watching:
    """The program at work; what it has to say once it has ended is in records and balance."""

    def __init__(self, tmp, *options):
        self.raw = tmp / "exits.raw"
        self.counts = "count" in options
        self.options = [*options, *([] if self.counts else ["--raw", self.raw])]

    def is_attached(self):
        fds = pathlib.Path(f"/proc/{self.process.pid}/fd")
        try:
            return any("bpf_link" in os.readlink(fd) for fd in fds.iterdir())
        except FileNotFoundError:
            return False  # one was closed while we looked

    def __enter__(self):
        self.process = subprocess.Popen([BENCH / "bpf", *self.options], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        until = time.monotonic() + LIMIT
        while not self.is_attached():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < until
            time.sleep(0.05)
        return self

    def __exit__(self, kind, value, trace):
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=LIMIT)
        if kind:
            return
        assert self.process.returncode == 0, err
        if self.counts:
            self.hits, self.missed = map(int, re.findall(r"\d+", out))
            return
        line = err.splitlines()[-1]
        numbers = re.search(r"(\d+) exits: (\d+) delivered, (\d+) dropped, .*; (\d+) missed",
                            line)
        assert numbers, err
        self.hits, self.delivered, self.dropped, self.missed = map(int, numbers.groups())
        shown = run(BENCH / "procmon", "--json", "--file", self.raw).stdout
        self.records = [json.loads(text) for text in shown.splitlines()]
        assert len(self.records) == self.delivered


@pytest.fixture(scope="module", params=SITES)
def seen(request, tmp_path_factory):
    """All cases, once, under a program at this site."""
    options, unit = SITES[request.param]
    with Watching(tmp_path_factory.mktemp("seen"), *options) as watch:
        told = run(BENCH / "cases", "--cgroup", SMALL, *CASES).stdout
    oracle = parse_oracle("\n".join(line for line in told.splitlines()
                                    if re.match(r"(process|task) ", line)))
    return oracle, unit, watch.records


@pytest.mark.parametrize("case", CASES)
def test_wait_status(seen, case):
    """What wait(2) says of the process, or each thread's own code."""
    oracle, unit, records = seen
    assert oracle[case].processes, "the case did not run"
    check_events(case, records, oracle[case], unit)


def test_name(seen):
    """Any bytes."""
    oracle, _, records = seen
    for pid in oracle["name"].processes:
        assert [r["comm"] for r in records if r["tid"] == pid] == ['a\nb]c\\\x1b[31m\x9b"']


@pytest.mark.parametrize("site", PROCESS_SITES)
def test_leader(tmp_path, site):
    """A record of a process has the leader's name, although another thread is the last."""
    with Watching(tmp_path, *SITES[site][0]) as watch:
        process = subprocess.Popen([sys.executable, "-c", LEADER_FIRST])
        assert process.wait(LIMIT) == 4
    [record] = [r for r in watch.records if r["tgid"] == process.pid]
    assert record["tid"] != record["tgid"]
    assert record["wait_status"] == 4 << 8
    assert record["comm"] == pathlib.Path(sys.executable).name[:15]


@pytest.mark.parametrize("site", PROCESS_SITES)
def test_once(tmp_path, site):
    """Threads that leave together: the process has one record, and one in the count."""
    options = SITES[site][0]
    with Watching(tmp_path, *options) as watch:
        with Watching(tmp_path, *options, "--output", "count") as count:
            told = run(BENCH / "cases", "--repeat", 60, "together-2", "together-8",
                       "together-50").stdout
    processes = [line.split() for line in told.splitlines() if line.startswith("process ")]
    assert len(processes) == 180
    said = [(r["tgid"], r["wait_status"]) for r in watch.records]
    missed = watch.missed
    for _, _, pid, status in processes:
        records = [code for tgid, code in said if tgid == int(pid)]
        missed -= not records
        assert records in ([int(status)], []), f"process {pid}"
    assert missed >= 0
    # Kernel threads exit, too, whenever they like; the one has all that the other has.
    assert len(processes) <= count.hits + count.missed
    assert count.hits <= watch.hits + watch.missed


@pytest.mark.parametrize("output", ["count", *OUTPUTS])
@pytest.mark.parametrize("site", ["tracepoint", "tracepoint-process", "acct_process", "do_exit"])
def test_storm(tmp_path, site, output):
    """All CPUs exit at once: each exit has its record, once, or is counted as lost."""
    options, _ = SITES[site]
    ids = tmp_path / "ids"
    cpus = os.cpu_count()
    before = exits_so_far()
    with Watching(tmp_path, *options, *OUTPUTS.get(output, ["--output", "count"])) as watch:
        inside = exits_so_far()
        run(BENCH / "storm", "--count", 4000, "--kind", "clone", "--jobs", cpus, "--pin",
            "--wave", 10, "--ids", ids)
        inside = exits_so_far() - inside
    before = exits_so_far() - before
    # kernel threads come and go; the reader itself has gone unseen
    assert inside <= watch.hits + watch.missed <= before
    if output == "count":
        return
    assert watch.hits == watch.delivered + watch.dropped
    ended = [int(line) for line in ids.read_text().split()]
    # An id may be used again: of a kernel thread that has ended, by the next process.
    told = collections.Counter((r["tgid"], r["start_ns"]) for r in watch.records)
    assert [r for r in watch.records if told[r["tgid"], r["start_ns"]] > 1] == []
    assert len(set(ended) - {tgid for tgid, _ in told}) <= watch.dropped + watch.missed


def storm(count):
    """So many exits, all on the first CPU."""
    run("taskset", "1", BENCH / "storm", "--kind", "clone", "--count", count, "--wave", 10)


@pytest.mark.parametrize("output, rounds", [("ring", 2), ("ringbuf-timed", 1)])
def test_full(tmp_path, output, rounds):
    """The reader does not come: what is dropped is counted, and known where it was."""
    room = SLOTS
    if output != "ring":
        room = (1 << (os.cpu_count() * SLOTS * 136 - 1).bit_length()) // 136
    with Watching(tmp_path, *OUTPUTS[output]) as watch:
        for done in range(1, rounds + 1):
            watch.process.send_signal(signal.SIGSTOP)
            storm(room + 500)
            watch.process.send_signal(signal.SIGCONT)
            until = time.monotonic() + LIMIT
            while watch.raw.stat().st_size < done * room * 128:
                assert time.monotonic() < until
                time.sleep(0.1)
            storm(100)
    assert watch.hits == watch.delivered + watch.dropped
    assert watch.hits + watch.missed >= rounds * (room + 600)
    assert watch.dropped + watch.missed >= rounds * 500
    by_cpu = {}
    for record in watch.records:
        number, dropped = by_cpu.get(record["cpu"], (-1, 0))
        assert record["number"] == number + 1
        assert record["dropped"] >= dropped
        by_cpu[record["cpu"]] = record["number"], record["dropped"]
    assert sum(dropped for _, dropped in by_cpu.values()) == watch.dropped
    assert {record["dropped"] for record in watch.records} >= {0, watch.dropped}
    assert len({record["dropped"] for record in watch.records}) == rounds + 1


@pytest.mark.parametrize("threads", [1, 2, THREADS_MAX, THREADS_MAX + 1])
@pytest.mark.parametrize("site", PROCESS_SITES)
def test_threads(tmp_path, site, threads):
    """What all threads used, those that a tracer has not waited for, too."""
    with Watching(tmp_path, *SITES[site][0]) as watch:
        process = Process(threads)
        os.write(process.tell, b"x")
        process.until_zombies()
        faults = process.faults()
        usage = process.reap()
    [record] = [r for r in watch.records if r["tgid"] == process.pid]
    assert record["wait_status"] == 3 << 8 and record["last"] == "yes"
    assert record["inexact"] == (threads > THREADS_MAX)
    assert record["min_flt"] == sum(faults[:THREADS_MAX])
    if threads <= THREADS_MAX:
        assert record["min_flt"] == usage.ru_minflt


@pytest.mark.parametrize("site", PROCESS_SITES)
def test_released(tmp_path, site):
    """What threads used that are gone."""
    with Watching(tmp_path, *SITES[site][0]) as watch:
        process = Process(20)
        os.write(process.tell, b"e")
        process.until_zombies(but=[process.pid])
        os.write(process.tell_tracer, b"w")
        while len(process.tids()) > 1:
            time.sleep(0.01)
        os.write(process.tell, b"x")
        usage = process.reap()
    [record] = [r for r in watch.records if r["tgid"] == process.pid]
    assert record["inexact"] == 0
    assert record["min_flt"] == usage.ru_minflt
