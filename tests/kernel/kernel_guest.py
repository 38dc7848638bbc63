# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots the kernel straight into the guest programs and returns what they say."""

from pathlib import Path

from qemu import Guest, Machine

_ALL_DONE = "== all done"


def _disk(disk: Path | None) -> list[str]:
    # Not among the machine's own disks: those get a boot index, and the first one is taken by QEMU for -kernel.
    if not disk:
        return []
    path = str(disk).replace(",", ",,")
    return ["-drive", f"if=none,id=records,format=raw,file={path}", "-device", "ide-hd,drive=records"]


def run_programs(kernel: Path, initramfs: Path, folder: Path, commands: list[list[str]], seconds: float, *,
                 cpu: str = "486", processors: int = 1, parameters: str = "", disk: Path | None = None,
                 machine: str = "pc", extra: list[str] | None = None) -> str:
    """Runs COMMANDS (program and arguments) one after the other; returns the console's text. EXTRA: options of QEMU."""
    runs = " ".join("run=" + ",".join(command) for command in commands)
    virtual_pc = Machine(
        cpu=cpu, machine=machine, processors=processors, memory_mib=128, kernel=kernel, initrd=initramfs,
        # The guest programs end with a reset.
        extra=["-no-reboot", *_disk(disk), *(extra or [])],
        # Whatever the kernel prints while a program prints would end up in the middle of its lines.
        kernel_parameters=f"console=ttyS0 quiet loglevel=1 panic=-1 {parameters} {runs}",
    )
    with Guest(virtual_pc, folder) as guest:
        guest.wait_for(_ALL_DONE, seconds, "the end of all guest programs")
        # The disk's last writes are QEMU's until it has ended.
        guest.wait_for_exit()
        return guest.console.text
