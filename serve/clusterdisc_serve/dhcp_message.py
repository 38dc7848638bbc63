# SPDX-License-Identifier: GPL-2.0-or-later
"""DHCP as far as a link has to be asked whether another server is there (RFC 2131): one question, and its answers."""

import socket
import struct
from dataclasses import dataclass

# A site-specific option (RFC 3942) by which our own servers are told from others.
MARKER_OPTION = 224
MARKER = b"clusterdisc"

_CLIENT_PORT, _SERVER_PORT = 68, 67
_BROADCAST_MAC = b"\xff" * 6
_ETHERTYPE_IPV4 = b"\x08\x00"
_COOKIE = b"\x63\x82\x53\x63"
_BOOTP = struct.Struct("!BBBBIHH4s4s4s4s16s64s128s")
_BROADCAST_FLAG = 0x8000
_MESSAGE_TYPE, _SERVER_ID, _PARAMETERS, _END, _PAD = 53, 54, 55, 255, 0
_DISCOVER, _OFFER, _ACK = 1, 2, 5
# No DHCP message on an Ethernet is longer.
MAX_FRAME = 1600


@dataclass(frozen=True)
class Reply:
    """An offer or acknowledgement that a DHCP server has sent to somebody."""

    server: str
    offered: str
    is_ours: bool

    @property
    def gives_address(self) -> bool:
        """False for a server that only adds boot information to what another one gives (proxy DHCP)."""
        return self.offered != "0.0.0.0"


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def discover_frame(mac: bytes, transaction: int) -> bytes:
    """An Ethernet frame that asks all DHCP servers of a link for an offer, to be answered by broadcast."""
    zero = b"\0" * 4
    message = _BOOTP.pack(1, 1, 6, 0, transaction, 0, _BROADCAST_FLAG, zero, zero, zero, zero, mac, b"", b"") + _COOKIE
    message += bytes([_MESSAGE_TYPE, 1, _DISCOVER, _PARAMETERS, 3, 1, 3, _SERVER_ID, _END])
    # Some servers ignore what is shorter than a BOOTP message.
    message = message.ljust(300, b"\0")
    datagram = struct.pack("!HHHH", _CLIENT_PORT, _SERVER_PORT, 8 + len(message), 0) + message
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(datagram), 0, 0, 64, socket.IPPROTO_UDP, 0, zero, b"\xff" * 4)
    header = header[:10] + struct.pack("!H", _checksum(header)) + header[12:]
    return _BROADCAST_MAC + mac + _ETHERTYPE_IPV4 + header + datagram


def parse_reply(frame: bytes) -> Reply | None:
    """What a DHCP server has sent in an Ethernet frame; None when it is no offer or acknowledgement."""
    packet = frame[14:]
    if len(frame) > MAX_FRAME or frame[12:14] != _ETHERTYPE_IPV4 or len(packet) < 20:
        return None
    header_bytes = (packet[0] & 0xF) * 4
    if packet[0] >> 4 != 4 or header_bytes < 20 or packet[9] != socket.IPPROTO_UDP:
        return None
    datagram = packet[header_bytes:int.from_bytes(packet[2:4], "big")]
    if len(datagram) < 8 or datagram[0:4] != struct.pack("!HH", _SERVER_PORT, _CLIENT_PORT):
        return None
    message = datagram[8:]
    if len(message) < _BOOTP.size + 4 or message[0] != 2 or message[_BOOTP.size:_BOOTP.size + 4] != _COOKIE:
        return None
    options = _options(message[_BOOTP.size + 4:])
    if options.get(_MESSAGE_TYPE) not in (bytes([_OFFER]), bytes([_ACK])):
        return None
    server = options.get(_SERVER_ID, b"")
    if len(server) != 4:
        server = packet[12:16]
    return Reply(socket.inet_ntoa(server), socket.inet_ntoa(message[16:20]), options.get(MARKER_OPTION) == MARKER)


def _options(content: bytes) -> dict[int, bytes]:
    """The options up to the first one that is cut off."""
    found: dict[int, bytes] = {}
    place = 0
    while place < len(content) and content[place] != _END:
        if content[place] == _PAD:
            place += 1
            continue
        if place + 2 > len(content):
            break
        start, size = place + 2, content[place + 1]
        if start + size > len(content):
            break
        found.setdefault(content[place], content[start:start + size])
        place = start + size
    return found
