# SPDX-License-Identifier: GPL-2.0-or-later
"""The translation of a machine into a command line, and every kind of machine started for a moment."""

import itertools

import pytest

from qemu import Guest, Machine, boot_sector


@pytest.fixture
def disk(tmp_path):
    return boot_sector.write_disk(tmp_path / "disk, with a comma.img", boot_sector.say("started\n"))


def test_unknown_firmware_and_controllers_are_refused():
    with pytest.raises(ValueError, match="unknown firmware 'coreboot'; known: bios, uefi-x64, uefi-ia32"):
        Machine(firmware="coreboot")
    with pytest.raises(ValueError, match="unknown USB controller 'uhci'"):
        Machine(usb_controller="uhci")


@pytest.mark.parametrize(("machine", "medium"), itertools.product(["pc", "q35"], ["disks", "writable_disks"]))
def test_boots_from_disk(tmp_path, disk, machine, medium):
    with Guest(Machine(machine=machine, memory_mib=64, **{medium: [disk]}), tmp_path) as guest:
        guest.wait_for("started", 30)


@pytest.mark.parametrize("controller", ["qemu-xhci", "usb-ehci"])
def test_boots_from_usb(tmp_path, disk, controller):
    with Guest(Machine(usb_stick=disk, usb_controller=controller, memory_mib=64), tmp_path) as guest:
        guest.wait_for("started", 30)


@pytest.mark.parametrize("machine", ["pc", "q35"])
def test_a_cd_and_three_disks_fit(tmp_path, disk, machine):
    cd, *more = [boot_sector.write_disk(tmp_path / f"{number}.img", b"") for number in range(3)]
    description = Machine(machine=machine, memory_mib=64, cdrom=cd, disks=[disk], writable_disks=more)
    with Guest(description, tmp_path) as guest:
        # The "CD" has no boot record, so the BIOS goes on to the first disk.
        guest.wait_for("started", 30)


def test_a_cd_can_be_taken_out(tmp_path, disk):
    with Guest(Machine(cdrom=disk, disks=[disk], memory_mib=64), tmp_path) as guest:
        guest.wait_for("started", 30)
        guest.eject_cd()
        guest.eject_cd()
