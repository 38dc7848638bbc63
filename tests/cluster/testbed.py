# SPDX-License-Identifier: GPL-2.0-or-later
"""A room with PCs, cables and switches, which is empty again at the end."""

import contextlib
import itertools
from pathlib import Path
from typing import TypeVar

from cluster.avahi import Avahi
from cluster.namespaces import Host, Wire
from cluster.node import Node

Opened = TypeVar("Opened")


class Testbed:
    """Makes wires, hosts and nodes, and removes all of them in the end; a context manager."""

    __test__ = False

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs = programs
        self.folder = folder
        self.nodes: list[Node] = []
        self._cleanup = contextlib.ExitStack()
        self._numbers = itertools.count(1)

    def __enter__(self) -> "Testbed":
        return self

    def __exit__(self, *_) -> None:
        self._cleanup.close()

    def keep(self, context: contextlib.AbstractContextManager[Opened]) -> Opened:
        """Enters CONTEXT now and leaves it in the end."""
        return self._cleanup.enter_context(context)

    def wire(self) -> Wire:
        """A new switch."""
        return self.keep(Wire())

    def host(self, *wires: Wire, mac: str = "", has_ipv4: bool = True, has_ipv6: bool = True,
             detects_duplicates: bool = False, learns: bool = True) -> Host:
        """A new PC with a card on each of WIRES (one may be there twice), each with an IPv4 address that no other has."""
        host = self.keep(Host(has_ipv6=has_ipv6, detects_duplicates=detects_duplicates))
        for wire in wires:
            number = next(self._numbers)
            address = f"10.99.{number // 250}.{number % 250 + 1}/16" if has_ipv4 else ""
            host.add_card(wire, mac=mac, address=address, learns=learns)
        return host

    def avahi(self, host: Host) -> Avahi:
        """D-Bus and avahi-daemon on HOST, running."""
        return self.keep(Avahi(host, f"host{next(self._numbers)}"))

    def node(self, host: Host, *options, avahi: Avahi | None = None, **settings) -> Node:
        """An omdiscd on HOST that is not started yet. Without AVAHI it neither tries to reach one."""
        name = f"pc{len(self.nodes) + 1}"
        if avahi:
            settings["environment"] = avahi.environment
        else:
            options = ("--no-avahi", *options)
        node = Node(self.programs / "autoconf/omdiscd/omdiscd", host, self.folder / name, *options, name=name, **settings)
        self.nodes.append(node)
        return self.keep(node)

    def start_nodes(self, count: int, *wires: Wire) -> list[Node]:
        """COUNT new PCs on WIRES, each with a node that is started."""
        hosts = [self.host(*wires) for _ in range(count)]
        return [self.node(host).start() for host in hosts]
