# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading the disc, whole and damaged."""

import struct
import subprocess

import pytest

from clusterdisc_vm import disc, tiny_disc
from clusterdisc_vm.iso9660 import Image, NotAnImage
from clusterdisc_vm.problems import Problem

SECTOR = 2048
ROOT_RECORD = 16 * SECTOR + 156


@pytest.fixture(scope="module")
def iso(tmp_path_factory):
    return tiny_disc.make(tmp_path_factory.mktemp("disc"))


@pytest.fixture
def damaged(iso, tmp_path):
    """A copy of the disc that may be spoilt: damaged(OFFSET, BYTES)."""
    def damage(offset, data, length=None):
        content = bytearray(iso.read_bytes())
        content[offset:offset + len(data)] = data
        path = tmp_path / "damaged.iso"
        path.write_bytes(content[:length])
        return path
    return damage


def test_the_menu_gives_kernels_initramfs_and_parameters(iso):
    read = disc.read(iso)
    assert read.node == disc.Entry(tiny_disc.kernel(), b"tiny", "boot=tiny quiet")
    assert read.drone == disc.Entry(tiny_disc.kernel(tiny_disc.DRONE_STARTED), b"tiny key",
                                    "console=ttyS0 console=tty0 quiet")


def test_a_disc_may_have_no_drone(iso, damaged):
    menu = iso.read_bytes().index(b"label drone")
    assert disc.read(damaged(menu, b"label fixed")).drone is None


def test_files_of_all_sizes_are_found_among_many(tmp_path):
    tree = tmp_path / "tree"
    (tree / "many").mkdir(parents=True)
    # More entries than one sector holds.
    names = [f"file{number}.txt" for number in range(100)]
    for number, name in enumerate(names):
        (tree / "many" / name).write_bytes(bytes([number]) * number * 50)
    path = tmp_path / "many.iso"
    subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-R", "-o", path, tree], check=True, stdin=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    with Image(path) as image:
        for number, name in enumerate(names):
            assert image.read(f"/many/{name}") == bytes([number]) * number * 50
        for missing in ("many/file100.txt", "none/file1.txt"):
            with pytest.raises(FileNotFoundError, match=missing):
                image.read(missing)


def test_what_is_no_disc_is_refused(tmp_path):
    for content in (b"", bytes(SECTOR * 17), b"\x01CD001" * 20000):
        path = tmp_path / "file"
        path.write_bytes(content)
        with pytest.raises(Problem, match="is not a disc of ClusterDisc"):
            disc.read(path)


@pytest.mark.parametrize(("offset", "data"), [
    (ROOT_RECORD + 2, struct.pack("<I", 0xFFFFFFFF)),
    (ROOT_RECORD + 10, struct.pack("<I", 0xFFFFFFFF)),
])
def test_directories_beyond_the_image_are_refused(damaged, offset, data):
    with pytest.raises(NotAnImage), Image(damaged(offset, data)) as image:
        image.read("live/vmlinuz")


@pytest.mark.parametrize("sectors", [16, 17, 20])
def test_an_image_that_is_cut_short_is_refused(damaged, sectors):
    with pytest.raises(Problem, match="cut short"):
        disc.read(damaged(0, b"", sectors * SECTOR))


@pytest.mark.parametrize("length", [1, 33, 34, 255])
def test_entries_of_wrong_length_are_refused(iso, damaged, length):
    content = iso.read_bytes()
    root = struct.unpack_from("<I", content, ROOT_RECORD + 2)[0] * SECTOR
    with pytest.raises((NotAnImage, FileNotFoundError)), Image(damaged(root, bytes([length]))) as image:
        image.read("live/vmlinuz")


def test_a_disc_that_the_user_may_not_read_is_named_with_the_remedy(iso, monkeypatch):
    def refuse(*_):
        raise PermissionError
    monkeypatch.setattr(disc, "Image", refuse)
    with pytest.raises(Problem, match="sudo chown"):
        disc.read(iso)
