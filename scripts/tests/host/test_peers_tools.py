# SPDX-License-Identifier: GPL-2.0
"""The tool files in bench/peers/tools: they keep their contract, and a broken one is refused."""
import pathlib
import re
import shutil
import subprocess

import pytest

from vm import LIMIT

TOP = pathlib.Path(__file__).resolve().parents[3]
TOOLS = TOP / "bench/peers/tools"
PROGRAM = TOP / "bench/build/peers_test"
FILES = sorted(set(TOOLS.glob("*.sh")) - {TOOLS / "lib.sh"})
COLUMNS = ("peer mode hook output unit bare tells options oldest_kernel fields "
           "needs").split()

# The whole of a tool file, but for what a test breaks.
EXAMPLE = """\
. "$TOOLS/lib.sh"

packages="one two"
order=45
modes="quick slow"

name=example
tells=name
options=CONFIG_EXAMPLE
oldest_kernel=6.1
fields="name, id"
needs="a program that runs"

run() { exec example; }
proof() { :; }
count() { echo 0; }
codes() { :; }

mode_quick() { mode="quick"; }
mode_slow() { mode="slow"; }
"""


def sh(tools, file, command):
    return subprocess.run(["sh", "-c", f'. "$1" && {command}', "sh", file],
                          env={"TOOLS": str(tools), "PATH": "/usr/bin:/bin"},
                          capture_output=True, text=True, timeout=LIMIT, check=False)


def list_peers(tools, *options):
    return subprocess.run([PROGRAM, "--tools", tools, "--list", *options], capture_output=True,
                          text=True, timeout=LIMIT, check=False)


def rows(tools, *options):
    done = list_peers(tools, *options)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert all(len(line) == len(COLUMNS) and all(line) for line in lines)
    return [dict(zip(COLUMNS, line)) for line in lines]


@pytest.fixture(name="tools")
def copy_of_tools(tmp_path):
    """A folder to add files to."""
    return shutil.copytree(TOOLS, tmp_path / "tools")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_file(file):
    """It can be read, says nothing by itself, and lists all of its modes."""
    done = sh(TOOLS, file, "echo $modes")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == re.findall(r"^mode_(\w+)\(\)", file.read_text(), re.MULTILINE)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_process_beside_the_tool(file):
    """A shell that stayed would be measured with it. Those of daemons have to, as they say."""
    for first in re.findall(r"\brun\(\) \{\s+(.*)", file.read_text()):
        assert first.startswith("exec ") or file.stem in ("auditd", "lttng")


def test_facts():
    """Of all of them; what a decision is taken from has one of a few values."""
    peers = rows(TOOLS)
    names = [(peer["peer"], peer["mode"]) for peer in peers]
    assert len(set(names)) == len(names)
    for peer in peers:
        if peer["peer"] == "none":
            assert {peer[column] for column in COLUMNS[2:]} == {"-"}
            continue
        assert peer["bare"] in ("yes", "no")
        assert peer["tells"] in ("number", "name", "status")
        assert re.fullmatch(r"CONFIG_\w+(, CONFIG_\w+)*", peer["options"])
        assert re.fullmatch(r"\d+\.\d+", peer["oldest_kernel"])
        ours = peer["peer"].startswith("procmon ")
        assert all((peer[column] != "-") == ours for column in ("hook", "output", "unit"))


def test_only():
    assert [peer["mode"] for peer in rows(TOOLS, "--only", "perf")] == ["stat", "record -B",
                                                                        "trace"]


def test_one_file_more(tools):
    """All that it takes: it is where its number says, and its packages are known."""
    before = rows(tools)
    (tools / "example.sh").write_text(EXAMPLE)
    after = rows(tools)
    at = after.index(next(peer for peer in after if peer["peer"] == "example"))
    assert [peer["mode"] for peer in after[at:at + 2]] == ["quick", "slow"]
    assert after[at - 1]["peer"] == "trace-cmd" and after[at + 2]["peer"] == "perf"
    assert after[:at] + after[at + 2:] == before
    assert sh(tools, tools / "example.sh", "print_packages").stdout.split() == ["one", "two"]


@pytest.mark.parametrize("old, new, error", [
    ('. "$TOOLS/lib.sh"\n', "", "print_facts: not found"),
    ("}\n", "\n", "Syntax error"),
    ("order=45", "order=first", "mode_quick: order is 'first', not a number"),
    ("order=45", "", "mode_quick: order is missing"),
    ('modes="quick slow"', "", "modes is missing"),
    ("mode_slow()", "mode_other()", "mode_slow: there is no such function"),
    ("fields=", "felds=", "mode_quick: fields is missing"),
    ("name, id", "name,\tid", "mode_quick: fields is not one line without tabs"),
    ("name, id", "name,\nid", "mode_quick: fields is not one line without tabs"),
    ("tells=name", "tells=all", "mode_quick: tells is 'all', none of: number name status"),
    ("tells=name", "tells=number", "mode_quick: it has codes, but tells is 'number'"),
    ("codes()", "other()", "mode_quick: there is no function codes, but tells is 'name'"),
    ("name=example", "name=example\nstays=maybe", "stays is 'maybe', none of: yes no"),
    ("proof()", "other()", "mode_quick: there is no function proof"),
    ('mode="slow"', 'mode="quick"',
     "example.sh and example.sh: both have a 'example' with the mode 'quick'"),
])
def test_broken(tools, old, new, error):
    """Refused as a whole, with its name and the reason."""
    assert old in EXAMPLE
    (tools / "example.sh").write_text(EXAMPLE.replace(old, new, 1))
    done = list_peers(tools)
    assert (done.returncode, done.stdout) == (1, "")
    assert "example.sh" in done.stderr and error in done.stderr


def test_prints_by_itself(tools):
    (tools / "a.sh").write_text("echo hello\n" + EXAMPLE)
    done = list_peers(tools)
    assert done.returncode == 1 and "hello: no fact" in done.stderr


def test_no_tools(tmp_path):
    done = list_peers(tmp_path)
    assert done.returncode == 1 and "a tool file is not in order" in done.stderr
