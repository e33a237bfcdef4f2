# SPDX-License-Identifier: GPL-2.0
"""Loading, parameters, filters, unloading: what a user may do, right or wrong."""
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

from conftest import (BENCH, BREAKPOINT, BY_NAME, CGROUP, HOOKS, KPROBES, KTHREAD_MODULE, MODULES,
                      OPTIMIZED, PARAMETERS, STATS, TOP, TRACEFS, Loaded, at_once, attach,
                      attached, detach, dmesg, dmesg_clear, insmod, needs, optimization,
                      procmon_lines, run, stats)
from test_stream import opened, read_all

FLAVOURS = ", ".join(BY_NAME[name].flavour for name in KPROBES)

VARIANTS = sorted({hook.variant for hook in HOOKS})


@pytest.fixture(params=VARIANTS)
def variant(request):
    """One hook of each variant: what the library does must hold in all of them."""
    hook = next(h for h in HOOKS if h.variant == request.param)
    needs(hook)
    return hook


def cases(*names):
    """Run cases; return {pid: wait status} as their parent reaped them."""
    lines = run(BENCH / "cases", *names).stdout.splitlines()
    return {int(pid): int(status) for what, _, pid, status in map(str.split, lines)
            if what == "process"}


def logged_pids():
    return [int(m.group(1)) for m in (re.match(r"name \[.*\], pid \[(\d+)\]", line)
                                      for line in procmon_lines()) if m]


def test_insmod_alone_is_enough(variant):
    """No parameter, no reader: every exit is in dmesg, with its true code."""
    dmesg_clear()
    insmod(variant.variant)
    pids = cases("exit-3")
    run("rmmod", "procmon")
    for pid in pids:
        assert f"name [exit-3], pid [{pid}], exit_code [3]" in procmon_lines()
    assert re.match(r"done: hits \d+, missed 0, ", procmon_lines()[-1])


def test_double_load_is_refused(variant):
    with Loaded(variant):
        for other in VARIANTS:
            again = insmod(other, check=False)
            assert again.returncode and "File exists" in again.stderr
        assert stats()["mechanism"]


@pytest.mark.parametrize("param, allowed", [
    ("unit=thread", "task, process"), ("unit=", "task, process"),
    ("log=some", "all, failed, off"), ("failed=perhaps", "Y or N"),
    ("kthreads=2x", "Y or N"), ("uid=-3", "a user id or any"),
    ("uid=4294967295", "a user id or any"), ("uid=root", "a user id or any"),
    ("comm=sixteen-letters-", "at most 15 bytes"),
])
def test_bad_parameter(variant, param, allowed):
    """Refused with EINVAL and one line that says what is allowed."""
    dmesg_clear()
    refused = insmod(variant.variant, param, check=False)
    assert refused.returncode and "Invalid parameters" in refused.stderr
    said = [line for line in procmon_lines() if "is not possible: use" in line]
    assert len(said) == 1 and allowed in said[0]
    assert not pathlib.Path("/sys/module/procmon").exists()


@pytest.mark.parametrize("name, param, allowed", [
    (BREAKPOINT, "flavour=uprobe", FLAVOURS),
    ("fprobe", "handler=return", "entry, exit"),
    ("kretprobe", "maxactive=-1", "0 or more"),
])
def test_bad_parameter_of_a_variant(name, param, allowed):
    needs(BY_NAME[name])
    dmesg_clear()
    assert insmod(BY_NAME[name].variant, param, check=False).returncode
    assert any(allowed in line for line in procmon_lines())


@pytest.mark.skipif(not OPTIMIZED, reason="this kernel does not optimise kprobes")
def test_flavour_is_never_silently_another():
    """int3 while the kernel optimises: refused, with what to do about it."""
    dmesg_clear()
    refused = insmod("kprobe", "flavour=int3", check=False)
    assert refused.returncode
    assert any("Set debug.kprobes-optimization to 0" in line for line in procmon_lines())


@pytest.mark.parametrize("flavour", ["ftrace", "jump", "int3", "brk"])
def test_flavour_of_another_cpu(flavour):
    """Refused, with what this CPU has."""
    if f"kprobe-{flavour}" in KPROBES:
        pytest.skip("this CPU has it")
    dmesg_clear()
    assert insmod("kprobe", f"flavour={flavour}", check=False).returncode
    assert any(f"flavour={flavour} is not possible: use" in line and FLAVOURS in line
               for line in procmon_lines())


NEED_FTRACE = [hook.name for hook in HOOKS
               if hook.variant in ("ftrace", "fprobe") or hook.flavour == "ftrace"]


@pytest.mark.parametrize("name", NEED_FTRACE)
def test_ftrace_switched_off(name):
    """A hook that needs ftrace refuses to load without it, and holds it while loaded."""
    hook = BY_NAME[name]
    needs(hook)
    switch = pathlib.Path("/proc/sys/kernel/ftrace_enabled")
    try:
        switch.write_text("0")
    except OSError as error:
        pytest.skip(f"this kernel does not let anybody switch ftrace off: {error}")
    try:
        dmesg_clear()
        refused = insmod(hook.variant, hook.params, check=False)
        assert refused.returncode
        assert any("kernel.ftrace_enabled" in line for line in procmon_lines())
    finally:
        switch.write_text("1")
    with Loaded(hook):
        with pytest.raises(OSError):
            switch.write_text("0")
        before = stats()["hits"]
        cases("exit-3")
        assert stats()["hits"] > before
    switch.write_text("0")
    switch.write_text("1")


@pytest.mark.parametrize("name", [*KPROBES, "kretprobe"])
def test_kprobes_switched_off(name):
    """A kprobe that the kernel registers but does not arm is refused."""
    hook = BY_NAME[name]
    switch = pathlib.Path("/sys/kernel/debug/kprobes/enabled")
    switch.write_text("0")
    try:
        dmesg_clear()
        refused = insmod(hook.variant, hook.params, check=False)
        assert refused.returncode
        assert any("disarmed" in line or "did not arm" in line for line in procmon_lines())
    finally:
        switch.write_text("1")


def test_log_failed_and_off(variant):
    """log= may change while loaded, and what is not logged is counted."""
    log = PARAMETERS / "log"
    with Loaded(variant, "log=failed"):
        dmesg_clear()
        before = stats()
        good, bad = cases("exit-0"), cases("exit-3", "signal-15")
        pids = logged_pids()
        assert set(bad) <= set(pids) and not set(good) & set(pids)
        after = stats()
        assert after["unlogged"] > before["unlogged"]
        assert after["logged"] + after["unlogged"] == after["hits"]

        log.write_text("off")
        dmesg_clear()
        before = stats()
        cases("exit-3")
        after = stats()
        assert not logged_pids()
        assert after["hits"] > before["hits"] and after["logged"] == before["logged"]

        log.write_text("all\n")
        cases("exit-0")
        assert logged_pids()
        with pytest.raises(OSError):
            log.write_text("everything")
        assert log.read_text() == "all\n"


@pytest.mark.parametrize("param, passes, kept_back", [
    ("failed=Y", ["exit-3", "signal-9"], ["exit-0"]),
    ("comm=exit-3", ["exit-3"], ["exit-4", "exit-33"]),
    ("uid=0", ["exit-3"], []),
    ("uid=12345", [], ["exit-3"]),
])
def test_filter(variant, param, passes, kept_back):
    """Filters hold for log and trace alike; each exit kept back is counted."""
    with Loaded(variant, param):
        dmesg_clear()
        (TRACEFS / "trace").write_text("")
        (TRACEFS / "events/procmon/procmon_exit/enable").write_text("1")
        good = cases(*passes) if passes else {}
        bad = cases(*kept_back) if kept_back else {}
        (TRACEFS / "events/procmon/procmon_exit/enable").write_text("0")
        pids, sums = logged_pids(), stats()
        traced = [int(n) for n in re.findall(r"procmon_exit: .* tid=(\d+)",
                                             (TRACEFS / "trace").read_text())]
        for seen in (pids, traced):
            assert set(good) <= set(seen) and not set(bad) & set(seen)
        assert sums["hits"] == sums["filtered"] + sums["logged"]
        if bad:
            assert sums["filtered"] >= len(bad)


def test_filter_while_loaded(variant):
    """Written to sysfs, a filter holds from then on; emptied, it holds no more."""
    with Loaded(variant):
        for name, value, off in (("failed", "1", "0"), ("comm", "no-such-name", ""),
                                 ("uid", "12345", "any")):
            file = PARAMETERS / name
            file.write_text(value + "\n")
            dmesg_clear()
            cases("exit-0")
            assert not logged_pids(), name
            file.write_text(off + "\n")
            cases("exit-0")
            assert logged_pids(), name


def test_filter_cgroup(variant):
    """A cgroup with all that is below it; empty again, it is no filter."""
    file = PARAMETERS / "cgroup"
    inner = CGROUP / "outer/inner"
    inner.mkdir(parents=True)
    try:
        with Loaded(variant, "cgroup=/outer"):
            assert file.read_text() == "/outer\n"
            assert not cases("exit-0").keys() & set(logged_pids())
            for place in (inner, inner.parent):
                pid = os.fork()
                if not pid:
                    (place / "cgroup.procs").write_text("0")
                    os._exit(0)
                os.waitpid(pid, 0)
                assert pid in logged_pids()
            with pytest.raises(OSError):
                file.write_text("/not/there")
            assert "cgroup=/not/there is not possible: use the path of a cgroup that is there" \
                in procmon_lines()[-1]
            assert file.read_text() == "/outer\n"
            # another parameter does not let go of it
            (PARAMETERS / "uid").write_text("any")
            assert not cases("exit-0").keys() & set(logged_pids())
            inner.rmdir()
            inner.parent.rmdir()
            file.write_text("\n")
            assert cases("exit-0").keys() <= set(logged_pids())
    finally:
        for place in (inner, inner.parent):
            if place.exists():
                place.rmdir()


def test_kernel_thread(variant):
    """Kernel threads exit too: marked, and kept back on request."""
    event = TRACEFS / "events/procmon/procmon_exit/enable"
    with Loaded(variant):
        for kthreads in ("Y", "N"):
            (PARAMETERS / "kthreads").write_text(kthreads)
            (TRACEFS / "trace").write_text("")
            event.write_text("1")
            run("modprobe", "pktgen")
            run("rmmod", "pktgen")
            event.write_text("0")
            seen = re.findall(r"procmon_exit: comm=kpktgend_\d+ .* kthread=(\d)",
                              (TRACEFS / "trace").read_text())
            assert set(seen) == ({"1"} if kthreads == "Y" else set())


@pytest.mark.parametrize("result", [0, -5, 3])
def test_kernel_thread_result(variant, result):
    """What kthread_stop(9) gives; unknown, and no 0, if the kernel keeps it from do_exit()."""
    event = TRACEFS / "events/procmon/procmon_exit/enable"
    symbols = pathlib.Path("/proc/kallsyms").read_text(encoding="ascii")
    told = " kthread_exit\n" not in symbols
    with Loaded(variant), opened() as fd:
        (TRACEFS / "trace").write_text("")
        event.write_text("1")
        run("insmod", KTHREAD_MODULE, f"result={result}")
        run("rmmod", "kthread")
        event.write_text("0")
        data = read_all(fd)
        lines = dmesg()
        traced = (TRACEFS / "trace").read_text()
    [(pid, truth)] = re.findall(r"^kthread: kthread_stop\(\) of (\d+) gave (\S+)$",
                                "\n".join(lines), re.M)
    assert truth == str(result)
    shown = truth if told else "unknown"
    assert f"procmon: name [returns], pid [{pid}], exit_code [{shown}]" in lines
    # The event's number is 0 if it is not known.
    [event] = re.findall(rf"comm=returns tid={pid} .* exit_status=(\S+) .* unknown=(\d)", traced)
    assert event == ((truth, "0") if told else ("0", "1"))

    def reader(*options):
        return subprocess.run([BENCH / "procmon", "--comm", "returns", "--file", "-", *options],
                              input=data, stdout=subprocess.PIPE, check=True).stdout.decode()
    [obj] = map(json.loads, reader("--json").splitlines())
    assert (obj["tid"], obj["kthread"]) == (int(pid), 1)
    assert obj["exit_status"] == obj["wait_status"] == (result if told else None)
    assert reader().splitlines()[-1].split()[-1] == shown
    # What is not known has not failed.
    assert len(reader("--json", "--failed").splitlines()) == bool(told and result)


# Prints its id and those of two threads, the second of which has ended before it does.
TWO_THREADS = """
import os, threading
def run():
    print(threading.get_native_id(), flush=True)
print(os.getpid(), flush=True)
for _ in range(2):
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
"""


@pytest.mark.parametrize("unit", ["task", "process"])
def test_log_tells_a_thread(unit):
    """A thread is not a process: the log has both ids, where they differ."""
    with Loaded(BY_NAME["ftrace"], f"unit={unit}"):
        pid, *tids = run(sys.executable, "-c", TWO_THREADS).stdout.split()
        lines = [line for line in procmon_lines() if f"pid [{pid}]" in line]
    assert len(set(tids)) == 2 and pid not in tids
    ids = [f"pid [{pid}], tid [{tid}]" for tid in tids] if unit == "task" else []
    ids += [f"pid [{pid}]"]
    assert [line.partition(", ")[2] for line in lines] == [f"{i}, exit_code [0]" for i in ids]


def test_stats_are_for_root_only(variant):
    with Loaded(variant):
        assert STATS.stat().st_mode & 0o777 == 0o400
        keys = [line.split()[0] for line in STATS.read_text().splitlines()]
        assert keys == ["mechanism", "flavour", "site", "unit", "hits", "missed",
                        "entered", "returned", "filtered", "logged", "unlogged",
                        "traced", "audited", "streamed", "dropped", "unread", "stream",
                        "reader", "session_hits", "session_missed", "session_filtered",
                        "session_streamed", "session_dropped", "session_unread"]


def test_event_costs_nothing_unheard(variant):
    """With the log off and no listener an exit is hit, and no record is made."""
    with Loaded(variant, "log=off"):
        before, exits = at_once()
        run(BENCH / "storm", "--count", 200)
        after, now = at_once()
        assert after["hits"] - before["hits"] == now - exits > 200
        assert after["logged"] == after["traced"] == after["filtered"] == 0


def test_tracefs_filter_and_histogram():
    """The event works as any kernel event: filters and histograms of its fields."""
    event = TRACEFS / "events/procmon/procmon_exit"
    with Loaded(BY_NAME["tracepoint"], "log=off"):
        (event / "filter").write_text('comm == "exit-5" && exit_status == 5')
        (event / "trigger").write_text("hist:keys=exit_status")
        (TRACEFS / "trace").write_text("")
        (event / "enable").write_text("1")
        cases("exit-5", "exit-5", "exit-6")
        (event / "enable").write_text("0")
        text = (TRACEFS / "trace").read_text()
        histogram = (event / "hist").read_text()
        (event / "trigger").write_text("!hist:keys=exit_status")
        (event / "filter").write_text("0")
        assert text.count("procmon_exit: comm=exit-5") == 2
        assert "comm=exit-6" not in text
        assert re.search(r"exit_status: +5 *} hitcount: +2", histogram)
        assert re.search(r"exit_status: +6 *} hitcount: +1", histogram)


def test_unload_with_a_listener(variant):
    """The event may be enabled when the module goes; nothing breaks."""
    with Loaded(variant):
        (TRACEFS / "events/procmon/procmon_exit/enable").write_text("1")
        cases("exit-3")
    assert not (TRACEFS / "events/procmon").exists()
    cases("exit-3")


def test_modinfo_documents_every_parameter():
    """What modinfo shows is what README's table has, for every variant."""
    readme = (TOP / "README.md").read_text()
    for variant in VARIANTS:
        text = run("modinfo", "-F", "parm",
                   MODULES / variant / "procmon.ko").stdout
        names = re.findall(r"^(\w+):", text, re.M)
        assert {"unit", "log", "failed", "comm", "uid", "kthreads"} <= set(names)
        for name in names:
            assert f"`{name}`" in readme, f"README does not have {name}"


STATE = pathlib.Path("/run/procmon-hook")
LOADED = pathlib.Path("/sys/module/procmon")


@pytest.fixture
def untouched():
    """Whatever hook was asked for, in the end nothing is left of it."""
    before = optimization()
    assert attached() == ""
    yield
    assert attached() == "" and not LOADED.exists() and not STATE.exists()
    assert optimization() == before


@pytest.mark.parametrize("unit", ["task", "process"])
@pytest.mark.parametrize("name", list(BY_NAME))
def test_hook(untouched, name, unit):
    """Attached on its site, with its flavour and the sysctl it takes; once only; then gone."""
    hook = BY_NAME[name]
    needs(hook, unit)
    attach(hook, f"unit={unit}")
    site = "acct_process" if (hook.site, unit) == ("do_exit", "process") else hook.site
    assert stats()["site"].partition("+")[0] == site and stats()["unit"] == unit
    assert hook.params.partition("flavour=")[2] in stats()["flavour"]
    assert (site in attached()) == (name != "tracepoint")
    assert optimization() in (hook.optimize, "none")
    twice = attach(hook, check=False)
    assert twice.returncode == 1 and "already" in twice.stderr
    detach()
    assert detach().stderr == ""


def test_hook_takes_a_blank_or_a_dash(untouched):
    for name in (BREAKPOINT.replace("-", " "), BREAKPOINT):
        run(BENCH / "hook", "attach", name, "--modules", MODULES, "log=off", "comm=a b")
        assert stats()["flavour"] == BY_NAME[BREAKPOINT].flavour
        assert (PARAMETERS / "comm").read_text() == "a b\n"
        detach()


@pytest.mark.parametrize("name", ["none", "kernel's event"])
def test_hook_without_a_module(untouched, name):
    run(BENCH / "hook", "attach", name)
    assert not LOADED.exists()
    assert run(BENCH / "hook", "attach", "none", check=False).returncode == 1
    detach()


@pytest.mark.parametrize("name, param, words", [
    ("kretprobe", "maxactive=-1", "0 or more"), (BREAKPOINT, "unit=thread", "task, process"),
    (BREAKPOINT, "flavour=uprobe", FLAVOURS),
])
def test_hook_refused(untouched, name, param, words):
    """A status of its own, and the module's own words in the one line."""
    refused = attach(BY_NAME[name], param, check=False)
    assert refused.returncode == 3
    assert "(EINVAL)" in refused.stderr and words in refused.stderr
    assert refused.stderr.count("\n") == 1


@pytest.mark.skipif(len(KPROBES) == 1, reason="a kprobe has one flavour on this CPU")
def test_hook_is_not_what_it_should_be(untouched):
    """A parameter makes another hook of it: seen, and unloaded."""
    other = attach(BY_NAME["kprobe-jump"], "flavour=ftrace", check=False)
    assert other.returncode == 1 and "the flavour is ftrace" in other.stderr


@pytest.mark.parametrize("args", [
    (), ("load",), ("attach",), ("attach", "uprobe"), ("attach", "fprobe_exit"),
    ("attach", "fprobe", "exit"), ("attach", "ftrace", "--quickly"), ("detach", "ftrace"),
    ("list", "ftrace"),
])
def test_hook_wrong_usage(untouched, args):
    wrong = run(BENCH / "hook", *args, check=False)
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("hook: ") and wrong.stderr.count("\n") == 1


def test_hook_without_modules(untouched):
    gone = run(BENCH / "hook", "attach", BREAKPOINT, "--modules", "/nowhere", check=False)
    assert gone.returncode == 1 and "/nowhere/kprobe/procmon.ko" in gone.stderr


def test_hook_and_another_way_to_load(untouched):
    """It keeps its hands off what it did not load, and sees what others have unloaded."""
    insmod("tracepoint")
    for done in (attach(BY_NAME["ftrace"], check=False), detach(check=False)):
        assert done.returncode == 1 and "not by us" in done.stderr
    run("rmmod", "procmon")
    attach(BY_NAME["ftrace"])
    run("rmmod", "procmon")
    gone = detach(check=False)
    assert gone.returncode == 1 and "somebody else" in gone.stderr
