# SPDX-License-Identifier: GPL-2.0-or-later
"""A program of its own, run in a host's namespace: says, hears, records, replays and floods datagrams.

    traffic.py listen FILE                the words that come to port 5428, one per line
    traffic.py say ADDRESS WORD[,WORD]    a datagram for each word, to port 5428 there
    traffic.py record FILE                all frames that pass and carry UDP port 5428
    traffic.py replay FILE ADDRESS...     recorded datagrams: again as they were, and to each ADDRESS
    traffic.py flood ADDRESS...           random bytes at full speed until stdin ends; from time to time their number

listen and record say "ready" on stdout when nothing can be missed any more, and go on until they are killed. flood says a
number per line, of the datagrams that it has sent so far; the last line has that of all.
"""

import os
import random
import select
import socket
import struct
import sys
import time

PORT = 5428
GROUPS = ("239.255.77.77", "ff02::1")
ETHERNET_HEADER = 14
ALL_PROTOCOLS = 3
FLOOD_REPORT = 10000
# <asm-generic/socket.h>; the socket module does not name it.
SO_RCVBUFFORCE = 33


def cards() -> list[tuple[int, str]]:
    """The network cards, without the loopback interface and the kernel's own tunnels."""
    return [(index, name) for index, name in socket.if_nameindex() if name.startswith("eth")]


def udp_payload(frame: bytes) -> bytes | None:
    """The datagram in an Ethernet frame, when it is IPv4 or IPv6 without extensions, and to our port."""
    kind = int.from_bytes(frame[12:14], "big")
    if kind == 0x0800 and frame[23] == socket.IPPROTO_UDP:
        start = ETHERNET_HEADER + (frame[14] & 15) * 4
    elif kind == 0x86DD and frame[20] == socket.IPPROTO_UDP:
        start = ETHERNET_HEADER + 40
    else:
        return None
    if len(frame) < start + 8:
        return None
    _, destination, length, _ = struct.unpack_from("!4H", frame, start)
    return frame[start + 8:start + length] if destination == PORT else None


def with_checksum(frame: bytes) -> bytes:
    """The frame with a right UDP checksum: the kernel leaves that of what it sends to the card, after we recorded it."""
    payload = udp_payload(frame)
    start = frame.index(payload, ETHERNET_HEADER) - 8
    datagram = frame[start:start + 6] + b"\0\0" + payload
    addresses = frame[26:34] if frame[12:14] == b"\x08\x00" else frame[22:54]
    summed = addresses + struct.pack("!HH", socket.IPPROTO_UDP, len(datagram)) + datagram + b"\0" * (len(datagram) % 2)
    total = sum(struct.unpack(f"!{len(summed) // 2}H", summed))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return frame[:start] + datagram[:6] + struct.pack("!H", (total ^ 0xFFFF) or 0xFFFF) + payload


def sender(address: str) -> tuple[socket.socket, tuple]:
    """A socket and what to give to its sendto()."""
    family, kind, _, _, target = socket.getaddrinfo(address, PORT, type=socket.SOCK_DGRAM)[0]
    opened = socket.socket(family, kind)
    if family == socket.AF_INET and address == GROUPS[0]:
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("4s4si", b"", b"", cards()[0][0]))
    return opened, target


def targets(addresses: list[str]) -> list[tuple[socket.socket, tuple]]:
    """Everybody on our first card, and each of ADDRESSES."""
    card = cards()[0][1]
    return [sender(address) for address in (GROUPS[0], f"{GROUPS[1]}%{card}", *addresses)]


def try_send(opened: socket.socket, payload: bytes, target: tuple) -> None:
    """Sends; a full queue, or a port that nobody listens on, loses the datagram as a network would."""
    try:
        opened.sendto(payload, target)
    except OSError:
        pass


def listen(file: str) -> None:
    """Writes down words."""
    ipv6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    # As root we may have room for a burst that comes while somebody else has the processor.
    ipv6.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
    ipv6.bind(("::", PORT))
    for index, _ in cards():
        ipv6.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                        struct.pack("4s4si", socket.inet_aton(GROUPS[0]), b"", index))
    with open(file, "wb", buffering=0) as words:
        print("ready", flush=True)
        while True:
            words.write(ipv6.recv(2048) + b"\n")


def say(address: str, words: str) -> None:
    """Sends words."""
    opened, target = sender(address)
    for word in words.split(","):
        opened.sendto(word.encode(), target)


def record(file: str) -> None:
    """Writes down frames, each with its length before it."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS)) as tap, open(file, "wb") as frames:
        for _, name in cards():
            tap.bind((name, ALL_PROTOCOLS))
        print("ready", flush=True)
        while True:
            frame = tap.recv(65536)
            if udp_payload(frame):
                frames.write(len(frame).to_bytes(4, "big") + frame)
                frames.flush()


def recorded(file: str) -> list[bytes]:
    """What record() wrote; it may have been killed within the last frame."""
    with open(file, "rb") as opened:
        data = opened.read()
    frames = []
    while len(data) >= 4 and len(data) >= 4 + (length := int.from_bytes(data[:4], "big")):
        frames.append(data[4:4 + length])
        data = data[4 + length:]
    return frames


def replay(file: str, *addresses: str) -> None:
    """Sends every recorded datagram three ways: the frame with its old IP addresses (but from our own network card: a
    switch that learns would else cut off the real one), and as a datagram of our own to all and to ADDRESSES."""
    card = cards()[0][1]
    receivers = targets(list(addresses))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
        wire.bind((card, 0))
        own_mac = wire.getsockname()[4]
        frames = recorded(file)
        for frame in frames:
            wire.send(with_checksum(frame[:6] + own_mac + frame[12:]))
            for opened, target in receivers:
                try_send(opened, udp_payload(frame), target)
            # The receivers' queues are finite: what they drop would test nothing.
            time.sleep(0.0005)
    print(len(frames))


def flood(*addresses: str) -> None:
    """Random bytes of all lengths, as many as go; prints how many went, at the end and after each FLOOD_REPORT of them."""
    receivers = targets(list(addresses))
    numbers = random.Random(1)
    payloads = [os.urandom(numbers.choice((0, 1, 16, 64, 100, 500, 1232, 1400))) for _ in range(256)]
    count, reported = 0, 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        for payload in payloads:
            for opened, target in receivers:
                try_send(opened, payload, target)
                count += 1
        if count >= reported + FLOOD_REPORT:
            reported = count
            print(count, flush=True)
    print(count)


if __name__ == "__main__":
    {"listen": listen, "say": say, "record": record, "replay": replay, "flood": flood}[sys.argv[1]](*sys.argv[2:])
