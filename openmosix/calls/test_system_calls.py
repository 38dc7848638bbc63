# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of system calls has every call of the kernel under its number, and the manual is made of it."""

import importlib.util
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
MANUAL = FOLDER.parents[1] / "docs/what-migrates.md"
HEADERS = {"i386": Path("/usr/include/x86_64-linux-gnu/asm/unistd_32.h"),
           "amd64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")}
# The newest call of the table, listns of Linux 6.19, and the newest of Linux 6.12, mseal; the machine's headers may end
# before the one and the other.
NEWEST = 470
NEWEST_OF_6_12 = 462
# Filled in later, behind all others: uretprobe (Linux 6.11) and uprobe (6.18).
LATE = {"i386": set(), "amd64": {335, 336}}
# arch/x86/entry/syscalls/syscall_32.tbl and syscall_64.tbl have so many entries for the two ABIs.
COUNTS = {"i386": 460, "amd64": 384}


def load_generator():
    specification = importlib.util.spec_from_file_location("generate", FOLDER / "generate.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


generate = load_generator()
CALLS = generate.read_table(FOLDER / "system_calls.table")


def numbers(abi: str) -> dict[str, int]:
    index = ("i386", "amd64").index(abi)
    return {call.name: call.numbers[index] for call in CALLS if call.numbers[index] is not None}


def test_no_call_is_there_twice():
    names = [call.name for call in CALLS]
    assert len(names) == len(set(names)) == 471


@pytest.mark.parametrize("abi", ["i386", "amd64"])
def test_every_number_is_there_once(abi):
    table = numbers(abi)
    assert len(table) == len(set(table.values())) == COUNTS[abi]


@pytest.mark.parametrize("abi", ["i386", "amd64"])
def test_numbers_are_the_kernels(abi):
    if not HEADERS[abi].is_file():
        pytest.skip(f"no {HEADERS[abi]}: linux-libc-dev for amd64 is not installed")
    kernel = {name: int(number) for name, number in
              re.findall(r"#define __NR_(\w+) (\d+)", HEADERS[abi].read_text()) if int(number) <= NEWEST}
    newest = max(kernel.values())
    assert newest >= 450
    known = {name: number for name, number in numbers(abi).items()
             if number <= newest and (number not in LATE[abi] or number in kernel.values())}
    assert known == kernel


@pytest.mark.parametrize("abi", ["i386", "amd64"])
def test_knows_linux_6_12(abi):
    table = numbers(abi)
    assert set(range(424, NEWEST + 1)) <= set(table.values())
    assert (table["cachestat"], table["futex_requeue"], table["mseal"]) == (451, 456, NEWEST_OF_6_12)


def test_calls_without_arguments_to_send_have_none():
    sent = {"forwarded", "signal_wait", "accounting", "interval_timer", "clock"}
    assert [call.name for call in CALLS if call.arguments and call.call_class not in sent] == []


@pytest.mark.parametrize("word", ["-", "path", "in:8", "in:8/16", "out[2]", "out[2i]*12~", "rest[1i]*8", "socketcall"])
def test_takes_arguments(word):
    assert generate.is_argument(word)


@pytest.mark.parametrize("word", ["", "in", "in[6]", "in:8~", "path:4", "path[1]", "nothing", "in[2]*", "timeout[1]"])
def test_refuses_what_no_argument_is(word):
    assert not generate.is_argument(word)


@pytest.mark.parametrize("line", ["read 3 0 forwarded - away", "read 3 0 elsewhere", "read 3 0 local - - - - - - -"])
def test_refuses_a_wrong_line_by_its_number(tmp_path, line):
    table = tmp_path / "system_calls.table"
    table.write_text(f"# a comment\n\n{line}\n")
    with pytest.raises(SystemExit, match=r"system_calls\.table:3: "):
        generate.read_table(table)


def test_the_manual_is_up_to_date():
    assert MANUAL.read_text() == generate.manual(CALLS), (
        "docs/what-migrates.md is not what the table says: openmosix/calls/generate.py manual docs/what-migrates.md")
