# SPDX-License-Identifier: GPL-2.0-or-later
"""A peer that has the cluster key and says what is malformed or impossible: whoever hears it gives up that one process and goes on.

Nothing of a guest stays behind, and a process is where it was, or its parent sees that it was ended by a signal.
"""

import contextlib
import random
import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from guests import build
from guests.running import RunningGuest
from migration.hostile_peer import (HANDSHAKE, HEADER, KINDS, PAGE_HANDSHAKE, PAGES, HostilePeer, Lie, Said, frame,
                                    parts)
from migration.node import Node, Refused, stray_bodies
from qemu.deadline import wait_until

SECONDS = 60.0
STEPS = 3
PAGE = 4096
FLIPS = 8
IMAGES = 10
UNKNOWN_KIND = 99
MAX_LENGTH = 0xFFFFFFFF
# What a Prepare may have, and more (openmosix/peer/message_limits.h).
LARGE = 20 << 20
# The end of ComingHome (openmosix/peer/messages.h).
CLOCKS = struct.Struct("<2q2Q")
DAY = 86_400_000_000_000
PAGE_HEADER = struct.Struct("<IIQ")
REQUEST, DATA, ZERO, DONE = 1, 2, 3, 4
SOMEWHERE = 0x400000


def shorter(message: bytes) -> Said:
    """The last byte is missing, or there is one where there is none."""
    kind, payload = parts(message)
    return Said(frame(kind, payload[:-1] or b"\0"))


def longer(message: bytes) -> Said:
    """Something follows."""
    kind, payload = parts(message)
    return Said(frame(kind, payload + b"\0"))


def senseless(message: bytes) -> Said:
    """Every length in it is huge."""
    kind, payload = parts(message)
    return Said(frame(kind, b"\xff" * max(len(payload), 1)))


def huge(message: bytes) -> Said:
    """Longer than any message may be."""
    kind, payload = parts(message)
    return Said(frame(kind, payload, MAX_LENGTH))


def large(message: bytes) -> Said:
    """As it came, with empty strings after it that would take much more memory than they do here."""
    kind, payload = parts(message)
    return Said(frame(kind, payload + bytes(LARGE)))


def unknown(message: bytes) -> Said:
    """A kind that does not exist."""
    return Said(frame(UNKNOWN_KIND, parts(message)[1]))


def cut(message: bytes) -> Said:
    """The connection ends in the middle."""
    return Said(message[:(len(message) + 1) // 2], ends=True)


def closed(_: bytes) -> Said:
    """The connection ends instead."""
    return Said(b"", ends=True)


WAYS = (shorter, longer, senseless, huge, unknown, cut, closed)


# How many of a message's bytes arrive before the connection ends.
OFFSETS = {"none": lambda size: 0, "half of the header": lambda size: min(HEADER.size // 2, size),
           "the header": lambda size: min(HEADER.size, size), "half": lambda size: size // 2,
           "all but the last": lambda size: size - 1, "all": lambda size: size}
# Of a process that goes away and comes home, in their order; whether home says it.
ROUND = {**{name: (kind, "answer" not in name) for name, kind in HANDSHAKE.items()},
         "prepare": (KINDS["prepare"], True), "clock_question": (KINDS["clock_question"], False),
         "clock_answer": (KINDS["clock_answer"], True), "prepared": (KINDS["prepared"], False),
         **{name: (kind, "answer" not in name) for name, kind in PAGE_HANDSHAKE.items()},
         "arrive": (KINDS["arrive"], True), "ready": (KINDS["ready"], False), "go": (KINDS["go"], True),
         "pages_from_home": (PAGES, True), "pages_for_home": (PAGES, False), "come_home": (KINDS["come_home"], True),
         "coming_home": (KINDS["coming_home"], False)}
# Until home knows that the other node has it.
STILL_AT_HOME = list(ROUND)[:list(ROUND).index("ready") + 1]


def ends_after(count: Callable[[int], int]) -> Callable[[bytes], Said]:
    """The connection ends when so many bytes of a message have gone through."""
    return lambda message: Said(message[:count(len(message))], ends=True)


def says(kind: int, pages: int, address: int, *, ends: bool = False, is_whole: bool = True) -> Callable[[bytes], Said]:
    """A message of the page connection before the others."""
    def change(rest: bytes) -> Said:
        content = b"\x55" * (min(pages, 64) * PAGE if kind == DATA and is_whole else 0)
        return Said(PAGE_HEADER.pack(kind, pages, address) + content + (b"" if ends else rest), ends)

    return change


PAGE_LIES = (
    says(UNKNOWN_KIND, 1, SOMEWHERE),
    says(DATA, 0xFFFFFFFF, SOMEWHERE),
    says(DATA, 65, SOMEWHERE),
    says(DATA, 1, SOMEWHERE + 1),
    says(DATA, 64, 0xFFFFFFFFFFFFF000),
    says(DATA, 64, SOMEWHERE, ends=True, is_whole=False),
    says(ZERO, 0xFFFFFFFF, 0),
    says(ZERO, 1, 0xFFFFFFFFFFFFF000),
    says(REQUEST, 65, SOMEWHERE),
    says(REQUEST, 64, 0xFFFFFFFFFFFFF000),
    says(REQUEST, 64, 0),
    says(DONE, 1, 0),
    says(DONE, 0, 0),
    cut,
    closed,
)


def omd_descriptors(node: Node) -> int:
    """How many omd has open."""
    return len(list(Path(f"/proc/{node.omd_pid}/fd").iterdir()))


class Cluster:
    """Home, another node, and one between them that lies."""

    def __init__(self, testbed) -> None:
        self.home, self.away, between = (testbed.add_node() for _ in range(3))
        self.peer = HostilePeer(between, self.home, self.away).stand_between()
        self._testbed = testbed
        self._program = build.Program("cpu", "amd64").build()

    def __enter__(self) -> "Cluster":
        self.peer.__enter__()
        for node in (self.home, self.away):
            node.start()
        # What omd opens once is open after a first move.
        guest = self.guest()
        self.move(guest)
        guest.expect_right()
        self.expect_nothing_left()
        self._descriptors = {node: omd_descriptors(node) for node in (self.home, self.away)}
        return self

    def __exit__(self, *_) -> None:
        self.peer.__exit__()

    def guest(self) -> RunningGuest:
        """One that works at home."""
        return self.home.guest(self._program).wait_until_ready()

    def move(self, guest: RunningGuest) -> None:
        """To the other node, where it works."""
        self.home.move(guest.pid, self.away)
        self._testbed.moves += 1
        guest.wait_for_steps(STEPS)

    def expect_here(self, guest: RunningGuest, name: str) -> None:
        """Its move is refused, and it goes on."""
        with pytest.raises(Refused) as refused:
            self.home.move(guest.pid, self.away)
        assert self.peer.has_lied.is_set(), f"{name} was not said: {refused.value}"
        assert self.home.place_of(guest.pid) == self.home.number, name
        guest.wait_for_steps(STEPS)
        guest.expect_right()

    def expect_right_or_killed(self, guest: RunningGuest, name: str) -> None:
        """It goes on with right results, or has ended by a signal; soon."""
        wait_until(self.peer.has_lied.is_set, SECONDS, f"{name} is said")
        self.expect_right_or_ended(guest, name)
        self.home.wait_for_log(str(guest.pid))

    def expect_right_or_ended(self, guest: RunningGuest, name: str) -> None:
        """The same of one that may have come home unharmed."""
        before = guest.steps()
        wait_until(lambda: guest.status is not None or guest.steps() >= before + STEPS, SECONDS,
                   f"after {name} it goes on, or ends")
        if guest.status is None:
            guest.stop()
            guest.wait_for_end(SECONDS)
        assert "WRONG" not in guest.output(), f"{name}: {guest.output()}"
        assert guest.status <= 0, f"{name}: status {guest.status}; {guest.output()}"

    def go_and_come(self, guest: RunningGuest) -> None:
        """There and home again, as far as it goes."""
        with contextlib.suppress(Refused):
            self.move(guest)
            self.home.move(guest.pid, "home")

    def expect_nothing_left(self) -> None:
        """Neither of a guest nor of its home, and both omds answer."""
        for node in (self.home, self.away):
            wait_until(lambda node=node: not node.supervisors() and not node.guests(), SECONDS,
                       f"{node.name} has forgotten it")
            assert node.is_running and node.request({"request": "status"})["ok"], node.log_text()
        wait_until(lambda: not stray_bodies(), SECONDS, "no body is without a supervisor")

    def expect_as_before(self) -> None:
        """Nothing is left, and processes can move."""
        self.expect_nothing_left()
        for node, before in self._descriptors.items():
            wait_until(lambda node=node, before=before: omd_descriptors(node) <= before, SECONDS,
                       f"omd of {node.name} has closed what it opened")
        guest = self.guest()
        self.move(guest)
        guest.expect_right()


@pytest.fixture
def cluster(testbed):
    """Both omds run and can move processes, through a peer that says nothing wrong until it is told to."""
    with Cluster(testbed) as opened:
        yield opened


@pytest.mark.parametrize(("kind", "by_home"), [("prepare", True), ("prepared", False), ("arrive", True), ("ready", False)])
def test_before_it_has_moved_it_stays_at_home(cluster, kind, by_home):
    """Whoever of the two says it."""
    for way in WAYS:
        guest = cluster.guest()
        cluster.peer.tell(Lie(KINDS[kind], way, by_home))
        cluster.expect_here(guest, way.__name__)
        cluster.expect_nothing_left()
    cluster.expect_as_before()


@pytest.mark.parametrize(("kind", "by_home"), [("prepare", True), ("prepared", False), ("ready", False)])
def test_a_message_that_is_too_long_for_its_kind_is_not_read(cluster, kind, by_home):
    """Its header is enough to refuse it."""
    guest = cluster.guest()
    cluster.peer.tell(Lie(KINDS[kind], large, by_home))
    with pytest.raises(Refused):
        cluster.home.move(guest.pid, cluster.away)
    hearer = cluster.away if by_home else cluster.home
    said = f"message of kind {KINDS[kind]} with "
    if by_home:
        hearer.wait_for_log(said)
    guest.wait_for_steps(STEPS)
    guest.expect_right()
    cluster.expect_as_before()


@pytest.mark.parametrize(("kind", "by_home"), [("go", True), ("call", False), ("result", True)])
def test_after_it_has_moved_it_is_at_home_or_ended(cluster, kind, by_home):
    """At home if nothing of what it did elsewhere was seen; else its parent must see that it has ended."""
    for way in WAYS:
        guest = cluster.guest()
        cluster.peer.tell(Lie(KINDS[kind], way, by_home))
        cluster.home.move(guest.pid, cluster.away)
        cluster.expect_right_or_killed(guest, way.__name__)
        cluster.expect_nothing_left()
    cluster.expect_as_before()


@pytest.mark.parametrize("what", ROUND)
def test_the_connection_ends_at_any_byte(cluster, what):
    """It is at home until the other node has said that it has it; from then on its parent sees its end at worst."""
    kind, by_home = ROUND[what]
    for name, count in OFFSETS.items():
        guest = cluster.guest()
        cluster.peer.tell(Lie(kind, ends_after(count), by_home))
        with contextlib.suppress(AssertionError):
            # It may end under way.
            cluster.go_and_come(guest)
        assert cluster.peer.has_lied.is_set(), name
        if what in STILL_AT_HOME and (what, name) != ("ready", "all"):
            guest.wait_for_steps(STEPS)
            guest.expect_right()
        else:
            cluster.expect_right_or_ended(guest, name)
        cluster.expect_nothing_left()
    cluster.expect_as_before()


def test_on_its_way_home_it_is_ended(cluster):
    """Home has it only when it has understood all of it, and what it did elsewhere was seen."""
    for way in WAYS:
        guest = cluster.guest()
        cluster.move(guest)
        cluster.peer.tell(Lie(KINDS["coming_home"], way, by_home=False))
        with contextlib.suppress(Refused):
            cluster.home.move(guest.pid, "home")
        cluster.expect_right_or_killed(guest, way.__name__)
        assert guest.status < 0, f"{way.__name__}: it was seen elsewhere, and is at home"
        cluster.expect_nothing_left()
    cluster.expect_as_before()


def test_without_its_pages_it_does_not_come_home(cluster):
    """They end when the rest of it is there, and home waits for neither them nor the process."""
    def cut_pages(message: bytes) -> Said:
        cluster.peer.cut_pages()
        return Said(message)

    guest = cluster.guest()
    cluster.move(guest)
    cluster.peer.tell(Lie(KINDS["coming_home"], cut_pages, by_home=False))
    with contextlib.suppress(Refused):
        cluster.home.move(guest.pid, "home")
    cluster.expect_right_or_killed(guest, "the end of the page connection")
    cluster.expect_as_before()


@pytest.mark.parametrize("ahead", [300_000_000, DAY], ids=["a drift", "a day"])
def test_clocks_that_were_faster_are_waited_for_unless_that_cannot_be(cluster, ahead):
    """What the process has read elsewhere is not read again at home, as far as clocks can be apart at all."""
    said = []

    def drift(message: bytes) -> Said:
        # CLOCK_MONOTONIC and its coarse twin, and how much of a processor's time was used.
        start = len(message) - CLOCKS.size
        monotonic, coarse, *used = CLOCKS.unpack(message[start:])
        said.append((monotonic, coarse))
        return Said(message[:start] + CLOCKS.pack(monotonic + ahead, coarse + ahead, *used))

    guest = cluster.guest()
    cluster.move(guest)
    cluster.peer.tell(Lie(KINDS["coming_home"], drift, by_home=False))
    cluster.home.move(guest.pid, "home")
    now = time.monotonic_ns()
    ((monotonic, coarse),) = said
    assert coarse <= monotonic <= now, "the message does not end with these fields"
    is_later = now >= monotonic + ahead
    assert is_later == (ahead < DAY)
    guest.wait_for_steps(STEPS)
    guest.expect_right()
    cluster.expect_as_before()


@pytest.mark.parametrize("ahead", [-1, (1 << 62) + 1])
def test_a_wall_clock_that_cannot_be_is_not_taken(cluster, ahead):
    """The process is at home if nothing of what it did elsewhere was seen; else it has ended."""
    content = ahead.to_bytes(8, "little", signed=True)
    set_clock = HEADER.pack(len(content), KINDS["wall_clock"]) + content
    guest = cluster.guest()
    cluster.peer.tell(Lie(KINDS["go"], lambda message: Said(message + set_clock), by_home=True))
    cluster.home.move(guest.pid, cluster.away)
    cluster.expect_right_or_killed(guest, "a wall clock")
    cluster.away.wait_for_log("home's wall clock is out of range")
    cluster.expect_as_before()


@pytest.mark.parametrize("seed", range(3))
def test_an_image_with_some_wrong_bytes_does_no_harm(cluster, seed):
    """It may be taken, as most of its bytes are the program's own; then the program may fail, but nothing else."""
    chance = random.Random(seed)

    def flip(message: bytes) -> Said:
        changed = bytearray(message)
        for _ in range(FLIPS):
            changed[chance.randrange(HEADER.size, len(changed))] ^= 1 << chance.randrange(8)
        return Said(bytes(changed))

    for _ in range(IMAGES):
        guest = cluster.guest()
        cluster.peer.tell(Lie(KINDS["arrive"], flip, by_home=True))
        with contextlib.suppress(Refused):
            cluster.home.move(guest.pid, cluster.away)
        guest.kill()
        cluster.expect_nothing_left()
    cluster.expect_as_before()


@pytest.mark.parametrize("by_home", [True, False], ids=["home", "away"])
def test_wrong_pages_do_no_harm(cluster, by_home):
    """What is senseless ends the process; what may be said does nothing to pages that are not asked for."""
    for number, lie in enumerate(PAGE_LIES):
        guest = cluster.guest()
        cluster.peer.tell(Lie(PAGES, lie, by_home))
        with contextlib.suppress(Refused):
            cluster.home.move(guest.pid, cluster.away)
        before = guest.steps()
        wait_until(lambda guest=guest, before=before: guest.status is not None or guest.steps() >= before + STEPS,
                   SECONDS, f"after lie {number} it goes on, or ends")
        assert cluster.peer.has_lied.is_set(), number
        assert "WRONG" not in guest.output(), f"{number}: {guest.output()}"
        guest.kill()
        cluster.expect_nothing_left()
    cluster.expect_as_before()
