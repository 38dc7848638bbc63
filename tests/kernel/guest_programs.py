# SPDX-License-Identifier: GPL-2.0-or-later
"""Compiles the guest programs and packs them into an initramfs."""

import gzip
import os
import re
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).parent / "guest"

# For an i486 and without any library, so that only the instructions under test can need the emulation. Assembly at file
# level and the tests in it must stay in the order in which they are written.
_COMPILE = ("gcc", "-m32", "-march=i486", "-O2", "-Wall", "-Wextra", "-Werror", "-ffreestanding", "-nostdlib", "-static",
            "-fno-pie", "-no-pie", "-fno-stack-protector", "-fno-asynchronous-unwind-tables", "-mgeneral-regs-only",
            "-fno-tree-loop-distribute-patterns", "-fno-toplevel-reorder", "-Wl,-z,noexecstack")
_RUNTIME = ("runtime.c", "signals.c", "execute.c")
_OPERANDS = ("arena.c", "segments.c", "operands.c", "random.c")
_TEST = re.compile(r"^(?:TEST|(?:FORCED_)?COUNTER_TEST)\((\w+)", re.MULTILINE)
_COUNTER = re.compile(r"^(?:FORCED_)?COUNTER_TEST\(")


@dataclass(frozen=True)
class Program:
    """A program of its own main source and of shared ones."""

    name: str
    shared: tuple[str, ...]

    def compile(self, folder: Path) -> Path:
        """Compiles it into FOLDER."""
        output = folder / self.name
        sources = [str(SOURCES / source) for source in (f"{self.name}.c", *self.shared)]
        result = subprocess.run([*_COMPILE, *sources, "-o", str(output)], capture_output=True, text=True, check=False)
        if result.returncode:
            raise AssertionError(f"{self.name} does not compile:\n{result.stderr}")
        return output

    def test_names(self) -> list[str]:
        """The names of its tests, from its source."""
        text = (SOURCES / f"{self.name}.c").read_text()
        return [("counter_" if _COUNTER.match(found.group()) else "") + found.group(1) for found in _TEST.finditer(text)]


INIT = Program("init", ("runtime.c",))
DIFFERENTIAL = Program("differential", (*_RUNTIME, *_OPERANDS, "cases.c", "random_fpu.c"))


def tap_program(name: str, *shared: str) -> Program:
    """A program of tests that prints TAP."""
    return Program(name, ("tap.c", "start_thread.c", *_RUNTIME, *_OPERANDS, *shared))


def make_initramfs(programs: list[Program], folder: Path) -> Path:
    """Compiles the programs and makes an initramfs that starts guest/init.c, which starts them as it is told."""
    folder.mkdir(parents=True, exist_ok=True)
    archive = bytearray()
    for name in ("dev", "proc", "sys"):
        archive += _entry(name, stat.S_IFDIR | 0o755)
    # The kernel opens it for the first process, before anything is mounted.
    archive += _entry("dev/console", stat.S_IFCHR | 0o600, device=os.makedev(5, 1))
    archive += _entry("init", stat.S_IFREG | 0o755, INIT.compile(folder).read_bytes())
    for program in programs:
        archive += _entry(program.name, stat.S_IFREG | 0o755, program.compile(folder).read_bytes())
    archive += _entry("TRAILER!!!", 0)
    path = folder / "initramfs.gz"
    path.write_bytes(gzip.compress(bytes(archive), mtime=0))
    return path


def _entry(name: str, mode: int, content: bytes = b"", device: int = 0) -> bytes:
    # The "newc" format of cpio, see the kernel's Documentation/driver-api/early-userspace/buffer-format.rst.
    path = name.encode() + b"\0"
    links = 1 if mode else 0
    fields = (0, mode, 0, 0, links, 0, len(content), 0, 0, os.major(device), os.minor(device), len(path), 0)
    header = b"070701" + b"".join(b"%08x" % field for field in fields) + path
    return _padded(header) + _padded(content)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
