# SPDX-License-Identifier: GPL-2.0-or-later
"""A run directory without room costs nobody a process: what is written there only informs."""

import contextlib
import itertools
import os
import signal
import threading

import pytest

from guests import build
from migration.node import SOON, Node, Refused
from migration.testbed import Testbed
from qemu.deadline import wait_until

ROUNDS = 6
NOT_SHOWN = "mps does not show"


def fill(node: Node) -> None:
    """Leaves not one free byte in the run directory of NODE."""
    with (node.run_folder / "ballast").open("ab", buffering=0) as ballast, contextlib.suppress(OSError):
        while True:
            ballast.write(bytes(4096))


def empty(node: Node) -> None:
    """Undoes fill()."""
    (node.run_folder / "ballast").unlink(missing_ok=True)


@pytest.fixture
def nodes(testbed: Testbed) -> list[Node]:
    """Home and another node, with little room for what they write."""
    found = [testbed.add_node(run_size="512k") for _ in range(2)]
    for node in found:
        node.write_map(found)
    for node in found:
        node.start()
    return found


@pytest.fixture
def guest(nodes):
    """One that runs at home."""
    return nodes[0].guest(build.Program("cpu", "amd64").build()).wait_until_ready()


def test_it_is_full_before_a_process_moves(nodes, guest, testbed):
    home, away = nodes
    fill(home)
    fill(away)
    for place in (away, "home", away, "home"):
        home.move(guest.pid, place)
        testbed.moves += 1
        guest.wait_for_steps(3)
    home.wait_for_log(NOT_SHOWN)
    assert home.log_text().count(NOT_SHOWN) <= 2, "not once for each supervisor"
    guest.expect_right()


def test_it_becomes_full_while_a_process_is_away(nodes, guest, testbed):
    home, away = nodes
    home.move(guest.pid, away)
    fill(home)
    fill(away)
    guest.wait_for_steps(3)
    home.move(guest.pid, "home")
    testbed.moves += 2
    guest.wait_for_steps(3)
    wait_until(lambda: home.process_state(guest.pid) is None, SOON, "its state has gone with its supervisor")
    empty(home)
    empty(away)
    # What could not be written is written when there is room again.
    home.move(guest.pid, away)
    home.wait_for_place(guest.pid, away)
    guest.expect_right()


def test_it_is_full_when_a_process_executes_a_program(nodes, testbed):
    home, away = nodes
    guest = home.guest(build.Program("execve_self", "amd64").build()).wait_until_ready()
    home.move(guest.pid, away)
    testbed.moves += 1
    fill(home)
    fill(away)
    guest.wait_for_steps(10)
    guest.expect_right()


def test_it_becomes_full_at_any_moment_of_a_move(nodes, guest, testbed):
    home, away = nodes
    is_over = threading.Event()

    def disturb() -> None:
        while not is_over.wait(0.003):
            fill(home)
            fill(away)
            is_over.wait(0.003)
            empty(home)
            empty(away)

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        for place in itertools.islice(itertools.cycle([away, "home"]), 2 * ROUNDS):
            home.move(guest.pid, place)
            testbed.moves += 1
            guest.wait_for_steps(1)
    finally:
        is_over.set()
        thread.join()
    guest.expect_right()


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_process_that_ended_with_its_supervisor_is_not_at_home(number, two_nodes, testbed):
    home, away = two_nodes
    guest = home.guest(build.Program("cpu", "amd64").build()).wait_until_ready()
    home.move(guest.pid, away)
    testbed.moves += 1
    home.wait_for_place(guest.pid, away)
    guest.wait_for_steps(number)
    os.kill(home.supervisor_of(guest.pid), signal.SIGKILL)
    # Its parent has not waited for it yet.
    with pytest.raises(Refused, match="it has ended|without an answer"):
        home.move(guest.pid, "home")
    assert guest.wait_for_end() == -signal.SIGKILL
