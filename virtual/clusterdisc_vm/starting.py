# SPDX-License-Identifier: GPL-2.0-or-later
"""The verb up: checks, starts the cluster's process, and waits until the nodes are one cluster."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from clusterdisc_vm import demands, disc, members, processes, run_directory, ssh
from clusterdisc_vm.problems import Problem, UsageProblem, called_as
from clusterdisc_vm.requests import LOG, SOCKET, request
from clusterdisc_vm.settings import DRONE, DRONE_INITRAMFS, INITRAMFS, KERNEL, ClusterSettings

_LOOK_SECONDS = 2
# At full speed: a boot, and what each node more takes where they share processors.
_BOOT_SECONDS = 60
_EACH_NODE_SECONDS = 20
_EMULATION_FACTOR = 10


@dataclass(frozen=True)
class Wanted:
    """How many virtual PCs of which kind."""

    nodes: int
    drones: int
    cpu: str
    memory_mib: int


def _check(directory: Path, wanted: Wanted) -> None:
    problems = demands.check_programs() or demands.check_cpu(wanted.cpu)
    problems += demands.check_memory(wanted.nodes, wanted.memory_mib, wanted.drones, Path("/proc/meminfo").read_text())
    problems += demands.check_space(directory)
    if problems:
        raise Problem("\nerror: ".join(problems))


def _prepare(directory: Path, image: disc.Disc, wanted: Wanted) -> ClusterSettings:
    (directory / KERNEL).write_bytes(image.node.kernel)
    (directory / INITRAMFS).write_bytes(image.node.initramfs)
    drone_parameters = ""
    if wanted.drones and image.drone:
        (directory / DRONE).write_bytes(image.drone.kernel)
        (directory / DRONE_INITRAMFS).write_bytes(image.drone.initramfs)
        # Its log goes to the serial line, and leaves the screen to the table of members.
        drone_parameters = " ".join(word for word in image.drone.parameters.split() if word not in ("quiet", "console=tty0"))
    parameters = f"{image.node.parameters} sshkey={ssh.make_key(directory)}"
    settings = ClusterSettings(str(image.path), parameters, wanted.nodes, wanted.memory_mib, wanted.cpu, wanted.drones,
                               drone_parameters)
    settings.write(directory)
    return settings


def _wait_for_process(directory: Path, process: subprocess.Popen) -> None:
    while not (directory / SOCKET).exists():
        if process.poll() is not None:
            raise Problem((directory / LOG).read_text(errors="replace").strip() or "the cluster's process has ended")
        time.sleep(0.1)


def _show(started: float, text: str) -> None:
    print(f"{time.monotonic() - started:4.0f} s  {text}", file=sys.stderr)


def _wait_for_members(directory: Path, settings: ClusterSettings) -> None:
    started = time.monotonic()
    wanted = set(settings.all_numbers)
    shown: dict[int, str] = {}
    while True:
        status = request(directory, "status")
        failed = [f"node {node['number']}: {node['problem']}" for node in status["nodes"] if node["state"] == "failed"]
        if failed:
            raise Problem("\nerror: ".join(failed))
        views = members.views(directory, status)
        for node in status["nodes"]:
            view = views.get(node["number"])
            state = f"is a member, and sees {len(view.members)} of {len(wanted)}" \
                if view and view.stage == "member" else "has started" if node["state"] == "running" else ""
            if state and shown.get(node["number"]) != state:
                shown[node["number"]] = state
                _show(started, f"node {node['number']} {state}")
        if all(view and wanted <= set(view.members) for view in map(views.get, settings.numbers)):
            return
        limit = (_BOOT_SECONDS + _EACH_NODE_SECONDS * len(wanted)) * (_EMULATION_FACTOR if status["is_emulated"] else 1)
        if time.monotonic() - started > limit * float(os.environ.get("CLUSTERDISC_TEST_TIME_FACTOR", "1")):
            raise Late(f"the nodes are not one cluster after {limit:.0f} s; it stays up: {called_as()} status says how far "
                       "they are, console N shows what a node says, down ends it")
        time.sleep(_LOOK_SECONDS)


class Late(Problem):
    """Nothing is broken, but the nodes have not found each other in time."""


def up(name: str, wanted: Wanted, iso: str | None, checkout: Path | None) -> None:
    """Starts the cluster NAME; whatever ends this before it is up takes all of it away again."""
    path = run_directory.directory_of(name)
    if path.exists():
        if processes.is_alive(path):
            raise UsageProblem(f"the cluster {name!r} is up already: {called_as()} down --name {name} ends it, another "
                               "--name starts a second one")
        processes.end(path)
    _check(path, wanted)
    image = disc.read(disc.find(iso, checkout))
    if wanted.drones and image.drone is None:
        raise Problem(f"{image.path} has no drone in its menu: leave --drones out, or take another disc")
    is_made = False
    try:
        with processes.uninterrupted():
            directory = run_directory.make(name)
            is_made = True
        with run_directory.being_started(directory):
            settings = _prepare(directory, image, wanted)
            print(f"cluster {name}: {settings.described()} from {image.path}", file=sys.stderr)
            _wait_for_process(directory, processes.start(directory))
        if request(directory, "status")["is_emulated"]:
            print("They are emulated (TCG), so they take minutes to start; ctrl-C ends them.", file=sys.stderr)
        _wait_for_members(directory, settings)
    except Late:
        raise
    except BaseException:
        if is_made:
            processes.end(path)
        raise
    option = "" if name == "default" else f" --name {name}"
    print(f"They are one cluster. {called_as()} ssh{option} 1 opens a shell on node 1; down{option} ends it.",
          file=sys.stderr)
