# SPDX-License-Identifier: GPL-2.0
"""bench/procmon on the live stream: in time, complete, and alone."""
import collections
import datetime
import json
import os
import pathlib
import re
import select
import signal
import subprocess
import time

import pytest

from conftest import BENCH, BY_NAME, CGROUP, KPROBES, LIMIT, STATS, Loaded, procmon_lines, run, stats

READER = BENCH / "procmon"
DEVICE = pathlib.Path("/dev/procmon")
DEBUGFS = pathlib.Path("/sys/kernel/debug")
CLOSED = re.compile(r"procmon: (\d+) exits: (\d+) delivered(?: \((\d+) (?:shown|saved)\))?, "
                    r"(\d+) dropped, (\d+) filtered by the module; (\d+) missed")


@pytest.fixture(params=["tracepoint", KPROBES[-2:][0]])
def hook(request):
    return BY_NAME[request.param]


class Reader:
    """A running reader that has the stream open; killed on leaving if it must be."""

    def __init__(self, *options, **kwargs):
        self.proc = subprocess.Popen([READER, *options], stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE, bufsize=0, **kwargs)
        self.rest = b""

    def __enter__(self):
        until = time.monotonic() + LIMIT
        while stats()["stream"] != "open":
            assert self.proc.poll() is None, self.proc.stderr.read()
            assert time.monotonic() < until, "it does not open the stream"
        return self

    def __exit__(self, *unused):
        if self.proc.poll() is None:
            self.proc.kill()
            self.proc.wait()
        self.proc.stdout.close()
        self.proc.stderr.close()

    def line(self):
        """The next line, and when it was there by the clock of the records."""
        while b"\n" not in self.rest:
            assert select.select([self.proc.stdout], [], [], LIMIT)[0], "no line comes"
            piece = self.proc.stdout.read(65536)
            assert piece, "it ended"
            self.rest += piece
        now = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode("ascii"), now

    def end(self, sig=signal.SIGINT):
        """End it in order; return its status, the lines left, its last line."""
        if sig:
            self.proc.send_signal(sig)
        out, err = self.proc.communicate(timeout=LIMIT)
        return (self.proc.returncode, (self.rest + out).decode("ascii").splitlines(),
                err.decode().splitlines()[-1])


def balance(line):
    """The numbers of the last line, which must add up."""
    match = CLOSED.fullmatch(line)
    assert match, line
    hits, delivered, shown, dropped, filtered, missed = (int(n or -1) for n in match.groups())
    assert hits == delivered + dropped + filtered
    assert missed == 0
    now = stats()
    assert (hits, delivered, dropped, filtered) == tuple(
        now[f"session_{name}"] for name in ("hits", "streamed", "dropped", "filtered"))
    return hits, delivered, shown, dropped, filtered


def exit_as(name, status=0):
    """A process of that name exits."""
    done = run("sh", "-c", f"printf {name} >/proc/$$/comm; exit {status}", check=False)
    assert done.returncode == status


def test_a_lone_exit_appears(hook):
    """Through a pipe, with nothing after it to push it out. When: see host/test_device.py."""
    with Loaded(hook, "log=off"), Reader("--json", "--comm", "lone") as reader:
        for _ in range(3):
            exit_as("lone", 3)
            line, now = reader.line()
            rec = json.loads(line)
            assert rec["exit_status"] == 3 and rec["comm"] == "lone"
            assert now > rec["time_ns"]
        status, rest, last = reader.end()
    assert status == 0 and rest == []
    assert CLOSED.fullmatch(last)


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_signal_gives_a_closed_balance(hook, sig):
    """What is in the buffers at that time is shown, too."""
    with Loaded(hook, "log=off"):
        with Reader("--json") as reader:
            run(BENCH / "storm", "--count", "500", "--comm", "stormy")
            status, lines, last = reader.end(sig)
        assert status == 0
        hits, delivered, shown, dropped, filtered = balance(last)
        assert (dropped, filtered, shown) == (0, 0, -1) and hits == delivered == len(lines)
        found = [json.loads(line) for line in lines]
    # the lines are sorted by time within what one read(2) brought, not beyond it
    stormy = sorted((r for r in found if r["comm"] == "stormy"), key=lambda r: r["time_ns"])
    assert [r["exit_status"] for r in stormy][:500] == [100 + i % 100 for i in range(500)]
    for cpu in {r["cpu"] for r in found}:
        assert [r["number"] for r in found if r["cpu"] == cpu] == \
            list(range(sum(r["cpu"] == cpu for r in found)))


def test_drops_are_told(hook):
    """A buffer that is too small: told while it runs and in the balance; no error."""
    with Loaded(hook, "log=off", "stream_size=2"):
        with Reader("--json", "--comm", "after") as reader:
            reader.proc.send_signal(signal.SIGSTOP)
            run(BENCH / "storm", "--count", "300", "--jobs", "2")
            reader.proc.send_signal(signal.SIGCONT)
            exit_as("after", 3)
            # the buffers have room again when this one is there
            until = time.monotonic() + LIMIT
            while not select.select([reader.proc.stdout], [], [], 0.1)[0]:
                assert time.monotonic() < until
                exit_as("after", 3)
            reader.proc.send_signal(signal.SIGINT)
            _, err = reader.proc.communicate(timeout=LIMIT)
        *notes, last = err.decode().splitlines()
        assert reader.proc.returncode == 0, last
        _, _, _, dropped, _ = balance(last)
        lost = [re.fullmatch(r"procmon: lost (\d+) exits on CPU \d+", n) for n in notes]
        assert lost and all(lost)
        # those that no later record of their CPU tells of are in the balance only
        assert 200 <= dropped >= sum(int(n[1]) for n in lost)


def test_filtered_by_the_module(hook):
    with Loaded(hook, "log=off", "failed=Y"):
        with Reader() as reader:
            exit_as("good")
            exit_as("bad", 3)
            status, lines, last = reader.end()
        assert status == 0
        _, _, _, _, filtered = balance(last)
        assert filtered >= 1
    assert any(re.search(r" bad .* exit 3$", line) for line in lines)
    assert not any(" good " in line for line in lines)


def test_summary_live(hook):
    with Loaded(hook, "log=off"):
        with Reader("--summary", "--comm", "stormy") as reader:
            run(BENCH / "storm", "--count", "200", "--comm", "stormy")
            status, lines, last = reader.end()
        assert status == 0
        balance(last)
    # the storm's own exit has the name as well
    assert [line.split()[:3] for line in lines] == [lines[0].split()[:3], ["stormy", "201", "200"]]


def test_count(hook):
    """It ends by itself; what else was in the buffers is counted, and not shown."""
    with Loaded(hook, "log=off"):
        with Reader("--json", "--count", "3") as reader:
            run(BENCH / "storm", "--count", "50")
            status, lines, last = reader.end(sig=None)
        assert status == 0 and len(lines) == 3
        _, delivered, shown, _, _ = balance(last)
        assert shown == (3 if delivered > 3 else -1)


def test_duration(hook):
    with Loaded(hook, "log=off"):
        before = time.monotonic()
        done = run(READER, "--duration", "0.5")
        assert time.monotonic() - before >= 0.5
        balance(done.stderr.splitlines()[-1])
        assert stats()["stream"] == "closed"


def test_one_reader_and_no_unload(hook):
    """While it reads, a second one is told who has it, and the module stays."""
    with Loaded(hook, "log=off"):
        with Reader() as reader:
            second = run(READER, check=False)
            assert second.returncode == 1 and second.stdout == ""
            assert second.stderr == (f"procmon: another reader has {DEVICE} open: "
                                     f"process {reader.proc.pid} procmon\n")
            assert "in use" in run("rmmod", "procmon", check=False).stderr
            assert reader.end()[0] == 0
        assert run(READER, "--duration", "0.01").returncode == 0


def test_killed(hook):
    """Nobody says stop: the module says how many records nobody read, and unloads."""
    with Loaded(hook, "log=off"):
        with Reader() as reader:
            reader.proc.send_signal(signal.SIGSTOP)
            run(BENCH / "storm", "--count", "100")
            reader.proc.kill()
            reader.proc.wait()
        now = stats()
        assert now["stream"] == "closed"
        assert now["session_unread"] == now["unread"] >= 100
        assert now["session_hits"] == now["session_streamed"] + now["session_dropped"]
    assert procmon_lines()[-1].endswith(f"unread {now['unread']}")


def test_saved(hook, tmp_path):
    """cat saves what the reader shows."""
    with Loaded(hook, "log=off"):
        with open(tmp_path / "dump", "wb") as dump, \
                subprocess.Popen(["cat", DEVICE], stdout=dump) as cat:
            while stats()["stream"] != "open":
                pass
            exit_as("bad", 3)
            until = time.monotonic() + LIMIT
            while b"bad\0" not in (tmp_path / "dump").read_bytes() or stats()["session_unread"]:
                assert time.monotonic() < until
            cat.terminate()
    done = run(READER, "--file", tmp_path / "dump", "--comm", "bad")
    _, _, row = done.stdout.splitlines()
    assert re.search(r" bad .* exit 3$", row)
    assert re.search(r"; 0 lost", done.stderr)


@pytest.mark.parametrize("to", ["file", "pipe"])
def test_spool(hook, tmp_path, to):
    """--raw saves every exit, with the time of day; --file shows it when it likes."""
    dump = tmp_path / "dump"
    with Loaded(hook, "log=off"):
        with Reader("--raw", dump if to == "file" else "-") as reader:
            before = time.time()
            run(BENCH / "storm", "--count", "500", "--comm", "stormy")
            after = time.time()
            reader.proc.send_signal(signal.SIGINT)
            out, err = reader.proc.communicate(timeout=LIMIT)
        assert reader.proc.returncode == 0, err
        hits, delivered, shown, dropped, filtered = balance(err.decode().splitlines()[-1])
        assert (dropped, filtered, shown) == (0, 0, -1)
    if to == "pipe":
        dump.write_bytes(out)
    else:
        assert out == b"" and dump.stat().st_mode & 0o777 == 0o600
    done = run(READER, "--file", dump, "--json")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == hits == delivered
    assert f"procmon: {hits} exits read, of " in done.stderr
    stormy = [r for r in found if r["comm"] == "stormy"]
    assert [r["exit_status"] for r in stormy][:500] == [100 + i % 100 for i in range(500)]
    for r in stormy:
        told = datetime.datetime.fromisoformat(r["time"][:26] + "+00:00").timestamp()
        assert before - 0.001 < told < after + 0.001
        assert 0 <= r["age_ns"] < 60e9
    done = run(READER, "--file", dump, "--summary", "--failed", "--comm", "stormy")
    assert done.stdout.splitlines()[1].split()[:3] == ["stormy", "500", "500"]


def test_spool_on_a_full_disk(hook, tmp_path):
    """It says so and ends; whole records are in the file, and the sum closes."""
    run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", tmp_path)
    try:
        with Loaded(hook, "log=off"):
            with Reader("--raw", tmp_path / "dump") as reader:
                run(BENCH / "storm", "--count", "1000")
                status, _, last = reader.end(sig=None)
            assert status == 1
            hits, delivered, saved, dropped, _ = balance(last)
            # all are saved if it was the last clock record that found no room
            saved = delivered if saved == -1 else saved
            assert hits == delivered >= saved > 0 and dropped == 0
        # the slower the guest, the more of it are clock records
        size = (tmp_path / "dump").stat().st_size
        assert size % 128 == 0 and size > 60 * 1024
        done = run(READER, "--file", tmp_path / "dump", "--json")
        assert len(done.stdout.splitlines()) == saved
    finally:
        run("umount", tmp_path)


def test_the_reader_of_its_output_goes_away(hook):
    """procmon | head: the stream is closed at once, without a further exit, and all is told."""
    with Loaded(hook, "log=off"):
        with Reader() as reader:
            reader.line()
            reader.proc.stdout.close()
            assert reader.proc.wait(timeout=LIMIT) == -signal.SIGPIPE
            [line] = reader.proc.stderr.read().decode().splitlines()
            balance(line)
        assert stats()["stream"] == "closed"


def test_example(hook):
    """A reader of forty lines gets what ours gets."""
    with Loaded(hook, "log=off"):
        with subprocess.Popen([BENCH / "example"], stdout=subprocess.PIPE, text=True) as example:
            # An exit before it has opened the device is none of its.
            while stats()["stream"] != "open":
                time.sleep(0.01)
            before = time.time()
            exit_as("bad", 3)
            line = example.stdout.readline()
            while " status 3 " not in line:
                assert line
                line = example.stdout.readline()
            when = float(line.split()[0])
            assert before - 0.001 < when < time.time() + 0.001
            assert 0 <= int(re.search(r" age_us (-?\d+), dropped 0 on CPU ", line)[1]) < 60e6
            example.terminate()


def test_errors():
    """Each reason why there is no stream has its own words."""
    assert not STATS.exists()
    nobody = ["setpriv", "--reuid", "65534", "--clear-groups"]
    done = run(READER, check=False)
    assert done.returncode == 1 and "no procmon module is loaded" in done.stderr
    with Loaded(BY_NAME["tracepoint"], "log=off"):
        done = run(*nobody, READER, check=False)
        assert done.returncode == 1 and "takes root" in done.stderr


def test_without_debugfs():
    """The module's counters cannot be read: the balance is of what the records tell."""
    with Loaded(BY_NAME["tracepoint"], "log=off"):
        # in a mount namespace of its own, for the others need it
        done = run("unshare", "-m", "sh", "-c",
                   f"umount -R {DEBUGFS} && {READER} --count 1 & "
                   "while kill -0 $! 2>/dev/null; do sleep 0.1; done; wait $!")
        assert re.fullmatch(r"procmon: [1-9]\d* exits read; 0 dropped before the last of each CPU; "
                            rf"no more is known, for {DEBUGFS}/procmon/stats cannot be read: "
                            "No such file or directory", done.stderr.splitlines()[-1])
        with Reader():
            done = run("unshare", "-m", "sh", "-c", f"umount -R {DEBUGFS} && {READER}", check=False)
            assert done.returncode == 1
            assert done.stderr == (f"procmon: another reader has {DEVICE} open; "
                                   f"fuser {DEVICE} tells which\n")


ID = "0123456789abcdef" * 4
# A path below the root of the hierarchy: the short name, and whether it is a container's.
CGROUPS = {
    f"/system.slice/docker-{ID}.scope": ("docker:0123456789ab", True),
    f"/machine.slice/libpod-{ID}.scope/container": ("podman:0123456789ab", True),
    f"/kubepods.slice/kubepods-pod1.slice/cri-containerd-{ID}.scope": ("containerd:0123456789ab", True),
    f"/docker/{ID}": ("docker:0123456789ab", True),
    f"/kubepods/pod2/{ID}": ("container:0123456789ab", True),
    f"/system.slice/docker-{ID}.scope/docker/{ID[::-1]}": ("container:fedcba987654", True),
    "/lxc.payload.web/init.scope": ("lxc:web", True),
    "/machine.slice/machine-deb.scope": ("machine:deb", True),
    "/system.slice/ssh.service": ("ssh.service", False),
    f"/system.slice/docker-{ID[1:]}.scope": (f"docker-{ID[1:]}"[:23] + "+", False),
    "/user.slice/user-7.slice/user@7.service/app.slice/a.scope": ("user@7/a.scope", False),
    "/odd/a b\x9b\"\\]": ('a b' r'\xc2\x9b' '"' r'\\' r'\x5d', False),
    # no UTF-8: as Python has the bytes of a file's name
    "/odd/\udcff": (r'\xff', False),
    "/long" + "/" + "/".join(c * 255 for c in "abcdefg"): ("g" * 23 + "+", False),
}


def exit_in(path, status, keep):
    """A process exits in a cgroup, which is made for it and, without @keep, gone behind it."""
    group = CGROUP / path[1:]
    made = [d for d in [group, *group.parents] if not d.exists()]
    group.mkdir(parents=True, exist_ok=True)
    run("sh", "-c", f"echo $$ >'{group}/cgroup.procs' && exit {status}", check=False)
    inode = group.stat().st_ino
    for directory in [] if keep else made:
        directory.rmdir()
    return inode, made


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_cgroups(before):
    """A cgroup has its name, whether the reader or the container was there first."""
    made, inodes = [], {}
    with Loaded(BY_NAME["tracepoint"], "log=off"):
        if before:
            for path in CGROUPS:
                made += exit_in(path, 0, True)[1]
        with Reader("--json", "--failed") as reader:
            for path in CGROUPS:
                inodes[path], _ = exit_in(path, 3, before)
            _, lines, last = reader.end()
            balance(last)
    for directory in sorted(made, reverse=True):
        directory.rmdir()
    found = {r["cgroup_id"]: r for r in map(json.loads, lines)}
    for path, inode in inodes.items():
        name, is_container = CGROUPS[path]
        is_text = "\udcff" not in path
        text = path if is_text else os.fsencode(path).decode("latin-1")
        assert found[inode]["cgroup"] == text
        assert found[inode].get("cgroup_bytes") == (None if is_text else 1)
        assert found[inode]["container"] == (name if is_container else None)


def test_cgroup_column_and_choice():
    """In a wide table, in the summary, and to choose by: path, what is below it, short name."""
    for pattern, wanted in [("/system.slice", 4), ("/system.slice/docker-*", 3), ("docker:*", 2),
                            ("/user.slice/*/user@7.service", 1), ("/nowhere", 0)]:
        with Loaded(BY_NAME["tracepoint"], "log=off"):
            with Reader("--failed", "--cgroup", pattern,
                        env={**os.environ, "COLUMNS": "132"}) as reader:
                for path in CGROUPS:
                    exit_in(path, 3, False)
                _, lines, last = reader.end()
        head, *rows = [line for line in lines if not re.fullmatch(r"\d{4}-\d\d-\d\d", line)]
        at = head.index("CGROUP")
        names = {name for name, _ in CGROUPS.values()}
        assert len(rows) == wanted and all(row[at:at + 24].rstrip() in names for row in rows)
        assert all(row[at + 25:] == "exit 3" for row in rows)
    with Loaded(BY_NAME["tracepoint"], "log=off"):
        with Reader("--summary", "--by", "cgroup", "--failed") as reader:
            for path in CGROUPS:
                exit_in(path, 3, False)
            _, lines, _ = reader.end()
    names = sorted(name for name, _ in CGROUPS.values())
    assert sorted(line[:24].rstrip() for line in lines[1:]) == names


def test_metrics(tmp_path):
    """Counters by container, for Prometheus."""
    file = tmp_path / "procmon.prom"
    with Loaded(BY_NAME["tracepoint"], "log=off"):
        with Reader("--summary", "--failed", "--metrics", file) as reader:
            for path in CGROUPS:
                exit_in(path, 3, False)
            reader.end()
    expected = collections.Counter(name if is_container else ""
                                   for name, is_container in CGROUPS.values())
    assert dict(re.findall(r'^procmon_failed_total\{container="(.*)"\} (\d+)$',
                           file.read_text(), re.M)) == {
        name: str(n) for name, n in expected.items()}
