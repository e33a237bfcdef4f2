# SPDX-License-Identifier: GPL-2.0
"""What the tests in the guest share: hooks, the module, the oracle, the readers.

These tests run as root inside scripts/vm.sh, where modules may come and go.
"""
import collections
import ctypes
import functools
import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

TOP = pathlib.Path(__file__).resolve().parents[3]
BENCH = pathlib.Path(os.environ.get("PROCMON_PROGRAMS", TOP / "bench" / "build"))
MODULES = pathlib.Path(os.environ.get("PROCMON_MODULES", TOP / "variants"))
# A kernel thread that returns what it is told to.
KTHREAD_MODULE = (MODULES if "PROCMON_MODULES" in os.environ else
                  TOP / "scripts/tests/kthread") / "kthread.ko"
STATS = pathlib.Path("/sys/kernel/debug/procmon/stats")
PARAMETERS = pathlib.Path("/sys/module/procmon/parameters")
TRACEFS = pathlib.Path("/sys/kernel/tracing")
KPROBES_LIST = pathlib.Path("/sys/kernel/debug/kprobes/list")
OPTIMIZATION = pathlib.Path("/proc/sys/debug/kprobes-optimization")
RELEASE = os.uname().release
VERSION = tuple(int(n) for n in re.match(r"(\d+)\.(\d+)", RELEASE).groups())
CORES = pathlib.Path("/tmp/cores")
CGROUP = pathlib.Path("/sys/fs/cgroup")
SMALL = CGROUP / "small"  # too small to live in
# A kernel that looks for bugs takes as many times as long.
SLOWER = 10 if "-debug" in RELEASE else 1
# s: nothing takes as long, not even on a busy host; what hangs shall fail
LIMIT = 600 * SLOWER
# As in scripts/vm.sh, which reads the console.
COMPLAINT = re.compile(r"(watchdog: |rcu: |\[ )*(BUG\b|WARNING: |INFO: |Oops: |UBSAN: )")

UNITS = ["task", "process"]


def run(*argv, check=True, **kwargs):
    """Run a command, its output captured as text."""
    kwargs.setdefault("capture_output", True)
    done = subprocess.run([str(a) for a in argv], text=True, errors="backslashreplace",
                          check=False, **kwargs)
    if check and done.returncode:
        raise AssertionError(f"{argv} exited with {done.returncode}:\n"
                             f"{done.stdout}\n{done.stderr}")
    return done


Hook = collections.namedtuple("Hook", "name variant flavour params site optimize")


def registry():
    """The hooks that have a module, by name; a name has a dash where a blank is."""
    hooks = {}
    for row in run(BENCH / "hook", "list").stdout.splitlines():
        name, _, _, flavour, site, variant, params, _, optimize, *_ = row.split("\t")
        name = name.replace(" ", "-")
        if variant != "-":
            # The first output's: with unit=process the site may be another.
            hooks.setdefault(name, Hook(name, variant, flavour, params.strip("-"), site, optimize))
    return hooks


BY_NAME = registry()
HOOKS = list(BY_NAME.values())
# What a kprobe can become on this CPU; the last is a breakpoint.
KPROBES = [hook.name for hook in HOOKS if hook.variant == "kprobe"]
BREAKPOINT = KPROBES[-1]
# The kernel makes jumps of breakpoints, and back, as its sysctl says.
OPTIMIZED = [*KPROBES[:-1], "kretprobe"] if OPTIMIZATION.exists() else []


def set_optimization(text):
    """Write the sysctl, if this kernel has it; whatever was asked for is so, then."""
    if OPTIMIZATION.exists():
        OPTIMIZATION.write_text(text)


def optimization():
    """The sysctl; the kernel makes no jumps where it has none."""
    return OPTIMIZATION.read_text().strip() if OPTIMIZATION.exists() else "none"


def dmesg():
    """The lines of the kernel log since dmesg_clear(), without time stamps."""
    return run("dmesg", "--notime").stdout.splitlines()


def procmon_lines():
    """What procmon itself logged, without its prefix."""
    return [line[len("procmon: "):] for line in dmesg() if line.startswith("procmon: ")]


def dmesg_clear():
    run("dmesg", "--clear")


@functools.lru_cache
def has_fprobe():
    """A symbol of fprobe tells whether the kernel was built with it."""
    with open("/proc/kallsyms", encoding="ascii") as symbols:
        return any(line.endswith(" register_fprobe\n") for line in symbols)


def why_refused(hook, unit):
    """The reason that this kernel gives for refusing the hook, or None."""
    if hook.variant == "fprobe" and not has_fprobe():
        return "this kernel has no fprobe"
    if hook.variant == "tracepoint" and unit == "process" and VERSION < (6, 16):
        return "unit=process is not possible"
    return None


def needs(hook, unit="task"):
    """Skip the test, with the reason, if this kernel refuses the hook."""
    reason = why_refused(hook, unit)
    if reason:
        pytest.skip(reason)


def insmod(variant, *params, check=True):
    return run("insmod", MODULES / variant / "procmon.ko", *params, check=check)


def attach(hook, *params, check=True):
    """Load the hook's module, and prove that it is what it should be."""
    return run(BENCH / "hook", "attach", "--modules", MODULES, hook.name, *params, check=check)


def detach(check=True):
    return run(BENCH / "hook", "detach", check=check)


# Those that the C library has no function for.
SYSCALLS = {"x86_64": {"finit_module": 313, "delete_module": 176},
            "aarch64": {"finit_module": 273, "delete_module": 106}}[os.uname().machine]


def syscall(name, *args):
    """A system call that must succeed, without the price of a program to make it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(SYSCALLS[name], *args):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def load_quickly(hook, *params):
    """attach(), without the program and its proof: finit_module(2)."""
    if optimization() != hook.optimize:
        set_optimization(hook.optimize)
    fd = os.open(MODULES / hook.variant / "procmon.ko", os.O_RDONLY)
    try:
        syscall("finit_module", fd, " ".join([hook.params, *params]).encode(), 0)
    finally:
        os.close(fd)


def unload_quickly():
    """rmmod, without the program: delete_module(2)."""
    syscall("delete_module", b"procmon", os.O_NONBLOCK)


class KernelLog:
    """What the kernel has logged since the last look, without running dmesg."""

    def __init__(self):
        self.fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.fd, 0, os.SEEK_END)

    def lines(self):
        """The new lines; those that were overwritten before we came are gone."""
        found = []
        while True:
            try:
                record = os.read(self.fd, 8192)
            except BlockingIOError:
                return found
            except BrokenPipeError:
                continue  # overwritten: go on with the oldest that is there
            text = record.decode(errors="backslashreplace")
            found.append(text.partition(";")[2].partition("\n")[0])

    def close(self):
        os.close(self.fd)


def stats():
    """The module's counters and names, numbers as int."""
    pairs = (line.split(" ", 1) for line in STATS.read_text().splitlines())
    return {k: int(v) if v.isdigit() else v for k, v in pairs}


def exits_so_far():
    """How many tasks were ever made, less those that are there."""
    last = None
    while True:
        made = int(re.search(r"^processes (\d+)", pathlib.Path("/proc/stat").read_text(),
                             re.M).group(1))
        alive = int(pathlib.Path("/proc/loadavg").read_text().split()[3].split("/")[1])
        if made - alive == last:
            return last
        last = made - alive
        time.sleep(0.05)


def at_once(look=stats):
    """What @look returns and the exits so far, of one moment: nobody exited meanwhile.

    Kernel threads come and go as they please.
    """
    while True:
        exits = exits_so_far()
        seen = look()
        if exits == exits_so_far():
            return seen, exits


def attached():
    """Everything that sits on a function of this kernel."""
    return KPROBES_LIST.read_text() + (TRACEFS / "enabled_functions").read_text()


class Loaded:
    """A loaded module; unloads on leaving, and checks that nothing stays behind."""

    def __init__(self, hook, *params):
        self.hook = hook
        self.params = params

    def __enter__(self):
        assert attached() == "", "something is attached before the module is loaded"
        dmesg_clear()
        attach(self.hook, *self.params)
        return self

    def __exit__(self, kind, value, trace):
        detach()
        if kind is None:
            assert attached() == "", "something stayed behind after unloading"
            assert not STATS.exists()


@pytest.fixture(scope="session", autouse=True)
def guest():
    """A guest to spoil: cores go to a directory of their own."""
    assert os.getuid() == 0
    CORES.mkdir(exist_ok=True)
    CORES.chmod(0o777)
    pathlib.Path("/proc/sys/kernel/core_pattern").write_text(f"{CORES}/core.%p")
    (CGROUP / "cgroup.subtree_control").write_text("+memory")
    SMALL.mkdir(exist_ok=True)
    (SMALL / "memory.max").write_text("8M")
    yield
    shutil.rmtree(CORES, ignore_errors=True)


@pytest.fixture(autouse=True)
def nothing_left():
    """A failed test must not take the next one with it; nor may the kernel complain."""
    log = KernelLog()
    yield
    if pathlib.Path("/sys/module/procmon").exists():
        detach(check=False)
        subprocess.run(["rmmod", "procmon"], check=False)
    for cpu_core in CORES.glob("core.*"):
        cpu_core.unlink()
    bad = [line for line in log.lines() if COMPLAINT.match(line)]
    log.close()
    assert not bad, "\n".join(bad)


# What test_truth found: {(case, hook, unit): "ok", "WRONG", "refused" or "unknown"}.
VERDICTS = {}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Keep the verdict on each case, for the table at the end."""
    outcome = yield
    report = outcome.get_result()
    params = getattr(item, "callspec", None) and item.callspec.params
    if not item.name.startswith("test_status[") or not params:
        return
    key = (params["case"], *params["seen"])
    if report.skipped:
        VERDICTS[key] = "refused"
    elif report.failed:
        VERDICTS[key] = "WRONG"
    elif report.when == "call":
        VERDICTS[key] = "ok"


def truth_table():
    """Rows of the table, header first: a cell is the verdict for unit=task/process."""
    cases = list(dict.fromkeys(case for case, _, _ in VERDICTS))
    rows = [["kernel", "case", *[hook.name for hook in HOOKS]]]
    for case in cases:
        cells = ["/".join(VERDICTS.get((case, hook.name, unit), "refused") for unit in UNITS)
                 for hook in HOOKS]
        rows.append([RELEASE, case, *cells])
    return rows


def pytest_terminal_summary(terminalreporter):
    """Leave the table for scripts/test.sh, or print it for whoever ran this alone."""
    if not VERDICTS:
        return
    text = "".join("\t".join(row) + "\n" for row in truth_table())
    if "PROCMON_MODULES" in os.environ:
        (MODULES / "truth.tsv").write_text(text)
        return
    terminalreporter.section("what each hook says, with unit=task/unit=process")
    terminalreporter.write(text)
