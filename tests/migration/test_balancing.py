# SPDX-License-Identifier: GPL-2.0-or-later
"""Work spreads over the nodes by itself, and goes on doing so whatever happens to omd."""

import contextlib
import re
import resource
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from guests.running import PATIENCE
from migration import node_group
from migration.balanced_room import Room, why
from migration.node import Node
from qemu.deadline import Deadline, wait_until

SPREAD = 90
MEGABITS = 40
MEBIBYTES = 16
# A job of the storm computes for about a tenth of a second of a processor.
SHORT = 20_000_000
# For all of its jobs together, from the first on.
STORM = 5 * PATIENCE
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
    jobs = [room.start_job(home, SHORT) for _ in range(200)]
    storm = Deadline(STORM)
    assert [job.wait(timeout=storm.remaining) for job in jobs] == [0] * len(jobs)
    wait_until(lambda: not home.supervisors(), PATIENCE, "nothing of them is left")


def test_what_may_not_move_stays(room):
    # A job that is still to become the program is setpriv, which drops root's rights before.
    home = room.add_node(balance_never_commands=["spin", "setpriv"])
    room.add_node()
    pids = [room.start_job(home).pid for _ in range(3)]
    wait_until(lambda: all("it is excluded" in why(home, pid) for pid in pids), SPREAD, "it says why it stays")
    assert room.places(home, pids) == {home.number: 3}


def test_every_process_has_an_answer(room):
    """Why it does not move: what the node says of any process, and of one that is away or a guest."""
    home, other = room.add_node(), room.add_node()
    assert home.tool("mosctl", "stay").returncode == 0
    pid = room.start_job(home).pid
    wait_until(lambda: "the node lets nothing leave" in why(home, pid), SPREAD, "it says that the node stays")
    sleeper = room.start_script(home, "sleep 1000", user=None)
    # On a busy machine it needs more than these only to start.
    too_little = ("ms of a processor, and is looked at from 75 ms on", "of its time, and is looked at from 25 % on")
    wait_until(lambda: any(text in why(home, sleeper.pid) for text in too_little), SPREAD, "it says that it computes too little")
    assert "there is no such process" in why(home, 4_194_303)
    home.move(pid, other)
    assert f"now: it is on node {other.number}" in why(home, pid)
    body = next(guest["pid"] for guest in other.guests() if guest["home_pid"] == pid)
    wait_until(lambda: "here: " in why(other, body), SPREAD, "the node where it is has decided")
    assert why(other, body).startswith(f"process {pid} of node {home.number}:\n")


def test_a_guest_goes_on_to_a_node_that_is_free(room):
    """The node where it is decides, and its home moves it."""
    home, crowded = room.add_node(), room.add_node()
    assert home.tool("mosctl", "lstay").returncode == 0
    for _ in range(3):
        # They stay, as all that is root's: nothing gains by going home.
        room.start_job(home, user=None)
    pids = [room.start_job(home).pid for _ in range(2)]
    for pid in pids:
        home.move(pid, crowded)
    free = room.add_node()
    even = {crowded.number: 1, free.number: 1}
    try:
        wait_until(lambda: room.places(home, pids) == even, SPREAD, "each has a guest")
    finally:
        print(room.places(home, pids), why(home), why(crowded), *(why(home, pid) for pid in pids), home.log_text(),
              crowded.log_text(), sep="\n")
    crowded.wait_for_log(f"to node {free.number}: it ends sooner there (done)")
    moved = next(pid for pid in pids if home.place_of(pid) == free.number)
    home.wait_for_log(f"process {moved} to node {free.number}: it ends sooner there (done)")


def test_processes_of_root_stay(room):
    home = room.add_node()
    room.add_node()
    pids = [room.start_job(home, user=None).pid for _ in range(3)]
    wait_until(lambda: all("it belongs to root" in why(home, pid) for pid in pids), SPREAD, "it says why it stays")
    assert room.places(home, pids) == {home.number: 3}


def test_a_guest_leaves_when_the_node_s_own_user_needs_it(room):
    home, used = room.add_node(), room.add_node()
    pids = [room.start_job(home).pid for _ in range(2)]
    wait_until(lambda: room.places(home, pids) == {1: 1, 2: 1}, SPREAD, "each node has one of the two jobs")
    guest = next(pid for pid in pids if home.place_of(pid) == used.number)
    room.type_at(used)
    # It stays, as it is root's. For its sake alone the guest would not leave: at home it shares a processor, too.
    own = room.start_job(used, user=None)
    try:
        wait_until(lambda: home.place_of(guest) == home.number, SPREAD, "the guest has left")
        wait_until(lambda: "its own user needs it" in why(home, guest), SPREAD, "it says why it does not go back")
    finally:
        print(room.places(home, pids), why(home), why(used), *(why(home, pid) for pid in pids), sep="\n")
    line = next(line for line in why(used).splitlines() if line.split()[0] == str(used.number))
    assert line.endswith("own user")
    assert own.poll() is None


def test_moves_cost_what_the_link_is_measured_to_give(room):
    home, remote = room.add_node(hundredths=100), room.add_node(hundredths=100)
    for node in (home, remote):
        node.shape(MEGABITS)
    link = MEGABITS / 8

    def bandwidth() -> float:
        return float(re.search(r"memory follows at ([\d.]+) MB/s", why(home))[1])

    def start() -> int:
        pid = room.start_job(home, 0, MEBIBYTES).pid
        wait_until(lambda: resident_bytes(pid) > MEBIBYTES << 20, PATIENCE, "the job has its memory")
        return pid

    wait_until(lambda: "memory follows at" in why(home), PATIENCE, "what a move costs is told")
    assert bandwidth() > 2 * link
    home.move(start(), remote)
    wait_until(lambda: bandwidth() < 2 * link, PATIENCE, "the bandwidth is measured")
    # Memory follows more slowly than the link allows when the processors are busy.
    assert 0.1 * link < bandwidth() < 1.1 * link
    wait_until(lambda: "a forwarded call takes 0.15 ms" not in why(home), PATIENCE, "the time of a call is measured")
    # What the next one is believed to cost: it would wait for a part of the time in which its memory follows.
    pid = start()
    follows = (MEBIBYTES << 20) / (bandwidth() * 1e6)

    def move_seconds() -> list[float]:
        """What a move to node 2 was expected to take; as a new program, without memory, it was thought of, too."""
        return [float(seconds) for seconds in re.findall(r"node 2: .* move ([\d.]+) s", why(home, pid))]

    wait_until(lambda: any(0.2 * follows < seconds < follows + 1 for seconds in move_seconds()), SPREAD,
               "a move is expected to cost a part of the time in which its memory follows")


def test_moves_are_in_the_journal_with_fields(room):
    """What omd sends to the journal's socket, which is one of the test's own here."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        def prepare(node: Node) -> None:
            result = node.run("sh", "-c", "mkdir -p /run/systemd && mount -t tmpfs none /run/systemd && "
                                          "mkdir /run/systemd/journal")
            assert result.returncode == 0, result.stderr
            journal.bind(str(node.outside(Path("/run/systemd/journal/socket"))))
            journal.settimeout(SPREAD)

        home = room.add_node(has_journal=True, prepare=prepare)
        room.add_node()
        pids = {str(room.start_job(home).pid) for _ in range(2)}
        entries = (dict(line.split("=", 1) for line in journal.recv(65536).decode().splitlines()) for _ in iter(int, 1))
        fields = next(entry for entry in entries if entry["OPENMOSIX_RESULT"] == "done")
    assert fields["OBJECT_PID"] == fields["OPENMOSIX_PID"] and fields["OPENMOSIX_PID"] in pids
    assert fields["OPENMOSIX_HOME"] == "1" and fields["OPENMOSIX_TARGET"] == "2"
    assert float(fields["OPENMOSIX_GAIN_SECONDS"]) > 0
    assert fields["MESSAGE"] == (f"process {fields['OPENMOSIX_PID']} to node 2: {fields['OPENMOSIX_PURPOSE']} "
                                 f"({fields['OPENMOSIX_RESULT']})")
    assert fields["PRIORITY"] == "6" and fields["SYSLOG_IDENTIFIER"] == "omd"


def resident_bytes(pid: int) -> int:
    """Of the memory of a process."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


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
    script = room.start_script(home, f'while "$1" {room.rounds_of(2 * UNKNOWN_WORK)}; do :; done', room.install(home))
    seen = set()

    def learns() -> bool:
        seen.add(placed_work(decisions_on_children(home, script)))
        return any(work and work > UNKNOWN_WORK for work in seen)

    try:
        wait_until(learns, SPREAD, "a later run is placed for what an earlier one has needed")
    finally:
        print(seen, decisions_on_children(home, script), why(home), sep="\n")
