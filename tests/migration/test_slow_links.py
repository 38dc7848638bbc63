# SPDX-License-Identifier: GPL-2.0-or-later
"""Moves over links on which memory takes seconds, as rooms have them: what is sent, and what happens meanwhile."""

import resource
import subprocess
import threading

import pytest

from guests import build
from guests.running import PATIENCE, RunningGuest
from migration.mover import move_continuously
from migration.node import Node, Refused
from migration.testbed import Testbed
from procfs import stat_field
from qemu.deadline import wait_until

SLOW, FAST = 10, 100
MOVES = 4
# For 64 MiB at 10 Mbit/s, which takes almost a minute.
LONG = 240.0
STEPS = 3
MIB = 1 << 20
READER = """
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static unsigned copies;
static uint64_t value(uint64_t number) { return (number >> copies) * 0x9e3779b97f4a7c15u; }
/* Its memory is written once, no two pages alike, and read over and over. With "copies" each value is there 16 times in a
   row, so that the memory can be compressed. */
int main(int count, char** arguments) {
    const size_t words = (strtoul(arguments[1], NULL, 10) << 20) / sizeof(uint64_t);
    const int writes = count > 2 && !strcmp(arguments[2], "writes");
    copies = count > 2 && !strcmp(arguments[2], "copies") ? 4 : 0;
    uint64_t* memory = malloc(words * sizeof *memory);
    for (size_t i = 0; i < words; ++i) memory[i] = value(i);
    puts("ready");
    fflush(stdout);
    for (uint64_t round = 0;; ++round) {
        for (size_t i = 0; i < words; ++i) {
            if (memory[i] != value(i + (writes ? round : 0))) {
                printf("WRONG: word %zu in round %llu\\n", i, (unsigned long long)round);
                return 1;
            }
            if (writes) memory[i] = value(i + round + 1);
        }
        printf("%llu\\n", (unsigned long long)round);
        fflush(stdout);
    }
}
"""


@pytest.fixture(name="reader", scope="session", params=build.ABIS)
def compiled_reader(request, tmp_path_factory):
    """The program, of either ABI."""
    program = tmp_path_factory.mktemp("reader") / "reader"
    subprocess.run(["gcc", *build.ABIS[request.param], "-O1", "-xc", "-", "-o", program], input=READER, text=True, check=True)
    return program


class Reading:
    """A run of the program; a context manager that kills it."""

    def __init__(self, home: Node, program, mebibytes: int, manner: str = "") -> None:
        folder = home.make_folder("reader")
        self._output = home.outside(folder) / "output"
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(home.command(program, mebibytes, *([manner] if manner else [])),
                                             stdin=subprocess.DEVNULL, stdout=output)

    def __enter__(self) -> "Reading":
        wait_until(lambda: "ready" in self._output.read_text(), PATIENCE, "it has its memory")
        return self

    def __exit__(self, *_) -> None:
        self._process.kill()
        self._process.wait(timeout=PATIENCE)

    @property
    def pid(self) -> int:
        """At home."""
        return self._process.pid

    def rounds(self) -> int:
        """How many times it has been through its memory."""
        return self._output.read_text().count("\n")

    def expect_progress(self) -> None:
        """It goes through all of its memory twice more, and finds it right."""
        before = self.rounds()
        wait_until(lambda: self.rounds() > before + 2 or self._process.poll() is not None, LONG, "it reads all of its memory")
        assert self._process.poll() is None and "WRONG" not in self._output.read_text(), self._output.read_text()[-200:]


def slow_nodes(testbed: Testbed, megabits: int, count: int = 2) -> list[Node]:
    """Nodes whose cards are no faster than that."""
    nodes = testbed.start(count)
    for node in nodes:
        node.shape(megabits)
    return nodes


@pytest.mark.parametrize("abi", build.ABIS)
@pytest.mark.parametrize("name", ["cpu", "own_writes", "random_access", "sparse_memory"])
def test_a_guest_is_right_when_it_moves_over_a_slow_link(testbed, name, abi):
    nodes = slow_nodes(testbed, SLOW, 3)
    guest: RunningGuest = nodes[0].guest(build.Program(name, abi).build()).wait_until_ready()
    assert move_continuously(testbed, guest, nodes, MOVES, LONG) == MOVES
    guest.wait_for_steps(STEPS, LONG)
    guest.expect_right(LONG)


def test_memory_that_is_only_read_comes_home_for_little(testbed, reader):
    home, away = slow_nodes(testbed, FAST)
    with Reading(home, reader, 16) as program:
        before = home.bytes_sent()
        home.move(program.pid, away)
        wait_until(lambda: (home.process_state(program.pid) or {}).get("transfer_bytes"), LONG, "all of it is there")
        out = home.bytes_sent() - before
        assert 16 * MIB < out < 1.3 * 16 * MIB
        program.expect_progress()
        before = away.bytes_sent()
        home.move(program.pid, "home")
        home.wait_for_place(program.pid, home, LONG)
        assert away.bytes_sent() - before < 0.03 * out
        program.expect_progress()
        testbed.moves += 2


def test_memory_that_can_be_compressed_crosses_a_slow_link_in_fewer_bytes(testbed, reader):
    home, away = slow_nodes(testbed, SLOW)
    with Reading(home, reader, 16, "copies") as program:
        before = home.bytes_sent()
        home.move(program.pid, away)
        wait_until(lambda: (home.process_state(program.pid) or {}).get("transfer_bytes"), LONG, "all of it is there")
        assert home.bytes_sent() - before < 16 * MIB / 4
        # What it costs to move is told of the memory, not of the bytes on the link.
        assert (home.process_state(program.pid) or {})["transfer_bytes"] > 16 * MIB
        program.expect_progress()
        home.move(program.pid, "home")
        home.wait_for_place(program.pid, home, LONG)
        program.expect_progress()
        testbed.moves += 2


def test_memory_that_changes_faster_than_the_link_carries_it_is_right(testbed, reader):
    home, away = slow_nodes(testbed, FAST)
    with Reading(home, reader, 16, "writes") as program:
        # Field 24 of proc(5): in pages, with what of the C library it uses.
        memory = int(stat_field(program.pid, 24)) * resource.getpagesize()
        for _ in range(2):
            before = home.bytes_sent()
            home.move(program.pid, away)
            wait_until(lambda: (home.process_state(program.pid) or {}).get("transfer_bytes"), LONG, "all of it is there")
            # A part of it has gone ahead in vain.
            assert home.bytes_sent() - before < 1.3 * memory
            program.expect_progress()
            home.move(program.pid, "home")
            home.wait_for_place(program.pid, home, LONG)
            program.expect_progress()
            testbed.moves += 2


class Asking(threading.Thread):
    """A move that is asked for in the background."""

    def __init__(self, home: Node, pid: int, to: Node | str) -> None:
        super().__init__()
        self._move = lambda: home.move(pid, to)
        self.refusal = ""
        self.start()

    def run(self) -> None:
        """Asks."""
        try:
            self._move()
        except Refused as reason:
            self.refusal = str(reason)


def wait_until_copying(home: Node, pid: int) -> None:
    """Until mps says how much of the process's memory has been copied."""
    wait_until(lambda: any("% of its memory copied" in state["reason"] for state in home.mps()["processes"]
                           if state["pid"] == pid), PATIENCE, "mps shows how much has been copied")


def test_a_request_to_come_home_does_not_wait_for_the_copying(testbed, reader):
    home, away = slow_nodes(testbed, SLOW)
    with Reading(home, reader, 64) as program:
        asking = Asking(home, program.pid, away)
        wait_until_copying(home, program.pid)
        home.move(program.pid, "home")
        asking.join(PATIENCE)
        home.wait_for_place(program.pid, home)
        assert home.bytes_sent() < 32 * MIB, "all of it has been copied"
        program.expect_progress()
        wait_until(lambda: not home.supervisors() and not away.supervisors(), PATIENCE, "nothing of the move is left")


def test_a_request_for_another_node_does_not_wait_for_the_copying(testbed, reader):
    home, away, other = slow_nodes(testbed, FAST, 3)
    with Reading(home, reader, 64) as program:
        asking = Asking(home, program.pid, away)
        wait_until_copying(home, program.pid)
        home.move(program.pid, other)
        asking.join(PATIENCE)
        home.wait_for_place(program.pid, other)
        program.expect_progress()


@pytest.mark.parametrize("what", ["link", "omd-supervisor", "process"])
def test_what_fails_while_memory_is_copied_leaves_the_process_at_home(testbed, reader, what):
    home, away = slow_nodes(testbed, SLOW)
    with Reading(home, reader, 64) as program:
        asking = Asking(home, program.pid, away)
        wait_until_copying(home, program.pid)
        if what == "link":
            testbed.part(home, away)
        elif what == "omd-supervisor":
            for pid in away.supervisors():
                away.run("kill", "-KILL", pid)
        else:
            home.run("kill", "-KILL", program.pid)
        asking.join(LONG)
        assert asking.refusal
        wait_until(lambda: not home.supervisors() and not away.guests(), LONG, "nothing of the move is left")
        if what != "process":
            program.expect_progress()
