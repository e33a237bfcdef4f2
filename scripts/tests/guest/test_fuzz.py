# SPDX-License-Identifier: GPL-2.0
"""Random operations at every surface of the module, from many processes at once.

What they are, and what each may end with, is in bench/guest/module_ops.c and
stream_ops.c. A failure shows the seed: fuzz --seed does the same operations again.
"""
import collections
import os

import pytest

from conftest import BENCH, HOOKS, LIMIT, MODULES, attached, run, set_optimization, why_refused

USABLE = [hook for hook in HOOKS if not why_refused(hook, "task")]

# s, all hooks together; make soak has ten minutes
SECONDS = int(os.environ.get("PROCMON_FUZZ", "60"))


@pytest.mark.timeout(SECONDS + LIMIT)
@pytest.mark.parametrize("name", [hook.name for hook in USABLE])
def test_fuzz(name):
    """Each ends as it may, the exits add up, the module goes, and nothing stays behind."""
    seconds = -(-SECONDS // len(USABLE))
    done = collections.Counter()
    # A busy host may take longer to come to each once.
    while not (done["open"] and done["load"] and done["read"] and done["exits"]):
        out = run(BENCH / "fuzz", "--hook", name, "--modules", MODULES, "--seconds", seconds).stdout
        set_optimization("1")
        rows = [line.split("\t") for line in out.splitlines()[1:]]
        done.update({operation: int(times) for operation, _, times in rows})
    assert attached() == ""
