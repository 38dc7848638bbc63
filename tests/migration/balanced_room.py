# SPDX-License-Identifier: GPL-2.0-or-later
"""Nodes on which work spreads by itself. Each is a control group with its own share of the processors."""

import contextlib
import os
import pwd
import resource
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from guests.running import PATIENCE
from migration.node import Node
from migration.node_group import NodeGroup
from migration.testbed import Testbed
from qemu.deadline import wait_until

USER = pwd.getpwnam("nobody")
TRIAL_ROUNDS = 100_000_000
# Arguments: how many rounds it computes, for ever without or with 0; and how many MiB of memory it has. Some times per
# second it makes a call, which is forwarded when it is away.
SPIN = """
#include <stdlib.h>
#include <unistd.h>
enum { CALL_ROUNDS = 1 << 24 };
int main(int count, char** arguments) {
    unsigned long rounds = count > 1 ? strtoul(arguments[1], NULL, 10) : 0;
    size_t bytes = count > 2 ? strtoul(arguments[2], NULL, 10) << 20 : 0;
    volatile char* memory = malloc(bytes);
    /* Compressed, it would be as large. */
    unsigned random = 1;
    for (size_t i = 0; i < bytes; ++i) {
        random = random * 1664525 + 1013904223;
        memory[i] = (char)(random >> 24);
    }
    for (volatile unsigned long i = 0; rounds == 0 || i < rounds; ++i) {
        if (i % CALL_ROUNDS == CALL_ROUNDS - 1) {
            lseek(0, 0, SEEK_CUR);
        }
    }
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

    def add_node(self, hundredths: int = 20, speed: int = 10000, ahead: int = 0, has_journal: bool = False,
                 prepare: Callable[[Node], None] = lambda node: None, **settings) -> Node:
        """Starts a node with so much of a processor; everybody's map has it then. AHEAD, HAS_JOURNAL: as in Node.
        PREPARE is called before omd starts."""
        node = self.testbed.add_node(ahead=ahead)
        group = self._stack.enter_context(NodeGroup(node.name, hundredths))
        self.groups[node.number] = group
        # A measurement of speed in a group with so little of a processor would take long.
        (node.run_folder / "speed").write_text(f"{speed}\n")
        terminal = _terminal_of(node)
        terminal.touch()
        node.configure(**{"balance": True, "node_group": str(group.folder), "user_terminals": [str(terminal)],
                          "initial_network": f"/proc/{os.getpid()}/ns/net", **settings})
        for each in self.testbed.nodes:
            each.write_map(self.testbed.nodes)
        prepare(node)
        node.start(group.enter, has_journal=has_journal)
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

    def rounds_of(self, seconds: float) -> int:
        """How many rounds take so much of this machine's processor."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        subprocess.run([self.program, str(TRIAL_ROUNDS)], check=True)
        return int(seconds * TRIAL_ROUNDS / (resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before))

    def end_jobs(self) -> None:
        """Kills every job with its children, and waits until nothing of them is left."""
        omds = {node.omd_pid for node in self.testbed.nodes if node.is_running}
        for group in self.groups.values():
            for pid in set(group.pids()) - omds:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        wait_until(lambda: all(set(group.pids()) <= omds for group in self.groups.values()), PATIENCE,
                   "nothing is left of the jobs")

    @staticmethod
    def type_at(node: Node) -> None:
        """Somebody types at the node's own terminal: of a real one the kernel sets the access time so."""
        terminal = _terminal_of(node)
        os.utime(terminal, (terminal.stat().st_atime + 8, 0))

    @staticmethod
    def places(home: Node, pids: list[int]) -> Counter:
        """How many of the processes of HOME each node has."""
        return Counter(home.place_of(pid) for pid in pids)


def _terminal_of(node: Node) -> Path:
    return node.folder / "terminal"


def why(node: Node, pid: int | None = None) -> str:
    """What omd says of a process, or of all nodes."""
    return node.request({"request": "why"} | ({"pid": pid} if pid else {}))["text"]
