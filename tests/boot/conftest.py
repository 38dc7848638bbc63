# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the boot tests."""

import os
from pathlib import Path
from typing import Iterator

import pytest

from boot.disc import Disc
from qemu import Guest, Nic, Segment


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Everything in this folder boots the image. First, because pytest-xdist reads the groups in the same hook."""
    folder = Path(__file__).parent
    for item in items:
        if folder in item.path.parents:
            item.add_marker(pytest.mark.image)
            item.add_marker(pytest.mark.vm)
            if "pair" in item.fixturenames:
                # With pytest-xdist: all tests that look at the pair run where the pair runs.
                item.add_marker(pytest.mark.xdist_group("pair"))


@pytest.fixture(scope="session")
def disc(iso_path) -> Disc:
    """The disc under test."""
    return Disc(iso_path)


@pytest.fixture(scope="session")
def pictures(output_folder) -> Path:
    """Where the pictures for the manual go; `make pictures` copies them to docs/pictures/."""
    return Path(os.environ.get("CLUSTERDISC_SCREENSHOTS", output_folder / "screenshots"))


@pytest.fixture(scope="session")
def segment() -> Iterator[Segment]:
    """The wire between the pair; there is nothing else on it, no DHCP server either."""
    with Segment() as opened:
        yield opened


@pytest.fixture(scope="session")
def pair(disc, segment, pictures, tmp_path_factory) -> Iterator[tuple[Guest, Guest]]:
    """Two nodes booted from the same disc at the same time, on one wire. Alike but for the address of the network card."""
    guests = [
        Guest(disc.machine(memory_mib=512, nics=[Nic(segment, "e1000")]), tmp_path_factory.mktemp(f"pair-{name}"))
        for name in ("first", "second")
    ]
    with guests[0] as first, guests[1] as second:
        for guest in (first, second):
            disc.wait_for_menu(guest)
        first.screenshot(pictures / "boot-menu.png")
        for guest in (first, second):
            disc.choose(guest)
        for guest in (first, second):
            disc.log_in(guest)
        yield first, second
