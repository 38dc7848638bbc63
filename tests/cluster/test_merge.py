# SPDX-License-Identifier: GPL-2.0-or-later
"""Two clusters that grew apart become one when their switches are connected."""

import pytest

from cluster.node import SOON, wait_for_one_cluster
from qemu.deadline import wait_until

WANTED = 4711


@pytest.fixture
def clusters(testbed):
    """Two wires, and on each two nodes, of which the first has the id WANTED."""
    sides = []
    for _ in range(2):
        wire = testbed.wire()
        nodes = [testbed.node(testbed.host(wire), "--node-id", WANTED).start(), *testbed.start_nodes(1, wire)]
        sides.append((wire, nodes))
    for _, nodes in sides:
        wait_for_one_cluster(nodes)
        assert nodes[0].id() == WANTED
    return sides


def merge(clusters):
    """Connects both, and waits until they are one."""
    (left_wire, left), (right_wire, right) = clusters
    left_wire.join(right_wire)
    return wait_for_one_cluster(left + right, 40)


def test_of_two_nodes_with_one_id_exactly_one_keeps_it(clusters):
    ids = merge(clusters)
    assert len(ids) == 4 and WANTED in ids


@pytest.mark.parametrize("side", [0, 1])
def test_the_one_that_is_busy_keeps_its_id(clusters, side):
    """Whichever side it is on: the others would otherwise be right by chance."""
    busy = clusters[side][1][0]
    (busy.run_folder / "busy").write_text("1 process away\n")
    wait_until(lambda: busy.member(busy.name).get("busy", True), SOON, "the node knows that it is busy")
    ids = merge(clusters)
    assert len(ids) == 4 and busy.id() == WANTED


def test_no_map_ever_gives_one_id_to_two_addresses(clusters):
    """Node.map() refuses a map with an id twice; here all maps are read all the time."""
    everybody = clusters[0][1] + clusters[1][1]
    clusters[0][0].join(clusters[1][0])
    seen = set()

    def is_merged():
        seen.update((node.name, identifier, address) for node in everybody for identifier, address in node.map().items())
        return len({node.id() for node in everybody}) == 4 and all(len(node.ids()) == 4 for node in everybody)

    wait_until(is_merged, 40, "both clusters are one", pause=0.005)
    # The old holder of the id on one's own side, and perhaps the other one afterwards, but never anybody else.
    owners = {address for _, identifier, address in seen if identifier == WANTED}
    allowed = {address for _, nodes in clusters for address in nodes[0].host.addresses()}
    assert {owner.partition("%")[0] for owner in owners} <= allowed
