# SPDX-License-Identifier: GPL-2.0-or-later
"""A node that passes on what two others say to each other, and changes some of it.

With the cluster key it proves to each of the two that it is the node that the other one is in its map: so each sees a
peer that has the key and then says what it should not. Without, it passes the handshake on as it is.
"""

import contextlib
import ctypes
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from migration.handshake import HELLO, NO_SESSION, PROOF_SIZE, REPLY, Ends, Talk, connect_as_root
from migration.node import KEY, PORT, SOON, Node

CLONE_NEWNET = 0x40000000
HEADER = struct.Struct("<IH")
# openmosix/peer/messages.h.
KINDS = {"prepare": 1, "prepared": 2, "arrive": 4, "ready": 5, "go": 6, "call": 7, "result": 8, "come_home": 12,
         "coming_home": 13, "clock_question": 20, "clock_answer": 21, "recall": 25, "wall_clock": 40}
PREPARED = KINDS["prepared"]
# The first field of it.
PAGE_PORT = struct.Struct("<H")
# What is no message, by numbers that no message has: where the content begins that comes over the page connection, and
# the parts of the handshakes of both.
PAGES = 0
HANDSHAKE = {"greeting": -1, "answer": -2, "proof": -3}
PAGE_HANDSHAKE = {"page_greeting": -4, "page_answer": -5, "page_proof": -6}
MAX_LENGTH = 64 << 20


class Member(NamedTuple):
    """A line of the node map."""

    number: int
    address: str


class Said(NamedTuple):
    """What is passed on in the place of a message, and whether the connection is closed after it."""

    data: bytes
    ends: bool = False


class Lie(NamedTuple):
    """What is done once to a message of KIND, or what else has a number, on its way; `change` has the whole message."""

    kind: int
    change: Callable[[bytes], Said]
    by_home: bool


def frame(kind: int, payload: bytes, length: int | None = None) -> bytes:
    """A message as it is sent, which may say that it has another LENGTH."""
    return HEADER.pack(len(payload) if length is None else length, kind) + payload


def parts(message: bytes) -> tuple[int, bytes]:
    """Kind and content."""
    return HEADER.unpack(message[:HEADER.size])[1], message[HEADER.size:]


def socket_in_network(node: Node, action: Callable[[], socket.socket]) -> socket.socket:
    """What ACTION makes in the network of NODE: a socket keeps the network of the thread that made it."""
    made = []

    def make() -> None:
        # Whom it connects to may be gone.
        with contextlib.suppress(OSError), Path(f"/proc/{node.host.pid}/ns/net").open() as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET) == 0:
                made.append(action())

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    if not made:
        raise ConnectionError("no such socket in the peer's network")
    return made[0]


class HostilePeer:
    """A context manager. It passes on what HOME says to AWAY, and back, in the network of NODE, which has no omd."""

    def __init__(self, node: Node, home: Node, away: Node, *, has_key: bool = True) -> None:
        self._address = node.address
        self._node = node
        self._home = home
        self._away = away
        self._key = bytes.fromhex(KEY) if has_key else None
        self._cleanup = contextlib.ExitStack()
        self._lock = threading.Lock()
        self._lie: Lie | None = None
        self._pages: tuple[socket.socket, ...] = ()
        self._sessions = (NO_SESSION, NO_SESSION)
        # Whether the lie was told.
        self.has_lied = threading.Event()

    def stand_between(self) -> "HostilePeer":
        """From now on HOME and AWAY know it as each other."""
        self._home.write_map([self._home, Member(self._away.number, self._address)])
        self._away.write_map([self._away, Member(self._home.number, self._address)])
        return self

    def __enter__(self) -> "HostilePeer":
        self._door = self._cleanup.enter_context(self._listen(PORT))
        self._start(self._serve)
        return self

    def __exit__(self, *_) -> None:
        # Ends accept() in the thread.
        self._door.shutdown(socket.SHUT_RDWR)
        self._cleanup.close()

    def tell(self, lie: Lie) -> None:
        """From now on, once."""
        with self._lock:
            self.has_lied.clear()
            self._lie = lie

    def cut_pages(self) -> None:
        """Ends the page connection."""
        for connection in self._pages:
            # It may have ended by itself.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _listen(self, port: int) -> socket.socket:
        return socket_in_network(self._node, lambda: socket.create_server((self._address, port)))

    def _connect(self, address: str, port: int) -> socket.socket:
        return socket_in_network(self._node, lambda: connect_as_root(address, port, SOON))

    def _start(self, action: Callable, *arguments) -> None:
        def run() -> None:
            # Either end may go away at any time.
            with contextlib.suppress(OSError, EOFError):
                action(*arguments)

        threading.Thread(target=run, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, (source, _) = self._door.accept()
            if source == self._home.address:
                self._start(self._relay, connection)
            else:
                connection.close()

    def _relay(self, client: socket.socket) -> None:
        purpose = _receive(client, 1)
        server = self._connect(self._away.address, PORT)
        server.sendall(purpose)
        self._sessions = _to_the_end_if_it_fails(self._pass_handshake, client, server, b"migration", HANDSHAKE,
                                                 (NO_SESSION, NO_SESSION))
        self._start(_to_the_end, self._pass_messages, client, server, True)
        self._start(_to_the_end, self._pass_messages, server, client, False)

    def _pass_handshake(self, client: socket.socket, server: socket.socket, purpose: bytes, kinds: dict[str, int],
                        sessions: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
        """The sessions that begin with it, with the client and with the server; SESSIONS: those that it belongs to."""
        greeting, answer, proof = kinds.values()
        hello = _receive(client, HELLO.size)
        self._say(greeting, hello, server, True)
        reply = _receive(server, REPLY.size)
        if self._key is None:
            self._say(answer, reply, client, False)
            self._say(proof, _receive(client, PROOF_SIZE), server, True)
            return sessions
        talk = Talk(self._key, purpose, hello, reply)
        ends = (Ends.of_server(client, self._away.number, self._home.number),
                Ends.of_client(server, self._home.number, self._away.number))
        self._say(answer, talk.reply_for(ends[0], sessions[0]), client, False)
        assert _receive(client, PROOF_SIZE) == talk.hash_as(b"client", ends[0], sessions[0])
        self._say(proof, talk.hash_as(b"client", ends[1], sessions[1]), server, True)
        return talk.hash_as(b"session", ends[0], sessions[0]), talk.hash_as(b"session", ends[1], sessions[1])

    def _say(self, kind: int, message: bytes, to: socket.socket, by_home: bool) -> None:
        said = self._said(kind, message, by_home)
        to.sendall(said.data)
        if said.ends:
            raise EOFError

    def _pass_messages(self, source: socket.socket, to: socket.socket, by_home: bool) -> None:
        while True:
            header = _receive(source, HEADER.size)
            length, kind = HEADER.unpack(header)
            assert length <= MAX_LENGTH
            message = header + _receive(source, length)
            if kind == PREPARED:
                message = self._open_second_door(message)
            self._say(kind, message, to, by_home)

    def _open_second_door(self, prepared: bytes) -> bytes:
        """The message that names the port of this door, as the one of the other node's may be in use here."""
        door = self._listen(0)
        place = slice(HEADER.size, HEADER.size + PAGE_PORT.size)
        self._start(self._relay_pages, door, *PAGE_PORT.unpack(prepared[place]))
        return prepared[:place.start] + PAGE_PORT.pack(door.getsockname()[1]) + prepared[place.stop:]

    def _relay_pages(self, door: socket.socket, port: int) -> None:
        with door:
            door.settimeout(SOON)
            client, _ = door.accept()
        server = self._connect(self._away.address, port)
        self._pages = (client, server)
        _to_the_end_if_it_fails(self._pass_handshake, client, server, b"pages", PAGE_HANDSHAKE, self._sessions)
        self._start(_to_the_end, self._pass_pages, client, server, True)
        self._start(_to_the_end, self._pass_pages, server, client, False)

    def _pass_pages(self, source: socket.socket, to: socket.socket, by_home: bool) -> None:
        # The first bytes are the beginning of a message.
        self._say(PAGES, _receive_some(source), to, by_home)
        _pass_bytes(source, to)

    def _said(self, kind: int, message: bytes, by_home: bool) -> Said:
        with self._lock:
            lie = self._lie
            if lie is None or (lie.kind, lie.by_home) != (kind, by_home):
                return Said(message)
            self._lie = None
        said = lie.change(message)
        self.has_lied.set()
        return said


def _to_the_end(action: Callable, source: socket.socket, to: socket.socket, *arguments) -> None:
    """When one direction has ended, both have."""
    for each in (source, to):
        each.settimeout(None)
    try:
        action(source, to, *arguments)
    finally:
        _end(source, to)


def _to_the_end_if_it_fails(action: Callable, client: socket.socket, server: socket.socket, *arguments) -> tuple:
    try:
        return action(client, server, *arguments)
    except (OSError, EOFError):
        _end(client, server)
        raise


def _end(*connections: socket.socket) -> None:
    for each in connections:
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


def _receive_some(source: socket.socket) -> bytes:
    data = source.recv(65536)
    if not data:
        raise EOFError
    return data


def _receive(source: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = source.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def _pass_bytes(source: socket.socket, to: socket.socket) -> None:
    while True:
        to.sendall(_receive_some(source))
