# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line. Everything that can be known to be wrong without reading the disc is found here."""

import argparse
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from . import menus, picture
from .added_files import Addition
from .archive import check_name
from .problems import UsageProblem

KEY_BYTES = 32

_DESCRIPTION = """Makes a disc for one lab from a finished ClusterDisc: with its own files, cluster key, name and boot
parameters. The disc's own file system is not unpacked; what is added becomes one more layer over it."""

_EPILOG = """Examples:
  clusterdisc-remaster disc.iso --add tools:/opt/tools --title "Physics lab" -o lab.iso
  clusterdisc-remaster disc.iso --new-key --cluster physics -o lab.iso
  clusterdisc-remaster --in-place /dev/sdb --boot-parameters "keyboard-layouts=de"
  clusterdisc-remaster lab.iso --list

Exit status: 0 done, 1 it failed and nothing was changed, 2 the command line is wrong."""


@dataclass
class Request:
    """What the command line asks for."""

    disc: Path | None = None
    list_layers: bool = False
    output: Path | None = None
    in_place: Path | None = None
    additions: list[Addition] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)
    sources: Path | None = None
    script: Path | None = None
    key: bytes | None = None
    title: str | None = None
    cluster: str | None = None
    parameters: str | None = None
    picture: Path | None = None
    picture_content: bytes = b""
    removed: list[str] = field(default_factory=list)

    @property
    def adds_layer(self) -> bool:
        return bool(self.additions or self.packages or self.script)

    @property
    def changes_something(self) -> bool:
        settings = (self.key, self.title, self.cluster, self.parameters, self.picture)
        return bool(self.adds_layer or self.removed) or any(value is not None for value in settings)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        raise UsageProblem(f"{message}; --help shows what there is")


def _parser() -> argparse.ArgumentParser:
    # At a terminal of any width, the examples stay whole.
    width = max(60, min(shutil.get_terminal_size().columns, 120))
    parser = _Parser(
        prog="clusterdisc-remaster", description=_DESCRIPTION, epilog=_EPILOG, allow_abbrev=False,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, max_help_position=34, width=width),
    )
    parser.add_argument("disc", nargs="?", type=Path, metavar="DISC",
                        help="ISO file or device (default: the medium that this node was booted from)")
    parser.add_argument("--add", action="append", default=[], metavar="DIRECTORY[:/PATH]",
                        help="put the content of a directory of this machine there (default: /)")
    parser.add_argument("--package", action="extend", nargs="+", default=[], metavar="NAME",
                        help="add Debian packages, and what they need and the disc lacks")
    parser.add_argument("--sources", type=Path, metavar="FILE",
                        help="where packages come from (sources.list(5)), in place of the disc's own list")
    parser.add_argument("--script", type=Path, metavar="FILE",
                        help="run a program as root in the disc's system, without a network; what it changes is kept")
    parser.add_argument("--key", type=Path, metavar="FILE", help="the 32 bytes of the cluster key")
    parser.add_argument("--new-key", action="store_true", help="make a new cluster key")
    parser.add_argument("--cluster", metavar="NAME", help="the cluster that nodes join unless another is typed at boot")
    parser.add_argument("--boot-parameters", metavar="WORDS", help="added to every menu entry (docs/boot-parameters.md)")
    parser.add_argument("--title", metavar="TEXT", help="the title of the boot menu")
    parser.add_argument("--picture", type=Path, metavar="FILE.png",
                        help=f"the picture behind the boot menu ({picture.WIDTH} x {picture.HEIGHT} pixels)")
    parser.add_argument("--remove", action="append", default=[], metavar="LAYER", help="leave out a layer that --list shows")
    parser.add_argument("--list", action="store_true", help="show the layers and settings of the disc")
    parser.add_argument("-o", "--output", type=Path, metavar="NEW.iso", help="write a new disc")
    parser.add_argument("--in-place", type=Path, metavar="FILE_OR_DEVICE", help="change the disc in this file or on this stick")
    return parser


def parse(arguments: list[str]) -> Request:
    """Reads the command line; raises a UsageProblem if it is wrong. Ends the program after --help."""
    options = _parser().parse_args(arguments)
    request = Request(
        disc=options.disc, list_layers=options.list, output=options.output, in_place=options.in_place,
        additions=[Addition.parse(text) for text in options.add], removed=list(dict.fromkeys(options.remove)),
    )
    request.packages = [check_name(name) for name in dict.fromkeys(options.package)]
    for name in ("sources", "script"):
        file = getattr(options, name)
        if file and not (file.is_file() and os.access(file, os.R_OK)):
            raise UsageProblem(f"--{name}: cannot read {file}")
        setattr(request, name, file)
    if request.sources and not request.packages:
        raise UsageProblem("--sources says where packages come from; give --package, too")
    if options.title is not None:
        request.title = menus.check_title(options.title)
    if options.picture is not None:
        request.picture, request.picture_content = options.picture, picture.read(options.picture)
    if options.cluster is not None:
        request.cluster = menus.check_cluster(options.cluster)
    if options.boot_parameters is not None:
        request.parameters = menus.check_parameters(options.boot_parameters)
    if options.key and options.new_key:
        raise UsageProblem("either --key or --new-key")
    if options.key:
        request.key = _read_key(options.key)
    elif options.new_key:
        request.key = os.urandom(KEY_BYTES)
    _check_result(request)
    return request


def _check_result(request: Request) -> None:
    if request.list_layers:
        if request.changes_something or request.output or request.in_place:
            raise UsageProblem("--list only shows; give it alone with the disc")
        return
    if request.output and request.in_place:
        raise UsageProblem("either -o or --in-place")
    if not request.output and not request.in_place:
        raise UsageProblem("where shall the result go? -o NEW.iso, or --in-place FILE_OR_DEVICE")
    if request.in_place:
        if request.disc and not _is_same(request.disc, request.in_place):
            raise UsageProblem(f"--in-place changes the disc on {request.in_place}; leave out {request.disc}, or use -o")
        request.disc = request.in_place
    if not request.changes_something:
        raise UsageProblem("nothing to do: give --add, --key, --title or another change; --help shows what there is")
    if request.output:
        if request.output.is_dir() or request.output.exists() and not request.output.is_file():
            raise UsageProblem(f"-o takes a new ISO file, and {request.output} is a directory or device; "
                               "to change a stick use --in-place")
        if not request.output.parent.is_dir():
            raise UsageProblem(f"there is no directory {request.output.parent} for {request.output.name}")


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one == other


def _read_key(file: Path) -> bytes:
    try:
        with file.open("rb") as content:
            key = content.read(KEY_BYTES + 1)
    except OSError as problem:
        raise UsageProblem(f"cannot read the cluster key {file}: {problem.strerror}") from problem
    if len(key) != KEY_BYTES:
        raise UsageProblem(f"the cluster key {file} has {'more' if len(key) > KEY_BYTES else len(key)} bytes, "
                           f"not {KEY_BYTES}; make one: head -c {KEY_BYTES} /dev/urandom >FILE")
    return key
