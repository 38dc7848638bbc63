# SPDX-License-Identifier: GPL-2.0-or-later
"""What a client says of its fetching, and the answer (fetch/fetch_report.h)."""

import ipaddress
import struct
from dataclasses import dataclass
from enum import IntEnum

_REPORT_MAGIC, _ANSWER_MAGIC = b"CDFR\x01", b"CDFA\x01"
_FIELDS = struct.Struct("!B8s6sQQ4s4s")
REPORT_BYTES = len(_REPORT_MAGIC) + _FIELDS.size
_NOBODY = b"\0" * 4


class FetchState(IntEnum):
    """What a client does. One that is too small fetches nothing: it is to get the drone."""

    FETCHING = 0
    COMPLETE = 1
    LEAVING = 2
    TOO_SMALL = 3


@dataclass(frozen=True)
class FetchReport:
    """HAVE bytes of the list, of these FROM_SERVER from the serving node; it fetches from SOURCE (None: the serving node),
    and will have nothing from REFUSED any more."""

    state: FetchState
    nonce: bytes
    mac: str
    have: int
    from_server: int
    source: str | None
    refused: str | None


def parse_report(datagram: bytes) -> FetchReport | None:
    """The report in a datagram; None when it is none."""
    if len(datagram) != REPORT_BYTES or not datagram.startswith(_REPORT_MAGIC):
        return None
    state, nonce, mac, have, from_server, source, refused = _FIELDS.unpack(datagram[len(_REPORT_MAGIC):])
    if state > FetchState.TOO_SMALL:
        return None
    return FetchReport(FetchState(state), nonce, mac.hex(":"), have, from_server, _address(source), _address(refused))


def answer(report: FetchReport, source: str | None) -> bytes:
    """The answer that names the source of the client that sent REPORT."""
    return _ANSWER_MAGIC + report.nonce + (ipaddress.IPv4Address(source).packed if source else _NOBODY)


def _address(content: bytes) -> str | None:
    return None if content == _NOBODY else str(ipaddress.IPv4Address(content))
