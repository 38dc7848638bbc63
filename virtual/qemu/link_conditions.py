# SPDX-License-Identifier: GPL-2.0-or-later
"""Which cables of a segment are cut or slow: what happens to a frame from one port to another. Ports go by any name."""

import random
from collections.abc import Callable, Hashable
from dataclasses import dataclass


@dataclass(frozen=True)
class SlowLink:
    """What one end of a cable does to each frame: delay in seconds, and the share of frames that are lost (0 to 1)."""

    delay: float = 0
    loss: float = 0


class LinkConditions:
    """The conditions of all ports; at first every frame arrives at once."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._cut_off: set[Hashable] = set()
        self._cut_pairs: set[frozenset[Hashable]] = set()
        self._slow: dict[Hashable, SlowLink] = {}

    def cut(self, port: Hashable, other: Hashable = None) -> None:
        """Cuts PORT off from OTHER, or, when that is None, from all others."""
        if other is None:
            self._cut_off.add(port)
        else:
            self._cut_pairs.add(frozenset((port, other)))

    def slow(self, port: Hashable, delay: float, loss: float = 0) -> None:
        """Makes the cable of PORT slow in both directions, in place of what it was."""
        self._slow[port] = SlowLink(delay, loss)

    def heal(self) -> None:
        """Makes every cable as it was at first."""
        self._cut_off.clear()
        self._cut_pairs.clear()
        self._slow.clear()

    def delay(self, source: Hashable, target: Hashable) -> float | None:
        """The seconds that a frame takes from SOURCE to TARGET; None when it does not arrive."""
        if source in self._cut_off or target in self._cut_off or frozenset((source, target)) in self._cut_pairs:
            return None
        delay = 0.0
        for link in (self._slow.get(source), self._slow.get(target)):
            if link is None:
                continue
            if link.loss and self._chance() < link.loss:
                return None
            delay += link.delay
        return delay
