# SPDX-License-Identifier: GPL-2.0-or-later
"""Who has no cluster key, but a place between two nodes, gets nothing of what they would say to each other."""


import pytest

from guests import build
from migration.hostile_peer import HostilePeer
from migration.node import OTHER_USER, PORT, SOON, Refused
from qemu.deadline import wait_until

STEPS = 3
LISTEN = f"""
import socket, sys
try:
    socket.create_server(("0.0.0.0", {PORT}))
except PermissionError:
    sys.exit(77)
"""
MAY_NOT = 77


@pytest.fixture(scope="module")
def program():
    """A guest."""
    return build.Program("cpu", "amd64").build()


def expect_refused(home, guest, node) -> None:
    """It stays at home and goes on to its end."""
    with pytest.raises(Refused, match="passes the connection on"):
        home.move(guest.pid, node)
    assert home.place_of(guest.pid) == home.number
    guest.wait_for_steps(STEPS)
    guest.expect_right()


def test_one_between_two_nodes_that_passes_the_handshake_on_is_not_believed(testbed, program):
    """By neither: what home says is not for the connection that the other node sees, nor the answer for home's."""
    home, away, between = (testbed.add_node() for _ in range(3))
    with HostilePeer(between, home, away, has_key=False).stand_between():
        home.start()
        away.start()
        expect_refused(home, home.guest(program).wait_until_ready(), away)
        wait_until(lambda: not away.supervisors(), SOON, "the other node has given up")
        assert not away.guests()
        away.wait_for_log("closed the connection instead of proving")


def test_one_on_a_member_that_has_no_omd_just_now_is_not_believed(three_nodes, program):
    """Root there, but not with the key: it answers in the place of omd, and passes all on to another member."""
    home, away, member = three_nodes
    member.stop_omd()
    with HostilePeer(member, home, away, has_key=False):
        expect_refused(home, home.guest(program).wait_until_ready(), member)
        assert not away.guests()
    member.start()
    guest = home.guest(program).wait_until_ready()
    home.move(guest.pid, member)
    guest.wait_for_steps(STEPS)
    guest.expect_right()


def test_a_user_of_a_member_cannot_have_the_port(two_nodes):
    """Also while omd does not have it."""
    node = two_nodes[0]
    node.stop_omd()
    assert node.run("/usr/bin/python3", "-c", LISTEN, user=OTHER_USER).returncode == MAY_NOT
    assert node.run("/usr/bin/python3", "-c", LISTEN).returncode == 0
