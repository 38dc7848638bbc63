# SPDX-License-Identifier: GPL-2.0-or-later
"""The clients in one archive, which a virtual machine gets as a disk: its wire leads to other virtual machines only."""

import subprocess
import tarfile
from pathlib import Path

SOURCES = Path(__file__).parent
# The folder in a virtual machine.
CLIENTS = "/tmp/clients"
SCRIPTS = ("nodes.pl", "steering.sh")
# The disc has no compiler and another C library; the oldest PC of the virtual cluster is a 486.
COMPILE = ("gcc", "-m32", "-march=i486", "-static", "-std=gnu11", "-D_GNU_SOURCE", "-D_FILE_OFFSET_BITS=64", "-Os", "-s",
           "-Wall", "-Wextra", "-Werror")


def compile_client(folder: Path) -> Path:
    """Compiles the client in C into FOLDER; AssertionError with the compiler's complaint."""
    program = folder / "processes"
    command = [*COMPILE, "-o", program, SOURCES / "processes.c"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"processes.c does not compile:\n{result.stderr}"
    return program


def make_archive(folder: Path) -> Path:
    """Makes the archive in FOLDER; its size is a whole number of sectors, because that of every tar archive is."""
    path = folder / "clients.tar"
    with tarfile.open(path, "w") as archive:
        archive.add(compile_client(folder), "processes")
        for script in SCRIPTS:
            archive.add(SOURCES / script, script)
    return path
