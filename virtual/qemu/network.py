# SPDX-License-Identifier: GPL-2.0-or-later
"""Ethernet between virtual machines, inside this process: no host interface, no address of the host, no privileges.

A Segment is a hub: what one port sends, all others receive, unless the port's cable is cut or slow (link_conditions.py).
Each port is a datagram socket pair of which QEMU inherits one end, one Ethernet frame per datagram. A port whose guest does
not read loses frames, as on a real wire.
"""

import heapq
import itertools
import selectors
import socket
import threading
import time
from collections.abc import Hashable
from dataclasses import dataclass, field

from qemu.link_conditions import LinkConditions

_LARGEST_FRAME = 65536
_SOCKET_BUFFER = 1 << 20
# Frames on slow links that have not arrived yet; more are lost, as in any queue.
_MAX_FRAMES_UNDER_WAY = 16384
_mac_numbers = itertools.count(1)


def next_mac() -> str:
    """A MAC address that no other virtual machine of this process has (QEMU's own vendor prefix)."""
    number = next(_mac_numbers)
    return "52:54:00:{:02x}:{:02x}:{:02x}".format(number >> 16 & 0xFF, number >> 8 & 0xFF, number & 0xFF)


class Segment:
    """One Ethernet segment; a context manager."""

    def __init__(self, conditions: LinkConditions | None = None) -> None:
        self._selector = selectors.DefaultSelector()
        self._lock = threading.Lock()
        self._ports: dict[socket.socket, Hashable] = {}
        self._conditions = conditions or LinkConditions()
        # By the time of arrival; a number of its own keeps each in order with others that arrive at the same time.
        self._under_way: list[tuple[float, int, socket.socket, bytes]] = []
        self._numbers = itertools.count()
        self._wake_read, self._wake_write = socket.socketpair()
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self.frames = 0
        self._thread = threading.Thread(target=self._forward, name="ethernet segment", daemon=True)
        self._thread.start()

    def __enter__(self) -> "Segment":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def attach(self, name: Hashable = None) -> tuple[socket.socket, socket.socket]:
        """A new port, which cut() and slow() call NAME; returns (the guest's end, to be inherited by QEMU; our end)."""
        ours, guests = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        for end in (ours, guests):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BUFFER)
        ours.setblocking(False)
        with self._lock:
            self._ports[ours] = name
            self._selector.register(ours, selectors.EVENT_READ)
        self._wake_write.send(b"+")
        return guests, ours

    def detach(self, port: socket.socket) -> None:
        """Removes PORT, after its guest has ended; does nothing when that, or close(), has been done before."""
        with self._lock:
            self._remove(port)
        port.close()

    def cut(self, name: Hashable, other: Hashable = None) -> None:
        """Nothing passes any more between the port NAME and OTHER (None: all others), as if the cable had been cut."""
        with self._lock:
            self._conditions.cut(name, other)

    def slow(self, name: Hashable, delay: float, loss: float = 0) -> None:
        """What the port NAME sends or receives takes DELAY seconds; the share LOSS of it does not arrive."""
        with self._lock:
            self._conditions.slow(name, delay, loss)

    def heal(self) -> None:
        """Undoes every cut() and slow()."""
        with self._lock:
            self._conditions.heal()

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
            del self._ports[port]
            self._selector.unregister(port)

    def _forward(self) -> None:
        while True:
            for key, _ in self._selector.select(self._deliver_due()):
                if key.fileobj is self._wake_read:
                    if b"x" in self._wake_read.recv(64):
                        return
                    continue
                self._forward_one(key.fileobj)

    def _deliver_due(self) -> float | None:
        """Delivers what has come to the end of a slow link; returns the seconds until the next one, None when none is left."""
        with self._lock:
            while self._under_way:
                remaining = self._under_way[0][0] - time.monotonic()
                if remaining > 0:
                    return remaining
                _, _, port, frame = heapq.heappop(self._under_way)
                if port in self._ports:
                    self._send(port, frame)
        return None

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
            sender = self._ports[source]
            for port, receiver in self._ports.items():
                if port is source:
                    continue
                delay = self._conditions.delay(sender, receiver)
                if delay == 0:
                    self._send(port, frame)
                elif delay is not None and len(self._under_way) < _MAX_FRAMES_UNDER_WAY:
                    heapq.heappush(self._under_way, (time.monotonic() + delay, next(self._numbers), port, frame))

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
