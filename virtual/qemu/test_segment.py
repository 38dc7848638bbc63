# SPDX-License-Identifier: GPL-2.0-or-later
"""The Ethernet hub, without machines."""

from types import SimpleNamespace

import pytest

from qemu import network
from qemu.deadline import wait_until
from qemu.network import Nic, Segment


@pytest.fixture
def segment():
    with Segment() as opened:
        yield opened


# Of slow links, in seconds of the test's own clock; so often the segment looks at the clock, too.
DELAY = 0.05
# For a thread that has to read what was sent.
SOON = 30


@pytest.fixture
def clock(monkeypatch):
    """The segments' clock: it stands until the test sets `now`, so that no frame comes before that."""
    made = SimpleNamespace(now=0.0)
    monkeypatch.setattr(network, "time", SimpleNamespace(monotonic=lambda: made.now))
    return made


def wait_for_frames_under_way(segment, count):
    wait_until(lambda: len(segment._under_way) == count, SOON, f"{count} frames are under way", pause=0.001)


def attach(segment, name=None):
    end, port = segment.attach(name)
    end.settimeout(10)
    return end, port


def attach_named(segment, *names):
    return [attach(segment, name)[0] for name in names]


def test_a_frame_reaches_all_other_ports_but_not_its_own(segment):
    ends = [attach(segment)[0] for _ in range(3)]
    ends[0].send(b"frame")
    assert [end.recv(100) for end in ends[1:]] == [b"frame", b"frame"]
    ends[0].setblocking(False)
    with pytest.raises(BlockingIOError):
        ends[0].recv(100)


def test_a_cut_port_neither_sends_nor_receives_until_healed(segment):
    first, second, third = attach_named(segment, 1, 2, 3)
    segment.cut(1)
    first.send(b"lost")
    second.send(b"heard by the third only")
    assert third.recv(100) == b"heard by the third only"
    segment.heal()
    second.send(b"heard by all")
    assert first.recv(100) == b"heard by all"
    first.send(b"back again")
    assert second.recv(100) == b"back again"


def test_two_ports_that_are_cut_from_each_other_hear_a_third(segment):
    first, second, third = attach_named(segment, 1, 2, 3)
    segment.cut(1, 2)
    first.send(b"of the first")
    second.send(b"of the second")
    assert [third.recv(100) for _ in range(2)] == [b"of the first", b"of the second"]
    third.send(b"of the third")
    assert [end.recv(100) for end in (first, second)] == [b"of the third"] * 2


def test_a_cut_outlasts_the_machine(segment):
    first, second = attach_named(segment, 1, 2)
    segment.cut(1)
    port = segment.attach(1)
    segment.detach(port[1])
    again, third = attach_named(segment, 1, 3)
    again.send(b"lost")
    second.send(b"heard by the third only")
    assert third.recv(100) == b"heard by the third only"


def test_frames_of_a_slow_port_come_late_and_in_order(segment, clock):
    first, second, third = attach_named(segment, 1, 2, 3)
    segment.slow(1, DELAY)
    first.send(b"late")
    first.send(b"later")
    second.send(b"at once")
    # The first two for two ports each, the third for the slow one.
    wait_for_frames_under_way(segment, 5)
    clock.now = 0.9 * DELAY
    assert third.recv(100) == b"at once"
    for end in (first, second, third):
        end.setblocking(False)
        with pytest.raises(BlockingIOError):
            end.recv(100)
        end.settimeout(SOON)
    clock.now = DELAY
    assert [second.recv(100) for _ in range(2)] == [b"late", b"later"]
    assert [third.recv(100) for _ in range(2)] == [b"late", b"later"]
    assert first.recv(100) == b"at once"


def test_a_frame_to_a_machine_that_has_ended_meanwhile_is_lost(segment, clock):
    first, second = attach_named(segment, 1, 2)
    _, port = attach(segment, 3)
    segment.slow(1, DELAY)
    first.send(b"frame")
    wait_for_frames_under_way(segment, 2)
    segment.detach(port)
    clock.now += DELAY
    assert second.recv(100) == b"frame"


def test_what_a_slow_link_cannot_hold_is_lost(segment, clock, monkeypatch):
    monkeypatch.setattr(network, "_MAX_FRAMES_UNDER_WAY", 2)
    first, second = attach_named(segment, 1, 2)
    segment.slow(1, DELAY)
    for number in range(5):
        first.send(bytes([number + 1]))
    # The same thread delivers none before it is done with the last one.
    wait_until(lambda: segment.frames == 5, SOON, "all are read", pause=0.001)
    clock.now += DELAY
    assert [second.recv(100) for _ in range(2)] == [b"\1", b"\2"]
    segment.heal()
    first.send(b"next")
    assert second.recv(100) == b"next"


def test_a_port_that_does_not_read_does_not_stop_the_others(segment):
    (sender, _), (_deaf, _), (reader, _) = (attach(segment) for _ in range(3))
    for number in range(5000):
        sender.send(number.to_bytes(2, "big") * 500)
        assert reader.recv(2000)[:2] == number.to_bytes(2, "big")


def test_a_port_may_be_removed_twice_and_after_its_segment_has_ended():
    with Segment() as segment:
        ports = [attach(segment)[1] for _ in range(2)]
        segment.detach(ports[0])
        segment.detach(ports[0])
    segment.detach(ports[1])


def test_every_card_has_its_own_address(segment):
    assert len({Nic(segment).mac for _ in range(300)}) == 300
