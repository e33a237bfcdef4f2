# SPDX-License-Identifier: GPL-2.0
"""A kernel that looks for bugs finds each kind, and what it finds fails a run.

For the one that scripts/test.sh names; it takes minutes to make.
"""
import os
import pathlib
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[3]
KERNEL = os.environ.get("PROCMON_DEBUG_KERNEL")

# The bugs of bugs.c in the order in which they are made, and what the kernel says:
# the first report of lockdep is its last, and so is anything that KASAN finds.
BUGS = {
    "debug": {
        "unlocked": "WARNING: suspicious RCU usage",
        "asleep": "BUG: sleeping function called from invalid context",
        "nesting": "[ BUG: Invalid wait context ]",
        "object": "WARNING: CPU: ",
        "bounds": "UBSAN: array-index-out-of-bounds",
        "freed": "BUG: KASAN: slab-use-after-free",
        "beyond": "BUG: KASAN: vmalloc-out-of-bounds",
        "leak": "BUG: memory leak: unreferenced object",
    },
    "debug-kcsan": {"race": "BUG: KCSAN: data-race"},
}


@pytest.mark.timeout(1800)
@pytest.mark.skipif(not KERNEL, reason="no debug kernel is tested")
def test_each_kind_is_found():
    bugs = TOP / "scripts/tests/bugs"
    subprocess.run([TOP / "scripts/kbuild.sh", "--kernel", KERNEL, "-s", f"M={bugs}", "modules"],
                   check=True)
    script = "".join(f"echo {kind} >/sys/module/bugs/parameters/make\n" for kind in BUGS[KERNEL])
    done = subprocess.run(
        [TOP / "scripts/vm.sh", "--kernel", KERNEL, "--cpus", "2", "--timeout", "1200", "--",
         "sh", "-ec", f"insmod {bugs}/bugs.ko\n{script}"],
        capture_output=True, text=True, errors="replace", cwd=TOP, check=False)
    assert done.returncode == 122, done.stderr
    complaints = done.stderr.partition("the kernel complained:")[2]
    for kind, words in BUGS[KERNEL].items():
        assert words in complaints, f"{kind} was not found:\n{done.stderr}"
