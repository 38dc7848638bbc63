# SPDX-License-Identifier: GPL-2.0-or-later
"""Which PCs have asked to be started and how far each got, from what dnsmasq writes."""

import re
from dataclasses import dataclass, field

MAX_REMEMBERED = 1000

_MAC = r"((?:[0-9a-f]{2}:){5}[0-9a-f]{2})"
# "PXE(eth0) 52:54:00:00:00:01 proxy", "DHCPDISCOVER(eth0) 10.78.2.15 52:54:00:00:00:01"
_ASKED = re.compile(rf"(?:PXE|DHCPDISCOVER|DHCPREQUEST)\(\S+\) (?:[\d.]+ )?{_MAC}\b")
_GIVEN = re.compile(rf"DHCPACK\(\S+\) ([\d.]+) {_MAC}\b")
_SENT = re.compile(r"sent \S*/(\S+) to ([\d.]+)$")


@dataclass
class Askers:
    """The PCs by MAC address, in the order in which they first asked, with the last thing that is known of each."""

    last: dict[str, str] = field(default_factory=dict)
    _by_address: dict[str, str] = field(default_factory=dict)

    def read(self, line: str) -> bool:
        """Takes in a line of dnsmasq's log; False for what every office PC makes it write."""
        if " ignored" in line:
            return False
        if given := _GIVEN.search(line):
            self._by_address[given[1]] = given[2]
            self._remember(given[2], f"has the address {given[1]}")
        elif asked := _ASKED.search(line):
            if asked[1] not in self.last:
                self._remember(asked[1], "has asked")
        elif sent := _SENT.search(line):
            who = self._by_address.get(sent[2], sent[2])
            self._remember(who, f"has got {sent[1]}")
        return True

    def _remember(self, who: str, what: str) -> None:
        if who in self.last or len(self.last) < MAX_REMEMBERED:
            self.last[who] = what
        if len(self._by_address) > MAX_REMEMBERED:
            self._by_address.clear()
