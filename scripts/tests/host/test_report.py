# SPDX-License-Identifier: GPL-2.0
"""bench/report on tables alone: all figures are theirs, and what is not there is said."""
import os
import pathlib
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[3]
REPORT = TOP / "bench/build/report"
KERNEL = "9.7.31-made-up"
CASES = ["exit-0", "exit-3", "signal-9", "leader-first"]

ROW = "kernel hook mechanism flavour site output"
PEER = "kernel peer mode"


def tsv(header, *lines):
    """A table from words; a line that is a string is split at blanks, "_" is a blank."""
    rows = [header.split()] + [line.split() if isinstance(line, str) else list(line)
                               for line in lines]
    return "".join("\t".join(str(cell).replace("_", " ") if i else str(cell)
                             for cell in row) + "\n" for i, row in enumerate(rows))


def tables():
    """Every table, with figures that stand nowhere else."""
    hooks = [("tracepoint", "tracepoint - sched_process_exit", 31),
             ("ftrace", "ftrace_ops - do_exit", 87),
             ("kprobe_int3", "kprobe int3 do_exit+0x9", 7919)]
    exact = [f"{KERNEL} none none - - control 0 0 ok - 0.7 0.3 9600 - - 0"]
    estimates = [f"{KERNEL} 1 none none - - control -3 4"]
    for name, what, price in hooks:
        for n, output in enumerate(["count", "stream", "trace", "log"]):
            traps = 2 if "int3" in name else 0
            exact.append(f"{KERNEL} {name} {what.replace('sched_process_exit', 'sched-exit')} "
                         f"{output} {price + 1009 * n} {price + 1009 * n} ok - 0.7 0.3 9600 "
                         f"9600 0 {traps}")
    exact += [f"{KERNEL} kprobe_jump kprobe jump do_exit+0x9 count 6089 6203 share - 0.2 0.1 9600 "
              "9600 0 0",
              f"{KERNEL} fprobe fprobe - do_exit count - - skipped no_fprobe_here - - - - - -"]
    estimates += [f"{KERNEL} {boot} kprobe_jump kprobe jump do_exit+0x9 count {lo} {hi}"
                  for boot, lo, hi in ((1, 6101, 6203), (2, 6089, 6199))]
    peers = [f"{KERNEL} none - 0 0 ok - 1 -2 3 ok 0 0 0",
             f"{KERNEL} procmon_tracepoint stream 1040 1040 ok - 1451 1447 1459 ok 0 37.5 1283",
             f"{KERNEL} perf record 2203 2203 ok - 4657 4651 4663 ok 0 0.034 9311",
             f"{KERNEL} forkstat -e_exit 3301 3307 overlap - 5003 4999 5009 ok 0 1000 1709",
             f"{KERNEL} tracefs_event cat_trace_pipe 1301 1301 ok - 6007 5987 6011 ok 0 250 601",
             f"{KERNEL} exitsnoop bcc - - skipped no_headers|here - - - - - - -"]
    truth = []
    for case in CASES:
        status = "wrong 0x0_for_0x300" if case == "leader-first" else "right -"
        truth += [f"{KERNEL} perf record {case} no-status -",
                  f"{KERNEL} tracefs_event cat_trace_pipe {case} missing -",
                  f"{KERNEL} forkstat -e_exit {case} {status}"]
    completeness = []
    for cpus in (1, 4):
        completeness += [
            f"{KERNEL} procmon_tracepoint stream {cpus} 100003 {100003 - 19 * cpus} 0 "
            f"{19 * cpus} 0 -",
            f"{KERNEL} perf record {cpus} 100003 {100003 - 7001 * cpus} 23 0 {7001 * cpus} -",
            f"{KERNEL} forkstat -e_exit {cpus} 100003 100003 0 - 0 -",
            f"{KERNEL} exitsnoop bcc {cpus} - - - - - no_headers"]
    growth = [f"{KERNEL} probes {n} {hook} count {price + slope * n} {price + slope * n} ok -"
              for hook, price, slope in (("tracepoint", 31, 0), ("ftrace", 87, 13))
              for n in (0, 4, 16)]
    growth += [f"{KERNEL} cpus {n} ftrace count 80 95 hits -" for n in (1, 4)]
    growth += [f"{KERNEL} cpus {n} fprobe count - - skipped no_fprobe_here" for n in (1, 4)]
    growth += [f"{KERNEL} cpus 1 tracepoint count 31 31 ok -",
               f"{KERNEL} cpus 4 tracepoint count 31 34 shift exact_in_each_boot:_31,_34"]
    growth += [f"{KERNEL} crowded {who} {hook} count {price} {price} ok -"
               for hook, prices in (("tracepoint", (31, 31, 31, 1511)), ("ftrace", (87, 211, 87, 223)))
               for who, price in zip(("alone", "ftrace", "bpf", "ftrace+bpf"), prices)]
    return {
        "exact.tsv": tsv(ROW + " lo hi gate reason overlap runner_up exits hits missed traps", *exact),
        "estimates.tsv": tsv("kernel boot hook mechanism flavour site output p10 p90", *estimates),
        "sees.tsv": "kernel\thook\tcode\texit code\twhen\n"
                    f"{KERNEL}\ttracepoint\tyes\tyes\tlate\n{KERNEL}\tftrace\tyes\tyes\tat entry\n",
        "environment.txt": f"[bench]\nqemu: 7\n\n[{KERNEL}]\nboots: 2\ncmdline: a: b\n",
        "truth.tsv": tsv("kernel case tracepoint ftrace kprobe-int3",
                         *(f"{KERNEL} {case} ok/refused ok/ok ok/ok" for case in CASES),
                         f"{KERNEL} knows_the_last_thread unknown/refused unknown/ok unknown/ok"),
        "peers.tsv": tsv(PEER + " lo hi gate reason whole_mean whole_lo whole_hi whole_gate traps_per_exit "
                         "wakeups_per_1000 peak_kib", *peers),
        "peers-truth.tsv": tsv(PEER + " case verdict says", *truth),
        "completeness.tsv": tsv(PEER + " cpus exits reported repeated admitted_lost vanished reason",
                                *completeness),
        "reach.tsv": tsv("peer mode options oldest_kernel fields needs second_user",
                         "perf record CONFIG_PERF_EVENTS 4.17 pid,_comm perf yes",
                         "tracefs_event cat_trace_pipe CONFIG_FTRACE 4.19 pid,_comm nothing yes"),
        "growth.tsv": tsv("kernel factor value hook output lo hi gate reason", *growth),
        "growth-probes.svg": "<svg/>\n",
        "hyperfine.csv": "command,mean,stddev,median,user,system,min,max\n"
                         "none,1.5,0.01,1.5,0,0,1,2\ntracepoint,1.503,0.01,1.5,0,0,1,2\n"
                         "ftrace,1.6,0.01,1.5,0,0,1,2\n\"kprobe int3\",1.55,0.01,1.5,0,0,1,2\n",
    }


# What gnuplot draws is not the matter here.
@pytest.fixture(autouse=True)
def fake_gnuplot(tmp_path, monkeypatch):
    tool = tmp_path / "bin/gnuplot"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho '<svg/>'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")


def run(tmp_path, files):
    """The program's end and what it wrote."""
    source, out = tmp_path / "tables", tmp_path / "out"
    source.mkdir(exist_ok=True)
    for old in source.iterdir():
        old.unlink()
    for name, text in files.items():
        (source / name).write_text(text)
    proc = subprocess.run([REPORT, "--tables", source, "--out", out], capture_output=True,
                          text=True, timeout=60)
    report = out / "report.md"
    return proc, report.read_text() if report.exists() else None


def line_with(report, *words):
    found = [line for line in report.splitlines() if all(word in line for word in words)]
    assert found, words
    return found[0]


def section(report, title):
    return report.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_all_tables(tmp_path):
    proc, report = run(tmp_path, tables())
    assert proc.returncode == 0, proc.stderr
    first = report.split("## ")[0]
    assert "from **31** (tracepoint) to **7919** (kprobe int3, and 2 traps) instructions" in first
    assert "not measured yet" not in report
    assert "Of 2 other tools whose price in the path of the exit is sharp" in first
    assert "**1301**" in first and "**2203** (perf, record)" in first
    assert "the most **28004** of 100003 (perf, record, 4 CPUs)" in first
    assert "4657 (4651 to 4663) | 0 | 0.034 | 9311" in line_with(report, "| perf | record | **2203**")
    assert "3301 to 3307, gate *overlap*" in line_with(report, "| forkstat |")
    assert "1451 (1447 to 1459)" in line_with(report, "procmon tracepoint", "stream", "**1040**")
    assert "no headers\\|here" in line_with(report, "exitsnoop", "not run")
    assert "6089 to 6203, gate *share*" in line_with(report, "| kprobe jump |")
    assert "not run: no fprobe here" in report
    assert "0x0 for 0x300 (leader-first)" in line_with(report, "forkstat", "| 3 | 1 | 0 | 0 |")
    assert "![Lines" in report and "(growth-probes.svg)" in report
    assert "growth-cpus.svg" not in report
    assert ("from 0 to 16 probes: **tracepoint** (31) stays the same; "
            "**ftrace** goes from 87 at 0 to 295 at 16, 13 per probe.") in report
    assert ("from 1 to 4 CPUs: **tracepoint** (31 to 34, from boot to boot) stays the same. "
            "2 points failed a gate and are left out.") in report
    assert "| **87** | **211** | **87** | **223** |" in report
    assert ("Of 6 pairs, 5 differ by more than both spreads together; 4 of these are ranked as by "
            "the instructions (not: ftrace and kprobe int3).") in report
    assert line_with(report, "| 9.7.31-made-up | cmdline |") == "| 9.7.31-made-up | cmdline | a: b |"


def test_decisions(tmp_path):
    choice = section(run(tmp_path, tables())[1], "Which one to choose")
    assert "**tracepoint**, *count* | 31 |" in line_with(choice, "how many exits")
    # The cheapest that loads with unit=process is not the cheapest.
    assert "**ftrace**, *stream*, `unit=process` | 1096 |" in line_with(choice, "wait(2)")
    assert "**tracepoint**, *stream* | 1040 (whole: 1451) |" in line_with(choice, "per thread")
    # forkstat has no way to tell, perf loses in silence: the stream admits.
    assert "procmon tracepoint, stream** | 1040 (whole: 1451) |" in line_with(choice, "under load")
    assert "95 of 200006 exits lost" in line_with(choice, "under load")
    assert "tracefs event, cat trace pipe** | 1301 (whole: 6007) |" in line_with(choice, "module: to count")
    # perf and forkstat name every process, but forkstat has no exact price.
    assert "perf, record** | 2203 (whole: 4657) |" in line_with(choice, "module: the name")
    # No exact price, but right most often.
    assert "forkstat, -e exit** | 3301 to 3307 (whole: 5003) |" in line_with(choice, "module: the status")
    assert "of 4 cases, the status is right in 3" in line_with(choice, "module: the status")
    assert "**ftrace** | 223 | 0 | 87 with the site to itself" in line_with(choice, "BPF trace, too")


@pytest.mark.parametrize("name", tables())
def test_table_missing(tmp_path, name):
    files = tables()
    del files[name]
    proc, report = run(tmp_path, files)
    assert proc.returncode == 0, proc.stderr
    if name == "growth-probes.svg":
        assert name not in report
    elif name != "estimates.tsv":
        assert "not measured yet" in report


def test_no_table(tmp_path):
    proc, report = run(tmp_path, {})
    assert proc.returncode == 0, proc.stderr
    assert "no exact figure yet" in report
    assert report.count("not measured yet: run `make ") >= 8


# No figure without a table, but those of the method and of the literature.
def test_figures_are_of_the_tables(tmp_path):
    report = run(tmp_path, {})[1]
    for title in ("The price", "The truth", "What is lost", "What it needs", "How the price grows",
                  "By the clock, emulated", "Environment"):
        text = section(report, title).replace("wait(2)", "")
        assert not any(c.isdigit() for c in text), text


@pytest.mark.parametrize("name, old, new, why", [
    ("peers.tsv", "\tlo\t", "\tlow\t", "no column 'lo'"),
    ("peers.tsv", "\t2203\t", "\t2203x\t", "peers.tsv:4: lo is '2203x'"),
    ("peers.tsv", "\t3307\t", "\t3301..3307\t", "hi is '3301..3307'"),
    ("peers.tsv", "\t4657\t", "\tnan\t", "whole_mean is 'nan'"),
    ("peers-truth.tsv", "no-status", "status", "verdict is 'status'"),
    ("completeness.tsv", "\t19\t", "\t\t19\t", "completeness.tsv:2: more than 10 fields"),
    ("completeness.tsv", "\t19\t", " ", "completeness.tsv:2: less than 10 fields"),
    ("growth.tsv", "probes", "mice", "factor is 'mice'"),
    ("exact.tsv", "\t31\t", "\t-\t", "exact.tsv:3: lo is '-', not a whole number"),
    ("exact.tsv", "\t31\t", "\t3.1\t", "not a whole number"),
    ("exact.tsv", "overlap", "gate", "two columns 'gate'"),
    ("environment.txt", "[bench]", "bench", "environment.txt:1: neither"),
    ("hyperfine.csv", '"kprobe int3"', '"kprobe int3', "a quote that is not closed"),
])
def test_malformed(tmp_path, name, old, new, why):
    files = tables()
    assert old in files[name]
    files[name] = files[name].replace(old, new, 1)
    proc, report = run(tmp_path, files)
    assert proc.returncode == 1 and why in proc.stderr
    assert report is None


def test_row_twice(tmp_path):
    files = tables()
    files["exact.tsv"] += files["exact.tsv"].splitlines(keepends=True)[-1]
    proc, report = run(tmp_path, files)
    assert proc.returncode == 1 and "a row is given twice" in proc.stderr and report is None


def test_empty_file(tmp_path):
    proc, report = run(tmp_path, tables() | {"reach.tsv": ""})
    assert proc.returncode == 1 and "empty" in proc.stderr and report is None


def test_no_directory(tmp_path):
    proc = subprocess.run([REPORT, "--tables", tmp_path / "none", "--out", tmp_path / "out"],
                          capture_output=True, text=True, timeout=60)
    assert proc.returncode == 1 and "No such file" in proc.stderr


@pytest.mark.parametrize("options", [["--out", "out"], ["--tables", "tables"],
                                     ["--out", "out", "--tables", "tables", "boot1"]])
def test_usage(tmp_path, options):
    proc = subprocess.run([REPORT, *options], capture_output=True, text=True, cwd=tmp_path,
                          timeout=60)
    assert proc.returncode == 2 and "--help" in proc.stderr
    assert not (tmp_path / "out").exists()
