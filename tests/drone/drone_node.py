# SPDX-License-Identifier: GPL-2.0-or-later
"""A PC that has booted the drone, and what is given to it in a second initramfs."""

import re
import subprocess
from pathlib import Path

from boot.disc import Disc
from qemu import Guest, Machine, Nic, Segment

PROBE = Path(__file__).with_name("probe.c")
# Where the drone finds the cluster key and one more program (docs/drone.md).
KEY_PATH = "clusterdisc/cluster.key"
EXTRA_PATH = "etc/clusterdisc/drone-extra"
MEMBER_SECONDS = 60


def make_initramfs(folder: Path, key: bytes) -> Path:
    """An initramfs with the cluster key and the probe, in FOLDER."""
    content = folder / "content"
    key_file = content / KEY_PATH
    key_file.parent.mkdir(parents=True)
    key_file.write_bytes(key)
    key_file.chmod(0o600)
    probe = content / EXTRA_PATH
    probe.parent.mkdir(parents=True)
    subprocess.run(["gcc", "-m32", "-march=i486", "-static", "-O1", "-Wall", "-Wextra", "-Werror", "-o", probe, PROBE],
                   check=True)
    names = "\n".join(sorted(str(path.relative_to(content)) for path in content.rglob("*"))) + "\n"
    archive = folder / "key-and-probe.cpio"
    with open(archive, "wb") as output:
        subprocess.run(["cpio", "--quiet", "--create", "--format=newc", "--owner=0:0"], input=names.encode(), cwd=content,
                       stdout=output, check=True)
    return archive


def switch_on(drone: Path, initramfs: Path, wire: Segment, folder: Path, *, card: str = "e1000", **options) -> "DroneNode":
    """Switches a PC on with the drone as its kernel."""
    machine = Machine(kernel=drone, initrd=initramfs, nics=[Nic(wire, card)], kernel_parameters="console=ttyS0",
                      **options)
    return DroneNode(Guest(machine, folder).start())


def choose_in_menu(disc: Disc, wire: Segment, folder: Path, *, card: str = "e1000", medium: str = "cd",
                   **options) -> "DroneNode":
    """Switches a PC on with the disc in it, and chooses the drone there."""
    guest = Guest(disc.machine(medium, nics=[Nic(wire, card)], **options), folder).start()
    disc.wait_for_menu(guest)
    # The log of a drone is the kernel's, which the entry makes quiet.
    disc.choose(guest, "drone", "loglevel=7")
    return DroneNode(guest)


class DroneNode:
    """A PC that boots or has booted the drone."""

    def __init__(self, guest: Guest) -> None:
        self.guest = guest

    def wait_for_id(self) -> int:
        """Waits until it is a member that takes guests; returns its node id."""
        found = self.guest.wait_for(re.compile(r"omdiscd: this is node (\d+)\s|Kernel panic[^\n]*\n"), MEMBER_SECONDS,
                                    "the node id of the drone")
        assert found[1], found[0]
        self.guest.wait_for("omd: listening at", MEMBER_SECONDS, "omd of the drone")
        return int(found[1])

    def order(self, request: str) -> None:
        """Gives the probe a line; what the console shows from now on can be waited for."""
        self.guest.console.skip()
        self.guest.send_line(request)

    def ask(self, request: str, answer: str) -> re.Match:
        """Gives the probe a line and waits for its answer, a regular expression, to the end of its line."""
        self.order(request)
        return self.guest.wait_for(re.compile(f"probe: {answer}\r?\n"), 30, f"the answer to “{request}”")
