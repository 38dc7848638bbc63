# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads a disc: an ISO file, or a stick or CD with one on it."""

import os
import re
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .problems import Failure, UsageProblem
from .programs import run

BLOCK_BYTES = 2048
# Where ISO 9660 has the primary volume descriptor, and in it the number of blocks.
_DESCRIPTOR_OFFSET = 16 * BLOCK_BYTES
_BLOCKS_OFFSET = _DESCRIPTOR_OFFSET + 80

BASE_LAYER = "/live/filesystem.squashfs"
MANIFEST = "/clusterdisc/manifest.json"
KEY = "/clusterdisc/cluster.key"
# The same key as an initramfs, for the drone, which sees no medium.
KEY_INITRAMFS = "/clusterdisc/key.cpio"
# This list would replace live-boot's own order of the layers, on which we build.
_LAYER_LIST = "/live/filesystem.module"

_ENTRY = re.compile(r"^File data lba: *\d+ , *(\d+) , *(\d+) , *(\d+) , '(.*)'$")


@dataclass(frozen=True)
class Extent:
    """Where a file of the disc lies: its first block, the number of blocks, its size in bytes."""

    block: int
    blocks: int
    size: int


class Disc:
    """The disc at PATH. Raises a UsageProblem if that is no ClusterDisc."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            mode = path.stat().st_mode
            if stat.S_ISDIR(mode):
                raise UsageProblem(f"{path} is a directory; name an ISO file or a device")
            with path.open("rb") as image:
                image.seek(_DESCRIPTOR_OFFSET)
                start = image.read(BLOCK_BYTES)
        except OSError as problem:
            raise UsageProblem(f"cannot read {path}: {problem.strerror}") from problem
        if start[1:6] != b"CD001":
            raise UsageProblem(f"{path} has no ISO 9660 file system; name the ISO of a ClusterDisc")
        self.bytes = int.from_bytes(start[80:84], "little") * BLOCK_BYTES
        if stat.S_ISREG(mode) and path.stat().st_size < self.bytes:
            raise UsageProblem(f"{path} is truncated: {path.stat().st_size} of {self.bytes} bytes; copy it again")
        for name in (BASE_LAYER, MANIFEST):
            if name not in self.files:
                raise UsageProblem(f"{path} is not a ClusterDisc: it has no {name}")
        if _LAYER_LIST in self.files:
            raise UsageProblem(f"{path} lists its layers in {_LAYER_LIST}; remove that file, so that they are found by name")

    @property
    def drive(self) -> str:
        """The disc's name for xorriso."""
        return f"stdio:{os.path.abspath(self.path)}"

    @cached_property
    def files(self) -> dict[str, Extent]:
        """The regular files of the disc."""
        output = run(["xorriso", "-no_rc", "-indev", self.drive, "-find", "/", "-type", "f", "-exec", "report_lba", "--"],
                     f"cannot read {self.path}").decode(errors="surrogateescape")
        found = {}
        for line in output.splitlines():
            if match := _ENTRY.match(line):
                block, blocks, size = map(int, match.groups()[:3])
                # A file above 4 GiB has several lines.
                found.setdefault(match[4], Extent(block, blocks, size))
        return found

    def offset(self, name: str) -> int:
        """Where in the disc the file NAME begins, in bytes."""
        if name not in self.files:
            raise Failure(f"{self.path} has no {name}")
        return self.files[name].block * BLOCK_BYTES

    def read(self, name: str) -> bytes:
        """The content of a small file of the disc."""
        with self.path.open("rb") as image:
            image.seek(self.offset(name))
            content = image.read(self.files[name].size)
        if len(content) != self.files[name].size:
            raise Failure(f"cannot read {name} of {self.path}: it ends early; copy the disc again")
        return content


def blocks_of(start: bytes) -> int:
    """The number of blocks that a volume has, from its first 64 KiB."""
    return int.from_bytes(start[_BLOCKS_OFFSET:_BLOCKS_OFFSET + 4], "little")
