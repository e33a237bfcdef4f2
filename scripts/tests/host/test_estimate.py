# SPDX-License-Identifier: GPL-2.0
"""bench/estimate on made-up boot files: the four tables, their gates, and all or none."""
import csv
import pathlib
import subprocess

import pytest

from bootfile import CONTROL, EXITS, NONE, Row, write_boot
from vm import LIMIT

TOP = pathlib.Path(__file__).resolve().parents[3]
BUILD = TOP / "bench/build"
KERNEL = "6.12.0-test"
TABLES = ["environment.txt", "estimates.tsv", "exact.tsv", "sees.tsv"]
EXACT = ("kernel hook mechanism flavour site output lo hi gate reason overlap runner_up exits "
         "hits missed traps").split()
PRICE = ["lo", "hi", "gate", "reason"]


def smeared(chance):
    """A price that is another one at each exit."""
    return chance.randrange(1000, 3000)


def boot(path, number, *rows, kernel=KERNEL, **facts):
    return write_boot(path, {"kernel": kernel, "boot": number, **facts}, [NONE, CONTROL, *rows])


def hook(name, price, output="count", site="do_exit", mechanism="kprobe", **more):
    return Row(f"{name}.{output}", name, mechanism, output, price, **{"hits": EXITS, "site": site,
                                                                      **more})


def estimate(out, *options):
    return subprocess.run([BUILD / "estimate", "--out", out, *options], capture_output=True,
                          text=True, timeout=LIMIT, check=False)


def table(out, name):
    with open(out / name, encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert all(cell for row in rows for cell in row.values()), "an empty cell"
    return rows


def prices(tmp_path, *boots):
    """Of (hook, output), after a run without complaint."""
    done = estimate(tmp_path / "out", *boots)
    assert (done.returncode, done.stderr) == (0, "")
    rows = table(tmp_path / "out", "exact.tsv")
    assert list(rows[0]) == EXACT
    return {(row["hook"], row["output"]): [row[c] for c in PRICE] for row in rows}


def test_numbers(tmp_path):
    """Two boots that agree: lo is hi, with every gate passed; two kernels in their order."""
    boots = [boot(tmp_path / f"{kernel}.{n}", n, hook("kprobe", 74 + add), kernel=kernel, cpu="old",
                  date=n) for kernel, add in (("7.3.0-test", 5), (KERNEL, 0)) for n in (1, 2)]
    done = estimate(tmp_path / "out", "--env", "tool=1: 2", "-e", "a=", *boots)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ("7.3.0-test: 1 rows: 1 exact, 0 refused, 0 skipped\n"
                           "6.12.0-test: 1 rows: 1 exact, 0 refused, 0 skipped\n")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == TABLES
    exits = str(24 * EXITS)
    assert [[row[c] for c in ("kernel", "hook", "output", *PRICE, "exits", "hits", "missed", "traps")]
            for row in table(tmp_path / "out", "exact.tsv")] == [
        ["7.3.0-test", "none", "control", "0", "0", "ok", "-", exits, "-", "-", "-"],
        ["7.3.0-test", "kprobe", "count", "79", "79", "ok", "-", exits, exits, "0", "-"],
        [KERNEL, "none", "control", "0", "0", "ok", "-", exits, "-", "-", "-"],
        [KERNEL, "kprobe", "count", "74", "74", "ok", "-", exits, exits, "0", "-"]]
    assert [(row["boot"], row["shift"], row["gates"], row["proof"])
            for row in table(tmp_path / "out", "estimates.tsv") if row["hook"] == "kprobe"] == [
        ("1", "79", "ok", "ok"), ("2", "79", "ok", "ok"),
        ("1", "74", "ok", "ok"), ("2", "74", "ok", "ok")]
    assert (tmp_path / "out/environment.txt").read_text() == (
        "[bench]\ntool: 1: 2\na: \n\n"
        "[7.3.0-test]\nboots: 2\nkernel: 7.3.0-test\ncpu: old\n\n"
        "[6.12.0-test]\nboots: 2\nkernel: 6.12.0-test\ncpu: old\n")


def test_no_numbers(tmp_path):
    """What is no number is a range with the first failed gate, or has no figure at all."""
    boots = [boot(tmp_path / f"{n}", n,
                  hook("by boot", 542 + 5 * n),
                  hook("smeared", smeared),
                  hook("lossy", 74, hits=EXITS - 1),
                  hook("wrong", 74, proof="the flavour is int3"),
                  hook("skipped", "no such symbol"),
                  *([hook("once", 90)] if n == 1 else [])) for n in (1, 2)]
    got = prices(tmp_path, *boots)
    assert got["by boot", "count"] == ["547", "552", "shift", "exact in each boot: 547, 552"]
    assert got["wrong", "count"][2:] == ["proof", "the flavour is int3"]
    assert got["skipped", "count"] == ["-", "-", "skipped", "no such symbol"]
    for name, price, gate in (("smeared", 2000, "overlap"), ("lossy", 74, "hits"),
                              ("once", 90, "boots")):
        low, high, *why = got[name, "count"]
        assert int(low) <= price <= int(high) and why == [gate, "-"]
    skipped = table(tmp_path / "out", "exact.tsv")[5]
    assert [skipped[c] for c in EXACT[10:]] == ["-"] * 6


def test_range_is_that_of_the_estimates(tmp_path):
    """From the least p10 of the boots to the largest p90."""
    boots = [boot(tmp_path / f"{n}", n, hook("smeared", smeared)) for n in (1, 2)]
    low, high, *_ = prices(tmp_path, *boots)["smeared", "count"]
    mine = [row for row in table(tmp_path / "out", "estimates.tsv") if row["hook"] == "smeared"]
    assert int(low) == min(int(row["p10"]) for row in mine)
    assert int(high) == max(int(row["p90"]) for row in mine)


@pytest.mark.parametrize("kernel, last", [("6.15.9-test", "no"), ("6.16.0-test", "yes")])
def test_sees(tmp_path, kernel, last):
    """The cheapest first, by its first output; facts are columns."""
    hooks = [hook("dear", 168), hook("dear", 320, "trace"),
             hook("event", 20, "trace", "sched_process_exit", "trace event"),
             hook("ranged", smeared, site="acct_collect"),
             hook("cheap", 74, site="do_exit+0x9"),
             hook("late", 100, site="sched_process_exit", mechanism="tracepoint"),
             hook("elsewhere", 60, site="do_exit_elsewhere")]
    boots = [boot(tmp_path / f"{n}", n, *hooks, kernel=kernel) for n in (1, 2)]
    prices(tmp_path, *boots)
    facts = ["hook", "one event per", "kernel threads", "code", "last", "entry"]
    assert [[row[c] for c in facts] for row in table(tmp_path / "out", "sees.tsv")] == [
        ["elsewhere", "-", "-", "-", "-", "-"],
        ["cheap", "thread", "yes", "yes", "no", "yes"],
        ["late", "thread", "yes", "yes", last, "no"],
        ["dear", "thread", "yes", "yes", "no", "yes"],
        ["event", "thread", "yes", "no", last, "no"],
        ["ranged", "thread", "yes", "yes", "yes", "no"]]


@pytest.mark.parametrize("facts, complaint", [
    ({"boot": 1}, "are both boot 1 of kernel 6.12.0-test"),
    ({}, "no env 'boot'"),
])
def test_refused(tmp_path, facts, complaint):
    """A file that does not belong there changes nothing."""
    out = tmp_path / "out"
    out.mkdir()
    for name in TABLES:
        (out / name).write_text("as before\n")
    other = write_boot(tmp_path / "other", {"kernel": KERNEL, **facts}, [NONE, CONTROL])
    done = estimate(out, boot(tmp_path / "1", 1), other)
    assert done.returncode == 1 and complaint in done.stderr
    assert {file.name: file.read_text() for file in out.iterdir()} == dict.fromkeys(
        TABLES, "as before\n")


def test_cut_off(tmp_path):
    """A boot that died half-way is not a measurement."""
    boots = [boot(tmp_path / str(n), n, hook("kprobe", 74)) for n in (1, 2)]
    boots[1].write_text(boots[1].read_text().removesuffix("end\n"))
    done = estimate(tmp_path / "out", *boots)
    assert done.returncode == 1 and "the boot did not finish" in done.stderr
    assert not (tmp_path / "out").exists()


def test_all_or_none(tmp_path):
    """If the last of the tables cannot be made, the others stay as they were."""
    out = tmp_path / "out"
    out.mkdir()
    for name in TABLES:
        (out / name).write_text("as before\n")
    before = sorted(out.iterdir())
    boots = [boot(tmp_path / str(n), n, hook("kprobe", 74)) for n in (1, 2)]
    # No file may have more bytes: enough for the tables, but not for such a fact.
    done = subprocess.run(["env", "--ignore-signal=XFSZ", "prlimit", "--fsize=2000",
                           BUILD / "estimate", "--out", out, "--env", "long=" + 3000 * "x", *boots],
                          capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 1 and "environment.txt" in done.stderr
    assert sorted(out.iterdir()) == before
    assert {file.read_text() for file in out.iterdir()} == {"as before\n"}


@pytest.mark.parametrize("options", [[], ["--out", "out"], ["1.dat"],
                                     ["--out", "out", "--env", "novalue", "1.dat"],
                                     ["--out", "out", "--env", "=value", "1.dat"],
                                     ["--out", "out", "--env", "a=b\nc", "1.dat"]])
def test_usage(tmp_path, options):
    done = subprocess.run([BUILD / "estimate", *options], capture_output=True, text=True,
                          cwd=tmp_path, timeout=LIMIT, check=False)
    assert done.returncode == 2 and "; try estimate --help" in done.stderr
    assert not list(tmp_path.iterdir())
