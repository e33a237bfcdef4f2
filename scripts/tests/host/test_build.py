# SPDX-License-Identifier: GPL-2.0
"""scripts/build.sh and the Makefile: what is built, and where."""
import os
import pathlib
import shutil
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[3]
VARIANTS = sorted(path.parent.name for path in TOP.glob("variants/*/Kbuild"))


def run(*argv, **kwargs):
    return subprocess.run(argv, capture_output=True, text=True, check=False, **kwargs)


@pytest.fixture
def tree(tmp_path):
    """A copy of the sources, at a path of its own."""
    return copy(tmp_path / "procmon")


def copy(to):
    shutil.copytree(TOP, to, symlinks=True, ignore=shutil.ignore_patterns(
        ".git", "build", "results", "*.o", "*.ko", "*.mod", "*.mod.c", ".*.cmd", ".*.d",
        "modules.order", "Module.symvers"))
    return to


def test_a_folder_with_a_kbuild_is_a_variant(tree):
    """For the build, for its messages, and for make help."""
    (tree / "variants/uprobe").mkdir()
    (tree / "variants/uprobe/Kbuild").touch()
    names = sorted([*VARIANTS, "uprobe"])
    assert run(tree / "scripts/build.sh", "--list").stdout.split() == names
    done = run(tree / "scripts/build.sh", "--clean", "handler")
    assert done.returncode == 1
    assert done.stderr == (f"procmon: handler: no such variant; there are: {' '.join(names)}\n")
    assert f"one of {', '.join(names)} (" in run("make", "-s", "-C", tree, "help").stdout


def test_installs_one():
    """They are all procmon.ko."""
    for variants in ((), VARIANTS[:2]):
        done = run(TOP / "scripts/build.sh", "--install", *variants)
        assert done.returncode == 1 and "takes one variant" in done.stderr


@pytest.mark.parametrize("version, code", [("5.10.0", 0x050a00), ("6.0.19", 0x060013)])
def test_kernel_that_is_too_old(tree, tmp_path, version, code):
    """By a build tree that says it is older than it is: the first complaint tells why."""
    kdir = run(tree / "scripts/kernel.sh", "kdir").stdout.strip()
    old = tmp_path / "old"
    run("cp", "-rs", pathlib.Path(kdir).resolve(), old)
    header = old / "include/generated/uapi/linux/version.h"
    text = header.read_text()
    header.unlink()
    header.write_text(f"/* {version} */\n#define LINUX_VERSION_CODE {code}\n" +
                      text.split("\n", 1)[1])
    # The kernel's own compiler may not be installed; any finds what it is to find.
    (tmp_path / "bin").mkdir()
    compiler = run(tree / "scripts/kernel.sh", "cc").stdout.strip()
    for name in (compiler, f"x86_64-linux-gnu-{compiler}"):
        (tmp_path / "bin" / name).symlink_to(shutil.which("gcc"))
    done = run(tree / "scripts/build.sh", "--kdir", old, "kprobe",
               env={**os.environ, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}"})
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if "error:" in line]
    assert "compat.h" in errors[0] and "procmon needs Linux 6.1 or later" in errors[0]


def test_below_a_directory_with_a_space(tmp_path):
    """A variant, again, the programs, and away with it all."""
    tree = copy(tmp_path / "my repos" / "procmon")
    module = tree / "variants/kprobe/procmon.ko"
    for _ in range(2):
        done = run(tree / "scripts/build.sh", "kprobe")
        assert done.returncode == 0, done.stderr
        assert "name:           procmon" in run("/sbin/modinfo", module).stdout
        built = module.stat().st_mtime_ns
    run("touch", tree / "variants/handler/log.c")
    assert run(tree / "scripts/build.sh", "kprobe").returncode == 0
    assert module.stat().st_mtime_ns > built
    assert run("make", "-s", "-C", tree / "bench").returncode == 0
    assert "usage: procmon" in run(tree / "bench/build/procmon", "--help").stdout
    assert run("make", "-s", "-C", tree, "clean").returncode == 0
    assert not module.exists() and not (tree / "bench/build").exists()


def test_guest_below_a_directory_with_a_space(tmp_path):
    """It sees the checkout, and can write to it."""
    tree = copy(tmp_path / "my repos" / "procmon")
    done = run(tree / "scripts/vm.sh", "sh", "-c", "pwd; touch here", cwd=tree)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{tree}\n" and (tree / "here").exists()


def test_error_below_a_directory_with_a_space(tmp_path):
    tree = copy(tmp_path / "my repos" / "procmon")
    (tree / "variants/kprobe/kprobe.c").write_text("#error planted\n")
    done = run(tree / "scripts/build.sh", "kprobe")
    assert done.returncode == 1 and "#error planted" in done.stderr


def test_cache_that_no_make_would_take(tmp_path):
    done = run(TOP / "scripts/kernel.sh",
               env={**os.environ, "PROCMON_CACHE": str(tmp_path / "my cache")})
    assert done.returncode == 1 and "set PROCMON_CACHE" in done.stderr
    assert not (tmp_path / "my cache").exists()
