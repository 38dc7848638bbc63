# SPDX-License-Identifier: GPL-2.0-or-later
"""Moves processes again and again, as fast as it goes."""

import contextlib
import itertools
import time
from pathlib import Path
from typing import Callable

from guests.running import RunningGuest
from migration.node import Node, Refused
from migration.testbed import Testbed
from procfs import stat_field
from qemu.deadline import Deadline

# What a move may take on average on a busy machine.
SECONDS_PER_MOVE = 6.0
# So that what cannot move is not kept from its work by being asked again and again.
AFTER_REFUSAL = 0.005


def move_continuously(bed: Testbed, guest: RunningGuest, nodes: list[Node], moves: int, seconds: float) -> int:
    """Moves GUEST, whose home is nodes[0], round all NODES and home again, MOVES times or until it has ended.

    A guest that has ended, or that SECONDS are not enough for, ends the round early; returns the number of moves."""
    home = nodes[0]
    places = itertools.cycle([*nodes[1:], "home"])
    deadline = Deadline(seconds)
    done = 0
    while done < moves and guest.status is None and not deadline.passed:
        place = next(places)
        try:
            home.move(guest.pid, place)
        except Refused as reason:
            # Between its end and the next look at it.
            if guest.status is None:
                raise AssertionError(f"move {done + 1}, to {place if place == 'home' else place.name}, after step "
                                     f"{guest.steps()}: {reason}; its output: {guest.output()}") from None
            break
        done += 1
        bed.moves += 1
    if done < moves and guest.status is not None:
        # Why it has ended says more than how many moves there were.
        guest.wait_for_steps(guest.steps() + 1)
    return done


def descendants(pid: int) -> list[int]:
    """A process and all below it, the process itself first."""
    found = [pid]
    for parent in found:
        with contextlib.suppress(OSError):
            found += map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())
    return found


def move_family(bed: Testbed, pid: int, nodes: list[Node], is_over: Callable[[], bool], seconds: float, *,
                may_refuse: bool = False) -> int:
    """Moves the process PID and all that it starts from node to node until IS_OVER; returns the number of moves.

    A process may end, or be about to start a program, at any moment: only a refusal while PID lives on counts as an error,
    and only PID's own, as its children live for milliseconds. MAY_REFUSE: not even that, as it may do what cannot move."""
    home = nodes[0]
    places = itertools.cycle([*nodes[1:], "home"])
    deadline = Deadline(seconds)
    done = 0
    while not is_over():
        assert not deadline.passed, f"{pid} has not ended after {seconds:.0f} s and {done} moves"
        place = next(places)
        for each in descendants(pid):
            try:
                home.move(each, place)
            except Refused:
                time.sleep(AFTER_REFUSAL)
                if each == pid and not may_refuse and not is_over() and not _has_ended(pid):
                    raise
                continue
            done += 1
            bed.moves += 1
    return done


def _has_ended(pid: int) -> bool:
    """Also of one that has given back its memory (field 23) and is no zombie yet, which takes a while on a busy machine."""
    try:
        return stat_field(pid, 3) in "ZX" or stat_field(pid, 23) == "0"
    except OSError:
        return True
