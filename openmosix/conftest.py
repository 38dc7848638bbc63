# SPDX-License-Identifier: GPL-2.0-or-later
"""A real omd with a supervisor that only says what it was told (fake_supervisor.py), for tests in this folder."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from cmake_build import build
from qemu.deadline import wait_until

SOON = 30.0
TOOLS = ("migrate", "mosctl", "mosmon", "mosrun", "mps", "mtop", "setpe", "cpujob", "fastdecay", "iojob", "mosenv", "nodecay", "nomig", "runhome",
         "runon", "slowdecay")
PORT = 15430
# Connections between addresses of the loopback interface come from this one.
NODES = {1: "127.0.0.1", 2: "127.0.0.2"}


@pytest.fixture(scope="session")
def programs() -> dict[str, Path]:
    """omd and the tools: of $CLUSTERDISC_PROGRAMS, else of preset sanitize, which is built now."""
    tree = Path(os.environ.get("CLUSTERDISC_PROGRAMS") or build("sanitize"))
    return {name: next(path for path in tree.glob(f"openmosix/**/{name}") if path.is_file()) for name in ("omd", *TOOLS)}


class Omd:
    """A daemon at ADDRESS of the loopback interface, with the fake supervisor beside it; a context manager."""

    def __init__(self, programs: dict[str, Path], folder: Path, address: str, nodes: dict[int, str]) -> None:
        self.run = folder / "run"
        self.run.mkdir(parents=True)
        self.address = address
        self.port = PORT
        self.binary = folder / "omd"
        self._programs = programs
        self._folder = folder
        shutil.copy(programs["omd"], self.binary)
        shutil.copy(Path(__file__).parent / "fake_supervisor.py", folder / "omd-supervisor")
        (folder / "key").write_text("5a" * 32 + "\n")
        self.configure("")
        self.write_map(nodes)
        self.behave("once")

    def __enter__(self) -> "Omd":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=SOON)

    def configure(self, text: str) -> None:
        """Writes omd.toml."""
        (self._folder / "omd.toml").write_text(text)

    def write_map(self, nodes: dict[int, str]) -> None:
        """As omdiscd does it."""
        new = self.run / "map.new"
        new.write_text("".join(f"{number} {address} 1\n" for number, address in nodes.items()))
        new.rename(self.run / "map")

    def behave(self, behaviour: str) -> None:
        """What supervisors do from now on."""
        (self.run / "behaviour").write_text(behaviour)

    def start(self) -> None:
        """Starts it and waits until it answers."""
        with (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "--run-dir", self.run, "--listen", f"{self.address}:{PORT}", "--key-file",
                 self._folder / "key", "--config", self._folder / "omd.toml"], stdin=subprocess.DEVNULL, stderr=log)
        wait_until(self._answers, SOON, "omd answers")

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log()
        with contextlib.suppress(OSError):
            return self.ask({"request": "status"})["listen"] is not None
        return False

    def stop(self) -> None:
        """Ends it as systemd does."""
        self.process.terminate()
        assert self.process.wait(timeout=SOON) == 0, self.log()

    def log(self) -> str:
        """What it has logged."""
        return (self._folder / "log").read_text()

    def notes(self, key: str) -> list:
        """What the supervisors have written down, of the lines with KEY."""
        path = self.run / "notes"
        lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [line for line in lines if key in line]

    def send(self, data: bytes) -> bytes:
        """Sends anything to the control socket; the line that comes back."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(SOON)
            connection.connect(str(self.run / "omd.sock"))
            with contextlib.suppress(BrokenPipeError):
                connection.sendall(data)
            answer = b""
            while not answer.endswith(b"\n") and (part := connection.recv(65536)):
                answer += part
            return answer

    def ask(self, request: dict) -> dict:
        """One request; the answer."""
        return json.loads(self.send(json.dumps(request).encode() + b"\n"))

    def move(self, pid: int, to: str, **more) -> dict:
        """Asks to move a process."""
        return self.ask({"request": "migrate", "pid": pid, "to": to, **more})

    def tool(self, name: str, *words, user: int | None = None, group: int | None = None,
             extra_groups: list[int] | None = None, keeps: bool = False) -> "subprocess.CompletedProcess | subprocess.Popen":
        """Runs one of the tools to its end, unless it KEEPS running, with pipes."""
        if keeps:
            return subprocess.Popen([self._programs[name], *map(str, words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                    text=True, env={**os.environ, "OMD_RUN_DIR": str(self.run)})
        return subprocess.run([self._programs[name], *map(str, words)], capture_output=True, text=True, timeout=SOON,
                              user=user, group=group, extra_groups=extra_groups, env={**os.environ, "OMD_RUN_DIR": str(self.run)})


@pytest.fixture
def folder(tmp_path_factory) -> Path:
    """Short enough for the names of sockets, and open to other users."""
    path = tmp_path_factory.mktemp("omd")
    for each in (path, *path.parents[:-2]):
        each.chmod(0o755)
    return path


@pytest.fixture
def omd(programs, folder):
    """Node 1, which says that it knows a node 2."""
    with Omd(programs, folder / "1", NODES[1], NODES) as daemon:
        yield daemon


@pytest.fixture
def process():
    """One that could be moved."""
    with subprocess.Popen(["sleep", "600"]) as sleeper:
        yield sleeper
        sleeper.kill()


@pytest.fixture
def other_omd(omd, programs, folder):
    """Node 2."""
    with Omd(programs, folder / "2", NODES[2], NODES) as daemon:
        yield daemon
