# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line of clusterdisc-vm."""

import argparse
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from clusterdisc_vm import cluster_process, console_window, members, processes, run_directory, ssh, starting, status_table
from clusterdisc_vm.problems import EXIT_USAGE, Problem, UsageProblem, called_as
from clusterdisc_vm.requests import open_request, request
from clusterdisc_vm.settings import MAX_NODES, ClusterSettings

_EXIT_INTERRUPTED = 130
_MIN_MEMORY_MIB = 64
_MAX_MEMORY_MIB = 3072
_MAX_DELAY_SECONDS = 10


class _Parser(argparse.ArgumentParser):
    def error(self, message: str):
        print(f"error: {message}\nSee {called_as()} --help", file=sys.stderr)
        sys.exit(EXIT_USAGE)


def _whole_number(what: str, least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no {what}: give a whole number from {least} to {most}")
        return int(text)
    return parse


_node = _whole_number("node's number", 1, MAX_NODES)


def parse_delay(text: str) -> float:
    """The seconds in TEXT, which has a unit."""
    found = re.fullmatch(r"(\d{1,5}(?:\.\d{1,3})?)(ms|s)", text)
    seconds = float(found[1]) / (1000 if found[2] == "ms" else 1) if found else -1
    if not 0 <= seconds <= _MAX_DELAY_SECONDS:
        raise argparse.ArgumentTypeError(f"{text!r} is no delay: give milliseconds or seconds up to {_MAX_DELAY_SECONDS}s, "
                                         "such as 50ms or 0.2s")
    return seconds


def parse_loss(text: str) -> float:
    """The share (0 to 1) in TEXT, which is percent."""
    found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,3})?)%?", text)
    if not found or float(found[1]) > 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no loss: give percent, such as 5%")
    return float(found[1]) / 100


def _parser() -> _Parser:
    parser = _Parser(prog=called_as(), allow_abbrev=False, description="A virtual cluster on this machine: PCs that boot the "
                     "disc, on a private network of their own. Needs QEMU, and no rights.",
                     epilog="Exit status: 0 done, 1 it did not work, 2 the command line is wrong; with ssh, that of the command.")
    verbs = parser.add_subparsers(metavar="VERB", required=True)

    def verb(name: str, action: Callable[[argparse.Namespace], int | None], text: str, *, named: bool = True):
        added = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
        added.set_defaults(action=action)
        if named:
            added.add_argument("--name", default="default", help="which cluster (default: %(default)s)")
        return added

    added = verb("up", _up, "start a cluster and wait until its nodes have found each other")
    added.add_argument("nodes", metavar="N", nargs="?", default=3, type=_whole_number("number of nodes", 1, MAX_NODES),
                       help="how many virtual PCs (default: %(default)s)")
    added.add_argument("--cpu", default="pentium3", help="486, pentium3, host or any other that QEMU has (default: %(default)s)")
    added.add_argument("--memory", default=256, metavar="MIB", help="memory of each, in MiB (default: %(default)s)",
                       type=_whole_number("size of memory", _MIN_MEMORY_MIB, _MAX_MEMORY_MIB))
    added.add_argument("--iso", metavar="FILE", help="the disc (default: $CLUSTERDISC_ISO, or what ./build.sh has made)")
    added.add_argument("--drones", default=0, metavar="K", type=_whole_number("number of drones", 0, MAX_NODES - 1),
                       help="and so many with the disc's drone, of 64 MiB (default: none)")
    verb("status", _status, "show the nodes: state, members that each sees, ssh port")
    added = verb("ssh", _ssh, "run a command on a node, or a shell")
    added.add_argument("number", metavar="N", type=_node)
    added.add_argument("command", nargs=argparse.REMAINDER)
    added = verb("screen", _screen, "take a picture (PNG) of a node's screen")
    added.add_argument("number", metavar="N", type=_node)
    added.add_argument("file", metavar="FILE", nargs="?", type=Path, help="default: NAME-nodeN.png")
    added = verb("cut", _cut, "cut a node's cable: to node B, or to all others")
    added.add_argument("number", metavar="A", type=_node)
    added.add_argument("other", metavar="B", type=_node, nargs="?")
    added = verb("slow", _slow, "make a node's cable slow, each way; some frames are lost")
    added.add_argument("number", metavar="A", type=_node)
    added.add_argument("delay", metavar="DELAY", type=parse_delay, help="such as 50ms")
    added.add_argument("loss", metavar="LOSS", type=parse_loss, nargs="?", default=0, help="such as 5%%")
    verb("heal", lambda options: _ask(options, "heal"), "make all cables whole and fast again")
    for name, text in (("console", "the node's serial console, in this terminal"),
                       ("off", "cut the node's power"), ("button", "press the node's power button: it shuts down"),
                       ("on", "switch the node on"), ("freeze", "stop the node's processors"),
                       ("thaw", "let them run on")):
        added = verb(name, _console if name == "console" else _on_node(name), text)
        added.add_argument("number", metavar="N", type=_node)
    verb("down", lambda options: processes.end(run_directory.find(options.name)), "end the cluster; nothing of it is left")
    verb("list", _list, "the clusters that are up", named=False)
    return parser


def _ask(options: argparse.Namespace, asked: str, **arguments) -> None:
    request(run_directory.find(options.name), asked, **arguments)


def _on_node(asked: str) -> Callable[[argparse.Namespace], None]:
    def action(options: argparse.Namespace) -> None:
        if asked in ("off", "on"):
            ssh.end_master(run_directory.find(options.name), options.number)
        _ask(options, asked, number=options.number)
    return action


def _checkout() -> Path | None:
    above = Path(os.path.abspath(sys.argv[0])).parents[1]
    return above if (above / "build.sh").is_file() else None


def _up(options: argparse.Namespace) -> None:
    if options.nodes + options.drones > MAX_NODES:
        raise UsageProblem(f"{options.nodes} nodes and --drones {options.drones} are more than {MAX_NODES}: take fewer")
    starting.up(options.name, starting.Wanted(options.nodes, options.drones, options.cpu, options.memory), options.iso,
                _checkout())


def _status(options: argparse.Namespace) -> None:
    directory = run_directory.find(options.name)
    status = request(directory, "status")
    print(status_table.table(status, members.views(directory, status)))


def _ssh(options: argparse.Namespace) -> None:
    directory = run_directory.find(options.name)
    for node in request(directory, "status")["nodes"]:
        if node["number"] == options.number:
            if node["port"] is None:
                raise Problem(f"node {options.number} is a drone and has no login: `console {options.number}` shows what it says")
            if node["state"] != "running":
                raise Problem(f"node {options.number} is {node['state']}")
            command = ssh.command_line(directory, options.number, node["port"], *options.command)
            os.execvp(command[0], command)
    raise Problem(f"there is no node {options.number}; the cluster has 1 to {len(ClusterSettings.read(directory).all_numbers)}")


def _screen(options: argparse.Namespace) -> None:
    file = (options.file or Path(f"{options.name}-node{options.number}.png")).absolute()
    if not file.parent.is_dir():
        raise UsageProblem(f"there is no directory {file.parent}")
    _ask(options, "screen", number=options.number, file=str(file))
    print(file)


def _cut(options: argparse.Namespace) -> None:
    _ask(options, "cut", number=options.number, other=options.other)


def _slow(options: argparse.Namespace) -> None:
    _ask(options, "slow", number=options.number, delay=options.delay, loss=options.loss)


def _console(options: argparse.Namespace) -> None:
    connection, _ = open_request(run_directory.find(options.name), "console", number=options.number)
    with connection:
        console_window.show(connection, options.number)


def _list(_: argparse.Namespace) -> None:
    for name in run_directory.names():
        directory = run_directory.directory_of(name)
        if processes.is_alive(directory):
            settings = ClusterSettings.read(directory)
            drones = f" and {settings.drones} drones" if settings.drones else ""
            print(f"{name}  {settings.nodes} nodes{drones}  {settings.cpu}  {settings.memory_mib} MiB  {settings.iso}")
        else:
            print(f"{name}  has ended unexpectedly; {called_as()} down --name {name} removes what is left of it")


def main(arguments: list[str]) -> int:
    """Runs the command; returns its exit status."""
    if arguments[:1] == [processes.BACKGROUND_VERB] and len(arguments) == 2:
        return cluster_process.main(Path(arguments[1]))
    processes.interrupt_on_signals()
    try:
        options = _parser().parse_args(arguments)
        options.action(options)
    except Problem as problem:
        print(f"error: {problem}", file=sys.stderr)
        return problem.status
    except KeyboardInterrupt:
        return _EXIT_INTERRUPTED
    except BrokenPipeError:
        return 1
    return 0


def run() -> NoReturn:
    """The whole program."""
    sys.exit(main(sys.argv[1:]))
