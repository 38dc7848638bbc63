# SPDX-License-Identifier: GPL-2.0-or-later
"""The picture behind both boot menus: a PNG file as isolinux and GRUB can show it (PNG specification, 11.2.2)."""

import struct
from pathlib import Path

from .problems import UsageProblem

# Where it lies on the medium.
NAME = "/boot/picture.png"
# The screen of both menus, which every VGA card and firmware has.
WIDTH, HEIGHT = 640, 480
MAX_BYTES = 2 << 20

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct("!I4sIIBBBBB")
_NOT_INTERLACED = 0
_BITS_OF_CHANNEL = 8


def read(path: Path) -> bytes:
    """Returns the picture's file; raises a UsageProblem if the menus cannot show it."""
    remedy = (f"give a PNG file of {WIDTH} x {HEIGHT} pixels, 8 bits, not interlaced: "
              f"convert {path} -resize {WIDTH}x{HEIGHT}! -interlace none -depth 8 picture.png")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise UsageProblem(f"--picture: cannot read {path}: {problem.strerror}") from problem
    if len(content) > MAX_BYTES:
        raise UsageProblem(f"--picture: {path} has more than {MAX_BYTES >> 20} MiB; {remedy}")
    if not content.startswith(_SIGNATURE) or len(content) < len(_SIGNATURE) + _HEADER.size:
        raise UsageProblem(f"--picture: {path} is no PNG file; {remedy}")
    _, kind, width, height, bits, _, _, _, interlace = _HEADER.unpack_from(content, len(_SIGNATURE))
    if kind != b"IHDR" or (width, height) != (WIDTH, HEIGHT):
        raise UsageProblem(f"--picture: {path} has {width} x {height} pixels; {remedy}")
    if bits != _BITS_OF_CHANNEL or interlace != _NOT_INTERLACED:
        raise UsageProblem(f"--picture: {path} is interlaced or has not 8 bits per channel; {remedy}")
    return content
