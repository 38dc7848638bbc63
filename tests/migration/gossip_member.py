# SPDX-License-Identifier: GPL-2.0-or-later
"""A member that tells others about load what it likes, with the cluster key and without omd.

The messages are those of openmosix/balance/gossip_message.h, sealed as openmosix/balance/datagram_seal.h says.
"""

import contextlib
import hashlib
import socket
import struct
from collections.abc import Iterable
from typing import NamedTuple

from migration.handshake import derive
from migration.hostile_peer import socket_in_network
from migration.node import KEY, PORT, Node

VERSION = 1
HEADER = struct.Struct(">BHHIIB")
ENTRY = struct.Struct(">HIIHIHHIIIIHBBB3x")
KEY_ID = struct.Struct(">I")
CODE_SIZE = 16
# Both of openmosix/balance/node_state.h, Abi.
ABIS = 3
# A control group that limits nothing.
NO_LIMIT = 0xFFFFFFFF


class Entry(NamedTuple):
    """What is said of a node: by default that it is idle, and as fast as the standard."""

    node: int
    run: int
    sequence: int
    age: int = 0
    speed: int = 10000
    cores: int = 1
    threads: int = 1
    limit: int = NO_LIMIT
    runnable: int = 0
    total_pages: int = 1 << 18
    free_pages: int = 1 << 17
    guests: int = 0
    user: int = 0
    abis: int = ABIS
    policies: int = 0


class Gossip(NamedTuple):
    """A message."""

    sender: int
    recipient: int
    run: int
    sequence: int
    entries: tuple[Entry, ...]


def encode(message: Gossip) -> bytes:
    """Its bytes, whatever sense it makes."""
    header = HEADER.pack(VERSION, message.sender, message.recipient, message.run, message.sequence, len(message.entries))
    return header + b"".join(ENTRY.pack(*entry) for entry in message.entries)


def decode(content: bytes) -> Gossip | None:
    """What omd has said; None: it is about something else, such as an admission."""
    if content[0] != VERSION:
        return None
    _, *fields, _ = HEADER.unpack(content[:HEADER.size])
    return Gossip(*fields, tuple(Entry(*values) for values in ENTRY.iter_unpack(content[HEADER.size:])))


def _code_of(content: bytes) -> bytes:
    key = hashlib.blake2b(b"clusterdisc load gossip 1", key=derive(bytes.fromhex(KEY), b"clusterdisc migration 1"),
                          digest_size=32).digest()
    return hashlib.blake2b(content, key=key, digest_size=CODE_SIZE).digest()


def seal(content: bytes) -> bytes:
    """As a datagram."""
    sealed = derive(bytes.fromhex(KEY), b"clusterdisc key id 1")[:KEY_ID.size] + content
    return sealed + _code_of(sealed)


def unseal(datagram: bytes) -> bytes:
    """The content of a datagram of omd, whose code must be right."""
    assert datagram[-CODE_SIZE:] == _code_of(datagram[:-CODE_SIZE])
    return datagram[KEY_ID.size:-CODE_SIZE]


class GossipMember:
    """A context manager; NODE is in everybody's map and has no omd."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._cleanup = contextlib.ExitStack()
        self._sequences = dict.fromkeys(range(1, 100), 0)
        self.run = 0x0DD0

    def __enter__(self) -> "GossipMember":
        def bound() -> socket.socket:
            made = socket.socket(type=socket.SOCK_DGRAM)
            made.bind((self._node.address, PORT))
            return made

        self._socket = self._cleanup.enter_context(socket_in_network(self._node, bound))
        self._socket.setblocking(False)
        return self

    def __exit__(self, *_) -> None:
        self._cleanup.close()

    def send(self, to: Node, datagram: bytes) -> None:
        """Any bytes."""
        self._socket.sendto(datagram, (to.address, PORT))

    def say(self, to: Node, others: Iterable[Entry] = (), **claims: int) -> bytes:
        """The next message to TO: CLAIMS about itself, and what it says of OTHERS. The datagram."""
        self._sequences[to.number] += 1
        sequence = self._sequences[to.number]
        own = Entry(self._node.number, self.run, sequence, **claims)
        datagram = seal(encode(Gossip(self._node.number, to.number, self.run, sequence, (own, *others))))
        self.send(to, datagram)
        return datagram

    def heard(self) -> list[tuple[bytes, Gossip]]:
        """What others have told it of their load since the last call."""
        found = []
        with contextlib.suppress(BlockingIOError):
            while True:
                datagram = self._socket.recv(65536)
                message = decode(unseal(datagram))
                if message:
                    found.append((datagram, message))
        return found
