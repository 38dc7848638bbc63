# SPDX-License-Identifier: GPL-2.0-or-later
"""For tests: a disc whose kernel is a few bytes, so that a virtual PC "starts" in a second.

The kernel is one for a multiboot loader, which QEMU is, too. It writes on the serial line what a node writes when it has
started, returns what is typed there, and turns the machine off when the power button is pressed. The bytes stand beside the
instruction they encode, as in qemu/boot_sector.py; here they are of 32 bits.
"""

import struct
import subprocess
from pathlib import Path

STARTED = "tiny login: user (automatic login)\n"
DRONE_STARTED = "omd: listening at a tiny address\n"

_LOAD_ADDRESS = 0x100000
_MAGIC = 0x1BADB002
_HAS_ADDRESSES = 1 << 16
_HEADER_SIZE = 32
_MENU = """label node
  menu label Start
  kernel /live/vmlinuz
  append initrd=/live/initrd.img boot=tiny quiet
  text help
  Nothing.
  endtext

label drone
  menu label Lend
  kernel /clusterdisc/drone
  append initrd=/clusterdisc/key.cpio console=ttyS0 console=tty0 quiet

label other
  append initrd=/live/initrd.img boot=other
"""


def _jump(opcode: int, start: int, target: int) -> bytes:
    """A short jump that stands at START."""
    return bytes([opcode]) + struct.pack("b", target - (start + 2))


def _code(text_address: int) -> bytes:
    say = (
        b"\xbe" + struct.pack("<I", text_address)  # mov esi, text
        + bytes.fromhex(
            "ac"  # 1: lodsb
            "84 c0"  # test al, al
            "74 12"  # jz 3f
            "88 c4"  # mov ah, al
            "66 ba fd 03"  # mov dx, 0x3fd (line status)
            "ec"  # 2: in al, dx
            "a8 20"  # test al, 0x20 (transmitter empty)
            "74 fb"  # jz 2b
            "88 e0"  # mov al, ah
            "b2 f8"  # mov dl, 0xf8 (data)
            "ee"  # out dx, al
            "eb e9"  # jmp 1b
        )
    )
    enable_button = bytes.fromhex(
        "66 ba 02 06"  # 3: mov dx, 0x602 (power management enable)
        "66 b8 00 01"  # mov ax, 0x100 (power button)
        "66 ef"  # out dx, ax
    )
    echo = bytes.fromhex(
        "66 ba fd 03"  # 4: mov dx, 0x3fd (line status)
        "ec"  # in al, dx
        "a8 01"  # test al, 1 (data ready)
        "74 04"  # jz 5f
        "b2 f8"  # mov dl, 0xf8 (data)
        "ec"  # in al, dx
        "ee"  # out dx, al
    )
    look_at_button = bytes.fromhex(
        "66 ba 00 06"  # 5: mov dx, 0x600 (power management status)
        "66 ed"  # in ax, dx
        "f6 c4 01"  # test ah, 1 (power button)
    )
    again = _jump(0x74, len(echo) + len(look_at_button), 0)  # jz 4b
    turn_off = bytes.fromhex(
        "b2 04"  # mov dl, 0x04 (power management control)
        "66 b8 00 20"  # mov ax, 0x2000 (sleep now, type 0: soft off)
        "66 ef"  # out dx, ax
        "fa f4 eb fd"  # cli; 6: hlt; jmp 6b
    )
    return say + enable_button + echo + look_at_button + again + turn_off


def kernel(said: str = STARTED) -> bytes:
    """The kernel; SAID is what it writes."""
    entry = _LOAD_ADDRESS + _HEADER_SIZE
    code = _code(entry + len(_code(0)))
    content = code + said.encode() + b"\0"
    end = entry + len(content)
    header = struct.pack("<8I", _MAGIC, _HAS_ADDRESSES, -(_MAGIC + _HAS_ADDRESSES) & 0xFFFFFFFF,
                         _LOAD_ADDRESS, _LOAD_ADDRESS, end, end, entry)
    return (header + content).ljust(8192, b"\0")


def make(directory: Path) -> Path:
    """Makes the disc in DIRECTORY; returns its path."""
    tree = directory / "medium"
    for name, content in (("isolinux/isolinux.cfg", _MENU.encode()), ("live/vmlinuz", kernel()), ("live/initrd.img", b"tiny"),
                          ("clusterdisc/drone", kernel(DRONE_STARTED)), ("clusterdisc/key.cpio", b"tiny key")):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(content)
    path = directory / "tiny.iso"
    subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-iso-level", "3", "-R", "-o", path, tree], check=True, stdin=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    return path
