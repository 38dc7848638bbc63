# SPDX-License-Identifier: GPL-2.0-or-later
"""Balancing when datagrams are lost, a member lies, and clocks differ; and what users have set for processes and children."""

import contextlib
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from guests.running import PATIENCE
from migration import node_group
from migration.balanced_room import Room, why
from migration.gossip_member import Entry, GossipMember, decode, encode, seal, unseal
from migration.node import PORT, Node
from migration.testbed import Testbed
from qemu.deadline import wait_until

SPREAD = 90
SPEED = 10000
HOUR = 3600
# No node has sent so many messages.
JUMP = 1 << 31
# As many as others may still tell of at once (tuning::max_entries_per_second); a node needs 45 s for them.
AHEAD = 90
FAST = 50_000_000
CHILDREN = 2
START_CHILDREN = '"$0" & "$0" & wait'

pytestmark = [
    pytest.mark.xdist_group("gossip"),
    pytest.mark.skipif(node_group.hierarchy() is None, reason="there are no control groups for processors"),
]


@pytest.fixture(name="shared", scope="module")
def shared_room(programs, tmp_path_factory) -> Iterator[Room]:
    """Three nodes, whose clocks differ by hours in both directions, as seen from each of the first two."""
    with Testbed(programs) as testbed, contextlib.ExitStack() as stack:
        room = Room(testbed, stack, tmp_path_factory.mktemp("room"))
        for ahead in (5 * HOUR, 0, 30 * HOUR):
            room.add_node(ahead=ahead, speed=SPEED)
        yield room


@pytest.fixture(name="room")
def quiet_room(shared) -> Iterator[Room]:
    """Without jobs, and with a network that loses nothing."""
    yield shared
    shared.end_jobs()
    shared.testbed.wire.forward_everything()
    for node in shared.testbed.nodes:
        node.write_map(shared.testbed.nodes[:3])
        wait_until(lambda node=node: not node.supervisors(), PATIENCE, f"nothing of the jobs is left at {node.name}")


@contextlib.contextmanager
def explained(room: Room, pids: list[int]) -> Iterator[None]:
    """Shows, when it fails, where processes of the first node are and why."""
    home = room.testbed.nodes[0]
    try:
        yield
    finally:
        print(room.places(home, pids), why(home), *(why(home, pid) for pid in pids), sep="\n")
        for node in room.testbed.nodes:
            print(node.name, node.log_text()[-2000:], sep="\n")


def rows(node: Node) -> dict[int, dict[str, str]]:
    """What mosctl why tells of nodes, by their ids."""
    result = node.tool("mosctl", "why")
    assert result.returncode == 0, result.stderr
    found = {}
    for line in result.stdout.splitlines()[1:]:
        fields = line.split(maxsplit=10)
        if not fields[0].isdigit():
            # What moves cost.
            continue
        found[int(fields[0])] = {"speed": fields[1], "age": fields[8], "rest": " ".join(fields[9:])}
    return found


def speed_of(node: Node, number: int) -> str | None:
    """Of the node NUMBER, as NODE believes; None as long as it has not heard of it."""
    return rows(node).get(number, {}).get("speed")


def knows(node: Node, other: Node) -> bool:
    """Whether it would send a process there."""
    row = rows(node).get(other.number)
    return row is not None and "too old" not in row["rest"]


def children_of(pid: int) -> list[int]:
    """Pids, at home."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_work_spreads_over_nodes_whose_clocks_differ_by_hours(room):
    home, *others = room.testbed.nodes[:3]
    pids = [room.start_job(home).pid for _ in range(6)]
    even = {node.number: 2 for node in (home, *others)}
    with explained(room, pids):
        wait_until(lambda: room.places(home, pids) == even, SPREAD, "each node has two of the six jobs")
        assert all(float(row["age"]) < 30 for number, row in rows(home).items() if number != home.number)


def test_work_spreads_although_datagrams_are_lost_and_none_goes_where_nothing_is_known_of(room):
    home, near, far = room.testbed.nodes[:3]
    room.testbed.wire.drop(f"ip saddr {far.address} udp sport {PORT}", f"udp dport {PORT} numgen random mod 100 < 40")
    wait_until(lambda: not knows(home, far) and not knows(near, far), PATIENCE, "nothing new is known of one node")
    pids = [room.start_job(home).pid for _ in range(4)]

    def is_even() -> bool:
        places = room.places(home, pids)
        assert not places[far.number], places
        return places == {home.number: 2, near.number: 2}

    with explained(room, pids):
        wait_until(is_even, SPREAD, "each of the nodes that know each other has two jobs")
        room.testbed.wire.forward_everything()
        wait_until(lambda: room.places(home, pids)[far.number] > 0, SPREAD, "a job goes where one can be asked again")


def test_children_are_locked_and_may_use_nodes_as_their_parents(room):
    home, allowed, other = room.testbed.nodes[:3]
    mosrun = (home.program("mosrun"), "--run-dir", home.run_folder)
    shell = ("sh", "-c", START_CHILDREN)
    locked, masked = (room.start_job(home, prefix=(*mosrun, *options, *shell)).pid
                      for options in (("-h", "-L"), ("-h", "-k", "-m", allowed.number)))
    locked_children, masked_children = (
        wait_until(lambda pid=pid: (found := children_of(pid)) if len(children_of(pid)) == CHILDREN else None, PATIENCE,
                   "the shell has started its children") for pid in (locked, masked))

    def is_as_set() -> bool:
        places = room.places(home, locked_children), room.places(home, masked_children)
        assert places[0] == {home.number: CHILDREN} and not places[1][other.number], places
        return places[1][allowed.number] > 0 and all("it is locked" in why(home, pid) for pid in locked_children)

    with explained(room, [*locked_children, *masked_children]):
        wait_until(is_as_set, SPREAD, "what may leave goes where it may, and what is locked says so")
        moved = next(pid for pid in masked_children if home.place_of(pid) == allowed.number)
        assert "its user has not allowed it" in why(home, moved)


class TestLies:
    """What a member without omd, but with the key, says of load."""

    @pytest.fixture(name="liar")
    def member(self, room) -> Iterator[GossipMember]:
        """In everybody's map."""
        testbed = room.testbed
        node = testbed.nodes[3] if len(testbed.nodes) > 3 else testbed.add_node()
        for each in testbed.nodes[:3]:
            each.write_map(testbed.nodes)
        with GossipMember(node) as opened:
            told = set()
            wait_until(lambda: told.update(message.sender for _, message in opened.heard()) or told >= {1, 2}, PATIENCE,
                       "both nodes have read the new map")
            yield opened

    def test_it_gets_nothing_and_is_named_once(self, room, liar):
        home = room.testbed.nodes[0]
        number = room.testbed.nodes[3].number
        pids = [room.start_job(home).pid for _ in range(3)]
        # Believed, but it lets nothing in.
        with explained(room, pids):
            wait_until(lambda: liar.say(home, speed=FAST) and f"node {number} does not answer" in
                       "".join(why(home, pid) for pid in pids), SPREAD, "home asks whether a process may come", pause=0.2)
            for claims in ({"speed": 1 << 31}, {"speed": 0}, {"cores": 0xFFFF, "threads": 0xFFFF}, {"limit": 0},
                           {"runnable": 0xFFFFFFFF}, {"total_pages": 0}, {"free_pages": 0xFFFFFFFF}):
                liar.say(home, **claims)
                liar.say(home, speed=FAST)
            wait_until(lambda: "distrusted" in rows(home).get(number, {}).get("rest", ""), PATIENCE, "home does not trust it")
            pids += [room.start_job(home).pid for _ in range(3)]
            wait_until(lambda: liar.say(home, speed=FAST) and "said something impossible" in
                       "".join(why(home, pid) for pid in pids[3:]), SPREAD, "home says why nothing goes there", pause=0.2)
            assert not room.places(home, pids)[number]
        assert home.log_text().count(f"node {number} says") == 1

    def test_others_are_seen_as_they_are(self, room, liar):
        home, other, _ = room.testbed.nodes[:3]
        number = room.testbed.nodes[3].number
        said = wait_until(lambda: [message for _, message in liar.heard() if message.sender == other.number], PATIENCE,
                          "the other node has said something")
        own = said[-1].entries[0]
        # Absurd, jumped ahead, of a run that there is not, of a node that there is not.
        for about in (own._replace(sequence=own.sequence + 5, speed=1 << 31),
                      own._replace(sequence=(own.sequence + JUMP) % (1 << 32), speed=FAST),
                      own._replace(run=own.run ^ 1, speed=FAST), Entry(99, 1, 1, speed=FAST),
                      Entry(home.number, 1, JUMP, speed=FAST)):
            liar.say(home, [about])
        liar.say(home, speed=SPEED + 1)
        wait_until(lambda: speed_of(home, number) == str(SPEED + 1), PATIENCE, "all of it has come")
        # What makes no sense is never believed. Of the rest something may be, when that node itself was not heard for some
        # seconds, but not longer than until it speaks.
        seen = rows(home)
        assert seen[other.number]["speed"] in (str(SPEED), str(FAST)) and seen[home.number]["speed"] == str(SPEED), seen
        assert 99 not in seen
        wait_until(lambda: speed_of(home, other.number) == str(SPEED), AHEAD / 6, "the node itself is believed")
        assert speed_of(home, home.number) == str(SPEED)
        # Plausible, and ahead of what the node itself will have counted for a while: until that node speaks.
        liar.say(home, [own._replace(sequence=own.sequence + AHEAD, speed=FAST)], speed=SPEED + 2)
        wait_until(lambda: speed_of(home, number) == str(SPEED + 2), PATIENCE, "it has come")
        wait_until(lambda: speed_of(home, other.number) == str(SPEED), AHEAD / 6, "the node itself is believed")

    def test_what_makes_no_sense_changes_nothing(self, room, liar):
        home, other, _ = room.testbed.nodes[:3]
        number = room.testbed.nodes[3].number
        said = liar.say(home, speed=SPEED + 1)
        wait_until(lambda: speed_of(home, number) == str(SPEED + 1), PATIENCE, "it is known")
        liar.say(home, speed=SPEED + 2)
        recorded = wait_until(lambda: [datagram for datagram, message in liar.heard() if message.sender == other.number],
                              PATIENCE, "the other node has said something")
        chance = random.Random(1)
        content = unseal(said)
        message = decode(content)
        claim = message.entries[0]._replace(sequence=JUMP)
        lies = [message._replace(**change) for change in (
            {"sender": other.number}, {"recipient": other.number}, {"sender": 99}, {"run": liar.run + 1}, {"sequence": 0},
            {"entries": ()}, {"entries": (claim,) * 2}, {"entries": (claim._replace(age=1),)},
            {"entries": (claim._replace(abis=4),)}, {"entries": (claim._replace(node=other.number),)})]
        for datagram in (b"", b"\0", said, *recorded, said[:-1], said + b"\0", said[:-1] + bytes([said[-1] ^ 1]),
                         *(seal(content[:size]) for size in range(0, len(content), 7)), seal(content + b"\0"),
                         *(seal(bytes([1]) + chance.randbytes(len(content) - 1)) for _ in range(100)),
                         *(seal(bytes([3]) + chance.randbytes(chance.randrange(64))) for _ in range(100)),
                         *(seal(encode(lie)) for lie in lies), chance.randbytes(1500)):
            liar.send(home, datagram)
        wait_until(lambda: knows(home, other) and speed_of(home, number) == str(SPEED + 2), PATIENCE, "all is as before")
        # What another test has said of that node may go round until the node itself has been heard.
        wait_until(lambda: speed_of(home, other.number) == str(SPEED), AHEAD / 6, "the node itself is believed")
        assert home.is_running

