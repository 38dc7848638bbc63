# SPDX-License-Identifier: GPL-2.0-or-later
"""Work spreads over the nodes by itself. Each node is a control group with its own share of the processors."""

import contextlib
import pwd
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from guests.running import PATIENCE
from migration import node_group
from migration.node_group import NodeGroup
from qemu.deadline import wait_until

SPREAD = 90
USER = pwd.getpwnam("nobody")

pytestmark = pytest.mark.skipif(node_group.hierarchy() is None, reason="there are no control groups for processors")


class Room:
    """Nodes with balancing, and jobs on them."""

    def __init__(self, testbed, stack, tmp_path):
        self.testbed = testbed
        self._stack = stack
        self._program = tmp_path / "spin"
        (tmp_path / "spin.c").write_text("int main(void) { for (volatile unsigned long i = 0;; ++i) { } }\n")
        subprocess.run(["gcc", "-O1", "-static", "-o", self._program, tmp_path / "spin.c"], check=True)
        self.groups = {}
        self._jobs = []

    def add_node(self, hundredths=20, **settings):
        """Starts a node with so much of a processor; everybody's map has it then."""
        node = self.testbed.add_node()
        group = self._stack.enter_context(NodeGroup(node.name, hundredths))
        self.groups[node.number] = group
        # A measurement of speed in a group with so little of a processor would take long, and all are equally fast.
        (node.run_folder / "speed").write_text("10000\n")
        node.configure(balance=True, node_group=str(group.folder), **settings)
        for each in self.testbed.nodes:
            each.write_map(self.testbed.nodes)
        node.start(group.enter)
        return node

    def start_job(self, node, user=USER):
        """A program on NODE that computes for ever; its pid."""
        group = self.groups[node.number]
        folder = node.make_folder(f"job{len(self._jobs)}", user)
        (node.outside(folder) / "spin").write_bytes(self._program.read_bytes())
        (node.outside(folder) / "spin").chmod(0o755)
        command = node.command(folder / "spin", user=user)
        job = subprocess.Popen(command, preexec_fn=group.enter, stdin=subprocess.DEVNULL)
        self._stack.callback(job.communicate, timeout=PATIENCE)
        self._stack.callback(job.kill)
        self._jobs.append(job)
        return job.pid

    def places(self, home, pids):
        """How many of the processes of HOME each node has."""
        return Counter(home.place_of(pid) for pid in pids)


@pytest.fixture
def room(testbed, tmp_path_factory):
    with contextlib.ExitStack() as stack:
        yield Room(testbed, stack, tmp_path_factory.mktemp("room"))


def why(node, pid=None):
    request = {"request": "why"} | ({"pid": pid} if pid else {})
    return node.request(request)["text"]


def test_equal_jobs_spread_evenly_over_equal_nodes(room):
    home, *others = (room.add_node() for _ in range(3))
    pids = [room.start_job(home) for _ in range(6)]
    even = {node.number: 2 for node in (home, *others)}
    try:
        wait_until(lambda: room.places(home, pids) == even, SPREAD, "each node has two of the six jobs")
    finally:
        print(room.places(home, pids), why(home), *(why(home, pid) for pid in pids), sep="\n")
    away = next(pid for pid in pids if home.place_of(pid) != home.number)
    assert f"node {home.place_of(away)}" in why(home, away)


def test_what_may_not_move_stays(room):
    home = room.add_node(balance_never_commands=["spin"])
    room.add_node()
    pids = [room.start_job(home) for _ in range(3)]
    wait_until(lambda: all("it is excluded" in why(home, pid) for pid in pids), SPREAD, "it says why it stays")
    assert room.places(home, pids) == {home.number: 3}


def test_processes_of_root_stay(room):
    home = room.add_node()
    room.add_node()
    pids = [room.start_job(home, user=None) for _ in range(3)]
    wait_until(lambda: all("it belongs to root" in why(home, pid) for pid in pids), SPREAD, "it says why it stays")
    assert room.places(home, pids) == {home.number: 3}
