# SPDX-License-Identifier: GPL-2.0-or-later
"""The secret of the cluster that this node is in, as the key that clients get."""

import hashlib
from pathlib import Path

from . import sodium
from .problems import Failure

_MAX_FILE_BYTES = 4096
# As omdiscd turns passphrases into keys (common/cluster_keys.cc).
_PASSES, _MEMORY = 3, 8 << 20
_SALT_CONTEXT = b"clusterdisc passphrase\0"
DEFAULT_CLUSTER = "clusterdisc"


def cluster_name(settings: Path) -> str:
    """The name of the cluster that the boot parameters say (node.toml), else the default one."""
    try:
        for line in settings.read_text()[:_MAX_FILE_BYTES].splitlines():
            name, equals, value = line.partition(" = ")
            if name == "cluster" and equals:
                return value.strip('"')
    except OSError:
        pass
    return DEFAULT_CLUSTER


def read(directory: Path) -> bytes | None:
    """The 32 bytes of the key in DIRECTORY, where the boot parameters are (/run/clusterdisc); None when there is none.

    A passphrase becomes the key that omdiscd makes of it: of two secrets in a file the first one counts, by which it sends.
    """
    try:
        if (file := directory / "cluster.key").exists():
            return bytes.fromhex(_first_line(file, comments=True))
        if (file := directory / "passphrase").exists():
            return from_passphrase(_first_line(file).encode(), cluster_name(directory / "node.toml"))
    except (OSError, ValueError) as problem:
        raise Failure(f"cannot read the cluster key in {directory}: {problem}") from problem
    return None


def from_passphrase(passphrase: bytes, cluster: str) -> bytes:
    """The key of a passphrase in the cluster of that name."""
    salt = hashlib.blake2b(_SALT_CONTEXT + cluster.encode(), digest_size=64).digest()
    return sodium.key_of_passphrase(passphrase, salt, _PASSES, _MEMORY)


def _first_line(file: Path, comments: bool = False) -> str:
    with file.open(encoding="utf-8") as content:
        lines = content.read(_MAX_FILE_BYTES).splitlines()
    return next((line for line in lines if not (comments and line.startswith("#"))), "")
