# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of the repository: what git tracks, or would track once it is added."""

import subprocess
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@cache
def files() -> tuple[Path, ...]:
    """All files, relative to the root. Without git (an unpacked archive): everything but results of builds."""
    if (REPOSITORY / ".git").exists():
        listing = subprocess.run(
            ["git", "-c", "safe.directory=*", "-C", REPOSITORY, "ls-files", "-z",
             "--cached", "--others", "--exclude-standard"],
            check=True, capture_output=True, text=True,
        ).stdout
        found = [Path(name) for name in listing.split("\0") if name]
    else:
        found = [path.relative_to(REPOSITORY) for path in REPOSITORY.rglob("*")]
        found = [path for path in found
                 if path.parts[0] not in ("out", "build") and not {"__pycache__", ".pytest_cache"} & set(path.parts)]
    return tuple(sorted(path for path in found if (REPOSITORY / path).is_file() and not (REPOSITORY / path).is_symlink()))


def text(path: Path) -> str | None:
    """The content of a text file; None for a binary one."""
    data = (REPOSITORY / path).read_bytes()
    if b"\0" in data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def first_line(path: Path) -> str:
    """The first line of a text file, empty for others."""
    return (text(path) or "").partition("\n")[0]


def with_suffix(*suffixes: str) -> list[Path]:
    """All files that end in one of SUFFIXES."""
    return [path for path in files() if path.suffix in suffixes]


def shell_scripts() -> list[Path]:
    """All shell scripts, by name or by first line."""
    interpreters = ("#!/bin/sh", "#!/bin/bash", "#!/usr/bin/env bash", "#!/bin/dash")
    return [path for path in files() if path.suffix in (".sh", ".bash") or first_line(path).startswith(interpreters)]
