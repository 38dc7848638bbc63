# SPDX-License-Identifier: GPL-2.0-or-later
"""What is served on one link: decided from what was heard on it, again and again. No socket and no clock in here."""

from enum import Enum

# When a link is asked for other DHCP servers, in seconds after it came up; from the last one on regularly.
FIRST_PROBES = (0.0, 1.0, 3.0, 5.0)
PROBE_SECONDS = 8.0
# Nobody has offered an address for so long after the link came up: there is no DHCP server.
QUIET_SECONDS = 7.0
# And so long after a server was last heard: it is gone. Several questions have had no answer then.
GONE_SECONDS = 45.0


class Mode(Enum):
    """What a node does on a link."""

    LISTENING = "listening for other DHCP servers"
    STANDBY = "another node serves"
    PROXY = "adds boot information to the addresses of another DHCP server"
    RANGE = "gives addresses of its own"

    @property
    def serves(self) -> bool:
        """Whether PCs can start from this node on this link."""
        return self in (Mode.PROXY, Mode.RANGE)


class LinkDecision:
    """Decides for one link, which is up since NOW."""

    def __init__(self, now: float) -> None:
        self._up_since = now
        self._probes = 0
        self._next_probe = now
        self._stranger: str | None = None
        self._heard_at = now

    @property
    def stranger(self) -> str | None:
        """The other DHCP server that was heard last, as long as it is believed to be there."""
        return self._stranger

    def probe_is_due(self, now: float) -> bool:
        """Whether the link has to be asked now; each time that it says so, the next time is set."""
        if now < self._next_probe:
            return False
        self._probes += 1
        if self._probes < len(FIRST_PROBES):
            self._next_probe = self._up_since + FIRST_PROBES[self._probes]
        else:
            self._next_probe = now + PROBE_SECONDS
        return True

    def hear_stranger(self, server: str, now: float) -> None:
        """A DHCP server that is none of ours has offered somebody an address."""
        self._stranger = server
        self._heard_at = now

    def mode(self, now: float, is_elected: bool) -> Mode:
        """What this node has to do on the link now."""
        if self._stranger is not None and now - self._heard_at > GONE_SECONDS:
            self._stranger = None
        if self._stranger is None and now - self._up_since < QUIET_SECONDS:
            return Mode.LISTENING
        if not is_elected:
            return Mode.STANDBY
        return Mode.PROXY if self._stranger is not None else Mode.RANGE
