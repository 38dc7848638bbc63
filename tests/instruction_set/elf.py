# SPDX-License-Identifier: GPL-2.0-or-later
"""As much of the ELF format as the lint needs (System V ABI, generic part, chapters 4 and 5)."""

import struct
from dataclasses import dataclass, field
from pathlib import Path

MAGIC = b"\x7fELF"
MACHINE_I386 = 3
_MACHINES = {3: "i386", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390", 40: "arm", 62: "x86-64", 183: "aarch64", 243: "riscv"}
_SECTION_SYMBOL_TABLE = 2
_SECTION_NO_BITS = 8
_FLAG_EXECUTABLE_SECTION = 4
_SEGMENT_LOAD = 1
_FLAG_EXECUTABLE_SEGMENT = 1
TYPE_RELOCATABLE = 1


class ElfError(ValueError):
    """Not an ELF file, or a damaged one."""


@dataclass
class Elf:
    """What the headers of an ELF file say about its code."""

    machine: str
    relocatable: bool
    code_sections: list[str] = field(default_factory=list)
    has_symbol_table: bool = False
    executable_bytes: int = 0

    @property
    def hides_code(self) -> bool:
        """Whether it has code to execute that its section headers do not show to a disassembler."""
        return not self.code_sections and self.executable_bytes > 0


def is_elf(start: bytes) -> bool:
    """Whether a file that begins with `start` is an ELF file."""
    return start[:4] == MAGIC


def _string(table: bytes, offset: int) -> str:
    return table[offset : table.index(b"\0", offset)].decode("utf-8", "replace")


def _read_sections(data: bytes, order: str, wide: bool, elf: Elf, offset: int, size: int, count: int, names: int) -> None:
    layout = order + ("IIQQQQ" if wide else "IIIIII")
    headers = [struct.unpack_from(layout, data, offset + index * size) for index in range(count)]
    if not headers:
        return
    names_offset, names_size = headers[names][4:6]
    table = data[names_offset : names_offset + names_size]
    for name, kind, flags, _address, _offset, length in headers:
        elf.has_symbol_table |= kind == _SECTION_SYMBOL_TABLE
        if flags & _FLAG_EXECUTABLE_SECTION and kind != _SECTION_NO_BITS and length:
            elf.code_sections.append(_string(table, name))


def read_elf(path: Path) -> Elf:
    """Reads the headers of the ELF file at path; ElfError if it is damaged."""
    data = path.read_bytes()
    if not is_elf(data):
        raise ElfError(f"{path} is not an ELF file")
    try:
        wide = data[4] == 2
        order = ">" if data[5] == 2 else "<"
        kind, machine = struct.unpack_from(order + "HH", data, 16)
        layout, start = (order + "QQIHHHHHH", 32) if wide else (order + "IIIHHHHHH", 28)
        fields = struct.unpack_from(layout, data, start)
        segments, sections, _, _, segment_size, segment_count, section_size, section_count, names = fields
        elf = Elf(_MACHINES.get(machine, f"machine-{machine}"), kind == TYPE_RELOCATABLE)
        _read_sections(data, order, wide, elf, sections, section_size, section_count if sections else 0, names)
        for index in range(segment_count):
            position = segments + index * segment_size
            if wide:
                segment, flags, _, _, _, length = struct.unpack_from(order + "IIQQQQ", data, position)
            else:
                segment, _, _, _, length, _, flags = struct.unpack_from(order + "IIIIIII", data, position)
            if segment == _SEGMENT_LOAD and flags & _FLAG_EXECUTABLE_SEGMENT:
                elf.executable_bytes += length
    except (struct.error, ValueError, IndexError) as problem:
        raise ElfError(f"{path} is a damaged ELF file: {problem}") from problem
    return elf
