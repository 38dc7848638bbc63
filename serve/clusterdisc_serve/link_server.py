# SPDX-License-Identifier: GPL-2.0-or-later
"""Serving on one link: what was decided for it, and the programs and sockets that do it."""

import ipaddress
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import admission, boot_files, boot_words, dnsmasq, links
from .askers import Askers
from .beacon import BeaconSocket
from .dhcp_probe import DhcpProbe
from .election import Election
from .link_decision import LinkDecision, Mode
from .links import Link
from .problems import Failure
from .programs import Program
from .sources import Sources

# A program that ends by itself is started again, but not at once.
_RESTART_SECONDS = 5.0
# So many datagrams are answered before other things have their turn.
_MAX_DATAGRAMS = 200
_MAX_DRONES = 1000


@dataclass(frozen=True)
class Supplies:
    """What all links have in common."""

    medium: boot_files.Medium
    http_root: Path
    run_directory: Path
    words: list[str]
    log: Callable[[str], None]


class ClientSocket:
    """Hears clients' questions for the cluster key and reports that come to ADDRESS from the link NAME itself."""

    def __init__(self, name: str, address: str) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name.encode())
        self.socket.bind((address, admission.PORT))

    def answer(self, reply: Callable[[bytes, str], bytes | None]) -> None:
        """Answers what has come: REPLY makes an answer of a datagram and its sender's address, or none."""
        for _ in range(_MAX_DATAGRAMS):
            try:
                datagram, sender = self.socket.recvfrom(admission.REQUEST_BYTES + 1)
                if (content := reply(datagram, sender[0])) is not None:
                    self.socket.sendto(content, sender)
            except OSError:
                return


class LinkServer:
    """The link NAME, which has just come up."""

    def __init__(self, link: Link, supplies: Supplies, run: bytes) -> None:
        self.link = link
        self._supplies = supplies
        now = time.monotonic()
        self.decision = LinkDecision(now)
        self.election = Election(run)
        self.probe = DhcpProbe(link.name, link.mac)
        self.beacons = BeaconSocket(link.name)
        self.askers = Askers()
        self.sources = Sources(supplies.medium.size())
        self.mode = Mode.LISTENING
        self.address: ipaddress.IPv4Interface | None = None
        self.waits_for_address = False
        # Hardware addresses of PCs with too little memory.
        self._drones: set[str] = set()
        self._dnsmasq: Program | None = None
        self._started_at = -_RESTART_SECONDS
        # One web server for each address that clients know: they fetch on when the way of serving changes.
        self._web_servers: dict[str, Program] = {}
        self.client_sockets: dict[str, ClientSocket] = {}

    @property
    def _directory(self) -> Path:
        return self._supplies.run_directory / self.link.name

    @property
    def outputs(self) -> list[int]:
        """Descriptors to wait for."""
        found = [self.probe.socket.fileno(), self.beacons.socket.fileno()]
        found += [each.socket.fileno() for each in self.client_sockets.values()]
        if self._dnsmasq and self._dnsmasq.is_running:
            found.append(self._dnsmasq.output)
        return found

    def listen(self, now: float) -> None:
        """Asks the link when it is time to, and takes in what other DHCP servers have said."""
        for reply in self.probe.replies():
            if reply.gives_address and not reply.is_ours:
                if self.decision.stranger != reply.server:
                    self._supplies.log(f"{self.link.name}: the DHCP server {reply.server} gives addresses here")
                self.decision.hear_stranger(reply.server, now)
        if self.decision.probe_is_due(now):
            self.probe.ask()

    def decide(self, node: int, now: float) -> None:
        """Serves as it has to be now."""
        mode = self.decision.mode(now, self.election.is_elected(node, self.mode.serves, now))
        address = self._address(mode, node)
        self.waits_for_address = mode is Mode.PROXY and address is None
        if mode is not self.mode:
            self._supplies.log(f"{self.link.name}: {mode.value}")
        if (mode, address) != (self.mode, self.address):
            self._stop_dnsmasq()
            self.mode, self.address = mode, address
            self._started_at = now - _RESTART_SECONDS
        self._read_dnsmasq()
        if mode.serves and address is not None and not self._is_complete(address):
            if now - self._started_at >= _RESTART_SECONDS:
                self._started_at = now
                try:
                    self._start(mode, address)
                except (OSError, subprocess.SubprocessError, Failure) as problem:
                    self._supplies.log(f"{self.link.name}: cannot serve: {problem}; trying again")

    def update(self, link: Link) -> None:
        """What the link has become. Its own address is set again when somebody has taken it away."""
        self.link = link
        if self.mode is Mode.RANGE and self.address is not None and self.address not in link.addresses:
            links.set_address(link.name, self.address, True)

    def _is_complete(self, address: ipaddress.IPv4Interface) -> bool:
        programs = (self._dnsmasq, self._web_servers.get(str(address.ip)))
        return all(program is not None and program.is_running for program in programs)

    def _address(self, mode: Mode, node: int) -> ipaddress.IPv4Interface | None:
        if mode is Mode.PROXY:
            return self.link.leased_address
        if mode is Mode.RANGE:
            # A PC that is no member yet takes a network by its network card.
            return links.own_address(node if node else int.from_bytes(self.link.mac[-2:], "big"))
        return None

    def _start(self, mode: Mode, address: ipaddress.IPv4Interface) -> None:
        if mode is Mode.RANGE:
            links.set_address(self.link.name, address, True)
        server = str(address.ip)
        words = boot_words.for_client(self._supplies.words, server)
        boot_files.make_tftp_root(self._directory / "tftp", self._supplies.medium, server, words)
        for mac in self._drones:
            self._write_drone(mac, server)
        file = self._directory / "dnsmasq.conf"
        file.write_text(dnsmasq.configuration(self.link.name, address, mode, self._directory))
        leases = self._directory / "leases"
        leases.touch()
        shutil.chown(leases, "nobody", "nogroup")
        os.chmod(self._directory, 0o755)
        if server not in self._web_servers or not self._web_servers[server].is_running:
            self._web_servers[server] = Program(
                ["busybox", "httpd", "-f", "-p", f"{server}:80", "-u", "nobody:nogroup", "-h", str(self._supplies.http_root)])
        if server not in self.client_sockets:
            self.client_sockets[server] = ClientSocket(self.link.name, server)
        self._stop_dnsmasq()
        self._dnsmasq = Program(["dnsmasq", "--keep-in-foreground", f"--conf-file={file}"])

    def give_drone(self, mac: str) -> bool:
        """Gives the drone to the PC with that hardware address when it starts again; false when there is none to give."""
        if self.address is None or not self._supplies.medium.has_drone:
            return False
        if mac not in self._drones:
            if len(self._drones) >= _MAX_DRONES:
                return False
            self._supplies.log(f"{self.link.name}: {mac} has too little memory and gets the drone when it starts again")
            self._drones.add(mac)
            self._write_drone(mac, str(self.address.ip))
        return True

    def _write_drone(self, mac: str, server: str) -> None:
        words = boot_words.for_drone(self._supplies.words, server)
        boot_files.give_drone(self._directory / "tftp", mac, server, words)

    def _read_dnsmasq(self) -> None:
        if self._dnsmasq is None:
            return
        for line in self._dnsmasq.lines():
            if self.askers.read(line):
                self._supplies.log(f"{self.link.name}: {line}")

    def _stop_dnsmasq(self) -> None:
        if self._dnsmasq is not None:
            self._dnsmasq.stop()
            self._dnsmasq = None

    def close(self) -> None:
        """Ends serving; nothing is left on the link but leases, which end by themselves."""
        self._stop_dnsmasq()
        for server, program in self._web_servers.items():
            program.stop()
            if ipaddress.IPv4Address(server) in links.OWN_NETWORK:
                links.set_address(self.link.name, ipaddress.IPv4Interface(f"{server}/24"), False)
        for each in self.client_sockets.values():
            each.socket.close()
        self.probe.close()
        self.beacons.close()
