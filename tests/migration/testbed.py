# SPDX-License-Identifier: GPL-2.0-or-later
"""A cluster of two or three nodes, which is gone again at the end."""

import contextlib
import subprocess
import tempfile
from pathlib import Path

from cluster.namespaces import Host, Wire
from migration.node import Node


class Testbed:
    """Nodes on one switch; a context manager. `nodes[0]` is home in most tests."""

    __test__ = False

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._cleanup = contextlib.ExitStack()
        self._folder = self._make_folder(None)
        # Memory, as /run is where systemd runs.
        self._run_folders = self._make_folder("/dev/shm")
        self._work = self._folder / "work"
        self._work.mkdir()
        self._wire: Wire | None = None
        self.nodes: list[Node] = []
        # How often a process was moved, for the summary.
        self.moves = 0

    def _make_folder(self, parent: str | None) -> Path:
        """With a short name, unlike pytest's: there are sockets below it, whose names may have 107 characters."""
        folder = Path(self._cleanup.enter_context(tempfile.TemporaryDirectory(prefix="omd-", dir=parent)))
        # Other users have to get through to their guests.
        folder.chmod(0o755)
        return folder

    def __enter__(self) -> "Testbed":
        return self

    def __exit__(self, *_) -> None:
        self._cleanup.close()

    def add_node(self, *, ahead: int = 0, run_size: str = "") -> Node:
        """A node that is not started, and that nobody's map has yet.

        RUN_SIZE: its run directory is a file system of its own, of this size (tmpfs(5))."""
        if self._wire is None:
            self._wire = self._cleanup.enter_context(Wire())
        number = len(self.nodes) + 1
        host = self._cleanup.enter_context(Host())
        host.add_card(self._wire, address=f"10.99.0.{number}/24")
        name = f"node{number}"
        run = self._run_folders / name
        run.mkdir()
        if run_size:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={run_size},mode=755", "run", run], check=True)
            self._cleanup.callback(subprocess.run, ["umount", "--lazy", run], check=True)
        node = Node(self._programs, host, self._folder / name, run, self._work, number=number,
                    address=f"10.99.0.{number}", ahead=ahead)
        self.nodes.append(self._cleanup.enter_context(node))
        return node

    def start(self, count: int, *, ahead: int = 0) -> list[Node]:
        """COUNT nodes that know each other; the first one's clocks are AHEAD of the others'."""
        nodes = [self.add_node(ahead=ahead if index == 0 else 0) for index in range(count)]
        for node in nodes:
            node.write_map(nodes)
            node.start()
        return nodes

    @property
    def wire(self) -> Wire:
        """The switch."""
        assert self._wire is not None
        return self._wire

    def part(self, some: Node, other: Node) -> None:
        """From now on nothing passes between two nodes; both still have carrier."""
        self.wire.part([some.host], [other.host])

    def heal(self) -> None:
        """Undoes part()."""
        self.wire.forward_everything()
