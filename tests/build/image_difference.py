# SPDX-License-Identifier: GPL-2.0-or-later
"""Which files differ between two ISO images, down to the files in the live file system."""

import hashlib
import os
import stat
import subprocess
from pathlib import Path

SQUASHFS = Path("live/filesystem.squashfs")
_MOST_BYTES_SHOWN = 16


def unpack_iso(iso: Path, folder: Path) -> Path:
    """All files of the ISO, in FOLDER."""
    subprocess.run(
        ["xorriso", "-indev", iso, "-osirrox", "on", "-extract", "/", folder], check=True, capture_output=True
    )
    subprocess.run(["chmod", "-R", "u+rwX", folder], check=True)
    return folder


def unpack_squashfs(image: Path, folder: Path) -> Path:
    """All files of the squashfs, in FOLDER, with owners and modes."""
    subprocess.run(["unsquashfs", "-no-progress", "-dest", folder, image], check=True, capture_output=True)
    return folder


def describe(path: Path) -> str:
    """Everything of one file that a build could get different, in a line."""
    state = path.lstat()
    facts = [f"mode {stat.filemode(state.st_mode)}", f"owner {state.st_uid}:{state.st_gid}", f"time {int(state.st_mtime)}"]
    if stat.S_ISLNK(state.st_mode):
        facts.append(f"to {os.readlink(path)}")
    elif stat.S_ISREG(state.st_mode):
        facts += [f"size {state.st_size}", f"sha256 {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"]
    elif stat.S_ISCHR(state.st_mode) or stat.S_ISBLK(state.st_mode):
        facts.append(f"device {os.major(state.st_rdev)}:{os.minor(state.st_rdev)}")
    return ", ".join(facts)


def first_difference(one: Path, other: Path) -> str:
    """Where two regular files begin to differ, and what stands there."""
    with open(one, "rb") as first, open(other, "rb") as second:
        position = 0
        while True:
            left, right = first.read(1 << 20), second.read(1 << 20)
            if left != right:
                offset = next((i for i, (a, b) in enumerate(zip(left, right)) if a != b), min(len(left), len(right)))
                shown = [data[offset:offset + _MOST_BYTES_SHOWN] for data in (left, right)]
                return f"from byte {position + offset}: {shown[0]!r} and {shown[1]!r}"
            if not left:
                return "only in metadata"
            position += len(left)


def compare_folders(one: Path, other: Path) -> list[str]:
    """A line for every file that differs or that only one has."""
    names = sorted({path.relative_to(root) for root in (one, other) for path in root.rglob("*")})
    problems = []
    for name in names:
        left, right = one / name, other / name
        present = [os.path.lexists(left), os.path.lexists(right)]
        if not all(present):
            problems.append(f"{name}: only in the {'first' if present[0] else 'second'}")
        elif describe(left) != describe(right):
            facts = [sorted(set(describe(a).split(", ")) - set(describe(b).split(", ")))
                     for a, b in ((left, right), (right, left))]
            line = f"{name}: {', '.join(facts[0])} against {', '.join(facts[1])}"
            if left.is_file() and right.is_file() and not left.is_symlink():
                line += f"; {first_difference(left, right)}"
            problems.append(line)
    return problems


def compare_isos(one: Path, other: Path, folder: Path) -> list[str]:
    """A line for every file that differs between two images; FOLDER is for what is unpacked."""
    first, second = (unpack_iso(iso, folder / name) for iso, name in ((one, "first"), (other, "second")))
    problems = compare_folders(first, second)
    if any(line.startswith(str(SQUASHFS)) for line in problems):
        roots = [unpack_squashfs(iso / SQUASHFS, folder / f"{iso.name}-root") for iso in (first, second)]
        problems += [f"in {SQUASHFS}: {line}" for line in compare_folders(*roots)]
    return problems or [f"no file; the images themselves: {first_difference(one, other)}"]
