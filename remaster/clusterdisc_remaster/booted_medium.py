# SPDX-License-Identifier: GPL-2.0-or-later
"""On a running node: the medium that it was booted from."""

from pathlib import Path

from .problems import UsageProblem

_MOUNT_POINT = "/run/live/medium"


def find(mounts: Path = Path("/proc/self/mounts"), devices: Path = Path("/sys/class/block")) -> Path:
    """The device or ISO file with the medium; raises a UsageProblem where there is none."""
    source = None
    for line in mounts.read_text().splitlines():
        fields = line.split()
        if fields[1] == _MOUNT_POINT:
            source = fields[0]
    if source is None:
        raise UsageProblem("no disc was named, and this is no node that was booted from one; name an ISO file")
    if not source.startswith("/dev/"):
        raise UsageProblem("no disc was named, and this node runs from RAM or the network; name an ISO file or a device")
    device = (devices / Path(source).name).resolve()
    backing = device / "loop/backing_file"
    if backing.is_file():
        # The ISO was a file on a disk (findiso=).
        return Path(backing.read_text().rstrip("\n"))
    if (device / "partition").exists():
        # Of a stick, live-boot may mount the partition; the image begins where the stick does.
        device = device.parent
    return Path("/dev") / device.name
