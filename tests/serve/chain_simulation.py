# SPDX-License-Identifier: GPL-2.0-or-later
"""A room of simulated PCs that fetch from each other as clusterdisc_serve.sources says. Time is a number; nothing waits."""

import random
from dataclasses import dataclass, field

from clusterdisc_serve.fetch_report import FetchReport, FetchState
from clusterdisc_serve.sources import FAN_OUT, SILENCE_SECONDS, Sources

STEP = 0.25
REPORT_SECONDS = 2.0
# As in fetch/source_choice.h.
PATIENCE = 10.0
FAST = 12.0


@dataclass
class Pc:
    """A simulated client; speeds are in MiB/s each way."""

    address: str
    arrives: float
    speed: float = FAST
    # Switched off at this time.
    dies: float = float("inf")
    # Claims to have nearly everything, and gives no more than that many MiB/s.
    lies: bool = False
    trickle: float = 0.0
    have: float = 0.0
    source: str | None = None
    left: str | None = None
    still_since: float = 0.0
    next_report: float = 0.0
    has_source: bool = False
    finished: float | None = None
    fetched_from: set[str | None] = field(default_factory=set)

    def is_there(self, now: float) -> bool:
        """True if it is switched on."""
        return self.arrives <= now < self.dies


class SimulatedRoom:
    """PCS that fetch TOTAL MiB, from a serving node whose port is as fast as SPEED. Who is complete leaves after STAYS."""

    def __init__(self, pcs: list[Pc], total: int = 91, speed: float = FAST, stays: float = 3.0, seed: int = 0) -> None:
        self.pcs = {pc.address: pc for pc in pcs}
        self.total, self.speed, self.stays = total, speed, stays
        self.sources = Sources(total)
        self.now = 0.0
        self._random = random.Random(seed)

    def run(self, seconds: float) -> None:
        """Goes on until all that live and do not lie have everything, for so long at most."""
        while self.now < seconds and not all(self.is_over(pc) for pc in self.pcs.values()):
            self.step()

    def is_over(self, pc: Pc) -> bool:
        """True if nothing is expected of it any more."""
        return pc.lies or pc.finished is not None or self.now >= pc.dies

    def step(self) -> None:
        """A moment: bytes flow, who has to reports."""
        self.now += STEP
        there = [pc for pc in self.pcs.values() if pc.is_there(self.now) and not self._has_left(pc)]
        self._flow([pc for pc in there if pc.has_source and pc.finished is None and not pc.lies])
        for pc in there:
            if self.now >= pc.next_report:
                pc.next_report = self.now + REPORT_SECONDS * self._random.uniform(0.9, 1.1)
                self._report(pc)
                self.check()

    def check(self) -> None:
        """No one gets bytes from himself, however indirectly, and no one gives to more than a few."""
        named = {each["address"]: each["source"] for each in self.sources.listing(self.now)}
        for start in named:
            seen, at = set(), start
            while at is not None:
                assert at not in seen, f"a cycle at {self.now}: {named}"
                seen.add(at)
                at = named.get(at)
        alive = {each["address"] for each in self.sources.listing(self.now)
                 if each["state"] == "FETCHING" and each["silent_seconds"] <= SILENCE_SECONDS}
        for address in named:
            children = [other for other, source in named.items() if source == address and other in alive]
            assert len(children) <= FAN_OUT, f"{address} gives to {children} at {self.now}"

    def _has_left(self, pc: Pc) -> bool:
        return pc.finished is not None and self.now > pc.finished + self.stays

    def _gives(self, address: str, pc: Pc) -> float:
        """How many MiB the PC could get from ADDRESS now."""
        source = self.pcs[address]
        if not source.is_there(self.now) or self._has_left(source):
            return 0.0
        if source.lies:
            return source.trickle * STEP
        return max(0.0, source.have - pc.have)

    def _flow(self, pcs: list[Pc]) -> None:
        takers: dict[str | None, list[Pc]] = {}
        for pc in pcs:
            takers.setdefault(pc.source, []).append(pc)
        before = {pc.address: pc.have for pc in pcs}
        for source, children in takers.items():
            share = (self.speed if source is None else self.pcs[source].speed) * STEP / len(children)
            for pc in children:
                there = self.total - pc.have if source is None else self._gives(source, pc)
                pc.have = min(self.total, pc.have + min(share, pc.speed * STEP, there))
        for pc in pcs:
            if pc.have > before[pc.address]:
                pc.still_since = self.now
                pc.fetched_from.add(pc.source)
            if pc.have >= self.total:
                pc.finished, pc.next_report = self.now, self.now
            elif pc.source is not None and self.now - max(pc.still_since, pc.arrives + STEP) >= PATIENCE:
                pc.left, pc.source, pc.still_since = pc.source, None, self.now

    def _report(self, pc: Pc) -> None:
        state = FetchState.COMPLETE if pc.finished is not None else FetchState.FETCHING
        if pc.finished is not None and self.now + REPORT_SECONDS > pc.finished + self.stays:
            state = FetchState.LEAVING
        have = self.total - 1 if pc.lies else int(pc.have)
        is_meant, source = self.sources.report(
            pc.address, FetchReport(state, b"", f"mac of {pc.address}", have, 0, pc.source, None), self.now)
        assert is_meant
        pc.has_source = True
        if source is None or source != pc.left:
            pc.source, pc.left = source, None
