#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the C++ table of VmFlags from process_properties.table; generate.py makes the manual's part of it."""

import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("process_properties.table")
SOURCES = {
    "mmap": "mmap(2), and with it mprotect(2) and mlock2(2)",
    "madvise": "madvise(2)",
    "prctl": "prctl(2)",
    "arch_prctl": "arch_prctl(2)",
    "personality": "personality(2)",
    "VmFlags": "VmFlags in /proc/PID/smaps",
}
OUTCOMES = {
    "kept": "goes along when the process moves, in either direction",
    "home": "is set, read or done at home, where it holds",
    "refused": "a process that has it does not move: the reason is shown",
    "none": "has no effect that a move could lose",
}
UNKNOWN = "??"


@dataclass(frozen=True)
class Property:
    source: str
    name: str
    outcome: str
    attribute: str
    note: str

    def is_about(self, name: str) -> bool:
        """Whether this line says what becomes of NAME."""
        return name == self.name or (self.name.endswith("*") and name.startswith(self.name[:-1]))


def read_properties(path: Path = TABLE) -> list[Property]:
    properties = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        text, _, note = line.partition(";")
        source, name, outcome, *attribute = text.split()
        is_flag = source == "VmFlags"
        if source not in SOURCES or outcome not in OUTCOMES or len(attribute) != (is_flag and outcome == "kept"):
            sys.exit(f"{path}:{number}: {text.strip()}: not known, or an attribute too many or too few")
        if outcome == "refused" and not note.strip():
            sys.exit(f"{path}:{number}: {name} is refused without a reason")
        properties.append(Property(source, name, outcome, "".join(attribute), note.strip()))
    return properties


def cxx(properties: list[Property]) -> str:
    def entry(flag: Property) -> str:
        attribute = f"mapping_attribute::{flag.attribute}" if flag.attribute else "0"
        return f'{{"{flag.name}", {attribute}, "{flag.note if flag.outcome == "refused" else ""}"}}'

    flags = [flag for flag in properties if flag.source == "VmFlags" and flag.name != UNKNOWN]
    unknown = next(flag for flag in properties if flag.name == UNKNOWN)
    lines = [f"constexpr std::array<VmFlag, {len(flags)}> vm_flags{{{{"]
    lines += [f"    {entry(flag)}," for flag in flags]
    return "\n".join([*lines, "}};", f"constexpr VmFlag unknown_vm_flag{entry(unknown)};"]) + "\n"


def manual(properties: list[Property]) -> list[str]:
    out = ["## Properties of a process and of its memory", "",
           *textwrap.wrap("What programs set for themselves and for their memory, by the names of Linux's headers. Names that end "
                          "with a star stand for all that begin so.", 118), "",
           "| outcome | what it means |", "|---|---|"]
    out += [f"| {outcome} | {meaning} |" for outcome, meaning in OUTCOMES.items()]
    for source, title in SOURCES.items():
        out += ["", f"### {title}", ""]
        chosen = [one for one in properties if one.source == source]
        out += [f"- `{one.name}`: {one.outcome}; {one.note}" for one in chosen if one.note]
        for outcome in OUTCOMES:
            names = ", ".join(f"`{one.name}`" for one in chosen if one.outcome == outcome and not one.note)
            if names:
                out += ["", *textwrap.wrap(f"{outcome}: {names}.", 118, break_on_hyphens=False)]
    return out


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} OUTPUT")
    Path(sys.argv[1]).write_text(cxx(read_properties()))


if __name__ == "__main__":
    main()
