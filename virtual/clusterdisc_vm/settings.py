# SPDX-License-Identifier: GPL-2.0-or-later
"""What a cluster was started with, in a file of its directory."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

MAX_NODES = 32
# What QEMU needs besides the memory of its PC, of that the emulator's translations, in MiB.
OVERHEAD_MIB = 100
TRANSLATIONS_MIB = 64
# Of a drone, which needs 48 and has the rest for guests.
DRONE_MEMORY_MIB = 64

KERNEL = "vmlinuz"
INITRAMFS = "initrd.img"
DRONE = "drone"
DRONE_INITRAMFS = "drone-key.cpio"
KEY = "key"
_FILE = "cluster.json"


@dataclass(frozen=True)
class ClusterSettings:
    """The disc, its boot parameters with those for all nodes of a kind, and the virtual PCs: how many and of which kind.
    Those with the drone have the numbers after the others."""

    iso: str
    parameters: str
    nodes: int
    memory_mib: int
    cpu: str
    drones: int = 0
    drone_parameters: str = ""

    @property
    def numbers(self) -> range:
        """The numbers of the nodes that have booted the disc."""
        return range(1, self.nodes + 1)

    @property
    def all_numbers(self) -> range:
        """The numbers of all nodes."""
        return range(1, self.nodes + self.drones + 1)

    def described(self) -> str:
        """The virtual PCs, for people."""
        drones = f" and {self.drones} drones of {DRONE_MEMORY_MIB} MiB" if self.drones else ""
        return f"{self.nodes} virtual PCs of {self.memory_mib} MiB{drones} ({self.cpu})"

    def write(self, directory: Path) -> None:
        """Writes them to DIRECTORY."""
        (directory / _FILE).write_text(json.dumps(dataclasses.asdict(self), indent=1) + "\n")

    @staticmethod
    def read(directory: Path) -> "ClusterSettings":
        """The settings in DIRECTORY."""
        return ClusterSettings(**json.loads((directory / _FILE).read_text()))
