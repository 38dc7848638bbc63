# SPDX-License-Identifier: GPL-2.0-or-later
"""A stick is changed where it is: little is written, and it boots at whatever moment that ends."""

import hashlib
import os
import re
import shutil
from pathlib import Path

import pytest

from clusterdisc_remaster import checksums, image, manifest, partitions
from clusterdisc_remaster.disc import MANIFEST, Disc
from remaster.medium import BLOCK, SECTOR

MIB = 1 << 20
# xorriso fills up to a whole MiB, which BIOSes take for a cylinder of the stick; its directories and the files that
# follow from the layer are a third of a MiB.
MAX_BYTES_BESIDE_LAYER = MIB * 4 // 3
# Where the first partition begins, from which live-boot and others may mount the disc.
PARTITION = 64 * SECTOR


def stick_of(desk, name: str) -> Path:
    """A stick with the disc on it, and room behind it."""
    stick = desk.folder / name
    shutil.copyfile(desk.original, stick)
    os.truncate(stick, stick.stat().st_size + 32 * MIB)
    desk.give(stick)
    return stick


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def changed(desk, look_at):
    """A stick that was remastered in place twice, and what the program said."""
    stick = stick_of(desk, "stick")
    said = []
    for number, parameters in enumerate(("keyboard-layouts=de", "keyboard-layouts=fr"), 1):
        files = desk.write({f"srv/{number}.bin": os.urandom(3 * MIB)}, f"in-place-{number}")
        said.append(desk.remaster("--in-place", stick, "--add", files, "--boot-parameters", parameters, "--new-key"))
    return look_at(stick), said


def test_the_stick_boots_in_all_ways_with_the_new_files(changed, original):
    medium, _ = changed
    assert medium.boot_structure() == original.boot_structure()
    assert medium.boot_code() == original.boot_code()
    assert medium.wrong_boot_pointers() == []
    assert medium.wrong_checksums() == []
    assert medium.root_files("layer-01")["/srv/1.bin"] == medium.root_files("layer-02")["/srv/2.bin"] == "-rw-r--r-- 0/0"
    assert len(re.findall(r"^  append .* keyboard-layouts=fr$", medium.text("/isolinux/isolinux.cfg"), re.MULTILINE)) == 6


def test_the_view_from_the_partition_is_the_same(desk, changed, look_at):
    medium, _ = changed
    partition = desk.folder / "partition"
    with medium.path.open("rb") as stick, partition.open("wb") as copy:
        stick.seek(PARTITION)
        shutil.copyfileobj(stick, copy)
    seen = look_at(partition)
    assert seen.files == medium.files
    assert seen.wrong_checksums() == []


def test_little_more_than_the_layer_is_written(changed):
    medium, said = changed
    for number, text in enumerate(said, 1):
        written = int(re.search(r"(\d+) bytes were written", text)[1])
        assert written <= (medium.folder / f"live/layer-0{number}.squashfs").stat().st_size + MAX_BYTES_BESIDE_LAYER


def test_the_first_session_stays_but_for_the_blocks_that_lead_to_it(desk, changed):
    old, new = desk.original.read_bytes(), changed[0].path.read_bytes()
    different = [block for block in range(len(old) // BLOCK)
                 if old[block * BLOCK:(block + 1) * BLOCK] != new[block * BLOCK:(block + 1) * BLOCK]]
    assert 0 < len(different) <= 10 and max(different) < 48, different


def test_whatever_is_written_of_those_blocks_the_stick_boots(desk, look_at):
    stick = stick_of(desk, "cut-off")
    disc = Disc(stick)
    content = manifest.Manifest(disc.read(MANIFEST))
    content.record({"test": "interruption"})
    changed = desk.folder / "manifest.json"
    changed.write_bytes(content.encode(content.settings))
    sums = desk.folder / "sums"
    sums.write_text(checksums.change(disc.read(checksums.NAME).decode(), {MANIFEST: changed}, set()))
    copy = desk.folder / "copy"
    image.append_to_copy(disc, {MANIFEST: changed, checksums.NAME: sums}, set(), copy)
    writes = list(image.writes(disc, copy))
    barrier = writes.index(None)
    assert all(offset >= disc.bytes for offset, _ in writes[:barrier])
    with stick.open("r+b") as target:
        for offset, data in writes[:barrier]:
            target.seek(offset)
            target.write(data)
    leading = writes[barrier + 1:]
    assert 5 <= len(leading) <= 10 and all(offset < disc.bytes for offset, _ in leading)
    old = [(offset, desk.original.read_bytes()[offset:offset + BLOCK]) for offset, _ in leading]
    # The blocks in order, in the opposite order, and each one alone or missing.
    count = len(leading)
    orders = [range(end) for end in range(count + 1)] + [range(begin, count) for begin in range(1, count)]
    orders += [[place] for place in range(1, count - 1)]
    for written in orders:
        with stick.open("r+b") as target:
            for place, (offset, data) in enumerate(old):
                target.seek(offset)
                target.write(leading[place][1] if place in written else data)
        medium = look_at(stick, small=True)
        assert (medium.wrong_boot_pointers(), medium.wrong_checksums()) == ([], []), list(written)
        # The primary volume descriptor decides which session is seen.
        assert ("remaster" in medium.manifest) == (16 in [leading[place][0] // BLOCK for place in written])


def test_a_partition_behind_the_image_is_not_overwritten(desk):
    stick = stick_of(desk, "with-a-partition")
    with stick.open("r+b") as target:
        target.seek(446 + 2 * 16)
        target.write(bytes(4) + b"\x83" + bytes(3) + (desk.original.stat().st_size // SECTOR + 2048).to_bytes(4, "little") +
                     (4096).to_bytes(4, "little"))
    before = digest(stick)
    result = desk.run("--in-place", stick, "--new-key")
    assert result.returncode == 1 and "partition 3 of the MBR" in result.stderr, result.stderr
    assert digest(stick) == before


def test_a_partition_of_the_gpt_is_seen_too():
    entry = b"\1" * 32 + (5000).to_bytes(8, "little") + (5999).to_bytes(8, "little") + bytes(80)
    header = b"EFI PART" + bytes(64) + (2).to_bytes(8, "little") + (128).to_bytes(4, "little") + (128).to_bytes(4, "little")
    start = bytes(SECTOR) + header.ljust(SECTOR, b"\0") + entry
    start = start.ljust(partitions.TABLE_BYTES, b"\0")
    assert partitions.behind(start, 6000 * SECTOR) == []
    assert partitions.behind(start, 5999 * SECTOR) == [partitions.Partition("GPT", 1, 5000, 6000)]


def test_a_disc_that_cannot_be_written_is_named(desk):
    stick = stick_of(desk, "read-only")
    stick.chmod(0o400)
    result = desk.run("--in-place", stick, "--new-key")
    assert result.returncode == 1 and "cannot write" in result.stderr and "-o" in result.stderr, result.stderr


def test_another_disc_beside_the_one_in_place_is_refused(desk):
    result = desk.run("original.iso", "--in-place", stick_of(desk, "other-stick"), "--new-key")
    assert result.returncode == 2 and "leave out original.iso" in result.stderr, result.stderr
