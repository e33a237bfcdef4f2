# SPDX-License-Identifier: GPL-2.0
"""bench/report on tables alone: all figures are theirs, and what is not there is said."""
import os
import pathlib
import re
import subprocess
import xml.etree.ElementTree

import pytest

from vm import LIMIT

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
    for name, what, price in hooks:
        for n, output in enumerate(["count", "stream", "trace", "log", "process"]):
            traps = 2 if "int3" in name else 0
            if (name, output) == ("tracepoint", "process"):
                exact.append(f"{KERNEL} tracepoint tracepoint - sched-exit process - - skipped "
                             "which_is_last? - - - - - -")
                continue
            exact.append(f"{KERNEL} {name} {what.replace('sched_process_exit', 'sched-exit')} "
                         f"{output} {price + 1009 * n} {price + 1009 * n} ok - 0.7 0.3 9600 "
                         f"9600 0 {traps}")
    exact += [f"{KERNEL} kprobe_jump kprobe jump do_exit+0x9 count 6089 6203 share - 0.2 0.1 9600 "
              "9600 0 0",
              f"{KERNEL} fprobe fprobe - do_exit count - - skipped no_fprobe_here - - - - - -"]
    exact += [f"{KERNEL} BPF_tracepoint BPF - sched-exit {output} {price} {price} ok - 0.7 0.3 9600 "
              "9600 0 0" for output, price in (("count", 6337), ("process", 6343))]
    peers = [f"{KERNEL} none - 0 0 ok - 1 -2 3 ok 0 0 0",
             f"{KERNEL} procmon_tracepoint stream 1040 1040 ok - 1451 1447 1459 ok 0 37.5 1283",
             f"{KERNEL} perf record 2203 2203 ok - 4657 4651 4663 ok 0 0.034 9311",
             f"{KERNEL} forkstat -e_exit 3301 3307 overlap - 5003 4999 5009 ok 0 1000 1709",
             f"{KERNEL} tracefs_event cat_trace_pipe 1301 1301 ok - 6007 5987 6011 ok 0 250 601",
             f"{KERNEL} BPF_tracepoint ring_of_its_own,_unit=process 6347 6347 ok - 6353 6349 6359 "
             "ok 0 1.79 2003",
             f"{KERNEL} BPF_tracepoint ring_of_its_own,_JSON 6361 6361 ok - 7001 6997 7013 ok 0 1.83 2011",
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
    functions = [f"{KERNEL} kprobe_int3 count asm~exc~int3 {3019 * n} {stack}asm~exc~int3"
                 for n, stack in ((1, "do~exit;"), (2, "do~exit;kprobe~insn~page;"))]
    # An underscore is a ~ here. As many as have no line of their own, and two.
    functions += [f"{KERNEL} kprobe_int3 count step~{n} {100 - n} do~exit;step~{n}"
                  for n in range(15)]
    functions += [f"{KERNEL} kprobe_int3 stream on~do~exit_[procmon] 5003 do~exit;on~do~exit_[procmon]",
                  f"{KERNEL} kprobe_int3 stream a<b 7 do~exit;a<b",
                  f"{KERNEL} kprobe_int3 stream do~exit -2 do~exit",
                  f"{KERNEL} fprobe_exit count init~task 701 kernel~clone;copy~process;init~task",
                  f"{KERNEL} fprobe_exit count return~to~handler 89 do~exit;return~to~handler"]
    return {
        "anatomy.tsv": tsv("kernel hook output instructions gate exits of code_lines code_pages "
                           "data_lines data_pages",
                           f"{KERNEL} kprobe_int3 count 10452 ok 7 8 43 11 47 13",
                           f"{KERNEL} kprobe_int3 stream 5008 ok 7 8 53 17 59 19",
                           f"{KERNEL} fprobe_exit count 790 by_the_clock_791 5 8 61 23 67 29"),
        "anatomy-functions.tsv": tsv("kernel hook output function instructions stack",
                                     *functions).replace("~", "_"),
        "exact.tsv": tsv(ROW + " lo hi gate reason overlap runner_up exits hits missed traps", *exact),
        "anatomy-source.tsv": tsv(
            "kernel hook output function line instructions",
            f"{KERNEL} tracepoint stream write!record variants/a.c:3 7",
            f"{KERNEL} tracepoint stream relate variants/a.c:5 11",
            f"{KERNEL} tracepoint stream write!record variants/a.c:4 2",
            f"{KERNEL} ftrace process relate variants/a.c:5 13").replace("!", "_"),
        "sees.tsv": tsv("kernel hook site entry", f"{KERNEL} tracepoint sched-exit no",
                        f"{KERNEL} ftrace do_exit yes").replace(
                            "entry\n", "entry\texit code\tlast thread\twhen\n", 1).replace(
                            "no\n", "no\tyes\tno\tlate\n").replace(
                            "yes\n", "yes\tyes\tno\tearly\n"),
        "environment.txt": f"[bench]\nqemu: 7\n\n[{KERNEL}]\nboots: 2\ncmdline: a: b\n",
        "truth.tsv": tsv("kernel case tracepoint ftrace kprobe-int3",
                         *(f"{KERNEL} {case} ok/refused ok/ok ok/ok" for case in CASES),
                         f"{KERNEL} knows_the_last_thread unknown/refused unknown/ok unknown/ok"),
        "arm64/exact.tsv": tsv(
            ROW + " lo hi gate reason overlap runner_up exits hits missed traps",
            "9.7.31-arm64 none none - - control 0 0 ok - 0.7 0.3 9600 - - -",
            "9.7.31-arm64 ftrace ftrace_ops - do_exit count 8087 8087 ok - 0.7 0.3 9600 9600 0 -",
            "9.7.31-arm64 ftrace ftrace_ops - do_exit log 8089 8093 overlap - 0.2 0.1 9600 9600 0 -",
            *(f"9.7.31-arm64 fprobe fprobe - do_exit {output} - - skipped no_fprobe_there - - - - - -"
              for output in ("count", "stream"))),
        "arm64/environment.txt": "[bench]\nqemu: 8101\n\n[9.7.31-arm64]\nboots: 8111\n",
        "reader.tsv": tsv("output instructions exits compiler valgrind trees",
                          *(f"{output} {n} 100004 cc_17 valgrind-3 t" for output, n in
                            (("table", 253), ("json", 499), ("summary", 154), ("raw", 27)))),
        "peers.tsv": tsv(PEER + " lo hi gate reason whole_mean whole_lo whole_hi whole_gate traps_per_exit "
                         "wakeups_per_1000 peak_kib", *peers),
        "peers-truth.tsv": tsv(PEER + " case verdict says", *truth),
        "completeness.tsv": tsv(PEER + " cpus exits reported repeated admitted_lost vanished reason",
                                *completeness),
        "reach.tsv": tsv("peer mode hook output unit bare tells options oldest_kernel fields needs "
                         "second_user",
                         "procmon_tracepoint stream tracepoint stream task no status CONFIG_MODULES "
                         "6.1 all a_module yes",
                         "perf record - - - no name CONFIG_PERF_EVENTS 4.17 pid,_comm perf yes",
                         "tracefs_event cat_trace_pipe - - - yes name CONFIG_FTRACE 4.19 pid,_comm "
                         "nothing no:_half"),
        "ftracetest.tsv": tsv("kernel selftests variant test without with reason",
                              f"{KERNEL} 9.9-1 ftrace kprobe/busy.tc PASS PASS -",
                              f"{KERNEL} 9.9-1 ftrace 00basic/mount.tc FAIL FAIL -",
                              f"{KERNEL} 9.9-1 ftrace direct/direct.tc UNSUPPORTED UNSUPPORTED -",
                              f"{KERNEL} 9.9-1 kprobe kprobe/busy.tc PASS FAIL -",
                              f"{KERNEL} 9.9-1 kprobe 00basic/mount.tc FAIL UNRESOLVED counts_us",
                              f"{KERNEL} 9.9-1 kprobe direct/direct.tc UNSUPPORTED UNSUPPORTED -"),
        "growth.tsv": tsv("kernel factor value hook output lo hi gate reason", *growth),
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
    for old in source.glob("**/*.*"):
        old.unlink()
    for name, text in files.items():
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text(text)
    proc = subprocess.run([REPORT, "--tables", source, "--out", out], capture_output=True,
                          text=True, timeout=LIMIT)
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
    assert "in instructions, **31** (tracepoint) to **7919** (kprobe int3, and 2 traps) on 9.7." in first
    assert "on 9.7 the stream adds 1009, the trace event 2018 and the log 3027, whatever the hook" in first
    assert ("costs a record of each process **6343** (BPF tracepoint) against **4123** (ftrace), "
            "a count **6337** (BPF tracepoint) against **31** (tracepoint) on 9.7.") in first
    assert "says what wait(2) says in 8 of 8 trials; in 4 more the kernel does not offer it" in first
    assert "1 of 3 ways lost some without a word, perf the most: **28004** of 100003" in first
    assert "16 of 17 are the same number in two boots, 1 are a range" in first
    assert "{{" not in report and "not measured yet" not in report
    prices = section(report, "The prices")
    assert line_with(prices, "| tracepoint |").endswith(
        "| **31** | **1040** | not run | **2049** | **3058** | 0 |")
    assert "| **1096** | **4123** | **2105** |" in line_with(prices, "| ftrace |")
    assert "- tracepoint on 9.7: *stream, `unit=process`*: which is last?." in prices
    assert "| **6337** |  | **6343** |  |  | 0 |" in line_with(prices, "| BPF tracepoint |")
    assert "| **6343** | 1.79 | 2003 | beside the tools **6347** |" in line_with(
        prices, "| BPF tracepoint, ring of its own, unit=process |")
    assert line_with(prices, "| write\\_record |").endswith("| 9 |")
    assert line_with(prices, "| relate |").endswith("| 11 |")
    assert "| 6089 to 6203 |" in line_with(prices, "| kprobe jump |")
    assert "- kprobe jump on 9.7: *count*: most exits do not cost the same" in prices
    assert "- fprobe on 9.7: *count*: no fprobe here." in prices
    assert "**0** on 9.7" in prices
    assert line_with(prices, "write a JSON object").endswith("| 499 |")
    assert "By valgrind-3, over 100004 exits; compiled by cc 17." in prices
    # The whole price is there, since its controls are right.
    assert "as JSON 1451 (1447 to 1459) with procmon and 7001 (6997 to 7013) with BPF on 9.7." in first
    assert "The controls: no tool 1 (-2 to 3) on 9.7." in prices
    assert "| **2203** | 0.034 | 9311 |  | 4657 (4651 to 4663) |" in line_with(report, "| perf, record |")
    assert "3301 to 3307 | 1000 | 1709 | a range: the reader runs inside the exit" in \
        line_with(report, "| forkstat, -e exit |")
    assert "| not run |" in line_with(report, "| exitsnoop, bcc |", "no headers\\|here")
    # A hook of ours that ran beside the tools is one row.
    assert "1451 (1447 to 1459)" in line_with(prices, "| procmon tracepoint, stream |", "**1040**")
    assert "| 3 | 1 | 0 | 0 | 0x0 for 0x300 (leader-first)" in line_with(report, "| forkstat, -e exit |", "0x300")
    assert line_with(report, "| procmon ftrace, stream, unit=process").endswith("| 4 | 0 | 0 | 0 |  |")
    assert "| 93002 | **23** | 0 | **7001** |" in line_with(report, "| perf, record | 93002")
    assert "2 of 3; tracefs event, cat trace pipe: no: half" in section(report, "What it needs")
    beside = section(report, "What it needs")
    assert "linux-source 9.9-1: 3 tests" in beside
    assert "| 1 / 0 | 1 / 1 | 0 / 0 | 0 / 1 | 1 / 1 |" in line_with(beside, "| kprobe | 9.7 |")
    assert "- kprobe, kprobe/busy.tc: PASS without, FAIL with it: **not explained**" in beside
    assert "FAIL without, UNRESOLVED with it: counts us\n" in beside
    depends = section(report, "What the price depends on")
    assert "CPUs, from 1 to 4 on Linux 9.7: the price of each of the 3 rows measured stays, but" in depends
    assert "tracepoint (*count*) goes from **31** to **31 to 34**" in depends
    assert "| **31** | **139 to 295** |" in line_with(depends, "| 1 to 16 kprobe events")
    assert "| **1511** | **223** |" in line_with(depends, "| the function tracer")
    assert "it tells 3 of 3 pairs of hooks from each other, 2 of them in the order" in depends
    assert "qemu 7; boots 2; cmdline a: b" in section(report, "Environment")


def test_who_is_right(tmp_path):
    """Our BPF program is none of the other tools, which take one thread for the process."""
    files = tables()
    for case in CASES:
        ours = "wrong\t0x0 for 0x300" if case == "leader-first" else "right\t-"
        files["peers-truth.tsv"] += (
            f"{KERNEL}\tprocmon tracepoint\tstream\t{case}\t{ours}\n"
            f"{KERNEL}\tBPF tracepoint\tring of its own, unit=process\t{case}\tright\t-\n")
    proc, report = run(tmp_path, files)
    assert proc.returncode == 0, proc.stderr
    first = report.split("## ")[0]
    assert "is right in **3** of 4 ways to end it; the best of the other tools is right in " \
           "**3** of 4 (forkstat)." in first
    assert "So does our BPF program when it is told to, in **4** of 4 ways." in first


@pytest.mark.parametrize("trees, told", [("variants 1a, bench 2b", True),
                                         ("variants 1a, bench 2c", False)])
def test_elsewhere(tmp_path, trees, told):
    """Only what was measured of the same code."""
    files = tables()
    files["environment.txt"] = files["environment.txt"].replace(
        "qemu: 7\n", "git trees: variants 1a, bench 2b\nqemu: 7\n")
    files["elsewhere.tsv"] = (
        "kernel\tpackage\tsystem\tqemu\tcompiler\tgit trees\tcompared\tsame\n"
        f"{KERNEL}\t9.7.31-1\tFake 13\t10.0.99\t12.4.88\t{trees}\t1013\t1009\n")
    proc, report = run(tmp_path, files)
    assert proc.returncode == 0, proc.stderr
    sentence = ("to the instruction: 1009 of 1013 on Linux 9.7 (package version 9.7.31-1) with "
                "Fake 13, its QEMU 10.0.99 and modules compiled by its gcc 12.4.88.")
    assert (sentence in section(report, "How it was measured")) == told
    assert ("elsewhere" in report) == told


def test_anatomy(tmp_path):
    """The functions, most first, the rest in one line; a sum that is not proved says so."""
    report = run(tmp_path, tables())[1]
    where = section(report, "Where each instruction goes")
    assert "in 2 of 3; fprobe exit, count, on 9.7 is not proved: it adds up to 790, by the clock 791" \
        in where
    int3 = [line for line in where.split("What is in an int3")[1].splitlines() if line[:1] == "|"]
    assert "| asm\\_exc\\_int3 | 9057 |" in int3[2]
    assert [line.split(" | ")[1] for line in int3[3:16]] == [str(100 - n) for n in range(13)]
    assert int3[16:18] == ["| 2 others | 173 |  |", "| all | **10452** |  |"]
    assert "| all | 790, not proved |" in where
    assert "Of this price the forks' part is 701 instructions on 9.7." in where
    assert line_with(where, "| kprobe int3 |") == "| kprobe int3 | 43 (11) | 47 (13) | 53 (17) | 59 (19) |"
    assert line_with(where, "| fprobe exit |") == "| fprobe exit | 61 (23) | 67 (29) |  |  |"


def test_flames(tmp_path):
    """A box is as wide as its instructions; a displaced one is in the sum and is no box."""
    run(tmp_path, tables())
    svg = xml.etree.ElementTree.fromstring((tmp_path / "out/anatomy.svg").read_text())
    space = {"svg": "http://www.w3.org/2000/svg"}
    boxes = {box.find("svg:title", space).text: float(box.find("svg:rect", space).get("width"))
             for box in svg.findall("svg:g", space)}
    assert boxes == {f"{name}: {n}": round(640 * n / 5008, 1) for name, n in (
        ("do_exit", 5010), ("on_do_exit [procmon]", 5003), ("a<b", 7))}
    assert [text.text for text in svg.findall("svg:text", space)] == ["kprobe int3, 9.7: 5008"]


# A column that says the same in every row is a sentence.
def test_arm64(tmp_path):
    """A table of its own; a kernel of the same series is no other for x86-64's."""
    report = run(tmp_path, tables())[1]
    prices = section(report, "The prices")
    mine = prices.split("### On arm64\n", 1)[1].split("\n### ", 1)[0]
    assert "| hook | site | 9.7: count | " in mine
    assert "| ftrace | do exit | **8087** |" in mine and "8089 to 8093" in mine
    assert "as if it were one: **0** on 9.7." in mine and "qemu 8101; boots 8111" in mine
    assert mine.count("no fprobe there") == 1
    assert "- fprobe on 9.7: *count*, *stream*: no fprobe there." in mine
    assert "9.7.31" not in prices and "8087" not in report.replace(mine, "")


def test_traps_of_tools(tmp_path):
    files = tables()
    prices = section(run(tmp_path, files)[1], "The prices")
    assert "None of them takes a trap." in prices
    files["peers.tsv"] = files["peers.tsv"].replace("\t0\t0.034\t", "\t2\t0.034\t")
    prices = section(run(tmp_path, files)[1], "The prices")
    assert "None of them takes a trap." not in prices
    assert "| **2203** | 2 | 0.034 | 9311 |" in line_with(prices, "| perf, record |")


# The same of the price in the path: no figure, no choice, and the reason.
def test_control_of_path(tmp_path):
    files = tables()
    files["peers.tsv"] = files["peers.tsv"].replace(
        "none\t-\t0\t0\tok\t", "none\t-\t-61\t67\tcontrol\t").replace(
            "\t2203\t2203\tok\t", "\t2203\t2207\tcontrol\t")
    report = run(tmp_path, files)[1]
    assert "In these guests on 9.7 one exit is not enough like the other" in report
    assert "| no figure | 0.034 | 9311 | **the control failed** | 4657" in \
        line_with(report, "| perf, record |")
    assert "2203" not in report and "2207" not in report
    assert "**perf**" not in section(report, "Which one to choose")


# A whole price whose control is not that of nothing is shown nowhere.
def test_control_of_whole(tmp_path):
    files = tables()
    files["peers.tsv"] = files["peers.tsv"].replace("\tok\t0\t", "\tcontrol\t0\t").replace(
        "\t1\t-2\t3\t", "\t7\t2\t13\t")
    report = run(tmp_path, files)[1]
    assert "no tool on 9.7 came out at 7 (2 to 13) instructions" in report
    for figure in ("4657", "1451", "5003", "6007"):
        assert figure not in report


def test_decisions(tmp_path):
    choice = section(run(tmp_path, tables())[1], "Which one to choose")
    for want, use in (
            ("the number of exits", "**tracepoint**, *count*: **31**"),
            ("of each thread", "**tracepoint**, *stream*: **1040**"),
            # The cheapest that loads with unit=process is not the cheapest.
            ("of each process", "**ftrace**, *stream*, `unit=process`: **4123**"),
            # forkstat has no way to tell, perf loses in silence: the stream admits.
            ("under load", "**tracepoint**, *stream*: **1040**"),
            ("torn down", "**ftrace**, *count*: **87**"),
            ("in perf", "**tracepoint**, *trace*: **2049**"),
            ("in dmesg", "**tracepoint**, *log*: **3058**"),
            ("to count, at least", "**tracefs event**, cat trace pipe: **1301**"),
            # The trace pipe names none; a range counts by its upper end.
            ("the name of every process", "**perf**, record: **2203**"),
            # No exact price, but right most often.
            ("the status, as often", "**forkstat**, -e exit: 3301 to 3307"),
            ("the stock kernel", "**tracefs event**, cat trace pipe: **1301**"),
            ("ftrace and BPF trace", "**ftrace**, *count*: **223**")):
        assert f"| {use}" in line_with(choice, want), want
    assert "95 of 200006 exits lost" in line_with(choice, "under load")
    assert "its status right in 3" in line_with(choice, "the status, as often")


# A range whose upper end is less than another's number comes before it.
def test_ranges_count_by_their_upper_end(tmp_path):
    files = tables()
    files["peers.tsv"] = files["peers.tsv"].replace("\t3301\t3307\t", "\t1\t2202\t")
    choice = section(run(tmp_path, files)[1], "Which one to choose")
    assert "**forkstat**, -e exit: 1 to 2202" in line_with(choice, "the name of every process")
    files["peers.tsv"] = files["peers.tsv"].replace("\t1\t2202\t", "\t1\t2204\t")
    choice = section(run(tmp_path, files)[1], "Which one to choose")
    assert "**perf**, record: **2203**" in line_with(choice, "the name of every process")


@pytest.mark.parametrize("name", tables())
def test_table_missing(tmp_path, name):
    files = tables()
    del files[name]
    proc, report = run(tmp_path, files)
    assert proc.returncode == 0, proc.stderr
    assert "{{" not in report
    if name not in ("hyperfine.csv", "sees.tsv", "ftracetest.tsv", "anatomy-source.tsv", "arm64/environment.txt"):
        assert re.search(r"not (measured|tested|written down) yet|Not measured on|No storm|"
                         "Nothing was measured", report)


def test_tests_that_do_not_differ(tmp_path):
    files = tables()
    files["ftracetest.tsv"] = files["ftracetest.tsv"].replace("PASS\tFAIL", "PASS\tPASS").replace(
        "UNRESOLVED\tcounts", "FAIL\tcounts")
    beside = section(run(tmp_path, files)[1], "What it needs")
    assert "Each test ends the same with each variant as without." in beside
    assert "What does not end the same" not in beside


def test_no_table(tmp_path):
    proc, report = run(tmp_path, {})
    assert proc.returncode == 0, proc.stderr
    assert report.count(" yet: run `make ") >= 8


# No figure without a table, but those of the method and of the literature.
def test_figures_are_of_the_tables(tmp_path):
    report = run(tmp_path, {})[1]
    for title in ("Which one to choose", "The prices", "Where each instruction goes", "The truth", "What is lost", "What it needs",
                  "What the price depends on", "Environment"):
        text = section(report, title).replace("wait(2)", "").replace("arm64", "")
        assert not any(c.isdigit() for c in text), text


@pytest.mark.parametrize("name, old, new, why", [
    ("reader.tsv", "json", "jsn", "output is 'jsn'"),
    ("peers.tsv", "\tlo\t", "\tlow\t", "no column 'lo'"),
    ("peers.tsv", "\t2203\t2203\t", "\t2203x\t2203\t", "peers.tsv:4: lo is '2203x'"),
    ("peers.tsv", "\t2203\t2203\t", "\t2202\t2203\t", "no price with the gate 'ok'"),
    ("peers.tsv", "\t3301\t3307\t", "\t3307\t3301\t", "'3307' to '3301' is no price"),
    ("peers.tsv", "\t4657\t", "\tnan\t", "whole_mean is 'nan'"),
    ("peers.tsv", "\tok\t0\t", "\tyes\t0\t", "whole_gate is 'yes'"),
    ("peers-truth.tsv", "no-status", "status", "verdict is 'status'"),
    ("completeness.tsv", "\t19\t", "\t\t19\t", "completeness.tsv:2: more than 10 fields"),
    ("completeness.tsv", "\t19\t", " ", "completeness.tsv:2: less than 10 fields"),
    ("growth.tsv", "probes", "mice", "factor is 'mice'"),
    ("exact.tsv", "\t31\t31\t", "\t-\t-\t", "exact.tsv:3: '-' to '-' is no price with the gate 'ok'"),
    ("exact.tsv", "\t31\t31\t", "\t3.1\t3.1\t", "is no price"),
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
                          capture_output=True, text=True, timeout=LIMIT)
    assert proc.returncode == 1 and "No such file" in proc.stderr


@pytest.mark.parametrize("options", [["--out", "out"], ["--tables", "tables"],
                                     ["--out", "out", "--tables", "tables", "boot1"]])
def test_usage(tmp_path, options):
    proc = subprocess.run([REPORT, *options], capture_output=True, text=True, cwd=tmp_path,
                          timeout=LIMIT)
    assert proc.returncode == 2 and "--help" in proc.stderr
    assert not (tmp_path / "out").exists()
