# SPDX-License-Identifier: GPL-2.0-or-later
"""Every guest is right when it is moved once at a random moment, and when it is moved round and round without a pause."""

import os
import random
import time

import pytest

from guests import build
from guests.running import PATIENCE, NotHere
from migration.mover import SECONDS_PER_MOVE, move_continuously
from qemu.deadline import wait_until

PROGRAMS = pytest.mark.parametrize("program", build.programs(), ids=str)
# For each guest: 5,000 in all, and 100,000 where `make soak` sets twenty times as many.
MOVES = int(os.environ.get("CLUSTERDISC_MOVES", "28"))
# What a guest must still get done after a move.
STEPS = 5
LATEST_MOMENT = 0.1


@pytest.fixture
def guest(program, testbed):
    """A guest that is ready, at home on the first of three nodes."""
    nodes = testbed.start(3)
    guest = nodes[0].guest(program.build())
    try:
        return guest.wait_until_ready()
    except NotHere as reason:
        pytest.skip(str(reason))


@PROGRAMS
def test_is_right_when_it_is_moved_once(program, testbed, guest):
    home, away, _ = testbed.nodes
    moment = random.uniform(0, LATEST_MOMENT)
    print(f"moved after {moment:.4f} s")
    guest.wait_for_steps(1)
    time.sleep(moment)
    result = home.migrate(guest.pid, away)
    assert result.returncode == 0, result.stdout + result.stderr
    testbed.moves += 1
    guest.wait_for_steps(STEPS)
    guest.expect_right()


@PROGRAMS
def test_is_right_when_it_is_moved_continuously(program, testbed, guest):
    moves = move_continuously(testbed, guest, testbed.nodes, MOVES, MOVES * SECONDS_PER_MOVE)
    assert moves == MOVES, f"only {moves} moves of {MOVES} in {MOVES * SECONDS_PER_MOVE:.0f} s"
    guest.wait_for_steps(STEPS)
    guest.expect_right()


@pytest.mark.parametrize("abi", build.ABIS)
def test_many_guests_are_away_at_the_same_time(abi, three_nodes, testbed):
    home, second, third = three_nodes
    names = ("cpu", "files", "pipe_child", "signals_handler", "heap_mmap", "alarm_timer", "socket_tcp_self", "fork_wait")
    guests = [home.guest(build.Program(name, abi).build()).wait_until_ready() for name in names]
    for turn in range(3):
        for number, guest in enumerate(guests):
            home.move(guest.pid, (second, third)[(number + turn) % 2])
            testbed.moves += 1
        for guest in guests:
            guest.wait_for_steps(STEPS)
    # Those that fork are at home again and again, for that call.
    wait_until(lambda: len(second.guests()) + len(third.guests()) == len(guests), PATIENCE, "all are away")
    for guest in guests:
        guest.expect_right()
