# SPDX-License-Identifier: GPL-2.0-or-later
"""The self-test guest of the i686 emulation: every line of TAP that it prints is a test here.

It runs on a virtual i486, whose invalid opcodes are what the emulation is for, and on a Pentium III, which makes the
kernel emulate by the forced-emulation prefix: another format of the FPU state, and instructions that QEMU executes.
"""

from pathlib import Path

import pytest

from kernel.guest_programs import make_initramfs, tap_program
from kernel.kernel_guest import run_programs
from kernel.tap_results import check_result

PROGRAMS = ["cmov_registers", "cmov_memory", "fpu", "faults", "cmpxchg8b", "single_step", "resume", "threads", "forced",
            "counters"]
# These have no form with the prefix: their instructions are in the middle of code that is stepped through.
ONLY_486 = {"single_step"}

pytestmark = pytest.mark.vm


def _all_tests() -> list:
    return [pytest.param(program, test, id=f"{program}-{test}")
            for program in PROGRAMS for test in tap_program(program).test_names()]


@pytest.fixture(scope="module")
def initramfs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All test programs."""
    return make_initramfs([tap_program(name) for name in (*PROGRAMS, "absent")], tmp_path_factory.mktemp("guest"))


@pytest.fixture(scope="module")
def console_486(kernel_image: Path, initramfs: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the programs say on an i486 (one: it has no interrupt controller for several)."""
    return run_programs(kernel_image, initramfs, tmp_path_factory.mktemp("i486"),
                        [[f"/{program}"] for program in PROGRAMS], 120,
                        cpu="486", parameters="i686_emulation=selftest")


@pytest.fixture(scope="module")
def console_pentium3(kernel_image: Path, initramfs: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the programs say on two Pentium III CPUs with everything forced to be emulated."""
    return run_programs(kernel_image, initramfs, tmp_path_factory.mktemp("pentium3"),
                        [[f"/{program}", "--force-prefix"] for program in PROGRAMS], 120,
                        cpu="pentium3", processors=2, parameters="i686_emulation=selftest")


@pytest.fixture(scope="module")
def console_without_need(kernel_image: Path, initramfs: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a Pentium III says that was not asked to test itself."""
    return run_programs(kernel_image, initramfs, tmp_path_factory.mktemp("absent"), [["/absent"]], 60, cpu="pentium3")


def _check(console: str, program: str, test: str) -> None:
    reason = check_result(console, program, test)
    if reason:
        pytest.skip(reason)


@pytest.mark.parametrize(("program", "test"), _all_tests())
def test_on_a_486(console_486: str, program: str, test: str) -> None:
    """The test passes where the CPU lacks the instructions."""
    _check(console_486, program, test)


@pytest.mark.parametrize(("program", "test"), [case for case in _all_tests() if case.values[0] not in ONLY_486])
def test_forced_on_a_pentium3(console_pentium3: str, program: str, test: str) -> None:
    """The test passes where the emulation is forced."""
    _check(console_pentium3, program, test)


@pytest.mark.parametrize("test", tap_program("absent").test_names())
def test_without_need_there_is_no_emulation(console_without_need: str, test: str) -> None:
    """On a CPU that has all instructions, the emulation is off."""
    _check(console_without_need, "absent", test)
