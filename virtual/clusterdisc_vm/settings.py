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

KERNEL = "vmlinuz"
INITRAMFS = "initrd.img"
KEY = "key"
_FILE = "cluster.json"


@dataclass(frozen=True)
class ClusterSettings:
    """The disc, its boot parameters with those for all nodes, and the virtual PCs: how many and of which kind."""

    iso: str
    parameters: str
    nodes: int
    memory_mib: int
    cpu: str

    @property
    def numbers(self) -> range:
        """The nodes' numbers."""
        return range(1, self.nodes + 1)

    def write(self, directory: Path) -> None:
        """Writes them to DIRECTORY."""
        (directory / _FILE).write_text(json.dumps(dataclasses.asdict(self), indent=1) + "\n")

    @staticmethod
    def read(directory: Path) -> "ClusterSettings":
        """The settings in DIRECTORY."""
        return ClusterSettings(**json.loads((directory / _FILE).read_text()))
