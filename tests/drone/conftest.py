# SPDX-License-Identifier: GPL-2.0-or-later
"""The drone under test, and a cluster of it with a PC that has booted the disc."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from boot import cluster_node
from boot.cluster_node import LOGIN_SECONDS, ClusterNode
from boot.disc import Disc
from drone.drone_node import DroneNode, choose_in_menu, make_initramfs, switch_on
from qemu import Segment
from qemu.deadline import wait_until


@pytest.fixture(scope="session")
def disc(iso_path) -> Disc:
    """The disc that has the drone in its menu."""
    return Disc(iso_path)


@dataclass(frozen=True)
class MixedCluster:
    """A PC with the disc, home of programs, and two with the drone and 48 MiB each: one was given it as a kernel, the
    other one, a 486, has it from the menu of the disc, which is taken out again. Node ids by those names."""

    home: ClusterNode
    with_probe: DroneNode
    from_menu: DroneNode
    ids: dict[str, int]


@pytest.fixture(scope="module")
def cluster(disc, drone_file, tmp_path_factory) -> Iterator[MixedCluster]:
    """All of it on a wire without a DHCP server, once the disc's node knows both drones."""
    folder = tmp_path_factory.mktemp("drones")
    initramfs = make_initramfs(folder, disc.read("/clusterdisc/cluster.key"))
    with contextlib.ExitStack() as stack:
        wire = stack.enter_context(Segment())
        guest = cluster_node.switch_on(disc, wire, folder / "home", memory_mib=256)
        stack.callback(guest.stop)
        from_menu = choose_in_menu(disc, wire, folder / "from-menu", card="ne2k_pci", cpu="486", memory_mib=48)
        stack.callback(from_menu.guest.stop)
        with_probe = switch_on(drone_file, initramfs, wire, folder / "with-probe", memory_mib=48)
        stack.callback(with_probe.guest.stop)
        ids = {"from_menu": from_menu.wait_for_id(), "with_probe": with_probe.wait_for_id()}
        from_menu.guest.eject_cd()
        disc.log_in(guest, seconds=LOGIN_SECONDS)
        home = ClusterNode(guest)
        ids["home"] = home.wait_for_id()
        home.wait_for_map(list(ids.values()))
        home.wait_for_members(list(ids.values()))
        # With 48 MiB there is room for one guest of 16 MiB, and not for what would move there by itself besides.
        guest.run("sudo mosctl stay; sudo mosctl bring")
        wait_until(lambda: not home.processes("processes"), guest.seconds(60), "all programs are at home")
        yield MixedCluster(home, with_probe, from_menu, ids)
