# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel under test."""

import os
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
_PACKAGES = "out/packages/linux-image-*-openmosix-486_*_i386.deb"


def _find_package() -> Path:
    packages = sorted(REPOSITORY.glob(_PACKAGES), key=lambda path: path.stat().st_mtime)
    if not packages:
        subprocess.run(["./build.sh", "kernel"], cwd=REPOSITORY, check=True)
        packages = sorted(REPOSITORY.glob(_PACKAGES), key=lambda path: path.stat().st_mtime)
    if not packages:
        pytest.fail(f"./build.sh kernel has made no {_PACKAGES}")
    return packages[-1]


@pytest.fixture(scope="session")
def kernel_image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our kernel's vmlinuz: $CLUSTERDISC_VMLINUZ, or the one of the package, which is built when it is not there."""
    given = os.environ.get("CLUSTERDISC_VMLINUZ")
    if given:
        path = Path(given)
        if not path.is_file():
            pytest.fail(f"CLUSTERDISC_VMLINUZ is {given}, which is no file")
        return path
    package = _find_package()
    folder = tmp_path_factory.mktemp("kernel")
    subprocess.run(["dpkg-deb", "--extract", str(package), str(folder)], check=True)
    images = list(folder.glob("boot/vmlinuz-*"))
    if len(images) != 1:
        pytest.fail(f"{package} has {len(images)} files boot/vmlinuz-*, not one")
    return images[0]
