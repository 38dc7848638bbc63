# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that are up to no good, or that may do little: neither gets more than it may have, and both can be moved."""

import pytest

from guests import build
from migration.mover import SECONDS_PER_MOVE, move_continuously
from migration.node import OTHER_USER, SOON
from qemu.deadline import wait_until

STEPS = 5
MOVES = 20
SECONDS = MOVES * SECONDS_PER_MOVE


@pytest.mark.parametrize("abi", build.ABIS)
def test_what_overwrites_the_agents_area_is_moved_like_any_other(abi, three_nodes, testbed):
    """Its calls for the supervisor are those of the supervisor's list, whatever the program has written there."""
    home, away, _ = three_nodes
    guest = home.guest(build.Program("agent_area", abi).build()).wait_until_ready()
    home.move(guest.pid, away)
    testbed.moves += 1
    guest.wait_for_steps(STEPS)
    assert move_continuously(testbed, guest, three_nodes, MOVES, SECONDS) == MOVES
    guest.wait_for_steps(STEPS)
    guest.expect_right()


@pytest.mark.parametrize("abi", build.ABIS)
def test_a_process_with_the_rights_of_a_user_is_lent_what_it_needs(abi, two_nodes, testbed):
    """Userfaultfd is for root alone on most machines: its supervisor lends it to such a process, which then comes home."""
    home, away = two_nodes
    guest = home.guest(build.Program("heap_mmap", abi).build(), user=OTHER_USER).wait_until_ready()
    assert move_continuously(testbed, guest, two_nodes, MOVES, SECONDS) == MOVES
    guest.wait_for_steps(STEPS)
    guest.expect_right()
    wait_until(lambda: home.process_state(guest.pid) is None, SOON, "home has forgotten where it was")
    wait_until(lambda: not away.supervisors(), SOON, "the other node has forgotten it")
