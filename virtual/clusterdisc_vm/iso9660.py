# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads files from an ISO 9660 image by their plain names (ECMA-119), so that no other program is needed."""

import struct
from pathlib import Path
from typing import BinaryIO

_SECTOR = 2048
_FIRST_DESCRIPTOR = 16
# More than any directory or file of a disc that is read as a whole.
_MAX_DIRECTORY = 1 << 20
_MAX_FILE = 1 << 28


class NotAnImage(Exception):
    """The file is no ISO 9660 image, or is damaged."""


class Image:
    """The image in the file at PATH; a context manager."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = open(path, "rb")
        try:
            descriptor = self._read(_FIRST_DESCRIPTOR, _SECTOR)
            if descriptor[:6] != b"\x01CD001":
                raise NotAnImage(f"{path} is not a disc image")
            self._root = self._extent(descriptor[156:190])
        except Exception:
            self._file.close()
            raise

    def __enter__(self) -> "Image":
        return self

    def __exit__(self, *_) -> None:
        self._file.close()

    def read(self, name: str) -> bytes:
        """The content of the file NAME, a path from the root; FileNotFoundError when it is not there."""
        place, size = self._root
        for part in name.strip("/").split("/"):
            entries = self._entries(place, size)
            if part.upper() not in entries:
                raise FileNotFoundError(f"{name} is not in the image")
            place, size = entries[part.upper()]
        if size > _MAX_FILE:
            raise NotAnImage(f"{name} is too large")
        return self._read(place, size)

    def _entries(self, place: int, size: int) -> dict[str, tuple[int, int]]:
        if size > _MAX_DIRECTORY:
            raise NotAnImage("a directory is too large")
        data = self._read(place, size)
        found = {}
        position = 0
        while position < len(data):
            length = data[position]
            if length == 0:
                # No entry crosses a sector; the rest of this one is empty.
                position = (position // _SECTOR + 1) * _SECTOR
                continue
            entry = data[position:position + length]
            if len(entry) < 34 or 33 + entry[32] > len(entry):
                raise NotAnImage("a directory entry is cut short")
            name = entry[33:33 + entry[32]].decode("ascii", "replace")
            found[name.partition(";")[0].rstrip(".").upper()] = self._extent(entry)
            position += length
        return found

    @staticmethod
    def _extent(entry: bytes) -> tuple[int, int]:
        return struct.unpack_from("<I", entry, 2)[0], struct.unpack_from("<I", entry, 10)[0]

    def _read(self, sector: int, size: int) -> bytes:
        self._file.seek(sector * _SECTOR)
        data = self._file.read(size)
        if len(data) < size:
            raise NotAnImage("the image is cut short")
        return data
