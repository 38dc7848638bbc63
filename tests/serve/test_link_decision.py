# SPDX-License-Identifier: GPL-2.0-or-later
"""What is decided for a link, and which node serves it."""

from clusterdisc_serve.election import MAX_RIVALS, SILENCE_SECONDS, Beacon, Election
from clusterdisc_serve.link_decision import FIRST_PROBES, GONE_SECONDS, PROBE_SECONDS, QUIET_SECONDS, LinkDecision, Mode

# More than the clock of a machine is at its start: nothing may depend on that.
START = 1000.0


def run_until(decision, begin, end, answers=None):
    """Asks as the serving process does, twice a second; a server ANSWERS at once. Returns when it was asked."""
    asked = []
    now = begin
    while now < end:
        if decision.probe_is_due(now):
            asked.append(now - begin)
            if answers:
                decision.hear_stranger(answers, now)
        decision.mode(now, True)
        now += 0.5
    return asked


def test_a_quiet_link_gets_a_range_after_all_questions_of_the_start():
    decision = LinkDecision(START)
    asked = run_until(decision, START, START + QUIET_SECONDS - 0.5)
    assert asked == list(FIRST_PROBES)
    assert decision.mode(START + QUIET_SECONDS - 0.1, True) is Mode.LISTENING
    assert decision.mode(START + QUIET_SECONDS, True) is Mode.RANGE


def test_beside_another_server_boot_information_is_added_at_once():
    decision = LinkDecision(START)
    decision.hear_stranger("192.0.2.1", START + 0.2)
    assert decision.mode(START + 0.2, True) is Mode.PROXY
    assert decision.stranger == "192.0.2.1"


def test_a_server_that_appears_ends_the_range_within_thirty_seconds():
    decision = LinkDecision(START)
    run_until(decision, START, START + 100)
    assert decision.mode(START + 100, True) is Mode.RANGE
    # It answers the next question, three seconds late, as servers do that look first whether an address is free.
    now = START + 100
    while not decision.probe_is_due(now):
        now += 0.5
    decision.hear_stranger("192.0.2.1", now + 3)
    assert decision.mode(now + 3, True) is Mode.PROXY
    assert now + 3 - (START + 100) <= PROBE_SECONDS + 3.5 <= 30


def test_one_lost_question_does_not_bring_the_range_back():
    decision = LinkDecision(START)
    decision.hear_stranger("192.0.2.1", START)
    assert decision.mode(START + 2 * PROBE_SECONDS, True) is Mode.PROXY
    assert GONE_SECONDS > 4 * PROBE_SECONDS
    assert decision.mode(START + GONE_SECONDS, True) is Mode.PROXY
    assert decision.mode(START + GONE_SECONDS + 1, True) is Mode.RANGE
    assert decision.stranger is None


def test_a_server_that_stays_is_never_forgotten():
    decision = LinkDecision(START)
    run_until(decision, START, START + 600, answers="192.0.2.1")
    assert decision.mode(START + 600, True) is Mode.PROXY


def test_who_is_not_elected_serves_nothing_but_listens_on():
    decision = LinkDecision(START)
    run_until(decision, START, START + 60)
    assert decision.mode(START + 60, False) is Mode.STANDBY
    assert run_until(decision, START + 60, START + 60 + 2 * PROBE_SECONDS)


def beacon(node, run, counter=1, serves=False):
    return Beacon(node, run.ljust(16, b"\0"), counter, serves, 0)


def elections(*runs):
    return [Election(run.ljust(16, b"\0")) for run in runs]


def test_of_two_that_begin_the_smaller_node_id_serves():
    first, second = elections(b"a", b"b")
    assert first.hear(beacon(9, b"b"), START)
    assert second.hear(beacon(7, b"a"), START)
    assert first.is_elected(7, False, START)
    assert not second.is_elected(9, False, START)


def test_who_serves_goes_on_when_a_smaller_one_comes():
    first, second = elections(b"a", b"b")
    first.hear(beacon(2, b"b"), START)
    second.hear(beacon(7, b"a", serves=True), START)
    assert first.is_elected(7, True, START)
    assert not second.is_elected(2, False, START)


def test_of_two_that_serve_after_a_merge_one_goes_on():
    first, second = elections(b"a", b"b")
    first.hear(beacon(2, b"b", serves=True), START)
    second.hear(beacon(7, b"a", serves=True), START)
    assert (first.is_elected(7, True, START), second.is_elected(2, True, START)) == (False, True)


def test_two_without_a_node_id_are_told_apart_by_their_run():
    first, second = elections(b"a", b"b")
    first.hear(beacon(0, b"b"), START)
    second.hear(beacon(0, b"a"), START)
    assert (first.is_elected(0, False, START), second.is_elected(0, False, START)) == (True, False)


def test_takeover_within_ten_seconds():
    election, = elections(b"b")
    election.hear(beacon(1, b"a", serves=True), START)
    assert not election.is_elected(2, False, START + SILENCE_SECONDS)
    assert election.is_elected(2, False, START + SILENCE_SECONDS + 0.5)
    assert SILENCE_SECONDS + 1 <= 10


def test_recordings_and_own_beacons_count_for_nothing():
    election, = elections(b"b")
    assert not election.hear(beacon(1, b"b"), START)
    assert election.hear(beacon(1, b"a", counter=5), START)
    assert not election.hear(beacon(1, b"a", counter=5), START + 100)
    assert not election.hear(beacon(1, b"a", counter=4), START + 100)
    assert election.is_elected(2, False, START + 100)


def test_no_flood_of_runs_fills_the_memory():
    election, = elections(b"b")
    for number in range(10 * MAX_RIVALS):
        election.hear(beacon(1, b"r%d" % number), START)
    assert len(election.rivals(START)) == MAX_RIVALS
    # When they are gone, others are heard again.
    assert election.hear(beacon(3, b"late"), START + SILENCE_SECONDS + 1)
