# SPDX-License-Identifier: GPL-2.0-or-later
"""The Ethernet hub, without machines."""

import pytest

from qemu.network import Nic, Segment


@pytest.fixture
def segment():
    with Segment() as opened:
        yield opened


def attach(segment):
    end, port = segment.attach()
    end.settimeout(10)
    return end, port


def test_a_frame_reaches_all_other_ports_but_not_its_own(segment):
    ends = [attach(segment)[0] for _ in range(3)]
    ends[0].send(b"frame")
    assert [end.recv(100) for end in ends[1:]] == [b"frame", b"frame"]
    ends[0].setblocking(False)
    with pytest.raises(BlockingIOError):
        ends[0].recv(100)


def test_a_cut_port_neither_sends_nor_receives_until_mended(segment):
    (first, first_port), (second, _), (third, _) = (attach(segment) for _ in range(3))
    segment.cut(first_port)
    first.send(b"lost")
    second.send(b"heard by the third only")
    assert third.recv(100) == b"heard by the third only"
    segment.mend(first_port)
    second.send(b"heard by all")
    assert first.recv(100) == b"heard by all"
    first.send(b"back again")
    assert second.recv(100) == b"back again"


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
