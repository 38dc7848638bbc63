# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything that passes over a segment between virtual machines."""

import threading

from qemu import Segment

_LARGEST_FRAME = 65536


class Capture:
    """Keeps the frames of SEGMENT from its start to its end; a context manager."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._lock = threading.Lock()
        self._frames: list[bytes] = []

    def __enter__(self) -> "Capture":
        self._socket, self._port = self._segment.attach()
        self._thread = threading.Thread(target=self._read, name="capture", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._segment.detach(self._port)
        self._thread.join()
        self._socket.close()

    def frames(self) -> list[bytes]:
        """What has passed so far."""
        with self._lock:
            return list(self._frames)

    def has(self, content: bytes) -> bool:
        """Whether CONTENT has passed in the clear."""
        return any(content in frame for frame in self.frames())

    def has_udp(self, port: int) -> bool:
        """Whether a UDP datagram (IPv4 or IPv6, without options) to PORT has passed."""
        wanted = port.to_bytes(2, "big")
        for frame in self.frames():
            ether_type, header = frame[12:14], frame[14:]
            if ether_type == b"\x08\x00" and header[9] == 17 and header[22:24] == wanted:
                return True
            if ether_type == b"\x86\xdd" and header[6] == 17 and header[42:44] == wanted:
                return True
        return False

    def _read(self) -> None:
        self._socket.settimeout(0.2)
        while True:
            try:
                frame = self._socket.recv(_LARGEST_FRAME)
            except TimeoutError:
                if self._port.fileno() < 0:
                    return
                continue
            except OSError:
                return
            if not frame:
                return
            with self._lock:
                self._frames.append(frame)
