# SPDX-License-Identifier: GPL-2.0-or-later
"""The hosts and wires themselves, without omdiscd."""

import subprocess
import sys
from pathlib import Path

import pytest

from cluster.namespaces import MULTICAST_BEACONS
from qemu.deadline import wait_until

TRAFFIC = Path(__file__).with_name("traffic.py")
GROUP = "239.255.77.77"


class Listener:
    """Records the datagrams that come to a host's port 5428."""

    def __init__(self, host, file):
        self.file = file
        self.process = subprocess.Popen(host.command(sys.executable, TRAFFIC, "listen", file), stdout=subprocess.PIPE,
                                        text=True)
        assert self.process.stdout.readline() == "ready\n"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate(timeout=10)

    def heard(self):
        return self.file.read_text().split()


def say(host, address, word):
    host.run(sys.executable, TRAFFIC, "say", address, word)


@pytest.fixture
def pair(testbed, wire):
    return testbed.host(wire), testbed.host(wire)


@pytest.mark.parametrize("address", [GROUP, "ff02::1%eth0"])
def test_multicast_crosses_the_wire_unless_it_is_filtered(pair, wire, tmp_path, address):
    with Listener(pair[1], tmp_path / "heard") as listener:
        say(pair[0], address, "first")
        wait_until(lambda: listener.heard() == ["first"], 10, "the first datagram arrives")
        wire.drop(*MULTICAST_BEACONS)
        say(pair[0], address, "filtered")
        say(pair[0], pair[1].addresses()[0], "unicast")
        wait_until(lambda: listener.heard() == ["first", "unicast"], 10, "the unicast arrives alone")
        wire.forward_everything()
        say(pair[0], address, "last")
        wait_until(lambda: listener.heard() == ["first", "unicast", "last"], 10, "the last datagram arrives")


def test_nothing_passes_between_parted_hosts_only(testbed, wire, pair, tmp_path):
    third = testbed.host(wire)
    wire.part([pair[0]], [pair[1]])
    with Listener(pair[1], tmp_path / "heard") as listener:
        say(pair[0], GROUP, "lost")
        say(third, GROUP, "heard")
        wait_until(lambda: listener.heard() == ["heard"], 10, "the third host is heard")


def test_a_pulled_cable_takes_the_carrier_away(pair):
    pair[0].unplug()
    wait_until(lambda: not pair[0].has_carrier(), 10, "no carrier")
    pair[0].plug()
    wait_until(pair[0].has_carrier, 10, "carrier")


def test_so_many_of_a_hundred_frames_are_lost(pair, wire, tmp_path):
    wire.lose(20)
    with Listener(pair[1], tmp_path / "heard") as listener:
        # Broadcasts need no address resolution, which could be lost too.
        say(pair[0], GROUP, ",".join(f"word{number}" for number in range(1000)))
        wait_until(lambda: 700 < len(listener.heard()) < 900, 10, "about 800 of 1000 datagrams arrive")


def test_two_switches_become_one_network(testbed, tmp_path):
    wires = testbed.wire(), testbed.wire()
    hosts = [testbed.host(wire) for wire in wires]
    with Listener(hosts[1], tmp_path / "heard") as listener:
        say(hosts[0], GROUP, "unheard")
        wires[0].join(wires[1])
        say(hosts[0], GROUP, "heard")
        wait_until(lambda: listener.heard() == ["heard"], 10, "the other switch's host is heard")


def test_avahi_runs_on_two_hosts_at_once(testbed, pair):
    both = [testbed.avahi(host) for host in pair]
    both[0].kill()
    both[0].start()


def test_nothing_is_left_behind(testbed):
    wire = testbed.wire()
    host = testbed.host(wire)
    pids = [wire.pid, host.pid]
    host.close()
    wire.close()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
