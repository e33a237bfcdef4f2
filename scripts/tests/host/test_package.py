# SPDX-License-Identifier: GPL-2.0
"""The Debian packages and what is in them.  That they work: scripts/tests/package/."""
import os
import pathlib
import re
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[3]
MODULES = pathlib.Path(os.environ.get("PROCMON_MODULES", TOP / "variants"))
VARIANTS = sorted(kbuild.parent.name for kbuild in TOP.glob("variants/*/Kbuild"))
READER = TOP / "bench/build/procmon"


def run(*argv, **kwargs):
    done = subprocess.run(argv, check=False, capture_output=True, text=True, **kwargs)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", name="tree")
def unpacked(tmp_path_factory):
    """What both packages install."""
    tree = tmp_path_factory.mktemp("tree")
    names = run(TOP / "scripts/package.sh").split()
    assert {name.split("_")[0] for name in names} >= {"procmon", "procmon-dkms"}
    for name in names:
        run("dpkg-deb", "-x", TOP / "build/deb" / name, tree)
    return tree


def page(tree, name):
    path, = tree.glob(f"usr/share/man/man*/{name}.gz")
    return run("gzip", "-dc", path)


@pytest.mark.parametrize("name", ["procmon.1", "procmon.4"])
def test_pages(tree, tmp_path, name):
    """A page is what mandoc accepts, with the date of the commit."""
    (tmp_path / name).write_text(page(tree, name))
    done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", tmp_path / name], check=False,
                          capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
    day, words = run("git", "-C", TOP, "show", "-s", "--format=%cd", "HEAD",
                     "--date=format-local:%Y-%m-%d|%B %-d, %Y",
                     env={**os.environ, "TZ": "UTC"}).strip().split("|")
    request, date = {"procmon.1": (".TH", day), "procmon.4": (".Dd", words)}[name]
    assert [line for line in page(tree, name).splitlines() if line.startswith(request)
            and date in line]


def test_options(tree):
    """procmon(1) has what --help has."""
    options = set(re.findall(r"^  (?:-\w, |    )(--[a-z-]+)", run(READER, "--help"), re.M))
    text = page(tree, "procmon.1").replace("\\-", "-").replace("\\fB", "").replace("\\fR", "")
    assert options >= {"--json", "--help"}
    for option in options:
        assert re.search(rf"^(-\w, )?{option}( |$)", text, re.M), option


def test_parameters(tree):
    """procmon(4) has the parameters of all modules, and no other."""
    inside = set()
    for variant in VARIANTS:
        inside |= {line.split(":")[0] for line in
                   run("modinfo", "-p", MODULES / variant / "procmon.ko").splitlines()}
    assert inside >= {"unit", "flavour", "handler", "maxactive"}
    text = page(tree, "procmon.4").split(".Sh PARAMETERS")[1].split(".Sh ")[0]
    assert sorted(re.findall(r"^\.It Cm (\w+) Ns =", text, re.M)) == sorted(inside)


def test_modules(tree):
    """DKMS is told of each variant, and gives each a name of its own."""
    conf, = tree.glob("usr/src/procmon-*/dkms.conf")
    told = dict(re.findall(r'^(\w+\[\d+\])="(.*)"$', conf.read_text(), re.M))
    assert {told[f"BUILT_MODULE_LOCATION[{i}]"]: told[f"DEST_MODULE_NAME[{i}]"]
            for i in range(len(VARIANTS))} == {f"variants/{v}": f"procmon-{v}" for v in VARIANTS}
    assert f"DEST_MODULE_NAME[{len(VARIANTS)}]" not in told
    assert not list(conf.parent.rglob("*.o"))


def complete(tree, *words):
    """What bash would offer for the last of the words."""
    script = tree / "usr/share/bash-completion/completions/procmon"
    return run("bash", "-c", f". {script}; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _procmon; "
               "printf '%s\\n' \"${COMPREPLY[@]}\"", "bash", "procmon", *words, cwd=tree,
               env={**os.environ, "PATH": f"{tree}/usr/bin:{os.environ['PATH']}"}).split()


def test_completion(tree):
    assert complete(tree, "--f") == ["--format", "--failed", "--file"]
    assert complete(tree, "--file", "us") == ["usr"]
    assert "root" in complete(tree, "--uid", "ro")
    assert complete(tree, "--pid", "") == []


@pytest.mark.parametrize("release, variant", [
    ("6.1.0-56-amd64", "ftrace"), ("6.15.9", "ftrace"), ("6.16-rc1", "tracepoint"),
    ("7.3.4+deb13-amd64", "tracepoint"), ("10.0.1", "tracepoint")])
@pytest.mark.parametrize("error, hint", [
    ("could not insert 'procmon_x': Key was rejected by service", "mokutil --import"),
    ("Module procmon-x not found in directory /lib/modules/9", "dkms status"),
    ("could not insert 'procmon_x': Invalid argument", "dmesg")])
def test_load(tree, tmp_path, release, variant, error, hint):
    """The cheapest that has unit=process is taken; why the kernel refuses one is told."""
    for name, text in (("uname", f"echo {release}"), ("modprobe", f"echo \"$@: {error}\" >&2; exit 1")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run([tree / "usr/libexec/procmon/module", "load"], check=False, text=True,
                          capture_output=True,
                          env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert done.returncode == 1
    assert f"could not load {variant} (" in done.stderr and error in done.stderr
    assert hint in done.stderr


def test_install_reader(tmp_path):
    """Without packages; where it may not write, it says so."""
    run(TOP / "scripts/install-reader.sh", "--prefix", "/opt/procmon",
        env={**os.environ, "DESTDIR": str(tmp_path)})
    assert {str(file.relative_to(tmp_path / "opt/procmon")) for file in tmp_path.rglob("*")
            if file.is_file()} == {
        "bin/procmon", "share/man/man1/procmon.1", "share/man/man4/procmon.4",
        "share/bash-completion/completions/procmon", "include/procmon/record.h"}
    (tmp_path / "file").write_text("")
    done = subprocess.run([TOP / "scripts/install-reader.sh", "--prefix", tmp_path / "file"],
                          check=False, capture_output=True, text=True)
    assert done.returncode == 1 and "could not install below" in done.stderr
