# SPDX-License-Identifier: GPL-2.0-or-later
"""One omdiscd on one host."""

import json
import os
import signal
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from cluster.namespaces import Host
from qemu.deadline import wait_until

KEY = "5a" * 32
# Every wait for something that should take a second or two. Generous, as the test machine may be busy.
SOON = 20.0
# Of nodes and of their members in a message.
MAX_SHOWN = 12


class Node:
    """An omdiscd in a host's namespace; a context manager that ends it. The run folder outlives restarts."""

    def __init__(self, program: Path, host: Host, folder: Path, *options, name: str, key: str = KEY,
                 wrapper: Sequence[str] = (), environment: dict[str, str] | None = None) -> None:
        self.host = host
        self.name = name
        self.folder = folder
        self.run_folder = folder / "run"
        self.hooks = folder / "hooks"
        self.key_file = folder / "key"
        self.log = folder / "log"
        self._program = program
        self._options = options
        self._wrapper = wrapper
        self._environment = environment
        self._process: subprocess.Popen | None = None
        self.hooks.mkdir(parents=True)
        self.write_keys(key)
        # Settings of the test machine must not matter.
        (folder / "omdiscd.toml").write_text("")

    def __enter__(self) -> "Node":
        return self

    def __exit__(self, *_) -> None:
        self.kill()

    def start(self) -> "Node":
        """Starts the daemon and returns at once."""
        assert not self.is_running, f"{self.name} is running already"
        command = self.host.command(
            *self._wrapper, self._program, "--plain", "--run-dir", self.run_folder, "--key-file", self.key_file,
            "--name", self.name, "--hooks", self.hooks, "--config", self.folder / "omdiscd.toml",
            # By default a pair of virtual cards (veth) does not count as a network card.
            "--interface", "eth*", "--log-level", "debug", *self._options)
        environment = {name: value for name, value in os.environ.items() if name not in ("JOURNAL_STREAM", "NOTIFY_SOCKET")}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                             env=environment | (self._environment or {}))
        return self

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The daemon's own process, behind a wrapper that forks."""
        pid = self._process.pid
        while Path(f"/proc/{pid}/comm").read_text() != f"{self._program.name}\n":
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            if not children:
                break
            pid = int(children[0])
        return pid

    def send_signal(self, number: signal.Signals) -> None:
        """Sends a signal to the daemon."""
        assert self.is_running, f"{self.name} is not running: {self.log_text()[-2000:]}"
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Ends it without a goodbye."""
        if self.is_running:
            os.kill(self.pid, signal.SIGKILL)
            self._process.wait(timeout=10)

    def wait_for_exit(self, seconds: float = SOON) -> int:
        """The exit status, when it ends within SECONDS."""
        return self._process.wait(timeout=seconds)

    def stop(self) -> None:
        """Asks it to leave, and waits for the end."""
        self.send_signal(signal.SIGTERM)
        status = self.wait_for_exit()
        assert status == 0, f"{self.name} left with status {status}: {self.log_text()[-2000:]}"

    def freeze(self) -> None:
        """Stops the process; the host's kernel goes on."""
        self.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Undoes freeze()."""
        self.send_signal(signal.SIGCONT)

    def write_keys(self, *keys: str) -> None:
        """The first key seals, all open (for rotation); told to a running daemon by reload()."""
        self.key_file.write_text("".join(f"{key}\n" for key in keys))
        self.key_file.chmod(0o600)

    def reload(self) -> None:
        """Has keys and settings read again."""
        self.send_signal(signal.SIGHUP)

    def log_text(self) -> str:
        """What it has logged so far, over all of its starts."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def text(self, name: str) -> str | None:
        """A file of the run folder; None when it is not there."""
        try:
            return (self.run_folder / name).read_text()
        except FileNotFoundError:
            return None

    def map(self) -> dict[int, str] | None:
        """Addresses by node id; None without a map."""
        text = self.text("map")
        if text is None:
            return None
        result = {}
        for line in text.splitlines():
            if line and not line.startswith("#"):
                identifier, address, count = line.split()
                assert count == "1" and int(identifier) not in result, f"{self.name}'s map: {text}"
                result[int(identifier)] = address
        return result

    def ids(self) -> set[int]:
        """The node ids in its map."""
        return set(self.map() or ())

    def state(self) -> dict | None:
        """nodes.json; None when it is not there."""
        text = self.text("nodes.json")
        return None if text is None else json.loads(text)

    def id(self) -> int:
        """Its own node id; 0 while it has none."""
        state = self.state()
        return state["self"]["id"] if state and state["self"]["stage"] == "member" else 0

    def members(self) -> list[dict]:
        """What it knows of everybody."""
        state = self.state()
        return state["members"] if state else []

    def member(self, name: str) -> dict:
        """What it knows of the living node NAME, else of the last one that was called so; empty when of none."""
        found = [member for member in self.members() if member["name"] == name]
        alive = [member for member in found if member["condition"] in ("alive", "suspect")]
        return (alive or found or [{}])[-1]


def is_one_cluster(nodes: Iterable[Node]) -> bool:
    """Whether every node's map holds exactly the ids of these nodes, and all of those differ."""
    nodes = list(nodes)
    ids = {node.id() for node in nodes}
    return 0 not in ids and len(ids) == len(nodes) and all(node.ids() == ids for node in nodes)


def wait_for_one_cluster(nodes: Iterable[Node], seconds: float = SOON) -> set[int]:
    """Waits until is_one_cluster(), and returns the ids."""
    nodes = list(nodes)
    for node in nodes:
        assert node.is_running, f"{node.name} does not run: {node.log_text()[-2000:]}"
    try:
        wait_until(lambda: is_one_cluster(nodes), seconds, "all nodes have the same map", pause=0.02)
    except AssertionError as error:
        lines = [f"{node.name} (id {node.id()}): {len(node.ids())} in its map: {sorted(node.ids())[:MAX_SHOWN]}"
                 for node in nodes[:MAX_SHOWN]]
        raise AssertionError("\n".join([str(error), *lines])) from None
    return nodes[0].ids()


def wait_until_gone(identifier: int, nodes: Iterable[Node], seconds: float = SOON) -> None:
    """Waits until the node id is in none of the nodes' maps."""
    nodes = list(nodes)
    wait_until(lambda: all(identifier not in node.ids() for node in nodes), seconds,
               f"node {identifier} is gone from the maps of {', '.join(node.name for node in nodes)}")
