# SPDX-License-Identifier: GPL-2.0-or-later
"""Code that is packed into other files: Linux kernel images and initial RAM disks."""

import struct
from collections.abc import Iterator

from .compression import CompressionError, decompress, method_of

_XZ = b"\xfd7zXZ\0"
_REGULAR_FILE = 0o100000
_FILE_TYPE = 0o170000


class ArchiveError(ValueError):
    """A kernel image or RAM disk that cannot be unpacked."""


def is_kernel_image(data: bytes) -> bool:
    """Whether data is a Linux bzImage (Documentation/x86/boot.rst: "HdrS" at 0x202)."""
    return data[0x202:0x206] == b"HdrS"


def kernel_from_image(data: bytes) -> bytes:
    """The ELF file (vmlinux) inside a bzImage; needs boot protocol 2.08 or newer (Linux 2.6.26)."""
    version = struct.unpack_from("<H", data, 0x206)[0]
    if version < 0x208:
        raise ArchiveError(f"kernel image with boot protocol {version:#x}, older than 2.08")
    setup_sectors = data[0x1F1] or 4
    offset, length = struct.unpack_from("<II", data, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    payload = data[start : start + length]
    try:
        kernel = payload if payload.startswith(b"\x7fELF") else decompress(payload)
    except CompressionError as problem:
        raise ArchiveError(f"kernel image: {problem}") from problem
    if not kernel.startswith(b"\x7fELF"):
        raise ArchiveError("the kernel image holds no ELF file")
    return kernel


def _cpio_members(data: bytes, position: int) -> Iterator[tuple[str, bytes, int]]:
    """Name, content and end of each regular file of a newc archive; the last one is TRAILER!!!."""
    while True:
        header = data[position : position + 110]
        if header[:6] not in (b"070701", b"070702"):
            raise ArchiveError(f"initial RAM disk: no cpio header at byte {position}")
        numbers = [int(header[6 + 8 * index : 14 + 8 * index], 16) for index in range(13)]
        mode, size, name_size = numbers[1], numbers[6], numbers[11]
        name_start = position + 110
        name = data[name_start : name_start + name_size - 1].decode("utf-8", "surrogateescape")
        content_start = (name_start + name_size + 3) & ~3
        position = (content_start + size + 3) & ~3
        if name == "TRAILER!!!":
            yield name, b"", position
            return
        if mode & _FILE_TYPE == _REGULAR_FILE:
            yield name, data[content_start : content_start + size], position


def built_in_ram_disk(kernel: bytes) -> bytes:
    """The initial RAM disk that the ELF file of a kernel has in it, packed with xz; empty where it has none of that kind."""
    position = kernel.find(_XZ)
    while position >= 0:
        try:
            content = decompress(kernel[position:])
        except CompressionError:
            content = b""
        if content.startswith(b"070701"):
            return content
        position = kernel.find(_XZ, position + 1)
    return b""


def initial_ram_disk_files(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and content of every regular file in an initrd: cpio archives, compressed or not, one after the other."""
    position = 0
    while position < len(data):
        if data[position] == 0:
            position += 1
        elif data[position : position + 5] == b"07070":
            # Each archive is aligned within itself, as the kernel's unpacker has it.
            rest = data[position:]
            end = 0
            for name, content, end in _cpio_members(rest, 0):
                if name != "TRAILER!!!":
                    yield name.removeprefix("./"), content
            position += end
        else:
            rest = data[position:]
            if method_of(rest) is None:
                raise ArchiveError(f"initial RAM disk: neither cpio nor compressed data at byte {position}")
            try:
                yield from initial_ram_disk_files(decompress(rest))
            except CompressionError as problem:
                raise ArchiveError(f"initial RAM disk: {problem}") from problem
            return
