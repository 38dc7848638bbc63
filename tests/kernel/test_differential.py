# SPDX-License-Identifier: GPL-2.0-or-later
"""Random instructions, executed by the build machine's CPU and emulated by the kernel for one that lacks them.

The results must be the same, bit for bit; differential_record.py lists what no two kinds of CPU agree on. Another run
than the standard one:  DIFFERENTIAL_SEED=7 DIFFERENTIAL_COUNT=1000000 pytest tests/kernel/test_differential.py
"""

import os
import subprocess
from pathlib import Path

import pytest

from kernel.differential_record import SIZE, Record, explain_difference, read_records
from kernel.guest_programs import DIFFERENTIAL, make_initramfs
from kernel.kernel_guest import run_programs

SEED = int(os.environ.get("DIFFERENTIAL_SEED", "1"))
COUNT = int(os.environ.get("DIFFERENTIAL_COUNT", "100000"))
# The Pentium III is for the other format of the FPU state, and for the NOPs, which QEMU executes itself on any CPU.
FORCED_COUNT = COUNT // 5
_SHOWN = 5
_SECTOR = 512

pytestmark = [pytest.mark.vm, pytest.mark.slow]


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    """What this machine's CPU does."""
    folder = tmp_path_factory.mktemp("native")
    program = DIFFERENTIAL.compile(folder)
    output = folder / "records"
    result = subprocess.run([str(program), str(output), str(SEED), "0", str(COUNT)],
                            capture_output=True, text=True, timeout=600, check=False)
    if result.returncode:
        raise AssertionError(f"{program.name} failed on this machine (status {result.returncode}): {result.stdout}")
    return read_records(output, COUNT)


@pytest.fixture(scope="module")
def initramfs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same program for the virtual machines."""
    return make_initramfs([DIFFERENTIAL], tmp_path_factory.mktemp("guest"))


def _emulated(kernel: Path, initramfs: Path, folder: Path, count: int, cpu: str, force: bool) -> list[Record]:
    disk = folder / "disk"
    with open(disk, "wb") as file:
        # A disk has whole sectors.
        file.truncate(-(-count * SIZE // _SECTOR) * _SECTOR)
    command = ["/differential", "/dev/sda", str(SEED), "0", str(count)] + (["--force-prefix"] if force else [])
    console = run_programs(kernel, initramfs, folder, [command], 60 + count / 200, cpu=cpu, disk=disk,
                           parameters="i686_emulation=selftest" if force else "")
    assert f"{count} cases of seed {SEED} done" in console, f"the guest has not finished:\n{console[-2000:]}"
    return read_records(disk, count)


def _compare(native_records: list[Record], emulated_records: list[Record]) -> None:
    different = [(native, emulated) for native, emulated in zip(native_records, emulated_records, strict=False)
                 if native.comparable() != emulated.comparable()]
    if different:
        shown = "\n\n".join(explain_difference(*pair) for pair in different[:_SHOWN])
        pytest.fail(f"seed {SEED}: {len(different)} of {len(emulated_records)} cases differ\n\n{shown}", pytrace=False)


def test_the_cases_reach_everything(native: list[Record]) -> None:
    """The random cases have all outcomes, else the comparison would prove nothing."""
    outcomes = {record.fault[:2] for record in native}
    assert {(0, 0), (4, 2), (7, 1), (7, 2), (8, 3), (11, 1), (11, 2), (11, 128)} <= outcomes, f"only {sorted(outcomes)}"


def test_emulated_on_a_486(kernel_image: Path, initramfs: Path, native: list[Record], tmp_path: Path) -> None:
    """The kernel does for an i486 what this CPU does itself."""
    _compare(native, _emulated(kernel_image, initramfs, tmp_path, COUNT, "486", force=False))


def test_forced_on_a_pentium3(kernel_image: Path, initramfs: Path, native: list[Record], tmp_path: Path) -> None:
    """The kernel does behind the forced-emulation prefix what this CPU does itself."""
    _compare(native, _emulated(kernel_image, initramfs, tmp_path, FORCED_COUNT, "pentium3", force=True))
