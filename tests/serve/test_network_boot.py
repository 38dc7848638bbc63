# SPDX-License-Identifier: GPL-2.0-or-later
"""PCs that start from the network: one has the disc, the others become nodes with nothing typed.

The tests look at one room, in this order.
"""

import contextlib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from boot.capture import Capture
from boot.cluster_node import LOGIN_SECONDS, ClusterNode
from boot.disc import Disc
from qemu import Guest, Machine, Nic, Segment
from qemu.accelerator import TCG
from qemu.deadline import wait_for_value
from serve.office import Office
from serve.room import Process

SILENCE_SECONDS = 30


@dataclass
class ServedRoom:
    """A serving node on a wire, everything that passes there, and the PCs that it has started."""

    folder: Path
    disc: Disc
    stack: contextlib.ExitStack
    wire: Segment
    capture: Capture
    server: ClusterNode
    members: list[int] = field(default_factory=list)

    def start(self, name: str, **options) -> ClusterNode:
        """Switches on a PC without any medium, which starts from the network, and waits for the login."""
        # A ROM gives up when the serving node, starved by a busy machine, is late; a PC that has no other medium tries again.
        machine = Machine(nics=[Nic(self.wire)], extra=["-boot", "order=n,reboot-timeout=5000"], **options)
        guest = self.stack.enter_context(Guest(machine, self.folder / name))
        self.disc.log_in(guest, LOGIN_SECONDS)
        node = ClusterNode(guest)
        self.members.append(node.wait_for_id())
        return node

    def wait_for_link(self, text: str, seconds: float) -> str:
        """Waits until the serving node says TEXT of its link."""
        return wait_for_value(lambda: self.server.guest.run("sudo clusterdisc-serve status", check=False).output,
                              lambda said: text in said, seconds, f"{text!r} in the status")


@pytest.fixture(scope="module")
def disc(iso_path) -> Disc:
    """The disc under test."""
    return Disc(iso_path)


@pytest.fixture(scope="module")
def room(disc, tmp_path_factory):
    """The room, once the node with the disc serves it. Its menu entry is all that anybody chooses."""
    folder = tmp_path_factory.mktemp("room")
    with contextlib.ExitStack() as stack:
        wire = stack.enter_context(Segment())
        capture = stack.enter_context(Capture(wire))
        # Of QEMU's network cards only this one says that it can wake a PC.
        card = Nic(wire, model="rtl8139")
        guest = stack.enter_context(Guest(disc.machine(nics=[card]), folder / "server"))
        disc.boot(guest, entry="serve", seconds=LOGIN_SECONDS)
        opened = ServedRoom(folder, disc, stack, wire, capture, ClusterNode(guest))
        opened.members.append(opened.server.wait_for_id())
        yield opened


def test_a_pc_without_a_disc_becomes_a_member_with_nothing_typed(room):
    room.wait_for_link("gives addresses of its own", room.server.guest.seconds(60))
    node = room.start("bios")
    for each in (room.server, node):
        each.wait_for_map(room.members)
    # It needs nothing from the network: its file system is in its memory.
    assert node.guest.run("findmnt --noheadings --output FSTYPE /run/live/medium").output == "tmpfs"
    assert node.guest.run("cat /run/clusterdisc/problems").output == ""
    said = room.server.guest.run("sudo clusterdisc-serve status").output
    assert f"admitted {node.guest.machine.nics[0].mac} at 10.78." in said, said
    # It has told how far it was, and that it gives nothing to others any more.
    fetched = next(line for line in said.splitlines() if f"fetched  {node.guest.machine.nics[0].mac} at 10.78." in line)
    assert fetched.endswith("from here; it starts"), said


def test_a_pc_with_too_little_memory_becomes_a_drone(room):
    card = Nic(room.wire)
    machine = Machine(nics=[card], memory_mib=96, extra=["-boot", "order=n,reboot-timeout=5000"])
    guest = room.stack.enter_context(Guest(machine, room.folder / "drone"))
    guest.wait_for("It becomes a drone", LOGIN_SECONDS)
    others = wait_for_value(lambda: set(room.server.map()) - set(room.members), bool, guest.seconds(LOGIN_SECONDS),
                            "a new node in the map")
    said = room.server.guest.run("sudo clusterdisc-serve status").output
    assert len(others) == 1 and f"admitted {card.mac} at 10.78." in said, said
    guest.press_power_button()
    assert guest.wait_for_exit(60) == 0
    room.server.wait_for_map(room.members)


def test_the_cluster_key_was_not_on_the_wire(room, disc):
    key = disc.read("/clusterdisc/cluster.key")
    assert len(key) == 32
    assert not room.capture.has(key) and not room.capture.has(key.hex().encode())
    # What passed was seen: the question for the key, and its answer.
    assert room.capture.has(b"CDKQ\x01") and room.capture.has(b"CDKA\x01\x00")


def test_network_cards_are_armed_and_former_nodes_are_woken(room):
    server = room.server.guest
    # As at its shutdown.
    server.run("sudo systemctl stop clusterdisc-arm-network-cards")
    shown = server.run("sudo ethtool $(ls /sys/class/net | grep '^e' | head -n 1)").output
    assert "Wake-on: g" in shown, shown
    said = wait_for_value(lambda: server.run("sudo clusterdisc-serve wake all", check=False).output,
                          lambda text: text.startswith("woken: "), server.seconds(30), "the other node's card is known")
    mac = bytes.fromhex(said.split()[1].strip(",;").replace(":", ""))
    wait_for_value(lambda: room.capture.has(b"\xff" * 6 + mac * 16), bool, server.seconds(10), "the frame that wakes it")


def test_beside_an_office_server_a_uefi_pc_becomes_a_member_too(room):
    with Office(room.wire) as office:
        leases = room.folder / "leases"
        leases.touch()
        process = Process(
            office, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--log-facility=-", "--no-ping",
            "--interface=eth0", "--except-interface=lo", "--bind-interfaces", "--pid-file=", f"--dhcp-leasefile={leases}",
            "--dhcp-range=192.0.2.100,192.0.2.200,1h", "--dhcp-authoritative", "--user=root")
        try:
            process.wait_for("DHCP, sockets bound")
            room.wait_for_link("adds boot information", max(SILENCE_SECONDS, TCG.seconds(SILENCE_SECONDS)))
            # The serving node asks for an address by itself, more and more rarely.
            room.server.guest.run("sudo networkctl reconfigure $(ls /sys/class/net | grep '^e' | head -n 1)")
            room.wait_for_link("as 192.0.2.", room.server.guest.seconds(60))
            node = room.start("uefi", firmware="uefi-x64", cpu="qemu64")
            for each in (room.server, node):
                each.wait_for_map(room.members)
            said = room.server.guest.run("sudo clusterdisc-serve status").output
            assert f"admitted {node.guest.machine.nics[0].mac} at 192.0.2." in said, said
        finally:
            process.kill()
