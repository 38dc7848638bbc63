# SPDX-License-Identifier: GPL-2.0-or-later
"""A process whose home has been up for longer, or shorter, than the other nodes sees its home's clocks everywhere."""

import pytest

from guests import build
from migration.mover import move_continuously

MOVES = 12
CLOCKS = ("clocks_monotone", "nanosleep_time", "alarm_timer", "posix_timer", "long_waits", "eventfd_timerfd_signalfd")


# Ahead only: the test machine itself may have been up for no longer than this test.
@pytest.mark.parametrize("abi", build.ABIS)
@pytest.mark.parametrize("name", CLOCKS)
def test_clocks_are_those_of_home(name, abi, testbed):
    nodes = testbed.start(3, ahead=5000)
    guest = nodes[0].guest(build.Program(name, abi).build()).wait_until_ready()
    moves = move_continuously(testbed, guest, nodes, MOVES, 60)
    assert moves == MOVES
    guest.wait_for_steps(5)
    guest.expect_right()
