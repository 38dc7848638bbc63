# SPDX-License-Identifier: GPL-2.0-or-later
"""The bed of the figures about moving: two nodes, each with a processor of its own, and the programs on them."""

import contextlib
import os
import select
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Bench
from cmake_build import build, run_checked
from migration.node import Node
from migration.testbed import Testbed

# A pass of random access over a slow link, or a gigabyte that is touched.
PATIENCE = 120.0
# omd, its supervisors, the deputy and the program while it is at home run on the first, all of the other node on the
# second. The peers are placed in the same way.
HOME_PROCESSOR, REMOTE_PROCESSOR = 0, 1
PORT = 7007
PROGRAMS = Path(__file__).resolve().parent / "programs"
TARGETS = ("omd", "omd-supervisor", "migrate", "mosctl", "mosrun", "mps")


@dataclass
class Times:
    """What a program has measured since its last report; seconds."""

    median: float
    least: float
    most: float
    count: int


def build_folder() -> Path:
    """Where omd is, built unless CLUSTERDISC_PROGRAMS names it, as in migration/conftest.py."""
    named = os.environ.get("CLUSTERDISC_PROGRAMS")
    if named:
        return Path(named)
    return build("release", *TARGETS)


def compiled(bench: Bench, name: str) -> Path:
    """One of the small programs in C."""
    program = bench.scratch / name
    run_checked("gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, PROGRAMS / f"{name}.c")
    return program


class Moved:
    """The program that is moved; a context manager that kills it."""

    def __init__(self, bench: Bench, home: Node, *arguments: str | int, processor: int = HOME_PROCESSOR) -> None:
        command = ["taskset", "-c", processor, compiled(bench, "moved"), *arguments]
        self._process = subprocess.Popen(home.command(*command), stdout=subprocess.PIPE, text=True, bufsize=1)

    def __enter__(self) -> "Moved":
        assert self.line() == "ready"
        return self

    def __exit__(self, *_) -> None:
        self._process.kill()
        self._process.communicate(timeout=PATIENCE)

    @property
    def pid(self) -> int:
        """At home."""
        return self._process.pid

    def line(self) -> str:
        """The next line that it prints."""
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        line = self._process.stdout.readline() if ready else ""
        assert line, f"the program prints nothing; its status: {self._process.poll()}"
        return line.strip()

    def times(self) -> Times:
        """The times that it reports next."""
        median, least, most, count = self.line().split()
        return Times(float(median), float(least), float(most), int(count))

    def report(self) -> Times:
        """Asks for the times since the last report."""
        os.kill(self.pid, signal.SIGUSR1)
        return self.times()


@contextlib.contextmanager
def two_nodes() -> Iterator[tuple[Node, Node]]:
    """Home and remote, on their processors."""
    with Testbed(build_folder()) as bed:
        nodes = bed.start(2)
        for node, processor in zip(nodes, (HOME_PROCESSOR, REMOTE_PROCESSOR), strict=True):
            run_checked("taskset", "--all-tasks", "--cpu-list", "--pid", processor, node.omd_pid)
        yield nodes[0], nodes[1]


def ask_peer(bench: Bench, asker: Node, server: Node, request: int, response: int, count: int) -> float:
    """Seconds of one of COUNT requests and responses over bare TCP, the median; sizes in bytes."""
    program = compiled(bench, "peer")
    home_first = asker.number < server.number
    asking, serving = (HOME_PROCESSOR, REMOTE_PROCESSOR) if home_first else (REMOTE_PROCESSOR, HOME_PROCESSOR)
    with subprocess.Popen(server.command("taskset", "-c", serving, program, "serve", PORT), stdout=subprocess.PIPE,
                          text=True) as serves:
        try:
            assert serves.stdout.readline() == "ready\n", "the bare peer does not start"
            result = asker.run("taskset", "-c", asking, program, "ask", server.address, PORT, request, response, count)
            assert result.returncode == 0, result.stderr
            return float(result.stdout)
        finally:
            serves.kill()


def body_of(remote: Node) -> int:
    """The pid of the one guest there."""
    bodies = [int(path.stem) for path in (remote.run_folder / "guests").glob("*.json")]
    assert len(bodies) == 1, f"guests of {remote.name}: {bodies}"
    return bodies[0]


def resident_bytes(pid: int) -> int:
    """What of a process is in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
