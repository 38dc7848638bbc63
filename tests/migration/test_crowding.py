# SPDX-License-Identifier: GPL-2.0-or-later
"""No user of a member, and no single member, keeps a node from taking others' guests."""

import contextlib
import subprocess
import time

import pytest

from guests import build
from migration.node import OTHER_USER, PORT, SOON
from qemu.deadline import wait_until

STEPS = 3
# More than are let in (openmosix/omd/peer_listener.cc, daemon.cc).
CONNECTIONS = 80
ATTEMPTS = 200
# Connects as often as it can, says one thing each time, and keeps the last ones open.
CROWD = """
import os, socket, sys
address, port, text, attempts, kept = sys.argv[1], int(sys.argv[2]), sys.argv[3].encode(), *map(int, sys.argv[4:])
root = os.geteuid() == 0
held = []
tries = 0
while True:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    connection.settimeout(5)
    try:
        if root:
            connection.bind(("", 665 + tries % 100))
        connection.connect((address, port))
        connection.sendall(text)
        held.append(connection)
    except OSError:
        connection.close()
    tries += 1
    if len(held) > kept:
        held.pop(0).close()
    if tries == attempts:
        print("ready", flush=True)
"""


@pytest.fixture(scope="module")
def program():
    """A guest."""
    return build.Program("cpu", "amd64").build()


@contextlib.contextmanager
def crowd(node, target, text: str, kept: int, user=None):
    """Somebody on NODE who crowds TARGET."""
    command = node.command("/usr/bin/python3", "-c", CROWD, target.address, PORT, text, ATTEMPTS, kept, user=user)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            yield
        finally:
            process.kill()


@pytest.mark.parametrize("text", ["", "M"], ids=["silent", "guests"])
def test_a_user_of_a_member_gets_no_place(three_nodes, program, text):
    """What he sends is not even read."""
    home, away, member = three_nodes
    with crowd(member, away, text, CONNECTIONS, OTHER_USER):
        for _ in range(3):
            guest = home.guest(program).wait_until_ready()
            home.move(guest.pid, away)
            guest.wait_for_steps(STEPS)
            guest.expect_right()
        assert member.address not in away.log_text() and f"node {member.number}" not in away.log_text()


@pytest.mark.parametrize("text", ["", "M"], ids=["silent", "guests"])
def test_a_member_does_not_take_the_places_of_others(three_nodes, program, text):
    """Root there, who may connect, and says nothing or has no key."""
    home, away, member = three_nodes
    with crowd(member, away, text, CONNECTIONS):
        for _ in range(3):
            guest = home.guest(program).wait_until_ready()
            home.move(guest.pid, away)
            guest.wait_for_steps(STEPS)
            guest.expect_right()


def test_failed_handshakes_do_not_flood_the_log(two_nodes):
    """There is one line a minute, with their number."""
    node, member = two_nodes
    began = time.monotonic()
    lines = len(node.log_text().splitlines())
    with crowd(member, node, "Mwhat is no greeting, but as long as one would have to be", 1):
        wait_until(lambda: len(node.log_text().splitlines()) > lines, SOON, "the log says what is refused")
    wait_until(lambda: not node.supervisors(), SOON, "all have been refused")
    minutes = int((time.monotonic() - began) / 60) + 1
    assert len(node.log_text().splitlines()) <= lines + minutes, node.log_text()
