# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the boot tests."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import pytest

from boot.cluster_node import LOGIN_SECONDS, ClusterNode, switch_on
from boot.desk import Desk, DeskNode
from boot.disc import Disc
from interface_clients.archive import make_archive
from qemu import Segment
from qemu.accelerator import TCG

# These look at one virtual cluster, in this order: at the end of the last one it is no more.
OF_THE_VIRTUAL_CLUSTER = ("test_migration.py", "test_openmosix_interface.py", "test_cluster.py", "test_leaving.py")
# And these at another one, the desk's.
OF_THE_DESK = ("test_identity.py", "test_manifest.py", "test_network.py", "test_desk.py")


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
    for names in (OF_THE_VIRTUAL_CLUSTER, OF_THE_DESK):
        put_in_order(items, {folder / name: place for place, name in enumerate(names)})


def put_in_order(items, places: dict[Path, int]) -> None:
    """Makes the tests of the files in PLACES follow each other in the order of the places."""
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
def desk(iso_path) -> Iterator[Desk]:
    """A user's machine; pair starts a cluster on it."""
    with Desk(iso_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def pair(desk) -> Iterator[tuple[DeskNode, DeskNode]]:
    """Two nodes booted from the same disc at the same time, on one wire, by the command that is for users."""
    said = desk.run("up", "2", "--drones", "1", seconds=TCG.seconds(LOGIN_SECONDS * 2))
    assert "They are one cluster." in said, said
    yield DeskNode(desk, 1), DeskNode(desk, 2)


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
