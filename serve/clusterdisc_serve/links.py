# SPDX-License-Identifier: GPL-2.0-or-later
"""The wired links of this PC with a cable in them, and their IPv4 addresses, as iproute2 tells them."""

import fnmatch
import ipaddress
import json
import subprocess
from dataclasses import dataclass

_SECONDS = 10
_LINK_LOCAL = ipaddress.IPv4Network("169.254.0.0/16")
# Our own range on links without another DHCP server: one network per node.
OWN_NETWORK = ipaddress.IPv4Network("10.78.0.0/16")


@dataclass(frozen=True)
class Link:
    """A network card that is up."""

    name: str
    mac: bytes
    addresses: tuple[ipaddress.IPv4Interface, ...]

    @property
    def leased_address(self) -> ipaddress.IPv4Interface | None:
        """The address that was given by another DHCP server or by hand."""
        for address in self.addresses:
            if address.ip not in _LINK_LOCAL and address.ip not in OWN_NETWORK:
                return address
        return None

    def is_near(self, address: str) -> bool:
        """Whether ADDRESS is in a network of this link: no router lies between."""
        return any(ipaddress.ip_address(address) in own.network for own in self.addresses)


def own_address(node: int) -> ipaddress.IPv4Interface:
    """The address of the node NODE in its own range."""
    return ipaddress.IPv4Interface(f"{OWN_NETWORK.network_address + (node % 254 + 1) * 256 + 1}/24")


def parse(listing: str, patterns: list[str]) -> list[Link]:
    """The links in the output of `ip -details -json address`; PATTERNS as in netif=, none for every wired card."""
    found = []
    for entry in json.loads(listing):
        name, flags = entry.get("ifname", ""), entry.get("flags", [])
        if entry.get("link_type") != "ether" or "LOWER_UP" not in flags or entry.get("master"):
            continue
        if patterns:
            if not any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
                continue
        elif entry.get("linkinfo", {}).get("info_kind", "veth") != "veth" or name.startswith("wl"):
            # A bridge, a VLAN and the like are virtual. (A veth is the network card of a namespace.)
            continue
        addresses = tuple(
            ipaddress.IPv4Interface(f"{address['local']}/{address['prefixlen']}")
            for address in entry.get("addr_info", []) if address.get("family") == "inet")
        found.append(Link(name, bytes.fromhex(entry["address"].replace(":", "")), addresses))
    return found


def look(patterns: list[str]) -> list[Link]:
    """The links of this PC now."""
    done = subprocess.run(["ip", "-details", "-json", "address"], capture_output=True, text=True, timeout=_SECONDS,
                          stdin=subprocess.DEVNULL, check=False)
    return parse(done.stdout, patterns) if done.returncode == 0 else []


def set_address(name: str, address: ipaddress.IPv4Interface, is_there: bool) -> None:
    """Adds ADDRESS to the interface NAME, or removes it; what is so already is no problem."""
    verb = "replace" if is_there else "del"
    subprocess.run(["ip", "address", verb, str(address), "dev", name], capture_output=True, timeout=_SECONDS,
                   stdin=subprocess.DEVNULL, check=False)
