# SPDX-License-Identifier: GPL-2.0-or-later
"""What is sent and what is read: DHCP, beacons, questions for the key, magic packets."""

import random
import struct

import pytest

from clusterdisc_serve import beacon, dhcp_message, wake
from clusterdisc_serve.admission import Admission, parse_request
from clusterdisc_serve.election import Beacon

MAC = bytes.fromhex("525400000001")
KEY = bytes(range(32))
OURS = (dhcp_message.MARKER_OPTION, dhcp_message.MARKER)


def reply_frame(message_type=2, offered=b"\xc0\x00\x02\x37", options=(), ports=(67, 68), protocol=17):
    """What a DHCP server on 192.0.2.1 sends."""
    zero = b"\0" * 4
    message = struct.pack("!BBBBIHH4s4s4s4s16s64s128s", 2, 1, 6, 0, 1, 0, 0x8000, zero, offered, zero, zero, MAC, b"", b"")
    message += b"\x63\x82\x53\x63" + bytes([53, 1, message_type, 54, 4, 192, 0, 2, 1])
    message += b"".join(bytes([number, len(value)]) + value for number, value in options) + b"\xff"
    datagram = struct.pack("!HHHH", *ports, 8 + len(message), 0) + message
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(datagram), 0, 0, 64, protocol, 0, b"\xc0\x00\x02\x01", b"\xff" * 4)
    return b"\xff" * 6 + MAC + b"\x08\x00" + header + datagram


def test_an_offer_of_a_stranger():
    reply = dhcp_message.parse_reply(reply_frame())
    assert (reply.server, reply.offered, reply.is_ours, reply.gives_address) == ("192.0.2.1", "192.0.2.55", False, True)


def test_an_offer_of_ours_and_one_without_an_address():
    assert dhcp_message.parse_reply(reply_frame(options=[OURS])).is_ours
    assert not dhcp_message.parse_reply(reply_frame(options=[(OURS[0], b"another")])).is_ours
    assert not dhcp_message.parse_reply(reply_frame(offered=b"\0" * 4)).gives_address


@pytest.mark.parametrize("frame", [
    reply_frame(message_type=6), reply_frame(ports=(68, 67)), reply_frame(protocol=6), reply_frame()[:280], b"", b"\0" * 2000,
    dhcp_message.discover_frame(MAC, 1)], ids=["refusal", "request", "tcp", "cut off", "empty", "zeros", "question"])
def test_what_is_no_offer(frame):
    assert dhcp_message.parse_reply(frame) is None


def test_the_question_is_a_discover_to_all_with_right_checksum():
    frame = dhcp_message.discover_frame(MAC, 0x01020304)
    assert frame[:12] == b"\xff" * 6 + MAC
    header, message = frame[14:34], frame[42:]
    words = struct.unpack("!10H", header)
    assert (sum(words) & 0xFFFF) + (sum(words) >> 16) == 0xFFFF
    assert message[:4] == b"\x01\x01\x06\x00" and message[4:8] == b"\x01\x02\x03\x04" and message[28:34] == MAC
    assert message[236:243] == b"\x63\x82\x53\x63\x35\x01\x01" and len(message) == 300


def test_no_bytes_from_the_wire_stop_the_readers():
    """Each reader gets pieces of good messages with bytes changed; it says None or something, and raises nothing."""
    chance = random.Random(1)
    good = [reply_frame(options=[OURS]), beacon.encode(Beacon(3, bytes(16), 7, True, 60), KEY), b"CDKQ\x01" + bytes(155)]
    for _ in range(3000):
        content = bytearray(chance.choice(good))
        for _ in range(chance.randrange(4)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        cut = bytes(content[:chance.randrange(len(content) + 1)])
        for each in (bytes(content), cut):
            dhcp_message.parse_reply(each)
            beacon.decode(each, KEY)
            parse_request(each)


def test_beacons_need_the_key():
    sent = Beacon(513, b"r" * 16, 2**40, True, 900)
    datagram = beacon.encode(sent, KEY)
    assert beacon.decode(datagram, KEY) == sent
    assert beacon.decode(datagram, bytes(32)) is None
    for place in range(len(datagram)):
        changed = bytearray(datagram)
        changed[place] ^= 1
        assert beacon.decode(bytes(changed), KEY) is None
    assert beacon.decode(datagram + b"\0", KEY) is None


def test_a_magic_packet():
    frame = wake.frame(bytes.fromhex("001122334455"), MAC)
    assert frame == b"\xff" * 6 + MAC + b"\x08\x42" + b"\xff" * 6 + bytes.fromhex("001122334455") * 16


def request(mac=1, public_key=b"p" * 32):
    return (b"CDKQ\x01" + b"n" * 16 + bytes([0, 0, 0, 0, 0, mac]) + public_key).ljust(160, b"\0")


@pytest.fixture
def admission():
    log = []
    made = Admission(lambda key, public: None if public == bytes(32) else b"sealed " + key + public, log.append)
    made.said = log
    return made


def test_the_key_is_sealed_while_the_window_is_open(admission):
    admission.open(60, 100.0)
    answer = admission.answer(request(), "192.0.2.5", KEY, 159.0)
    assert answer == b"CDKA\x01\x00" + b"n" * 16 + b"sealed " + KEY + b"p" * 32
    assert [entry[:2] for entry in admission.admitted()] == [("00:00:00:00:00:01", "192.0.2.5")]
    assert admission.answer(request(2), "192.0.2.6", KEY, 160.0) == b"CDKA\x01\x01" + b"n" * 16
    assert admission.waiting(160.0) == [("00:00:00:00:00:02", "192.0.2.6")]
    assert admission.waiting(200.0) == []


def test_the_window_is_closed_at_first_and_when_it_was_closed(admission):
    assert admission.answer(request(), "192.0.2.5", KEY, 5.0)[5] == 1
    admission.open(60, 5.0)
    admission.open(10, 5.0)
    assert admission.open_seconds(5.0) == 60
    admission.close(6.0)
    assert admission.answer(request(), "192.0.2.5", KEY, 6.0)[5] == 1
    assert admission.admitted() == []


def test_each_pc_is_said_once_however_often_it_asks(admission):
    for second in range(50):
        admission.answer(request(), "192.0.2.5", KEY, 100.0 + second)
    assert len(admission.said) == 1


def test_without_a_key_there_is_nothing_to_give(admission):
    admission.open(60, 0.0)
    assert admission.answer(request(), "192.0.2.5", None, 1.0) == b"CDKA\x01\x02" + b"n" * 16


@pytest.mark.parametrize("datagram", [
    b"", request()[:-1], request() + b"\0", b"CDKQ\x02" + request()[5:], request()[:-1] + b"x"],
    ids=["empty", "short", "long", "version", "filled"])
def test_what_is_no_question_gets_no_answer(admission, datagram):
    admission.open(60, 0.0)
    assert admission.answer(datagram, "192.0.2.5", KEY, 1.0) is None


def test_a_useless_public_key_gets_no_answer_and_a_flood_little(admission):
    admission.open(60, 0.0)
    assert admission.answer(request(public_key=bytes(32)), "192.0.2.5", KEY, 1.0) is None
    answers = [admission.answer(request(number % 256), f"192.0.2.{number % 256}", KEY, 2.5) for number in range(5000)]
    assert sum(answer is not None for answer in answers) == 200
