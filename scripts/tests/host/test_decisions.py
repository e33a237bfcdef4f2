# SPDX-License-Identifier: GPL-2.0
"""The decision table of results/report.md, worked out from the tables by another route.

Nothing of bench/ runs here: each need is a line or two of Python over the TSVs, and what
it finds must stand in the committed report.
"""
import collections
import pathlib

import pytest

RESULTS = pathlib.Path(__file__).resolve().parents[3] / "results"


def read(name):
    lines = [line.split("\t") for line in (RESULTS / name).read_text().splitlines()]
    return [dict(zip(lines[0], line)) for line in lines[1:]]


def series(kernel):
    return ".".join(kernel.split(".")[:2])


def upper(row):
    """What a price counts by; nothing is dearer than no figure."""
    return int(row["hi"]) if row["hi"] != "-" else float("inf")


def price(row):
    lo, hi = row["lo"], row["hi"]
    return lo if lo == hi else f"{lo} to {hi}"


EXACT = [r for r in read("exact.tsv") if r["hook"] != "none" and r["output"] not in ("filtered", "dropped")]
OURS = [r for r in EXACT if r["mechanism"] not in ("trace event", "BPF")]
PEERS = {(r["kernel"], r["peer"], r["mode"]): r for r in read("peers.tsv") if r["peer"] != "none"}
REACH = {(r["peer"], r["mode"]): r for r in read("reach.tsv")}
TOOLS = {key: r for key, r in PEERS.items() if REACH[key[1:]]["hook"] == "-"}
# The BPF program is measured as the hooks are, too, and then that is its price.
BPF_MODES = {"count": "count", "stream": "ring of its own", "process": "ring of its own, unit=process"}
for line in EXACT:
    bpf = line["kernel"], line["hook"], BPF_MODES.get(line["output"])
    if line["mechanism"] == "BPF" and bpf in TOOLS:
        TOOLS[bpf] = {**TOOLS[bpf], **{name: line[name] for name in ("lo", "hi", "gate")}}
VERDICTS = collections.defaultdict(collections.Counter)
for line in read("peers-truth.tsv"):
    VERDICTS[line["kernel"], line["peer"], line["mode"]][line["verdict"]] += 1
KERNELS = list(dict.fromkeys(r["kernel"] for r in EXACT))


def table():
    """{what you want: {kernel: cell}}"""
    text = (RESULTS / "report.md").read_text()
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in text.split("\n| you want |")[1].split("\n\n")[0].splitlines()]
    heads = [head.replace("on Linux ", "") for head in rows[0][:-1]]
    return {row[0]: dict(zip(heads, row[1:])) for row in rows[2:]}


TABLE = table()


def cell(want, kernel):
    found = [cells for row, cells in TABLE.items() if want in row]
    assert len(found) == 1, want
    return found[0][series(kernel)].replace("*", "").replace("\\", "")


def cheapest_of_ours(kernel, output, good=lambda hook: True):
    rows = [r for r in OURS if r["kernel"] == kernel and r["output"] == output and good(r["hook"])]
    best = min(rows, key=upper)
    return f"{best['hook']}, {output}", price(best)


def truth(kernel, unit):
    """Hooks that are right in every case and, as processes, know the last thread."""
    good = []
    rows = [r for r in read("truth.tsv") if r["kernel"] == kernel]
    for hook in set(rows[0]) - {"kernel", "case"}:
        cells = {r["case"]: r[hook].split("/")[unit == "process"] for r in rows}
        last = cells.pop("knows the last thread")
        if set(cells.values()) == {"ok"} and (unit == "task" or last == "ok"):
            good.append(hook)
    return lambda hook: hook.replace(" ", "-") in good


def is_tools(kernel):
    return any(key[0] == kernel for key in TOOLS)


def check(want, kernel, name, figure):
    text = cell(want, kernel)
    assert text.startswith(f"{name}: {figure}"), (want, text)


@pytest.mark.parametrize("kernel", KERNELS)
def test_hooks(kernel):
    name, figure = cheapest_of_ours(kernel, "count")
    others = [upper(r) for key, r in TOOLS.items() if key[0] == kernel]
    assert int(figure) <= min(others, default=float("inf"))
    check("the number of exits", kernel, name, figure)
    check("of each thread", kernel, *cheapest_of_ours(kernel, "stream", truth(kernel, "task")))
    name, figure = cheapest_of_ours(kernel, "process", truth(kernel, "process"))
    check("of each process", kernel, f"{name.replace('process', 'stream')}, `unit=process`", figure)
    entry = [r["hook"] for r in read("sees.tsv") if r["kernel"] == kernel and "at entry" in r["when"]]
    check("torn down", kernel, *cheapest_of_ours(kernel, "count", lambda hook: hook in entry))
    check("in perf", kernel, *cheapest_of_ours(kernel, "trace"))
    check("in dmesg", kernel, *cheapest_of_ours(kernel, "log"))


@pytest.mark.parametrize("kernel", [k for k in KERNELS if is_tools(k)])
def test_tools(kernel):
    tools = {key: r for key, r in TOOLS.items() if key[0] == kernel and r["gate"] != "skipped"}
    event = next(r for r in EXACT if r["mechanism"] == "trace event" and r["kernel"] == kernel)

    def tool(good):
        best = min((r for key, r in tools.items() if good(key)), key=upper)
        return (f"{best['peer']}, {best['mode']}", price(best)), upper(best)

    # What exact.tsv has of others takes part, the BPF program if a program may be run.
    programs = [r for r in EXACT if r["mechanism"] == "BPF" and r["kernel"] == kernel]
    for want, good, others in (
            ("to count, at least", lambda key: True, [event, *programs]),
            ("the stock kernel", lambda key: REACH[key[1:]]["needs"] == "nothing", [event])):
        best, cost = tool(good)
        other = min(others, key=upper)
        name = other["hook"] if other is event else f"{other['hook']}, {other['output']}"
        check(want, kernel, *(best if cost < upper(other) else (name, price(other))))
    cases = max(sum(counts.values()) for counts in VERDICTS.values())
    named = [key for key in tools if VERDICTS[key]["right"] + VERDICTS[key]["wrong"] +
             VERDICTS[key]["no-status"] == cases]
    check("the name of every process", kernel, *tool(lambda key: key in named)[0])
    most = max(VERDICTS[key]["right"] for key in tools)
    check("the status, as often", kernel, *tool(lambda key: VERDICTS[key]["right"] == most)[0])
    # One that is right every time competes for a record of each process.
    rivals = [upper(r) for key, r in tools.items() if VERDICTS[key]["right"] == cases]
    own = cheapest_of_ours(kernel, "process", truth(kernel, "process"))[1]
    assert int(own) <= min(rivals, default=float("inf"))


@pytest.mark.parametrize("kernel", KERNELS)
def test_storms(kernel):
    reported = collections.Counter()
    bad = set()
    for row in read("completeness.tsv"):
        key = row["kernel"], row["peer"], row["mode"]
        if row["kernel"] == kernel and row["exits"] != "-":
            reported[key] += int(row["reported"])
            if row["vanished"] != "0" or row["admitted_lost"] == "-":
                bad.add(key)
    good = {key: n for key, n in reported.items() if key not in bad}
    if not good:
        assert cell("under load", kernel) == ""
        return

    def cost(key):
        """Of a hook of ours what exact.tsv says, if its reader is not in the path."""
        reach = REACH[key[1:]]
        own = [r for r in OURS if r["kernel"] == kernel and r["hook"] == reach["hook"] and
               r["output"] == key[2] and reach["unit"] == "task"]
        return own[0] if own else PEERS[key]

    best = min((key for key in good if good[key] == max(good.values())), key=lambda key: upper(cost(key)))
    name = REACH[best[1:]]["hook"]
    check("under load", kernel, f"{best[1] if name == '-' else name}, {best[2]}", price(cost(best)))


@pytest.mark.parametrize("kernel", KERNELS)
def test_crowded_site(kernel):
    rows = [r for r in read("growth.tsv") if r["kernel"] == kernel and r["factor"] == "crowded" and
            r["value"] == "ftrace+bpf" and r["hook"] != "none"]
    # Among ranges nobody knows which is the cheapest.
    if not rows or any(r["gate"] not in ("ok", "shift") for r in rows):
        assert cell("ftrace and BPF trace", kernel) == ""
        return
    best = min(rows, key=upper)
    check("ftrace and BPF trace", kernel, f"{best['hook']}, {best['output']}", price(best))


# What was not measured on a kernel is said, and not decided.
@pytest.mark.parametrize("kernel", KERNELS)
def test_not_measured(kernel):
    text = (RESULTS / "report.md").read_text()
    empty = any(cells[series(kernel)] == "" for cells in TABLE.values())
    assert (f"ot measured on {series(kernel)}, or not sharply enough to choose: " in text) == empty
