# SPDX-License-Identifier: GPL-2.0-or-later
"""A process whose home's clocks are others than those of the other nodes sees its home's clocks everywhere."""

import os
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest

from guests import build
from guests.running import PATIENCE
from migration.mover import SECONDS_PER_MOVE, move_continuously

MOVES = 12
CLOCKS = ("clocks_monotone", "clocks_and_signals", "nanosleep_time", "alarm_timer", "posix_timer", "long_waits", "eventfd_timerfd_signalfd")


# Ahead only: the test machine itself may have been up for no longer than this test.
@pytest.mark.parametrize("abi", build.ABIS)
@pytest.mark.parametrize("name", CLOCKS)
def test_clocks_are_those_of_home(name, abi, testbed):
    nodes = testbed.start(3, ahead=5000)
    guest = nodes[0].guest(build.Program(name, abi).build()).wait_until_ready()
    moves = move_continuously(testbed, guest, nodes, MOVES, MOVES * SECONDS_PER_MOVE)
    assert moves == MOVES
    guest.wait_for_steps(5)
    guest.expect_right()


FOLDER = Path(__file__).parent
WARNINGS = ("-O1", "-Wall", "-Wextra", "-Werror")
MICROSECONDS = 1_000_000
# Between two nodes, and from a tick of a coarse clock, or a second of time(2), to the next.
APART = 50_000
UNITS = (1, APART, 1, MICROSECONDS, 1)


def now():
    """The test machine's wall clock."""
    return time.time_ns() // 1000


class Asked:
    """The program wall_clock.c on a node; a context manager that kills it."""

    def __init__(self, node, program):
        self._process = subprocess.Popen(node.command(program), stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.communicate(timeout=PATIENCE)

    @property
    def pid(self):
        """At home."""
        return self._process.pid

    def ask(self, question):
        """The line that it says next is the answer."""
        self._process.stdin.write(f"{question}\n".encode())

    def line(self):
        """The next that it says."""
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        line = self._process.stdout.readline() if ready else b""
        assert line, f"it says nothing; its status: {self._process.poll()}"
        return line.decode().strip()

    def expect(self, ahead, begin):
        """Its answer shows a wall clock that is AHEAD, in seconds, of the test machine's; it was read after BEGIN."""
        shown = list(map(int, self.line().split()))
        end = now()
        for clock, unit in zip(shown, UNITS, strict=True):
            difference = ahead * MICROSECONDS
            assert begin - unit - APART <= clock - difference <= end + APART, (shown, begin, end)

    def ask_and_expect(self, ahead):
        """Asks now."""
        begin = now()
        self.ask("now")
        self.expect(ahead, begin)


@pytest.mark.parametrize("abi", build.ABIS)
def test_the_wall_clock_is_that_of_home_also_when_it_is_set(abi, testbed, tmp_path):
    """The process itself always has the test machine's while it is at home."""
    program, library, file = tmp_path / "program", tmp_path / "library.so", tmp_path / "ahead"
    subprocess.run(["gcc", *build.ABIS[abi], *WARNINGS, "-o", program, FOLDER / "wall_clock.c"], check=True)
    subprocess.run(["gcc", *WARNINGS, "-shared", "-fPIC", "-o", library, FOLDER / "other_wall_clock.c"], check=True)

    def set_clock(seconds):
        with file.open("r+b" if file.exists() else "wb") as opened:
            opened.write(seconds.to_bytes(8, "little", signed=True))

    set_clock(1000)
    nodes = [testbed.add_node(), testbed.add_node()]
    home, away = nodes
    for node in nodes:
        node.write_map(nodes)
    home.start(LD_PRELOAD=str(library), WALL_CLOCK_AHEAD=str(file))
    away.start()
    with Asked(home, program) as process:
        process.ask_and_expect(0)
        home.move(process.pid, away)
        process.ask_and_expect(1000)
        for seconds in (5000, -2000):
            process.ask("w")
            assert process.line() == "waits"
            begin = now()
            set_clock(seconds)
            process.expect(seconds, begin)
        home.move(process.pid, "home")
        process.ask_and_expect(0)
        testbed.moves += 2


@pytest.mark.parametrize("abi", build.ABIS)
def test_a_clock_is_right_whose_reading_a_handler_interrupts_that_leaves(abi, three_nodes, testbed, tmp_path):
    home, away, _ = three_nodes
    program = tmp_path / "program"
    subprocess.run(["gcc", *build.ABIS[abi], *WARNINGS, "-o", program, FOLDER / "interrupted_clocks.c"], check=True)
    interruptions = [0]
    with Asked(home, program) as process:
        while True:
            process.ask("next")
            said = process.line()
            if said == "end":
                break
            if said == "next clock":
                interruptions.append(0)
                continue
            assert said == "in"
            interruptions[-1] += 1
            home.move(process.pid, away)
            os.kill(process.pid, signal.SIGUSR2)
            assert process.line() == "out"
            home.move(process.pid, "home")
            testbed.moves += 2
    assert len(interruptions) == 2 and min(interruptions) > 5, "a clock is read by a system call"
