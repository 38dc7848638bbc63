#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the C++ table of system calls, or the manual's page about them, from system_calls.table.

What an argument that goes home may be; N is a number of bytes, or two for i386 and amd64 (8/16); [K] means that the
argument number K (from 0 on) is a length, [Ki] that it is one and an int; *N after it: times N; ~ after it: the
call never has more to say than fits, so that a greater length changes nothing.

    -            a number
    path         a string that ends with a zero byte
    in:N         N bytes that the call reads         in[K]      as many bytes as argument K says
    out:N        N bytes that it may write           out[K]     up to as many as argument K says, as many as the result
    outall[K]    all that argument K says            inout:N, inout[K]  both
    rest:N, rest[K]   read and written, also when the call fails (the rest of a sleep)
    timeout:N    the same, and nobody minds when it cannot be written
    iovin[K], iovout[K]   a list of K buffers (readv(2))
    msgin, msgout         a message (sendmsg(2))
    mmsgin[K], mmsgout[K] a list of K messages (sendmmsg(2))
    addrout[K]            a buffer whose length argument K points to (accept(2))
    sysvin[K], sysvout[K] a message of K bytes behind its type (msgsnd(2))
    ioctl, fcntl, prctl, sockopt, select, ipc, socketcall   see command_shapes.h and message_shapes.h
"""

import argparse
import re
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import process_properties  # noqa: E402

CLASSES = {
    "local": "runs where the process is, by that node's kernel",
    "mapping": "runs where the process is; the supervisor keeps track of the address space",
    "action": "runs where the process is; home is told",
    "mask": "runs where the process is; home is told",
    "signal_wait": "waits at home, where the signals arrive",
    "identity": "answered where the process is, with home's value",
    "futex": "runs where the process is, but with priority inheritance at home: the process comes for it",
    "clock": "answered where the process is, with home's time",
    "accounting": "goes home; what was used elsewhere is counted",
    "interval_timer": "real time runs at home, processor time where the process is",
    "exit": "goes home, and ends the process",
    "forwarded": "goes home in one round trip",
    "home": "the process comes home for it",
    "missing": "fails with ENOSYS, as in every Linux of today",
}
KINDS = ["path", "in", "out", "outall", "inout", "rest", "timeout", "iovin", "iovout", "msgin", "msgout", "mmsgin",
         "mmsgout", "addrout", "sysvin", "sysvout", "ioctl", "fcntl", "prctl", "sockopt", "select", "ipc", "socketcall"]
SIZED = {"in", "out", "inout", "rest", "timeout"}
COUNTED = {"in", "out", "outall", "inout", "rest", "iovin", "iovout", "mmsgin", "mmsgout", "addrout", "sysvin", "sysvout"}
ARGUMENT = re.compile(r"(?P<kind>[a-z]+)"
                      r"(?:\[(?P<length>[0-5])(?P<int>i?)\](?:\*(?P<scale>\d+)(?:/(?P<scale64>\d+))?)?(?P<short>~?)"
                      r"|:(?P<size>\d+)(?:/(?P<size64>\d+))?)?")


@dataclass
class Call:
    name: str
    numbers: tuple[int | None, int | None]
    call_class: str
    arguments: list[str]
    note: str


def is_argument(text: str) -> bool:
    if text == "-":
        return True
    match = ARGUMENT.fullmatch(text)
    if not match or match["kind"] not in KINDS:
        return False
    allowed = SIZED if match["size"] else COUNTED if match["length"] else set(KINDS) - SIZED - COUNTED
    return match["kind"] in allowed


def read_table(path: Path) -> list[Call]:
    calls = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        text, _, note = line.partition(";")
        name, i386, amd64, call_class, *arguments = text.split()
        for argument in arguments:
            if not is_argument(argument):
                sys.exit(f"{path}:{number}: {argument} is nothing that an argument can be; see {Path(__file__).name}")
        if call_class not in CLASSES or len(arguments) > 6:
            sys.exit(f"{path}:{number}: class {call_class}, {len(arguments)} arguments: not known")
        numbers = (None if i386 == "-" else int(i386), None if amd64 == "-" else int(amd64))
        calls.append(Call(name, numbers, call_class, arguments, note.strip()))
    return calls


def shape(argument: str, abi: int) -> str:
    match = ARGUMENT.fullmatch(argument)
    if argument == "-" or not match:
        return "{}"
    if match["length"]:
        amount = (match["scale64"] if abi == 1 else None) or match["scale"] or "1"
    else:
        amount = (match["size64"] if abi == 1 else None) or match["size"] or "0"
    fields = [f"ArgumentKind::{match['kind']}", match["length"] or "no_argument",
              "true" if match["int"] else "false", "true" if match["short"] else "false", amount]
    return "{" + ", ".join(fields) + "}"


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


def described(call: Call) -> str:
    only = {(True, False): " (i386 only)", (False, True): " (amd64 only)"}
    return f"`{call.name}`" + only.get((call.numbers[0] is not None, call.numbers[1] is not None), "")


def manual(calls: list[Call]) -> str:
    out = ["<!-- Made by openmosix/calls/generate.py from system_calls.table and process_properties.table there; do not edit. -->", "",
           "# What migrates, and what becomes of each system call", "",
           "A process that is away makes its system calls as ever. This page says where each of Linux 6.12's is done. What",
           "comes home for a call may leave again after it; a call that depends on a command (`ioctl`, `fcntl`, `prctl`,",
           "`setsockopt`, `ipc`) goes home alone when its command is a known one, else with the whole process. The same holds",
           "for buffers of more than 32 MiB, or of more than a sixteenth of a node's memory. No call moves less because of a",
           "move, but `sendmmsg` may have sent fewer messages, and what waits for all (`MSG_WAITALL`) may have received less.", "",
           "| class | what it means | calls |", "|---|---|---|"]
    members = {name: sorted((c for c in calls if c.call_class == name), key=lambda c: c.name) for name in CLASSES}
    out += [f"| [{name}](#{name}) | {meaning} | {len(members[name])} |" for name, meaning in CLASSES.items()]
    for name, meaning in CLASSES.items():
        out += ["", f"## {name}", "", meaning[0].upper() + meaning[1:] + "."]
        notes = [f"- {described(call)}: {call.note}" for call in members[name] if call.note]
        others = ", ".join(described(call) for call in members[name] if not call.note)
        out += ["", *notes] if notes else []
        out += ["", *textwrap.wrap(others + ".", 118, break_on_hyphens=False)] if others else []
    out += ["", *process_properties.manual(process_properties.read_properties())]
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
