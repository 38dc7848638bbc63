# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel executes on an i486 while it starts and runs programs, an i486 has.

The lint (tests/instruction_set) sees what is in the kernel's file, but not whether the kernel asks the CPU before it
executes it. QEMU executes most of what an i486 lacks without a fault, so the proof is its record of what it has executed.
"""

from pathlib import Path

import pytest

from instruction_set.instruction_sets import Kind, classify
from kernel.executed_code import Executed, SystemMap, disassemble, read_record
from kernel.guest_programs import make_initramfs, tap_program
from kernel.kernel_guest import run_programs

pytestmark = pytest.mark.vm

# Without what QEMU's i486 has of a Pentium, for which the kernel would write CR4.
CPU = "486,-vme,-pse"
# QEMU's i486 says that it has CPUID; those without it are asked by have_cpuid_p().
ANY_FUNCTION = {"CPUID"}
# With the reason why an i486 goes on.
GUARDED = {
    ("i386_start_kernel", "CR4"): "native_read_cr4(), with an exception table entry",
    ("setup_arch", "CR4"): "native_read_cr4(), with an exception table entry",
    ("i686_emulation_init", "RDTSC"): "finds out whether the CPU has it, with an exception table entry",
    ("init_intel", "MSR"): "rdmsrl_safe(), with an exception table entry; the others only after it has succeeded",
    ("init_ia32_feat_ctl", "MSR"): "rdmsrl_safe(), with an exception table entry; wrmsr only after it has succeeded",
}
# Has one of each kind that the emulation executes for programs.
PROGRAMS = ["cmov_registers", "fpu", "cmpxchg8b", "threads"]


@pytest.fixture(scope="module")
def executed(kernel_image: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Executed]:
    """Every instruction of the kernel that was executed at least once."""
    folder = tmp_path_factory.mktemp("executed")
    record = folder / "record"
    initramfs = make_initramfs([tap_program(name) for name in PROGRAMS], folder / "guest")
    # No PC without a time stamp counter has an HPET.
    run_programs(kernel_image, initramfs, folder, [[f"/{name}"] for name in PROGRAMS], 240, cpu=CPU, machine="pc,hpet=off",
                 parameters="nokaslr", extra=["-d", "in_asm", "-D", str(record)])
    return disassemble(read_record(record), folder)


@pytest.fixture(scope="module")
def system_map(kernel_image: Path) -> SystemMap:
    """The kernel's functions."""
    path = kernel_image.with_name(kernel_image.name.replace("vmlinuz", "System.map"))
    if not path.is_file():
        pytest.skip(f"there is no {path.name} beside the kernel")
    return SystemMap(path)


def test_all_of_it_is_of_an_i486(executed: list[Executed], system_map: SystemMap) -> None:
    """Nothing else is executed, but where the kernel is ready for the fault."""
    found = set()
    for number, instruction in enumerate(executed):
        following = [later.text for later in executed[number + 1:number + 4]]
        verdict = classify(instruction.text, privileged=True, following=following)
        if verdict.kind is not Kind.NATIVE and verdict.group not in ANY_FUNCTION:
            found.add((system_map.function(instruction.address), verdict.group))
    assert found <= GUARDED.keys(), f"not of an i486: {sorted(found - GUARDED.keys())}"


def test_the_record_is_of_the_whole_start(executed: list[Executed], system_map: SystemMap) -> None:
    """It reaches from the first function to those that programs need, and sees the guarded instructions."""
    functions = {system_map.function(instruction.address) for instruction in executed}
    assert {"start_kernel", "identify_cpu", "kernel_init", "exc_invalid_op", "do_exit"} <= functions
    assert any(instruction.text == "rdtsc" for instruction in executed)
