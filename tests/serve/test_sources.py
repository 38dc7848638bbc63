# SPDX-License-Identifier: GPL-2.0-or-later
"""From whom each client fetches: the reports, and rooms that are simulated."""

import os
import random

import pytest

from clusterdisc_serve import fetch_report, sources
from clusterdisc_serve.fetch_report import FetchReport, FetchState
from clusterdisc_serve.sources import Sources
from serve.chain_simulation import FAST, Pc, SimulatedRoom

SEEDS = int(os.environ.get("CLUSTERDISC_SEEDS", "1000"))
TOTAL = 1000


def report(have, state=FetchState.FETCHING, source=None, refused=None, mac="52:54:00:00:00:01"):
    return FetchReport(state, bytes(8), mac, have, 0, source, refused)


def datagram(state=0, have=5, source=b"\0" * 4, refused=b"\0" * 4):
    return (b"CDFR\x01" + bytes([state]) + bytes(range(8)) + bytes.fromhex("525400000009") + have.to_bytes(8, "big")
            + (3).to_bytes(8, "big") + source + refused)


def test_a_report_and_its_answer():
    read = fetch_report.parse_report(datagram(1, 2 ** 40, bytes([10, 78, 8, 10]), bytes([10, 78, 8, 11])))
    assert read == FetchReport(FetchState.COMPLETE, bytes(range(8)), "52:54:00:00:00:09", 2 ** 40, 3, "10.78.8.10", "10.78.8.11")
    assert fetch_report.answer(read, "10.78.8.12") == b"CDFA\x01" + bytes(range(8)) + bytes([10, 78, 8, 12])
    assert fetch_report.answer(read, None) == b"CDFA\x01" + bytes(range(8)) + bytes(4)
    assert len(fetch_report.answer(read, None)) <= fetch_report.REPORT_BYTES == len(datagram())
    assert fetch_report.parse_report(datagram(state=3)).state is FetchState.TOO_SMALL


def test_anything_else_is_no_report():
    whole = datagram()
    assert fetch_report.parse_report(whole) is not None
    for size in range(len(whole)):
        assert fetch_report.parse_report(whole[:size]) is None
    assert fetch_report.parse_report(whole + b"\0") is None
    assert fetch_report.parse_report(datagram(state=max(FetchState) + 1)) is None
    chance = random.Random(1)
    for _ in range(20000):
        changed = bytearray(whole)
        changed[chance.randrange(len(changed))] = chance.randrange(256)
        read = fetch_report.parse_report(bytes(changed))
        assert read is None or len(fetch_report.answer(read, read.source)) <= len(changed)


def test_the_first_two_get_everything_from_the_serving_node_and_the_others_from_them():
    room = Sources(TOTAL)
    named = {name: room.report(name, report(0), 0.0)[1] for name in "abcdefg"}
    assert named == {"a": None, "b": None, "c": "a", "d": "a", "e": "b", "f": "b", "g": "c"}


def test_a_newcomer_gets_its_bytes_from_who_has_more():
    room = Sources(TOTAL)
    room.report("a", report(500), 0.0)
    room.report("b", report(700), 0.0)
    assert room.report("c", report(0), 0.5) == (True, "b")
    assert room.report("d", report(600), 0.5) == (True, "b")
    # Those nearest to the serving node have no place left for it.
    assert room.report("e", report(450), 0.5) == (True, "a")
    assert room.report("f", report(450), 0.5) == (True, "a")
    assert room.report("g", report(450), 0.5) == (True, "d")
    # Nobody has what it needs.
    assert room.report("h", report(800), 0.5) == (True, None)


def test_who_is_silent_or_leaves_is_replaced():
    room = Sources(TOTAL)
    for name in "abc":
        room.report(name, report(0), 0.0)
    room.report("b", report(10), 5.0)
    assert room.report("c", report(5), 5.0) == (True, "a")
    assert room.report("c", report(5), sources.SILENCE_SECONDS + 0.1) == (True, "b")
    room.report("b", report(20, FetchState.LEAVING), 7.0)
    assert room.report("c", report(5), 7.0) == (True, None)


def test_a_source_behind_its_child_is_replaced():
    room = Sources(TOTAL)
    for name in "abc":
        room.report(name, report(10), 0.0)
    # What the source has said is older than what the child says.
    assert room.report("c", report(12), 1.0)[1] == "a"
    room.report("b", report(20), 1.5)
    room.report("a", report(11), 2.0)
    assert room.report("c", report(12), 2.5) == (True, "b")


def test_a_source_that_gives_nothing_is_replaced_and_in_the_end_none_any_more():
    room = Sources(TOTAL)
    names = "bcdefgh"
    now = 0.0
    for _ in range(20):
        room.report("liar", report(TOTAL - 1), now)
        for name in names:
            _, source = room.report(name, report(1), now)
            assert source != "liar" or now < 3 * (sources.STILL_SECONDS + 2)
        now += 2.0
    assert room.report("newcomer", report(0), now)[1] != "liar"


def test_a_source_that_gives_little_is_replaced():
    room = Sources(1 << 30)
    room.report("liar", report(1 << 30, FetchState.COMPLETE), 0.0)
    for step in range(8):
        now = 2.0 * step
        room.report("liar", report(1 << 30, FetchState.COMPLETE), now)
        for name in "abd":
            room.report(name, report(step << 20), now)
        named = room.report("c", report(step), now)[1]
        assert named == "liar" or step >= 4
    assert named != "liar"


def test_who_has_left_its_source_by_itself_is_not_sent_back():
    room = Sources(TOTAL)
    for name in "abc":
        room.report(name, report(0), 0.0)
    for now in (2.0, 4.0, 6.0, 8.0):
        room.report("a", report(0), now)
        room.report("b", report(0), now)
    assert room.report("c", report(0), 8.0) == (True, "b")


def test_wrong_bytes_are_the_last_that_a_client_gives():
    room = Sources(TOTAL)
    for name in "abc":
        room.report(name, report(10), 0.0)
    assert room.report("c", report(0, refused="a"), 1.0)[1] == "b"
    assert room.report("d", report(0), 1.0)[1] == "b"


def test_what_cannot_be_meant_is_not_answered():
    room = Sources(TOTAL)
    assert room.report("a", report(TOTAL + 1), 0.0) == (False, None)
    for number in range(sources.MAX_CLIENTS):
        assert room.report(f"{number}", report(TOTAL, FetchState.COMPLETE), 1 + number / 200)[0]
    assert not room.report("one more", report(0), 6.5)[0]
    # Who is gone makes room.
    assert room.report("one more", report(0), 7.5)[0]
    answered = sum(room.report(f"{number}", report(TOTAL, FetchState.COMPLETE), 8.0)[0] for number in range(500, 1000))
    assert answered == sources.MAX_REPORTS_A_SECOND


def test_a_pc_that_was_switched_off_and_on_begins_anew():
    room = Sources(TOTAL)
    room.report("a", report(700), 0.0)
    room.report("b", report(0, mac="52:54:00:00:00:02"), 0.0)
    room.report("a", report(0), 10.0)
    assert [each["have"] for each in room.listing(10.0)] == [0, 0]
    room.report("a", report(5, mac="52:54:00:00:00:03"), 11.0)
    assert room.listing(11.0)[0]["mac"] == "52:54:00:00:00:03"


def test_thirty_pcs_that_start_together_are_through_in_little_more_than_twice_the_time_of_one():
    room = SimulatedRoom([Pc(f"pc{number}", 0.25 + number / 100) for number in range(30)])
    room.run(600)
    last = max(pc.finished for pc in room.pcs.values())
    alone = room.total / FAST
    assert last <= 3 * alone, last
    assert sum(None in pc.fetched_from for pc in room.pcs.values()) <= 8


def test_one_slow_pc_does_not_hold_up_the_others():
    pcs = [Pc("slow", 0.25, speed=1.0), *(Pc(f"pc{number}", 0.5) for number in range(14))]
    room = SimulatedRoom(pcs)
    room.run(600)
    assert max(pc.finished for pc in pcs[1:]) <= 4 * room.total / FAST
    assert pcs[0].finished is not None


@pytest.mark.parametrize("block", range(10))
def test_everybody_gets_everything_whatever_happens(block):
    """Arrivals, power cuts, slow PCs and liars at random; cycles and fan-out are looked at after each report."""
    for seed in range(block * SEEDS // 10, (block + 1) * SEEDS // 10):
        chance = random.Random(seed)
        pcs = []
        for number in range(chance.randrange(1, 16)):
            pc = Pc(f"pc{number}", chance.uniform(0, chance.choice((0.5, 30.0))))
            kind = chance.random()
            if kind < 0.1:
                pc.speed = chance.uniform(0.8, 3.0)
            elif kind < 0.25:
                pc.dies = pc.arrives + chance.uniform(0.5, 20)
            elif kind < 0.3:
                pc.lies, pc.trickle = True, chance.choice((0.0, 0.1))
            pcs.append(pc)
        room = SimulatedRoom(pcs, stays=chance.choice((0.0, 3.0, 60.0)), seed=seed)
        room.run(600)
        missing = [pc for pc in pcs if not room.is_over(pc)]
        assert not missing, f"seed {seed}: {missing} at {room.now}"
        # No worse than all of them fetching from the serving node, with what its liars and losses cost.
        assert room.now <= max(pc.arrives for pc in pcs) + len(pcs) * room.total / FAST + room.total / 0.8 + 60, f"seed {seed}: {room.now}"
