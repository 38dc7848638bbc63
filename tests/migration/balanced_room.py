# SPDX-License-Identifier: GPL-2.0-or-later
"""Nodes on which work spreads by itself. Each is a control group with its own share of the processors."""

import contextlib
import os
import pwd
import subprocess
from collections import Counter
from pathlib import Path

from guests.running import PATIENCE
from migration.node import Node
from migration.node_group import NodeGroup
from migration.testbed import Testbed

USER = pwd.getpwnam("nobody")
# Without an argument it computes for ever.
SPIN = """
#include <stdlib.h>
int main(int count, char** arguments) {
    unsigned long rounds = count > 1 ? strtoul(arguments[1], NULL, 10) : -1UL;
    for (volatile unsigned long i = 0; i < rounds || count == 1; ++i) { }
    return 0;
}
"""


class Room:
    """Nodes with balancing, and jobs on them."""

    def __init__(self, testbed: Testbed, stack: contextlib.ExitStack, folder: Path) -> None:
        """FOLDER is for the program. What is left is killed when STACK is closed."""
        self.testbed = testbed
        self._stack = stack
        self.program = folder / "spin"
        self.program.with_suffix(".c").write_text(SPIN)
        subprocess.run(["gcc", "-O1", "-static", "-o", self.program, self.program.with_suffix(".c")], check=True)
        self.groups: dict[int, NodeGroup] = {}
        self._started = 0

    def add_node(self, hundredths: int = 20, speed: int = 10000, **settings) -> Node:
        """Starts a node with so much of a processor; everybody's map has it then."""
        node = self.testbed.add_node()
        group = self._stack.enter_context(NodeGroup(node.name, hundredths))
        self.groups[node.number] = group
        # A measurement of speed in a group with so little of a processor would take long.
        (node.run_folder / "speed").write_text(f"{speed}\n")
        node.configure(**{"balance": True, "node_group": str(group.folder),
                          "initial_network": f"/proc/{os.getpid()}/ns/net", **settings})
        for each in self.testbed.nodes:
            each.write_map(self.testbed.nodes)
        node.start(group.enter)
        return node

    def start_job(self, node: Node, *arguments: int | str, user: pwd.struct_passwd | None = USER,
                  prefix: tuple[str | int | Path, ...] = ()) -> subprocess.Popen:
        """The program on NODE. PREFIX: a command that starts it."""
        return self._start(node, user, prefix, (self.install(node, user), *arguments))

    def start_script(self, node: Node, text: str, *arguments: int | str | Path,
                     user: pwd.struct_passwd | None = USER) -> subprocess.Popen:
        """A shell that runs TEXT on NODE, and what it starts."""
        return self._start(node, user, (), ("/bin/sh", "-c", text, "sh", *arguments))

    def install(self, node: Node, user: pwd.struct_passwd | None = USER) -> Path:
        """Where NODE has a copy of the program for USER."""
        folder = node.make_folder(f"job{self._started}", user)
        self._started += 1
        copy = node.outside(folder) / "spin"
        copy.write_bytes(self.program.read_bytes())
        copy.chmod(0o755)
        return folder / "spin"

    def _start(self, node: Node, user: pwd.struct_passwd | None, prefix: tuple[str | int | Path, ...],
               words: tuple[str | int | Path, ...]) -> subprocess.Popen:
        command = node.command(*prefix, *words, user=user)
        job = subprocess.Popen(command, preexec_fn=self.groups[node.number].enter, stdin=subprocess.DEVNULL)
        self._stack.callback(job.communicate, timeout=PATIENCE)
        self._stack.callback(job.kill)
        return job

    @staticmethod
    def places(home: Node, pids: list[int]) -> Counter:
        """How many of the processes of HOME each node has."""
        return Counter(home.place_of(pid) for pid in pids)


def why(node: Node, pid: int | None = None) -> str:
    """What omd says of a process, or of all nodes."""
    return node.request({"request": "why"} | ({"pid": pid} if pid else {}))["text"]
