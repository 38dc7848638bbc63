# SPDX-License-Identifier: GPL-2.0-or-later
"""What the nodes know of the cluster: asked by ssh, all at the same time."""

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from clusterdisc_vm import ssh

# An emulated PC that has just started needs several seconds for one connection.
_ANSWER_SECONDS = 90


@dataclass(frozen=True)
class View:
    """What one node says: its stage (see nodes.json in docs/autoconfiguration.md), and who is in its map."""

    stage: str
    members: tuple[int, ...]


def parse(text: str) -> View | None:
    """The view in TEXT, which is nodes.json; None when it is no such thing."""
    try:
        cluster = json.loads(text)
        return View(str(cluster["self"]["stage"]), tuple(sorted(
            int(member["id"]) for member in cluster["members"] if member["in_map"])))
    except (ValueError, KeyError, TypeError):
        return None


def views(directory: Path, status: dict) -> dict[int, View | None]:
    """What each node with ssh says that runs, by what the cluster's process knows (STATUS); None for one that says nothing."""
    deadline = time.monotonic() + _ANSWER_SECONDS
    asked = {
        node["number"]: subprocess.Popen(
            ssh.command_line(directory, node["number"], node["port"], "cat", "/run/openmosix/nodes.json"),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for node in status["nodes"] if node["state"] == "running" and node["port"] is not None
    }
    try:
        return {number: _answer(process, deadline) for number, process in asked.items()}
    finally:
        for process in asked.values():
            process.kill()
            process.wait()


def _answer(process: subprocess.Popen, deadline: float) -> View | None:
    try:
        text, _ = process.communicate(timeout=max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return None
    return parse(text.decode(errors="replace")) if process.returncode == 0 else None
