# SPDX-License-Identifier: GPL-2.0-or-later
"""An initramfs archive in cpio's format "newc", as the kernel reads it (Documentation/driver-api/early-userspace)."""

import stat
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A file of the archive."""

    name: str
    content: bytes
    mode: int


def archive(entries: list[Entry]) -> bytes:
    """The ENTRIES, with the directories above them. All belong to root and have no time, so the same input gives the same."""
    directories = sorted({parent for entry in entries for parent in _parents(entry.name)})
    members = [(name, b"", stat.S_IFDIR | 0o755) for name in directories]
    members += [(entry.name, entry.content, stat.S_IFREG | entry.mode) for entry in entries]
    members.append(("TRAILER!!!", b"", 0))
    return b"".join(_member(number, *member) for number, member in enumerate(members, 1))


def _parents(name: str) -> list[str]:
    parts = name.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]


def _member(number: int, name: str, content: bytes, mode: int) -> bytes:
    encoded = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    return _padded(header + encoded) + _padded(content)


def _padded(content: bytes) -> bytes:
    return content + b"\0" * (-len(content) % 4)
