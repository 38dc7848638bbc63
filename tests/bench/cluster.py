# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures of omdiscd: real daemons in network namespaces, and the simulator for what no test machine holds.

Times are measured at the node maps, which is where the rest of the system learns of members. CLUSTERDISC_BENCH_SECONDS
shortens the ten minutes of the figures about load and loss.
"""

import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.figures import Bench
from cluster.map_watch import MapWatch
from cluster.namespaces import large_neighbour_tables
from cluster.node import Node, is_one_cluster, wait_for_one_cluster
from cluster.testbed import Testbed
from cmake_build import build
from procfs import stat_field
from qemu.deadline import wait_until

RUNS = 9
LONG_SECONDS = float(os.environ.get("CLUSTERDISC_BENCH_SECONDS", "600"))
IDLE_SECONDS = 60
SETTLING_SECONDS = 25
MANY = 100
# What one more look at the maps may cost; all times are exact to about this.
PAUSE = 0.002
# wesher, the nearest relative, gives its own end-to-end tests three seconds to join.
WESHER_JOIN_SECONDS = 3
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PINGPONG = """
import socket, sys, time
here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
here.bind(("", 7))
if sys.argv[1] == "serve":
    print("ready", flush=True)
    while True:
        here.sendto(*here.recvfrom(2048))
here.settimeout(10)
times = []
for _ in range(200):
    began = time.perf_counter()
    here.sendto(b"x" * 200, (sys.argv[1], 7))
    here.recv(2048)
    times.append(time.perf_counter() - began)
print(sorted(times)[100])
"""


def programs() -> Path:
    """The build folder, as in cluster/conftest.py."""
    named = os.environ.get("CLUSTERDISC_PROGRAMS")
    if named:
        return Path(named)
    return build("release")


@contextlib.contextmanager
def testbed(bench: Bench, name: str) -> Iterator[Testbed]:
    """A testbed with a folder of its own, which must not be there yet."""
    folder = bench.scratch / f"{name}-{time.monotonic_ns()}"
    folder.mkdir()
    with Testbed(programs(), folder) as opened:
        yield opened


def seconds_until(condition: Callable[[], bool], began: float, limit: float = 60) -> float:
    """Seconds from BEGAN (time.monotonic) until CONDITION holds."""
    wait_until(condition, limit, "the event that is measured", pause=PAUSE)
    return time.monotonic() - began


def seconds_to_one_cluster(nodes: list[Node], began: float, limit: float = 60) -> float:
    """Seconds from BEGAN until all maps are the same; each map is read again only while it is not right."""
    return seconds_until(lambda: is_one_cluster(nodes), began, limit)


def seconds_to_be_gone(identifier: int, nodes: list[Node], began: float) -> float:
    """Seconds from BEGAN until the id is in nobody's map."""
    return seconds_until(lambda: all(identifier not in node.ids() for node in nodes), began)


def summary(times: list[float], bar: float) -> dict:
    """The median as the value, and how far the runs are apart."""
    return {"unit": "s", "value": round(statistics.median(times), 3), "bar": bar, "runs": len(times),
            "least": round(min(times), 3), "most": round(max(times), 3)}


def round_trip(bed: Testbed) -> float:
    """Seconds that a UDP datagram takes to another host and back: the network's share in every figure."""
    wire = bed.wire()
    server, client = bed.host(wire), bed.host(wire)
    serving = subprocess.Popen(server.command(sys.executable, "-c", PINGPONG, "serve"), stdout=subprocess.PIPE, text=True)
    try:
        serving.stdout.readline()
        return float(client.run(sys.executable, "-c", PINGPONG, server.addresses()[0]))
    finally:
        serving.kill()
        serving.communicate(timeout=10)


def start_to_agreement(bench: Bench, count: int, runs: int) -> list[float]:
    """COUNT daemons started together on PCs whose links are up, to all maps being the same; one time for each run."""
    times = []
    for _ in range(runs):
        with large_neighbour_tables(count), testbed(bench, f"start-{count}") as bed:
            wire = bed.wire()
            nodes = [bed.node(bed.host(wire)) for _ in range(count)]
            began = time.monotonic()
            for node in nodes:
                node.start()
            times.append(seconds_to_one_cluster(nodes, began))
    return times


def cluster_start(bench: Bench) -> Iterator[dict]:
    """Daemons that start together: time to all maps being the same."""
    with testbed(bench, "round-trip") as bed:
        bare = round_trip(bed)
    yield {"figure": "udp-round-trip", "unit": "ms", "value": round(bare * 1000, 3)}
    yield {"figure": "three-nodes"} | summary(start_to_agreement(bench, 3, max(RUNS, bench.runs)), 1.0) | {
        "allowed_by_weshers_own_tests": WESHER_JOIN_SECONDS}
    yield {"figure": "thirty-nodes"} | summary(start_to_agreement(bench, 30, bench.runs), 3.0)


def cluster_changes(bench: Bench) -> Iterator[dict]:
    """Joining, leaving and crashing in a running cluster of five."""
    joins, leaves, kills, pulls = [], [], [], []
    with testbed(bench, "changes") as bed:
        wire = bed.wire()
        nodes = bed.start_nodes(5, wire)
        subject = bed.node(bed.host(wire))
        wait_for_one_cluster(nodes)
        everybody = [*nodes, subject]

        def join() -> int:
            began = time.monotonic()
            subject.start()
            joins.append(seconds_to_one_cluster(everybody, began))
            return subject.id()

        for _ in range(max(RUNS, bench.runs)):
            identifier = join()
            began = time.monotonic()
            subject.send_signal(signal.SIGTERM)
            leaves.append(seconds_to_be_gone(identifier, nodes, began))
            subject.wait_for_exit()

            identifier = join()
            began = time.monotonic()
            subject.kill()
            kills.append(seconds_to_be_gone(identifier, nodes, began))
            # The former run has left its state, which must not be taken for that of the next one.
            for name in ("map", "nodes.json"):
                (subject.run_folder / name).unlink()

            identifier = join()
            began = time.monotonic()
            subject.host.unplug()
            pulls.append(seconds_to_be_gone(identifier, nodes, began))
            subject.host.plug()
            wait_for_one_cluster(everybody)
            subject.stop()
            wait_for_one_cluster(nodes)
    yield {"figure": "join"} | summary(joins, 0.5) | {"allowed_by_weshers_own_tests": WESHER_JOIN_SECONDS}
    yield {"figure": "leave"} | summary(leaves, 0.3)
    yield {"figure": "crash-of-daemon"} | summary(kills, 5.0)
    yield {"figure": "cable-pulled"} | summary(pulls, 5.0)


def resident_and_proportional(node: Node) -> tuple[int, int]:
    """VmRSS and Pss of a daemon in KiB."""
    status = Path(f"/proc/{node.pid}/status").read_text()
    rollup = Path(f"/proc/{node.pid}/smaps_rollup").read_text()
    return tuple(int(text.split(f"{name}:")[1].split()[0]) for text, name in ((status, "VmRSS"), (rollup, "\nPss")))


def cpu_seconds(node: Node) -> float:
    """User and system time of a daemon so far."""
    return (int(stat_field(node.pid, 14)) + int(stat_field(node.pid, 15))) / TICKS_PER_SECOND


def cluster_idle(bench: Bench) -> Iterator[dict]:
    """Memory and CPU time of an agent when nothing happens, with few and with many members."""
    for count in (3, MANY):
        with large_neighbour_tables(count), testbed(bench, f"idle-{count}") as bed:
            nodes = bed.start_nodes(count, bed.wire())
            wait_for_one_cluster(nodes, 180)
            # Newcomers settle, and say so, for twenty seconds: that is no idling yet.
            time.sleep(SETTLING_SECONDS)
            before = [cpu_seconds(node) for node in nodes]
            with MapWatch(nodes) as watch:
                watch.stays_complete_for(IDLE_SECONDS)
                used = [cpu_seconds(node) - earlier for node, earlier in zip(nodes, before, strict=True)]
            memory = [resident_and_proportional(node) for node in nodes]
        names = {"members": count, "removals": watch.removals}
        yield {"figure": "idle-cpu", "unit": "% of one processor",
               "value": round(100 * statistics.median(used) / IDLE_SECONDS, 3), "bar": 0.2} | names
        for index, name in enumerate(("resident", "proportional")):
            yield {"figure": f"memory-{name}", "unit": "MiB",
                   "value": round(statistics.median(sizes[index] for sizes in memory) / 1024, 2), "bar": 8} | names


@contextlib.contextmanager
def busy_processors() -> Iterator[None]:
    """Two processes per processor that never rest."""
    # They end with this process, whatever happens to it.
    command = ["setpriv", "--pdeathsig", "KILL", "sh", "-c", "while :; do :; done"]
    burners = [subprocess.Popen(command) for _ in range(2 * os.cpu_count())]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def removals_during(bench: Bench, name: str, disturb: Callable) -> dict:
    """How many removals there are among six members in LONG_SECONDS of a disturbance; there should be none."""
    with testbed(bench, name) as bed:
        wire = bed.wire()
        nodes = bed.start_nodes(6, wire)
        wait_for_one_cluster(nodes)
        with MapWatch(nodes) as watch, disturb(wire):
            end = time.monotonic() + LONG_SECONDS
            while (left := end - time.monotonic()) > 0:
                # Once something is lost this returns at once; the rest of the time counts as well.
                if not watch.stays_complete_for(left):
                    time.sleep(min(1.0, left))
        return {"figure": name, "unit": "removals from maps", "value": watch.removals, "bar": 0,
                "seconds": round(LONG_SECONDS), "members": len(nodes), "lost": watch.lost[:5]}


@contextlib.contextmanager
def lossy(wire) -> Iterator[None]:
    """Every fifth frame is lost."""
    wire.lose(20)
    yield
    wire.forward_everything()


def cluster_load(bench: Bench) -> Iterator[dict]:
    """Removals of healthy members while all processors are busy."""
    yield removals_during(bench, "removals-under-full-load", lambda _: busy_processors())


def cluster_loss(bench: Bench) -> Iterator[dict]:
    """Removals of healthy members while every fifth frame is lost."""
    yield removals_during(bench, "removals-at-20-percent-loss", lossy)


def cluster_simulated(bench: Bench) -> Iterator[dict]:
    """Growth, by the simulator: 10 to 1,000 nodes that are switched on within ten seconds."""
    simulator = programs() / "autoconf/simulator/omdiscd-simulator"
    for count in (10, 100, 300, 1000):
        output = subprocess.run([simulator, "boot", "--nodes", str(count), "--seconds", "10"], check=True, text=True,
                                stdout=subprocess.PIPE).stdout
        result = json.loads(output)
        yield {"figure": "simulated-boot", "unit": "s of virtual time", "value": result["agreed_after_seconds"], "bar": 15,
               "nodes": count, "boot_megabytes_received": result["boot_megabytes_received"]}
        for direction, rate in result["idle_bytes_per_second"].items():
            yield {"figure": f"simulated-idle-{direction}", "unit": "bytes/s per node", "value": rate, "bar": 2000, "nodes": count}


ALL = {function.__name__.replace("_", "-"): function
       for function in (cluster_start, cluster_changes, cluster_idle, cluster_load, cluster_loss, cluster_simulated)}
