# SPDX-License-Identifier: GPL-2.0-or-later
"""Beacons of serving nodes on a link: their encoding, and the socket. Only who has the cluster key can make one."""

import hashlib
import hmac
import socket
import struct

from .election import Beacon

PORT = 5432
_ALL_NODES = "ff02::1"
_MAGIC = b"CDSB\x01"
_FIELDS = struct.Struct("!H16sQBI")
_DIGEST_BYTES = 32
_SIZE = len(_MAGIC) + _FIELDS.size + _DIGEST_BYTES
_CONTEXT = b"clusterdisc serve"
_MAX_AT_A_TIME = 64


def _digest(content: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES, key=key, person=_CONTEXT[:16]).digest()


def encode(beacon: Beacon, key: bytes) -> bytes:
    """The datagram of a beacon, authenticated with the cluster KEY."""
    fields = _FIELDS.pack(beacon.node, beacon.run, beacon.counter, beacon.serves, beacon.open_seconds)
    return _MAGIC + fields + _digest(_MAGIC + fields, key)


def decode(datagram: bytes, key: bytes) -> Beacon | None:
    """The beacon in a datagram; None when it is none, or of another cluster."""
    if len(datagram) != _SIZE or not datagram.startswith(_MAGIC):
        return None
    content, digest = datagram[:-_DIGEST_BYTES], datagram[-_DIGEST_BYTES:]
    if not hmac.compare_digest(_digest(content, key), digest):
        return None
    node, run, counter, serves, open_seconds = _FIELDS.unpack(content[len(_MAGIC):])
    return Beacon(node, run, counter, bool(serves), open_seconds)


class BeaconSocket:
    """Sends and hears beacons on the interface NAME. IPv6 link-local addresses are there as soon as the link is."""

    def __init__(self, name: str) -> None:
        self._index = socket.if_nametoindex(name)
        self.socket = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name.encode())
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 1)
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
        self.socket.bind(("::", PORT))

    def send(self, datagram: bytes) -> None:
        """Sends a datagram to all nodes of the link."""
        try:
            self.socket.sendto(datagram, (_ALL_NODES, PORT, 0, self._index))
        except OSError:
            # No cable, or the address is still being probed; the next beacon follows in a second.
            pass

    def receive(self) -> list[bytes]:
        """The datagrams that have come from this link."""
        found = []
        for _ in range(_MAX_AT_A_TIME):
            try:
                found.append(self.socket.recv(_SIZE + 1))
            except OSError:
                break
        return found

    def close(self) -> None:
        """Ends it."""
        self.socket.close()
