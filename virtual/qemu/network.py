# SPDX-License-Identifier: GPL-2.0-or-later
"""Ethernet between virtual machines, inside the test process: no host interface, no address of the host, no privileges.

A Segment is a hub: what one port sends, all others receive. Each port is a datagram socket pair of which QEMU inherits one
end, one Ethernet frame per datagram. A port whose guest does not read loses frames, as on a real wire.
"""

import itertools
import selectors
import socket
import threading
from dataclasses import dataclass, field

_LARGEST_FRAME = 65536
_SOCKET_BUFFER = 1 << 20
_mac_numbers = itertools.count(1)


def next_mac() -> str:
    """A MAC address that no other virtual machine of this test process has (QEMU's own vendor prefix)."""
    number = next(_mac_numbers)
    return "52:54:00:{:02x}:{:02x}:{:02x}".format(number >> 16 & 0xFF, number >> 8 & 0xFF, number & 0xFF)


class Segment:
    """One Ethernet segment; a context manager."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._lock = threading.Lock()
        self._ports: list[socket.socket] = []
        self._cut: set[socket.socket] = set()
        self._wake_read, self._wake_write = socket.socketpair()
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self.frames = 0
        self._thread = threading.Thread(target=self._forward, name="ethernet segment", daemon=True)
        self._thread.start()

    def __enter__(self) -> "Segment":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def attach(self) -> tuple[socket.socket, socket.socket]:
        """A new port; returns (the guest's end, to be inherited by QEMU; our end, which names the port)."""
        ours, guests = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        for end in (ours, guests):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BUFFER)
        ours.setblocking(False)
        with self._lock:
            self._ports.append(ours)
            self._selector.register(ours, selectors.EVENT_READ)
        self._wake_write.send(b"+")
        return guests, ours

    def detach(self, port: socket.socket) -> None:
        """Removes PORT, after its guest has ended; does nothing when that, or close(), has been done before."""
        with self._lock:
            self._remove(port)
        port.close()

    def cut(self, port: socket.socket) -> None:
        """Nothing passes through PORT any more, as if its cable had been cut somewhere in the middle."""
        with self._lock:
            self._cut.add(port)

    def mend(self, port: socket.socket) -> None:
        """Undoes cut()."""
        with self._lock:
            self._cut.discard(port)

    def close(self) -> None:
        """Ends the segment; guests that are still attached hear nothing more."""
        self._wake_write.send(b"x")
        self._thread.join()
        with self._lock:
            for port in list(self._ports):
                self._remove(port)
                port.close()
        self._wake_read.close()
        self._wake_write.close()
        self._selector.close()

    def _remove(self, port: socket.socket) -> None:
        if port in self._ports:
            self._ports.remove(port)
            self._selector.unregister(port)

    def _forward(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._wake_read:
                    if b"x" in self._wake_read.recv(64):
                        return
                    continue
                self._forward_one(key.fileobj)

    def _forward_one(self, source: socket.socket) -> None:
        with self._lock:
            if source not in self._ports:
                return
            try:
                frame = source.recv(_LARGEST_FRAME)
            except BlockingIOError:
                return
            except OSError:
                frame = b""
            if not frame:
                self._remove(source)
                return
            self.frames += 1
            if source in self._cut:
                return
            for port in self._ports:
                if port is not source and port not in self._cut:
                    self._send(port, frame)

    @staticmethod
    def _send(port: socket.socket, frame: bytes) -> None:
        try:
            port.send(frame)
        except OSError:
            # A full buffer loses the frame; an ended guest is noticed when its own end is read.
            pass


@dataclass
class Nic:
    """A network card of MODEL (a QEMU device name) on SEGMENT."""

    segment: Segment
    model: str = "e1000"
    mac: str = field(default_factory=next_mac)
