# SPDX-License-Identifier: GPL-2.0-or-later
"""What has to run in the disc's own system for a layer: maintainer scripts of packages, and the lab's script.

It runs now, in namespaces of its own over the disc's files, or at each boot of a node if this machine cannot do that. The
same program does it in both cases; it is part of the layer.
"""

import shlex
from pathlib import Path

from .layer import Layer
from .namespaces import run_in
from .packages import DATABASE, Package
from .root_view import RootView

_DIRECTORY = "/usr/lib/clusterdisc/configure"
_DONE = "/var/lib/clusterdisc/configured"

# Exit status of the program when dpkg could not configure everything; sysexits(3) calls it a temporary failure.
_LEFT_OVER = 75

_PROGRAM = """#!/bin/sh
# Made by clusterdisc-remaster: configures what {layer} added.
set -eu
export DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true HOME=/root LC_ALL=C.UTF-8
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
done={done}
mkdir -p "$done"
if [ ! -e "$done/{layer}.preinst" ]; then
  for package in {packages}; do
    # dpkg would have run it before it unpacked the package.
    script=/var/lib/dpkg/info/$package.preinst
    if [ -x "$script" ]; then
      DPKG_MAINTSCRIPT_PACKAGE=${{package%%:*}} DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT=1 DPKG_MAINTSCRIPT_NAME=preinst \\
        DPKG_MAINTSCRIPT_ARCH=$(dpkg --print-architecture) DPKG_ROOT= "$script" install
    fi
  done
  : >"$done/{layer}.preinst"
fi
if [ -n "{packages}" ]; then
  dpkg --force-confold --configure --pending || exit {left_over}
fi
if [ -x {directory}/{layer}.script ]; then
  (cd / && {directory}/{layer}.script)
fi
: >"$done/{layer}"
"""

_UNIT = """# Made by clusterdisc-remaster.
[Unit]
Description=Configure what {layer} of the disc added
ConditionPathExists=!{done}/{layer}
After=local-fs.target systemd-tmpfiles-setup.service systemd-sysusers.service {before}

[Service]
Type=oneshot
ExecStart={directory}/{layer}
RemainAfterExit=yes
TimeoutStartSec=infinity

[Install]
WantedBy=multi-user.target
"""


class Configuration:
    """What has to run for the layer NAME: the scripts of PACKAGES, and a SCRIPT of the lab."""

    def __init__(self, name: str, packages: list[Package], script: Path | None) -> None:
        self._name = name
        self._packages = [package for package in packages if package.needs_configuration]
        self._script = script

    @property
    def is_needed(self) -> bool:
        """False if there is nothing to run."""
        return bool(self._packages or self._script)

    def describe(self) -> str:
        """What is run, for people."""
        parts = [f"maintainer scripts of {', '.join(package.name for package in self._packages)}"] if self._packages else []
        return " and ".join(parts + ([str(self._script)] if self._script else []))

    def run_now(self, layer: Layer, root: RootView, scratch: Path) -> list[str]:
        """Runs it, and puts what it changed into the layer. Returns the packages that are left for the boot, with the last
        words of dpkg about them: their scripts may need what is not allowed here. Raises CannotRunHere, and leaves the layer
        as it was, if nothing could be run."""
        self._put_program(layer)
        status, said = run_in(layer, root, scratch, f"{_DIRECTORY}/{self._name}", (0, _LEFT_OVER))
        if status == 0:
            return []
        database = layer.local(f"{DATABASE}/status").read_text(errors="surrogateescape")
        left = [package.name for package in self._packages if not package.is_installed(database)]
        reasons = [line for line in said.splitlines() if "error" in line.lower() or "Invalid argument" in line]
        return [", ".join(left), *reasons[:1]]

    def leave_for_boot(self, layer: Layer) -> None:
        """Makes each node run it at boot."""
        self._put_program(layer)
        number = int(self._name[-2:])
        before = " ".join(f"clusterdisc-configure-layer-{other:02}.service" for other in range(1, number))
        unit = f"clusterdisc-configure-{self._name}.service"
        text = _UNIT.format(layer=self._name, done=_DONE, directory=_DIRECTORY, before=before)
        layer.file(f"/etc/systemd/system/{unit}", text.encode(), 0o644)
        layer.link(f"/etc/systemd/system/multi-user.target.wants/{unit}", f"/etc/systemd/system/{unit}")

    def _put_program(self, layer: Layer) -> None:
        names = " ".join(shlex.quote(package.database_name) for package in self._packages)
        program = _PROGRAM.format(layer=self._name, packages=names, directory=_DIRECTORY, done=_DONE,
                                  left_over=_LEFT_OVER)
        layer.file(f"{_DIRECTORY}/{self._name}", program.encode(), 0o755)
        if self._script:
            layer.file(f"{_DIRECTORY}/{self._name}.script", self._script.read_bytes(), 0o755)
