# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of several serving nodes answers on a link. All hear the same beacons and so decide alike. No clock in here."""

from dataclasses import dataclass

BEACON_SECONDS = 1.0
# Who has said nothing for so long is gone. Five beacons are lost then.
SILENCE_SECONDS = 5.0
# More serving nodes on one link are not remembered.
MAX_RIVALS = 64


@dataclass(frozen=True)
class Beacon:
    """What a serving node says of itself on a link, every second."""

    node: int
    # A random number of this run.
    run: bytes
    counter: int
    serves: bool
    # For how many seconds PCs are still admitted without being asked for.
    open_seconds: int


class Election:
    """Of the run RUN on one link. Who already serves goes on, so that nothing is interrupted when a node comes."""

    def __init__(self, run: bytes) -> None:
        self._run = run
        self._rivals: dict[bytes, tuple[Beacon, float]] = {}

    def hear(self, beacon: Beacon, now: float) -> bool:
        """Another node's beacon; False when it is our own or one that was recorded and is played back."""
        if beacon.run == self._run:
            return False
        known = self._rivals.get(beacon.run)
        if known and beacon.counter <= known[0].counter:
            return False
        if not known and len(self._rivals) >= MAX_RIVALS:
            self._forget(now)
            if len(self._rivals) >= MAX_RIVALS:
                return False
        self._rivals[beacon.run] = (beacon, now)
        return True

    def is_elected(self, node: int, serves: bool, now: float) -> bool:
        """Whether this node, which serves or not, is the one that has to."""
        ours = (not serves, node, self._run)
        return all(ours < (not rival.serves, rival.node, rival.run) for rival in self.rivals(now))

    def rivals(self, now: float) -> list[Beacon]:
        """The other serving nodes that are there."""
        return [beacon for beacon, heard in self._rivals.values() if now - heard <= SILENCE_SECONDS]

    def _forget(self, now: float) -> None:
        """Drops the oldest half of those that are gone. Their counters are what tells a recording."""
        gone = sorted((heard, run) for run, (_, heard) in self._rivals.items() if now - heard > SILENCE_SECONDS)
        for _, run in gone[:max(1, len(gone) // 2)]:
            del self._rivals[run]
