# SPDX-License-Identifier: GPL-2.0-or-later
"""The lint judges small programs, assembled here, as a 486 would."""

import gzip
import json
import lzma
import shutil
import subprocess
from pathlib import Path

import pytest

from instruction_set import archives, dispatched, elf, lint
from instruction_set.collection import Collection, CollectionError
from instruction_set.disassembly import HIDDEN_CODE, examine
from instruction_set.instruction_sets import I486, Kind, classify, scan_uses_flags

# Plain i486, with oddities that a 486 executes: rep nop, prefixes that it ignores, x87 opcodes with prefixes.
NATIVE = """
    mov %eax, %ebx; movzbl %al, %eax; bswap %eax; xadd %eax, (%ebx); cmpxchg %eax, (%ebx); lock cmpxchg %eax, (%ebx)
    invlpg (%eax); wbinvd; pause; rep ret; ud2; xchg %ax, %ax; cs nop; rep stosl; repne scasb; movsl; cmpsb
    notrack jmp *%eax; lcall $1, $2; lret; iret; pushfw; popaw; insl; outsb; xlat; lss (%eax), %esp; fs mov (%eax), %eax
    fld %st(1); fstcw (%eax); fnstsw %ax; fucompp; fsincos; .byte 0xdf, 0xc0; .byte 0x8d, 0x74, 0x26, 0x00; int $0x80
    sete %al; jecxz .; loopne .; .byte 0x2e, 0x74, 0x00; mov %cr0, %eax; mov %eax, %dr7; mov %tr3, %eax
    .byte 0xf1; xacquire lock addl $1, (%eax); rep bsf %eax, %ebx; mov %ebx, (%eax); ret
"""

EMULATED = {
    "CMOV": "cmove %eax, %ebx; cmovbe (%eax), %cx",
    "FCMOV": "fcmovb %st(1), %st; fcmovnu %st(3), %st",
    "FCOMI": "fcomi %st(1), %st; fcomip %st(1), %st; fucomi %st(1), %st; fucomip %st(1), %st",
    "CMPXCHG8B": "cmpxchg8b (%edi); lock cmpxchg8b (%edi)",
    "RDTSC": "rdtsc",
    "CPUID": "cpuid",
    "ENDBR": "endbr32; endbr64",
    "NOPL": "nopl (%eax); nopw 0(%eax,%eax,1); prefetchnta (%eax); prefetcht2 (%eax); .byte 0x0f,0x19,0x00; cldemote (%eax)",
}

FOREIGN = {
    "MMX": "movd %eax, %mm0; paddb %mm0, %mm1; emms",
    "SSE": "movaps %xmm0, %xmm1; sfence; cvtsi2ss %eax, %xmm0; pavgb %mm0, %mm1; ldmxcsr (%eax)",
    "SSE2": "movsd (%eax), %xmm0; paddb %xmm0, %xmm1; lfence; mfence; movnti %eax, (%ebx); cvttsd2si %xmm0, %eax",
    "SSE3": "fisttpl (%eax); haddps %xmm0, %xmm1",
    "SSSE3": "pshufb %xmm0, %xmm1",
    "SSE4.1": "ptest %xmm0, %xmm1; pblendw $1, %xmm0, %xmm1",
    "SSE4.2": "crc32l %eax, %ebx; pcmpistri $1, %xmm0, %xmm1",
    "AES": "aesenc %xmm0, %xmm1",
    "PCLMUL": "pclmulqdq $0, %xmm0, %xmm1",
    "SHA": "sha256rnds2 %xmm0, %xmm1",
    "AVX": "vpxor %xmm0, %xmm0, %xmm0; vaddps %ymm0, %ymm1, %ymm2; vzeroupper",
    "AVX-512": "vpxord %zmm0, %zmm0, %zmm0",
    "3DNow": "prefetchw (%eax); femms; pfadd %mm0, %mm1",
    "POPCNT": "popcnt %eax, %ebx",
    "LZCNT": "lzcnt %eax, %ebx",
    "BMI": "andn %eax, %ebx, %ecx; tzcnt %eax, %ebx; jc .",
    "RDRAND": "rdrand %eax; rdseed %ecx",
    "RTM": "xtest; xend",
    "XSAVE": "xgetbv; xsave (%eax)",
    "FXSR": "fxsave (%eax)",
    "MSR": "rdmsr; wrmsr; rdpmc",
    "SYSENTER": "sysenter",
    "CLFLUSH": "clflush (%eax); clwb (%eax)",
    "MONITOR": "monitor; mwait",
    "SMAP": "clac; stac",
    "CR4": "mov %cr4, %eax; mov %eax, %cr4",
    "PADLOCK": "rep xcryptecb; xstore",
    "PKU": "rdpkru",
    "MOVBE": "movbe (%eax), %ebx",
    "RDTSCP": "rdtscp",
}


def assemble(folder: Path, code: str, name: str = "sample.o", options: tuple[str, ...] = ("-m32",)) -> Path:
    """A relocatable file with `code` in the function `subject`, after 16 bytes of another function."""
    text = f".text\n.globl before\nbefore: .fill 16, 1, 0x90\n.globl subject\nsubject:\n{code}\n"
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["gcc", *options, "-c", "-x", "assembler", "-o", target, "-"], input=text, text=True, check=True)
    return target


def examine_file(path: Path, scratch: Path):
    """What the lint finds out about one file."""
    collection = Collection(scratch)
    collection.add([path])
    (code,) = collection.files.values()
    return examine(code)


def groups_of(examination) -> set[str]:
    return {finding.group for finding in examination.findings}


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def test_native_code_has_no_findings(tmp_path, scratch):
    result = examine_file(assemble(tmp_path, NATIVE), scratch)
    assert result.findings == []
    assert not result.emulated
    assert result.rep_bsf == 1
    assert result.instructions > 60


@pytest.mark.parametrize("group", EMULATED)
def test_emulated_in_programs_only(group, tmp_path, scratch):
    count = len([line for line in EMULATED[group].split(";") if line.strip()])
    program = examine_file(assemble(tmp_path, EMULATED[group]), scratch)
    assert program.findings == []
    assert dict(program.emulated) == {group: count}

    module = examine_file(assemble(tmp_path, EMULATED[group], "sample.ko"), scratch)
    assert not module.emulated
    assert len(module.findings) == count
    assert groups_of(module) == {group}


@pytest.mark.parametrize("group", FOREIGN)
def test_foreign_instructions_are_named(group, tmp_path, scratch):
    result = examine_file(assemble(tmp_path, FOREIGN[group]), scratch)
    assert groups_of(result) == {group}
    expected = [line for line in FOREIGN[group].split(";") if line.strip() and not line.strip().startswith("j")]
    assert len(result.findings) == len(expected)
    assert not result.emulated


def test_function_and_offset(tmp_path, scratch):
    result = examine_file(assemble(tmp_path, "nop; nop; movaps %xmm0, %xmm1; ret"), scratch)
    (finding,) = result.findings
    assert (finding.section, finding.function, finding.offset, finding.address) == (".text", "subject", 2, 18)


def test_function_of_stripped_file_comes_from_its_frames(tmp_path, scratch):
    source = tmp_path / "library.s"
    source.write_text(
        ".text\n.globl exported\n.type exported, @function\nexported: .cfi_startproc\n nop\n ret\n.cfi_endproc\n"
        ".size exported, .-exported\n.p2align 4\n.type hidden, @function\nhidden: .cfi_startproc\n nop\n mfence\n ret\n"
        ".cfi_endproc\n.size hidden, .-hidden\n"
    )
    library = tmp_path / "library.so"
    subprocess.run(["gcc", "-m32", "-nostdlib", "-shared", "-s", "-o", library, source], check=True)
    (finding,) = examine_file(library, scratch).findings
    # Without the frames it would be ascribed to the only symbol there is, `exported`.
    assert finding.function == f"<fde {finding.address - 1:#x}>"
    assert finding.offset == 1


def test_data_in_code_is_told_apart(tmp_path, scratch):
    result = examine_file(assemble(tmp_path, ".byte 0x0f, 0x0a, 0xff, 0xff; .fill 8, 1, 0x90"), scratch)
    assert "undecodable" in groups_of(result)


def test_bit_scan_is_judged_by_its_use():
    assert not scan_uses_flags(["mov ebx,eax", "test eax,eax", "je 10"])
    assert scan_uses_flags(["mov ebx,eax", "setne al"])
    assert not scan_uses_flags(["ret"])
    assert classify("tzcnt eax,ebx", following=["jb 10"]).group == "BMI"
    assert classify("tzcnt eax,ebx", following=["add eax,0x1"]).kind is Kind.NATIVE


def test_i486_set_has_nothing_newer():
    newer = {"cmove", "fcomi", "fucomip", "cpuid", "rdtsc", "cmpxchg8b", "emms", "movd", "rdmsr", "sysenter", "tzcnt", "movq"}
    assert not newer & I486


def test_other_machines_are_findings(tmp_path, scratch):
    result = examine_file(assemble(tmp_path, "ret", options=("-m64",)), scratch)
    assert groups_of(result) == {"x86-64"}


def test_code_without_section_headers_is_a_finding(tmp_path, scratch):
    program = tmp_path / "program"
    object_file = assemble(tmp_path, "ret")
    subprocess.run(["ld", "-m", "elf_i386", "-e", "subject", "-o", program, object_file], check=True)
    content = bytearray(program.read_bytes())
    content[32:36] = bytes(4)
    content[48:50] = bytes(2)
    program.write_bytes(content)
    assert groups_of(examine_file(program, scratch)) == {HIDDEN_CODE}


def test_damaged_elf_is_a_finding(tmp_path, scratch):
    broken = tmp_path / "broken"
    broken.write_bytes(assemble(tmp_path, "ret").read_bytes()[:40])
    assert groups_of(examine_file(broken, scratch)) == {"damaged"}
    with pytest.raises(elf.ElfError, match="broken"):
        elf.read_elf(broken)


def make_root(folder: Path) -> Path:
    """A root with one clean program and one that uses SSE2."""
    assemble(folder, "cmove %eax, %ebx; ret", "usr/bin/clean")
    assemble(folder, "nop; movdqa %xmm0, %xmm1; ret", "usr/bin/fast")
    (folder / "usr/bin/script").write_text("#!/bin/sh\n")
    (folder / "usr/bin/link").symlink_to("fast")
    return folder


def write_list(folder: Path, **entry) -> str:
    """A list with one entry; the path of its file."""
    table = {"path": "/usr/bin/fast", "groups": ["SSE2"], "reason": "CPUID in main", "checked": "by hand"} | entry
    path = folder / "list.toml"
    path.write_text("[[file]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items()))
    return str(path)


def test_unlisted_file_fails_with_file_function_and_offset(tmp_path, capsys):
    assert lint.main(["--no-default-list", str(make_root(tmp_path / "root"))]) == 1
    output = capsys.readouterr().out
    assert "/usr/bin/fast: 1 SSE2" in output
    assert "subject+0x1 (.text 0x11): movdqa xmm1,xmm0 [SSE2]" in output
    assert "/usr/bin/clean" not in output


def test_listed_file_passes_and_is_reported(tmp_path, capsys):
    report = tmp_path / "report.json"
    arguments = ["--no-default-list", "--list", write_list(tmp_path), "--report", str(report)]
    assert lint.main([*arguments, str(make_root(tmp_path / "root"))]) == 0
    assert "CMOV 1 in 1 files" in capsys.readouterr().out
    document = json.loads(report.read_text())
    assert document["violations"] == []
    assert document["statistics"]["files"] == 2


@pytest.mark.parametrize(
    "entry",
    [
        {"groups": ["SSE"]},
        {"functions": ["other*"]},
        {"sections": [".altinstr_replacement"]},
        {"path": "/usr/bin/clean"},
        {"tree": "initramfs"},
    ],
)
def test_entry_for_something_else_does_not_excuse(entry, tmp_path, capsys):
    assert lint.main(["--no-default-list", "--list", write_list(tmp_path, **entry), str(make_root(tmp_path / "root"))]) == 1
    output = capsys.readouterr().out
    assert "/usr/bin/fast: 1 SSE2" in output
    assert "stale: list.toml entry 1" in output


@pytest.mark.parametrize(
    "entry", [{"groups": ["SSE2", "AVX"]}, {"functions": ["subject", "gone"]}, {"sections": [".text", ".gone"]}]
)
def test_stale_part_of_an_entry_fails(entry, tmp_path, capsys):
    arguments = ["--no-default-list", "--list", write_list(tmp_path, **entry), str(make_root(tmp_path / "root"))]
    assert lint.main(arguments) == 1
    assert "0 files" in capsys.readouterr().out
    assert lint.main(["--ignore-stale", *arguments]) == 0


@pytest.mark.parametrize(
    "entry, message",
    [
        ({"reason": ""}, "reason is missing"),
        ({"checked": " "}, "checked is missing"),
        ({"groups": []}, "groups is missing"),
        ({"groups": ["SSE9"]}, "no such instruction set: SSE9"),
        ({"groups": ["unknown"]}, "no such instruction set: unknown"),
        ({"groups": ["any", "SSE"]}, "stands alone"),
        ({"function": ["main"]}, "unknown key function"),
        ({"functions": "main"}, "functions must be a list"),
    ],
)
def test_wrong_list_is_refused(entry, message, tmp_path, capsys):
    assert lint.main(["--no-default-list", "--list", write_list(tmp_path, **entry), str(make_root(tmp_path / "root"))]) == 2
    assert message in capsys.readouterr().err


def test_what_is_known_to_break_is_said(tmp_path, capsys):
    arguments = ["--no-default-list", "--list", write_list(tmp_path, breaks="--fast faults")]
    assert lint.main([*arguments, str(make_root(tmp_path / "root"))]) == 0
    assert "known to fault on a 486: /usr/bin/fast: --fast faults" in capsys.readouterr().out


def test_list_of_the_disc_is_well_formed():
    entries = dispatched.read_list(dispatched.DEFAULT_LIST)
    assert entries
    assert all(len(entry.reason) > 20 and len(entry.checked) > 20 for entry in entries)


def test_source_without_code_is_refused(tmp_path, capsys):
    assert lint.main([str(tmp_path)]) == 2
    assert "no ELF file" in capsys.readouterr().err
    assert lint.main([str(tmp_path / "nowhere")]) == 2
    text = tmp_path / "text"
    text.write_text("text")
    assert lint.main([str(text)]) == 2


def test_same_content_is_one_file_with_two_places(tmp_path, scratch):
    root = make_root(tmp_path / "root")
    shutil.copy(root / "usr/bin/fast", root / "usr/bin/fast2")
    collection = Collection(scratch)
    collection.add([root])
    assert sorted(len(code.places) for code in collection.files.values()) == [1, 2]


@pytest.mark.parametrize("suffix, compress", [(".xz", lzma.compress), (".gz", gzip.compress)])
def test_compressed_modules_are_privileged(suffix, compress, tmp_path, scratch):
    module = assemble(tmp_path, "cmove %eax, %ebx", "module.o")
    packed = tmp_path / "root/usr/lib/modules/6.1/module.ko"
    packed.parent.mkdir(parents=True)
    packed = packed.with_name(packed.name + suffix)
    packed.write_bytes(compress(module.read_bytes()))
    assert groups_of(examine_file(packed.parent, scratch)) == {"CMOV"}


def cpio_archive(folder: Path) -> bytes:
    names = "\n".join(str(path.relative_to(folder)) for path in sorted(folder.rglob("*")))
    return subprocess.run(
        ["cpio", "--quiet", "-o", "-H", "newc"], input=names.encode(), cwd=folder, capture_output=True, check=True
    ).stdout


def test_initial_ram_disk_with_two_archives(tmp_path, scratch):
    early, main = tmp_path / "early", tmp_path / "main"
    assemble(early, "mfence", "bin/early")
    assemble(main, "cmove %eax, %ebx", "bin/main")
    assemble(main, "cmove %eax, %ebx; nop", "lib/modules/driver.ko")
    root = tmp_path / "root/boot"
    root.mkdir(parents=True)
    (root / "initrd.img-6.1").write_bytes(cpio_archive(early) + bytes(512) + gzip.compress(cpio_archive(main)))
    collection = Collection(scratch)
    collection.add([tmp_path / "root"])
    found = {str(code.places[0]): groups_of(examine(code)) for code in collection.files.values()}
    assert found == {
        "initramfs:/bin/early": {"SSE2"},
        "initramfs:/bin/main": set(),
        "initramfs:/lib/modules/driver.ko": {"CMOV"},
    }


def test_damaged_initial_ram_disk_is_refused(tmp_path, scratch):
    (tmp_path / "initrd.img").write_bytes(b"nonsense")
    with pytest.raises(CollectionError, match="initrd.img"):
        Collection(scratch).add([tmp_path])


def kernel_image(kernel: bytes) -> bytes:
    """The parts of a bzImage that say where the packed kernel is: two sectors of set-up code, then 32 bytes, then it."""
    image = bytearray(1024 + 32)
    image[0x1F1] = 1
    image[0x202:0x206] = b"HdrS"
    image[0x206:0x208] = (0x20F).to_bytes(2, "little")
    packed = lzma.compress(kernel)
    image[0x248:0x24C] = (32).to_bytes(4, "little")
    image[0x24C:0x250] = len(packed).to_bytes(4, "little")
    return bytes(image) + packed + bytes(64)


def test_kernel_image_is_unpacked_and_named_by_its_system_map(tmp_path, scratch):
    boot, live = tmp_path / "root/boot", tmp_path / "root/live"
    code = 'nop; cmove %eax, %ebx; .section .rodata; .ascii "Linux version 6.1-test (somebody)"'
    kernel = assemble(tmp_path, code, "kernel")
    subprocess.run(["strip", "-K", "before", kernel], check=True)
    subprocess.run(["objcopy", "--strip-all", kernel], check=True)
    boot.mkdir(parents=True)
    live.mkdir()
    (live / "vmlinuz").write_bytes(kernel_image(kernel.read_bytes()))
    filler = "".join(f"{address:08x} r filler\n" for address in range(0x1000, 0x1200))
    (boot / "System.map-6.1-test").write_text("00000000 T first\n00000010 T native_thing\n" + filler)
    (finding,) = examine_file(tmp_path / "root", scratch).findings
    assert (finding.group, finding.function, finding.offset) == ("CMOV", "native_thing", 1)


def test_kernel_image_that_is_too_old_is_refused():
    image = bytearray(kernel_image(b"\x7fELF"))
    image[0x206:0x208] = (0x204).to_bytes(2, "little")
    with pytest.raises(archives.ArchiveError, match="older than 2.08"):
        archives.kernel_from_image(bytes(image))


def test_squashfs_and_iso(tmp_path, capsys):
    root = make_root(tmp_path / "root")
    medium = tmp_path / "medium"
    (medium / "live").mkdir(parents=True)
    squashfs = medium / "live/filesystem.squashfs"
    subprocess.run(["mksquashfs", root, squashfs, "-quiet", "-no-progress"], check=True, stdout=subprocess.DEVNULL)
    assemble(medium, "cmove %eax, %ebx; nop; nop", "isolinux/menu.c32")
    iso = tmp_path / "disc.iso"
    subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-r", "-o", iso, medium], check=True, stderr=subprocess.DEVNULL)
    for source in (squashfs, iso, medium):
        assert lint.main(["--no-default-list", str(source)]) == 1
        output = capsys.readouterr().out
        assert "/usr/bin/fast: 1 SSE2" in output
        assert ("medium:/isolinux/menu.c32: 1 CMOV" in output) == (source != squashfs)
