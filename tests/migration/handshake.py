# SPDX-License-Identifier: GPL-2.0-or-later
"""What one who has the cluster key can say in omd's handshake (openmosix/peer/handshake_messages.h), and connections of root."""

import errno
import hashlib
import random
import socket
import struct
from typing import NamedTuple

CLUSTER = b"clusterdisc"
HELLO = struct.Struct(">5sH32sB8s")
REPLY = struct.Struct(">HBI32s32s")
PROOF_SIZE = 32
NO_SESSION = bytes(32)
# openmosix/peer/reserved_ports.h.
PORTS = range(665, 1024)


def connect_as_root(address: str, port: int, seconds: float, source: str = "") -> socket.socket:
    """A connection from a port below 1024, as omd takes it."""
    for own in random.sample(PORTS, len(PORTS)):
        connection = socket.socket()
        try:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            connection.settimeout(seconds)
            connection.bind((source, own))
            connection.connect((address, port))
        except OSError as error:
            connection.close()
            if error.errno not in (errno.EADDRINUSE, errno.EADDRNOTAVAIL):
                raise
        else:
            return connection
    raise OSError(errno.EADDRNOTAVAIL, f"no port below 1024 is free for {address} port {port}")


class Ends(NamedTuple):
    """A connection as both ends see it."""

    client_node: int
    client: tuple[str, int]
    server_node: int
    server: tuple[str, int]

    @classmethod
    def of_client(cls, connection: socket.socket, own: int, peer: int) -> "Ends":
        """Of the end that has connected."""
        return cls(own, connection.getsockname(), peer, connection.getpeername())

    @classmethod
    def of_server(cls, connection: socket.socket, own: int, peer: int) -> "Ends":
        """Of the end that has accepted."""
        return cls(peer, connection.getpeername(), own, connection.getsockname())

    def encoded(self) -> bytes:
        """As it goes into proofs."""
        return b"".join(struct.pack(">H10x2s4sH", node, b"\xff\xff", socket.inet_aton(address), port)
                        for node, (address, port) in ((self.client_node, self.client), (self.server_node, self.server)))


def derive(key: bytes, context: bytes) -> bytes:
    """As common/cluster_keys.h says."""
    return hashlib.blake2b(context + b"\0" + CLUSTER, key=key, digest_size=32).digest()


class Talk(NamedTuple):
    """A handshake whose greeting and answer are known: what both sides say for a connection."""

    key: bytes
    purpose: bytes
    hello: bytes
    reply: bytes

    def hash_as(self, role: bytes, ends: Ends, session: bytes) -> bytes:
        """A proof of "server" or "client", or the "session"."""
        _, version, client_nonce, count, ids = HELLO.unpack(self.hello)
        _, _, key_id, server_nonce, _ = REPLY.unpack(self.reply)
        text = b"".join(bytes([len(word)]) + word for word in (role, self.purpose))
        text += struct.pack(">HIB8s", version, key_id, count, ids) + client_nonce + server_nonce
        return hashlib.blake2b(text + ends.encoded() + session, key=derive(self.key, b"clusterdisc migration 1"),
                               digest_size=32).digest()

    def reply_for(self, ends: Ends, session: bytes) -> bytes:
        """The answer, proven for another connection than the one on which it came."""
        return self.reply[:-PROOF_SIZE] + self.hash_as(b"server", ends, session)
