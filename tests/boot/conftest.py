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
from interface_clients.archive import make_archive
from qemu import Guest, Nic, Segment

# These look at one virtual cluster, in this order: at the end of the last one it is no more.
OF_THE_VIRTUAL_CLUSTER = ("test_migration.py", "test_openmosix_interface.py", "test_cluster.py", "test_leaving.py")


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
    places = {folder / name: place for place, name in enumerate(OF_THE_VIRTUAL_CLUSTER)}
    together = sorted((item for item in items if item.path in places), key=lambda item: places[item.path])
    if together:
        begin = next(place for place, item in enumerate(items) if item.path in places)
        items[:] = items[:begin] + together + [item for item in items[begin:] if item.path not in places]


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
    """Three PCs on a wire without a DHCP server, the first one a 486, once all agree on who is there.

    Each has the clients of the openMosix interface on a disk.
    """
    kinds = {"a-486": {"cpu": "486"}, "second": {}, "third": {}}
    folder = tmp_path_factory.mktemp("cluster")
    clients = make_archive(folder)
    with contextlib.ExitStack() as stack:
        wire = stack.enter_context(Segment())
        guests = []
        for name, options in kinds.items():
            guest = switch_on(disc, wire, folder / name, memory_mib=256, disks=[clients], **options)
            stack.callback(guest.stop)
            guests.append(guest)
        for guest in guests:
            disc.log_in(guest, seconds=LOGIN_SECONDS)
        nodes = [ClusterNode(guest) for guest in guests]
        ids = [node.wait_for_id() for node in nodes]
        for node in nodes:
            node.wait_for_map(ids)
        yield VirtualCluster(wire, nodes, ids)


@pytest.fixture(scope="module")
def steered_nodes(virtual_cluster) -> Iterator[list[ClusterNode]]:
    """The three, once omd of each knows all of them. Here processes move when they are told to."""
    for node in virtual_cluster.nodes:
        node.wait_for_members(virtual_cluster.ids)
        node.guest.run("sudo mosctl stay")
    yield virtual_cluster.nodes
    for node in virtual_cluster.nodes:
        # What a test that failed has left.
        node.guest.run("pkill -x awk; sudo mosctl nostay", check=False)
