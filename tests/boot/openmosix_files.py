# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of the openMosix interface on a booted PC, as the clients of interface_clients see them."""

from boot.cluster_node import ClusterNode
from interface_clients import said
from interface_clients.archive import CLIENTS
from qemu.deadline import wait_for_value


class OpenmosixFiles:
    """/proc/hpc of NODE, and the files in its /proc/PID. Unpacks the clients there if that has not been done."""

    def __init__(self, node: ClusterNode) -> None:
        self.node = node
        # The archive is the PC's only disk.
        node.guest.run(f"[ -d {CLIENTS} ] || {{ mkdir {CLIENTS} && "
                       f"sudo tar --extract --no-same-owner --file /dev/sda --directory {CLIENTS}; }}")

    def nodes(self, directory: str = "/proc/hpc") -> dict[int, dict]:
        """The figures of each node by its number."""
        return said.nodes_of(self._run(f"nodes.pl {directory}"))

    def settings(self) -> dict:
        """What this node is set to."""
        return said.settings_of(self._run("steering.sh admin"))

    def process(self, pid: int, user: str = "") -> dict:
        """Where the process is, and what its owner has set, as USER sees it."""
        return said.settings_of(self._run(f"steering.sh process {pid}", user))

    def guests(self) -> dict[int, dict]:
        """What /proc/hpc/remote has of each guest, by its number here."""
        return {guest["guest"]: guest for guest in said.guests_of(self._run("processes remote"))}

    def put(self, file: str, value: object, user: str = "", waits: bool = True) -> said.Put:
        """Writes VALUE to FILE in /proc as USER."""
        option = "" if waits else "-n "
        return said.put_of(self._run(f"processes put {option}/proc/{file} {value}", user))

    def wait_for_where(self, pid: int, node: int) -> None:
        """Waits until the process is shown on NODE; 0 is home."""
        wait_for_value(lambda: self.process(pid), lambda process: process["where"] == node, self.node.guest.seconds(60),
                       f"process {pid} of {self.node.name} is on node {node}")

    def wait_for_setting(self, name: str, value: int) -> None:
        """Waits until the file NAME of admin has VALUE."""
        wait_for_value(self.settings, lambda settings: settings[name] == value, self.node.guest.seconds(60),
                       f"{name} of {self.node.name} is {value}")

    def wait_until_up(self, ids: list[int]) -> dict[int, dict]:
        """Waits until exactly IDS are listed, and all of them are up; their figures."""
        def are_up(nodes: dict[int, dict]) -> bool:
            return set(nodes) == set(ids) and all(node["up"] and node["live"] for node in nodes.values())
        return wait_for_value(self.nodes, are_up, self.node.guest.seconds(60),
                              f"the nodes {sorted(ids)} are up for {self.node.name}")

    def wait_until_down(self, number: int) -> None:
        """Waits until a node is not listed any more, or is shown as one that is down."""
        def state() -> dict | str | None:
            # A node may go while it is looked at.
            answer = self.node.guest.run(f"{CLIENTS}/nodes.pl", check=False)
            return said.nodes_of(answer.output).get(number) if answer.exit_code == 0 else answer.output

        def is_down(node: dict | str | None) -> bool:
            return node is None or (isinstance(node, dict) and not node["up"]
                                    and {node[name] for name in said.FIGURES} == {said.DOWN})
        wait_for_value(state, is_down, self.node.guest.seconds(60), f"node {number} is down for {self.node.name}")

    def _run(self, command: str, user: str = "") -> str:
        # A write waits for omd's answer, which may be to move a process.
        return self.node.guest.run((f"sudo -u {user} " if user else "") + f"{CLIENTS}/{command}", seconds=120).output
