# SPDX-License-Identifier: GPL-2.0-or-later
"""Whoever does not have the key is on the same wire: he neither gets in nor disturbs."""

import contextlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cluster.map_watch import MapWatch
from cluster.node import KEY, SOON, wait_for_one_cluster, wait_until_gone
from qemu.deadline import wait_until

TRAFFIC = Path(__file__).with_name("traffic.py")
OTHER_KEY = "77" * 32
# Time in which a stranger who could get in would be in: a node joins in less than one second.
LONG_ENOUGH = 8


@contextlib.contextmanager
def traffic(host, *words):
    """Runs traffic.py on HOST during the with block, or to its end when that is sooner."""
    process = subprocess.Popen(host.command(sys.executable, TRAFFIC, *words), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=10)


@contextlib.contextmanager
def recording(host, file):
    """Records what passes at HOST's cards into FILE during the with block."""
    with traffic(host, "record", file) as process:
        assert process.stdout.readline() == "ready\n"
        yield


def addresses_of(nodes):
    """Where the nodes can be sent to, from a host on the same wire."""
    addresses = [address for node in nodes for address in node.host.addresses()]
    return [f"{address}%eth0" if address.startswith("fe80:") else address for address in addresses]


def replay(host, file, nodes):
    """Replays FILE to all; it must not be empty."""
    assert int(host.run(sys.executable, TRAFFIC, "replay", file, *addresses_of(nodes))) > 10


def names(node):
    """Whom NODE believes to be there."""
    return {member["name"] for member in node.members() if member["condition"] in ("alive", "suspect")}


def test_a_node_with_another_key_is_alone_and_is_reported_in_one_line(testbed, wire):
    nodes = testbed.start_nodes(3, wire)
    wait_for_one_cluster(nodes)
    stranger = testbed.node(testbed.host(wire), key=OTHER_KEY)
    with MapWatch(nodes) as watch:
        stranger.start()
        wait_for_one_cluster([stranger])
        assert watch.stays_complete_for(LONG_ENOUGH), watch.lost
    wait_for_one_cluster([stranger])
    wait_for_one_cluster(nodes)
    for node in nodes:
        lines = [line for line in node.log_text().splitlines() if "refused" in line]
        assert len(lines) == 1, lines
        assert any(address in lines[0] for address in stranger.host.addresses()), lines
        assert all(member["name"] != stranger.name for member in node.members())


def test_two_clusters_with_different_names_and_one_key_stay_apart(testbed, wire):
    clusters = {name: [testbed.node(testbed.host(wire), "--cluster", name).start() for _ in range(2)]
                for name in ("lab", "office")}
    for nodes in clusters.values():
        wait_for_one_cluster(nodes)
    for nodes in clusters.values():
        with MapWatch(nodes) as watch:
            assert watch.stays_complete_for(LONG_ENOUGH / 2), watch.lost
        wait_for_one_cluster(nodes)
    assert {node.state()["cluster"] for node in clusters["lab"]} == {"lab"}


def test_a_node_joins_during_a_flood_of_garbage(testbed, wire):
    nodes = testbed.start_nodes(2, wire)
    wait_for_one_cluster(nodes)
    flooder = testbed.host(wire)
    # Made before, as making a host may take longer than joining.
    newcomer = testbed.node(testbed.host(wire))
    with MapWatch(nodes) as watch, traffic(flooder, "flood", *addresses_of(nodes)) as process:
        # The flood has begun, and goes on until it is told to end.
        before = int(process.stdout.readline())
        newcomer.start()
        wait_for_one_cluster([*nodes, newcomer])
        assert int(process.communicate(timeout=SOON)[0].split()[-1]) > before
        assert watch.stays_complete_for(2), watch.lost
    for node in nodes:
        assert node.log_text().count("refused") < 10


@pytest.fixture
def recorded(testbed, wire, tmp_path):
    """(nodes, the one that was recorded from its start on, the file)."""
    nodes = testbed.start_nodes(2, wire)
    wait_for_one_cluster(nodes)
    file = tmp_path / "frames"
    subject = testbed.node(testbed.host(wire))
    with recording(subject.host, file):
        subject.start()
        wait_for_one_cluster([*nodes, subject])
        # As much as of every kind of message: a probe takes place twice a second.
        wait_until(lambda: file.stat().st_size > 20000, 60, "enough is recorded")
    return nodes, subject, file


def test_replayed_traffic_does_not_bring_back_a_node_that_left(testbed, wire, recorded):
    nodes, subject, file = recorded
    identifier = subject.id()
    subject.stop()
    wait_until_gone(identifier, nodes)
    watcher = testbed.host(wire)
    for _ in range(2):
        replay(watcher, file, nodes)
        for node in nodes:
            assert identifier not in node.ids() and subject.name not in names(node)
    wait_for_one_cluster(nodes)


def test_replayed_traffic_does_not_bring_back_a_node_that_crashed(testbed, wire, recorded):
    nodes, subject, file = recorded
    identifier = subject.id()
    subject.host.unplug()
    subject.kill()
    wait_until_gone(identifier, nodes)
    replay(testbed.host(wire), file, nodes)
    for node in nodes:
        assert identifier not in node.ids() and subject.name not in names(node)
    wait_for_one_cluster(nodes)


def test_replayed_traffic_means_nothing_to_a_cluster_that_never_knew_the_node(testbed, recorded):
    """The same key on another network, later: the key alone must not make old words true."""
    _, subject, file = recorded
    elsewhere = testbed.wire()
    others = testbed.start_nodes(2, elsewhere)
    wait_for_one_cluster(others)
    with MapWatch(others) as watch:
        replay(testbed.host(elsewhere), file, others)
        assert watch.stays_complete_for(3), watch.lost
    assert all(subject.name not in {member["name"] for member in node.members() if member["in_map"]} for node in others)
    wait_for_one_cluster(others)


def test_replayed_traffic_does_not_disturb_the_living(testbed, wire, recorded):
    nodes, subject, file = recorded
    everybody = [*nodes, subject]
    ids = wait_for_one_cluster(everybody)
    with MapWatch(everybody) as watch:
        replay(testbed.host(wire), file, everybody)
        assert watch.stays_complete_for(5), watch.lost
    assert wait_for_one_cluster(everybody) == ids
    # One that was suspected for a moment is not lost.
    for node in everybody:
        wait_until(lambda node=node: all(member["condition"] == "alive" for member in node.members()), SOON,
                   f"{node.name} knows that all are alive")


def test_a_goodbye_that_is_replayed_does_not_remove_the_node_that_came_back(testbed, wire, tmp_path):
    nodes = testbed.start_nodes(3, wire)
    ids = wait_for_one_cluster(nodes)
    file = tmp_path / "frames"
    with recording(nodes[0].host, file):
        nodes[0].stop()
        wait_for_one_cluster(nodes[1:])
    nodes[0].start()
    assert wait_for_one_cluster(nodes) == ids
    with MapWatch(nodes) as watch:
        testbed.host(wire).run(sys.executable, TRAFFIC, "replay", file, *addresses_of(nodes))
        assert watch.stays_complete_for(5), watch.lost


def test_clocks_that_differ_do_not_matter(testbed, wire):
    """One node believes to run for 28 hours longer than the others. Nobody looks at the time of day at all."""
    shifted = testbed.node(testbed.host(wire), wrapper=(
        "unshare", "--time", "--fork", "--kill-child", "--boottime", "100000", "--monotonic", "100000"))
    nodes = [shifted, *testbed.start_nodes(2, wire)]
    shifted.start()
    wait_for_one_cluster(nodes)
    with MapWatch(nodes) as watch:
        assert watch.stays_complete_for(LONG_ENOUGH), watch.lost
    identifier = shifted.id()
    shifted.send_signal(signal.SIGTERM)
    wait_until_gone(identifier, nodes[1:])


def test_the_key_is_changed_without_anybody_leaving(testbed, wire):
    """The three steps of the manual: all accept the new key, all use it, nobody accepts the old one."""
    nodes = testbed.start_nodes(4, wire)
    ids = wait_for_one_cluster(nodes)
    with MapWatch(nodes) as watch:
        for keys in ([KEY, OTHER_KEY], [OTHER_KEY, KEY], [OTHER_KEY]):
            for node in nodes:
                before = node.log_text().count("read again")
                node.write_keys(*keys)
                node.reload()
                wait_until(lambda node=node, before=before: node.log_text().count("read again") > before, SOON,
                           "the new key file has been read")
                # Each node is for a while the only one that has got so far.
                assert watch.stays_complete_for(2), watch.lost
            assert watch.stays_complete_for(3), watch.lost
    assert wait_for_one_cluster(nodes) == ids
    stranger = testbed.node(testbed.host(wire)).start()
    newcomer = testbed.node(testbed.host(wire), key=OTHER_KEY).start()
    wait_for_one_cluster([*nodes, newcomer])
    wait_for_one_cluster([stranger])


def test_a_key_file_that_is_broken_changes_nothing(testbed, wire):
    nodes = testbed.start_nodes(2, wire)
    wait_for_one_cluster(nodes)
    with MapWatch(nodes) as watch:
        nodes[0].write_keys("not a key")
        nodes[0].reload()
        wait_until(lambda: str(nodes[0].key_file) in nodes[0].log_text(), SOON, "the log names the key file")
        assert watch.stays_complete_for(3), watch.lost
    assert nodes[0].is_running and "not a key" not in nodes[0].log_text()
