# SPDX-License-Identifier: GPL-2.0
"""New rows of a table in results/ beside those of other kernels (merge_table)."""
import pathlib
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[3]
HEAD = "kernel\tcase\tsays\n"


def merge(tmp_path, new, old):
    (tmp_path / "new").write_text(new)
    if old is not None:
        (tmp_path / "old").write_text(old)
    return subprocess.run(["bash", "-euc", '. "$1/scripts/lib/common.sh"; merge_table new old',
                           "bash", TOP], cwd=tmp_path, check=True, capture_output=True,
                          text=True).stdout


def rows(*releases, says="new"):
    return "".join(f"{release}\tb\t{says}\n{release}\ta\t{says}\n" for release in releases)


def test_other_kernels_stay(tmp_path):
    old = rows("6.1.0-56-amd64", "6.12.117+deb12-amd64", "6.12.117+deb12-rt-amd64",
               "7.3.4+deb13-amd64", says="old")
    made = merge(tmp_path, HEAD + rows("6.12.117+deb12-amd64"), HEAD + old)
    assert made == HEAD + (rows("6.1.0-56-amd64", says="old") + rows("6.12.117+deb12-amd64")
                           + rows("6.12.117+deb12-rt-amd64", "7.3.4+deb13-amd64", says="old"))


def test_newer_package_replaces_older(tmp_path):
    old = rows("6.1.0-49-amd64", "6.12.99+deb12-amd64", says="old")
    made = merge(tmp_path, HEAD + rows("6.12.117+deb13-amd64", "6.1.0-56-amd64"), HEAD + old)
    assert made == HEAD + rows("6.1.0-56-amd64", "6.12.117+deb13-amd64")


def test_first_table(tmp_path):
    new = HEAD + rows("7.3.4+deb13-arm64")
    assert merge(tmp_path, new, None) == new


def test_other_columns(tmp_path):
    new = HEAD + rows("7.3.4+deb13-amd64")
    assert merge(tmp_path, new, "kernel\tcase\n6.1.0-56-amd64\ta\n") == new
