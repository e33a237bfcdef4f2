# SPDX-License-Identifier: GPL-2.0
"""bench/storm: the exits it says it made are those that it made."""
import pathlib
import subprocess

import pytest

from vm import LIMIT

STORM = pathlib.Path(__file__).resolve().parents[3] / "bench/build/storm"


def storm(*args):
    return subprocess.run([STORM, *args], capture_output=True, text=True, timeout=LIMIT, check=False)


@pytest.mark.parametrize("options, made", [
    ([], 103), (["--wave", "7"], 103), (["--wave", "1000", "--kind", "fork"], 103),
    (["--jobs", "2", "--wave", "10", "--kind", "clone"], 105),
])
def test_ids(tmp_path, options, made):
    """Each process has an id of its own in the list, the jobs' own too."""
    ids = tmp_path / "ids"
    done = storm("--count", "103", *options, "--ids", ids)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == made
    lines = ids.read_text().split()
    assert len(lines) == made and len(set(lines)) == made
    assert all(int(line) > 1 for line in lines)


@pytest.mark.parametrize("status, options", [
    (2, ["--kind", "thread", "--ids", "/dev/null"]), (2, ["--kind", "thread", "--wave", "2"]),
    (2, ["--pause", "1", "--wave", "2"]), (2, ["--kind", "spoon"]),
    (1, ["--ids", "/no/such/directory"]),
])
def test_refused(status, options):
    done = storm("--count", "2", *options)
    assert done.returncode == status
    assert done.stderr.startswith("storm: ") and done.stderr.count("\n") == 1
