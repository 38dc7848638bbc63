# SPDX-License-Identifier: GPL-2.0-or-later
"""Moves between two virtual PCs of the real disc, over om0: a program that reads its memory, as in slow_links.

The peer is openMosix's method over the same link: the program stands still until all of its memory has been sent.
"""

import contextlib
import json
import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.figures import MIB, Bench
from bench.migration import median, spread
from bench.moved_program import PORT, PROGRAMS
from cmake_build import run_checked
from qemu.deadline import wait_until

# A processor that most rooms' PCs are newer than.
PROCESSOR = "pentium3"
MEMORY_MIB = 384
MEBIBYTES = (16, 64)
ORDERS = {"none": "n", "random": "r", "sequential": "s"}
SECONDS_UNDISTURBED = 5.0
PATIENCE = 600.0
PAUSE_BAR = 0.4
PROGRAM = "./moved"
PEER = "./peer"


class VirtualPcs:
    """A virtual cluster of two; a context manager."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._command = bench.repository / "virtual/clusterdisc-vm"
        # The names of sockets are short.
        self._directory = tempfile.TemporaryDirectory(prefix="cdvm-", dir="/tmp")
        self._environment = os.environ | {"XDG_RUNTIME_DIR": self._directory.name}

    def __enter__(self) -> "VirtualPcs":
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._directory)
            self._ask("up", "2", "--cpu", PROCESSOR, "--memory", str(MEMORY_MIB), "--iso", str(self._bench.iso))
            stack.callback(self._ask, "down")
            for number in (1, 2):
                for name, path in (("moved", PROGRAM), ("peer", PEER)):
                    self.run(number, f"cat >{path} && chmod 755 {path}", self._compiled(name).read_bytes())
            self._cleanup = stack.pop_all()
        return self

    def __exit__(self, *_) -> None:
        self._cleanup.close()

    def _compiled(self, name: str) -> Path:
        program = self._bench.scratch / f"{name}-i386"
        run_checked("gcc", "-m32", "-march=i486", "-static", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program,
                    PROGRAMS / f"{name}.c")
        return program

    def _ask(self, *words: str, content: bytes = b"") -> str:
        done = subprocess.run([self._command, *words], env=self._environment, input=content, capture_output=True,
                              timeout=PATIENCE, check=False)
        assert done.returncode == 0, f"clusterdisc-vm {' '.join(words)}: {done.stderr.decode(errors='replace')}"
        return done.stdout.decode()

    def run(self, number: int, command: str, content: bytes = b"") -> str:
        """What COMMAND says on that PC."""
        return self._ask("ssh", str(number), command, content=content)

    def id(self, number: int) -> int:
        """The node id of that PC."""
        return json.loads(self.run(number, "cat /run/openmosix/nodes.json"))["self"]["id"]

    def address(self, number: int) -> str:
        """Its address in om0."""
        return re.search(r"inet6? ([0-9a-f:.]+)/", self.run(number, "ip -oneline address show dev om0"))[1]


@dataclass
class Way:
    """One direction of a move; seconds, but for `speed`: the share of its speed that the program kept."""

    pause: float
    lost: float
    speed: float
    freeze: float = 0


class Touching:
    """The program on the first PC."""

    def __init__(self, pcs: VirtualPcs, mebibytes: int, order: str) -> None:
        self._pcs = pcs
        self._reports = 0
        command = f"{PROGRAM} touch {mebibytes} {ORDERS[order]}"
        self.pid = int(pcs.run(1, f": >reports; {command} >reports 2>&1 </dev/null & echo $!"))
        wait_until(lambda: "ready" in pcs.run(1, "cat reports"), PATIENCE, "the program is ready", pause=0.5)
        self.report()

    def report(self) -> tuple[float, int, float]:
        """The longest pause and the blocks since the last report, and when it was asked for."""
        self._reports += 1
        asked = time.monotonic()
        self._pcs.run(1, f"kill -USR1 {self.pid}")
        lines = wait_until(lambda: found if len(found := self._pcs.run(1, "cat reports").splitlines()) > self._reports
                           else None, PATIENCE, "the program reports", pause=0.5)
        *_, most, count = lines[-1].split()
        return float(most), int(count), asked

    def state(self) -> dict | None:
        """What mps says of it; None when it is at home for good."""
        return next((each for each in json.loads(self._pcs.run(1, "mps --json"))["processes"] if each["pid"] == self.pid),
                    None)

    def measure(self, target: str, rate: float, arrived) -> Way:
        """Moves it, and waits until all of it has ARRIVED. RATE: its blocks per second when it is left alone."""
        _, _, began = self.report()
        self._pcs.run(1, f"migrate {self.pid} {target}")
        wait_until(arrived, PATIENCE, f"all of its memory is there ({target})", pause=0.5)
        freeze = (self.state() or {}).get("freeze_nanoseconds", 0) / 1e9
        pause, blocks, ended = self.report()
        elapsed = ended - began
        return Way(pause, max(0.0, elapsed - blocks / rate), min(1.0, blocks / rate / elapsed), freeze)

    def end(self) -> None:
        """Kills it."""
        self._pcs.run(1, f"kill -KILL {self.pid}")


def there_and_back(pcs: VirtualPcs, mebibytes: int, order: str) -> tuple[Way, Way]:
    """Away and home."""
    program = Touching(pcs, mebibytes, order)
    _, _, began = program.report()
    time.sleep(SECONDS_UNDISTURBED)
    _, blocks, ended = program.report()
    rate = blocks / (ended - began)
    out = program.measure(str(pcs.id(2)), rate, lambda: (program.state() or {}).get("transfer_nanoseconds"))
    back = program.measure("home", rate, lambda: program.state() is None)
    program.end()
    return out, back


def bare_seconds(pcs: VirtualPcs, mebibytes: int) -> float:
    """What sending as many bytes over om0 takes."""
    pcs.run(2, f"setsid {PEER} serve {PORT} >/dev/null 2>&1 </dev/null & sleep 1")
    try:
        return float(pcs.run(1, f"{PEER} ask {pcs.address(2)} {PORT} {mebibytes * MIB} 1 1"))
    finally:
        pcs.run(2, "pkill peer")


def migration_virtual(bench: Bench) -> Iterator[dict]:
    """Moves between two virtual PCs of the real disc: pause, work lost, freeze, and the speed of one without memory."""
    with VirtualPcs(bench) as pcs:
        for mebibytes in MEBIBYTES:
            peer = statistics.median(bare_seconds(pcs, mebibytes) for _ in range(bench.runs))
            for order in ORDERS:
                runs = [there_and_back(pcs, mebibytes, order) for _ in range(bench.runs)]
                for index, direction in enumerate(("out", "home")):
                    ways = [run[index] for run in runs]
                    yield {"figure": f"virtual-{order}-{mebibytes}-{direction}", "unit": "s of the longest pause",
                           "value": median([way.pause for way in ways]), "bar": PAUSE_BAR,
                           **spread([way.pause for way in ways]), "seconds_lost": median([way.lost for way in ways]),
                           "share_of_speed": median([way.speed for way in ways]),
                           "freeze_ms": median([way.freeze * 1000 for way in ways], 1), "peer_seconds": round(peer, 3)}


ALL = {"migration-virtual": migration_virtual}
