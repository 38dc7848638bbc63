# SPDX-License-Identifier: GPL-2.0-or-later
"""From whom each client of a link fetches: a tree of clients below the serving node, decided again at each report.

Addresses, reports and times come in, sources go out (None is the serving node); no socket and no clock in here.
"""

from collections import deque
from dataclasses import dataclass, field

from .fetch_report import FetchReport, FetchState

# So many clients fetch from one client, and, as far as others have what they need, from the serving node.
FAN_OUT = 2
# Who has not reported for so long is gone. Two reports are lost then.
SILENCE_SECONDS = 6.0
# A client whose source has more but gives it nothing for so long gets another one. (By itself it leaves it after 10.)
STILL_SECONDS = 6.0
# The speed of a client is that of these last seconds, once they are half over.
RATE_SECONDS = 8.0
# Of the speed that a quarter of the clients reach. Who is slower gives to nobody.
SLOW_SHARE = 1 / 3
MAX_CLIENTS = 1000
# A client reports every other second. More than many clients need is not looked at.
MAX_REPORTS_A_SECOND = 250
# A client does not leave more sources than that; then it stays with the serving node.
MAX_BARRED = 16
# Whom so many clients had to leave is no source any more.
MAX_COMPLAINTS = 3


@dataclass
class _Client:
    mac: str
    heard: float
    advanced: float
    state: FetchState = FetchState.FETCHING
    have: int = 0
    from_server: int = 0
    source: str | None = None
    # Since when it has this source.
    since: float = 0.0
    # Of those that were to fetch from it and got nothing, or something wrong.
    complaints: int = 0
    barred: set[str] = field(default_factory=set)
    history: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=16))
    rate: float | None = None

    def learn(self, report: FetchReport, now: float) -> None:
        """Takes in what it says."""
        if report.have < self.have:
            # It has begun again.
            self.history.clear()
        if report.have != self.have:
            self.advanced = now
        self.mac, self.heard, self.state = report.mac, now, report.state
        self.have = report.have
        # Once it has everything another process reports, which has fetched nothing.
        self.from_server = max(self.from_server, report.from_server)
        if self.state is FetchState.FETCHING:
            self.history.append((now, self.have))
            while self.history[0][0] < now - RATE_SECONDS:
                self.history.popleft()
            seconds = now - self.history[0][0]
            if seconds >= RATE_SECONDS / 2:
                self.rate = (self.have - self.history[0][1]) / seconds


class Sources:
    """The clients of one link, which fetch TOTAL bytes at most, in the same order."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._clients: dict[str, _Client] = {}
        self._second = 0
        self._reports = 0

    def report(self, address: str, report: FetchReport, now: float) -> tuple[bool, str | None]:
        """Takes in the report of the client at ADDRESS. Whether it can be meant, and the client's source from now on."""
        if int(now) != self._second:
            self._second, self._reports = int(now), 0
        self._reports += 1
        if self._reports > MAX_REPORTS_A_SECOND or report.have > self._total or (address not in self._clients and not self._has_room(now)):
            return False, None
        client = self._clients.setdefault(address, _Client(report.mac, now, now, since=now))
        if report.mac != client.mac or report.state is FetchState.FETCHING and report.have == 0 and client.have:
            # Another PC has got the address, or this one was switched off and on again.
            client = self._clients[address] = _Client(report.mac, now, now, since=now, complaints=client.complaints)
        client.learn(report, now)
        if report.refused is not None and (refused := self._clients.get(report.refused)):
            # Its bytes may have been wrong when it got them, but nobody can tell.
            refused.complaints = MAX_COMPLAINTS
            client.barred.add(report.refused)
        if client.state is not FetchState.FETCHING:
            client.source, client.since = None, now
            return True, None
        before = client.source
        if client.source is not None and report.source is None and now - client.advanced > STILL_SECONDS:
            # It has left its source by itself.
            self._bar(client)
        client.source = self._decide(address, client, now)
        if client.source != before:
            client.since = now
        return True, client.source

    def listing(self, now: float) -> list[dict[str, object]]:
        """What a person may want to know of each client, in the order in which they came."""
        return [{"address": address, "mac": client.mac, "have": client.have, "total": self._total,
                 "from_server": client.from_server, "source": client.source, "state": client.state.name,
                 "silent_seconds": now - client.heard} for address, client in self._clients.items()]

    def _decide(self, address: str, client: _Client, now: float) -> str | None:
        slow_below = self._slow_below(now)
        children = self._children(address, now)
        if client.source is not None:
            source = self._clients.get(client.source)
            if source is not None and source.have > client.have and now - client.advanced > STILL_SECONDS:
                self._bar(client)
            elif source is not None and self._is_starved(source, client, slow_below, now):
                # No complaint: a client may be slow by itself.
                client.barred.add(client.source)
            elif source is not None and self._may_go_on(client.source, source, client, slow_below, now):
                return client.source
        elif self._belongs_to_server(client, slow_below, now):
            return None
        # The nearest to the serving node, as everything comes through fewer PCs then; of these the one that is furthest.
        found = [(self._depth(other), -source.have, other) for other, source in self._clients.items()
                 if other != address and len(children.get(other, ())) < FAN_OUT
                 and self._may_give(other, source, client, slow_below, now) and not self._is_above(address, other)]
        return min(found)[2] if found else None

    def _is_usable(self, address: str, source: _Client, client: _Client, slow_below: float, now: float) -> bool:
        if source.state is FetchState.LEAVING or now - source.heard > SILENCE_SECONDS or source.complaints >= MAX_COMPLAINTS:
            return False
        if address in client.barred or len(client.barred) >= MAX_BARRED:
            return False
        return source.rate is None or source.rate >= slow_below

    def _may_give(self, address: str, source: _Client, client: _Client, slow_below: float, now: float) -> bool:
        if not self._is_usable(address, source, client, slow_below, now):
            return False
        # Two that have nothing yet are enough of a beginning: the first one is on its way.
        return source.have > client.have or source.have == client.have and source.state is FetchState.FETCHING

    def _may_go_on(self, address: str, source: _Client, client: _Client, slow_below: float, now: float) -> bool:
        """Whether the client keeps its source. That one's report may be older than the client's, and so seem to be behind."""
        if not self._is_usable(address, source, client, slow_below, now):
            return False
        return source.have >= client.have or source.heard <= client.advanced

    @staticmethod
    def _is_starved(source: _Client, client: _Client, slow_below: float, now: float) -> bool:
        """Whether the client gets little from a source that seems to be fast."""
        return (client.rate is not None and client.rate < slow_below and now - client.since >= RATE_SECONDS
                and source.have > client.have and (source.rate is None or source.rate >= slow_below))

    def _belongs_to_server(self, client: _Client, slow_below: float, now: float) -> bool:
        """Whether the client is one of the few that get everything from the serving node: those that have done so longest."""
        longer = sum(each is not client and each.source is None and self._is_fetching(each, now) and each.since <= client.since
                     and (each.rate is None or each.rate >= slow_below) for each in self._clients.values())
        return longer < FAN_OUT

    def _children(self, but: str, now: float) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for address, client in self._clients.items():
            if address != but and client.source is not None and self._is_fetching(client, now):
                found.setdefault(client.source, []).append(address)
        return found

    def _depth(self, address: str | None) -> int:
        depth = 0
        while address is not None and depth <= len(self._clients):
            client = self._clients.get(address)
            address = client.source if client else None
            depth += 1
        return depth

    def _is_above(self, address: str, other: str) -> bool:
        """Whether OTHER gets what it has from ADDRESS, over however many."""
        above: str | None = other
        for _ in range(len(self._clients)):
            client = self._clients.get(above) if above else None
            above = client.source if client else None
            if above == address:
                return True
        return False

    def _slow_below(self, now: float) -> float:
        rates = sorted(client.rate for client in self._clients.values()
                       if client.rate is not None and self._is_fetching(client, now))
        return rates[-(-(len(rates) - 1) * 3 // 4)] * SLOW_SHARE if rates else 0.0

    @staticmethod
    def _is_fetching(client: _Client, now: float) -> bool:
        return client.state is FetchState.FETCHING and now - client.heard <= SILENCE_SECONDS

    def _bar(self, client: _Client) -> None:
        if client.source is not None and len(client.barred) < MAX_BARRED:
            client.barred.add(client.source)
            if source := self._clients.get(client.source):
                source.complaints += 1
        client.source = None

    def _has_room(self, now: float) -> bool:
        if len(self._clients) < MAX_CLIENTS:
            return True
        oldest = min(self._clients, key=lambda address: self._clients[address].heard)
        if now - self._clients[oldest].heard <= SILENCE_SECONDS:
            return False
        del self._clients[oldest]
        return True
