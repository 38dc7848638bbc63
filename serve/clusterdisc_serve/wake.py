# SPDX-License-Identifier: GPL-2.0-or-later
"""Wake-on-LAN: the frame that switches on a PC whose network card listens for it ("magic packet")."""

import socket

from .links import Link

_ETHERTYPE = 0x0842


def frame(target: bytes, source: bytes) -> bytes:
    """The Ethernet frame that wakes the PC whose card has the address TARGET."""
    return b"\xff" * 6 + source + _ETHERTYPE.to_bytes(2, "big") + b"\xff" * 6 + target * 16


def wake(macs: list[str], links: list[Link]) -> None:
    """Wakes the PCs with the addresses MACS, on all LINKS: nobody knows any more where each is plugged in."""
    for link in links:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as raw:
            raw.bind((link.name, 0))
            for mac in macs:
                raw.send(frame(bytes.fromhex(mac.replace(":", "")), link.mac))
