# SPDX-License-Identifier: GPL-2.0-or-later
"""The socket by which a link is asked for other DHCP servers. It hears what is sent to DHCP clients, nothing else."""

import ctypes
import os
import socket
import struct

from .dhcp_message import MAX_FRAME, Reply, discover_frame, parse_reply

_ETH_P_IP = 0x0800
_SO_ATTACH_FILTER = 26
_PACKET_OUTGOING = 4
# More frames than this are left for the next time.
_MAX_FRAMES_AT_A_TIME = 64

# Classic BPF (bpf(4)): IPv4, UDP, no fragment, to port 68. So a busy link costs this process nothing.
_FILTER = (
    (0x28, 0, 0, 12), (0x15, 0, 8, _ETH_P_IP),
    (0x30, 0, 0, 23), (0x15, 0, 6, socket.IPPROTO_UDP),
    (0x28, 0, 0, 20), (0x45, 4, 0, 0x1FFF),
    (0xB1, 0, 0, 14), (0x48, 0, 0, 16), (0x15, 0, 1, 68),
    (0x06, 0, 0, 0xFFFF), (0x06, 0, 0, 0),
)


class DhcpProbe:
    """Asks and listens on the interface NAME with the address MAC."""

    def __init__(self, name: str, mac: bytes) -> None:
        self._mac = mac
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
        program = b"".join(struct.pack("HBBI", *row) for row in _FILTER)
        buffer = ctypes.create_string_buffer(program)
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", len(_FILTER), ctypes.addressof(buffer)))
        # Bound after the filter is there, so that nothing else gets into its buffer.
        self.socket.bind((name, _ETH_P_IP))

    def ask(self) -> None:
        """Asks all DHCP servers of the link for an offer."""
        try:
            self.socket.send(discover_frame(self._mac, int.from_bytes(os.urandom(4), "big")))
        except OSError:
            # The link has gone down; the next look at the links says so.
            pass

    def replies(self) -> list[Reply]:
        """What other PCs' DHCP servers have sent since the last call."""
        found = []
        for _ in range(_MAX_FRAMES_AT_A_TIME):
            try:
                frame, address = self.socket.recvfrom(MAX_FRAME + 1)
            except OSError:
                break
            if address[2] != _PACKET_OUTGOING and (reply := parse_reply(frame)):
                found.append(reply)
        return found

    def close(self) -> None:
        """Ends listening."""
        self.socket.close()
