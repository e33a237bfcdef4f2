# SPDX-License-Identifier: GPL-2.0
"""scripts/vm.sh with a kernel of another architecture, and modules built for it."""
import shutil
import subprocess

from vm import TOP, vm

ARM64 = ("--kernel", "6.12-arm64", "--pack", TOP / "README.md")


def test_status_and_output():
    done = vm("sh", "-c", "uname -m; nproc; ls; echo to-stderr >&2; exit 7",
              options=(*ARM64, "--cpus", "2"))
    assert done.returncode == 7, done.stderr
    assert done.stdout == "aarch64\n2\nREADME.md\n"
    assert "to-stderr" in done.stderr


def test_kernel_complaint_is_no_success():
    done = vm("sh", "-c", "echo '<4>WARNING: CPU: 0 PID: 1 at test' >/dev/kmsg", options=ARM64)
    assert done.returncode == 122
    assert "WARNING: CPU: 0" in done.stderr


def test_exact_is_the_same_each_time():
    """The kernel's clock is the CPU's counter, and that counts instructions."""
    clock = "/sys/devices/system/clocksource/clocksource0/current_clocksource"
    runs = [vm("sh", "-c", f"cat {clock} /proc/uptime", options=("--exact", *ARM64)).stdout
            for _ in range(2)]
    assert runs[0].startswith("arch_sys_counter\n") and runs[0] == runs[1]


def test_files():
    """It has a Debian of its own, and of the host the checkout, to write in, too."""
    made = TOP / "build" / "made-by-arm64"
    made.parent.mkdir(exist_ok=True)
    program = ("import os, platform, sys; print(platform.machine(), os.getcwd()); "
               f"open('{made}', 'w').write(platform.machine())")
    done = vm("python3", "-c", program, options=("--arch", "arm64"))
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"aarch64 {TOP}\n"
    assert made.read_text() == "aarch64"
    made.unlink()


def test_not_elsewhere(tmp_path):
    done = vm("true", options=("--arch", "arm64"), cwd=tmp_path)
    assert done.returncode == 125 and f"those of {TOP}" in done.stderr
    done = vm("true", options=("--kernel", "6.12-arm64", "--arch", "amd64"))
    assert done.returncode == 125 and "which of them?" in done.stderr
    done = vm("true", options=("--arch", "riscv"))
    assert done.returncode == 125 and "there are amd64 and arm64" in done.stderr


def test_module(tmp_path):
    """Cross-built, loaded, and every exit in the log with its code; brk is what it has."""
    for name in ("handler", "kprobe"):
        shutil.copytree(TOP / "variants" / name, tmp_path / name, ignore=shutil.ignore_patterns(
            "*.o", "*.ko", "*.mod*", ".*", "modules.order", "Module.symvers"))
    subprocess.run([TOP / "scripts/setup.sh", "--for", "cross"], check=True)
    subprocess.run([TOP / "scripts/kbuild.sh", "--kernel", "6.12-arm64", "-s",
                    "CONFIG_DEBUG_INFO_BTF_MODULES=", f"M={tmp_path}/kprobe", "modules"],
                   check=True)
    done = vm("sh", "-c", "insmod procmon.ko flavour=int3; insmod procmon.ko && sh -c 'exit 3'; "
              "rmmod procmon; dmesg", options=("--kernel", "6.12-arm64",
                                               "--pack", tmp_path / "kprobe/procmon.ko"))
    assert done.returncode == 0, done.stderr
    assert "flavour=int3 is not possible: use brk" in done.stdout
    assert "watching exits: kprobe (brk) on do_exit, unit task" in done.stdout
    assert "name [sh]" in done.stdout and "exit_code [3]" in done.stdout
