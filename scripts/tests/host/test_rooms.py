# SPDX-License-Identifier: GPL-2.0
"""scripts/rooms.sh: it finds what is planted, and nothing in this tree."""
import pathlib
import shutil
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[3]


def rooms(top):
    return subprocess.run([top / "scripts/rooms.sh"], capture_output=True, text=True, check=False)


@pytest.fixture
def tree(tmp_path):
    """A copy of what it looks at, with the objects that are there already."""
    for part in ("bench", "scripts", "variants"):
        shutil.copytree(TOP / part, tmp_path / part, symlinks=True)
    return tmp_path


def plant(path, text):
    """Add lines to a file, or make one of them."""
    with path.open("a", encoding="ascii") as file:
        file.write(text)


def fault(tree, line):
    """It fails for this, whatever else there is."""
    done = rooms(tree)
    assert done.returncode == 1
    assert line in done.stderr.splitlines()


def test_this_tree():
    done = rooms(TOP)
    assert done.returncode == 0, done.stderr
    assert "no circle" in done.stderr and "objects of: bench" in done.stderr


def test_upward_include(tree):
    plant(tree / "bench/lib/util.c", '#include "guest/hooks.h"\n')
    fault(tree, "bench/lib/util.c uses bench/guest/hooks.h, above it: #include:\"guest/hooks.h\"")


def test_upward_include_by_another_path(tree):
    plant(tree / "bench/boot/read.c", '# include "../lib/../guest/hooks.h"\n')
    fault(tree, "bench/boot/read.c uses bench/guest/hooks.h, above it: "
                "#include:\"../lib/../guest/hooks.h\"")


def test_include_of_nothing_known(tree):
    plant(tree / "bench/lib/util.c", '#ifdef NEVER\n#include "elsewhere.h"\n#endif\n')
    fault(tree, "bench/lib/util.c: #include:\"elsewhere.h\" is no file of this tree")


def test_upward_use_without_an_include(tree):
    plant(tree / "bench/lib/util.c", "void planted(void);\nvoid *use(void);\n"
                                     "void *use(void) { return planted; }\n")
    plant(tree / "bench/boot/read.c", "void planted(void);\nvoid planted(void) { }\n")
    fault(tree, "bench/lib/util.c uses bench/boot/read.c, above it: planted")


def test_circle_of_two_files(tree):
    for own, other, file in (("a", "b", "read.c"), ("b", "a", "write.c")):
        plant(tree / "bench/boot" / file,
              f"void *planted_{other}(void);\nvoid *planted_{own}(void);\n"
              f"void *planted_{own}(void) {{ return planted_{other}; }}\n")
    fault(tree, "\tbench/boot/read.c uses bench/boot/write.c: planted_b")
    fault(tree, "\tbench/boot/write.c uses bench/boot/read.c: planted_a")


def test_circle_of_headers(tree):
    plant(tree / "variants/handler/handler.h", '#include "ring.h"\n')
    fault(tree, "\tvariants/handler/handler.h uses variants/handler/ring.h: "
                "#include:\"ring.h\"")


def test_handler_includes_a_variant(tree):
    plant(tree / "variants/handler/log.c", '#include "../kprobe/kprobe.c"\n')
    fault(tree, "variants/handler/log.c uses variants/kprobe/kprobe.c, above it: "
                "#include:\"../kprobe/kprobe.c\"")


def unbuild(tree):
    for path in tree.glob("variants/*/*.o"):
        path.unlink()


def compile_object(path, text):
    subprocess.run(["gcc", "-x", "c", "-c", "-o", path, "-"], input=text, text=True, check=True)


def test_circle_in_a_built_variant(tree):
    unbuild(tree)
    compile_object(tree / "variants/kprobe/log.o",
                   "void *escape(void); void *log_(void) { return escape; }")
    compile_object(tree / "variants/kprobe/escape.o",
                   "void *log_(void); void *escape(void) { return log_; }")
    fault(tree, "\tvariants/handler/log.c uses variants/handler/escape.c: escape")


def test_handler_needs_a_variant(tree):
    """Of a variant the library may know procmon_variant alone."""
    unbuild(tree)
    compile_object(tree / "variants/kprobe/log.o",
                   "extern int procmon_variant, flavour_words;"
                   "int *a(void) { return &procmon_variant; } int *b(void) { return &flavour_words; }")
    compile_object(tree / "variants/kprobe/kprobe.o", "int procmon_variant, flavour_words;")
    fault(tree, "variants/handler/log.c uses variants/kprobe/kprobe.c, above it: flavour_words")


def test_folder_that_is_no_room(tree):
    (tree / "bench/loft").mkdir()
    plant(tree / "bench/loft/chest.c", "int chest;\n")
    done = rooms(tree)
    assert done.returncode == 1
    assert "bench/loft/ is no room of bench/Makefile, nor a variant" in done.stderr


def test_wrong_usage():
    done = subprocess.run([TOP / "scripts/rooms.sh", "bench"], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 1 and "see --help" in done.stderr
