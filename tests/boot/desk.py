# SPDX-License-Identifier: GPL-2.0-or-later
"""A virtual cluster as its user has it: the command clusterdisc-vm as one file, a user without any right, and a network with
one card, on which everything can be seen that leaves the loopback interface."""

import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path

from cluster.namespaces import Namespace
from clusterdisc_vm.guarded_directory import GuardedDirectory
from procfs import command_lines_with
from qemu.accelerator import TCG
from qemu.shell import CommandFailed, CommandResult

USER = "nobody"
COMMAND = Path(__file__).parents[2] / "virtual/make-command.py"


class UsersNetwork(Namespace):
    """The machine's network: the loopback interface, and a card with a default route to a router that never answers."""

    def _set_up(self) -> None:
        self.script(
            # The kernel itself sends something over a card with IPv6.
            "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6",
            "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6",
            "ip link set lo up",
            "ip link add card type veth peer name wall",
            "ip link set wall up",
            "ip link set card arp off up",
            "ip address add 192.0.2.1/24 dev card",
            "ip route add default via 192.0.2.254",
        )

    def sent(self) -> int:
        """How many packets have left the machine."""
        figures = re.search(r"^\s*card:(.*)$", self.run("cat", "/proc/net/dev"), re.MULTILINE)[1].split()
        return int(figures[9])


class DeskNode:
    """A node of the cluster, asked by ssh."""

    def __init__(self, desk: "Desk", number: int) -> None:
        self.desk = desk
        self.number = number

    @staticmethod
    def seconds(at_full_speed: float) -> float:
        """A deadline; the user may not have KVM."""
        return TCG.seconds(at_full_speed)

    def run(self, command: str, seconds: float = 60, check: bool = True) -> CommandResult:
        """Runs COMMAND, as Guest.run does."""
        done = self.desk.start("ssh", str(self.number), command, seconds=self.seconds(seconds))
        result = CommandResult(done.stdout.removesuffix("\n"), done.returncode)
        if check and result.exit_code != 0:
            raise CommandFailed(f"exit status {result.exit_code} on node {self.number} of: {command}\n{result.output}")
        return result


class Desk:
    """The user's machine with DISC; a context manager."""

    def __init__(self, disc: Path) -> None:
        self._guarded = GuardedDirectory()
        directory = self._guarded.path
        directory.chmod(0o755)
        self.network = UsersNetwork()
        user = pwd.getpwnam(USER)
        self._become = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--no-new-privs"]
        self.iso = directory / "disc.iso"
        self.run_directory = directory / "run"
        shutil.copyfile(disc, self.iso)
        self.run_directory.mkdir(mode=0o700)
        for path in (self.iso, self.run_directory):
            os.chown(path, user.pw_uid, user.pw_gid)
        self._command = directory / "clusterdisc-vm"
        subprocess.run([COMMAND, self._command], check=True)

    def __enter__(self) -> "Desk":
        return self

    def __exit__(self, *_) -> None:
        # A cluster that is still up ends with its directory.
        self._guarded.__exit__()
        self.network.close()

    def start(self, *words: str, seconds: float = 300) -> subprocess.CompletedProcess:
        """Runs the command with WORDS, whatever its exit status."""
        environment = {"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(self.run_directory), "CLUSTERDISC_ISO": str(self.iso),
                       "CLUSTERDISC_TEST_TIME_FACTOR": os.environ.get("CLUSTERDISC_TEST_TIME_FACTOR", "1")}
        return subprocess.run(self.network.command(*self._become, self._command, *words), stdin=subprocess.DEVNULL, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", cwd="/",
                              env=environment, timeout=seconds)

    def run(self, *words: str, seconds: float = 300) -> str:
        """What the command says with WORDS; AssertionError when it fails."""
        done = self.start(*words, seconds=seconds)
        assert done.returncode == 0, f"clusterdisc-vm {' '.join(words)}: {done.stdout}"
        return done.stdout

    def processes(self) -> list[str]:
        """Those of its user that belong to the cluster."""
        return command_lines_with(self.run_directory)
