# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a remastered disc by xorriso: as a new image, or onto the disc itself.

In place, xorriso does not get the disc but a sparse copy of its beginning, its directories and its small files. It
appends a session to that. What it appended is then written to the disc and synchronised, and after that the few blocks
of boot record, partition tables and volume descriptors. Each of these leads either to the old session or to the new one,
and both are whole, so that the disc boots at whatever moment the writing is cut off.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from . import manifest, partitions
from .disc import BLOCK_BYTES, KEY, KEY_INITRAMFS, Disc, blocks_of
from .problems import Failure
from .programs import run

# xorriso repeats the beginning of a session at the beginning of the disc: 16 blocks of boot record and partition tables
# and the volume descriptors; at block 32 the same descriptors for the view from the first partition. What it writes behind
# them there nothing leads to, and something of the first session may lie there.
_DESCRIPTOR_AREAS = (range(0, 32), range(32, 48))
_TERMINATOR = 255

# Files of this size and more are not copied to the sparse copy: xorriso does not read them.
MIN_BYTES_NOT_COPIED = 4 << 20


def _commands(changed: dict[str, Path], removed: set[str]) -> list[str]:
    when = f"={manifest.when()}"
    commands = ["-boot_image", "any", "replay", "-joliet", "on", "-compliance", "joliet_long_names"]
    for name in sorted(removed):
        commands += ["-rm", name, "--"]
    for name, local in sorted(changed.items()):
        commands += ["-map", str(local), name, "-chown", "0", name, "--", "-chgrp", "0", name, "--",
                     "-chmod", "0600" if name in (KEY, KEY_INITRAMFS) else "0644", name, "--", "-alter_date", "b", when, name, "--"]
    return commands


def write_new(disc: Disc, changed: dict[str, Path], removed: set[str], output: Path) -> None:
    """Writes the disc with the CHANGED files, and without the REMOVED ones, to the new file OUTPUT."""
    run(["xorriso", "-no_rc", "-indev", disc.drive, "-outdev", f"stdio:{output}", *_commands(changed, removed), "-commit", "-end"],
        f"cannot write {output}")


def check_in_place(disc: Disc) -> None:
    """Raises a Failure if the disc cannot be written, or if something lies behind its image."""
    try:
        with disc.path.open("r+b") as device:
            start = device.read(partitions.TABLE_BYTES)
    except OSError as problem:
        raise Failure(f"cannot write {disc.path}: {problem.strerror}; for a new image give -o") from problem
    if found := partitions.behind(start, disc.bytes):
        first = found[0]
        raise Failure(f"partition {first.number} of the {first.table} of {disc.path} lies behind the disc's image and would "
                      "be overwritten; move what is in it, remove it, or write a new image with -o")


def append_to_copy(disc: Disc, changed: dict[str, Path], removed: set[str], copy: Path) -> None:
    """Makes the sparse file COPY, and lets xorriso append the changes to it."""
    holes = sorted((extent.block * BLOCK_BYTES, (extent.block + extent.blocks) * BLOCK_BYTES)
                   for extent in disc.files.values() if extent.size >= MIN_BYTES_NOT_COPIED)
    with disc.path.open("rb") as source, copy.open("wb") as target:
        target.truncate(disc.bytes)
        position = 0
        for begin, end in [*holes, (disc.bytes, disc.bytes)]:
            source.seek(position)
            target.seek(position)
            while position < begin:
                data = source.read(min(begin - position, 1 << 20))
                if not data:
                    raise Failure(f"cannot read {disc.path}: it ends early")
                target.write(data)
                position += len(data)
            position = end
    # Behind the image, padding is only for drives that read ahead on a CD.
    run(["xorriso", "-no_rc", "-dev", f"stdio:{copy}", "-padding", "0", *_commands(changed, removed), "-commit", "-end"],
        f"cannot append to {disc.path}")


def writes(disc: Disc, copy: Path) -> Iterator[tuple[int, bytes] | None]:
    """What has to be written to the disc so that it becomes as COPY: offsets and bytes, in this order. None: all before
    must be on the medium before anything behind it."""
    with disc.path.open("rb") as old, copy.open("rb") as new:
        new.seek(disc.bytes)
        position = disc.bytes
        while data := new.read(1 << 20):
            yield position, data
            position += len(data)
        yield None
        new.seek(0)
        start = new.read(_DESCRIPTOR_AREAS[-1].stop * BLOCK_BYTES)
        if blocks_of(start) * BLOCK_BYTES != position:
            raise Failure(f"cannot append to {disc.path}: xorriso wrote {blocks_of(start)} blocks, not {position // BLOCK_BYTES}")
        for block in reversed(list(_blocks_that_lead(start))):
            data = start[block * BLOCK_BYTES:(block + 1) * BLOCK_BYTES]
            old.seek(block * BLOCK_BYTES)
            if old.read(BLOCK_BYTES) != data:
                yield block * BLOCK_BYTES, data


def _blocks_that_lead(start: bytes) -> Iterator[int]:
    yield from range(16)
    for area in _DESCRIPTOR_AREAS:
        for block in area:
            if block < 16:
                continue
            descriptor = start[block * BLOCK_BYTES:(block + 1) * BLOCK_BYTES]
            if descriptor[1:6] != b"CD001":
                break
            yield block
            if descriptor[0] == _TERMINATOR:
                break


def write_in_place(disc: Disc, copy: Path) -> int:
    """Makes the disc as COPY is; returns how many bytes were written."""
    size = copy.stat().st_size
    written = 0
    with disc.path.open("r+b", buffering=0) as target:
        mode = os.fstat(target.fileno()).st_mode
        if stat.S_ISBLK(mode) and (capacity := target.seek(0, os.SEEK_END)) < size:
            raise Failure(f"{disc.path} has {capacity} bytes; the remastered disc needs {size}. Nothing was written")
        if stat.S_ISREG(mode):
            _reserve(target.fileno(), size, disc.path)
        try:
            for write in writes(disc, copy):
                if write is None:
                    os.fsync(target.fileno())
                    continue
                offset, data = write
                _write_all(target.fileno(), data, offset)
                written += len(data)
            os.fsync(target.fileno())
        except OSError as problem:
            raise Failure(f"cannot write {disc.path}: {problem.strerror}; it boots as before, or as remastered") from problem
    return written


def _reserve(descriptor: int, size: int, path: Path) -> None:
    try:
        os.posix_fallocate(descriptor, 0, size)
    except OSError as problem:
        raise Failure(f"cannot write {path}: {problem.strerror}. Nothing was written") from problem


def _write_all(descriptor: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        count = os.pwrite(descriptor, view, offset)
        view, offset = view[count:], offset + count


@contextlib.contextmanager
def appears_whole(path: Path) -> Iterator[Path]:
    """A temporary file beside PATH that takes its name when the block ends, and is removed when it fails."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        # There is a cluster key in it.
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    except OSError as problem:
        raise Failure(f"cannot write {path}: {problem.strerror}") from problem
    finally:
        temporary.unlink(missing_ok=True)
