# SPDX-License-Identifier: GPL-2.0-or-later
"""Three PCs with the disc on one wire without a DHCP server, one of them a 486: switched on, they are one cluster."""

import contextlib
import json
import secrets

import pytest

from boot.capture import Capture
from qemu import Guest, Nic, Segment
from qemu.deadline import wait_until

pytestmark = pytest.mark.xdist_group("virtual cluster")

MARKER = b"clusterdisc-mark"
WIREGUARD_PORT = 5429
AGENT_PORT = 5428


class Node:
    """A booted PC and what it says of the cluster."""

    def __init__(self, guest: Guest) -> None:
        self.guest = guest

    def cluster(self) -> dict | None:
        """nodes.json; None as long as there is none."""
        answer = self.guest.run("cat /run/openmosix/nodes.json", check=False)
        return json.loads(answer.output) if answer.exit_code == 0 else None

    def id(self) -> int | None:
        """Its node id, once it is its own."""
        cluster = self.cluster()
        return cluster["self"]["id"] if cluster and cluster["self"]["stage"] == "member" else None

    def map(self) -> list[int]:
        """The node ids in its node map."""
        lines = self.guest.run("cat /run/openmosix/map", check=False).output.splitlines()
        return [int(line.split()[0]) for line in lines if line[:1].isdigit()]

    def wait_for_map(self, ids: list[int], seconds: float = 60) -> None:
        """Waits until exactly IDS are in its node map."""
        wait_until(lambda: self.map() == sorted(ids), self.guest.seconds(seconds),
                   f"{self.guest.folder.name} has the nodes {sorted(ids)} in its map", pause=0.5)


def boot(disc, segment, folder, parameters="", **options) -> Guest:
    """Switches a PC on and waits for its boot menu only: what comes after it goes on by itself."""
    guest = Guest(disc.machine(nics=[Nic(segment)], **options), folder)
    guest.start()
    disc.wait_for_menu(guest)
    disc.choose(guest, parameters=parameters)
    return guest


@pytest.fixture(scope="module")
def wire():
    with Segment() as segment:
        yield segment


@pytest.fixture(scope="module")
def nodes(disc, wire, tmp_path_factory):
    """The three, logged in."""
    kinds = {"a-486": {"cpu": "486", "memory_mib": 256}, "second": {"memory_mib": 256}, "third": {"memory_mib": 256}}
    with contextlib.ExitStack() as stack:
        guests = []
        for name, options in kinds.items():
            guest = boot(disc, wire, tmp_path_factory.mktemp("cluster") / name, **options)
            stack.callback(guest.stop)
            guests.append(guest)
        for guest in guests:
            disc.log_in(guest, seconds=240)
        yield [Node(guest) for guest in guests]


@pytest.fixture(scope="module")
def ids(nodes):
    """Their node ids, once all have one and agree."""
    found = [wait_until(node.id, node.guest.seconds(60), f"{node.guest.folder.name} has a node id", pause=0.5)
             for node in nodes]
    for node in nodes:
        node.wait_for_map(found)
    return found


def test_three_pcs_are_one_cluster(ids):
    assert len(set(ids)) == 3


def test_each_node_is_reached_by_its_name(nodes, ids):
    for node in nodes:
        for other in ids:
            node.guest.run(f"ping -c 1 -w 60 node{other}", seconds=30)


def test_wireguard_has_shaken_hands_with_everybody(nodes, ids):
    for node in nodes:
        def handshakes(guest=node.guest):
            lines = guest.run("sudo wg show om0 latest-handshakes").output.splitlines()
            return len(lines) == len(ids) - 1 and all(int(line.split()[1]) > 0 for line in lines)
        wait_until(handshakes, node.guest.seconds(30), "a handshake with every other node", pause=0.5)


def test_nothing_between_nodes_passes_in_the_clear(nodes, ids, wire):
    first, second = nodes[1], nodes[2]
    pattern = MARKER.hex()
    with Capture(wire) as capture:
        first.guest.run(f"ping -c 3 -w 60 -p {pattern} node{ids[2]}", seconds=30)
        wait_until(lambda: capture.has_udp(WIREGUARD_PORT), 10, "WireGuard's datagrams on the wire")
        wait_until(lambda: capture.has_udp(AGENT_PORT), first.guest.seconds(20), "the agents' datagrams on the wire")
        assert not capture.has(MARKER)
        for node in nodes:
            assert not capture.has(node.cluster()["self"]["identity"].encode())
        # Outside of the cluster's interface the same is seen: the capture would have noticed.
        link = first.guest.run("ip -oneline -6 address show scope link | awk '$2 ~ /^e/ { print $2; exit }'").output.strip()
        address = second.guest.run(
            "ip -oneline -6 address show scope link | awk '$2 ~ /^e/ { sub(\"/.*\", \"\", $4); print $4; exit }'").output.strip()
        first.guest.run(f"ping -c 1 -w 60 -p {pattern} {address}%{link}", seconds=30)
        wait_until(lambda: capture.has(MARKER), 10, "the mark in the clear")


def test_people_see_the_members(nodes, ids):
    table = nodes[0].guest.run("omnodes").output
    assert all(str(node) in table for node in ids)
    assert f"{ids[0]:#06x}" in nodes[0].guest.run("showmap").output
    status = json.loads(nodes[0].guest.run("clusterdisc-status --json").output)
    assert status["node"]["id"] == ids[0]


def test_a_pc_with_another_key_stays_outside(disc, nodes, ids, wire, tmp_path):
    guest = boot(disc, wire, tmp_path / "stranger", parameters=f"clusterkey={secrets.token_hex(32)}", memory_mib=256)
    try:
        disc.log_in(guest, seconds=240)
        stranger = Node(guest)
        own = wait_until(stranger.id, guest.seconds(60), "the stranger has a cluster of its own", pause=0.5)

        def refused():
            log = guest.run("sudo journalctl --no-pager -u omdiscd | grep 'refused .* datagram'", check=False)
            return log.exit_code == 0
        wait_until(refused, guest.seconds(60), "the stranger has heard the cluster, and told so", pause=1)
        assert stranger.map() == [own]
        for node in nodes:
            assert node.map() == sorted(ids)
    finally:
        guest.stop()


def test_the_power_button_lets_a_node_leave(nodes, ids):
    leaving = nodes[2]
    leaving.guest.press_power_button()
    for node in nodes[:2]:
        node.wait_for_map(ids[:2])
        members = {member["id"]: member["condition"] for member in node.cluster()["members"]}
        assert members[ids[2]] == "left"
    leaving.guest.wait_for_exit(120)


def test_a_reset_node_comes_back_with_its_id(disc, nodes, ids):
    guest = nodes[1].guest
    guest.press_reset_button()
    nodes[0].wait_for_map(ids[:1])
    disc.wait_for_menu(guest)
    disc.choose(guest)
    disc.log_in(guest, seconds=240)
    for node in nodes[:2]:
        node.wait_for_map(ids[:2])
