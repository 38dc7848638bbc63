# SPDX-License-Identifier: GPL-2.0-or-later
"""Work spreads over the nodes by itself, and goes on doing so whatever happens to omd."""

import contextlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from guests.running import PATIENCE
from migration import node_group
from migration.balanced_room import Room, why
from migration.node import Node
from qemu.deadline import wait_until

SPREAD = 90
# A job of the storm computes for about a tenth of a second of a processor.
SHORT = 30_000_000
# Standard seconds that a program of which nothing is known counts for (openmosix/balance/tuning.h).
UNKNOWN_WORK = 0.5

pytestmark = pytest.mark.skipif(node_group.hierarchy() is None, reason="there are no control groups for processors")


@pytest.fixture
def room(testbed, tmp_path_factory) -> Iterator[Room]:
    with contextlib.ExitStack() as stack:
        yield Room(testbed, stack, tmp_path_factory.mktemp("room"))


def test_equal_jobs_spread_evenly_over_equal_nodes(room):
    home, *others = (room.add_node() for _ in range(3))
    pids = [room.start_job(home).pid for _ in range(6)]
    even = {node.number: 2 for node in (home, *others)}
    try:
        wait_until(lambda: room.places(home, pids) == even, SPREAD, "each node has two of the six jobs")
    finally:
        print(room.places(home, pids), why(home), *(why(home, pid) for pid in pids), sep="\n")
    away = next(pid for pid in pids if home.place_of(pid) != home.number)
    assert f"node {home.place_of(away)}" in why(home, away)


def test_an_omd_that_is_killed_goes_on_where_it_was(room):
    home, *others = (room.add_node() for _ in range(3))
    pids = [room.start_job(home).pid for _ in range(6)]
    wait_until(lambda: len(room.places(home, pids)) > 1, SPREAD, "a job has left by itself")
    for node in (home, others[0]):
        node.kill_omd()
        node.start(room.groups[node.number].enter)
    even = {node.number: 2 for node in (home, *others)}
    try:
        wait_until(lambda: room.places(home, pids) == even, SPREAD, "each node has two of the six jobs")
    finally:
        print(room.places(home, pids), why(home), *(why(home, pid) for pid in pids), sep="\n")


def test_a_storm_of_short_jobs_loses_none(room):
    home = room.add_node(hundredths=60)
    room.add_node(hundredths=60)
    jobs = [room.start_job(home, SHORT) for _ in range(60)]
    assert [job.wait(timeout=PATIENCE) for job in jobs] == [0] * len(jobs)
    wait_until(lambda: not home.supervisors(), PATIENCE, "nothing of them is left")


def test_what_may_not_move_stays(room):
    home = room.add_node(balance_never_commands=["spin"])
    room.add_node()
    pids = [room.start_job(home).pid for _ in range(3)]
    wait_until(lambda: all("it is excluded" in why(home, pid) for pid in pids), SPREAD, "it says why it stays")
    assert room.places(home, pids) == {home.number: 3}


def test_processes_of_root_stay(room):
    home = room.add_node()
    room.add_node()
    pids = [room.start_job(home, user=None).pid for _ in range(3)]
    wait_until(lambda: all("it belongs to root" in why(home, pid) for pid in pids), SPREAD, "it says why it stays")
    assert room.places(home, pids) == {home.number: 3}


def decisions_on_children(home: Node, script: subprocess.Popen) -> str:
    """What omd says of the processes that SCRIPT has started and that have not ended."""
    children = Path(f"/proc/{script.pid}/task/{script.pid}/children").read_text().split()
    return "".join(why(home, int(pid)) for pid in children)


def placed_work(text: str) -> float | None:
    """How much a program that was placed when it started was expected to compute."""
    found = re.search(r"to node 2: the new program ends sooner there \(done\)\n    here: .* for ([0-9.]+) s of work", text)
    return float(found[1]) if found else None


def test_new_programs_start_where_they_end_sooner(room):
    """What a former run of the same program needed decides, and who has not been told yet expects little."""
    home = room.add_node()
    room.add_node()
    for _ in range(2):
        # They stay, as all that is root's.
        room.start_job(home, user=None)
    script = room.start_script(home, 'while "$1" 300000000; do :; done', room.install(home))
    seen = set()

    def learns() -> bool:
        seen.add(placed_work(decisions_on_children(home, script)))
        return any(work and work > UNKNOWN_WORK for work in seen)

    try:
        wait_until(learns, SPREAD, "a later run is placed for what an earlier one has needed")
    finally:
        print(seen, decisions_on_children(home, script), why(home), sep="\n")
