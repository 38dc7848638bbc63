# SPDX-License-Identifier: GPL-2.0-or-later
"""The network of an office on a segment of virtual machines: a network namespace that is plugged into it."""

import array
import os
import socket
import subprocess
import threading

from cluster.namespaces import Namespace
from qemu import Segment

_TUNSETIFF = 0x400454CA
_IFF_TAP, _IFF_NO_PI = 0x0002, 0x1000
_LARGEST_FRAME = 65536
# Runs in the namespace: makes a network card and hands its descriptor out.
_MAKE_CARD = """
import array, fcntl, os, socket, struct
card = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(card, %d, struct.pack("16sH", b"eth0", %d))
hands = socket.socket(fileno=3)
hands.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [card]))])
""" % (_TUNSETIFF, _IFF_TAP | _IFF_NO_PI)


class Office(Namespace):
    """A PC of the office, 192.0.2.1, whose network card eth0 is plugged into SEGMENT; a context manager."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        super().__init__()

    def _set_up(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with ours, theirs:
            # Its third descriptor is the socket.
            subprocess.run(self.command("python3", "-c", _MAKE_CARD.replace("fileno=3", f"fileno={theirs.fileno()}")),
                           pass_fds=[theirs.fileno()], check=True, timeout=60)
            _, ancillary, _, _ = ours.recvmsg(1, socket.CMSG_SPACE(4))
        self._card = array.array("i", ancillary[0][2])[0]
        self.script("ip link set lo up", "ip address add 192.0.2.1/24 dev eth0", "ip link set eth0 up")
        self._cable, self._port = self._segment.attach("office")
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._to_segment, self._to_card)]
        for thread in self._threads:
            thread.start()

    def _to_segment(self) -> None:
        while True:
            try:
                self._cable.send(os.read(self._card, _LARGEST_FRAME))
            except OSError:
                return

    def _to_card(self) -> None:
        while True:
            try:
                os.write(self._card, self._cable.recv(_LARGEST_FRAME))
            except OSError:
                return

    def close(self) -> None:
        self._segment.detach(self._port)
        self._cable.close()
        os.close(self._card)
        super().close()
