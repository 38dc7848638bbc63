# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of process properties has every entry of the kernel's headers, and the kernel's own VmFlags."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


def load_properties():
    specification = importlib.util.spec_from_file_location("process_properties", FOLDER / "process_properties.py")
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


process_properties = load_properties()
PROPERTIES = process_properties.read_properties()
INCLUDE = Path("/usr/include")
ARCHITECTURE = INCLUDE / "x86_64-linux-gnu/asm"

# Where each set of names is defined, what its names look like, and how many a header of Linux 6.1 has at least.
HEADERS = [
    ("mmap", [INCLUDE / "asm-generic/mman-common.h", INCLUDE / "asm-generic/mman.h", INCLUDE / "linux/mman.h",
              ARCHITECTURE / "mman.h"], r"#define\s+((?:MAP|PKEY|PROT|MLOCK)_\w+)", 35),
    ("madvise", [INCLUDE / "asm-generic/mman-common.h"], r"#define\s+(MADV_\w+)", 25),
    ("prctl", [INCLUDE / "linux/prctl.h"], r"#\s*define\s+((?:PR|SYSCALL_DISPATCH)_\w+)", 130),
    ("personality", [INCLUDE / "linux/personality.h"], r"^\s*(?!PER_MASK)([A-Z]\w+)\s*=", 25),
    ("arch_prctl", [ARCHITECTURE / "prctl.h"], r"#define\s+(ARCH_\w+)", 10),
]


def of(source: str):
    return [one for one in PROPERTIES if one.source == source]


@pytest.mark.parametrize(("source", "headers", "pattern", "least"), HEADERS, ids=lambda value: value
                         if isinstance(value, str) and value.islower() else "")
def test_every_entry_of_the_headers_is_there(source, headers, pattern, least):
    if not all(header.is_file() for header in headers):
        pytest.skip(f"no {', '.join(map(str, headers))}: linux-libc-dev for amd64 is not installed")
    names = {name for header in headers for name in re.findall(pattern, header.read_text(), re.MULTILINE)}
    assert len(names) >= least, "the headers look otherwise than this test knows them"
    unclassified = {name for name in names if not any(one.is_about(name) for one in of(source))}
    assert unclassified == set(), f"say in calls/process_properties.table what becomes of these of {source}"


def test_every_vm_flag_that_this_kernel_shows_is_there():
    shown = set(re.findall(r"\b[a-z]{2}\b", " ".join(re.findall(r"^VmFlags: (.*)$", Path("/proc/self/smaps").read_text(),
                                                               re.MULTILINE))))
    assert {"rd", "wr", "ex", "gd"} <= shown
    assert shown <= {one.name for one in of("VmFlags")}


def test_no_entry_is_there_twice():
    names = [(one.source, one.name) for one in PROPERTIES]
    assert len(names) == len(set(names))


def test_every_kept_flag_has_an_attribute_of_its_own():
    attributes = [one.attribute for one in of("VmFlags") if one.outcome == "kept"]
    known = re.findall(r"constexpr std::uint32_t (\w+) = 1U << ",
                       (FOLDER.parent / "image/mapping_attributes.h").read_text())
    assert sorted(attributes) == sorted(known)


@pytest.mark.parametrize("line", ["VmFlags gd kept", "mmap MAP_PRIVATE kept word", "mmap MAP_PRIVATE lost", "elf X none",
                                  "VmFlags gu refused"])
def test_refuses_a_wrong_line_by_its_number(tmp_path, line):
    table = tmp_path / "process_properties.table"
    table.write_text(f"# a comment\n\n{line}\n")
    with pytest.raises(SystemExit, match=r"process_properties\.table:3: "):
        process_properties.read_properties(table)
