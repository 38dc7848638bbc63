# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether something is on a picture for the manual."""

import struct
import zlib
from pathlib import Path

_PNG = b"\x89PNG\r\n\x1a\n"
_BYTES_PER_PIXEL = {2: 3, 6: 4}


def different_lines(picture: Path) -> int:
    """How many different rows of pixels the picture has; one that shows nothing has one."""
    data = picture.read_bytes()
    assert data.startswith(_PNG)
    position, pixels, header = len(_PNG), b"", None
    while position < len(data):
        (length,) = struct.unpack_from(">I", data, position)
        kind, content = data[position + 4:position + 8], data[position + 8:position + 8 + length]
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", content)
        elif kind == b"IDAT":
            pixels += content
        position += length + 12
    assert header is not None and header[2] == 8
    row = header[0] * _BYTES_PER_PIXEL[header[3]] + 1
    raw = zlib.decompress(pixels)
    return len({raw[start:start + row] for start in range(0, len(raw), row)})
