# SPDX-License-Identifier: GPL-2.0
"""procmon report --html: the page, as a browser has it.

What is in it is reckoned here, from the exits that went in.
"""
import base64
import collections
import json
import os
import re
import struct
import subprocess
import zlib

import pytest

from test_reader import SECOND, Dump, extended, lines, reader

NAMES = [b"<script>document.title=1</script>", b"a & b", b"\xff<b>", b"plain", b"&lt;\"'"]


class Browser:
    """Chromium, spoken to by its DevTools protocol over a pair of pipes."""

    def __init__(self, profile):
        theirs, self.to = os.pipe()
        self.back, ours = os.pipe()
        self.proc = subprocess.Popen(
            ["bash", "-c", f'exec chromium "$@" 3<&{theirs} 4>&{ours}', "bash", "--headless",
             "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             f"--user-data-dir={profile}", "--remote-debugging-pipe"],
            pass_fds=(theirs, ours), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs)
        os.close(ours)
        self.rest = b""
        self.last = 0
        self.events = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable", self.session)

    def message(self):
        while b"\0" not in self.rest:
            data = os.read(self.back, 1 << 20)
            assert data, "the browser has gone"
            self.rest += data
        one, _, self.rest = self.rest.partition(b"\0")
        return json.loads(one)

    def call(self, method, session=None, **params):
        self.last += 1
        request = {"id": self.last, "method": method, "params": params}
        if session:
            request["sessionId"] = session
        os.write(self.to, json.dumps(request).encode() + b"\0")
        while True:
            got = self.message()
            if got.get("id") == self.last:
                assert "error" not in got, got
                return got["result"]
            self.events.append(got)

    def open(self, path, width):
        """Show a file; return every address that was asked for."""
        self.events = []
        self.call("Emulation.setDeviceMetricsOverride", self.session, width=width, height=900,
                  deviceScaleFactor=1, mobile=False)
        self.call("Page.navigate", self.session, url=path.as_uri())
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            self.events.append(self.message())
        return {e["params"]["request"]["url"] for e in self.events
                if e.get("method") == "Network.requestWillBeSent"}

    def evaluate(self, expression):
        got = self.call("Runtime.evaluate", self.session, expression=expression, returnByValue=True)
        assert "exceptionDetails" not in got, got
        return got["result"].get("value")

    def screenshot(self):
        """The whole page as a PNG."""
        got = self.call("Page.captureScreenshot", self.session, captureBeyondViewport=True)
        return base64.b64decode(got["data"])

    def close(self):
        self.proc.kill()
        self.proc.wait()
        os.close(self.to)
        os.close(self.back)


@pytest.fixture(scope="module", name="browser")
def started_browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


def colours(png):
    """{(red, green, blue): pixels} of a PNG without interlacing, 8 bits a channel."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, data = 8, b""
    while at < len(png):
        size, kind = struct.unpack_from(">I4s", png, at)
        chunk = png[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunk)
            assert depth == 8 and colour in (2, 6) and not interlaced
        if kind == b"IDAT":
            data += chunk
        at += size + 12
    data = zlib.decompress(data)
    bpp = 3 if colour == 2 else 4
    stride = width * bpp
    above, found = bytearray(stride), collections.Counter()
    for row in range(height):
        start = row * (stride + 1)
        kind, line = data[start], bytearray(data[start + 1:start + 1 + stride])
        for i in range(stride):
            left = line[i - bpp] if i >= bpp else 0
            corner = above[i - bpp] if i >= bpp else 0
            if kind == 1:
                add = left
            elif kind == 2:
                add = above[i]
            elif kind == 3:
                add = (left + above[i]) // 2
            elif kind == 4:
                p = left + above[i] - corner
                add = min((abs(p - left), 0, left), (abs(p - above[i]), 1, above[i]),
                          (abs(p - corner), 2, corner))[2]
            else:
                add = 0
            line[i] = (line[i] + add) & 255
        found.update(zip(line[0::bpp], line[1::bpp], line[2::bpp]))
        above = line
    return found


def page(tmp_path, dump, *options):
    """Make the page of a dump; its path, and what was said of the sum."""
    path = tmp_path / "page.html"
    done = reader("report", "--html", path, *options, data=dump.data)
    assert not lines(done)
    return path, done.stderr.decode().splitlines()[-1].removeprefix("procmon: ")


TABLES = """[...document.querySelectorAll("table")].map(t => [...t.rows].map(
    r => [...r.cells].map(c => c.innerText)))"""
BARS = """[...document.querySelectorAll("svg title")].map(t => t.textContent)"""
WIDTHS = "[document.documentElement.scrollWidth, innerWidth]"


def escaped(name):
    """As the module's log has it; of these names only one byte is not printable."""
    return name.decode("latin-1").replace("\xff", "\\xff")


def test_page(browser, tmp_path):
    """Each number and each name of the page, the hostile ones as text."""
    dump, exits = Dump(), []
    for i in range(500):
        status = [0, 0, 0x300, 11, 0][i % 5]
        exits.append((NAMES[i % 3], status, i * 1_000_000, (i * 7919) % 500 * SECOND))
        dump.add(cpu=i % 3, time_ns=1000 * SECOND + i * 100_000_000, tgid=i + 1, comm=b"thread",
                 wait_status=status, runtime_ns=exits[-1][2], age_ns=exits[-1][3],
                 tail=extended(program=exits[-1][0], origin=int(i == 3)))
    path, account = page(tmp_path, dump, "--utc")
    assert browser.open(path, 1000) == {path.as_uri()}
    assert not [e for e in browser.events if e.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown")]
    assert browser.evaluate("document.scripts.length") == 0
    assert browser.evaluate("document.title") == "procmon: 500 exits"
    tiles = browser.evaluate("[...document.querySelectorAll('.tiles div')].map(d => d.innerText)")
    assert [t.replace("\n", " ") for t in tiles] == \
        ["500 exits", "200 failed", "100 by a signal", "1 out of memory", "0 lost"]
    programs, containers, failed, slowest, heaviest = browser.evaluate(TABLES)

    expected = collections.defaultdict(lambda: [0, 0, 0])
    for name, status, cpu, _ in exits:
        for i, n in enumerate((1, bool(status), cpu)):
            expected[escaped(name)][i] += n
    assert {row[0]: row[1:] for row in programs[1:]} == \
        {name: [str(n), str(bad), f"{cpu // 1_000_000 / 1000:.3f}"]
         for name, (n, bad, cpu) in expected.items()}
    assert [int(row[2]) for row in programs[1:]] == sorted((e[1] for e in expected.values()), reverse=True)
    assert containers[1:] == [["-", "500", "200", "124.750"]]
    last = [i for i in range(499, -1, -1) if exits[i][1]][:50]
    assert [row[1] for row in failed[1:]] == [str(i + 1) for i in last]
    assert [row[7] for row in failed[1:]] == ["exit 3" if exits[i][1] == 0x300 else "SIGSEGV" for i in last]
    first = sorted(range(500), key=lambda i: -exits[i][3])[:10]
    assert [(row[1], row[5]) for row in slowest[1:]] == [(str(i + 1), f"{exits[i][3] // SECOND}.000") for i in first]
    assert [(row[1], row[6]) for row in heaviest[1:]] == [(str(i + 1), f"{i / 1000:.3f}") for i in range(499, 489, -1)]
    assert browser.evaluate("document.body.lastElementChild.innerText") == account


@pytest.mark.parametrize("gap_ns", [0, 1000, 1_000_000, SECOND, 3600 * SECOND])
def test_course(browser, tmp_path, gap_ns):
    """The bars have all exits, each where it belongs, over an instant or over weeks."""
    dump = Dump()
    for i in range(400):
        dump.add(time_ns=100 * SECOND + i * gap_ns, wait_status=9 * (i >= 300))
    path, _ = page(tmp_path, dump)
    browser.open(path, 1000)
    bars = [re.fullmatch(r".* \+ (\S+) s: (\d+) exits, (\d+) failed", b).groups()
            for b in browser.evaluate(BARS)]
    begin = [float(b[0]) for b in bars]
    width = begin[1] if len(bars) > 1 else 1
    assert len(bars) <= 120 and (len(bars) > 60 or gap_ns < SECOND)
    expected = collections.Counter(int(i * gap_ns / 1e9 / width + 1e-6) for i in range(400))
    assert [int(b[1]) for b in bars] == [expected[i] for i in range(len(bars))]
    assert sum(int(b[2]) for b in bars) == 100


@pytest.mark.parametrize("width", [400, 1000])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_look(browser, tmp_path, width, scheme):
    """It fits a narrow window and a wide one, and the diagram can be seen in each scheme."""
    dump = Dump()
    for i in range(300):
        dump.add(time_ns=100 * SECOND + i * SECOND, wait_status=11 * (i % 3 == 0),
                 tail=extended(program=b"w" * 111))
    path, _ = page(tmp_path, dump)
    browser.call("Emulation.setEmulatedMedia", browser.session,
                 features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.open(path, width)
    needed, there = browser.evaluate(WIDTHS)
    assert needed <= there
    png = browser.screenshot()
    (tmp_path / "page.png").write_bytes(png)
    seen = colours(png)
    bar, bad, back = {"light": ((0x7f, 0x9d, 0xb9), (0xc6, 0x2f, 0x2f), (255, 255, 255)),
                      "dark": ((0x5f, 0x7f, 0x9d), (0xf0, 0x70, 0x6a), (0x16, 0x19, 0x1c))}[scheme]
    assert seen[bar] > 5 * width and seen[bad] > 2 * width
    assert seen.most_common(1)[0][0] == back


def test_nothing_to_show(browser, tmp_path):
    path, account = page(tmp_path, Dump())
    browser.open(path, 1000)
    assert browser.evaluate(TABLES) == []
    assert browser.evaluate("document.body.lastElementChild.innerText") == account


def test_losses(browser, tmp_path):
    """What was lost is on the page, and a sum that does not close."""
    dump = Dump().add().drop(0, 7).add()
    path, _ = page(tmp_path, dump)
    browser.open(path, 1000)
    assert browser.evaluate("document.querySelector('.tiles').lastElementChild.innerText").split() == ["7", "lost"]

    done = reader("report", "--html", path, data=Dump().add(number=5).data)
    assert done.returncode == 1
    browser.open(path, 1000)
    assert "The sum does not close" in browser.evaluate("document.body.lastElementChild.innerText")


def test_many_names(browser, tmp_path):
    """The first twenty have a line, and all others one together."""
    dump = Dump()
    for i in range(50):
        for _ in range(50 - i):
            dump.add(comm=b"name-%d" % i)
    path, _ = page(tmp_path, dump)
    browser.open(path, 1000)
    programs = browser.evaluate(TABLES)[0]
    assert [row[0] for row in programs[1:]] == [f"name-{i}" for i in range(20)] + ["[others]"]
    assert sum(int(row[1]) for row in programs[1:]) == 50 * 51 // 2


@pytest.mark.parametrize("options", [("--json",), ("--summary",), ("--format", "pid"), ("--output", "x"),
                                     ("--raw", "x")])
def test_one_thing_at_a_time(options, tmp_path):
    done = reader("--html", tmp_path / "page.html", *options, data=Dump().add().data)
    assert done.returncode == 2 and not (tmp_path / "page.html").exists()


def test_whole_or_not_at_all(tmp_path):
    """A page that cannot be written leaves the old one; another word is no command."""
    done = reader("report", "--html", tmp_path / "no/page.html", data=Dump().add().data)
    assert done.returncode == 1 and b"No such file" in done.stderr
    assert reader("reports", "--html", tmp_path / "page", data=b"").returncode == 2
    assert reader("report", data=b"").returncode == 2
