# SPDX-License-Identifier: GPL-2.0
"""bench/anatomy: on made-up traces, and on what the emulator executes in a guest."""
import collections
import csv
import itertools
import os
import pathlib
import shutil
import subprocess

import pytest

from vm import LIMIT, vm

TOP = pathlib.Path(__file__).resolve().parents[3]
BUILD = TOP / "bench/build"
MODULES = pathlib.Path(os.environ.get("PROCMON_MODULES", TOP / "variants"))
KERNEL = "6.12.0-test"
BETWEEN = 12  # instructions between the marks and the readings of the clock
CODE = 0xffffffff81000000
MODULE = 0xffffffffc0000000
MADE = ["on_exit [procmon]", "trampoline", "kprobe_insn_page"]
SIZE = 4  # of each instruction, in bytes

# Of the rows with a BPF program: the hook, and how the program's name ends.
BPF_PROGRAMS = {"BPF-tracepoint.count": ("BPF tracepoint", "tracepoint_count"),
                "BPF-fentry.process": ("BPF fentry", "acct_process_ring")}
BPF_ROWS = set(BPF_PROGRAMS)

# What is executed in a row: instructions first to last of the innermost function of the
# stack, and the lines of memory that each of them accesses.
Step = collections.namedtuple("Step", "stack first n lines", defaults=[()])

EXIT = [Step("do_exit", 0, 7, [0x100]), Step("do_exit;free_all", 0, 30, [0x100, 0x101]),
        Step("do_exit", 7, 20)]
SLOW = [EXIT[0], Step("do_exit;free_all", 0, 30, [0x100]),
        Step("do_exit;free_all;refill", 0, 500, [0x200, 0x201]), EXIT[2]]
HOOK = [Step("do_exit;trampoline", 0, 40, [0x101, 0x300]),
        Step("do_exit;trampoline;on_exit [procmon]", 0, 5, [0x300, 0x301, 0x341]),
        Step("do_exit;trampoline", 40, 2)]


def hooked(path, hook=HOOK):
    """The path with the hook in it, which is called by do_exit."""
    return [Step("do_exit", 0, 3), *hook, Step("do_exit", 3, 4, [0x100]), *path[1:]]


def function(step):
    return step.stack.rsplit(";", 1)[-1]


class Trace:
    """A trace and its boot file: blocks of exits, each a list of steps."""

    def __init__(self, *names):
        self.places = {name: CODE + 0x10000 * i for i, name in enumerate(names)}
        self.lines = ["procmon-trace 1"]
        self.lines += [f"symbol\t{at:x}\t0\t{name}" for name, at in self.places.items()]
        self.lines.append(f"symbol\t{CODE + 0x10000 * len(names):x}\t0\tend_of_code")
        self.numbers, self.paths, self.blocks = {}, collections.Counter(), []

    def path(self, steps):
        """The path's line of runs; new instructions get their lines before it."""
        text = []
        for step in steps:
            for i in range(step.first, step.first + step.n):
                at = self.places[function(step)] + SIZE * i
                if at not in self.numbers:
                    self.numbers[at] = len(self.numbers)
                    self.lines.append(f"insn\t{at:x}\t{SIZE}")
            text += [f"{self.numbers[self.places[function(step)] + SIZE * i]}+1"
                     for i in range(step.first, step.first + step.n)]
        return "path\t" + " ".join(text)

    def block(self, row, exits, made=()):
        """Exits of a row; the module and what was made for it are in this order in memory."""
        self.lines.append(f"block\t{row}")
        for i, name in enumerate(made):
            self.places[name] = MODULE + 0x1000 * i
            self.lines.append(f"symbol\t{self.places[name]:x}\t4096\t{name}")
        ticks = []
        for steps in exits:
            path = self.path(steps)
            if path not in self.paths:
                self.lines.append(path)
            self.paths[path] += 1
            self.lines.append(f"exit\t{list(self.paths).index(path)}")
            if self.paths[path] == 2:
                self.lines.append(self.data(steps))
            ticks.append(sum(step.n for step in steps) - BETWEEN)
        self.blocks.append((row, ticks))

    @staticmethod
    def data(steps):
        """The first instruction of a step accesses all of its lines."""
        when = collections.defaultdict(list)
        executed = 0
        for step in steps:
            for line in step.lines:
                when[line].append(executed)
            executed += step.n
        return "data\t" + " ".join(
            f"{line:x}:" + ",".join(str(b - a) for a, b in itertools.pairwise([0, *times]))
            for line, times in sorted(when.items()))

    def write(self, tmp_path, more=()):
        trace, boot = tmp_path / "trace", tmp_path / "boot"
        trace.write_text("\n".join([*self.lines, *more, "end", ""]))
        lines = ["procmon-boot 1", f"env\tkernel\t{KERNEL}", "env\tboot\t1"]
        for row in dict(self.blocks):
            hook, output = row.split(".")
            lines.append(f"row\t{row}\t{hook}\t{hook}\t-\t-\t{output}")
        numbers = collections.Counter()
        for row, ticks in self.blocks:
            lines.append(f"block\t{row}\t{numbers[row]}\t{len(ticks)}\t-\t-\tok\t"
                         + " ".join(map(str, ticks)))
            numbers[row] += 1
        boot.write_text("\n".join([*lines, "end", ""]))
        return trace, boot


def anatomy(tmp_path, trace, boot, exact, kernel=KERNEL):
    """Run it with these prices of (hook, output): a number, or a range."""
    out = tmp_path / "out"
    out.mkdir(exist_ok=True)
    lines = ["kernel\thook\toutput\tlo\thi\tgate"]
    for (hook, output), price in exact.items():
        lo, hi = price if isinstance(price, tuple) else (price, price)
        lines.append(f"{kernel}\t{hook}\t{output}\t{lo}\t{hi}\t{'ok' if lo == hi else 'shift'}")
    (tmp_path / "exact.tsv").write_text("\n".join([*lines, ""]))
    return subprocess.run([BUILD / "anatomy", "--exact", tmp_path / "exact.tsv", "--out", out,
                           "--code", out / "code.tsv", trace, boot], capture_output=True, text=True, timeout=LIMIT, check=False)


def table(tmp_path, name):
    with open(tmp_path / "out" / name, encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def made_up(*exits, names=("do_exit", "free_all", "refill", "x64_sys_call")):
    """Exits without a hook of two kinds, and those of a hook in two attachments."""
    t = Trace(*names)
    t.block("none.-", [EXIT, SLOW, EXIT])
    t.block("hook.count", exits, MADE)
    t.block("none.control", [SLOW, EXIT])
    t.block("hook.count", exits, [*MADE[1:], MADE[0]])
    return t


def stacks(tmp_path):
    return {row["stack"]: int(row["instructions"])
            for row in table(tmp_path, "anatomy-functions.tsv")}


def test_sum_and_functions(tmp_path):
    """Each exit is compared with its like, wherever the module is; one with none is outvoted."""
    odd = [*hooked(EXIT), Step("refill", 0, 77)]
    trace, boot = made_up(hooked(EXIT), hooked(SLOW), odd, hooked(EXIT)).write(tmp_path)
    done = anatomy(tmp_path, trace, boot, {("hook", "count"): sum(s.n for s in HOOK)})
    assert (done.returncode, done.stderr) == (0, "")
    expected = collections.Counter()
    for step in HOOK:
        expected[step.stack.removeprefix("do_exit;")] += step.n
    assert stacks(tmp_path) == expected
    assert {row["function"] for row in table(tmp_path, "anatomy-functions.tsv")} == {
        "trampoline", "on_exit [procmon]"}
    # Of our module each instruction is told, once, by its place in the function.
    own = [(SIZE * i, step) for step in HOOK for i in range(step.first, step.first + step.n)
           if function(step) == "on_exit [procmon]"]
    assert {(int(row["offset"]), row["function"]): int(row["instructions"])
            for row in table(tmp_path, "code.tsv")} == collections.Counter(
                (offset, "on_exit") for offset, _ in own)
    assert sum(int(row["instructions"]) for row in table(tmp_path, "code.tsv")) == len(own) > 0
    sums, = table(tmp_path, "anatomy.tsv")
    lines = {(function(step), SIZE * i // 64) for step in HOOK
             for i in range(step.first, step.first + step.n)}
    theirs = {line for step in EXIT for line in step.lines}
    data = {line for step in HOOK for line in step.lines} - theirs
    pages = {line // 64 for line in data} - {line // 64 for line in theirs}
    assert sums == {
        "kernel": KERNEL, "hook": "hook", "output": "count", "gate": "ok",
        "instructions": str(sum(expected.values())), "exits": "6", "of": "8",
        "code_lines": str(len(lines)), "code_pages": "2",
        "data_lines": str(len(data)), "data_pages": str(len(pages))}


@pytest.mark.parametrize("price, gate", [
    (48, "by the clock 48"), ((47, 52), "by the clock no exact figure but 47 to 52"),
    (None, "not measured by the clock")])
def test_not_proved(tmp_path, price, gate):
    """Another figure by the clock, or none, is said, and the anatomy is there all the same."""
    trace, boot = made_up(hooked(EXIT), hooked(EXIT)).write(tmp_path)
    done = anatomy(tmp_path, trace, boot, {("hook", "count"): price} if price else {})
    assert (done.returncode, done.stderr) == (0, "")
    row, = table(tmp_path, "anatomy.tsv")
    assert (row["instructions"], row["gate"]) == ("47", gate)


def test_displaced(tmp_path):
    """Nobody calls a copy of a displaced instruction; what stands elsewhere is the same function."""
    entry, copy = "do_exit;asm_exc_int3", "do_exit;kprobe_insn_page"
    hook = [Step(entry, 0, 10), Step(entry + ";on_exit [procmon]", 0, 5), Step(entry, 10, 1),
            Step(entry + ";get_out", 3, 2), Step(copy, 0, 2), Step(copy + ";asm_exc_int3", 0, 11),
            Step(copy + ";asm_exc_int3;free_all", 0, 3), Step("do_exit.cold", 0, 4)]
    steps = [*hooked(EXIT, hook)[:-1], Step("do_exit", 8, 19)]
    names = ("do_exit", "free_all", "refill", "asm_exc_int3", "get_out", "do_exit.cold")
    trace, boot = made_up(steps, steps, names=names).write(tmp_path)
    more = sum(s.n for s in steps) - sum(s.n for s in EXIT)
    done = anatomy(tmp_path, trace, boot, {("hook", "count"): more})
    assert (done.returncode, done.stderr) == (0, "")
    assert stacks(tmp_path) == {
        "do_exit": 3, entry: 11, entry + ";on_exit [procmon]": 5, entry + ";get_out": 2, copy: 2,
        copy + ";asm_exc_int3": 11, copy + ";asm_exc_int3;free_all": 3}
    assert table(tmp_path, "anatomy.tsv")[0]["gate"] == "ok"


def test_vectors(tmp_path):
    """arm64's entries are in the middle of one table: whoever is there was not called there before."""
    entry = "do_exit;vectors"
    hook = [Step(entry, 8, 3), Step(entry + ";on_exit [procmon]", 0, 5),
            Step("do_exit;kprobe_insn_page", 0, 2), Step("do_exit;kprobe_insn_page;vectors", 8, 3),
            Step("do_exit;kprobe_insn_page;vectors;free_all", 0, 3)]
    steps = [*hooked(EXIT, hook)[:-1], Step("do_exit", 8, 19)]
    trace, boot = made_up(steps, steps, names=("do_exit", "free_all", "refill", "vectors")
                          ).write(tmp_path)
    more = sum(s.n for s in steps) - sum(s.n for s in EXIT)
    done = anatomy(tmp_path, trace, boot, {("hook", "count"): more})
    assert (done.returncode, done.stderr) == (0, "")
    expected = collections.Counter()
    for step in hook:
        expected[step.stack] += step.n
    assert {stack: n for stack, n in stacks(tmp_path).items() if ";" in stack} == expected


def test_less(tmp_path):
    """An instruction that a jump displaced is executed no more where it was."""
    steps = [*hooked(EXIT)[:-1], Step("do_exit", 9, 18)]
    trace, boot = made_up(steps, steps).write(tmp_path)
    done = anatomy(tmp_path, trace, boot, {("hook", "count"): 45})
    assert (done.returncode, done.stderr) == (0, "")
    assert stacks(tmp_path)["do_exit"] == -2
    assert table(tmp_path, "anatomy.tsv")[0]["gate"] == "ok"


@pytest.mark.parametrize("lines, complaint", [
    (["exit\t0"], "other blocks of hook.count than in "), (["exit\t99"], "no path 99 before"),
    (["path\t0+99999"], "a run goes beyond the instructions"), (["path\t0+"], "no number"),
    (["path\t0+0"], "an empty run"), (["data\t1:99999"], "after the end of the exit"),
    (["block\tmade-up"], None), (["exit\t0", "symbol\tx\t1\tf"], "no number where one belongs"),
    (["nonsense"], "unknown line"), (["end"], "a line behind the end")])
def test_refused(tmp_path, lines, complaint):
    """What is no trace of this boot changes nothing."""
    trace, boot = made_up(hooked(EXIT), hooked(SLOW)).write(tmp_path, lines)
    out = tmp_path / "out"
    out.mkdir()
    (out / "anatomy.tsv").write_text("as before\n")
    done = anatomy(tmp_path, trace, boot, {})
    if complaint is None:
        assert done.returncode == 0, done.stderr
        return
    assert done.returncode == 1
    assert complaint in done.stderr
    assert [file.read_text() for file in out.iterdir()] == ["as before\n"]


def test_another_run(tmp_path):
    """The ticks of one exit are not what was executed in it."""
    trace, boot = made_up(hooked(EXIT), hooked(SLOW)).write(tmp_path)
    ticks = sum(s.n for s in hooked(SLOW)) - BETWEEN
    boot.write_text(boot.read_text().replace(f" {ticks}\n", f" {ticks + 1}\n", 1))
    done = anatomy(tmp_path, trace, boot, {})
    assert done.returncode == 1
    assert "hook.count, block 1, exit 2: 11 instructions beside" in done.stderr


def test_died(tmp_path):
    trace, boot = made_up(hooked(EXIT), hooked(EXIT)).write(tmp_path)
    trace.write_text(trace.read_text().removesuffix("end\n"))
    done = anatomy(tmp_path, trace, boot, {})
    assert done.returncode == 1 and "the end is missing" in done.stderr


def shift(base, hook):
    """What lays one histogram over the other with the largest overlap."""
    a, b = collections.Counter(base), collections.Counter(hook)
    shifts = collections.Counter()
    for x, y in itertools.product(a, b):
        shifts[y - x] += min(a[x], b[y])
    return shifts.most_common(1)[0][0]


def test_guest(tmp_path):
    """What the emulator executes is named, and as much as the clock says."""
    for variant in ("kprobe", "ftrace"):
        (tmp_path / "modules" / variant).mkdir(parents=True)
        shutil.copy(MODULES / variant / "procmon.ko", tmp_path / "modules" / variant)
    job = tmp_path / "job.sh"
    rows = {"kprobe-int3.count", "ftrace.count", *BPF_ROWS}
    job.write_text("#!/bin/sh\n./measure --modules modules --bpf ./bpf --out boot --rounds 1 "
                   f"--exits 60 --traced --no-traps --only {' --only '.join(rows)} >&2 && cat boot")
    job.chmod(0o755)
    trace, boot = tmp_path / "trace", tmp_path / "boot"
    done = vm("./job.sh", options=["--exact", "--trace", trace, "--pack", tmp_path / "modules",
                                   "--pack", BUILD / "measure", "--pack", BUILD / "bpf",
                                   "--pack", job])
    assert done.returncode == 0, done.stderr
    boot.write_text(done.stdout)
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    ticks = collections.defaultdict(list)
    for line in lines:
        if line[0] == "block":
            ticks[line[1]] += map(int, line[7].split())
    kernel, = (line[2] for line in lines if line[:2] == ["env", "kernel"])
    # The BPF program needs a newer one.
    old = tuple(map(int, kernel.split(".")[:2])) < (6, 12)
    assert {line[1] for line in lines if line[0] == "skip"} == (BPF_ROWS if old else set())
    rows -= BPF_ROWS if old else set()
    base = ticks["none.0"] + ticks["none.1"]
    exact = {tuple(row.replace("-", " ").split(".")): shift(base, ticks[row]) for row in rows}
    ran = anatomy(tmp_path, trace, boot, exact, kernel)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert {row["hook"]: (row["instructions"], row["gate"]) for row in table(tmp_path, "anatomy.tsv")
            } == {hook: (str(price), "ok") for (hook, _), price in exact.items()}
    functions = collections.defaultdict(dict)
    for row in table(tmp_path, "anatomy-functions.tsv"):
        functions[row["hook"]][row["stack"]] = int(row["instructions"])
    int3, ftrace = functions["kprobe int3"], functions["ftrace"]
    # Of the kernel's making, and known by its name all the same.
    for row in rows & BPF_ROWS:
        hook, program = BPF_PROGRAMS[row]
        assert [name for name in functions[hook] if "bpf_prog_" in name and name.endswith(program)]
    assert not [name for names in functions.values() for name in names if "[program]" in name]
    assert int3["do_exit;kprobe_insn_page"] == 2  # a copy, and an int3
    assert int3["do_exit;asm_exc_int3"] == int3["do_exit;kprobe_insn_page;asm_exc_int3"] > 1
    assert set(ftrace) == {"ftrace_trampoline", "ftrace_trampoline;on_do_exit [procmon]"}


def test_source(tmp_path):
    """An instruction is that of the line of ours that it is made from, inlined or not."""
    source = tmp_path / "variants/made_up.c"
    source.parent.mkdir()
    source.write_text("static inline int twice(int n)\n{\n\treturn n * 2;\n}\n"
                      "int plus(int *n)\n{\n\tint m = *n;\n\n\treturn twice(m) + 3;\n}\n"
                      "int minus(int *n)\n{\n\treturn *n - 1;\n}\n")
    module = tmp_path / "9.9/debug/tracepoint.ko"
    module.parent.mkdir(parents=True)
    subprocess.run(["gcc", "-g", "-O2", "-fcf-protection=none", "-c", source, "-o", module],
                   check=True)
    listing = subprocess.run(["objdump", "-d", "--no-show-raw-insn", module], check=True,
                             capture_output=True, text=True).stdout
    rows, expected, start = [], collections.Counter(), 0
    for line in listing.splitlines():
        if line.endswith(">:"):
            start, name = int(line.split()[0], 16), line.split("<")[1][:-2]
        elif line.startswith(" ") and name in ("plus", "minus"):
            address, insn = line.split(":")
            offset = int(address, 16) - start
            if "nop" not in insn and "xchg" not in insn:
                rows.append(f"9.9\ttracepoint\tstream\t{name}\t{offset}\t2")
                expected[name] += 2
    code = tmp_path / "code.tsv"
    code.write_text("\n".join(["kernel\thook\toutput\tfunction\toffset\tinstructions", *rows, ""]))
    done = subprocess.run([TOP / "scripts/anatomy-source.sh", code, tmp_path], check=False,
                          capture_output=True, text=True, timeout=LIMIT)
    assert (done.returncode, done.stderr) == (0, "")
    lines = list(csv.DictReader(done.stdout.splitlines(), delimiter="\t"))
    found = collections.defaultdict(int)
    for row in lines:
        assert row["line"].startswith("variants/made_up.c:") and row["function"] in (
            "twice", "plus", "minus")
        found["minus" if row["function"] == "minus" else "plus"] += int(row["instructions"])
    assert found == expected
    assert len(lines) == len({(row["function"], row["line"]) for row in lines})
    # What is not in the module is not passed over.
    code.write_text(code.read_text() + "9.9\ttracepoint\tstream\tnobody\t0\t1\n")
    done = subprocess.run([TOP / "scripts/anatomy-source.sh", code, tmp_path], check=False,
                          capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode != 0 and "nobody" in done.stderr
