# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests of one disk sector, so that the library can be tested, and accelerators probed, without an operating system.

Each is 16-bit code that the BIOS loads at 0x7c00. The bytes stand beside the instruction they encode, because an
assembler would be one more thing that a machine may lack.
"""

from pathlib import Path

SECTOR_SIZE = 512
LOAD_ADDRESS = 0x7C00
DEBUG_EXIT_PORT = 0x501

# cli; 1: hlt; jmp 1b
_STOP = bytes.fromhex("fa f4 eb fd")


def debug_exit_status(value: int) -> int:
    """The exit status of QEMU after a guest wrote VALUE to the isa-debug-exit device."""
    return (value << 1 | 1) & 0xFF


def exit_with(value: int) -> bytes:
    """Writes VALUE to the isa-debug-exit device at DEBUG_EXIT_PORT."""
    return (
        b"\xba" + DEBUG_EXIT_PORT.to_bytes(2, "little")  # mov dx, DEBUG_EXIT_PORT
        + b"\xb0" + bytes([value])  # mov al, value
        + b"\xee"  # out dx, al
        + _STOP
    )


def count_down(rounds: int) -> bytes:
    """Executes ROUNDS times 65,536 loop instructions; to be followed by other code."""
    return (
        b"\xbb" + rounds.to_bytes(2, "little")  # mov bx, rounds
        + b"\x31\xc9"  # 1: xor cx, cx
        + b"\xe2\xfe"  # 2: loop 2b
        + b"\x4b"  # dec bx
        + b"\x75\xf9"  # jnz 1b
    )


def say(text: str) -> bytes:
    """Writes TEXT to the first serial port, then stops."""
    code = bytearray(
        b"\x31\xc0"  # xor ax, ax
        b"\x8e\xd8"  # mov ds, ax
        b"\xfc"  # cld
        b"\xbe\x00\x00"  # mov si, text (filled in below)
        b"\xac"  # 1: lodsb
        b"\x84\xc0"  # test al, al
        b"\x74\x11"  # jz 3f
        b"\x88\xc4"  # mov ah, al
        b"\xba\xfd\x03"  # mov dx, 0x3fd (line status)
        b"\xec"  # 2: in al, dx
        b"\xa8\x20"  # test al, 0x20 (transmitter empty)
        b"\x74\xfb"  # jz 2b
        b"\x88\xe0"  # mov al, ah
        b"\xb2\xf8"  # mov dl, 0xf8 (data)
        b"\xee"  # out dx, al
        b"\xeb\xea"  # jmp 1b
    )
    code += _STOP  # 3:
    code[6:8] = (LOAD_ADDRESS + len(code)).to_bytes(2, "little")
    return bytes(code) + text.encode("ascii") + b"\x00"


def echo() -> bytes:
    """Returns every byte that comes in on the first serial port."""
    return bytes.fromhex(
        "ba fd 03"  # 1: mov dx, 0x3fd (line status)
        "ec"  # in al, dx
        "a8 01"  # test al, 1 (data ready)
        "74 f8"  # jz 1b
        "b2 f8"  # mov dl, 0xf8 (data)
        "ec"  # in al, dx
        "ee"  # out dx, al
        "eb f2"  # jmp 1b
    )


def power_off_on_button() -> bytes:
    """Says "ready" and turns the machine off when its power button is pressed.

    Ports of the i440FX machine's ACPI registers as the BIOS of QEMU places them: status 0x600, enable 0x602, control 0x604.
    """
    return (
        bytes.fromhex(
            "ba 02 06"  # mov dx, 0x602 (power management enable)
            "b8 00 01"  # mov ax, 0x100 (power button)
            "ef"  # out dx, ax
        )
        + b"".join(
            b"\xba\xf8\x03"  # mov dx, 0x3f8
            + b"\xb0" + letter.to_bytes(1, "little")  # mov al, letter
            + b"\xee"  # out dx, al
            for letter in b"ready\n"
        )
        + bytes.fromhex(
            "ba 00 06"  # mov dx, 0x600 (power management status)
            "ed"  # 1: in ax, dx
            "f6 c4 01"  # test ah, 1 (power button)
            "74 fa"  # jz 1b
            "b2 04"  # mov dl, 0x04 (power management control)
            "b8 00 20"  # mov ax, 0x2000 (sleep now, type 0: soft off)
            "ef"  # out dx, ax
        )
        + _STOP
    )


def write_disk(path: Path, code: bytes) -> Path:
    """Makes a raw disk at PATH that boots CODE; it has a few cylinders, as some BIOS code reads none from less."""
    if len(code) > SECTOR_SIZE - 2:
        raise ValueError(f"{len(code)} bytes of code do not fit into a boot sector")
    sector = code.ljust(SECTOR_SIZE - 2, b"\x00") + b"\x55\xaa"
    path.write_bytes(sector.ljust(4 * 16 * 63 * SECTOR_SIZE, b"\x00"))
    return path
