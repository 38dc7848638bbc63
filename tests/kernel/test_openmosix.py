# SPDX-License-Identifier: GPL-2.0-or-later
"""The openMosix interface of the kernel: /proc/hpc, its files in /proc/PID and /dev/openmosix (one boot)."""

import os
from pathlib import Path

import pytest

from kernel.guest_programs import Program, make_initramfs, tap_program
from kernel.kernel_guest import run_programs
from kernel.tap_results import check_result, program_output

PROGRAMS = [tap_program(name, "openmosix.c")
            for name in ("openmosix_settings", "openmosix_requests", "openmosix_state", "openmosix_cpu_time")]
CHILD = Program("openmosix_child", ("openmosix.c", "runtime.c"))
RANDOM = Program("openmosix_random", ("openmosix.c", "random.c", "runtime.c"))
# More of both for a kernel that checks itself: `make test-kernel-debug`.
ROUNDS = os.environ.get("CLUSTERDISC_ROUNDS", "2000")
SECONDS = float(os.environ.get("CLUSTERDISC_GUEST_SECONDS", "120"))

pytestmark = pytest.mark.vm


@pytest.fixture(scope="module")
def console(kernel_image: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the programs say on two Pentium III."""
    initramfs = make_initramfs([*PROGRAMS, CHILD, RANDOM], tmp_path_factory.mktemp("guest"))
    commands = [[f"/{program.name}"] for program in PROGRAMS]
    return run_programs(kernel_image, initramfs, tmp_path_factory.mktemp("pentium3"),
                        [*commands, ["/openmosix_random", ROUNDS]], SECONDS, cpu="pentium3", processors=2)


@pytest.mark.parametrize(("program", "test"), [
    pytest.param(program.name, test, id=f"{program.name}-{test}") for program in PROGRAMS for test in program.test_names()])
def test_interface(console: str, program: str, test: str) -> None:
    """The test passes."""
    check_result(console, program, test)


def test_random_operations_leave_nothing_behind(console: str) -> None:
    """Random operations on all files and the device, while processes come and go, end with what was there before."""
    output = program_output(console, "openmosix_random")
    assert output[-1] == "== /openmosix_random ends with status 0", "\n".join(output[-20:])
