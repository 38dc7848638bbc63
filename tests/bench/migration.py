# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures of moving processes: two omd on this machine, each with a network and a processor of its own.

All times are those that the moved program measures, where it can. Every figure has its peer, the bare operation, measured
in the same run; `value` is the median of all runs. CLUSTERDISC_BENCH_SECONDS shortens the minute of moves.
"""

import os
import signal
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import MIB, Bench
from bench.moved_program import Moved, ask_peer, body_of, resident_bytes, two_nodes
from migration.node import Node
from migration.test_leaks import control_groups, descriptors, files, resident_kilobytes
from qemu.deadline import wait_until

FREEZE_MIB = (16, 256, 1024)
LARGE_MIB = 1024
RANDOM_MIB = 256
MAPPINGS = (3000, 30000)
SIGNALS = (1000, 8000)
PAGE = 4096
SHAPED_MEGABITS = 1000
BLOCK = 65536
# What the program does between two reports: enough for a steady median.
SECONDS_OF_WORK = 2.0
MOVES_PER_SECOND = 50
SECONDS_OF_MOVES = float(os.environ.get("CLUSTERDISC_BENCH_SECONDS", "60"))
SECONDS_AS_FAST_AS_POSSIBLE = 10.0
WARM_UP_MOVES = 60
PAUSE = 0.002


def median(values: list[float], digits: int = 3) -> float:
    """The median, as figures show it."""
    return round(statistics.median(values), digits)


def spread(values: list[float], digits: int = 3) -> dict:
    """How far the runs are apart."""
    return {"runs": len(values), "least": round(min(values), digits), "most": round(max(values), digits)}


def wait_for_pages(remote: Node, mebibytes: int) -> None:
    """Until all of the memory that the program touched is at the remote node."""
    body = body_of(remote)
    wait_until(lambda: resident_bytes(body) >= mebibytes * MIB, 120, f"{mebibytes} MiB have arrived", pause=PAUSE)


def move_all(home: Node, remote: Node, program: Moved, mebibytes: int) -> float:
    """Seconds from the wish to the arrival of the last page."""
    began = time.monotonic()
    home.move(program.pid, remote)
    wait_for_pages(remote, mebibytes)
    return time.monotonic() - began


def migration_freeze(bench: Bench) -> Iterator[dict]:
    """How long a program of some size does not run when it moves, against sending its memory over the same link."""
    medians = {}
    for mebibytes in FREEZE_MIB:
        gaps, arrivals, idle, sends = [], [], [], []
        for _ in range(bench.runs):
            with two_nodes() as (home, remote), Moved(bench, home, "gap", mebibytes) as program:
                program.report()
                time.sleep(SECONDS_OF_WORK / 4)
                idle.append(program.report().most * 1000)
                home.move(program.pid, remote)
                # Of the move, and of the rest of the pages' way.
                gaps.append(program.report().most * 1000)
                wait_for_pages(remote, mebibytes)
                arrivals.append(program.report().most * 1000)
                sends.append(ask_peer(bench, home, remote, mebibytes * MIB, 1, 1) * 1000)
        medians[mebibytes] = statistics.median(gaps)
        yield {"figure": f"freeze-{mebibytes}", "unit": "ms", "value": median(gaps), "bar": 25, **spread(gaps),
               "while_pages_arrive": median(arrivals), "largest_gap_at_home": median(idle),
               "bare_transfer": median(sends), "ratio_to_bare_transfer": median([a / b for a, b in zip(gaps, sends,
                                                                                                     strict=True)])}
    smallest, *_, largest = FREEZE_MIB
    yield {"figure": "freeze-growth", "unit": f"ratio of {largest} MiB to {smallest} MiB",
           "value": round(medians[largest] / medians[smallest], 3), "bar": 1.5}


def migration_transfer(bench: Bench) -> Iterator[dict]:
    """All of a large program in the background, over a shaped link and over the bare one, against TCP."""
    for megabits, bar in ((SHAPED_MEGABITS, 0.95), (None, 0.4)):
        ratios, rates, peers = [], [], []
        for _ in range(bench.runs):
            with two_nodes() as nodes, Moved(bench, nodes[0], "gap", LARGE_MIB) as program:
                if megabits:
                    for node in nodes:
                        node.shape(megabits)
                ours = move_all(*nodes, program, LARGE_MIB)
                theirs = ask_peer(bench, *nodes, LARGE_MIB * MIB, 1, 1)
                ratios.append(theirs / ours)
                rates.append(LARGE_MIB * MIB * 8 / 1e6 / ours)
                peers.append(LARGE_MIB * MIB * 8 / 1e6 / theirs)
        name = f"transfer-{megabits}-megabit" if megabits else "transfer-unshaped"
        yield {"figure": name, "unit": "ratio to bare TCP", "value": median(ratios), "bar": bar, **spread(ratios),
               "megabits_per_second": median(rates, 0), "bare_megabits_per_second": median(peers, 0)}


def migration_mappings(bench: Bench) -> Iterator[dict]:
    """A program with very many mappings goes away, and comes home with all of them: the time per mapping must not grow."""
    medians = {}
    for mappings in MAPPINGS:
        outs, homes = [], []
        for _ in range(bench.runs):
            with two_nodes() as (home, remote), Moved(bench, home, "mappings", mappings) as program:
                outs.append(move_all(home, remote, program, mappings * PAGE // MIB))
                began = time.monotonic()
                home.move(program.pid, "home")
                wait_until(lambda home=home: not home.supervisors(), 120, "the program is at home", pause=PAUSE)
                homes.append(time.monotonic() - began)
        medians[mappings] = statistics.median(homes)
        yield {"figure": f"mappings-{mappings}", "unit": "s to come home", "value": median(homes), **spread(homes),
               "seconds_to_leave": median(outs)}
    fewest, most = MAPPINGS
    yield {"figure": "mappings-growth", "unit": f"ratio per mapping of {most} to {fewest}",
           "value": round(medians[most] / most / (medians[fewest] / fewest), 3), "bar": 1.5}


def migration_compute(bench: Bench) -> Iterator[dict]:
    """A program that only computes, away against at home."""
    ratios = []
    for _ in range(bench.runs):
        # At home on the processor of the remote node: the two are not equally busy.
        with two_nodes() as (home, remote), Moved(bench, home, "compute", processor=1) as program:
            at_home = []
            away = []
            for _ in range(3):
                program.report()
                time.sleep(SECONDS_OF_WORK)
                at_home.append(program.report().median)
                home.move(program.pid, remote)
                program.report()
                time.sleep(SECONDS_OF_WORK)
                away.append(program.report().median)
                home.move(program.pid, "home")
                home.wait_for_place(program.pid, home)
            ratios.append(statistics.median(away) / statistics.median(at_home))
    yield {"figure": "compute-away", "unit": "ratio to home", "value": median(ratios, 4), "bar": 1.01, **spread(ratios, 4)}


def migration_random_access(bench: Bench) -> Iterator[dict]:
    """A pass of random access from the moment of the move to its end, against a pass at home."""
    ratios, passes = [], []
    for _ in range(bench.runs):
        with two_nodes() as (home, remote), Moved(bench, home, "random", RANDOM_MIB) as program:
            at_home = statistics.median(program.times().median for _ in range(3))
            home.move(program.pid, remote)
            moved = program.times().median
            ratios.append(moved / at_home)
            passes.append(at_home)
    yield {"figure": "random-access", "unit": "ratio to home", "value": median(ratios), "bar": 1.5, **spread(ratios),
           "seconds_at_home": median(passes)}


def migration_calls(bench: Bench) -> Iterator[dict]:
    """A call that home makes, against a TCP ping-pong of 64 bytes."""
    ratios, calls, pings = [], [], []
    for _ in range(bench.runs):
        with two_nodes() as (home, remote), Moved(bench, home, "getppid") as program:
            home.move(program.pid, remote)
            program.report()
            time.sleep(SECONDS_OF_WORK)
            calls.append(program.report().median * 1e6)
            home.move(program.pid, "home")
            pings.append(ask_peer(bench, remote, home, 64, 64, 20000) * 1e6)
            ratios.append(calls[-1] / pings[-1])
    yield {"figure": "forwarded-getppid", "unit": "ratio to TCP ping-pong", "value": median(ratios), "bar": 2,
           **spread(ratios), "microseconds": median(calls, 1), "ping_pong_microseconds": median(pings, 1)}


def migration_clock(bench: Bench) -> Iterator[dict]:
    """A reading of the wall clock, away against at home."""
    ratios, at_home, away = [], [], []
    for _ in range(bench.runs):
        # At home on the processor of the remote node, as with migration_compute().
        with two_nodes() as (home, remote), Moved(bench, home, "clock", processor=1) as program:
            program.report()
            time.sleep(SECONDS_OF_WORK)
            at_home.append(program.report().median * 1e9)
            home.move(program.pid, remote)
            program.report()
            time.sleep(SECONDS_OF_WORK)
            away.append(program.report().median * 1e9)
            ratios.append(away[-1] / at_home[-1])
    yield {"figure": "wall-clock-away", "unit": "ns", "value": median(away, 1), "bar": 100, **spread(away, 1),
           "nanoseconds_at_home": median(at_home, 1), "ratio_to_home": median(ratios)}


def seconds_of_signals(program: Moved, count: int) -> float:
    """Until the program has handled so many real-time signals, sent one after another."""
    before = program.report().count
    began = time.monotonic()
    for _ in range(count):
        os.kill(program.pid, signal.SIGRTMIN)
    wait_until(lambda: program.report().count - before >= count, 120, f"{count} signals have been handled", pause=PAUSE)
    return time.monotonic() - began


def migration_signals(bench: Bench) -> Iterator[dict]:
    """Streams of signals to a process that is away, short and long ones, against those to one at home."""
    growths, each, at_home = [], [], []
    for _ in range(bench.runs):
        with two_nodes() as (home, remote), Moved(bench, home, "signals") as program:
            at_home.append(seconds_of_signals(program, SIGNALS[1]) / SIGNALS[1] * 1e6)
            home.move(program.pid, remote)
            # The first ones after a move are faster than all that follow.
            seconds_of_signals(program, SIGNALS[0])
            few, many = (seconds_of_signals(program, count) / count * 1e6 for count in SIGNALS)
            each.append(many)
            growths.append(many / few)
    yield {"figure": "signals-away", "unit": f"time of one of {SIGNALS[1]} to one of {SIGNALS[0]}", "value": median(growths),
           "bar": 1.5, **spread(growths), "microseconds": median(each, 1), "microseconds_at_home": median(at_home, 1)}


def migration_blocks(bench: Bench) -> Iterator[dict]:
    """Blocks of 64 KiB of a file at home, against requests and responses of that size."""
    for mode, request, response in (("read", 64, BLOCK), ("write", BLOCK, 64)):
        ratios, ours, theirs = [], [], []
        for _ in range(bench.runs):
            with two_nodes() as (home, remote):
                file = home.make_folder("bench") / "file"
                with Moved(bench, home, mode, str(file)) as program:
                    home.move(program.pid, remote)
                    program.report()
                    time.sleep(SECONDS_OF_WORK)
                    ours.append(program.report().median * 1e6)
                theirs.append(ask_peer(bench, remote, home, request, response, 5000) * 1e6)
                ratios.append(theirs[-1] / ours[-1])
        yield {"figure": f"{mode}-64-kib", "unit": "ratio to the rate of TCP", "value": median(ratios), "bar": 0.6,
               **spread(ratios), "microseconds": median(ours, 1), "bare_microseconds": median(theirs, 1)}


def namespaces() -> int:
    """How many namespaces any process is in."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/ns/*"):
        try:
            found.add(os.readlink(path))
        except OSError:
            # The process has ended meanwhile.
            continue
    return len(found)


def move_in_time(home: Node, remote: Node, program: Moved, seconds: float, most: float = MOVES_PER_SECOND) -> int:
    """Moves there and back, no more than MOST times in a second; how often."""
    began = time.monotonic()
    moves = 0
    while time.monotonic() - began < seconds:
        home.move(program.pid, "home" if moves % 2 else remote)
        moves += 1
        time.sleep(max(0.0, began + moves / most - time.monotonic()))
    if moves % 2:
        home.move(program.pid, "home")
        moves += 1
    return moves


def migration_moves(bench: Bench) -> Iterator[dict]:
    """A small program that moves back and forth for a minute, and what that leaves behind."""
    with two_nodes() as nodes, Moved(bench, nodes[0], "gap", 1) as program:
        home, remote = nodes

        def count() -> dict:
            home.wait_for_place(program.pid, home)
            for node in nodes:
                wait_until(lambda node=node: not node.supervisors(), 30, f"the supervisors of {node.name} have ended")
            return {"kilobytes": sum(resident_kilobytes(node.omd_pid) for node in nodes),
                    "descriptors": sum(descriptors(node.omd_pid) for node in nodes) + descriptors(program.pid),
                    "files": sum(len(files(node)) for node in nodes),
                    "processes": sum(len(node.supervisors()) for node in nodes),
                    "control_groups": len(control_groups()), "namespaces": namespaces()}

        move_in_time(home, remote, program, WARM_UP_MOVES / MOVES_PER_SECOND)
        before = count()
        began = time.monotonic()
        moves = move_in_time(home, remote, program, SECONDS_OF_MOVES)
        rate = moves / (time.monotonic() - began)
        after = count()
        began = time.monotonic()
        fastest = move_in_time(home, remote, program, SECONDS_AS_FAST_AS_POSSIBLE, float("inf"))
        fastest_rate = fastest / (time.monotonic() - began)
        yield {"figure": "moves-per-second", "unit": "1/s", "value": round(rate, 1), "bar": MOVES_PER_SECOND,
               "as_fast_as_possible": round(fastest_rate, 1), "seconds": SECONDS_OF_MOVES, "moves": moves,
               "left_behind": {name: after[name] - before[name] for name in before}}


ALL = {function.__name__.replace("_", "-"): function
       for function in (migration_freeze, migration_transfer, migration_mappings, migration_compute,
                        migration_random_access, migration_calls, migration_clock, migration_signals, migration_blocks,
                        migration_moves)}
