# SPDX-License-Identifier: GPL-2.0-or-later
"""How smooth a move is on the links that rooms have: a program that reads its memory all the time, moved away and home.

The peer is openMosix's method: the program stands still until all of its memory has crossed the same link.
"""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench.figures import MIB, Bench
from bench.migration import median, spread, wait_for_pages
from bench.moved_program import Moved, ask_peer, two_nodes
from migration.node import Node
from qemu.deadline import wait_until

# Megabits per second, MiB of memory.
LINKS = ((10, 16), (100, 16), (100, 64), (1000, 64))
ORDERS = {"random": "r", "sequential": "s", "random-integers": "i"}
SECONDS_UNDISTURBED = 1.0
# Of a pause of 100 touches, in milliseconds; by megabits.
BARS = {10: 600, 100: 100, 1000: 100}


@dataclass
class Way:
    """One direction of a move."""

    pause: float
    lost: float
    sent: int


def measure(program: Moved, sender: Node, rate: float, move, arrived) -> Way:
    """MOVEs it and waits until it has ARRIVED; RATE is its blocks per second when it is left alone."""
    before = sender.bytes_sent()
    program.report()
    began = time.monotonic()
    move()
    arrived()
    report = program.report()
    elapsed = time.monotonic() - began
    return Way(report.most * 1000, max(0.0, elapsed - report.count / rate), sender.bytes_sent() - before)


def there_and_back(bench: Bench, megabits: int, mebibytes: int, order: str) -> tuple[Way, Way, float]:
    """Away, home, and the seconds that sending as many bytes takes."""
    with two_nodes() as (home, remote), Moved(bench, home, "touch", mebibytes, ORDERS[order]) as program:
        for node in (home, remote):
            node.shape(megabits)
        program.report()
        began = time.monotonic()
        time.sleep(SECONDS_UNDISTURBED)
        rate = program.report().count / (time.monotonic() - began)
        out = measure(program, home, rate, lambda: home.move(program.pid, remote),
                      lambda: wait_for_pages(remote, mebibytes))
        back = measure(program, remote, rate, lambda: home.move(program.pid, "home"),
                       lambda: wait_until(lambda: not home.supervisors(), 120, "all of it is at home", pause=0.002))
        return out, back, ask_peer(bench, home, remote, mebibytes * MIB, 1, 1)


def migration_slow_links(bench: Bench) -> Iterator[dict]:
    """The longest pause of 100 touches and the work that is lost, on links of 10 to 1,000 Mbit/s."""
    for megabits, mebibytes in LINKS:
        for order in ORDERS:
            runs = [there_and_back(bench, megabits, mebibytes, order) for _ in range(bench.runs)]
            peer = statistics.median(seconds for _, _, seconds in runs)
            for index, direction in enumerate(("out", "home")):
                ways = [run[index] for run in runs]
                pauses = [way.pause for way in ways]
                yield {"figure": f"touch-{order}-{mebibytes}-at-{megabits}-{direction}", "unit": "ms of the longest pause",
                       "value": median(pauses, 1), "bar": BARS[megabits], **spread(pauses, 1),
                       "seconds_lost": median([way.lost for way in ways]),
                       "lost_of_sending_all": median([way.lost / peer for way in ways]),
                       "bytes_of_memory": median([way.sent / (mebibytes * MIB) for way in ways]),
                       "milliseconds_of_the_peer": round(peer * 1000, 1)}


ALL = {"migration-slow-links": migration_slow_links}
