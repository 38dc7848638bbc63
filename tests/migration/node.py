# SPDX-License-Identifier: GPL-2.0-or-later
"""One node: a network, a host name, a mount namespace and clocks of its own, and an omd in them."""

import contextlib
import json
import os
import pwd
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cluster.namespaces import Host
from guests.running import RunningGuest
from procfs import stat_field
from qemu.deadline import wait_until

KEY = "5a" * 32
PORT = 723
# Every wait for something that should take a moment. Generous, as the test machine may be busy.
SOON = 30.0
# A move of much memory on a busy machine; omd itself gives up after 60 s.
MOVE = 90.0
OTHER_USER = pwd.getpwnam("nobody")
MAX_REPLY = 16 * 1024 * 1024


class Refused(Exception):
    """omd has refused a request; the text is its reason."""


class Node:
    """A context manager that ends everything in it.

    The nodes share the test machine's processes and most of its files, but each has files of its own at WORK, a path that
    is the same for all: a guest that is served by the wrong node finds other files, or none. The same holds for the host
    name and System V IPC. AHEAD: seconds by which the node's monotonic clocks differ from the test machine's.
    """

    def __init__(self, programs: Path, host: Host, folder: Path, run_folder: Path, work: Path, *, number: int,
                 address: str, ahead: int = 0) -> None:
        self.number = number
        self.name = f"node{number}"
        self.address = address
        self.host = host
        self.folder = folder
        self.run_folder = run_folder
        self.work = work
        self.log = folder / "log"
        self._programs = programs
        self._omd: subprocess.Popen | None = None
        self._guests = 0
        self._has_own_clocks = ahead != 0
        self.folder.mkdir()
        self._use_secret("key", KEY)
        # Settings of the test machine must not matter.
        (folder / "omd.toml").write_text("")
        self._holder = self._hold_namespaces(ahead)
        self._cleanup = contextlib.ExitStack()

    def _hold_namespaces(self, ahead: int) -> subprocess.Popen:
        clocks = ["--time", "--monotonic", ahead, "--boottime", ahead] if ahead else []
        script = (f"mount -t tmpfs -o mode=755 work '{self.work}' && hostname {self.name} && echo $$ && read end")
        # Without --fork the clocks would be those of its children only.
        command = self.host.command("unshare", "--mount", "--uts", "--ipc", *clocks, "--fork", "--kill-child",
                                    "sh", "-c", script)
        holder = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        answer = holder.stdout.readline()
        if not answer:
            holder.communicate(timeout=SOON)
            raise RuntimeError("cannot make namespaces for a node: are we root, and does the kernel have them?")
        self._holder_pid = int(answer)
        return holder

    def __enter__(self) -> "Node":
        return self

    def __exit__(self, *_) -> None:
        self._cleanup.close()
        self.kill_omd()
        for pid in self.supervisors():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self._holder.poll() is None:
            self._holder.communicate(timeout=SOON)

    # Programs.

    def command(self, *words, user: pwd.struct_passwd | None = None, groups: Sequence[int] = (),
                folder: Path | None = None) -> list[str]:
        """WORDS as a command line that runs on this node and dies with whoever starts it; nothing in front forks.

        GROUPS: the supplementary groups of USER.
        """
        clocks = ["--time"] if self._has_own_clocks else []
        command = ["nsenter", "--target", self._holder_pid, "--net", "--mount", "--uts", "--ipc", *clocks,
                   "env", "-C", folder or "/"]
        if user:
            command += ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}",
                        f"--groups={','.join(map(str, groups))}" if groups else "--clear-groups"]
        return [str(word) for word in [*command, "setpriv", "--pdeathsig", "KILL", *words]]

    def run(self, *words, user: pwd.struct_passwd | None = None, groups: Sequence[int] = (),
            folder: Path | None = None) -> subprocess.CompletedProcess:
        """Runs a command on this node to its end."""
        command = self.command(*words, user=user, groups=groups, folder=folder)
        return subprocess.run(command, capture_output=True, text=True, timeout=MOVE)

    def program(self, name: str) -> Path:
        """A program of openMosix in the build folder."""
        found = [path for path in self._programs.glob(f"openmosix/**/{name}")
                 if path.is_file() and os.access(path, os.X_OK)]
        assert found, f"{name} is not in {self._programs}/openmosix: it is not built"
        return found[0]

    def tool(self, name: str, *arguments, user: pwd.struct_passwd | None = None,
             groups: Sequence[int] = ()) -> subprocess.CompletedProcess:
        """Runs migrate, mosrun or mps for this node's omd."""
        return self.run(self.program(name), "--run-dir", self.run_folder, *arguments, user=user, groups=groups)

    def outside(self, path: Path) -> Path:
        """How this process reaches one of the node's own files."""
        return Path(f"/proc/{self._holder_pid}/root{path}")

    def shape(self, megabits: int) -> None:
        """Makes its link as fast as that for what it sends, with room for 10 ms in the queue."""
        # The burst is a millisecond of that rate, and no less than some packets.
        burst = max(8, megabits // 8)
        self.host.run("tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", f"{megabits}mbit", "burst", f"{burst}kb",
                      "latency", "10ms")

    def bytes_sent(self) -> int:
        """What has left it by its card."""
        link, = json.loads(self.run("ip", "-json", "-statistics", "link", "show", "eth0").stdout)
        return link["stats64"]["tx"]["bytes"]

    def make_folder(self, name: str, user: pwd.struct_passwd | None = None) -> Path:
        """A new folder among the node's own files; its path on the node."""
        folder = self.outside(self.work / name)
        folder.mkdir()
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        return self.work / name

    def guest(self, program: Path, *, user: pwd.struct_passwd | None = None, groups: Sequence[int] = (),
              arguments: Sequence[str] = (), steps: int = 0, prefix: Sequence[str | Path] = (),
              change: Callable[[Path], None] = lambda copy: None) -> RunningGuest:
        """Starts a guest, from a copy that only this node has, after a change to the copy. It is killed in the end.

        PREFIX: a command that executes the one behind it.
        """
        self._guests += 1
        folder = self.make_folder(f"guest{self._guests}", user)
        outside = self.outside(folder)
        (outside / program.name).write_bytes(program.read_bytes())
        (outside / program.name).chmod(0o755)
        change(outside / program.name)
        prefix = self.command(*prefix, user=user, groups=groups, folder=folder)
        return self._cleanup.enter_context(RunningGuest(folder / program.name, outside, prefix=prefix, inside=folder,
                                                        arguments=arguments, steps=steps))

    # omd.

    def start(self, prepare: Callable[[], None] | None = None, *, has_journal: bool = False, **settings: str) -> "Node":
        """Starts omd with these environment variables more, and returns when it answers. PREPARE: called in the process
        that becomes omd.

        HAS_JOURNAL: its log is written as for the journal, each line with its priority in front, as in "<4>"."""
        assert not self.is_running, f"omd of {self.name} is running already"
        command = self.command(self.program("omd"), "--run-dir", self.run_folder, "--listen", self.address,
                               *self._secret, "--config", self.folder / "omd.toml")
        environment = {name: value for name, value in os.environ.items() if name not in ("JOURNAL_STREAM", "NOTIFY_SOCKET")}
        environment |= settings
        if has_journal:
            environment["JOURNAL_STREAM"] = "0:0"
        with self.log.open("ab") as log:
            self._omd = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
                                         preexec_fn=prepare)
        wait_until(self._answers, SOON, f"omd of {self.name} answers; its log: {self.log_text()[-2000:]}")
        return self

    def _answers(self) -> bool:
        assert self.is_running, f"omd of {self.name} has ended: {self.log_text()[-2000:]}"
        try:
            return bool(self.request({"request": "status"}).get("ok"))
        except OSError:
            return False

    @property
    def is_running(self) -> bool:
        """Whether omd was started and has not ended."""
        return self._omd is not None and self._omd.poll() is None

    @property
    def omd_pid(self) -> int:
        """The daemon's process."""
        return self._omd.pid

    def kill_omd(self) -> None:
        """Ends omd without a goodbye; its supervisors live on."""
        if self.is_running:
            self._omd.kill()
            self._omd.wait(timeout=SOON)

    def stop_omd(self) -> None:
        """Asks omd to end, and waits."""
        self._omd.terminate()
        assert self._omd.wait(timeout=SOON) == 0, self.log_text()[-2000:]

    def use_passphrase(self, text: str) -> None:
        """In place of the key, when omd is started."""
        self._use_secret("passphrase", text)

    def _use_secret(self, kind: str, text: str) -> None:
        file = self.folder / kind
        file.write_text(f"{text}\n")
        file.chmod(0o600)
        self._secret = (f"--{kind}-file", file)

    def configure(self, **settings: str | int | bool) -> None:
        """Writes omd's configuration, which it reads when it starts."""
        # JSON's texts, numbers and truth values are TOML's.
        lines = [f"{name} = {json.dumps(value)}\n" for name, value in settings.items()]
        (self.folder / "omd.toml").write_text("".join(lines))

    def write_map(self, nodes: "list[Node]") -> None:
        """Tells omd who is in the cluster; when it runs, it knows when this returns."""
        # By a rename, as omdiscd does it.
        new = self.run_folder / "map.new"
        new.write_text("".join(f"{node.number} {node.address} 1\n" for node in nodes))
        new.rename(self.run_folder / "map")
        if self.is_running:
            # What comes meanwhile would count for the former map, and be forgotten with it.
            numbers = {node.number for node in nodes}
            wait_until(lambda: self.members() == numbers, SOON, f"omd of {self.name} has read its map")

    def members(self) -> set[int]:
        """The nodes of the map that omd has read."""
        return {node["node"] for node in self.request({"request": "nodes"})["nodes"]}

    def log_text(self) -> str:
        """What omd and its supervisors have logged."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def wait_for_log(self, text: str, seconds: float = SOON) -> None:
        """Until omd or a supervisor has logged TEXT: what it says of an event may follow what else shows the event."""
        wait_until(lambda: text in self.log_text(), seconds, f"the log of {self.name} says: {text}")

    def request(self, request: dict, seconds: float = MOVE) -> dict:
        """One request over the control socket, as the tools make them; no process is started for it."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(seconds)
            connection.connect(str(self.run_folder / "omd.sock"))
            connection.sendall(json.dumps(request).encode() + b"\n")
            reply = b""
            while not reply.endswith(b"\n"):
                part = connection.recv(65536)
                if not part:
                    break
                reply += part
                assert len(reply) < MAX_REPLY
        assert reply, f"omd of {self.name} has closed the connection without an answer: {self.log_text()[-2000:]}"
        return json.loads(reply)

    def move(self, pid: int, to: "Node | str") -> None:
        """Moves the process over the control socket; Refused with omd's reason."""
        target = str(to.number) if isinstance(to, Node) else to
        reply = self.request({"request": "migrate", "pid": pid, "to": target})
        if not reply.get("ok"):
            raise Refused(reply.get("reason", f"no reason in {reply}"))

    def migrate(self, pid: int, to: "Node | str", user: pwd.struct_passwd | None = None) -> subprocess.CompletedProcess:
        """The tool migrate, as people use it."""
        return self.tool("migrate", str(pid), str(to.number) if isinstance(to, Node) else to, user=user)

    def mps(self) -> dict:
        """What mps --json says."""
        result = self.tool("mps", "--json")
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    # What the supervisors say.

    def process_state(self, pid: int) -> dict | None:
        """Of a process whose home is here; None when it is at home for good, or was never away."""
        return _read_json(self.run_folder / f"processes/{pid}.json")

    def place_of(self, pid: int) -> int:
        """The number of the node where a process of this home runs; 0 while it moves."""
        state = self.process_state(pid)
        if state is None or state["state"] == "home":
            return self.number
        return state["node"] if state["state"] == "away" else 0

    def wait_for_place(self, pid: int, node: "Node", seconds: float = SOON) -> None:
        """Until a process of this home runs on NODE and nothing of it is on its way."""
        wait_until(lambda: self.place_of(pid) == node.number, seconds, f"{pid} of {self.name} runs on {node.name}",
                   pause=0.01)

    def guests(self) -> list[dict]:
        """The processes of other homes that run here."""
        return [state for state in map(_read_json, self.run_folder.glob("guests/*.json")) if state]

    def supervisors(self) -> list[int]:
        """Pids of all supervisors of this node that live, and of the bodies below them."""
        return [pid for pid, words in _command_lines() if str(self.run_folder) in words and pid != self._pid_of_omd()]

    def supervisor_of(self, pid: int) -> int:
        """The supervisor at home of a process that is away."""
        return self.process_state(pid)["supervisor"]

    def guest_of(self, home: "Node", pid: int) -> dict:
        """What is said here of a process whose home is HOME, once it is here: it may be at home for a call."""
        # Home says that it is there when it has let it run there.
        home.wait_for_place(pid, self)

        def found() -> list[dict]:
            return [state for state in self.guests() if (state["home"], state["home_pid"]) == (home.number, pid)]

        (state,) = wait_until(found, SOON, f"process {pid} of {home.name} is on {self.name}", pause=0.01)
        return state

    def guest_supervisor_of(self, home: "Node", pid: int) -> int:
        """The supervisor here of such a process."""
        return self.guest_of(home, pid)["supervisor"]

    def _pid_of_omd(self) -> int:
        return self._omd.pid if self._omd else 0


def stray_bodies() -> list[int]:
    """Bodies whose supervisor has ended, on any node: a body's program is a file without a name (memfd_create)."""
    command_lines = dict(_command_lines())
    found = []
    for pid in command_lines:
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/{pid}/exe").startswith("/memfd:openmosix-body"):
                parent = int(stat_field(pid, 4))
                if not command_lines.get(parent, [""])[0].endswith("omd-supervisor"):
                    found.append(pid)
    return found


def _read_json(path: Path) -> dict | None:
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return None


def _command_lines() -> Iterator[tuple[int, list[str]]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                yield int(folder.name), (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
