# SPDX-License-Identifier: GPL-2.0
"""bench/growth on made-up boot files: conditions, gates, and the whole table or none."""
import csv
import pathlib
import subprocess

import pytest

from bootfile import CONTROL, EXITS, NONE, Row, write_boot
from vm import LIMIT

TOP = pathlib.Path(__file__).resolve().parents[3]
GROWTH = TOP / "bench/build/growth"
KERNEL = "6.12.0-test"
COLUMNS = "kernel factor value hook output lo hi gate reason".split()


def boot(path, number, facts, hooks, proof="ok", kernel=KERNEL):
    """Write a boot file: the hooks' prices, or the reasons why they did not run."""
    rows = [NONE, CONTROL]
    rows += [Row(hook, hook, hook, "count", price, EXITS, proof)
             for hook, price in hooks.items()]
    return write_boot(path, {"kernel": kernel, "boot": number, **facts}, rows)


def growth(out, *files):
    out.mkdir(exist_ok=True)
    return subprocess.run([GROWTH, "--out", out / "growth.tsv", *files], capture_output=True, text=True,
                          timeout=LIMIT, check=False)


def table(out):
    """growth.tsv: what stands in the line of (factor, value, hook)."""
    with open(out / "growth.tsv", encoding="utf-8") as file:
        reader = csv.DictReader(file, delimiter="\t")
        assert reader.fieldnames == COLUMNS
        return {(row["factor"], row["value"], row["hook"]): row for row in reader}


def test_conditions(tmp_path):
    """One file serves two factors; a row that one value lacks is left out there."""
    files = []
    for n in (1, 2):
        files += [
            boot(tmp_path / f"b{n}", n, {"probes": 0, "crowded": "alone"},
                 {"ftrace": 74, "fprobe": 144}),
            boot(tmp_path / f"p{n}", n, {"probes": 16}, {"ftrace": 216}),
            boot(tmp_path / f"c{n}", n, {"crowded": "ftrace"}, {"ftrace": 233, "fprobe": 350}),
        ]
    done = growth(tmp_path / "out", *files)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    rows = table(tmp_path / "out")
    numbers = {key: int(row["lo"]) for key, row in rows.items()}
    assert numbers == {
        ("probes", "0", "none"): 0, ("probes", "0", "ftrace"): 74,
        ("probes", "16", "none"): 0, ("probes", "16", "ftrace"): 216,
        ("crowded", "alone", "none"): 0, ("crowded", "alone", "ftrace"): 74,
        ("crowded", "alone", "fprobe"): 144,
        ("crowded", "ftrace", "none"): 0, ("crowded", "ftrace", "ftrace"): 233,
        ("crowded", "ftrace", "fprobe"): 350,
    }
    assert all(row["hi"] == row["lo"] for row in rows.values())
    assert {(row["gate"], row["reason"]) for row in rows.values()} == {("ok", "-")}
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["growth.tsv"]
    assert done.stdout.splitlines() == [
        "probes: 2 values, 2 rows: 2 exact, 0 refused, 0 skipped",
        "crowded: 2 values, 4 rows: 4 exact, 0 refused, 0 skipped"]


def test_no_numbers(tmp_path):
    """What is no number has a reason, or a range."""
    files = [boot(tmp_path / f"b{n}", n, {"cpus": 2},
                  {"ftrace": 70 + 4 * n, "kprobe jump": "refused: too crowded"})
             for n in (1, 2)]
    files += [boot(tmp_path / f"c{n}", n, {"cpus": 4}, {"ftrace": 74, "kprobe jump": 107},
                   proof="the flavour is int3") for n in (1, 2)]
    done = growth(tmp_path / "out", *files)
    assert done.returncode == 0, done.stderr
    rows = {key[1:]: [row[c] for c in COLUMNS[5:]]
            for key, row in table(tmp_path / "out").items()}
    assert rows["2", "ftrace"] == ["74", "78", "shift", "exact in each boot: 74, 78"]
    assert rows["2", "kprobe jump"] == ["-", "-", "skipped", "refused: too crowded"]
    assert rows["4", "ftrace"][2:] == ["proof", "the flavour is int3"]


@pytest.mark.parametrize("facts, other, complaint", [
    ({"threads": "many"}, {}, "unknown value"),
    ({"crowded": "3"}, {}, "unknown value"),
    ({}, {}, "names a factor"),
    ({"threads": "1"}, {"number": 1}, "are both boot 1 with threads 1"),
    ({"threads": "1"}, {"kernel": "7.3"}, "not of the same kernel"),
])
def test_refused(tmp_path, facts, other, complaint):
    """A file that does not belong there changes nothing."""
    files = [boot(tmp_path / "1", 1, facts, {"ftrace": 74}),
             boot(tmp_path / "2", **{"number": 2, "facts": facts, "hooks": {"ftrace": 74}, **other})]
    out = tmp_path / "out"
    out.mkdir()
    (out / "growth.tsv").write_text("as before\n")
    done = growth(out, *files)
    assert done.returncode == 1
    assert complaint in done.stderr
    assert [file.read_text() for file in out.iterdir()] == ["as before\n"]


def test_cannot_write(tmp_path):
    """A table that cannot be put in place leaves nothing behind."""
    files = [boot(tmp_path / str(n), n, {"threads": 1}, {"ftrace": 74}) for n in (1, 2)]
    (tmp_path / "out/growth.tsv").mkdir(parents=True)
    done = growth(tmp_path / "out", *files)
    assert done.returncode == 1
    assert "growth.tsv: Is a directory" in done.stderr
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["growth.tsv"]


@pytest.mark.parametrize("options", [[], ["--out", "growth.tsv"], ["1.dat"]])
def test_usage(tmp_path, options):
    done = subprocess.run([GROWTH, *options], capture_output=True, text=True, cwd=tmp_path,
                          timeout=LIMIT, check=False)
    assert done.returncode == 2 and "missing; try growth --help" in done.stderr
    assert not list(tmp_path.iterdir())
