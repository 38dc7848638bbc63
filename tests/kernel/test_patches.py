# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel patches keep the kernel's own rules, and the series lists them all."""

import subprocess
import tarfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PATCHES = REPOSITORY / "kernel/patches"
_CHECKPATCH_FILES = ("checkpatch.pl", "spelling.txt", "const_structs.checkpatch")
# Which maintainer's entry a new file falls under is a question for the kernel's own tree.
_NOT_FOR_US = "FILE_PATH_CHANGES"


def _series() -> list[str]:
    lines = (line.split("#")[0].strip() for line in (PATCHES / "series").read_text().splitlines())
    return [line for line in lines if line]


@pytest.fixture(scope="session")
def checkpatch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """checkpatch.pl of the kernel source that the patches are for."""
    folder = tmp_path_factory.mktemp("scripts")
    command = REPOSITORY / "kernel/linux-source.sh"
    result = subprocess.run([str(command)], capture_output=True, text=True, check=False)
    if result.returncode:
        pytest.fail(f"{command.name} gives no kernel source:\n{result.stderr}", pytrace=False)
    with tarfile.open(result.stdout.splitlines()[0]) as source:
        wanted = set(_CHECKPATCH_FILES)
        for member in source:
            path = Path(member.name)
            if path.parent.name == "scripts" and path.name in wanted:
                member.name = path.name
                source.extract(member, folder)
                wanted.remove(path.name)
            if not wanted:
                break
    return folder / "checkpatch.pl"


def test_series_lists_every_patch_once() -> None:
    """No patch is forgotten, none is listed that is not there."""
    assert sorted(_series()) == sorted(path.name for path in PATCHES.glob("*.patch"))


@pytest.mark.parametrize("name", _series())
def test_patch_is_clean(checkpatch: Path, name: str) -> None:
    """checkpatch.pl has nothing to say."""
    result = subprocess.run(["perl", str(checkpatch), "--no-tree", "--no-signoff", "--quiet", "--ignore", _NOT_FOR_US,
                             str(PATCHES / name)], capture_output=True, text=True, check=False)
    assert result.returncode == 0 and not result.stdout.strip(), result.stdout + result.stderr
