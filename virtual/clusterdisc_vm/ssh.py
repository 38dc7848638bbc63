# SPDX-License-Identifier: GPL-2.0-or-later
"""ssh to the nodes: a key of this cluster alone, the port that leads to the node, and nothing of the user's own set-up.

The first connection to a node stays open for those that follow, as shaking hands takes an emulated PC seconds.
"""

import contextlib
import subprocess
from pathlib import Path

from clusterdisc_vm.problems import Problem
from clusterdisc_vm.settings import KEY

USER = "user"
_CONNECT_SECONDS = 60
_EXIT_SECONDS = 5


def make_key(directory: Path) -> str:
    """Makes the key pair; returns the value of the boot parameter sshkey=."""
    result = subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", directory / KEY],
                            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise Problem(f"ssh-keygen made no key: {result.stderr.strip()}")
    return (directory / f"{KEY}.pub").read_text().split()[1]


def _master(directory: Path, number: int) -> Path:
    return directory / f"ssh-{number}"


def command_line(directory: Path, number: int, port: int, *command: str) -> list[str]:
    """Runs COMMAND on the node NUMBER at PORT, or a shell."""
    options = {
        "IdentityFile": directory / KEY, "IdentitiesOnly": "yes", "IdentityAgent": "none",
        # The node makes its host key when it boots. What listens at the port of a PC that is on is that PC.
        "StrictHostKeyChecking": "no", "UserKnownHostsFile": "/dev/null", "GlobalKnownHostsFile": "/dev/null",
        "BatchMode": "yes", "LogLevel": "ERROR", "ConnectTimeout": _CONNECT_SECONDS,
        "ControlMaster": "auto", "ControlPath": _master(directory, number), "ControlPersist": "yes",
    }
    words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    return ["ssh", "-F", "/dev/null", *words, "-p", str(port), f"{USER}@127.0.0.1", *command]


def end_master(directory: Path, number: int) -> None:
    """Closes the connection to the node NUMBER that stays open, if there is one."""
    path = _master(directory, number)
    if path.exists():
        with contextlib.suppress(subprocess.TimeoutExpired, FileNotFoundError):
            subprocess.run(["ssh", "-F", "/dev/null", "-o", f"ControlPath={path}", "-O", "exit", "node"], check=False,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           timeout=_EXIT_SECONDS)
        path.unlink(missing_ok=True)


def end_masters(directory: Path) -> None:
    """Closes all of them."""
    for path in directory.glob("ssh-*"):
        number = path.name.partition("-")[2]
        if number.isdecimal():
            end_master(directory, int(number))
