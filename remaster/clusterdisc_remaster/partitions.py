# SPDX-License-Identifier: GPL-2.0-or-later
"""Partition tables of a stick: is there anything behind the disc's image?"""

from dataclasses import dataclass

SECTOR_BYTES = 512
_MAX_GPT_ENTRIES = 1024
# What the tables are read from.
TABLE_BYTES = 32768


@dataclass(frozen=True)
class Partition:
    """A partition: the name of its table, its number there, its first and the one after its last sector."""

    table: str
    number: int
    start: int
    end: int


def partitions(start: bytes) -> list[Partition]:
    """The partitions that the first TABLE_BYTES of a device tell of, in the MBR and in the GPT."""
    found = []
    if start[510:512] == b"\x55\xaa":
        for number in range(4):
            entry = start[446 + 16 * number:462 + 16 * number]
            first, count = int.from_bytes(entry[8:12], "little"), int.from_bytes(entry[12:16], "little")
            # 0xee says that there is a GPT.
            if count and entry[4] != 0xEE:
                found.append(Partition("MBR", number + 1, first, first + count))
    header = start[SECTOR_BYTES:2 * SECTOR_BYTES]
    if header[:8] == b"EFI PART":
        table = int.from_bytes(header[72:80], "little") * SECTOR_BYTES
        count, size = int.from_bytes(header[80:84], "little"), int.from_bytes(header[84:88], "little")
        for number in range(min(count, _MAX_GPT_ENTRIES)):
            entry = start[table + number * size:table + number * size + 128]
            if size >= 128 and len(entry) == 128 and any(entry[:16]):
                first, last = int.from_bytes(entry[32:40], "little"), int.from_bytes(entry[40:48], "little")
                found.append(Partition("GPT", number + 1, first, last + 1))
    return found


def behind(start: bytes, image_bytes: int) -> list[Partition]:
    """Those of the partitions that reach beyond an image of so many bytes."""
    return [partition for partition in partitions(start) if partition.end * SECTOR_BYTES > image_bytes]
