# SPDX-License-Identifier: GPL-2.0-or-later
"""What a cluster needs of this machine. Each check returns what is wrong; none ends the command."""

import re
import shutil
import subprocess
from pathlib import Path

from clusterdisc_vm.settings import DRONE_MEMORY_MIB, OVERHEAD_MIB
from qemu.accelerator import QEMU_I386, QEMU_X86_64

# For segments of datagram sockets (-netdev dgram).
MIN_QEMU = (7, 2)
_PACKAGES = {QEMU_I386: "qemu-system-x86", QEMU_X86_64: "qemu-system-x86", "setpriv": "util-linux",
             "ssh": "openssh-client", "ssh-keygen": "openssh-client"}
# Kernel, initramfs, logs.
_DIRECTORY_MIB = 48


def check_programs() -> list[str]:
    """The programs."""
    missing = [program for program in _PACKAGES if shutil.which(program) is None]
    if not missing:
        return check_qemu_version(subprocess.run([QEMU_I386, "--version"], check=False, stdin=subprocess.DEVNULL,
                                                 capture_output=True, text=True).stdout)
    packages = " ".join(sorted({_PACKAGES[program] for program in missing}))
    return [f"{', '.join(missing)} not found: sudo apt install {packages}"]


def check_qemu_version(text: str) -> list[str]:
    """QEMU's version, out of what `qemu-system-i386 --version` says."""
    found = re.search(r"version (\d+)\.(\d+)", text)
    if found and (int(found[1]), int(found[2])) >= MIN_QEMU:
        return []
    return [f"QEMU must be {'.'.join(map(str, MIN_QEMU))} or newer, as in Debian 12; this one says: "
            f"{text.strip().partition(chr(10))[0] or 'nothing'}"]


def check_cpu(cpu: str) -> list[str]:
    """The CPU model, with its features behind commas."""
    model = cpu.split(",")[0]
    known = subprocess.run([QEMU_X86_64, "-cpu", "help"], check=False, stdin=subprocess.DEVNULL, capture_output=True,
                           text=True).stdout
    if model and re.search(rf"^(?:x86 )?\s*{re.escape(model)}(?:-v1)?\s", known, re.MULTILINE):
        return []
    return [f"QEMU has no CPU {model!r}; some that it has: 486, pentium, pentium2, pentium3, host"]


def check_memory(nodes: int, memory_mib: int, drones: int, meminfo: str) -> list[str]:
    """Memory for NODES virtual PCs and DRONES, by MEMINFO, which is /proc/meminfo."""
    available = int(re.search(r"^MemAvailable:\s+(\d+)", meminfo, re.MULTILINE)[1]) // 1024
    for_drones = drones * (DRONE_MEMORY_MIB + OVERHEAD_MIB)
    needed = nodes * (memory_mib + OVERHEAD_MIB) + for_drones
    if needed <= available:
        return []
    possible = (available - for_drones) // (memory_mib + OVERHEAD_MIB)
    remedy = (f"take at most {possible} nodes, or give them less (--memory)" if possible > 0 else
              "give them less (--memory)" if for_drones < available else "take fewer drones")
    what = f"{nodes} nodes of {memory_mib} MiB" + (f" and {drones} drones of {DRONE_MEMORY_MIB} MiB" if drones else "")
    return [f"{what} need {needed} MiB with QEMU's own, and this machine has {available} MiB available: {remedy}"]


def check_space(directory: Path) -> list[str]:
    """Room for the cluster's files where DIRECTORY will be."""
    while not directory.is_dir():
        directory = directory.parent
    free = shutil.disk_usage(directory).free >> 20
    return [] if free >= _DIRECTORY_MIB else \
        [f"{directory} has {free} MiB free, and the cluster's files need {_DIRECTORY_MIB} MiB there: make room, or set "
         "XDG_RUNTIME_DIR"]
