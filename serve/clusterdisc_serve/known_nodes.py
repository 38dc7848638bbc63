# SPDX-License-Identifier: GPL-2.0-or-later
"""The network cards of PCs that were nodes, for waking them: the node map's link addresses joined with the kernel's
neighbours."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

from .problems import Failure

MAX_NODES = 4096
_MAC = re.compile(r"^([0-9a-f]{2}:){5}[0-9a-f]{2}$")
_SECONDS = 10


def neighbours() -> dict[str, str]:
    """The MAC address of each IP address that this PC has spoken to on its links."""
    done = subprocess.run(["ip", "-json", "neighbour"], capture_output=True, text=True, timeout=_SECONDS,
                          stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        return {}
    return {entry["dst"]: entry["lladdr"] for entry in json.loads(done.stdout or "[]") if "lladdr" in entry}


class KnownNodes:
    """Node ids and MAC addresses, kept in FILE."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.macs: dict[int, str] = {}
        try:
            for node, mac in json.loads(file.read_text()).items():
                if _MAC.match(mac):
                    self.macs[int(node)] = mac
        except (OSError, ValueError, TypeError, AttributeError):
            # It is remembered anew.
            pass

    def learn(self, nodes: dict[str, Any], macs: dict[str, str]) -> None:
        """Takes in the members of nodes.json whose MAC address is known to the kernel."""
        before = dict(self.macs)
        for member in nodes["members"]:
            path, node = member.get("path"), member.get("id")
            mac = macs.get(path["address"]) if path else None
            if mac and node and len(self.macs) < MAX_NODES:
                self.macs[int(node)] = mac
        if self.macs != before:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            new = self._file.with_suffix(".new")
            new.write_text(json.dumps(self.macs))
            os.replace(new, self._file)

    def of(self, which: str) -> list[str]:
        """The MAC addresses for `all` or a node id; a Failure when there is none."""
        if which == "all":
            found = list(self.macs.values())
        else:
            found = [mac for node, mac in self.macs.items() if str(node) == which]
        if not found:
            raise Failure(f"no network card of {'any node' if which == 'all' else f'node {which}'} is known: only PCs that were "
                          "nodes while this one served can be woken")
        return found
