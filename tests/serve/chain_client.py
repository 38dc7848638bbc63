# SPDX-License-Identifier: GPL-2.0-or-later
"""A PC that was started over the network, from its initramfs' script on: the real one, in namespaces."""

import itertools
import json
import subprocess
from pathlib import Path

from cluster.namespaces import Host
from serve.room import REPOSITORY, Process, Room

SCRIPT = REPOSITORY / "serve/initramfs/9995-clusterdisc-serve.sh"

_numbers = itertools.count(1)

# What a namespace does not have is put in its place: consoles, drivers, the kernel's command line, restarting.
_START = """set -u
mount -t tmpfs tmpfs {directory}
mkdir {directory}/bin {directory}/medium
{busybox} --install -s {directory}/bin
ln -s {busybox} {directory}/bin/busybox
PATH={directory}/bin
. {script}
mountpoint={directory}/medium
serve_programs={programs}
serve_say () {{ echo "$*"; }}
serve_word () {{ echo {server}; }}
serve_find_card () {{ serve_card=eth0; serve_mac={mac}; }}
serve_wait_for_cable () {{ :; }}
real_available () {{ sed -n 's/^MemAvailable: *\\([0-9]*\\) kB$/\\1/p' /proc/meminfo; }}
serve_available_kib () {{ {available}; }}
reboot () {{ exit 1; }}
panic () {{ exit 1; }}
do_netmount
echo it boots
exec sleep 1000000
"""


class ChainClient:
    """Plugged into ROOM's wire, to be started by SERVER. Its port lets MEGABITS per second through each way; 0: all.
    MEMORY_MIB: if it seems to have so much memory free."""

    def __init__(self, room: Room, server: str, megabits: int = 0, memory_mib: int = 0) -> None:
        self.host = room.pc()
        self.mac = self.host.mac()
        self._room = room
        if megabits:
            shape_port(room, self.host, megabits)
        self._directory = room.directory / f"client{next(_numbers)}"
        self._directory.mkdir()
        busybox = subprocess.run(["which", "busybox"], check=True, capture_output=True, text=True).stdout.strip()
        self._script = _START.format(directory=self._directory, busybox=busybox, script=SCRIPT, programs=room.own, server=server,
                                     mac=self.mac, available=f"echo {memory_mib << 10}" if memory_mib else "real_available")
        self.process: Process | None = None

    def start(self) -> "ChainClient":
        """Switches it on."""
        # With a process namespace of its own everything of it ends together.
        self.process = self._room.process(self.host, "unshare", "--mount", "--propagation", "private", "--pid", "--fork",
                                          "--kill-child=KILL", "busybox", "sh", "-c", self._script)
        return self

    def path(self, name: str) -> Path:
        """A file of the medium in its memory."""
        return Path(f"/proc/{self.process.pid}/root{self._directory}/medium/{name}")

    def address(self) -> str:
        """Its IPv4 address; nothing when it has none."""
        found = json.loads(self.host.run("ip", "-4", "-json", "address", "show", "eth0"))
        return next((each["local"] for entry in found for each in entry.get("addr_info", [])), "")

    def cut_power(self) -> None:
        """Ends it; nobody on the wire is told."""
        self.host.unplug()
        self.process.kill()


def shape_port(room: Room, host: Host, megabits: int) -> None:
    """Lets so much through between HOST's card and its switch, each way."""
    port, = host.ports_on(room.wire)
    for namespace, card in ((host, "eth0"), (room.wire, port)):
        namespace.run("tc", "qdisc", "add", "dev", card, "root", "tbf", "rate", f"{megabits}mbit", "burst", "64kb",
                      "latency", "50ms")
