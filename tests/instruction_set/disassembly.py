# SPDX-License-Identifier: GPL-2.0-or-later
"""Disassembles code files in parallel and classifies what is not plain i486."""

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from . import elf
from .collection import CodeFile
from .functions import FunctionNames
from .instruction_sets import I486, Kind, classify

_SCAN = Path(__file__).with_name("scan.awk")
# Groups that no instruction stands for: a file of another machine has its name as group.
HIDDEN_CODE = "hidden code"
DAMAGED = "damaged"


class DisassemblyError(RuntimeError):
    """The disassembler failed or is missing."""


@dataclass(frozen=True)
class Finding:
    """One instruction that a 486 does not execute (or a whole file, when section and instruction are empty)."""

    group: str
    section: str
    function: str
    offset: int
    address: int
    text: str


@dataclass
class Examination:
    """What one code file consists of."""

    code: CodeFile
    machine: str = ""
    instructions: int = 0
    emulated: Counter = field(default_factory=Counter)
    rep_bsf: int = 0
    findings: list[Finding] = field(default_factory=list)


def _require_tools() -> tuple[str, str]:
    objdump = shutil.which("objdump")
    # mawk is several times faster than the other awks.
    awk = shutil.which("mawk") or shutil.which("awk")
    if not objdump or not shutil.which("readelf"):
        raise DisassemblyError("objdump and readelf are needed; install the package binutils")
    if not awk:
        raise DisassemblyError("awk is needed; install the package mawk")
    return objdump, awk


def _records(file: Path) -> Iterator[list[str]]:
    objdump, awk = _require_tools()
    environment = {**os.environ, "LC_ALL": "C"}
    disassemble = subprocess.Popen(
        [objdump, "-d", "-w", "-M", "intel", "--no-show-raw-insn", str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    scan = subprocess.Popen(
        [awk, "-v", "native=" + " ".join(sorted(I486)), "-f", str(_SCAN)],
        stdin=disassemble.stdout,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
        errors="replace",
    )
    disassemble.stdout.close()
    with disassemble, scan:
        for line in scan.stdout:
            yield line.rstrip("\n").split("\t")
        complaint = disassemble.stderr.read().decode("utf-8", "replace").strip()
    if disassemble.returncode or scan.returncode:
        raise DisassemblyError(f"cannot disassemble {file}: {complaint or 'awk failed'}")


def _whole_file(group: str, text: str) -> Finding:
    return Finding(group, "", "", 0, 0, text)


def examine(code: CodeFile) -> Examination:
    """Classifies every instruction of one file."""
    result = Examination(code)
    try:
        header = elf.read_elf(code.file)
    except elf.ElfError as problem:
        result.findings.append(_whole_file(DAMAGED, str(problem)))
        return result
    result.machine = header.machine
    if header.machine != "i386":
        result.findings.append(_whole_file(header.machine, f"ELF file for {header.machine}"))
        return result
    if header.hides_code:
        text = f"{header.executable_bytes} bytes of code without section headers, which cannot be disassembled"
        result.findings.append(_whole_file(HIDDEN_CODE, text))
        return result
    if not header.code_sections:
        return result
    _classify_records(code, header, result)
    return result


def _classify_records(code: CodeFile, header: elf.Elf, result: Examination) -> None:
    names = None
    for record in _records(code.file):
        if record[0] == "N":
            result.instructions = int(record[1])
            continue
        _, section, symbol, symbol_start, address, text = record[:6]
        following = record[6].split("; ") if len(record) > 6 else []
        verdict = classify(text, code.privileged, following)
        if verdict.group == "rep-bsf":
            result.rep_bsf += 1
        elif verdict.kind is Kind.EMULATED:
            result.emulated[verdict.group] += 1
        elif verdict.kind is Kind.FOREIGN:
            names = names or FunctionNames(code.file, header, code.system_map)
            function, offset = names.find(int(address, 16), symbol, symbol_start)
            text = " ".join(text.split())
            result.findings.append(Finding(verdict.group, section, function, offset, int(address, 16), text))
    if header.code_sections and result.instructions == 0:
        raise DisassemblyError(f"{code.name}: objdump found no instruction in {' '.join(header.code_sections)}")


def examine_all(files: Iterable[CodeFile], jobs: int | None = None) -> list[Examination]:
    """Examines all files in parallel, the large ones first; the result is in the order of names."""
    _require_tools()
    ordered = sorted(files, key=lambda code: -code.file.stat().st_size)
    with ThreadPoolExecutor(jobs or len(os.sched_getaffinity(0))) as pool:
        results = list(pool.map(examine, ordered))
    return sorted(results, key=lambda result: result.code.name)
