# SPDX-License-Identifier: GPL-2.0
"""Threads that leave at the same moment: who was the last? On 1 CPU and on 4."""
import re

import pytest

from conftest import BENCH, BY_NAME, HOOKS, TRACEFS, Loaded, needs, run


@pytest.mark.parametrize("name", [h.name for h in HOOKS])
@pytest.mark.parametrize("threads, times", [(2, 1000), (8, 100), (50, 20)])
def test_threads_leave_together(name, threads, times):
    """Again and again: one record a process, and exactly one last thread."""
    hook = BY_NAME[name]
    needs(hook, "process")
    event = TRACEFS / "events/procmon/procmon_exit"
    with Loaded(hook, "unit=process", "log=off"):
        (event / "filter").write_text(f'comm == "together-{threads}"')
        (TRACEFS / "trace").write_text("")
        (event / "enable").write_text("1")
        text = run(BENCH / "cases", "--repeat", times, f"together-{threads}").stdout
        (event / "enable").write_text("0")
        trace = (TRACEFS / "trace").read_text()
    oracle = {int(m[1]): int(m[2])
              for m in re.finditer(r"^process \S+ (\d+) (\d+)$", text, re.M)}
    seen = re.findall(r"procmon_exit: .* tgid=(\d+) .* wait_status=(0x[0-9a-f]+) .* last=yes",
                      trace)
    assert len(oracle) == len(seen) == times
    assert {int(pid): int(status, 16) for pid, status in seen} == oracle
