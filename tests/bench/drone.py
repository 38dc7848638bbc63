# SPDX-License-Identifier: GPL-2.0-or-later
"""The drone: its size, and how soon it is a member, by the clock of its own kernel."""

import re
import statistics
from collections.abc import Iterator

from bench.figures import MIB, Bench
from boot.disc import Disc
from drone.drone_node import DroneNode, make_initramfs, switch_on
from qemu import Segment

MEMORY_MIB = 48
# The bar is for the pentium3.
CARDS = {"pentium3": ("e1000", 12), "486": ("ne2k_pci", None)}
MEMBER = re.compile(r"\[ *(\d+\.\d+)\] omdiscd: this is node \d+")


def _member_seconds(node: DroneNode) -> float:
    try:
        return float(node.guest.wait_for(MEMBER, 120, "the drone is a member")[1])
    finally:
        node.guest.stop()


def drone(bench: Bench) -> Iterator[dict]:
    """The drone: size, and kernel start to member with 48 MiB."""
    disc = Disc(bench.iso)
    file = bench.scratch / "drone"
    file.write_bytes(disc.read("/clusterdisc/drone"))
    yield {"figure": "drone-size", "unit": "MiB", "value": round(file.stat().st_size / MIB, 2), "bar": 7}
    initramfs = make_initramfs(bench.scratch, disc.read("/clusterdisc/cluster.key"))
    for cpu, (card, bar) in CARDS.items():
        seconds = []
        for number in range(bench.runs):
            with Segment() as wire:
                node = switch_on(file, initramfs, wire, bench.scratch / f"{cpu}-{number}", card=card, cpu=cpu,
                                 memory_mib=MEMORY_MIB)
                seconds.append(_member_seconds(node))
        yield {"figure": f"drone-member-{cpu}", "unit": "s", "value": round(statistics.median(seconds), 1),
               **({"bar": bar} if bar else {})}


ALL = {"drone": drone}
