# SPDX-License-Identifier: GPL-2.0-or-later
"""The records of guest/differential.c, what of them is comparable between machines, and how to show them."""

import shutil
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

REGISTERS = ("eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi")
_CPU = "9I7I80s"
_FORMAT = struct.Struct(f"<4I16s{_CPU}24s{_CPU}24siiIiII")
_PAGE_FAULT = 14
_C1 = 0x200
_ERROR_SUMMARY = 0x80
_ARITHMETIC_FLAGS = 0x8D5
_FLAG_NAMES = {0: "CF", 2: "PF", 4: "AF", 6: "ZF", 7: "SF", 8: "TF", 10: "DF", 11: "OF", 16: "RF", 18: "AC"}
SIZE = _FORMAT.size


@dataclass(frozen=True)
class Cpu:
    """The state of a CPU before or after an instruction."""

    general: tuple
    flags: int
    fpu_environment: tuple
    fpu_registers: bytes

    @classmethod
    def from_fields(cls, fields: tuple) -> "Cpu":
        """From the fields of one state in a record."""
        return cls(fields[:8], fields[8], fields[9:16], fields[16])

    def comparable(self, ignored_flags: int = 0, ignored_status: int = 0) -> tuple:
        """What must be the same on every machine, but for bits that the instruction leaves open."""
        # Bit 16 (RF) of a signal's flags tells how the CPU delivers faults; it is 0 outside of them.
        flags = self.flags & ~(1 << 16) & ~ignored_flags
        # The upper halves are reserved. The pointers to the last FPU instruction and operand are of no defined value:
        # AMD's CPUs store them only when an exception is pending, and CPUs that have dropped the selectors store 0.
        control, status, tags = (word & 0xFFFF for word in self.fpu_environment[:3])
        return self.general, flags, control, status & ~ignored_status, tags, self.fpu_registers

    def is_empty(self, number: int) -> bool:
        """Whether the FPU register ST(NUMBER) is empty."""
        _, status, tags = self.fpu_environment[:3]
        return tags >> 2 * ((status >> 11) + number & 7) & 3 == 3

    def lines(self) -> dict[str, str]:
        """Names and values, for people."""
        shown = {name: f"{value:08x}" for name, value in zip(REGISTERS, self.general, strict=True)}
        names = " ".join(name for bit, name in _FLAG_NAMES.items() if self.flags >> bit & 1)
        shown["flags"] = f"{self.flags:08x} {names}"
        control, status, tags = (word & 0xFFFF for word in self.fpu_environment[:3])
        shown["fpu"] = f"control {control:04x} status {status:04x} (top {status >> 11 & 7}) tags {tags:04x}"
        for number in range(8):
            value = int.from_bytes(self.fpu_registers[10 * number:10 * number + 10], "little")
            shown[f"st({number})"] = f"{value >> 64:04x} {value & (1 << 64) - 1:016x}"
        return shown


@dataclass(frozen=True)
class Record:
    """One executed instruction."""

    index: int
    address: int
    code: bytes
    before: Cpu
    window_before: bytes
    after: Cpu
    window_after: bytes
    fault: tuple

    def comparable(self) -> tuple:
        """What must be the same on every machine."""
        signal, code, address, ip, trap, error = self.fault
        if trap == _PAGE_FAULT:
            # Bit 4 (instruction fetch) is only there with no-execute pages, which a CPU without PAE cannot have.
            error &= ~0x10
        else:
            # Only a page fault sets these two of the signal's; else they are what was left from an earlier one.
            error = 0
        return (self.index, self.code, self.before, self.window_before, self._after_comparable(), self.window_after,
                (signal, code, address, ip, trap if signal else 0, error if signal else 0))

    def _after_comparable(self) -> tuple:
        ignored_flags = ignored_status = 0
        if self._is_fcomi() and not self.fault[0]:
            # Without a stack fault, Intel's manual has FCOMI clear C1; AMD's CPUs leave it alone.
            if not self.before.is_empty(0) and not self.before.is_empty(self.code[-1] & 7):
                ignored_status |= _C1
            # With an unmasked exception, Intel's manual has FCOMI leave the flags alone; AMD's CPUs set them.
            if self.after.fpu_environment[1] & _ERROR_SUMMARY:
                ignored_flags |= _ARITHMETIC_FLAGS
        return self.after.comparable(ignored_flags, ignored_status)

    def _is_fcomi(self) -> bool:
        opcode, modrm = self.code[-2:]
        return opcode in (0xDB, 0xDF) and 0xE8 <= modrm <= 0xF7

    def lines(self) -> dict[str, str]:
        """The result's names and values, for people."""
        shown = self.after.lines()
        shown["memory"] = self.window_after.hex(" ", 4)
        signal, code, address, ip, trap, error = self.fault
        shown["fault"] = (f"signal {signal} code {code} address {address:08x} ip {ip:+d} trap {trap} error {error:x}"
                          if signal else "none")
        return shown


def read_records(path: Path, count: int) -> list[Record]:
    """The first COUNT records of a file or disk."""
    data = path.read_bytes()
    if len(data) < count * SIZE:
        raise AssertionError(f"{path} has {len(data)} bytes, {count} records need {count * SIZE}")
    return [_record(data, number) for number in range(count)]


def _record(data: bytes, number: int) -> Record:
    fields = _FORMAT.unpack_from(data, number * SIZE)
    index, size, address, _, code = fields[:5]
    return Record(index, address, code[:size], Cpu.from_fields(fields[5:22]), fields[22],
                  Cpu.from_fields(fields[23:40]), fields[40], fields[41:47])


def disassemble(code: bytes) -> str:
    """The instruction in words, if there is an objdump."""
    if not shutil.which("objdump"):
        return ""
    with tempfile.NamedTemporaryFile() as binary:
        binary.write(code)
        binary.flush()
        output = subprocess.run(["objdump", "-D", "-b", "binary", "-m", "i386", binary.name],
                                capture_output=True, text=True, check=False).stdout
    return " ; ".join(line.split("\t")[-1].strip() for line in output.splitlines() if "\t" in line)


def explain_difference(native: Record, emulated: Record) -> str:
    """Everything about a case whose results differ."""
    lines = [f"case {native.index}: {native.code.hex(' ')}   {disassemble(native.code)}",
             f"operand address {native.address:08x}, memory from 8 bytes before it {native.window_before.hex(' ', 4)}",
             "before:"]
    lines += [f"  {name:7} {value}" for name, value in native.before.lines().items()]
    lines.append("after (native | emulated):")
    other = emulated.lines()
    for name, value in native.lines().items():
        lines.append(f"{' ' if value == other[name] else '!'} {name:7} {value}"
                     + ("" if value == other[name] else f"  |  {other[name]}"))
    return "\n".join(lines)
