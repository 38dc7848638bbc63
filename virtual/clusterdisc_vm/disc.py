# SPDX-License-Identifier: GPL-2.0-or-later
"""The disc that the virtual PCs boot: which file it is, and what a boot loader takes from it.

The PCs start its kernel directly, or the drone, with the parameters of the entry of the boot menu and their own. So nothing has
to be typed, and no menu waits; the rest of the boot is as from a drive.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from clusterdisc_vm.iso9660 import Image, NotAnImage
from clusterdisc_vm.problems import Problem, UsageProblem

_MENU = "isolinux/isolinux.cfg"


@dataclass(frozen=True)
class Entry:
    """What an entry of the boot menu starts."""

    kernel: bytes
    initramfs: bytes
    parameters: str


@dataclass(frozen=True)
class Disc:
    """The image at PATH; DRONE is None where it has none."""

    path: Path
    node: Entry
    drone: Entry | None


def find(named: str | None, checkout: Path | None) -> Path:
    """The image that is meant: NAMED, else $CLUSTERDISC_ISO, else what ./build.sh has made in CHECKOUT."""
    named = named or os.environ.get("CLUSTERDISC_ISO")
    if named:
        path = Path(named).absolute()
        if not path.is_file():
            raise UsageProblem(f"there is no disc {named!r}; sudo ./build.sh makes one, out/clusterdisc-VERSION-i486.iso")
        return path
    if checkout is None:
        raise UsageProblem("which disc? Give --iso FILE, or set CLUSTERDISC_ISO")
    version = (checkout / "VERSION").read_text().strip()
    path = checkout / "out" / f"clusterdisc-{version}-i486.iso"
    if not path.is_file():
        raise Problem(f"there is no disc {path}: make it with sudo ./build.sh, or name one with --iso FILE")
    return path


def read(path: Path) -> Disc:
    """The disc at PATH."""
    try:
        with Image(path) as image:
            node = _read_entry(image, "node")
            if node is None:
                raise NotAnImage(f"{_MENU} has no entry node")
            return Disc(path, node, _read_entry(image, "drone"))
    except PermissionError as error:
        raise Problem(f"you may not read {path}: it has the cluster's key; give it to yourself (sudo chown $USER {path})") \
            from error
    except (OSError, NotAnImage, UnicodeDecodeError) as error:
        raise Problem(f"{path} is not a disc of ClusterDisc: {error}") from error


def _read_entry(image: Image, name: str) -> Entry | None:
    menu = image.read(_MENU).decode()
    found = re.search(rf"^label {name}\n(?:[ \t]+.*\n)*?[ \t]+kernel (\S+)\n[ \t]+append initrd=(\S+)(?: (.*))?$", menu,
                      re.MULTILINE)
    if found is None:
        return None
    kernel, initramfs = (image.read(path.removeprefix("/")) for path in found.group(1, 2))
    return Entry(kernel, initramfs, (found[3] or "").strip())
