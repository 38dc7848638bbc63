# SPDX-License-Identifier: GPL-2.0-or-later
"""The cluster key as an initramfs: boot loaders give it to the drone, whose kernel sees no medium."""

import stat

# The kernel's own text on it: Documentation/driver-api/early-userspace/buffer-format.rst.
_MAGIC = b"070701"
_NAME = "clusterdisc/cluster.key"


def _member(name: str, mode: int, content: bytes, number: int) -> bytes:
    encoded = name.encode() + b"\0"
    links = 2 if stat.S_ISDIR(mode) else 1
    numbers = (number, mode, 0, 0, links, 0, len(content), 0, 0, 0, 0, len(encoded), 0)
    header = _MAGIC + b"".join(b"%08x" % value for value in numbers) + encoded
    return _padded(header) + _padded(content)


def _padded(part: bytes) -> bytes:
    return part + bytes(-len(part) % 4)


def make(key: bytes) -> bytes:
    """The archive with KEY, for root only."""
    folder = _member(_NAME.partition("/")[0], stat.S_IFDIR | 0o700, b"", 1)
    return folder + _member(_NAME, stat.S_IFREG | 0o600, key, 2) + _member("TRAILER!!!", 0, b"", 0)
