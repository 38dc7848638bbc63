# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads QEMU's record of what it has translated to execute it (`-d in_asm`): every instruction at least once."""

import bisect
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# A line has an address, up to eight bytes and, in the first line of an instruction, QEMU's reading of it.
_LINE = re.compile(r"^0x([0-9a-f]{8}):  ((?:[0-9a-f]{2} )*[0-9a-f]{2})\s*(\S.*)?$")
# PAGE_OFFSET: programs are below, and so is what unpacks the kernel and enters it before there are page tables.
_KERNEL = 0xC0000000
_LISTED = re.compile(r"^\s*([0-9a-f]+):\s+(\S.*)$")


@dataclass(frozen=True)
class Executed:
    """One instruction, as `objdump -M intel` prints it."""

    address: int
    text: str


class SystemMap:
    """Names of functions by their addresses."""

    def __init__(self, path: Path) -> None:
        symbols = [line.split()[:3] for line in path.read_text().splitlines()]
        self._functions = sorted((int(address, 16), name) for address, kind, name in symbols if kind in "tTwW")
        self._addresses = [address for address, _ in self._functions]

    def function(self, address: int) -> str:
        """The name of the function that ADDRESS is in."""
        number = bisect.bisect_right(self._addresses, address) - 1
        return self._functions[number][1] if number >= 0 else hex(address)


def read_record(path: Path) -> dict[int, bytes]:
    """The kernel's instructions by their addresses."""
    instructions: dict[int, bytes] = {}
    address = 0
    with path.open() as record:
        for line in record:
            found = _LINE.match(line)
            if not found or int(found[1], 16) < _KERNEL:
                continue
            code = bytes.fromhex(found[2])
            if found[3]:
                address = int(found[1], 16)
                instructions[address] = code
            else:
                instructions[address] += code
    return instructions


def disassemble(instructions: dict[int, bytes], folder: Path) -> list[Executed]:
    """Reads the instructions as the lint does; FOLDER is for temporary files. In the order of addresses."""
    addresses = sorted(instructions)
    binary = folder / "instructions"
    # Each begins at a place of its own, whatever the one before it is taken for.
    place_size = 16
    binary.write_bytes(b"".join(instructions[address].ljust(place_size, b"\x90") for address in addresses))
    listing = subprocess.run(
        ["objdump", "-D", "-w", "-b", "binary", "-m", "i386", "-M", "intel", "--no-show-raw-insn", str(binary)],
        capture_output=True, text=True, check=True)
    texts = dict(_listed(listing.stdout.splitlines()))
    return [Executed(address, texts[number * place_size]) for number, address in enumerate(addresses)]


def _listed(lines: Iterable[str]) -> Iterable[tuple[int, str]]:
    for line in lines:
        found = _LISTED.match(line)
        if found:
            yield int(found[1], 16), " ".join(found[2].split())
