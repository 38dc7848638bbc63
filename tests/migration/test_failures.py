# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever fails, at whatever moment: the process runs on at home, or its parent sees that it has ended by a signal.

Nobody hangs, and nothing stays behind."""

import contextlib
import os
import random
import re
import signal
import threading
import time

import pytest

from guests import build
from guests.running import RunningGuest
from migration.node import Node, Refused, stray_bodies
from qemu.deadline import wait_until

# After this the kernels on both sides have noticed that a link is cut, and the supervisors have given up.
CUT_IS_NOTICED = 90.0
STEPS = 5
# Longer than a move of a small process takes.
A_MOVE = 0.15
# Spread over a move; `make soak` takes more of them.
MOMENTS = int(os.environ.get("CLUSTERDISC_MOMENTS", "3"))
GUESTS = ("cpu", "pipe_child", "long_waits")

NAMES = pytest.mark.parametrize("name", GUESTS)
REPEATED = pytest.mark.parametrize("moment", [pytest.param(number / MOMENTS * A_MOVE, id=str(number))
                                              for number in range(MOMENTS)])


@pytest.fixture
def guest(two_nodes, name) -> RunningGuest:
    """A guest at home."""
    return two_nodes[0].guest(build.Program(name, "amd64").build()).wait_until_ready()


@pytest.fixture
def away_guest(two_nodes, testbed, guest) -> RunningGuest:
    """A guest that has worked at the other node."""
    home, away = two_nodes
    home.move(guest.pid, away)
    testbed.moves += 1
    guest.wait_for_steps(STEPS)
    return guest


def stays_at_home(name: str, guest: RunningGuest, home: Node) -> bool:
    """Whether it was at home for a call, as those that fork may be, when the other node was lost: it cannot leave again."""
    return name != "cpu" and re.search(rf"process {guest.pid} .* stays at home: ", home.log_text()) is not None


def kill_there(which: str, name: str, guest: RunningGuest, home: Node, away: Node) -> None:
    """Kills the guest's supervisor, or its body ("pid"), at AWAY. One that forks may be about to go home for that, and is
    unharmed then: it is hit when it is back."""
    hit = set()

    def strike() -> bool:
        for state in away.guests() if home.place_of(guest.pid) == away.number else ():
            if (state["home"], state["home_pid"]) == (home.number, guest.pid) and state["supervisor"] not in hit:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(state[which], signal.SIGKILL)
                    hit.add(state["supervisor"])
        return bool(hit) and (guest.status is not None or stays_at_home(name, guest, home))

    wait_until(strike, CUT_IS_NOTICED, "it was hit, and has ended or stays at home", pause=0.01)
    assert name != "cpu" or len(hit) == 1, "it does not go home by itself, but was there again"


def expect_killed(guest: RunningGuest, home: Node, seconds: float = 30.0) -> None:
    """It must end as if by a signal, with that reason in the log, and nothing of it may stay."""
    status = guest.wait_for_end(seconds)
    assert status < 0, f"it has ended with status {status}; its output: {guest.output()}"
    assert "WRONG" not in guest.output()
    home.wait_for_log(f"process {guest.pid} ", seconds)
    expect_nothing_left(home, guest, seconds)


def expect_killed_unless_at_home(name: str, guest: RunningGuest, home: Node, seconds: float = 30.0) -> None:
    """One that stays at home goes on there."""
    wait_until(lambda: guest.status is not None or stays_at_home(name, guest, home), seconds, "it has ended, or stays at home")
    if guest.status is None:
        guest.expect_right(seconds)
        expect_nothing_left(home, guest, seconds)
    else:
        expect_killed(guest, home, seconds)


def expect_nothing_left(node: Node, guest: RunningGuest, seconds: float = 30.0) -> None:
    """No supervisor and no state of it at home."""
    wait_until(lambda: node.process_state(guest.pid) is None, seconds, "its state file is gone")
    wait_until(lambda: not node.supervisors(), seconds, f"the supervisors of {node.name} are gone: {node.supervisors()}")
    wait_until(lambda: not stray_bodies(), seconds, "no body is without a supervisor")


def expect_right_or_killed(guest: RunningGuest, home: Node, seconds: float) -> None:
    """Either outcome is one that the promises allow, as long as there is one, and soon."""
    before = guest.steps()
    wait_until(lambda: guest.status is not None or guest.steps() >= before + STEPS, seconds, "it goes on, or ends")
    if guest.status is None:
        guest.expect_right(seconds)
    else:
        expect_killed(guest, home, seconds)
    expect_nothing_left(home, guest, seconds)


@contextlib.contextmanager
def moving(home: Node, guest: RunningGuest, to: "Node | str"):
    """Begins to move the guest, and waits for the answer at the end, whatever it is."""
    answers = []

    def move() -> None:
        try:
            home.move(guest.pid, to)
            answers.append("moved")
        except (Refused, OSError, AssertionError) as error:
            answers.append(str(error))

    thread = threading.Thread(target=move)
    thread.start()
    try:
        yield answers
    finally:
        thread.join(CUT_IS_NOTICED * 2)
        assert not thread.is_alive(), "omd does not answer"


@NAMES
class TestWhileAway:
    """The process runs elsewhere when something ends."""

    def test_the_remote_supervisor_is_killed(self, name, two_nodes, away_guest):
        home, away = two_nodes
        kill_there("supervisor", name, away_guest, home, away)
        expect_killed_unless_at_home(name, away_guest, home)
        wait_until(lambda: not away.supervisors(), 30, "the body is gone")

    def test_the_home_supervisor_is_killed(self, two_nodes, away_guest):
        home, away = two_nodes
        home.wait_for_place(away_guest.pid, away)
        os.kill(home.supervisor_of(away_guest.pid), signal.SIGKILL)
        # The deputy must not go on by itself with what it had when it left.
        assert away_guest.wait_for_end() < 0
        wait_until(lambda: not away.supervisors(), 30, "the body is gone")

    def test_omd_of_both_nodes_starts_anew(self, name, two_nodes, away_guest, testbed):
        home, away = two_nodes
        for node, end in ((home, Node.stop_omd), (away, Node.kill_omd)):
            end(node)
            away_guest.wait_for_steps(STEPS)
            node.start()
            away_guest.wait_for_steps(STEPS)
        if name == "cpu":
            # The others fork, for which they come home; when the other node is not there then, they stay.
            assert [entry["pid"] for entry in home.mps()["processes"]] == [away_guest.pid]
        for place in ("home", away):
            home.move(away_guest.pid, place)
            testbed.moves += 1
        away_guest.wait_for_steps(STEPS)
        away_guest.expect_right()

    def test_the_link_is_cut(self, name, two_nodes, away_guest, testbed):
        home, away = two_nodes
        testbed.part(home, away)
        expect_killed_unless_at_home(name, away_guest, home, CUT_IS_NOTICED)
        wait_until(lambda: not away.supervisors(), CUT_IS_NOTICED, "the body is gone")

    def test_the_cable_is_pulled(self, name, two_nodes, away_guest):
        home, away = two_nodes
        away.host.unplug()
        expect_killed_unless_at_home(name, away_guest, home, CUT_IS_NOTICED)
        wait_until(lambda: not away.supervisors(), CUT_IS_NOTICED, "the body is gone")

    def test_a_short_interruption_is_survived(self, two_nodes, away_guest, testbed):
        home, away = two_nodes
        testbed.part(home, away)
        # Shorter than any time-out, longer than the first retransmissions.
        time.sleep(1.5)
        testbed.heal()
        away_guest.wait_for_steps(STEPS)
        away_guest.expect_right()

    def test_the_body_is_killed(self, name, two_nodes, away_guest):
        """By the remote node's administrator, or by its memory limit."""
        home, away = two_nodes
        kill_there("pid", name, away_guest, home, away)
        expect_killed_unless_at_home(name, away_guest, home)
        wait_until(lambda: not away.supervisors(), 30, "the supervisor is gone")


@REPEATED
@pytest.mark.parametrize("name", ["cpu", "big_memory"])
class TestDuringAMove:
    """Something ends at one of many moments of a move out or home."""

    @pytest.mark.parametrize("direction", ["out", "home"])
    def test_the_remote_supervisor_is_killed(self, direction, moment, two_nodes, guest, testbed):
        home, away = two_nodes
        if direction == "home":
            home.move(guest.pid, away)
            testbed.moves += 1
            guest.wait_for_steps(STEPS)
        with moving(home, guest, away if direction == "out" else "home"):
            time.sleep(moment)
            for pid in away.supervisors():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        expect_right_or_killed(guest, home, 60)

    @pytest.mark.parametrize("direction", ["out", "home"])
    def test_the_link_is_cut(self, direction, moment, two_nodes, guest, testbed):
        home, away = two_nodes
        if direction == "home":
            home.move(guest.pid, away)
            testbed.moves += 1
            guest.wait_for_steps(STEPS)
        with moving(home, guest, away if direction == "out" else "home"):
            time.sleep(moment)
            testbed.part(home, away)
        expect_right_or_killed(guest, home, CUT_IS_NOTICED)
        wait_until(lambda: not away.supervisors(), CUT_IS_NOTICED, "nothing stays at the other node")

    def test_omd_of_the_target_is_killed(self, moment, two_nodes, guest):
        home, away = two_nodes
        with moving(home, guest, away):
            time.sleep(moment)
            away.kill_omd()
        guest.wait_for_steps(STEPS, CUT_IS_NOTICED)
        guest.expect_right()


@pytest.mark.parametrize("name", ["cpu"])
def test_a_target_that_is_not_there_is_refused(two_nodes, guest, testbed):
    home, away = two_nodes
    away.kill_omd()
    result = home.migrate(guest.pid, away)
    assert result.returncode == 1
    assert away.address in result.stderr or str(away.number) in result.stderr
    guest.wait_for_steps(STEPS)
    away.start()
    home.move(guest.pid, away)
    testbed.moves += 1
    guest.wait_for_steps(STEPS)
    guest.expect_right()


@pytest.mark.parametrize("name", ["cpu"])
def test_random_kills_over_many_moves_leave_nothing(two_nodes, guest, testbed):
    """As fast as it goes, with a kill of the remote side at a random moment in one of them."""
    home, away = two_nodes
    for _ in range(random.randrange(5, 30)):
        for place in (away, "home"):
            home.move(guest.pid, place)
            testbed.moves += 1
    home.move(guest.pid, away)
    for pid in away.supervisors():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    expect_right_or_killed(guest, home, 60)
