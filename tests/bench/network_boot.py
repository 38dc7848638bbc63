# SPDX-License-Identifier: GPL-2.0-or-later
"""How long a room of PCs that are switched on together takes to fetch the disc's file system, each port at 100 Mbit/s.

The peer is the same without chain serving: all fetch from the serving node, in the same run.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import MIB, Bench
from cluster.namespaces import large_neighbour_tables
from cmake_build import build
from qemu.deadline import wait_until
from serve.chain_client import ChainClient, shape_port
from serve.room import Room, ServingNode

CLIENTS = 30
MEGABITS = 100
# Of the standard disc. Its content matters to nobody but the hash.
LAYER_BYTES = 93_605_888
BAR_SECONDS = 90


def _seconds(programs: Path, with_chain: bool) -> tuple[list[float], int]:
    """From switching on until each PC has everything, and what the serving node has sent of it, in bytes."""
    # dnsmasq and httpd read as another user.
    with tempfile.TemporaryDirectory() as directory, large_neighbour_tables(CLIENTS + 1), Room(Path(directory), programs) as room:
        with (room.medium / "live/filesystem.squashfs").open("wb") as layer:
            layer.write(os.urandom(LAYER_BYTES))
        node = ServingNode(room, 7)
        address = node.wait_for_mode("RANGE")["address"]
        # Who has everything waits, and gives to others, as while a key is asked for.
        node.ask("close")
        shape_port(room, node.host, MEGABITS)
        node.wait_until_hashed()
        if not with_chain:
            node.forget_hashes()
        clients = [ChainClient(room, address, MEGABITS) for _ in range(CLIENTS)]
        began = time.monotonic()
        for client in clients:
            client.start()
        finished: dict[str, float] = {}

        def are_complete() -> bool:
            for client in clients:
                if client.mac not in finished and any(line.startswith("Fetched ") for line in client.process.output):
                    finished[client.mac] = time.monotonic() - began
            return len(finished) == CLIENTS

        wait_until(are_complete, 1200, "all have everything", pause=0.1)
        sent = sum(each["from_server"] for each in node.link()["clients"])
        return list(finished.values()), sent


def serve_30_clients(bench: Bench) -> Iterator[dict]:
    """Thirty PCs switched on together fetch 89 MiB each, from each other and, as the peer, from one node."""
    programs = build("release", "clusterdisc-ask-key", "clusterdisc-fetch") / "serve"
    ours, theirs = [], []
    for _ in range(bench.runs):
        ours.append(_seconds(programs, True))
        theirs.append(_seconds(programs, False))
    last = statistics.median(max(times) for times, _ in ours)
    peer = statistics.median(max(times) for times, _ in theirs)
    yield {"figure": "serve-30-clients", "unit": "s until the last one has everything", "value": round(last, 1), "bar": BAR_SECONDS,
           "seconds_of_the_first": round(statistics.median(min(times) for times, _ in ours), 1),
           "seconds_of_the_peer": round(peer, 1), "ratio": round(last / peer, 3),
           "megabytes_from_the_serving_node": round(statistics.median(sent for _, sent in ours) / MIB),
           "of_the_peer": round(statistics.median(sent for _, sent in theirs) / MIB)}


ALL = {"serve-30-clients": serve_30_clients}
