# SPDX-License-Identifier: GPL-2.0
"""bench/peers_estimate on made-up boots: which blocks give the price, and which the range."""
import csv
import pathlib
import subprocess

import pytest

from bootfile import CONTROL, EXITS, NONE, Row, write_boot
from vm import LIMIT

TOP = pathlib.Path(__file__).resolve().parents[3]
ESTIMATE = TOP / "bench/build/peers_estimate"
KERNEL = "6.12.0-test"
COLUMNS = ("kernel peer mode lo hi gate reason whole_mean whole_lo whole_hi whole_gate "
           "traps_per_exit wakeups_per_1000 peak_kib").split()


def smeared(chance):
    """A price that is another one at each exit."""
    return chance.randrange(1000, 3000)


def boot(directory, at_once, shipped, hits=EXITS, windows=(300, 100, 100), last=()):
    """
    What peers_price writes of one tool, attached once.

    The prices of its exits with the parent asleep and as shipped; the work per exit of
    the windows with it, before and after.
    """
    directory.mkdir()
    for suffix, price in (("", at_once), (".shipped", shipped)):
        write_boot(directory / f"peer0.0{suffix}", {"kernel": KERNEL},
                   [NONE, CONTROL, Row("peer0", "tool", "peer", "mode", price, hits)])
    lines = ["procmon-peers 1", "peer\tpeer0\ttool\tmode"]
    for what, work in zip(("peer", "none", "control"), windows):
        lines += [f"window\tpeer0\t0\t{what}\t{100 * work}\t100"] * 4
    lines += ["seen\tpeer0\t0\t4000\t4000\t-1\t14\t2000\t1896", *last, "end", ""]
    (directory / "peers").write_text("\n".join(lines))
    return directory


def estimate(out, *dirs):
    return subprocess.run([ESTIMATE, "--out", out, *dirs], capture_output=True, text=True,
                          timeout=LIMIT, check=False)


def rows(tmp_path, *dirs):
    """The lines of the control and of the tool."""
    done = estimate(tmp_path / "peers.tsv", *dirs)
    assert done.returncode == 0, done.stderr
    with open(tmp_path / "peers.tsv", encoding="utf-8") as file:
        reader = csv.DictReader(file, delimiter="\t")
        assert reader.fieldnames == COLUMNS
        control, tool = reader
    assert (control["peer"], control["mode"]) == ("none", "-")
    assert (tool["kernel"], tool["peer"], tool["mode"]) == (KERNEL, "tool", "mode")
    return control, tool


def test_exact(tmp_path):
    """With the parent asleep; what it is as shipped is not asked, nor averaged in."""
    control, tool = rows(tmp_path, boot(tmp_path / "1", 173, 311), boot(tmp_path / "2", 173, 311))
    assert [control[c] for c in COLUMNS[3:]] == ["0", "0", "ok", "-", "0", "0", "0", "ok",
                                                 "-", "-", "-"]
    assert [tool[c] for c in COLUMNS[3:7]] == ["173", "173", "ok", "-"]
    assert [tool[c] for c in COLUMNS[7:11]] == ["200", "200", "200", "ok"]
    assert [tool[c] for c in COLUMNS[11:]] == ["-", "7", "1896"]


def test_each_attachment_has_its_own(tmp_path):
    """Two sharp answers a few instructions apart are a range of sharp ones."""
    _, tool = rows(tmp_path, boot(tmp_path / "1", 173, 0), boot(tmp_path / "2", 175, 0))
    assert [tool[c] for c in COLUMNS[3:7]] == ["173", "175", "shift",
                                               "exact in each attachment: 173 to 175"]


@pytest.mark.parametrize("at_once, shipped", [(77, smeared), (smeared, 77)])
def test_one_scheduler_is_enough(tmp_path, at_once, shipped):
    """What is sharp under one of them is a number."""
    dirs = [boot(tmp_path / n, at_once, shipped) for n in ("1", "2")]
    _, tool = rows(tmp_path, *dirs)
    assert [tool[c] for c in COLUMNS[3:7]] == ["77", "77", "ok", "-"]


def test_range_as_shipped(tmp_path):
    """No one price: from the 10th to the 90th percentile of what it is as shipped."""
    dirs = [boot(tmp_path / n, lambda chance: 50 * smeared(chance), smeared)
            for n in ("1", "2")]
    _, tool = rows(tmp_path, *dirs)
    assert 0 < int(tool["lo"]) < int(tool["hi"]) < 4000
    assert (tool["gate"], tool["reason"]) == ("overlap", "-")


def test_lost_exits(tmp_path):
    """One hit less than exits, under either scheduler: no number, however sharp."""
    _, tool = rows(tmp_path, boot(tmp_path / "1", 173, 173, hits=EXITS - 1),
                   boot(tmp_path / "2", 173, 173))
    assert int(tool["lo"]) <= 173 <= int(tool["hi"]) and tool["gate"] == "hits"


def test_one_boot_is_not_enough(tmp_path):
    _, tool = rows(tmp_path, boot(tmp_path / "1", 173, 173))
    assert int(tool["lo"]) <= 173 <= int(tool["hi"]) and tool["gate"] == "boots"


def test_note(tmp_path):
    said = boot(tmp_path / "1", 173, 173, last=["note\tpeer0\tit had to be killed"])
    _, tool = rows(tmp_path, said, boot(tmp_path / "2", 173, 173))
    assert (tool["gate"], tool["reason"]) == ("ok", "it had to be killed")


def test_note_and_reason(tmp_path):
    said = boot(tmp_path / "1", 173, 0, last=["note\tpeer0\tit had to be killed"])
    _, tool = rows(tmp_path, said, boot(tmp_path / "2", 175, 0))
    assert tool["reason"] == "it had to be killed; exact in each attachment: 173 to 175"


def test_control_of_the_whole(tmp_path):
    """No tool has a whole price: then that of no row is to be believed."""
    dirs = [boot(tmp_path / n, 173, 0, windows=(300, 100, 150)) for n in ("1", "2")]
    control, tool = rows(tmp_path, *dirs)
    assert [control[c] for c in COLUMNS[7:11]] == ["50", "50", "50", "control"]
    assert [tool[c] for c in COLUMNS[7:11]] == ["175", "175", "175", "control"]
    assert tool["gate"] == "ok"


@pytest.mark.parametrize("work, gate", [(300, "control"), (100, "ok")])
def test_sleeper_is_a_control(tmp_path, work, gate):
    """The row "none" of the registry, a process that sleeps, must cost nothing, too."""
    dirs = [boot(tmp_path / n, 0, 0, windows=(work, 100, 100)) for n in ("1", "2")]
    for peers in (directory / "peers" for directory in dirs):
        peers.write_text(peers.read_text().replace("\ttool\t", "\tnone\t"))
    done = estimate(tmp_path / "peers.tsv", *dirs)
    assert done.returncode == 0, done.stderr
    with open(tmp_path / "peers.tsv", encoding="utf-8") as file:
        assert [row["whole_gate"] for row in csv.DictReader(file, delimiter="\t")] == [gate] * 2


def test_did_not_run(tmp_path):
    """Listed with the reason."""
    for n in (1, 2):
        (tmp_path / f"{n}").mkdir()
        (tmp_path / f"{n}/peers").write_text(
            "procmon-peers 1\npeer\tpeer0\ttool\tmode\nskip\tpeer0\tno such program\nend\n")
    done = estimate(tmp_path / "peers.tsv", tmp_path / "1", tmp_path / "2")
    assert done.returncode == 0, done.stderr
    line = (tmp_path / "peers.tsv").read_text().splitlines()[-1].split("\t")
    assert line[1:] == ["tool", "mode", "-", "-", "skipped", "no such program", *"-------"]


@pytest.mark.parametrize("text, error", [
    ("procmon-peers 0\nend\n", "not a line of this format"),
    ("procmon-peers 1\npeer\tpeer0\ttool\tmode\n", "the boot did not finish"),
    ("procmon-peers 1\npeer\tpeer0\ttool\tmode\nwindow\tpeer0\t0\tpeer\t5\t0\nend\n",
     "not a line of this format"),
    ("procmon-peers 1\npeer\tpeer0\ttool\tmode\nskip\tpeer0\t\nend\n",
     "not a line of this format"),
])
def test_refused(tmp_path, text, error):
    """With the reason, and the table that was there stays."""
    (tmp_path / "peers").write_text(text)
    (tmp_path / "peers.tsv").write_text("as it was\n")
    done = estimate(tmp_path / "peers.tsv", tmp_path)
    assert done.returncode == 1 and error in done.stderr
    assert (tmp_path / "peers.tsv").read_text() == "as it was\n"


def test_needs_both_boot_files(tmp_path):
    missing = boot(tmp_path / "1", 173, 173)
    (missing / "peer0.0.shipped").unlink()
    done = estimate(tmp_path / "peers.tsv", missing)
    assert done.returncode == 1 and "peer0.0.shipped" in done.stderr
    assert not (tmp_path / "peers.tsv").exists()


def test_boot_file_of_another_kind(tmp_path):
    """A boot file without the control is not one of the program peers."""
    other = boot(tmp_path / "1", 173, 173)
    write_boot(other / "peer0.0", {"kernel": KERNEL},
               [NONE, Row("peer0", "tool", "peer", "mode", 173, EXITS)])
    done = estimate(tmp_path / "peers.tsv", other)
    assert done.returncode == 1 and "peer0.0: not the rows of no peer" in done.stderr
    assert not (tmp_path / "peers.tsv").exists()


@pytest.mark.parametrize("options", [[], ["--out", "peers.tsv"], ["1"]])
def test_usage(tmp_path, options):
    done = subprocess.run([ESTIMATE, *options], capture_output=True, text=True, cwd=tmp_path,
                          timeout=LIMIT, check=False)
    assert done.returncode == 2 and "missing; try peers_estimate --help" in done.stderr
