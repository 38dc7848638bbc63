# SPDX-License-Identifier: GPL-2.0-or-later
"""A booted PC of a cluster, and what it says of the cluster and of the processes on it."""

import json
import re

from boot.disc import Disc
from qemu import Guest, Nic, Segment
from qemu.deadline import wait_for_value, wait_until

LOGIN_SECONDS = 240


class ClusterNode:
    """A booted PC and what it says of the cluster."""

    def __init__(self, guest: Guest) -> None:
        self.guest = guest

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.guest.folder.name

    def cluster(self) -> dict | None:
        """nodes.json; None as long as there is none."""
        answer = self.guest.run("cat /run/openmosix/nodes.json", check=False)
        return json.loads(answer.output) if answer.exit_code == 0 else None

    def id(self) -> int | None:
        """Its node id, once it is its own."""
        cluster = self.cluster()
        return cluster["self"]["id"] if cluster and cluster["self"]["stage"] == "member" else None

    def map(self) -> list[int]:
        """The node ids in its node map."""
        lines = self.guest.run("cat /run/openmosix/map", check=False).output.splitlines()
        return [int(line.split()[0]) for line in lines if line[:1].isdigit()]

    def wait_for_id(self) -> int:
        """Waits until its node id is its own."""
        return wait_until(self.id, self.guest.seconds(60), f"{self.name} has a node id", pause=0.5)

    def wait_for_map(self, ids: list[int], seconds: float = 60) -> None:
        """Waits until exactly IDS are in its node map."""
        wait_until(lambda: self.map() == sorted(ids), self.guest.seconds(seconds),
                   f"{self.name} has the nodes {sorted(ids)} in its map", pause=0.5)

    def omd_status(self) -> dict[str, str]:
        """What `omd status` says, by line; empty as long as omd does not answer."""
        answer = self.guest.run("omd status", check=False)
        lines = answer.lines if answer.exit_code == 0 else []
        return {line[:16].strip(): line[16:] for line in lines}

    def members(self) -> set[int]:
        """The node ids that its omd knows."""
        ranges = re.findall(r"(\d+)(?:-(\d+))?", self.omd_status().get("members", ""))
        return {each for first, last in ranges for each in range(int(first), int(last or first) + 1)}

    def wait_for_members(self, ids: list[int]) -> None:
        """Waits until its omd knows exactly IDS."""
        wait_for_value(self.members, lambda members: members == set(ids), self.guest.seconds(60),
                       f"omd of {self.name} knows its members {sorted(ids)}")

    def processes(self, kind: str) -> list[dict]:
        """What `mps` shows: KIND is "processes" (of this node that are away) or "guests" (of others)."""
        return json.loads(self.guest.run("mps --json").output)[kind]

    def switch_on_again(self, disc: Disc) -> None:
        """Switches it on after it has been off, and waits for the login."""
        self.guest.stop()
        log = self.guest.folder / "serial.log"
        log.rename(log.with_name("serial-before.log"))
        self.guest.start()
        disc.boot(self.guest, seconds=LOGIN_SECONDS)


def switch_on(disc: Disc, segment: Segment, folder, parameters: str = "", **options) -> Guest:
    """Switches a PC on and waits for its boot menu only: what comes after it goes on by itself."""
    guest = Guest(disc.machine(nics=[Nic(segment)], **options), folder)
    guest.start()
    disc.wait_for_menu(guest)
    disc.choose(guest, parameters=parameters)
    return guest
