# SPDX-License-Identifier: GPL-2.0-or-later
"""Members that leave, crash, freeze, or lose their cable; networks that fall apart and come together again."""

import signal
from pathlib import Path

import pytest

from cluster.map_watch import MapWatch
from cluster.namespaces import Namespace
from cluster.node import SOON, wait_for_one_cluster, wait_until_gone
from qemu.deadline import wait_until

# Every wait for others to notice a crash. How long that takes is measured by bench/cluster.py.
NOTICED = 30.0


@pytest.fixture
def nodes(testbed, wire):
    """Four members of one cluster."""
    started = testbed.start_nodes(4, wire)
    wait_for_one_cluster(started)
    return started


def part_and_merge(wire, nodes, seconds):
    """Cuts the network in two for SECONDS, of which both halves notice; all must be as before in the end."""
    ids = wait_for_one_cluster(nodes)
    halves = nodes[:2], nodes[2:]
    wire.part(*([node.host for node in half] for half in halves))
    for half in halves:
        wait_for_one_cluster(half)
    with MapWatch(halves[0]) as left, MapWatch(halves[1]) as right:
        assert left.stays_complete_for(seconds), left.lost
        assert right.stays_complete_for(0.1), right.lost
        wire.forward_everything()
        assert wait_for_one_cluster(nodes, 30) == ids
        # The halves themselves were not disturbed by coming together.
        assert left.lost == right.lost == []


def test_a_network_that_was_in_two_parts_for_seconds_is_one_cluster_again(wire, nodes):
    part_and_merge(wire, nodes, 5)


@pytest.mark.slow
def test_a_network_that_was_in_two_parts_for_half_a_minute_is_one_cluster_again(wire, nodes):
    part_and_merge(wire, nodes, 25)


def test_a_frozen_agent_is_suspected_but_stays_in_every_map(nodes):
    """Its host lives: processes that were migrated there run on, so it must not be given up."""
    with MapWatch(nodes) as watch:
        nodes[0].freeze()
        wait_until(lambda: any(node.member(nodes[0].name).get("condition") == "suspect" for node in nodes[1:]), SOON,
                   "somebody suspects the frozen node")
        assert watch.stays_complete_for(20), watch.lost
        nodes[0].thaw()
        wait_until(lambda: all(node.member(nodes[0].name).get("condition") == "alive" for node in nodes), SOON,
                   "all know that the node is alive")
        assert watch.stays_complete_for(3), watch.lost


def test_a_killed_daemon_is_removed_from_all_maps(nodes):
    identifier = nodes[0].id()
    nodes[0].send_signal(signal.SIGKILL)
    wait_until_gone(identifier, nodes[1:], NOTICED)
    wait_for_one_cluster(nodes[1:])


def test_a_pc_whose_cable_is_pulled_is_removed_and_comes_back_with_the_same_id(nodes):
    ids = wait_for_one_cluster(nodes)
    identifier = nodes[0].id()
    nodes[0].host.unplug()
    wait_until_gone(identifier, nodes[1:], NOTICED)
    wait_for_one_cluster(nodes[1:])
    wait_until(lambda: nodes[0].ids() <= {identifier}, SOON, "the PC without a cable knows that it is alone")
    nodes[0].host.plug()
    assert wait_for_one_cluster(nodes) == ids and nodes[0].id() == identifier


def test_half_of_the_cluster_that_crashes_at_once_is_removed_from_all_maps(testbed, wire):
    nodes = testbed.start_nodes(8, wire)
    wait_for_one_cluster(nodes)
    for node in nodes[:4]:
        node.host.unplug()
    wait_for_one_cluster(nodes[4:], 2 * NOTICED)


def test_a_node_that_leaves_is_gone_from_all_maps_at_once_and_withdraws_its_own(nodes):
    identifier = nodes[0].id()
    nodes[0].stop()
    wait_until_gone(identifier, nodes[1:])
    assert nodes[0].map() is None and nodes[0].state() is None
    assert all(node.member(nodes[0].name).get("condition") in ("left", None) for node in nodes[1:])


def test_a_whole_cluster_that_leaves_at_once_ends_in_order(nodes):
    for node in nodes:
        node.send_signal(signal.SIGTERM)
    assert [node.wait_for_exit() for node in nodes] == [0] * len(nodes)
    assert [node.map() for node in nodes] == [None] * len(nodes)


def test_a_link_that_flaps_ten_times_does_not_cost_the_membership(nodes):
    ids = wait_for_one_cluster(nodes)
    host = nodes[0].host
    for _ in range(10):
        host.unplug()
        wait_until(lambda: not host.has_carrier(), SOON, "no carrier", pause=0.005)
        host.plug()
        wait_until(host.has_carrier, SOON, "carrier", pause=0.005)

    def is_calm() -> bool:
        with MapWatch(nodes, ids) as watch:
            return watch.stays_complete_for(5)

    # The kernel tells of a carrier up to a second late (net/core/link_watch.c), so that a node may have to hear of the last
    # loss while all maps are still those of before.
    wait_until(is_calm, SOON, "all maps stay complete")
    assert wait_for_one_cluster(nodes) == ids


def test_nobody_is_removed_while_every_fifth_frame_is_lost(wire, nodes):
    """Longer, and with all processors busy: bench/cluster.py."""
    with MapWatch(nodes) as watch:
        wire.lose(20)
        assert watch.stays_complete_for(30), watch.lost


def test_nodes_join_while_every_fifth_frame_is_lost(testbed, wire):
    wire.lose(20)
    wait_for_one_cluster(testbed.start_nodes(5, wire))


def neighbour_limit(family):
    return int(Path(f"/proc/sys/net/{family}/neigh/default/gc_thresh3").read_text())


@pytest.mark.xdist_group("neighbour_tables")
@pytest.mark.parametrize(("family", "address"), [("ipv4", "10.{}.{}.1"), ("ipv6", "2001:db8::{:x}:{:x}")])
def test_a_full_neighbour_table_is_named_with_its_remedy(testbed, wire, family, address):
    """The kernel has one table for all namespaces: it is filled for less than a second, and its limits stay. Nobody else may
    change them meanwhile: so that is done in one group (large_neighbour_tables)."""
    host = testbed.host(wire)
    node = testbed.node(host).start()
    wait_for_one_cluster([node])
    entries = range(neighbour_limit(family) + 100)
    for _ in range(2):
        with Namespace() as other:
            other.script("ip link add eth0 type veth peer name eth1", "ip link set eth0 up", "ip link set eth1 up")
            # Too new to be thrown out for others (net/core/neighbour.c, neigh_forced_gc).
            batch = [f"neigh replace {address.format(entry // 250, entry % 250)} dev eth0 lladdr 52:54:00:00:00:01 "
                     "nud reachable" for entry in entries]
            other.run("sh", "-c", "ip -force -batch - 2>/dev/null || true", stdin="\n".join(batch))
        wait_until(lambda: f"net.{family}.neigh.default.gc_thresh3" in node.log_text(), SOON, "the log names the setting")
    assert node.log_text().count(f"net.{family}.neigh.default.gc_thresh3") == 1
