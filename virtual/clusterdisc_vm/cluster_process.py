# SPDX-License-Identifier: GPL-2.0-or-later
"""The background process of a cluster: answers requests until it is told to end by SIGTERM, or its directory is gone."""

import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from clusterdisc_vm import run_directory
from clusterdisc_vm.problems import EXIT_FAILURE, Problem
from clusterdisc_vm.requests import SOCKET, read_line, write_line
from clusterdisc_vm.virtual_cluster import VirtualCluster
from qemu.accelerator import NoAccelerator
from qemu.qmp import QmpError

_LOOK_SECONDS = 1
_REQUEST_SECONDS = 5


def _verbs(cluster: VirtualCluster) -> dict[str, Callable[..., dict | None]]:
    return {
        "status": cluster.status,
        "on": lambda number: cluster.node(number).on(),
        "off": lambda number: cluster.node(number).off(),
        "button": lambda number: cluster.node(number).running_guest().press_power_button(),
        "freeze": lambda number: cluster.node(number).freeze(True),
        "thaw": lambda number: cluster.node(number).freeze(False),
        "cut": cluster.cut,
        "slow": cluster.slow,
        "heal": cluster.heal,
        "screen": lambda number, file: cluster.node(number).running_guest().screenshot(Path(file)) and None,
        # Answered by serving the console.
        "console": lambda number: cluster.node(number).running_guest() and None,
    }


def _serve_one(connection: socket.socket, cluster: VirtualCluster) -> None:
    connection.settimeout(_REQUEST_SECONDS)
    try:
        asked = read_line(connection)
        if asked is None:
            connection.close()
            return
        verb = asked.pop("verb", None)
        try:
            answer = _verbs(cluster)[verb](**asked) or {}
        except (Problem, QmpError) as error:
            answer = {"problem": str(error)}
        except (KeyError, TypeError) as error:
            answer = {"problem": f"the cluster's process does not know this request: {verb} ({error})"}
        write_line(connection, answer)
        if verb == "console" and not answer:
            connection.settimeout(None)
            cluster.node(asked["number"]).guest.console.attach(connection)
        else:
            connection.close()
    except OSError:
        # Who asked has gone.
        connection.close()


def _serve(listener: socket.socket, cluster: VirtualCluster, directory: Path) -> None:
    while (directory / SOCKET).exists():
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            cluster.look()
        else:
            _serve_one(connection, cluster)


def _end(*_) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main(directory: Path) -> int:
    """Runs the cluster whose settings are in DIRECTORY; returns the exit status."""
    signal.signal(signal.SIGINT, _end)
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    # Whoever started this has blocked them until the process was on record.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        with VirtualCluster(directory) as cluster, socket.socket(socket.AF_UNIX) as listener:
            cluster.start()
            # Whoever sees the socket may connect: it gets its name when it listens.
            unfinished = directory / f"{SOCKET}-new"
            listener.bind(str(unfinished))
            listener.listen()
            unfinished.rename(directory / SOCKET)
            listener.settimeout(_LOOK_SECONDS)
            _serve(listener, cluster, directory)
    except KeyboardInterrupt:
        pass
    except (Problem, NoAccelerator, OSError) as error:
        print(error, file=sys.stderr)
        return EXIT_FAILURE
    run_directory.remove(directory)
    return 0
