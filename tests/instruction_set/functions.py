# SPDX-License-Identifier: GPL-2.0-or-later
"""Names the function that an address belongs to, in stripped files too."""

import bisect
import re
import subprocess
from pathlib import Path

from .elf import Elf

_FRAME = re.compile(r"\bFDE\b.*\bpc=([0-9a-f]+)\.\.([0-9a-f]+)")


def frame_ranges(file: Path) -> list[tuple[int, int]]:
    """Start and end of each function, from the frame descriptions (.eh_frame) that survive stripping; sorted."""
    command = ["readelf", "--wide", "--debug-dump=frames", str(file)]
    result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    ranges = {(int(match[1], 16), int(match[2], 16)) for match in _FRAME.finditer(result.stdout)}
    return sorted((start, end) for start, end in ranges if end > start)


def system_map_symbols(system_map: Path) -> list[tuple[int, str]]:
    """Address and name of each function in a System.map, sorted."""
    symbols = []
    for line in system_map.read_text(encoding="ascii", errors="replace").splitlines():
        address, kind, name = line.split(maxsplit=2)
        if kind in "tTwW":
            symbols.append((int(address, 16), name))
    return sorted(symbols)


class FunctionNames:
    """Finds functions in one file.

    Where the file has a symbol table, or is a relocatable file, the disassembler's symbol is right. Otherwise it knows
    exported functions only and would ascribe everything in between to them; there the frame descriptions decide, and
    a function without a name is called `<fde ADDRESS>`.
    """

    def __init__(self, file: Path, elf: Elf, system_map: Path | None = None):
        self._frames = [] if elf.has_symbol_table or elf.relocatable or system_map else frame_ranges(file)
        self._starts = [start for start, _ in self._frames]
        self._map = system_map_symbols(system_map) if system_map and not elf.has_symbol_table else []

    def find(self, address: int, symbol: str, symbol_start: str) -> tuple[str, int]:
        """Name of the function that address is in, and the offset from its start."""
        start = int(symbol_start, 16) if symbol_start else 0
        if self._map:
            index = bisect.bisect_right(self._map, (address, "\U0010ffff")) - 1
            if index >= 0:
                return self._map[index][1], address - self._map[index][0]
        index = bisect.bisect_right(self._starts, address) - 1
        if index >= 0 and address < self._frames[index][1]:
            frame_start = self._starts[index]
            name = _plain(symbol) if symbol_start and frame_start == start else f"<fde {frame_start:#x}>"
            return name, address - frame_start
        return (_plain(symbol) or "<no symbol>"), address - start


def _plain(symbol: str) -> str:
    return symbol.split("@", 1)[0]
