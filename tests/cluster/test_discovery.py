# SPDX-License-Identifier: GPL-2.0-or-later
"""Each way to find others is enough alone: multicast, Avahi, a peer that is named."""

import pytest

from cluster.namespaces import MDNS, MULTICAST_BEACONS
from cluster.node import wait_for_one_cluster

# mDNS takes its time: a service is announced after its name has been probed for (RFC 6762, section 8).
AVAHI_SECONDS = 40


def ways(node):
    """How NODE found the others."""
    return {member["found"] for member in node.members() if member["found"] != "self"}


@pytest.fixture
def avahi_node(testbed, wire):
    """Makes nodes whose host has D-Bus and avahi-daemon."""

    def make(*options):
        host = testbed.host(wire)
        avahi = testbed.avahi(host)
        node = testbed.node(host, *options, avahi=avahi)
        node.avahi = avahi
        return node

    return make


def test_a_switch_that_drops_our_multicast_is_made_up_for_by_avahi(wire, avahi_node):
    wire.drop(*MULTICAST_BEACONS)
    nodes = [avahi_node().start() for _ in range(3)]
    wait_for_one_cluster(nodes, AVAHI_SECONDS)
    assert all(ways(node) <= {"avahi", "gossip"} for node in nodes)
    assert any("avahi" in ways(node) for node in nodes)


def test_avahi_alone_is_enough_when_multicast_is_switched_off(avahi_node):
    nodes = [avahi_node("--no-multicast").start() for _ in range(2)]
    wait_for_one_cluster(nodes, AVAHI_SECONDS)


def test_a_network_that_drops_mdns_is_made_up_for_by_multicast(wire, avahi_node):
    wire.drop(*MDNS)
    nodes = [avahi_node().start() for _ in range(3)]
    wait_for_one_cluster(nodes)
    assert all("avahi" not in ways(node) for node in nodes)


def test_a_cluster_needs_no_avahi_on_the_machine(testbed, wire):
    """Avahi is wanted, but there is not even a system bus."""
    nodes = []
    for _ in range(3):
        node = testbed.node(testbed.host(wire), avahi=NoAvahi())
        nodes.append(node.start())
    wait_for_one_cluster(nodes)


class NoAvahi:
    """The environment of a host without D-Bus."""

    environment = {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent/bus"}


def test_one_peer_that_is_named_is_enough_when_all_multicast_is_dropped(testbed, wire):
    wire.drop(*MULTICAST_BEACONS, *MDNS)
    hosts = [testbed.host(wire) for _ in range(4)]
    meeting_point = hosts[0].addresses()[0]
    nodes = [testbed.node(hosts[0]).start()]
    nodes += [testbed.node(host, "--peer", meeting_point).start() for host in hosts[1:]]
    wait_for_one_cluster(nodes)
    assert all(ways(node) <= {"static", "gossip"} for node in nodes)


def test_a_peer_may_be_named_by_its_link_local_address(testbed, wire):
    wire.drop(*MULTICAST_BEACONS, *MDNS)
    hosts = [testbed.host(wire, has_ipv4=False) for _ in range(2)]
    peer = f"[{hosts[0].addresses()[0]}%eth0]:5428"
    wait_for_one_cluster([testbed.node(hosts[0]).start(), testbed.node(hosts[1], "--peer", peer).start()])


def test_a_peer_that_is_not_there_yet_is_found_when_it_comes(testbed, wire):
    """Named peers are asked again twice a minute."""
    wire.drop(*MULTICAST_BEACONS, *MDNS)
    hosts = [testbed.host(wire) for _ in range(2)]
    early = testbed.node(hosts[0], "--peer", hosts[1].addresses()[0]).start()
    wait_for_one_cluster([early])
    late = testbed.node(hosts[1]).start()
    wait_for_one_cluster([early, late], 60)


def test_a_newcomer_is_found_after_avahi_daemon_was_killed_and_started_again(wire, avahi_node):
    wire.drop(*MULTICAST_BEACONS)
    old = avahi_node().start()
    wait_for_one_cluster([old], AVAHI_SECONDS)
    old.avahi.kill()
    assert old.is_running
    old.avahi.start()
    newcomer = avahi_node().start()
    wait_for_one_cluster([old, newcomer], AVAHI_SECONDS)


def test_a_newcomer_is_found_after_d_bus_was_killed_and_started_again(wire, avahi_node):
    """Avahi-daemon ends with its bus."""
    wire.drop(*MULTICAST_BEACONS)
    old = avahi_node().start()
    wait_for_one_cluster([old], AVAHI_SECONDS)
    old.avahi.kill_bus()
    old.avahi.kill()
    assert old.is_running
    old.avahi.start_bus()
    old.avahi.start()
    newcomer = avahi_node().start()
    wait_for_one_cluster([old, newcomer], AVAHI_SECONDS)


def test_avahi_that_comes_after_the_daemon_is_used(testbed, wire):
    wire.drop(*MULTICAST_BEACONS)
    hosts = [testbed.host(wire) for _ in range(2)]
    avahis = [testbed.avahi(host) for host in hosts]
    avahis[0].kill()
    nodes = [testbed.node(host, avahi=avahi).start() for host, avahi in zip(hosts, avahis, strict=True)]
    for node in nodes:
        wait_for_one_cluster([node])
    avahis[0].start()
    wait_for_one_cluster(nodes, AVAHI_SECONDS)
