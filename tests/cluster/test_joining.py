# SPDX-License-Identifier: GPL-2.0-or-later
"""PCs that are switched on become one cluster, whatever the network gives them."""

import signal

import pytest

from cluster.map_watch import MapWatch
from cluster.namespaces import Host, large_neighbour_tables
from cluster.node import SOON, wait_for_one_cluster, wait_until_gone
from qemu.deadline import wait_until


def test_three_nodes_with_ipv4_and_ipv6_become_one_cluster(testbed, wire):
    nodes = testbed.start_nodes(3, wire)
    ids = wait_for_one_cluster(nodes)
    assert all(1 <= identifier <= 65534 for identifier in ids)
    for node in nodes:
        for other in nodes:
            # Plain nodes are reached at what their own network cards have.
            assert node.map()[other.id()].partition("%")[0] in other.host.addresses()


def test_a_node_alone_is_a_cluster_of_one(testbed, wire):
    node = testbed.node(testbed.host(wire)).start()
    assert wait_for_one_cluster([node]) == {node.id()}


def test_a_newcomer_joins_a_running_cluster_without_disturbing_it(testbed, wire):
    nodes = testbed.start_nodes(3, wire)
    wait_for_one_cluster(nodes)
    with MapWatch(nodes) as watch:
        newcomer = testbed.start_nodes(1, wire)
        wait_for_one_cluster(nodes + newcomer)
    assert watch.lost == []


def test_nodes_join_by_ipv4_without_any_route(testbed, wire):
    hosts = [testbed.host(wire, has_ipv6=False) for _ in range(3)]
    for host in hosts:
        host.forget_routes()
    wait_for_one_cluster([testbed.node(host).start() for host in hosts])


def test_nodes_join_without_an_ipv4_address_as_before_any_dhcp_server_answers(testbed, wire):
    nodes = [testbed.node(testbed.host(wire, has_ipv4=False)).start() for _ in range(3)]
    wait_for_one_cluster(nodes)
    for address in nodes[0].map().values():
        assert address.startswith("fe80::") and address.endswith("%eth0")


def test_nodes_join_with_ipv4_only(testbed, wire):
    nodes = [testbed.node(testbed.host(wire, has_ipv6=False)).start() for _ in range(3)]
    wait_for_one_cluster(nodes)


def test_nodes_join_while_duplicate_address_detection_is_at_work(testbed, wire):
    """As on a real PC: the link-local address cannot be used in the first second."""
    hosts = [testbed.host(wire, has_ipv4=False, detects_duplicates=True) for _ in range(3)]
    wait_for_one_cluster([testbed.node(host).start() for host in hosts])


def test_addresses_that_come_later_are_used(testbed, wire):
    hosts = [testbed.host(wire, has_ipv4=False, has_ipv6=False) for _ in range(2)]
    nodes = [testbed.node(host).start() for host in hosts]
    wait_until(lambda: all(node.is_running and node.state() for node in nodes), SOON, "both daemons are up")
    for number, host in enumerate(hosts):
        host.add_address(f"192.0.2.{number + 1}/24")
    wait_for_one_cluster(nodes)


def test_a_card_that_is_plugged_in_after_the_start_is_used(testbed, wire):
    early = testbed.node(testbed.host(wire)).start()
    host = testbed.keep(Host())
    late = testbed.node(host).start()
    wait_until(late.state, SOON, "the daemon is up without a network card")
    host.add_card(wire, address="10.99.7.7/16")
    wait_for_one_cluster([early, late])


def test_two_cards_on_one_network_are_one_member_and_one_pulled_cable_changes_nothing(testbed, wire):
    double = testbed.node(testbed.host(wire, wire)).start()
    nodes = [double, *testbed.start_nodes(2, wire)]
    ids = wait_for_one_cluster(nodes)
    for card in ("eth0", "eth1"):
        with MapWatch(nodes) as watch:
            double.host.unplug(card)
            wait_until(lambda card=card: not double.host.has_carrier(card), SOON, "no carrier")
            assert watch.stays_complete_for(8), watch.lost
            double.host.plug(card)
            wait_until(lambda card=card: double.host.has_carrier(card), SOON, "carrier")
            assert watch.stays_complete_for(3), watch.lost
    assert wait_for_one_cluster(nodes) == ids


def test_a_node_between_two_networks_is_member_on_both_sides(testbed):
    """The nodes on either side do not reach each other, so they are in the map of the middle one only."""
    left, right = testbed.wire(), testbed.wire()
    middle = testbed.node(testbed.host(left, right)).start()
    sides = testbed.start_nodes(1, left) + testbed.start_nodes(1, right)
    everybody = [middle, *sides]
    wait_until(lambda: all(node.id() for node in everybody) and middle.ids() == {node.id() for node in everybody},
               SOON, "the node in the middle has all in its map")
    for side in sides:
        wait_until(lambda side=side: side.ids() == {side.id(), middle.id()}, SOON, "each side reaches the middle")


# Not together with the test that fills the kernel's tables.
@pytest.mark.xdist_group("neighbour_tables")
def test_thirty_nodes_that_are_switched_on_at_once_become_one_cluster(testbed, wire):
    with large_neighbour_tables(30):
        hosts = [testbed.host(wire) for _ in range(30)]
        nodes = [testbed.node(host).start() for host in hosts]
        assert len(wait_for_one_cluster(nodes, 60)) == 30


def test_two_pcs_with_the_same_mac_address_both_join_with_different_ids(testbed, wire):
    """Cheap network cards do that. A switch that learns cuts such PCs off in turn, so that this one is a hub."""
    mac = "02:00:00:00:00:07"
    hosts = [testbed.host(wire, mac=mac, detects_duplicates=True, learns=False) for _ in range(2)]
    other = testbed.host(wire, learns=False)
    nodes = [testbed.node(host).start() for host in (*hosts, other)]
    assert len(wait_for_one_cluster(nodes)) == 3


def test_a_node_id_that_two_ask_for_is_given_to_one(testbed, wire):
    nodes = [testbed.node(testbed.host(wire), "--node-id", 4711).start() for _ in range(2)]
    ids = wait_for_one_cluster(nodes)
    assert 4711 in ids and len(ids) == 2


def test_a_newcomer_does_not_take_the_id_of_a_member(testbed, wire):
    members = [testbed.node(testbed.host(wire), "--node-id", 4711).start(), *testbed.start_nodes(1, wire)]
    wait_for_one_cluster(members)
    with MapWatch(members) as watch:
        newcomer = testbed.node(testbed.host(wire), "--node-id", 4711).start()
        wait_for_one_cluster([*members, newcomer])
    assert watch.lost == [] and members[0].id() == 4711


def test_a_node_has_the_same_id_after_a_restart_of_the_daemon(testbed, wire):
    nodes = testbed.start_nodes(3, wire)
    ids = wait_for_one_cluster(nodes)
    before = nodes[0].id()
    nodes[0].stop()
    wait_until_gone(before, nodes[1:])
    nodes[0].start()
    assert wait_for_one_cluster(nodes) == ids and nodes[0].id() == before


def test_a_node_has_the_same_id_after_a_crash_even_when_it_is_back_at_once(testbed, wire):
    nodes = testbed.start_nodes(3, wire)
    ids = wait_for_one_cluster(nodes)
    before = nodes[0].id()
    nodes[0].send_signal(signal.SIGKILL)
    nodes[0].wait_for_exit()
    old_identity = nodes[0].state()["self"]["identity"]
    nodes[0].start()
    wait_until(lambda: nodes[0].state()["self"]["identity"] != old_identity, SOON, "the new daemon has written its state")
    assert wait_for_one_cluster(nodes) == ids and nodes[0].id() == before


def test_a_pc_has_the_same_id_after_a_reboot(testbed, wire):
    """Nothing but the hardware is the same: the run folder of the second start is empty."""
    hosts = [testbed.host(wire) for _ in range(3)]
    first = [testbed.node(host).start() for host in hosts]
    wait_for_one_cluster(first)
    ids = [node.id() for node in first]
    for node in first:
        node.kill()
    second = [testbed.node(host).start() for host in hosts]
    wait_for_one_cluster(second)
    assert [node.id() for node in second] == ids
