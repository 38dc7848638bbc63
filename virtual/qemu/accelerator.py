# SPDX-License-Identifier: GPL-2.0-or-later
"""Which accelerator really runs guests on this machine.

A device file proves nothing (it may be there and refuse, or be a different file in a container), so the answer comes from
starting a guest of one sector that computes for a moment and writes a value to QEMU's debug exit device, with a time
limit. The computing matters: on some nested hosts KVM answers, but is itself emulated and a hundred times slower than QEMU's
own emulation, so that everything after the probe would time out.
"""

import functools
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from qemu import boot_sector

QEMU_I386 = "qemu-system-i386"
QEMU_X86_64 = "qemu-system-x86_64"

PROBE_VALUE = 0x2A
# 65,536 loop instructions each: some tenths of a second under emulation.
PROBE_ROUNDS = 2000
PROBE_SECONDS = 60
# KVM must do the probe's work in this many times the emulator's time, plus something for starting QEMU on a busy machine.
WORTHWHILE_RATIO = 2
PROBE_OVERHEAD_SECONDS = 2

# Only the emulator refuses instructions that these CPUs did not have; under KVM they run on the real CPU, and a test
# that says "-cpu 486" would prove nothing.
CPUS_THAT_NEED_EMULATION = ("486", "pentium", "pentium2")


@dataclass(frozen=True)
class Accelerator:
    """What QEMU's -accel gets, and by how much deadlines are longer than with hardware virtualisation."""

    name: str
    time_factor: float

    def seconds(self, at_full_speed: float) -> float:
        """The deadline for something that takes AT_FULL_SPEED seconds at most under hardware virtualisation."""
        return at_full_speed * self.time_factor * float(os.environ.get("CLUSTERDISC_TEST_TIME_FACTOR", "1"))


KVM = Accelerator("kvm", 1)
TCG = Accelerator("tcg", 10)


class NoAccelerator(Exception):
    """No candidate could run the probe guest; the message says what each one answered."""


@dataclass(frozen=True)
class Attempt:
    """How the probe guest fared: the seconds it took, or what went wrong."""

    seconds: float
    problem: str | None = None


def run_probe(name: str, limit: float = PROBE_SECONDS, qemu: str = QEMU_I386) -> Attempt:
    """Runs the probe guest with the accelerator NAME, for at most LIMIT seconds."""
    if shutil.which(qemu) is None:
        return Attempt(0, f"{qemu} is not installed (./build.sh deps installs it)")
    with tempfile.TemporaryDirectory(prefix="clusterdisc-probe-") as folder:
        code = boot_sector.count_down(PROBE_ROUNDS) + boot_sector.exit_with(PROBE_VALUE)
        disk = boot_sector.write_disk(Path(folder, "probe.img"), code)
        command = [
            "setpriv", "--pdeathsig", "KILL",
            qemu, "-accel", name, "-nodefaults", "-no-user-config", "-display", "none", "-nic", "none", "-m", "16",
            "-drive", f"file={disk},format=raw,if=ide,snapshot=on",
            "-device", f"isa-debug-exit,iobase={boot_sector.DEBUG_EXIT_PORT:#x},iosize=1",
        ]
        start = time.monotonic()
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=limit, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return Attempt(limit, f"the probe guest did not answer within {limit:.0f} s")
        seconds = time.monotonic() - start
    if done.returncode == boot_sector.debug_exit_status(PROBE_VALUE):
        return Attempt(seconds)
    return Attempt(seconds, done.stderr.strip() or f"the probe guest ended with status {done.returncode}")


def choose(probe: Callable[[str, float], Attempt]) -> Accelerator:
    """KVM where it works and is worth it, else the emulator; PROBE(name, limit) runs the probe guest."""
    emulated = probe(TCG.name, PROBE_SECONDS)
    limit = PROBE_SECONDS if emulated.problem else PROBE_OVERHEAD_SECONDS + WORTHWHILE_RATIO * emulated.seconds
    virtualised = probe(KVM.name, limit)
    if virtualised.problem is None:
        return KVM
    if emulated.problem is None:
        return TCG
    raise NoAccelerator(
        "no accelerator runs a guest on this machine:\n"
        f"  {KVM.name}: {virtualised.problem}\n  {TCG.name}: {emulated.problem}"
    )


@functools.cache
def probe_accelerator() -> Accelerator:
    """The best accelerator of this machine; probed once per process."""
    return choose(run_probe)


def accelerator_for(cpu: str) -> Accelerator:
    """The accelerator for a machine with CPU."""
    return TCG if cpu.split(",")[0] in CPUS_THAT_NEED_EMULATION else probe_accelerator()
