# SPDX-License-Identifier: GPL-2.0-or-later
"""The verbs of clusterdisc-serve."""

import argparse
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from . import admission, control, links, wake
from .daemon import Daemon, Settings
from .known_nodes import KnownNodes
from .problems import Failure, UsageProblem
from .status_text import status_text

_UNIT = "clusterdisc-serve.service"

_DESCRIPTION = "Starts the PCs of a room over the network: they become nodes of this node's cluster with nothing typed."
_EPILOG = """Without a verb: start. All verbs need root (sudo).

Exit status: 0 done, 1 it failed, 2 the command line is wrong."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageProblem(f"{message}; --help shows what there is")


def _minutes(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= admission.MAX_MINUTES:
        raise UsageProblem(f"{text} is no number of minutes from 1 to {admission.MAX_MINUTES}")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    defaults = Settings()
    parser = _Parser(prog="clusterdisc-serve", description=_DESCRIPTION, epilog=_EPILOG, allow_abbrev=False,
                     formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", parser_class=_Parser)
    verbs.add_parser("start", help="serve on every wired link, and admit PCs for a while")
    verbs.add_parser("stop", help="serve no more")
    verbs.add_parser("status", help="show each link, who was admitted and who waits")
    admit = verbs.add_parser("admit", help="give the cluster key to PCs that ask for it from now on")
    admit.add_argument("minutes", nargs="?", type=_minutes, default=admission.DEFAULT_MINUTES, metavar="MINUTES",
                       help=f"for how long (default: {admission.DEFAULT_MINUTES})")
    verbs.add_parser("close", help="give it to nobody from now on")
    waking = verbs.add_parser("wake", help="switch on PCs that were nodes before (Wake-on-LAN)")
    waking.add_argument("which", metavar="all|NODE", help="all of them, or the one with that node id")
    foreground = verbs.add_parser("run", help="serve in the foreground; what start makes systemd do")
    for name in ("medium", "boot_settings", "cluster", "run_directory", "known_nodes", "own", "command_line"):
        foreground.add_argument(f"--{name.replace('_', '-')}", type=Path, default=getattr(defaults, name), metavar="PATH",
                                help="(default: %(default)s)")
    foreground.add_argument("--interface", action="append", default=[], metavar="NAME",
                            help="only on these (default: every wired link)")
    foreground.add_argument("--admit-minutes", type=_minutes, default=defaults.admit_minutes, metavar="MINUTES",
                            help="for how long PCs are admitted at first (default: %(default)s)")
    return parser


def _systemctl(verb: str) -> None:
    done = subprocess.run(["systemctl", verb, _UNIT], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(f"systemctl {verb} {_UNIT} failed: {done.stderr.strip()}; journalctl -u {_UNIT} says why")


def _start(_: argparse.Namespace) -> None:
    _systemctl("start")
    print("PCs that start from the network join this cluster. sudo clusterdisc-serve status shows them.")


def _run(options: argparse.Namespace) -> None:
    Daemon(Settings(
        medium=options.medium, boot_settings=options.boot_settings, cluster=options.cluster,
        run_directory=options.run_directory, known_nodes=options.known_nodes, own=options.own,
        command_line=options.command_line, interfaces=tuple(options.interface), admit_minutes=options.admit_minutes)).run()


def _wake(options: argparse.Namespace) -> None:
    if options.which != "all" and not options.which.isdecimal():
        raise UsageProblem(f"{options.which} is neither all nor a node id")
    macs = KnownNodes(Settings().known_nodes).of(options.which)
    found = links.look([])
    if not found:
        raise Failure("no wired link is up; plug in a cable")
    wake.wake(macs, found)
    print(f"woken: {', '.join(macs)}; a PC whose firmware does not arm its card stays off (docs/network-boot.md)")


_VERBS: dict[str, Callable[[argparse.Namespace], None]] = {
    "start": _start, "run": _run, "wake": _wake,
    "stop": lambda _: _systemctl("stop"),
    "status": lambda _: print(status_text(control.ask({"verb": "status"}))),
    "admit": lambda options: print(status_text(control.ask({"verb": "admit", "minutes": options.minutes}))),
    "close": lambda _: print(status_text(control.ask({"verb": "close"}))),
}


def run(arguments: list[str]) -> None:
    """Does what the command line says; raises a UsageProblem or a Failure."""
    options = _parser().parse_args(arguments)
    _VERBS[options.verb or "start"](options)
