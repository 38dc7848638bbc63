#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the C++ table of system calls, or the manual's page about them, from system_calls.table.

What an argument that goes home may be; N is a number of bytes, or two for i386 and amd64 (8/16); [K] means that the
argument number K (from 0 on) is a length:

    -            a number
    path         a string that ends with a zero byte
    in:N         N bytes that the call reads         in[K]      as many bytes as argument K says; *N: times N
    out:N        N bytes that it writes              out[K]     up to as many as argument K says, as many as the result
    outall[K]    all that argument K says            inout:N, inout[K]  both
    rest:N       read and written, also when the call fails (a timeout's rest)
    iovin[K], iovout[K]   a list of K buffers (readv(2))
    msgin, msgout         a message (sendmsg(2))
    addrout[K]            a buffer whose length argument K points to (accept(2))
    ioctl, fcntl, prctl, select, socketcall   depends on the command; see command_shapes.cc and message_shapes.cc
"""

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path

CLASSES = {
    "local": "runs where the process is, by that node's kernel",
    "mapping": "runs where the process is; the supervisor keeps track of the address space",
    "action": "runs where the process is; home is told",
    "mask": "runs where the process is; home is told",
    "signal_wait": "waits at home, where the signals arrive",
    "identity": "answered where the process is, with home's value",
    "clock": "answered where the process is, with home's time",
    "accounting": "goes home; what was used elsewhere is counted",
    "interval_timer": "real time runs at home, processor time where the process is",
    "exit": "goes home, and ends the process",
    "forwarded": "goes home in one round trip",
    "home": "the process comes home for it",
    "missing": "fails with ENOSYS, as in every Linux of today",
}
KINDS = ["path", "in", "out", "outall", "inout", "rest", "iovin", "iovout", "msgin", "msgout", "addrout",
         "ioctl", "fcntl", "prctl", "select", "socketcall"]
ARGUMENT = re.compile(r"([a-z]+)(?:\[([0-5])\](?:\*(\d+)(?:/(\d+))?)?|:(\d+)(?:/(\d+))?)?")


@dataclass
class Call:
    name: str
    numbers: tuple[int | None, int | None]
    call_class: str
    arguments: list[str]
    note: str


def read_table(path: Path) -> list[Call]:
    calls = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        text, _, note = line.partition(";")
        name, i386, amd64, call_class, *arguments = text.split()
        for argument in arguments:
            match = ARGUMENT.fullmatch(argument)
            if argument != "-" and (not match or match[1] not in KINDS):
                sys.exit(f"{path}:{number}: {argument} is nothing that an argument can be")
        if call_class not in CLASSES or len(arguments) > 6:
            sys.exit(f"{path}:{number}: class {call_class}, {len(arguments)} arguments: not known")
        numbers = (None if i386 == "-" else int(i386), None if amd64 == "-" else int(amd64))
        calls.append(Call(name, numbers, call_class, arguments, note.strip()))
    return calls


def shape(argument: str, abi: int) -> str:
    if argument == "-":
        return "{}"
    match = ARGUMENT.fullmatch(argument)
    assert match
    kind, length, scale, scale64, size, size64 = match.groups()
    first, second = (size, size64) if size else (scale or "1", scale64)
    amount = (second if abi == 1 and second else first) if (size or length) else "0"
    length_argument = length if length else "no_argument"
    return f"{{ArgumentKind::{kind}, {length_argument}, {amount}}}"


def cxx(calls: list[Call]) -> str:
    lines = []
    for abi, name in enumerate(("i386", "amd64")):
        chosen = sorted((c for c in calls if c.numbers[abi] is not None), key=lambda c: c.numbers[abi])
        lines.append(f"constexpr std::array<SystemCall, {len(chosen)}> calls_{name}{{{{")
        for call in chosen:
            shapes = ", ".join(shape(argument, abi) for argument in call.arguments)
            lines.append(f'    {{"{call.name}", {call.numbers[abi]}, CallClass::{call.call_class}, {{{{{shapes}}}}}}},')
        lines.append("}};")
    return "\n".join(lines) + "\n"


def manual(calls: list[Call]) -> str:
    out = ["<!-- Made by openmosix/calls/generate.py from openmosix/calls/system_calls.table; do not edit. -->", "",
           "# What migrates, and what becomes of each system call", "",
           "[migration.md](migration.md) says how a process moves and which ones cannot. A process that is away makes",
           "its system calls as ever; this is where each of Linux 6.1's is done.", "",
           "| class | what it means | calls |", "|---|---|---|"]
    for name, meaning in CLASSES.items():
        out.append(f"| {name} | {meaning} | {sum(c.call_class == name for c in calls)} |")
    for name, meaning in CLASSES.items():
        members = sorted((c for c in calls if c.call_class == name), key=lambda c: c.name)
        out += ["", f"## {name}", "", meaning[0].upper() + meaning[1:] + ".", ""]
        plain = []
        for call in members:
            only = {(True, False): " (i386 only)", (False, True): " (amd64 only)"}.get(
                (call.numbers[0] is not None, call.numbers[1] is not None), "")
            plain.append(f"`{call.name}`{only}" + (f": {call.note}" if call.note else ""))
        out += [f"- {line}" for line in plain if ": " in line]
        rest = ", ".join(line for line in plain if ": " not in line)
        out += ([""] if len(rest) and any(": " in line for line in plain) else []) + ([rest + "."] if rest else [])
    return "\n".join(out) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("cxx", "manual"))
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    calls = read_table(Path(__file__).with_name("system_calls.table"))
    arguments.output.write_text(cxx(calls) if arguments.what == "cxx" else manual(calls))


if __name__ == "__main__":
    main()
