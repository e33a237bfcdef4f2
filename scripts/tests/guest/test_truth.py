# SPDX-License-Identifier: GPL-2.0
"""Every hook, every unit, every way to leave: does procmon say what wait(2) says?

One run of bench/build/cases for each hook and unit, with the trace event and the
log on; then one test for each case, against what the cases' parent reaped.
"""
import collections
import re

import pytest

from conftest import (BREAKPOINT, VERDICTS, BENCH, BY_NAME, HOOKS, SMALL, TRACEFS, UNITS, Loaded,
                      at_once, attach, dmesg_clear, procmon_lines, run, why_refused)

CASES = run(BENCH / "cases", "--list").stdout.split()

# Hooks and units whose events trace-cmd and perf read, instead of tracefs: two that
# differ in all else are enough, for the event is the same.
WITH_TOOLS = [("tracepoint", "task"), (BREAKPOINT, "process")]

# As prctl(PR_SET_NAME) cut it, escaped as the log has it.
EVIL_NAME = r'a\nb\x5dc\\\e[31m\x9b"'

Oracle = collections.namedtuple("Oracle", "processes tasks")
EVENT = re.compile(r"procmon_exit: +comm=(?P<comm>.*) tid=(?P<rest>\d.*)$")
LINE = re.compile(r"name \[(?P<comm>[^]]*)\], pid \[(?P<pid>\d+)\](?:, tid \[(?P<tid>\d+)\])?, "
                  r"exit_code \[(?P<exit>-?\d+|unknown)\](?:, signal \[(?P<signal>\d+)\])?$")


def parse_oracle(text):
    """What the cases' parent reaped: {case: Oracle({pid: status}, {tid: code})}."""
    oracle = collections.defaultdict(lambda: Oracle({}, {}))
    for line in text.splitlines():
        what, case, number, status = line.split()
        group = re.sub(r"^(exit|signal|core)-\d+$", r"\1-all", case)
        for name in {case, group}:
            table = oracle[name].processes if what == "process" else oracle[name].tasks
            table[int(number)] = int(status)
    return oracle


def parse_events(text):
    """Trace events as dictionaries; numbers as int."""
    events = []
    for line in text.splitlines():
        match = EVENT.search(line)
        if match:
            event = dict(pair.split("=", 1)
                         for pair in ("tid=" + match["rest"]).split())
            event = {k: int(v, 0) if re.fullmatch(r"-?(0x[0-9a-f]+|\d+)", v) else v
                     for k, v in event.items()}
            event["comm"] = match["comm"]
            events.append(event)
    return events


def parse_log(lines):
    """Log lines as (comm, id of the task, exit status or None, signal)."""
    matches = [m for m in map(LINE.match, lines) if m]
    return [(m["comm"], int(m["tid"] or m["pid"]),
             None if m["exit"] == "unknown" else int(m["exit"]), int(m["signal"] or 0))
            for m in matches]


Seen = collections.namedtuple("Seen", "hook unit oracle log trace perf first last exits")


def record_by_tools(tmp, cases):
    """Run @cases under trace-cmd and perf; (stdout of the cases, events, events)."""
    done = run("perf", "record", "-q", "-B", "-a", "-e", "procmon:procmon_exit",
               "-o", tmp / "perf.data", "--",
               "trace-cmd", "record", "-q", "-e", "procmon:procmon_exit",
               "-o", tmp / "trace.dat", *cases)
    return (done.stdout,
            parse_events(run("trace-cmd", "report", "-i", tmp / "trace.dat").stdout),
            parse_events(run("perf", "script", "-i", tmp / "perf.data").stdout))


def record_by_tracefs(cases):
    """Run @cases with the event in the ring buffer of tracefs; as record_by_tools()."""
    enable = TRACEFS / "events/procmon/procmon_exit/enable"
    (TRACEFS / "trace").write_text("")
    enable.write_text("1")
    try:
        done = run(*cases)
    finally:
        enable.write_text("0")
    return done.stdout, parse_events((TRACEFS / "trace").read_text(errors="replace")), None


@pytest.fixture(scope="module", params=[(h.name, u) for h in HOOKS for u in UNITS],
                ids=lambda p: f"{p[0]}-{p[1]}")
def seen(request, tmp_path_factory):
    """All cases, once, under this hook and unit, with every output on."""
    hook, unit = BY_NAME[request.param[0]], request.param[1]
    reason = why_refused(hook, unit)
    if reason:
        refused = attach(hook, f"unit={unit}", check=False)
        assert refused.returncode == 3, "loaded although this kernel cannot offer it"
        said = [line for line in procmon_lines() if reason in line]
        assert said and "use the" in said[-1], "refused without the reason and a way out"
        pytest.skip(f"refused with the reason: {said[-1]}")
    cases = [BENCH / "cases", "--cgroup", SMALL, *CASES]
    with Loaded(hook, f"unit={unit}"):
        dmesg_clear()
        first, before = at_once()
        if request.param in WITH_TOOLS:
            told, trace, perf = record_by_tools(tmp_path_factory.mktemp("seen"), cases)
        else:
            told, trace, perf = record_by_tracefs(cases)
        last, after = at_once()
        log = parse_log(procmon_lines())
    oracle = parse_oracle("\n".join(line for line in told.splitlines()
                                    if re.match(r"(process|task) ", line)))
    return Seen(hook, unit, oracle, log, trace, perf, first, last, after - before)


def expected_log(oracle, unit):
    """{pid: (exit status, signal)} that the log must have."""
    table = dict(oracle.tasks) if unit == "task" else {}
    if unit == "process" or not oracle.tasks:
        table.update(oracle.processes)
    return {pid: ((code >> 8) & 0xff, code & 0x7f) for pid, code in table.items()}


def check_events(case, events, oracle, unit):
    if unit == "process":
        for pid, status in oracle.processes.items():
            records = [e for e in events if e["tgid"] == pid]
            assert len(records) == 1, f"process {pid}: {records}"
            record = records[0]
            assert record["wait_status"] == status
            assert record["last"] == "yes"
            assert record["exit_status"] == (status >> 8) & 0xff
            assert record["signal"] == status & 0x7f
            assert record["core"] == bool(status & 0x80)
        return
    for tid, code in oracle.tasks.items():
        records = [e for e in events if e["tid"] == tid]
        assert len(records) == 1, f"task {tid}: {records}"
        assert records[0]["wait_status"] == code
    if not oracle.tasks:
        for pid, status in oracle.processes.items():
            records = [e for e in events if e["tid"] == pid]
            # after an exec from a thread two tasks had that id: the old leader too
            assert len(records) == 1 + (case == "thread-exec"), f"task {pid}: {records}"
            # whether core was dumped is known to the process, not to each thread
            assert records[-1]["wait_status"] & ~0x80 == status & ~0x80


@pytest.mark.parametrize("case", CASES)
def test_status(seen, case):
    """The record in the trace event, as each reader has it, and the line in the log."""
    oracle = seen.oracle[case]
    assert oracle.processes, "the case did not run"
    check_events(case, seen.trace, oracle, seen.unit)
    if seen.perf is not None:
        check_events(case, seen.perf, oracle, seen.unit)
    for pid, (status, signal) in expected_log(oracle, seen.unit).items():
        lines = [entry for entry in seen.log if entry[1] == pid]
        two = case == "thread-exec" and seen.unit == "task"
        assert len(lines) == 1 + two, f"pid {pid}: {lines}"
        assert lines[-1][2:] == (status, signal)


def test_last_thread(seen):
    """Last thread or not: the kernel's own word where the site has it, else unknown."""
    words = {e["last"] for e in seen.trace}
    VERDICTS["knows the last thread", seen.hook.name, seen.unit] = \
        "unknown" if words == {"unknown"} else "ok"
    if seen.unit == "process":
        assert words == {"yes"}
    elif seen.hook.name in ("kretprobe", "fprobe-exit"):
        assert words == {"yes", "no"}
        for case in ("together-2", "together-8", "together-50"):
            for pid in seen.oracle[case].processes:
                of_process = [e["last"] for e in seen.trace if e["tgid"] == pid]
                assert len(of_process) == int(case.split("-")[1])
                assert of_process.count("yes") == 1
    elif seen.hook.name != "tracepoint":
        assert words == {"unknown"}


def test_counters(seen):
    """Each exit that happened was hit, logged and traced, or missed; nothing twice."""
    first, last, exits = seen.first, seen.last, seen.exits
    delta = {k: last[k] - first[k] for k in last if isinstance(last[k], int)}
    assert delta["missed"] == 0
    assert delta["filtered"] == 0
    assert delta["unlogged"] == 0
    assert delta["logged"] == delta["hits"]
    if seen.unit == "task":
        assert delta["hits"] == exits
    else:
        assert 0 < delta["hits"] < exits
    returning = seen.hook.name in ("kretprobe", "fprobe-exit")
    assert delta["entered"] == delta["returned"] == (delta["hits"] if returning else 0)
    assert len(seen.trace) <= delta["traced"] <= delta["hits"]
    assert last["unit"] == seen.unit
    if seen.hook.variant == "kprobe":
        assert last["flavour"] == seen.hook.params.split("=")[1]


def test_name_is_escaped(seen):
    """Newline, bracket, backslash, escape and a high byte: visible, on one line."""
    for pid in seen.oracle["name"].processes:
        for events in filter(None, (seen.trace, seen.perf)):
            assert [e["comm"] for e in events if e["tid"] == pid] == [EVIL_NAME]
        assert [entry[0] for entry in seen.log if entry[1] == pid] == [EVIL_NAME]


def test_names_are_the_leaders(seen):
    """With unit=process a record carries the leader's name, whoever was last."""
    if seen.unit != "process":
        pytest.skip("a record of a task carries the task's name")
    for case in ("leader-first", "last-thread", "together-8", "busy-group"):
        for pid in seen.oracle[case].processes:
            assert [e["comm"] for e in seen.trace if e["tgid"] == pid] == [case]
