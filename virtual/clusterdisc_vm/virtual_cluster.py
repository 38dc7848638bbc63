# SPDX-License-Identifier: GPL-2.0-or-later
"""The virtual PCs of a cluster and the network between them, and what can be done to them."""

import socket
from pathlib import Path

from clusterdisc_vm.problems import Problem
from clusterdisc_vm.settings import (DRONE, DRONE_INITRAMFS, DRONE_MEMORY_MIB, INITRAMFS, KERNEL, TRANSLATIONS_MIB,
                                      ClusterSettings)
from qemu import Guest, Machine, Nic, Segment
from qemu.accelerator import KVM, TCG, run_probe

_SSH_PORT = 22
# What shows on the console of a node that has started, and of a drone.
_STARTED = "(automatic login)"
_DRONE_STARTED = "omd: listening at"
# The network card of the cluster by each of the names that it may get: it is the first one of two.
_CLUSTER_LINK = "netif=ens3,enp0s3,eth0"


def free_ports(count: int) -> list[int]:
    """TCP ports of 127.0.0.1 that nobody uses."""
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in servers]
    for server in servers:
        server.close()
    return ports


class VirtualNode:
    """A virtual PC, on or off. PORT leads to its ssh; None makes it a drone, which has none."""

    def __init__(self, number: int, port: int | None, segment: Segment, settings: ClusterSettings, directory: Path) -> None:
        self.number = number
        self.port = port
        self.nic = Nic(segment, mac=f"52:54:00:00:00:{number:02x}")
        machine = self._drone(settings, directory) if port is None else self._with_the_disc(port, settings, directory)
        self.guest = Guest(machine, directory / f"node{number}")
        self._started = _DRONE_STARTED if port is None else _STARTED
        self._has_started = False
        self._is_frozen = False

    def _with_the_disc(self, port: int, settings: ClusterSettings, directory: Path) -> Machine:
        return Machine(
            cpu=settings.cpu, memory_mib=settings.memory_mib, translations_mib=TRANSLATIONS_MIB,
            cdrom=Path(settings.iso), kernel=directory / KERNEL, initrd=directory / INITRAMFS,
            kernel_parameters=f"{settings.parameters} nodeid={self.number} {_CLUSTER_LINK}",
            nics=[self.nic], forwarded_ports={port: _SSH_PORT})

    def _drone(self, settings: ClusterSettings, directory: Path) -> Machine:
        return Machine(
            cpu=settings.cpu, memory_mib=DRONE_MEMORY_MIB, translations_mib=TRANSLATIONS_MIB, kernel=directory / DRONE,
            initrd=directory / DRONE_INITRAMFS, kernel_parameters=f"{settings.drone_parameters} nodeid={self.number}",
            nics=[self.nic])

    def look(self) -> None:
        """Notices that it has started."""
        if self.guest.running and not self._has_started:
            self._has_started = self._started in self.guest.console.text

    @property
    def state(self) -> str:
        """One word."""
        if not self.guest.running:
            return "failed" if self.guest.exit_status else "off"
        if self._is_frozen:
            return "frozen"
        return "running" if self._has_started else "starting"

    @property
    def problem(self) -> str:
        """What QEMU said when it failed."""
        return self.guest.errors() if self.state == "failed" else ""

    def on(self) -> None:
        """Switches it on."""
        if self.guest.running:
            raise Problem(f"node {self.number} is on")
        self.guest.stop()
        self._has_started = self._is_frozen = False
        self.guest.start()

    def running_guest(self) -> Guest:
        """The PC; a Problem when it is off."""
        if not self.guest.running:
            raise Problem(f"node {self.number} is off; `on {self.number}` switches it on")
        return self.guest

    def off(self) -> None:
        """Cuts its power."""
        self.running_guest()
        self.guest.stop()

    def freeze(self, is_frozen: bool) -> None:
        """Stops its processors, or lets them run on."""
        guest = self.running_guest()
        if is_frozen:
            guest.freeze()
        else:
            guest.thaw()
        self._is_frozen = is_frozen


class VirtualCluster:
    """All of it, from the settings in DIRECTORY; a context manager."""

    def __init__(self, directory: Path) -> None:
        self.settings = ClusterSettings.read(directory)
        self._segment = Segment()
        self._cut: list[list[int]] = []
        self._slow: dict[int, list[float]] = {}
        ports = dict(zip(self.settings.numbers, free_ports(self.settings.nodes)))
        self._nodes = {number: VirtualNode(number, ports.get(number), self._segment, self.settings, directory)
                       for number in self.settings.all_numbers}

    def __enter__(self) -> "VirtualCluster":
        return self

    def __exit__(self, *_) -> None:
        for node in self._nodes.values():
            node.guest.stop()
        self._segment.close()

    def start(self) -> None:
        """Switches all PCs on."""
        accelerator = self.node(1).guest.machine.accelerator
        if self.settings.cpu.startswith("host") and accelerator is not KVM:
            raise Problem("--cpu host needs hardware virtualisation, and KVM runs no guest here: "
                          f"{run_probe(KVM.name, 10).problem or 'it is slower than emulation'}; take another --cpu")
        for node in self._nodes.values():
            node.on()

    def look(self) -> None:
        """Notices what has changed by itself; to be called now and then."""
        for node in self._nodes.values():
            node.look()

    def node(self, number: int) -> VirtualNode:
        """The node NUMBER; a Problem that says which there are when it is none of them."""
        if number not in self._nodes:
            raise Problem(f"there is no node {number}; the cluster has 1 to {len(self._nodes)}")
        return self._nodes[number]

    def status(self) -> dict:
        """What the verb status shows, without what only the nodes themselves know."""
        self.look()
        return {
            "accelerator": self.node(1).guest.machine.accelerator.name,
            "is_emulated": self.node(1).guest.machine.accelerator is TCG,
            "nodes": [{"number": node.number, "state": node.state, "port": node.port, "problem": node.problem}
                      for node in self._nodes.values()],
            "cut": self._cut,
            "slow": [[number, *link] for number, link in sorted(self._slow.items())],
        }

    def cut(self, number: int, other: int | None) -> None:
        """Cuts the cable between two nodes, or between one and all others."""
        numbers = [number] if other is None else [number, other]
        if number == other:
            raise Problem("a node is not connected to itself by a cable: name two different ones")
        self._segment.cut(*(self.node(each).nic.mac for each in numbers))
        if numbers not in self._cut:
            self._cut.append(numbers)

    def slow(self, number: int, delay: float, loss: float) -> None:
        """Makes a node's cable slow."""
        self._segment.slow(self.node(number).nic.mac, delay, loss)
        self._slow[number] = [delay, loss]

    def heal(self) -> None:
        """Makes all cables whole and fast."""
        self._segment.heal()
        self._cut.clear()
        self._slow.clear()
