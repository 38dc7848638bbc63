# SPDX-License-Identifier: GPL-2.0-or-later
"""The picture behind the boot menus: what is refused, what the menus say, and what the screen shows."""

import struct
import zlib

import pytest

from qemu import Guest, Machine
from qemu.accelerator import TCG
from qemu.deadline import wait_until

RED, BLUE = (200, 30, 60), (20, 60, 210)
# To the menu, by the slower of both kinds of firmware.
MENU_SECONDS = 12


def png(color: tuple[int, int, int], width: int = 640, height: int = 480, bits: int = 8) -> bytes:
    """A picture of one colour."""
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack("!I", len(content)) + kind + content + struct.pack("!I", zlib.crc32(kind + content))
    rows = (b"\0" + bytes(color) * width) * height
    header = struct.pack("!IIBBBBB", width, height, bits, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def pictures(desk):
    return desk.write({"red.png": png(RED), "blue.png": png(BLUE), "small.png": png(RED, 320, 200), "deep.png": png(RED, bits=16),
                       "text.png": "no picture\n", "large.png": png(RED) + bytes(2 << 20)}, "pictures")


@pytest.fixture(scope="module")
def twice(desk, pictures, look_at):
    """A disc that got a picture, and then another one."""
    desk.remaster(desk.original, "--picture", pictures / "red.png", "--title", "Room 3", "-o", desk.folder / "red.iso")
    desk.remaster(desk.folder / "red.iso", "--picture", pictures / "blue.png", "-o", desk.folder / "blue.iso")
    return look_at(desk.folder / "blue.iso", small=True)


@pytest.mark.parametrize(("name", "why"), [
    ("small.png", "has 320 x 200 pixels"), ("deep.png", "8 bits per channel"), ("text.png", "is no PNG file"),
    ("large.png", "has more than 2 MiB"), ("none.png", "cannot read"),
])
def test_a_picture_that_the_menus_cannot_show_is_refused_with_the_remedy(desk, pictures, name, why):
    result = desk.run(desk.original, "--picture", pictures / name, "-o", "refused.iso")
    assert result.returncode == 2 and why in result.stderr and str(pictures / name) in result.stderr
    assert name == "none.png" or "convert" in result.stderr
    assert not (desk.folder / "refused.iso").exists()


def test_the_menus_name_the_picture_once(desk, pictures, twice):
    assert twice.text("/isolinux/isolinux.cfg").count("menu background /boot/picture.png\n") == 1
    assert "default vesamenu.c32\n" in twice.text("/isolinux/isolinux.cfg")
    assert twice.text("/boot/grub/grub.cfg").count("background_image /boot/picture.png\n") == 1
    assert twice.read("/boot/picture.png") == (pictures / "blue.png").read_bytes()
    assert "picture      blue.png\n" in desk.remaster(twice.path, "--list")
    assert "picture.png" in twice.text("/sha256sum.txt")


@pytest.mark.vm
@pytest.mark.parametrize("firmware", ["bios", "uefi-x64"])
def test_the_screen_shows_it(twice, tmp_path, firmware):
    machine = Machine(cdrom=twice.path, firmware=firmware, cpu="pentium3" if firmware == "bios" else "qemu64")
    with Guest(machine, tmp_path / "guest") as guest:
        screen = tmp_path / "screen.ppm"

        def corner() -> tuple[int, ...]:
            guest.qmp.command("screendump", filename=str(screen))
            content = screen.read_bytes()
            # "P6 WIDTH HEIGHT 255", then rows of pixels: the last one in the lowest left corner.
            width, height = (int(number) for number in content.split(maxsplit=3)[1:3])
            start = len(content) - width * 3
            return (width, height, *content[start:start + 3])
        wait_until(lambda: all(abs(ours - its) < 8 for ours, its in zip(corner()[2:], BLUE, strict=True)),
                   TCG.seconds(MENU_SECONDS), f"the picture is on the screen; {corner()}", pause=0.5)
