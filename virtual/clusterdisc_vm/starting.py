# SPDX-License-Identifier: GPL-2.0-or-later
"""The verb up: checks, starts the cluster's process, and waits until the nodes are one cluster."""

import os
import subprocess
import sys
import time
from pathlib import Path

from clusterdisc_vm import demands, disc, members, processes, run_directory, ssh
from clusterdisc_vm.problems import Problem, UsageProblem, called_as
from clusterdisc_vm.requests import LOG, SOCKET, request
from clusterdisc_vm.settings import INITRAMFS, KERNEL, ClusterSettings

_LOOK_SECONDS = 2
# At full speed: a boot, and what each node more takes where they share processors.
_BOOT_SECONDS = 60
_EACH_NODE_SECONDS = 20
_EMULATION_FACTOR = 10


def _check(directory: Path, nodes: int, memory_mib: int, cpu: str) -> None:
    problems = demands.check_programs() or demands.check_cpu(cpu)
    problems += demands.check_memory(nodes, memory_mib, Path("/proc/meminfo").read_text())
    problems += demands.check_space(directory)
    if problems:
        raise Problem("\nerror: ".join(problems))


def _prepare(directory: Path, image: disc.Disc, nodes: int, memory_mib: int, cpu: str) -> None:
    (directory / KERNEL).write_bytes(image.kernel)
    (directory / INITRAMFS).write_bytes(image.initramfs)
    parameters = f"{image.parameters} sshkey={ssh.make_key(directory)}"
    ClusterSettings(str(image.path), parameters, nodes, memory_mib, cpu).write(directory)


def _wait_for_process(directory: Path, process: subprocess.Popen) -> None:
    while not (directory / SOCKET).exists():
        if process.poll() is not None:
            raise Problem((directory / LOG).read_text(errors="replace").strip() or "the cluster's process has ended")
        time.sleep(0.1)


def _show(started: float, text: str) -> None:
    print(f"{time.monotonic() - started:4.0f} s  {text}", file=sys.stderr)


def _wait_for_members(directory: Path, settings: ClusterSettings) -> None:
    started = time.monotonic()
    wanted = tuple(settings.numbers)
    shown: dict[int, str] = {}
    while True:
        status = request(directory, "status")
        failed = [f"node {node['number']}: {node['problem']}" for node in status["nodes"] if node["state"] == "failed"]
        if failed:
            raise Problem("\nerror: ".join(failed))
        views = members.views(directory, status)
        for node in status["nodes"]:
            view = views.get(node["number"])
            state = f"is a member, and sees {len(view.members)} of {settings.nodes}" \
                if view and view.stage == "member" else "has started" if node["state"] == "running" else ""
            if state and shown.get(node["number"]) != state:
                shown[node["number"]] = state
                _show(started, f"node {node['number']} {state}")
        if all(view and set(wanted) <= set(view.members) for view in (views.get(number) for number in wanted)):
            return
        limit = (_BOOT_SECONDS + _EACH_NODE_SECONDS * settings.nodes) * (_EMULATION_FACTOR if status["is_emulated"] else 1)
        if time.monotonic() - started > limit * float(os.environ.get("CLUSTERDISC_TEST_TIME_FACTOR", "1")):
            raise Late(f"the nodes are not one cluster after {limit:.0f} s; it stays up: {called_as()} status says how far "
                       "they are, console N shows what a node says, down ends it")
        time.sleep(_LOOK_SECONDS)


class Late(Problem):
    """Nothing is broken, but the nodes have not found each other in time."""


def up(name: str, nodes: int, cpu: str, memory_mib: int, iso: str | None, checkout: Path | None) -> None:
    """Starts the cluster NAME; whatever ends this before it is up takes all of it away again."""
    path = run_directory.directory_of(name)
    if path.exists():
        if processes.is_alive(path):
            raise UsageProblem(f"the cluster {name!r} is up already: {called_as()} down --name {name} ends it, another "
                               "--name starts a second one")
        processes.end(path)
    _check(path, nodes, memory_mib, cpu)
    image = disc.read(disc.find(iso, checkout))
    is_made = False
    try:
        with processes.uninterrupted():
            directory = run_directory.make(name)
            is_made = True
        with run_directory.being_started(directory):
            _prepare(directory, image, nodes, memory_mib, cpu)
            print(f"cluster {name}: {nodes} virtual PCs ({cpu}, {memory_mib} MiB) from {image.path}", file=sys.stderr)
            _wait_for_process(directory, processes.start(directory))
        if request(directory, "status")["is_emulated"]:
            print("They are emulated (TCG), so they take minutes to start; ctrl-C ends them.", file=sys.stderr)
        _wait_for_members(directory, ClusterSettings.read(directory))
    except Late:
        raise
    except BaseException:
        if is_made:
            processes.end(path)
        raise
    option = "" if name == "default" else f" --name {name}"
    print(f"They are one cluster. {called_as()} ssh{option} 1 opens a shell on node 1; down{option} ends it.",
          file=sys.stderr)
