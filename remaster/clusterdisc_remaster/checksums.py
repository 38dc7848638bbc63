# SPDX-License-Identifier: GPL-2.0-or-later
"""The checksums on the medium, which the boot parameter verify-checksums compares (live-boot's 0030-verify-checksums)."""

import hashlib
import re
from pathlib import Path

NAME = "/sha256sum.txt"

_LINE = re.compile(r"^([0-9a-f]{64})  \.(/.*)$")


def of_file(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def parse(text: str) -> dict[str, str]:
    """The checksum of each file of the medium."""
    matches = (_LINE.match(line) for line in text.splitlines())
    return {match[2]: match[1] for match in matches if match}


def change(text: str, changed: dict[str, Path], removed: set[str]) -> str:
    """The list with the checksums of the CHANGED files and without the REMOVED ones. No other file is read."""
    sums = parse(text)
    sums.update({name: of_file(path) for name, path in changed.items() if name != NAME})
    return "".join(f"{sums[name]}  .{name}\n" for name in sorted(sums) if name not in removed)
