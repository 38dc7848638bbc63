# SPDX-License-Identifier: GPL-2.0-or-later
"""PCs and switches as network namespaces.

Namespaces have no names: a process holds each, and that process ends when its standard input closes. So nothing of them is
left even when the test process is killed, and tests that run at the same time cannot meet.
"""

import contextlib
import itertools
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from qemu.deadline import wait_until

# A switch that does not forward what omdiscd multicasts, and one that does not forward mDNS (as nft matches).
MULTICAST_BEACONS = ("ip daddr 239.255.77.77 udp dport 5428", "ip6 daddr ff02::1 udp dport 5428")
MDNS = ("udp dport 5353",)

_port_numbers = itertools.count(1)


@contextlib.contextmanager
def large_neighbour_tables(hosts: int) -> Iterator[None]:
    """Room for what HOSTS know of each other: the kernel counts all namespaces as one machine (arp(7), gc_thresh3), and
    with its usual 1,024 entries no more than 32 hosts can all reach each other."""
    # Twice what is needed, so that it does not begin to throw out what is in use.
    entries = max(1024, 2 * hosts * hosts)
    files = [Path(f"/proc/sys/net/{family}/neigh/default/gc_thresh{number}") for family in ("ipv4", "ipv6")
             # The smaller ones must not be above the larger ones in between.
             for number in (3, 2, 1)]
    before = [file.read_text() for file in files]
    try:
        for file in files:
            file.write_text(str(max(entries, int(file.read_text()))))
        yield
    finally:
        for file, text in zip(files, before, strict=True):
            file.write_text(text)


class Namespace:
    """A network of its own; a context manager."""

    def __init__(self) -> None:
        self._holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo ready; read end"], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self._holder.stdout.readline() != "ready\n":
            self._holder.communicate(timeout=10)
            raise RuntimeError("cannot make a network namespace: are we root, and does the kernel have CONFIG_NET_NS?")
        try:
            self._set_up()
        except BaseException:
            self.close()
            raise

    def _set_up(self) -> None:
        """What a namespace of this kind has from the beginning."""

    def __enter__(self) -> "Namespace":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the namespace; it ends with the last process in it."""
        if self._holder.poll() is None:
            self._holder.communicate(timeout=10)

    @property
    def pid(self) -> int:
        """A process that lives in this namespace."""
        return self._holder.pid

    def command(self, *words) -> list[str]:
        """WORDS as a command line that runs in this namespace, and dies with whoever starts it.

        None of the programs in front forks, so that the process that is started is the one that WORDS name.
        """
        return ["setpriv", "--pdeathsig", "KILL", "nsenter", "--target", str(self.pid), "--net", *map(str, words)]

    def run(self, *words, stdin: str = "") -> str:
        """Runs a command to its end and returns its output; AssertionError with its complaint when it fails."""
        result = subprocess.run(self.command(*words), input=stdin, capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, f"{' '.join(map(str, words))}: {result.stderr}"
        return result.stdout

    def script(self, *lines: str) -> str:
        """Runs lines of shell; the first that fails ends it. One process start for many commands."""
        return self.run("sh", "-e", stdin="\n".join(lines) + "\n")


class Wire(Namespace):
    """An Ethernet switch: a bridge in a namespace of its own. It forwards everything until told otherwise."""

    def _set_up(self) -> None:
        self.script(
            "ip link add switch type bridge mcast_snooping 0 forward_delay 0 stp_state 0",
            "ip link set switch up",
        )
        self.run("nft", "-f", "-", stdin="table bridge test { chain forward { type filter hook forward priority 0; }; }")

    def add_port(self, port: str, learns: bool = True) -> None:
        """Makes the interface PORT, which is already in this namespace, one of the switch's."""
        self.script(
            f"ip link set {port} master switch",
            # Without learning, from the first frame on, every frame goes to every port, as a hub does.
            *([] if learns else [f"bridge link set dev {port} learning off flood on"]),
            f"ip link set {port} up",
        )

    def join(self, other: "Wire") -> None:
        """A cable between two switches."""
        ours, theirs = f"port{next(_port_numbers)}", f"port{next(_port_numbers)}"
        self.run("ip", "link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", other.pid)
        self.add_port(ours)
        other.add_port(theirs)
        self.wait_until_forwarding(ours)
        other.wait_until_forwarding(theirs)

    def wait_until_forwarding(self, port: str) -> None:
        """Waits until PORT passes frames on, which the kernel may put off for a second after it was added."""
        wait_until(lambda: "state forwarding" in self.run("bridge", "link", "show", "dev", port), 10, f"{port} is in use")

    def drop(self, *matches: str) -> None:
        """From now on frames that match one of MATCHES (nft expressions) are not forwarded."""
        rules = "".join(f"add rule bridge test forward {match} drop\n" for match in matches)
        self.run("nft", "-f", "-", stdin=rules)

    def lose(self, percent: int) -> None:
        """From now on so many of a hundred frames are lost, at random."""
        self.drop(f"numgen random mod 100 < {percent}")

    def part(self, some: Iterable["Host"], others: Iterable["Host"]) -> None:
        """From now on nothing passes between the two sets of hosts."""
        left, right = (", ".join(f'"{port}"' for host in hosts for port in host.ports_on(self))
                       for hosts in (list(some), list(others)))
        self.drop(f"iifname {{ {left} }} oifname {{ {right} }}", f"iifname {{ {right} }} oifname {{ {left} }}")

    def forward_everything(self) -> None:
        """Undoes drop(), lose() and part()."""
        self.run("nft", "flush", "chain", "bridge", "test", "forward")


class Host(Namespace):
    """A PC: a namespace with network cards that are plugged into wires.

    IPv6 addresses can be used at once: there is no duplicate address detection unless asked for, which takes a second and
    is the kernel's business.
    """

    def __init__(self, has_ipv6: bool = True, detects_duplicates: bool = False) -> None:
        self._ports: dict[str, tuple[Wire, str]] = {}
        self._settings = {"disable_ipv6": int(not has_ipv6)}
        if not detects_duplicates:
            self._settings |= {"accept_dad": 0, "dad_transmits": 0}
        super().__init__()

    def _set_up(self) -> None:
        self.script(
            *(f"echo {value} > /proc/sys/net/ipv6/conf/{which}/{name}"
              for name, value in self._settings.items() for which in ("all", "default")),
            "ip link set lo up",
        )

    def add_card(self, wire: Wire, *, mac: str = "", address: str = "", learns: bool = True) -> str:
        """A new network card, plugged into WIRE, with an IPv4 ADDRESS ("192.0.2.1/24") if one is given; its name."""
        card, port = f"eth{len(self._ports)}", f"port{next(_port_numbers)}"
        self._ports[card] = (wire, port)
        self.script(
            f"ip link add {card} {f'address {mac}' if mac else ''} type veth peer name {port} netns {wire.pid}",
            f"ip link set {card} up",
            *([f"ip address add {address} dev {card}"] if address else []),
        )
        wire.add_port(port, learns)
        wire.wait_until_forwarding(port)
        return card

    def ports_on(self, wire: Wire) -> list[str]:
        """The names of the switch's ports that this host is plugged into."""
        return [port for other, port in self._ports.values() if other is wire]

    def unplug(self, card: str = "eth0") -> None:
        """Pulls the cable: the card has no carrier afterwards."""
        wire, port = self._ports[card]
        wire.run("ip", "link", "set", port, "down")

    def plug(self, card: str = "eth0") -> None:
        """Undoes unplug()."""
        wire, port = self._ports[card]
        wire.run("ip", "link", "set", port, "up")

    def has_carrier(self, card: str = "eth0") -> bool:
        """Whether the card sees a cable."""
        return "NO-CARRIER" not in self.run("ip", "-oneline", "link", "show", card)

    def add_address(self, address: str, card: str = "eth0") -> None:
        """Gives the card one more address ("192.0.2.1/24", "2001:db8::1/64")."""
        self.run("ip", "address", "add", address, "dev", card)

    def addresses(self) -> list[str]:
        """All addresses of all cards, without prefix lengths."""
        lines = self.run("ip", "-oneline", "address", "show").splitlines()
        return [line.split()[3].partition("/")[0] for line in lines if line.split()[1] != "lo"]

    def mac(self, card: str = "eth0") -> str:
        """The card's MAC address."""
        return self.run("ip", "-oneline", "link", "show", card).split("link/ether ")[1].split()[0]

    def forget_routes(self) -> None:
        """Removes every route but fe80::/64, which the kernel has for each card that is up and needs to send there."""
        self.script("ip -4 route flush table main",
                    "ip -6 route show | sed 's/ proto .*//; /^fe80:/d' | while read route; do ip -6 route del $route; done")
