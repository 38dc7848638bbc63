# SPDX-License-Identifier: GPL-2.0-or-later
"""Three PCs with the disc on one wire without a DHCP server, one of them a 486: switched on, they are one cluster."""

import json
import secrets

import pytest

from boot.capture import Capture
from boot.cluster_node import LOGIN_SECONDS, ClusterNode, switch_on
from boot.openmosix_files import OpenmosixFiles
from qemu.deadline import wait_until

MARKER = b"clusterdisc-mark"
WIREGUARD_PORT = 5429
AGENT_PORT = 5428


@pytest.fixture(scope="module")
def wire(virtual_cluster):
    return virtual_cluster.wire


@pytest.fixture(scope="module")
def nodes(virtual_cluster):
    """The three, logged in."""
    return virtual_cluster.nodes


@pytest.fixture(scope="module")
def ids(virtual_cluster):
    """Their node ids."""
    return virtual_cluster.ids


def test_three_pcs_are_one_cluster(ids):
    assert len(set(ids)) == 3


def test_each_node_is_reached_by_its_name(nodes, ids):
    def what_they_say() -> str:
        commands = ("sudo wg show om0", "ip -statistics address show om0", "omnodes", "cat /etc/hosts")
        return "\n".join(f"{node.name}: {node.guest.run(command, check=False).output}" for node in nodes for command in commands)

    for node in nodes:
        for other in ids:
            answer = node.guest.run(f"ping -c 1 -w 60 node{other}", seconds=30, check=False)
            assert answer.exit_code == 0, f"{node.name}: {answer.output}\n{what_they_say()}"


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
    guest = switch_on(disc, wire, tmp_path / "stranger", parameters=f"clusterkey={secrets.token_hex(32)}", memory_mib=256)
    try:
        disc.log_in(guest, seconds=LOGIN_SECONDS)
        stranger = ClusterNode(guest)
        own = stranger.wait_for_id()

        def refused():
            log = guest.run("sudo journalctl --no-pager -u omdiscd | grep 'refused .* datagram'", check=False)
            return log.exit_code == 0
        wait_until(refused, guest.seconds(60), "the stranger has heard the cluster, and told so", pause=1)
        assert stranger.map() == [own]
        for node in nodes:
            assert node.map() == sorted(ids)
    finally:
        guest.stop()


def test_a_reset_node_is_missed_and_comes_back_with_its_id(disc, nodes, ids):
    first, second, third = nodes
    second.guest.press_reset_button()
    for node in (first, third):
        node.wait_for_map([ids[0], ids[2]])
        OpenmosixFiles(node).wait_until_down(ids[1])
    disc.wait_for_menu(second.guest)
    disc.choose(second.guest)
    disc.log_in(second.guest, seconds=LOGIN_SECONDS)
    for node in nodes:
        node.wait_for_map(ids)
