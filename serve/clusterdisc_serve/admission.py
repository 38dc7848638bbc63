# SPDX-License-Identifier: GPL-2.0-or-later
"""Who gets the cluster key: PCs that ask while the window is open, each sealed to a key that it made for itself.

The messages are those of admission/admission_message.h. Time comes in; no clock in here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from .sodium import PUBLIC_KEY_BYTES

PORT = 5431
REQUEST_BYTES = 160
DEFAULT_MINUTES = 15
MAX_MINUTES = 24 * 60
# What is kept for a person to look at.
MAX_REMEMBERED = 1000
# A PC asks once a second. More sealing than that many PCs need in a second is not done.
MAX_REQUESTS_A_SECOND = 200
# A PC that has not asked for so long has been switched off or has been started by another node.
WAITING_SECONDS = 10.0

_REQUEST_MAGIC, _REPLY_MAGIC = b"CDKQ\x01", b"CDKA\x01"
_NONCE_BYTES, _MAC_BYTES = 16, 6
_ADMITTED, _CLOSED, _NO_KEY = 0, 1, 2


@dataclass(frozen=True)
class Request:
    """A PC's question for the cluster key."""

    nonce: bytes
    mac: str
    public_key: bytes


def parse_request(datagram: bytes) -> Request | None:
    """The request in a datagram; None when it is none."""
    if len(datagram) != REQUEST_BYTES or not datagram.startswith(_REQUEST_MAGIC):
        return None
    place = len(_REQUEST_MAGIC)
    nonce = datagram[place:place + _NONCE_BYTES]
    place += _NONCE_BYTES
    mac = datagram[place:place + _MAC_BYTES].hex(":")
    place += _MAC_BYTES
    public_key = datagram[place:place + PUBLIC_KEY_BYTES]
    if any(datagram[place + PUBLIC_KEY_BYTES:]):
        return None
    return Request(nonce, mac, public_key)


@dataclass
class Admission:
    """The window, and who was admitted and who waits. SEAL is sodium.seal."""

    seal: Callable[[bytes, bytes], bytes | None]
    log: Callable[[str], None]
    _open_until: float = 0.0
    _admitted: dict[tuple[str, str], float] = field(default_factory=dict)
    _waiting: dict[tuple[str, str], float] = field(default_factory=dict)
    _second: int = 0
    _requests: int = 0

    def open(self, seconds: float, now: float) -> None:
        """Admits who asks within so many seconds; never shortens what is open already."""
        self._open_until = max(self._open_until, now + seconds)

    def close(self, now: float) -> None:
        """Admits nobody from now on."""
        self._open_until = now

    def open_seconds(self, now: float) -> int:
        """For how long PCs are still admitted."""
        return max(0, int(self._open_until - now))

    def answer(self, datagram: bytes, address: str, key: bytes | None, now: float) -> bytes | None:
        """The reply to a datagram from ADDRESS; None when it gets none."""
        if int(now) != self._second:
            self._second, self._requests = int(now), 0
        self._requests += 1
        request = parse_request(datagram)
        if request is None or self._requests > MAX_REQUESTS_A_SECOND:
            return None
        who = (request.mac, address)
        if key is None:
            return _reply(_NO_KEY, request)
        if now >= self._open_until:
            if who not in self._waiting:
                self.log(f"{request.mac} at {address} asks to be admitted: clusterdisc-serve admit")
            _remember(self._waiting, who, now)
            return _reply(_CLOSED, request)
        sealed = self.seal(key, request.public_key)
        if sealed is None:
            return None
        self._waiting.pop(who, None)
        if who not in self._admitted:
            self.log(f"admitted {request.mac} at {address}: it has the cluster key now")
        _remember(self._admitted, who, now)
        return _reply(_ADMITTED, request) + sealed

    def admitted(self) -> list[tuple[str, str, float]]:
        """MAC address, IP address and time of those that got the key, the last one at the end."""
        return [(mac, address, when) for (mac, address), when in self._admitted.items()]

    def waiting(self, now: float) -> list[tuple[str, str]]:
        """MAC address and IP address of those that still ask."""
        return [who for who, when in self._waiting.items() if now - when <= WAITING_SECONDS]


def _reply(status: int, request: Request) -> bytes:
    return _REPLY_MAGIC + bytes([status]) + request.nonce


def _remember(where: dict[tuple[str, str], float], who: tuple[str, str], now: float) -> None:
    where.pop(who, None)
    while len(where) >= MAX_REMEMBERED:
        del where[next(iter(where))]
    where[who] = now
