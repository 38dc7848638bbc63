# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk as it may be found in a PC: a partition table, a Linux file system, swap, and other data.

The live system must leave every byte alone: not use the swap, not mount the file system (its journal, its mount count).
Made with ordinary tools on files; no loop device is needed.
"""

import hashlib
import os
import random
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

_MEBIBYTE = 1 << 20
_SIZE = 24 * _MEBIBYTE
# (start, size, partition type, command that fills it)
_PARTITIONS = [
    (1 * _MEBIBYTE, 12 * _MEBIBYTE, 0x83, ["mkfs.ext4", "-q", "-F", "-L", "home"]),
    (13 * _MEBIBYTE, 8 * _MEBIBYTE, 0x82, ["mkswap", "-L", "swap"]),
]
# mkfs and mkswap are not in every user's search path.
_ENVIRONMENT = {**os.environ, "PATH": f"{os.environ.get('PATH', '/usr/bin')}:/usr/sbin:/sbin"}


@dataclass(frozen=True)
class ScratchDisk:
    """The disk and what it was like when it was made."""

    path: Path
    digest: str

    def is_untouched(self) -> bool:
        """Whether every byte is what it was."""
        return _digest(self.path) == self.digest


def make(folder: Path) -> ScratchDisk:
    """Makes a disk in FOLDER."""
    path = folder / "disk.img"
    path.write_bytes(bytes(_MEBIBYTE) + random.Random(1).randbytes(_SIZE - _MEBIBYTE))
    with open(path, "r+b") as disk:
        disk.write(_partition_table())
    for number, (start, size, _, command) in enumerate(_PARTITIONS):
        part = folder / f"part{number}"
        with open(part, "wb") as file:
            file.truncate(size)
        subprocess.run([*command, part], check=True, capture_output=True, env=_ENVIRONMENT)
        with open(path, "r+b") as disk:
            disk.seek(start)
            disk.write(part.read_bytes())
    return ScratchDisk(path, _digest(path))


def _partition_table() -> bytes:
    # The boot code, then four entries of (status, first sector, type, last sector, start, size), then the signature.
    entries = b"".join(
        struct.pack("<B3sB3sII", 0, bytes(3), kind, bytes(3), start // 512, size // 512)
        for start, size, kind, _ in _PARTITIONS
    )
    return bytes(446) + entries.ljust(64, b"\x00") + b"\x55\xaa"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
