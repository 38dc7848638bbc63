# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the boot tests."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import pytest

from boot.cluster_node import LOGIN_SECONDS, ClusterNode, switch_on
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
            # With pytest-xdist: all tests that look at some machines run where these run.
            for machines in ("pair", "virtual_cluster"):
                if machines in item.fixturenames:
                    item.add_marker(pytest.mark.xdist_group(machines))
    # At the end of test_cluster the virtual cluster is no more.
    needs_it_whole = [item for item in items if item.path == folder / "test_migration.py"]
    others = [item for item in items if item not in needs_it_whole]
    end = next((place for place, item in enumerate(others) if item.path == folder / "test_cluster.py"), len(others))
    items[:] = others[:end] + needs_it_whole + others[end:]


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


@dataclass(frozen=True)
class VirtualCluster:
    """Booted PCs on one wire that have found each other, and their node ids in the same order."""

    wire: Segment
    nodes: list[ClusterNode]
    ids: list[int]


@pytest.fixture(scope="session")
def virtual_cluster(disc, tmp_path_factory) -> Iterator[VirtualCluster]:
    """Three PCs on a wire without a DHCP server, the first one a 486, once all agree on who is there."""
    kinds = {"a-486": {"cpu": "486"}, "second": {}, "third": {}}
    folder = tmp_path_factory.mktemp("cluster")
    with contextlib.ExitStack() as stack:
        wire = stack.enter_context(Segment())
        guests = []
        for name, options in kinds.items():
            guest = switch_on(disc, wire, folder / name, memory_mib=256, **options)
            stack.callback(guest.stop)
            guests.append(guest)
        for guest in guests:
            disc.log_in(guest, seconds=LOGIN_SECONDS)
        nodes = [ClusterNode(guest) for guest in guests]
        ids = [node.wait_for_id() for node in nodes]
        for node in nodes:
            node.wait_for_map(ids)
        yield VirtualCluster(wire, nodes, ids)
