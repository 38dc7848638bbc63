# SPDX-License-Identifier: GPL-2.0-or-later
"""The comparison of images finds what it must find."""

import subprocess

import pytest

from build.image_difference import compare_folders, compare_isos

DATE = "2001-01-01 00:00:00 UTC"


@pytest.fixture
def image(tmp_path):
    """Makes an ISO with a squashfs in it, of some files."""
    def make(name, medium, root):
        folder = tmp_path / f"make-{name}"
        for base, files in ((folder / "iso", medium), (folder / "root", root)):
            for path, content in files.items():
                (base / path).parent.mkdir(parents=True, exist_ok=True)
                (base / path).write_text(content)
        (folder / "iso/live").mkdir(exist_ok=True)
        subprocess.run(["find", folder, "-exec", "touch", "--date", DATE, "{}", "+"], check=True)
        subprocess.run(["mksquashfs", folder / "root", folder / "iso/live/filesystem.squashfs", "-quiet", "-no-progress",
                        "-mkfs-time", "0"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["find", folder, "-exec", "touch", "--date", DATE, "{}", "+"], check=True)
        iso = tmp_path / f"{name}.iso"
        subprocess.run(["xorriso", "-as", "mkisofs", "-R", "--modification-date=2001010100000000", "-o", iso,
                        folder / "iso"], check=True, capture_output=True)
        return iso
    return make


def test_names_a_file_of_the_medium(image, tmp_path):
    same = {"etc/same": "same"}
    problems = compare_isos(image("a", {"boot/x": "12345"}, same), image("b", {"boot/x": "12_45"}, same), tmp_path / "out")
    assert len(problems) == 1
    assert problems[0].startswith("boot/x: ") and "from byte 2: b'345' and b'_45'" in problems[0]


def test_names_a_file_of_the_live_file_system(image, tmp_path):
    one = image("a", {"x": "x"}, {"etc/same": "same", "etc/stamp": "Monday"})
    other = image("b", {"x": "x"}, {"etc/same": "same", "etc/stamp": "Friday", "etc/more": ""})
    problems = compare_isos(one, other, tmp_path / "out")
    assert any("filesystem.squashfs: etc/stamp" in line and "from byte 0" in line for line in problems)
    assert any("filesystem.squashfs: etc/more: only in the second" in line for line in problems)
    assert not any("etc/same" in line for line in problems)


def test_names_a_mode_and_a_link_and_a_missing_file(tmp_path):
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mode").write_text("")
        (tmp_path / folder / "link").symlink_to(folder)
    (tmp_path / "one/gone").write_text("")
    (tmp_path / "other/mode").chmod(0o600)
    problems = "\n".join(compare_folders(tmp_path / "one", tmp_path / "other"))
    assert "gone: only in the first" in problems
    assert "mode -rw-------" in problems and "only in metadata" in problems
    assert "to one against" in problems
