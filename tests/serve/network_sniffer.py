#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints each IPv4 UDP datagram that an interface sees, received or sent, as "SOURCE-MAC SOURCE-PORT TARGET-PORT"."""

import socket
import sys


def main() -> None:
    """Reads until it is killed."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as raw:
        raw.bind((sys.argv[1], 0x0003))
        print("ready", flush=True)
        while True:
            frame = raw.recv(65536)
            packet = frame[14:]
            if frame[12:14] == b"\x08\x00" and packet[9] == socket.IPPROTO_UDP:
                start = (packet[0] & 0xF) * 4
                ports = (int.from_bytes(packet[start + place:start + place + 2], "big") for place in (0, 2))
                print(frame[6:12].hex(":"), *ports, flush=True)


if __name__ == "__main__":
    main()
