# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures of balancing: omd on several nodes of this machine, each with a share of a processor of its own.

CLUSTERDISC_BENCH_STEADY_SECONDS shortens the ten minutes for which a balanced room is watched.
"""

import contextlib
import os
import random
import resource
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Bench
from bench.migration import median, spread
from bench.moved_program import Moved, build_folder, two_nodes
from migration.balanced_room import USER, Room
from migration.node import Node
from migration.testbed import Testbed
from qemu.deadline import wait_until

JOBS = 12
NODES = 4
# Of a processor, for each node; speeds 1:1:2:4 are shares of that.
HUNDREDTHS = 20
SPEEDS = (1, 1, 2, 4)
# Of a processor's time, for each job.
SECONDS_OF_JOB = 4.0
SPREAD_LIMIT = 300
STEADY_SECONDS = float(os.environ.get("CLUSTERDISC_BENCH_STEADY_SECONDS", "600"))
SLEEPERS = 200
DRAINED = 8
DRAINED_MIB = 64
TICK = os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def room_of(bench: Bench, hundredths: list[int], **settings) -> Iterator[tuple[Room, list[Node]]]:
    """Nodes with such shares of a processor, which all know each other."""
    with Testbed(build_folder()) as bed, contextlib.ExitStack() as stack:
        room = Room(bed, stack, bench.scratch)
        yield room, [room.add_node(share, **settings) for share in hundredths]


def rounds_of_a_second(room: Room) -> float:
    """How often the program's loop runs in a second of a processor here."""
    rounds = 300_000_000
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([room.program, str(rounds)], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return rounds / (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def seconds_of_all(bench: Bench, hundredths: list[int], is_random: bool = False, **settings) -> float:
    """From the start of all jobs on the first node to the end of the last one. IS_RANDOM: each on a node drawn by chance."""
    with room_of(bench, hundredths, **settings) as (room, nodes):
        mosrun = (nodes[0].program("mosrun"), "--run-dir", nodes[0].run_folder)
        rounds = int(rounds_of_a_second(room) * SECONDS_OF_JOB)
        began = time.monotonic()
        jobs = [room.start_job(nodes[0], rounds, prefix=(*mosrun, f"-{random.randint(1, NODES)}") if is_random else ())
                for _ in range(JOBS)]
        for job in jobs:
            assert job.wait(timeout=3600) == 0
        return time.monotonic() - began


def balancing_makespan(bench: Bench) -> Iterator[dict]:
    """Equal jobs started at once on one of four nodes: with balancing, against the ideal, none, and random places."""
    for name, shares, bar in (("equal", [HUNDREDTHS] * NODES, 1.10),
                              ("1-1-2-4", [HUNDREDTHS * speed // 2 for speed in SPEEDS], 1.15)):
        ideal = JOBS * SECONDS_OF_JOB * 100 / sum(shares)
        balanced = [seconds_of_all(bench, shares) / ideal for _ in range(bench.runs)]
        alone = seconds_of_all(bench, shares, balance=False) / ideal
        at_random = seconds_of_all(bench, shares, is_random=True, balance=False) / ideal
        yield {"figure": f"balancing-makespan-{name}", "unit": "ratio to the ideal", "value": median(balanced), "bar": bar,
               **spread(balanced), "without_balancing": round(alone, 3), "random_places": round(at_random, 3)}


def balancing_spread(bench: Bench) -> Iterator[dict]:
    """Equal jobs that do not end: the first move, the balance, and whether it stays."""
    firsts, balances, moves_later = [], [], []
    for run in range(bench.runs):
        with room_of(bench, [HUNDREDTHS] * NODES) as (room, nodes):
            home = nodes[0]
            began = time.monotonic()
            pids = [room.start_job(home).pid for _ in range(JOBS)]
            wait_until(lambda: len(room.places(home, pids)) > 1, SPREAD_LIMIT, "a job has left", pause=0.02)
            firsts.append(time.monotonic() - began)
            even = {node.number: JOBS // NODES for node in nodes}
            wait_until(lambda: room.places(home, pids) == even, SPREAD_LIMIT, "all nodes have as many jobs", pause=0.02)
            balances.append(time.monotonic() - began)
            if run == 0:
                before = moves_of(home, pids)
                time.sleep(STEADY_SECONDS)
                moves_later.append(moves_of(home, pids) - before)
    yield {"figure": "balancing-first-move", "unit": "s", "value": median(firsts), "bar": 2, **spread(firsts)}
    yield {"figure": "balancing-spread", "unit": "s", "value": median(balances), "bar": 10, **spread(balances)}
    yield {"figure": "balancing-steady", "unit": f"moves in {STEADY_SECONDS:.0f} s of balance", "value": moves_later[0],
           "bar": 1}


def moves_of(home: Node, pids: list[int]) -> int:
    """How often these processes of HOME were moved."""
    return sum(each["moves"] for each in home.mps()["processes"] if each["pid"] in pids)


def balancing_cost(bench: Bench) -> Iterator[dict]:
    """What omd uses of a processor with very many processes at rest, against the same without balancing."""
    values = {}
    for balance in (True, False):
        with room_of(bench, [100, 100], balance=balance, node_group="") as (_, nodes), contextlib.ExitStack() as stack:
            for _ in range(SLEEPERS):
                sleeper = subprocess.Popen(nodes[0].command("sleep", "3600", user=USER))
                stack.callback(sleeper.wait)
                stack.callback(sleeper.kill)
            seconds = 30
            before = ticks_of(nodes[0].omd_pid)
            time.sleep(seconds)
            values[balance] = (ticks_of(nodes[0].omd_pid) - before) / TICK / seconds * 100
    yield {"figure": f"balancing-cost-{SLEEPERS}-processes", "unit": "% of a processor", "value": round(values[True], 3),
           "bar": 0.3, "without_balancing": round(values[False], 3)}


def balancing_drain(bench: Bench) -> Iterator[dict]:
    """A node that is about to leave sends its guests home, with all of their memory."""
    times = []
    for _ in range(bench.runs):
        with two_nodes() as (home, remote), contextlib.ExitStack() as stack:
            guests = [stack.enter_context(Moved(bench, home, "gap", DRAINED_MIB)) for _ in range(DRAINED)]
            for guest in guests:
                home.move(guest.pid, remote)
            began = time.monotonic()
            result = remote.tool("mosctl", "expel")
            assert result.returncode == 0, result.stderr
            wait_until(lambda home=home: not home.supervisors(), 120, "all of them are at home", pause=0.01)
            times.append(time.monotonic() - began)
    yield {"figure": f"balancing-drain-{DRAINED}x{DRAINED_MIB}", "unit": "s", "value": median(times), "bar": 3, **spread(times)}


def ticks_of(pid: int) -> int:
    """What a process has used of processors, in clock ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


ALL = {function.__name__.replace("_", "-"): function
       for function in (balancing_makespan, balancing_spread, balancing_cost, balancing_drain)}
