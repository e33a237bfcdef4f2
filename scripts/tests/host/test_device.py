# SPDX-License-Identifier: GPL-2.0
"""The stream where no guest of the other tests may go: asleep, and locked down.

Each in a guest of its own, which has nothing but the module, the reader and busybox.
"""
import base64
import datetime
import json
import re
import struct

import pytest

from vm import KERNEL, TOP, vm

PACKED = [f"build/test/{KERNEL}/tracepoint/procmon.ko", "bench/build/procmon"]

# What a shell says of an exit: CLOCK_BOOTTIME and the time of day, in seconds, before it
# and after it: on a busy host there is much time between them.
LOAD = r"""
now() { read -r up idle </proc/uptime; echo "$1 $up $(date +%s)"; }
leave() { now "$1"; sh -c "exit $1"; now "$1"; }
insmod procmon.ko log=off
"""
OPEN = r"""
./procmon --raw stream & reader=$!
until grep -q '^stream open' /sys/kernel/debug/procmon/stats; do sleep 0.1; done
sleep 1000 & old=$!
leave 41
"""
CLOSE = r"""
leave 42
start=$(cut -d' ' -f22 /proc/$old/stat)
now 15
kill $old; wait $old
now 15
kill -INT $reader; wait $reader
echo "reader $?"
echo "old $start"
./procmon --file stream --json
echo "raw $(base64 stream | tr -d '\n')"
"""


def seconds(text):
    """ISO 8601, with more digits than python takes, as seconds since 1970."""
    moment = datetime.datetime.fromisoformat(text[:19] + "+00:00")
    return moment.timestamp() + float("0" + text[19:].rstrip("Z"))


def check(script, codes):
    """Each exit is shown once, when it was, by both clocks; and the age of an old task.

    Return what was printed.
    """
    options = [option for path in PACKED for option in ("--pack", path)]
    done = vm("sh", "-c", script, options=options)
    printed = done.stdout
    assert done.returncode == 0, done.stderr
    assert "reader 0\n" in printed, printed + done.stderr
    truth = {}
    for code, up, day in re.findall(r"^(\d+) (\S+) (\d+)$", printed, re.M):
        truth.setdefault(int(code), []).append((float(up), int(day)))
    seen = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    for code in codes:
        (up, day), (later, day_later) = truth[code]
        [rec] = [rec for rec in seen if (rec["comm"], rec["exit_status"]) == ("sh", code)]
        # uptime has hundredths, and the date whole seconds
        assert up - 0.02 < rec["time_ns"] / 1e9 < later + 0.02
        assert day - 0.02 < seconds(rec["time"]) < day_later + 1.02
    [old] = [rec for rec in seen if rec["comm"] == "sleep" and rec["signal"] == 15]
    start = int(re.search(r"^old (\d+)$", printed, re.M)[1]) / 100
    assert abs(old["start_ns"] / 1e9 - start) < 0.02
    (up, _), (later, _) = truth[15]
    assert up - start - 0.04 < old["age_ns"] / 1e9 < later - start + 0.04
    return printed


def clocks(printed):
    """The clocks that began, in their order: whether the records had the kernel's time."""
    raw = base64.b64decode(re.search(r"^raw (.*)$", printed, re.M)[1])
    begun = {}
    for at in range(0, len(raw), 128):
        info, number = struct.unpack_from("<4xI24xH", raw, at)  # struct procmon_clock
        if info & 8:  # PROCMON_INFO_CLOCK
            begun.setdefault(number, bool(info & 16))  # PROCMON_INFO_NS
    assert list(begun) == list(range(len(begun)))
    return list(begun.values())


@pytest.mark.parametrize("times", [1, 3])
def test_sleep(times):
    """The clock goes on while the machine sleeps: in its times and in its ages."""
    printed = check(LOAD + OPEN + rf"""
echo core >/sys/power/pm_test
for n in $(seq {times}); do
	before=$(cut -d' ' -f1 /proc/uptime)
	echo mem >/sys/power/state || echo "no sleep"
	echo "slept $before $(cut -d' ' -f1 /proc/uptime)"
	leave $((100 + n))
done
""" + CLOSE, [41, *range(101, 101 + times), 42])
    assert "no sleep" not in printed
    sleeps = re.findall(r"^slept (\S+) (\S+)$", printed, re.M)
    # pm_test takes five seconds, in which the clock stands still and is put on after
    assert len(sleeps) == times
    assert all(float(after) - float(before) >= 4 for before, after in sleeps)
    assert clocks(printed) == [False] + times * [True, False]


def test_lockdown():
    """With integrity, as under Secure Boot, the device is opened and read."""
    printed = check(LOAD + r"""
mount -t securityfs securityfs /sys/kernel/security
echo integrity >/sys/kernel/security/lockdown
cat /sys/kernel/security/lockdown
""" + OPEN + r"""
for n in $(seq 20); do sh -c 'exit 99'; done
""" + CLOSE + r"""
# no new module may come: it does lock something down
rmmod procmon
insmod procmon.ko && echo loaded
true
""", [41, 42])
    assert "none [integrity] confidentiality\n" in printed
    assert printed.count('"exit_status":99,') == 20
    assert clocks(printed) == [False]
    assert "loaded\n" not in printed


LONE = r"""
insmod procmon.ko log=off
mkfifo pipe
./procmon --json --comm lone >pipe & reader=$!
exec 3<pipe
until grep -q '^stream open' /sys/kernel/debug/procmon/stats; do sleep 0.1; done
for nap in 060 067 074 081 088 095 102 109 116; do
	sh -c 'printf lone >/proc/$$/comm; exit 3'
	read -r line <&3
	read -r up idle </proc/uptime
	echo "$up $line"
	sleep 0.$nap
done
kill -INT $reader; wait $reader
echo "reader $?"
"""


def test_a_lone_exit_appears_in_time():
    """Within 100 ms of the exit, through a pipe, with nothing after it to push it out.

    In a guest whose clock counts instructions (a thousand million are a second), so that
    it does not matter what else the host has to do.
    """
    options = ["--exact", *(option for path in PACKED for option in ("--pack", path))]
    done = vm("sh", "-c", LONE, options=options)
    assert done.returncode == 0 and "reader 0\n" in done.stdout, done.stdout + done.stderr
    seen = [line.split(" ", 1) for line in done.stdout.splitlines() if line.endswith("}")]
    assert len(seen) == 9
    for up, text in seen:
        rec = json.loads(text)
        assert (rec["comm"], rec["exit_status"]) == ("lone", 3)
        # uptime has hundredths
        assert -0.01 < float(up) - rec["time_ns"] / 1e9 < 0.105
