# SPDX-License-Identifier: GPL-2.0-or-later
"""The description of a virtual PC and its translation into QEMU's command line."""

from dataclasses import dataclass, field
from pathlib import Path

from qemu import boot_sector
from qemu.accelerator import QEMU_I386, QEMU_X86_64, TCG, Accelerator, accelerator_for
from qemu.firmware import FIRMWARES
from qemu.network import Nic

CDROM_ID = "cdrom"
# The network of forwarded ports has one machine, so all may have the same address there.
FORWARDED_MAC = "52:54:00:ff:ff:ff"
USB_CONTROLLERS = ("qemu-xhci", "usb-ehci")


@dataclass
class Machine:
    """A PC. Its disks and media are never written: all writes go to temporary files of QEMU's own."""

    cpu: str = "pentium3"
    machine: str = "pc"
    memory_mib: int = 512
    processors: int = 1
    firmware: str = "bios"
    cdrom: Path | None = None
    usb_stick: Path | None = None
    usb_controller: str = "qemu-xhci"
    disks: list[Path] = field(default_factory=list)
    # A disk in this list is written for real, for tests that look at it afterwards.
    writable_disks: list[Path] = field(default_factory=list)
    nics: list[Nic] = field(default_factory=list)
    kernel: Path | None = None
    initrd: Path | None = None
    kernel_parameters: str = ""
    # A TCP port of the guest by one of this machine's, at 127.0.0.1 only, over a network card of its own; on that network
    # is nobody else, and it leads nowhere.
    forwarded_ports: dict[int, int] = field(default_factory=dict)
    # How much of its translations the emulator keeps; None: as much as it likes, which is up to 1 GiB.
    translations_mib: int | None = None
    extra: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.firmware not in FIRMWARES:
            raise ValueError(f"unknown firmware {self.firmware!r}; known: {', '.join(FIRMWARES)}")
        if self.usb_controller not in USB_CONTROLLERS:
            raise ValueError(f"unknown USB controller {self.usb_controller!r}; known: {', '.join(USB_CONTROLLERS)}")

    @property
    def accelerator(self) -> Accelerator:
        """What this machine runs on."""
        return accelerator_for(self.cpu)

    @property
    def qemu(self) -> str:
        """The emulator: the 64-bit one only where the firmware or the CPU is of 64 bits."""
        wide = self.firmware == "uefi-x64" or self.cpu.startswith(("qemu64", "host", "max"))
        return QEMU_X86_64 if wide else QEMU_I386

    def command_line(self, folder: Path, serial: int, monitor: int, nic_sockets: list[int]) -> list[str]:
        """QEMU's command line; SERIAL, MONITOR and NIC_SOCKETS are inherited file descriptors."""
        firmware = FIRMWARES[self.firmware]
        machine = self.machine + (",smm=on" if firmware and firmware.needs_smm else "")
        arguments = [
            self.qemu, "-nodefaults", "-no-user-config", "-display", "none", "-vga", "std",
            "-machine", machine, "-accel", self._accelerator(), "-cpu", self.cpu,
            "-m", str(self.memory_mib), "-smp", str(self.processors),
            "-chardev", f"socket,id=serial,fd={serial}", "-serial", "chardev:serial",
            "-chardev", f"socket,id=monitor,fd={monitor}", "-mon", "chardev=monitor,mode=control",
            "-device", f"isa-debug-exit,iobase={boot_sector.DEBUG_EXIT_PORT:#x},iosize=1",
        ]
        if firmware:
            arguments += firmware.arguments(folder)
        arguments += self._media() + self._network(nic_sockets) + self._direct_kernel()
        return arguments + self.extra

    def _accelerator(self) -> str:
        name = self.accelerator.name
        return name if self.translations_mib is None or name != TCG.name else f"{name},tb-size={self.translations_mib}"

    def _media(self) -> list[str]:
        arguments = []
        # A kernel that is given is the first.
        boot_index = 1 if self.kernel else 0
        if self.cdrom:
            arguments += [
                "-drive", f"if=none,id=cdrom-medium,media=cdrom,readonly=on,format=raw,file={_escape(self.cdrom)}",
                "-device", f"ide-cd,id={CDROM_ID},drive=cdrom-medium,{self._ide_place(0)},bootindex={boot_index}",
            ]
            boot_index += 1
        if self.usb_stick:
            arguments += [
                "-device", f"{self.usb_controller},id=usb",
                "-drive", f"if=none,id=usb-medium,format=raw,snapshot=on,file={_escape(self.usb_stick)}",
                "-device", f"usb-storage,bus=usb.0,drive=usb-medium,removable=on,bootindex={boot_index}",
            ]
            boot_index += 1
        disks = [(disk, "on") for disk in self.disks] + [(disk, "off") for disk in self.writable_disks]
        for number, (disk, snapshot) in enumerate(disks):
            place = self._ide_place(number + (1 if self.cdrom else 0))
            arguments += [
                "-drive", f"if=none,id=disk-medium{number},format=raw,snapshot={snapshot},file={_escape(disk)}",
                "-device", f"ide-hd,drive=disk-medium{number},{place},bootindex={boot_index}",
            ]
            boot_index += 1
        return arguments

    def _ide_place(self, number: int) -> str:
        # The AHCI of q35 has one drive on each of its six buses; the IDE of older machines has two on each of two.
        if self.machine.startswith("q35"):
            return f"bus=ide.{number}"
        return f"bus=ide.{number // 2},unit={number % 2}"

    def _network(self, sockets: list[int]) -> list[str]:
        arguments = ["-nic", "none"]
        for number, (nic, descriptor) in enumerate(zip(self.nics, sockets, strict=True)):
            arguments += [
                "-netdev", f"dgram,id=net{number},local.type=fd,local.str={descriptor}",
                "-device", f"{nic.model},netdev=net{number},mac={nic.mac}",
            ]
        if self.forwarded_ports:
            forwarding = "".join(f",hostfwd=tcp:127.0.0.1:{ours}-:{theirs}" for ours, theirs in self.forwarded_ports.items())
            arguments += [
                "-netdev", f"user,id=forwarded,restrict=on,ipv6=off{forwarding}",
                "-device", f"e1000,netdev=forwarded,mac={FORWARDED_MAC}",
            ]
        return arguments

    def _direct_kernel(self) -> list[str]:
        arguments = []
        if self.kernel:
            arguments += ["-kernel", str(self.kernel), "-append", self.kernel_parameters]
        if self.initrd:
            arguments += ["-initrd", str(self.initrd)]
        return arguments


def _escape(path: Path) -> str:
    # In QEMU's option lists a comma is written twice.
    return str(path).replace(",", ",,")
