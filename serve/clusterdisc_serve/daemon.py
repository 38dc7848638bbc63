# SPDX-License-Identifier: GPL-2.0-or-later
"""The serving process: looks at the links, listens, decides, serves, until it is told to end."""

import functools
import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import admission, beacon, boot_files, boot_words, cluster_key, fetch_report, known_nodes, links, sodium
from .control import ControlSocket
from .election import BEACON_SECONDS, Beacon
from .link_server import LinkServer, Supplies
from .programs import require

_TICK_SECONDS = 0.5
_LOOK_SECONDS = 3.0
_MAX_JSON = 8 << 20


@dataclass(frozen=True)
class Settings:
    """Where things are, and for how long PCs are admitted at first."""

    medium: Path = Path("/run/live/medium")
    boot_settings: Path = Path("/run/clusterdisc")
    cluster: Path = Path("/run/openmosix")
    run_directory: Path = Path("/run/clusterdisc-serve")
    known_nodes: Path = Path("/var/lib/clusterdisc-serve/nodes.json")
    own: Path = Path("/usr/lib/clusterdisc/serve")
    command_line: Path = Path("/proc/cmdline")
    interfaces: tuple[str, ...] = ()
    admit_minutes: int = admission.DEFAULT_MINUTES


def log(text: str) -> None:
    """A line in the journal."""
    print("".join(each if each.isprintable() else "?" for each in text), file=sys.stderr, flush=True)


class Daemon:
    """The serving process with SETTINGS."""

    def __init__(self, settings: Settings) -> None:
        require("dnsmasq", "busybox", "ip")
        self._settings = settings
        self._key = cluster_key.read(settings.boot_settings)
        if self._key is None:
            log("this node has no cluster key: PCs can be started, but not admitted")
        self._admission = admission.Admission(sodium.seal, log)
        self._run = os.urandom(16)
        self._counter = 0
        self._servers: dict[str, LinkServer] = {}
        self._ends = False
        self._next_look = self._next_beacon = 0.0
        self._node = 0
        directory = settings.run_directory
        directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        medium = boot_files.Medium(settings.medium)
        boot_files.make_http_root(directory / "http", medium, settings.own)
        words = boot_words.passed_on(settings.command_line.read_text())
        self._supplies = Supplies(medium, directory / "http", directory, words, log)
        self._control = ControlSocket(directory / "control")
        self._known = known_nodes.KnownNodes(settings.known_nodes)

    def run(self) -> None:
        """Serves until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        self._admission.open(self._settings.admit_minutes * 60, time.monotonic())
        threading.Thread(target=self._read_medium, daemon=True).start()
        log(f"PCs that start from the network are admitted for {self._settings.admit_minutes} minutes")
        try:
            while not self._ends:
                self._turn()
        finally:
            for server in self._servers.values():
                server.close()

    def _read_medium(self) -> None:
        try:
            self._supplies.medium.read_into_memory(self._supplies.http_root / boot_files.FILE_LIST)
        except OSError as problem:
            log(f"cannot read all of the medium: {problem}; PCs fetch the rest from this node alone")

    def _end(self, *_: object) -> None:
        self._ends = True

    def _turn(self) -> None:
        self._wait()
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + _LOOK_SECONDS
            self._look_at_links()
            self._read_cluster()
        for server in self._servers.values():
            server.listen(now)
            for datagram in server.beacons.receive():
                self._hear(server, datagram, now)
            for each in server.client_sockets.values():
                each.answer(functools.partial(self._answer, server))
            server.decide(self._node, now)
        if now >= self._next_beacon:
            self._next_beacon = now + BEACON_SECONDS
            self._send_beacons(now)
        self._control.answer(self._command)

    def _wait(self) -> None:
        with selectors.DefaultSelector() as selector:
            for descriptor in [self._control.socket.fileno(), *(one for each in self._servers.values() for one in each.outputs)]:
                selector.register(descriptor, selectors.EVENT_READ)
            selector.select(_TICK_SECONDS)

    def _look_at_links(self) -> None:
        try:
            found = {link.name: link for link in links.look(list(self._settings.interfaces))}
        except (OSError, ValueError, subprocess.SubprocessError) as problem:
            log(f"cannot look at the links: {problem}; trying again")
            return
        for name in [name for name in self._servers if name not in found]:
            log(f"{name}: no cable, or gone")
            self._servers.pop(name).close()
        for name, link in found.items():
            if name in self._servers:
                self._servers[name].update(link)
            else:
                try:
                    self._servers[name] = LinkServer(link, self._supplies, self._run)
                except OSError as problem:
                    log(f"{name}: cannot be served: {problem}")

    def _read_cluster(self) -> None:
        try:
            with (self._settings.cluster / "nodes.json").open("rb") as file:
                nodes = json.loads(file.read(_MAX_JSON))
            own = nodes["self"]
            self._node = int(own["id"]) if own["stage"] == "member" else 0
        except (OSError, ValueError, KeyError, TypeError):
            self._node = 0
            return
        try:
            self._known.learn(nodes, known_nodes.neighbours())
        except (OSError, ValueError, KeyError, TypeError, subprocess.SubprocessError) as problem:
            log(f"the network cards of the nodes cannot be remembered: {problem}")

    def _hear(self, server: LinkServer, datagram: bytes, now: float) -> None:
        heard = beacon.decode(datagram, self._key) if self._key else None
        if heard and server.election.hear(heard, now) and heard.open_seconds > self._admission.open_seconds(now) + 1:
            # Who admits at one serving node admits at all of them.
            self._admission.open(min(heard.open_seconds, admission.MAX_MINUTES * 60), now)

    def _send_beacons(self, now: float) -> None:
        if self._key is None:
            return
        self._counter += 1
        for server in self._servers.values():
            own = Beacon(self._node, self._run, self._counter, server.mode.serves, self._admission.open_seconds(now))
            server.beacons.send(beacon.encode(own, self._key))

    def _answer(self, server: LinkServer, datagram: bytes, sender: str) -> bytes | None:
        now = time.monotonic()
        if not server.link.is_near(sender):
            return None
        report = fetch_report.parse_report(datagram)
        if report is None:
            return self._admission.answer(datagram, sender, self._key, now)
        if report.state is fetch_report.FetchState.TOO_SMALL:
            return fetch_report.answer(report, None) if server.give_drone(report.mac) else None
        is_meant, source = server.sources.report(sender, report, now)
        return fetch_report.answer(report, source) if is_meant else None

    def _command(self, request: dict[str, Any]) -> dict[str, Any]:
        now = time.monotonic()
        verb = request.get("verb")
        if verb == "admit":
            minutes = request.get("minutes", admission.DEFAULT_MINUTES)
            if not isinstance(minutes, int) or not 1 <= minutes <= admission.MAX_MINUTES:
                return {"problem": f"give 1 to {admission.MAX_MINUTES} minutes"}
            self._admission.open(minutes * 60, now)
            log(f"PCs are admitted for {minutes} minutes")
        elif verb == "close":
            self._admission.close(now)
            log("no more PCs are admitted")
        elif verb != "status":
            return {"problem": "unknown request"}
        return self._status(now)

    def _status(self, now: float) -> dict[str, Any]:
        return {
            "open_seconds": self._admission.open_seconds(now),
            "has_key": self._key is not None,
            "admitted": [[mac, address, now - when] for mac, address, when in self._admission.admitted()],
            "waiting": self._admission.waiting(now),
            "links": [{
                "name": name, "mode": server.mode.name, "text": server.mode.value,
                "address": str(server.address.ip) if server.address else None, "stranger": server.decision.stranger,
                "waits_for_address": server.waits_for_address, "rivals": [each.node for each in server.election.rivals(now)],
                "asked": server.askers.last, "clients": server.sources.listing(now),
            } for name, server in self._servers.items()],
        }
