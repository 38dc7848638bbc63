# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest programs: which there are, and how each is compiled.

    /usr/bin/python3 tests/guests/build.py [NAME...]     compiles all, or those, and prints where they are

Programs stay in build/guests/ under the hash of everything that they are made from, so that nothing is compiled twice.
"""

import concurrent.futures
import hashlib
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SOURCES = Path(__file__).resolve().parent
COMPILED = SOURCES.parents[1] / "build/guests"
FRAME = ("guest.c", "guest.h")
FLAGS = ("-std=gnu11", "-D_GNU_SOURCE", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pthread")

ABIS = {"amd64": ("-m64",), "i386": ("-m32",)}
# Position-independent and dynamically linked is Debian's default; what else there is, and who is built so, too.
VARIANTS: dict[str, tuple[str, ...]] = {
    "": (),
    "static": ("-static",),
    "static_pie": ("-static-pie",),
    "no_pie": ("-no-pie", "-fno-pie"),
    # The calls of i386 with 64-bit times and offsets.
    "time64": ("-D_TIME_BITS=64", "-D_FILE_OFFSET_BITS=64"),
}
STATIC = ("clocks_monotone", "cpu", "files", "heap_brk", "signals_handler", "tls_variables")
STATIC_PIE = ("cpu",)
NO_PIE = ("data_and_bss", "execve_self", "large_allocation")
TIME64 = ("alarm_timer", "clocks_monotone", "eventfd_timerfd_signalfd", "files", "futex_words", "long_waits",
          "nanosleep_time", "poll_select_epoll", "posix_timer")
ONE_ABI = {"large_allocation": "i386", "old_calls": "i386"}

# Those that cannot move, and the words with which the reason begins.
REFUSED = {
    "asynchronous_io": "asynchronous i/o",
    "dispatched_calls": "system call dispatch",
    "faulting_time_stamp": "faulting time stamp counter",
    "guard_pages": "guard pages",
    "io_uring": "io_uring",
    "local_descriptor_table": "local descriptor table",
    "locked_memory": "locked memory",
    "own_filter": "seccomp",
    "protection_keys": "memory protection keys",
    "realtime": "real-time scheduling",
    "shared_file_writable": "shared memory",
    "shared_memory": "shared memory: writable shared mapping of anonymous memory",
    "sysv_shm": "system v shared memory",
    "traced": "traced",
    "two_threads": "threads",
}


@dataclass(frozen=True)
class Program:
    """A guest, built in one way."""

    name: str
    abi: str
    variant: str = ""

    def __str__(self) -> str:
        return "-".join(filter(None, (self.name, self.abi, self.variant)))

    @property
    def source(self) -> Path:
        """Where it is written."""
        return SOURCES / ("refused" if self.name in REFUSED else "") / f"{self.name}.c"

    @property
    def command(self) -> list[str]:
        """How it is compiled, but for the name of the result."""
        return ["gcc", *FLAGS, *ABIS[self.abi], *VARIANTS[self.variant], f"-I{SOURCES}", str(SOURCES / "guest.c"),
                str(self.source)]

    @property
    def path(self) -> Path:
        """Where the compiled program is, or will be."""
        made_from = [" ".join(self.command).replace(str(SOURCES), ""), _compiler_version()]
        made_from += [_content(SOURCES / name) for name in FRAME] + [_content(self.source)]
        digest = hashlib.sha256("\0".join(made_from).encode()).hexdigest()
        return COMPILED / f"{self}-{digest[:16]}"

    def build(self) -> Path:
        """Compiles it if that has not been done; AssertionError with the compiler's complaint."""
        path = self.path
        if not path.exists():
            COMPILED.mkdir(parents=True, exist_ok=True)
            # Others may compile the same at the same time: it appears by a rename.
            with tempfile.TemporaryDirectory(dir=COMPILED) as folder:
                made = Path(folder, "program")
                result = subprocess.run([*self.command, "-o", made], capture_output=True, text=True, check=False)
                assert result.returncode == 0, f"{self} does not compile:\n{result.stderr}"
                made.chmod(0o755)
                made.rename(path)
        return path


@cache
def _compiler_version() -> str:
    return subprocess.run(["gcc", "--version"], capture_output=True, text=True, check=True).stdout


@cache
def _content(path: Path) -> str:
    return path.read_text()


def programs() -> list[Program]:
    """All guests that can move, in all ways in which they are built."""
    names = sorted(path.stem for path in SOURCES.glob("*.c") if path.name not in FRAME)
    found = [Program(name, abi) for name in names for abi in ABIS if ONE_ABI.get(name, abi) == abi]
    found += [Program(name, abi, "static") for name in STATIC for abi in ABIS]
    found += [Program(name, abi, "static_pie") for name in STATIC_PIE for abi in ABIS]
    found += [Program(name, abi, "no_pie") for name in NO_PIE for abi in ABIS if ONE_ABI.get(name, abi) == abi]
    found += [Program(name, "i386", "time64") for name in TIME64]
    return found


def refused_programs() -> list[Program]:
    """All guests that cannot move."""
    return [Program(name, abi) for name in sorted(REFUSED) for abi in ABIS]


def main(names: list[str]) -> int:
    """Compiles the guests of these names, or all."""
    chosen = [program for program in programs() + refused_programs() if not names or program.name in names]
    unknown = set(names) - {program.name for program in chosen}
    if unknown:
        print(f"build.py: no guest is called {', '.join(sorted(unknown))}; they are in {SOURCES}", file=sys.stderr)
        return 2
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path in pool.map(Program.build, chosen):
            print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
