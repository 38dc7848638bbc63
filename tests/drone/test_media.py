# SPDX-License-Identifier: GPL-2.0-or-later
"""The drone starts from a stick under UEFI, too; from a CD under BIOS and as a bare kernel, test_drone.py starts it."""

import pytest

from drone.drone_node import choose_in_menu
from qemu import Segment

pytestmark = [pytest.mark.image, pytest.mark.vm]


def test_from_a_stick_under_uefi(disc, tmp_path):
    options = {"cpu": "qemu64", "machine": "q35", "firmware": "uefi-x64", "memory_mib": 256}
    with Segment() as wire:
        node = choose_in_menu(disc, wire, tmp_path / "pc", medium="usb", card="e1000e", **options)
        try:
            assert node.wait_for_id() > 0
            node.guest.press_power_button()
            assert node.guest.wait_for_exit(60) == 0
        finally:
            node.guest.stop()
