# SPDX-License-Identifier: GPL-2.0-or-later
"""Which instruction belongs to which instruction set, as `objdump -d -M intel` prints it.

Sources: Intel486 Microprocessor Programmer's Reference Manual (order number 240486), chapter 26, for the i486 set; Intel
SDM volume 2 for the rest. What the kernel emulates is what `kernel/patches` (i686-on-486) implements.
"""

import enum
import re
from dataclasses import dataclass

_CONDITIONS = "a ae b be e g ge l le ne no np ns o p s".split()

_INTEGER = """
aaa aad aam aas adc add and arpl bound bsf bsr bswap bt btc btr bts call cbw cdq clc cld cli clts cmc cmp cmps cmpxchg
cwd cwde daa das dec div enter hlt idiv imul in inc ins int int1 int3 into invd invlpg iret iretw jcxz jecxz jmp lahf lar
lds lea leave les lfs lgdt lgs lidt lldt lmsw lods loop loope loopne lsl lss ltr mov movs movsx movzx mul neg nop not or
out outs pop popa popaw popf popfw push pusha pushaw pushf pushfw rcl rcr ret retf rol ror sahf salc sar sbb scas sgdt shl
shld shr shrd sidt sldt smsw stc std sti stos str sub test verr verw wbinvd xadd xchg xlat xor
callw enterw jmpw leavew popw pushd pushw retfw retw sgdtd sidtd lgdtd lidtd lgdtw lidtw sgdtw sidtw loopw loopew loopnew
""".split()

# `pause` is F3 90, `rep nop` to a 486. ud0, ud1 and ud2 are there to fault, on any processor.
_HARMLESS = "pause ud0 ud1 ud2".split()
# No code has these; they are a sign that data was disassembled.
_DATA = re.compile(r"f(neni|ndisi|nsetpm|rstpm)\b.*only|\(bad\)|^\.byte")

_X87 = """
f2xm1 fabs fadd faddp fbld fbstp fchs fclex fcom fcomp fcompp fcos fdecstp fdiv fdivp fdivr fdivrp ffree ffreep fiadd
ficom ficomp fidiv fidivr fild fimul fincstp finit fist fistp fisub fisubr fld fld1 fldcw fldenv fldl2e fldl2t fldlg2
fldln2 fldpi fldz fmul fmulp fnclex fninit fnop fnsave fnstcw fnstenv fnstsw fpatan fprem fprem1 fptan frndint frstor
fsave fscale fsin fsincos fsqrt fst fstcw fstenv fstp fstsw fsub fsubp fsubr fsubrp ftst fucom fucomp fucompp fwait fxam
fxch fxtract fyl2x fyl2xp1
""".split()

I486 = frozenset(
    _INTEGER + _HARMLESS + _X87 + [stem + condition for stem in ("j", "set") for condition in _CONDITIONS]
)

# Prefixes print as words of their own. F2/F3 before an instruction that does not repeat (notrack, bnd, xacquire,
# xrelease, `repz ret`) are ignored by a 486, as is a segment prefix before a jump.
PREFIXES = frozenset(
    "lock rep repz repnz data16 addr16 cs ds es fs gs ss notrack bnd xacquire xrelease fwait".split()
)

# Operand kinds a 486 does not have, whatever the mnemonic; mov to and from CR4 is a Pentium's (and late 486's).
_CONTROL_REGISTER_4 = re.compile(r"\bcr[4-9]\b")

UNDECODABLE = "undecodable"


class Kind(enum.Enum):
    """What a 486 with our kernel makes of an instruction."""

    NATIVE = "native"
    EMULATED = "emulated"
    FOREIGN = "foreign"


@dataclass(frozen=True)
class Classification:
    """The kind of one instruction and the name of its instruction set."""

    kind: Kind
    group: str


_NATIVE = Classification(Kind.NATIVE, "i486")
# GCC writes bit scans as `rep bsf` for tuning (a 486 ignores the prefix) where a zero operand is undefined anyway.
_REP_BSF = Classification(Kind.NATIVE, "rep-bsf")

# Instruction classes of the kernel's emulation, in the patch's own terms.
EMULATED_GROUPS = {
    "CMOV": r"cmov[a-z]+",
    "FCMOV": r"fcmov[a-z]+",
    "FCOMI": r"fu?com(ip?|pi)",
    "CMPXCHG8B": r"cmpxchg8b",
    "RDTSC": r"rdtsc",
    "CPUID": r"cpuid",
    "ENDBR": r"endbr(32|64)",
    # 0F 18 to 0F 1F: prefetches, MPX, rdssp and cldemote were all laid into the hintable NOPs.
    "NOPL": r"nop[wl]?|prefetch(nta|t[012]|it[01])|cldemote|rdssp[dq]|bnd(mk|mov|ldx|stx|cl|cu|cn)",
}

_FOREIGN_BY_MNEMONIC = {
    "MSR": "rdmsr|wrmsr|rdpmc",
    "SYSENTER": "sysenter|sysexit|syscall|sysret|sysretd",
    "FXSR": "fxsave|fxrstor",
    "XSAVE": "xsave|xsavec|xsaveopt|xsaves|xrstor|xrstors|xgetbv|xsetbv",
    "RDTSCP": "rdtscp",
    "PKU": "rdpkru|wrpkru",
    "RDPID": "rdpid",
    "CLFLUSH": "clflush|clflushopt|clwb|clzero",
    "MONITOR": "monitor|mwait|monitorx|mwaitx|umonitor|umwait|tpause",
    "SMAP": "clac|stac",
    "INVPCID": "invpcid",
    "RSM": "rsm",
    "VMX": r"vm(call|clear|func|launch|ptrld|ptrst|read|resume|write|xoff|xon)|invept|invvpid",
    "SVM": "vmrun|vmload|vmsave|vmmcall|stgi|clgi|skinit|invlpga",
    "SMX": "getsec",
    "SERIALIZE": "serialize|pconfig|wbnoinvd|encls|enclu|ptwrite|movdir64b|movdiri|enqcmds?|hreset",
    "CET": r"incssp[dq]|saveprevssp|rstorssp|wrssd?|wrussd?|setssbsy|clrssbsy",
    "RTM": "xbegin|xend|xabort|xtest",
    "RDRAND": "rdrand|rdseed",
    "POPCNT": "popcnt",
    "LZCNT": "lzcnt",
    "BMI": "tzcnt|andn|bextr|blsi|blsmsk|blsr|bzhi|mulx|pdep|pext|rorx|sarx|shlx|shrx",
    "TBM": "blcfill|blci|blcic|blcmsk|blcs|blsfill|blsic|t1mskc|tzmsk",
    "MOVBE": "movbe",
    "ADX": "adcx|adox",
    "PADLOCK": r"xstore-rng|xstore|xcrypt-(ecb|cbc|ctr|cfb|ofb)|xsha(1|256)|montmul",
    "AES": r"aes(enc|enclast|dec|declast|imc|keygenassist)",
    "PCLMUL": "pclmul[a-z]*qdq|pclmulqdq",
    "SHA": r"sha(1rnds4|1nexte|1msg1|1msg2|256rnds2|256msg1|256msg2)",
    "GFNI": r"gf2p8(affineqb|affineinvqb|mulb)",
    "3DNow": r"femms|prefetchw?|prefetchwt1|pavgusb|pf[a-z0-9]+|pi2f[dw]|pmulhrw|pswapd",
    "SSE4.2": r"crc32|pcmpgtq|pcmp[ei]str[im]",
    "SSE4.1": (
        r"blendv?p[sd]|dpp[sd]|extractps|insertps|movntdqa|mpsadbw|packusdw|pblendvb|pblendw|pcmpeqq|pextr[bdq]|phminposuw"
        r"|pinsr[bdq]|pmaxs[bd]|pmaxu[wd]|pmins[bd]|pminu[wd]|pmov[sz]x(bw|bd|bq|wd|wq|dq)|pmuldq|pmulld|ptest"
        r"|rounds[sd]|roundp[sd]"
    ),
    "SSE4A": "extrq|insertq|movnts[sd]",
    "SSSE3": r"pabs[bwd]|palignr|ph(add|sub)(d|w|sw)|pmaddubsw|pmulhrsw|pshufb|psign[bwd]",
    "SSE3": r"addsubp[sd]|fisttp|haddp[sd]|hsubp[sd]|lddqu|movddup|movs[hl]dup",
    "SSE2": (
        r"lfence|mfence|movnti|movntdq|movntpd|maskmovdqu|movdq[au]|movdq2q|movq2dq|paddq|pmuludq|pshuf(d|hw|lw)|ps[lr]ldq"
        r"|psubq|punpck[hl]qdq|(add|sub|mul|div|sqrt|min|max)[sp]d|(and|andn|or|xor)pd|cmp[a-z_]*[sp]d|u?comisd|cvt[a-z0-9]+"
        r"|mov[ahlu]pd|movmskpd|movsd|shufpd|unpck[hl]pd"
    ),
    "SSE": (
        r"sfence|ldmxcsr|stmxcsr|(add|sub|mul|div|sqrt|min|max|rcp|rsqrt)[sp]s|(and|andn|or|xor)ps|cmp[a-z_]*[sp]s|u?comiss"
        r"|mov[ahlu]ps|mov(hl|lh)ps|movmskps|movntps|movss|shufps|unpck[hl]ps"
        r"|cvt(pi2ps|t?ps2pi|si2ss|t?ss2si)"
        # the integer part, which works on MMX registers; the same mnemonics with xmm registers are SSE2
        r"|maskmovq|movntq|pavg[bw]|pextrw|pinsrw|pmaxsw|pmaxub|pminsw|pminub|pmovmskb|pmulhuw|psadbw|pshufw"
    ),
    "MMX": (
        r"emms|mov[dq]|pack(ssdw|sswb|uswb)|padd(s|us)?[bwd]|p(andn?|or|xor)|pcmp(eq|gt)[bwd]|pmaddwd|pmul[hl]w"
        r"|ps(ll|ra|rl)[wdq]|psub(s|us)?[bwd]|punpck[hl](bw|wd|dq)"
    ),
}
# Order matters: cvtsi2ss and its like are SSE, the other conversions SSE2.
_FOREIGN_ORDER = [group for group in _FOREIGN_BY_MNEMONIC if group not in ("SSE", "SSE2")] + ["SSE", "SSE2"]
_FOREIGN = [(group, re.compile(_FOREIGN_BY_MNEMONIC[group])) for group in _FOREIGN_ORDER]
_EMULATED = [(group, re.compile(pattern)) for group, pattern in EMULATED_GROUPS.items()]

_OTHER_GROUPS = frozenset({"AVX", "AVX-512", "AMX", "CR4", UNDECODABLE, "unknown"})
GROUPS = frozenset(_FOREIGN_BY_MNEMONIC) | frozenset(EMULATED_GROUPS) | _OTHER_GROUPS

_READS_FLAGS = re.compile(
    rf"(j|set|cmov)({'|'.join(_CONDITIONS)})|adc|sbb|rcl|rcr|cmc|pushfw?|lahf|salc|into|loopn?e|fcmov[a-z]+"
)
_KEEPS_FLAGS = re.compile(
    r"mov.*|lea|push|pop|xchg|bswap|not|nop|cbw|cwde|cwd|cdq|fld|fst|fstp"
)


def split_instruction(text: str) -> tuple[list[str], str, str]:
    """Prefixes, mnemonic and operands of one line of disassembly."""
    text = text.split("#", 1)[0].strip()
    words = text.split()
    prefixes = []
    while len(words) > 1 and words[0] in PREFIXES:
        prefixes.append(words.pop(0))
    mnemonic = words[0] if words else ""
    mnemonic = re.sub(r",p[nt]$", "", mnemonic)
    return prefixes, mnemonic, " ".join(words[1:])


def _vector_group(mnemonic: str, operands: str) -> str | None:
    if re.search(r"\btmm\d", operands) or mnemonic in ("ldtilecfg", "sttilecfg", "tilerelease"):
        return "AMX"
    if re.search(r"\bzmm\d|\{k\d|\{z\}|\bk[0-7]\b", operands):
        return "AVX-512"
    if re.search(r"\bymm\d", operands):
        return "AVX"
    without_operands = ("vzeroupper", "vzeroall", "vldmxcsr", "vstmxcsr")
    if mnemonic.startswith("v") and (re.search(r"\bxmm\d", operands) or mnemonic in without_operands):
        return "AVX"
    return None


def scan_uses_flags(following: list[str]) -> bool:
    """Whether code after a bit scan reads the flags, which TZCNT and BSF set differently.

    `following` are the next few instructions. TZCNT differs from BSF only for a zero operand (the result) and in the
    flags. Code that is meant for TZCNT and can meet zero has to look at the flags or is inside code compiled for BMI, which
    gives itself away by its other instructions.
    """
    for text in following:
        _, mnemonic, _ = split_instruction(text)
        if _READS_FLAGS.fullmatch(mnemonic):
            return True
        if not _KEEPS_FLAGS.fullmatch(mnemonic):
            return False
    return False


def _foreign_group(mnemonic: str, operands: str) -> str:
    vector = _vector_group(mnemonic, operands)
    if vector:
        return vector
    for group, pattern in _FOREIGN:
        if pattern.fullmatch(mnemonic):
            if group in ("MMX", "SSE") and re.search(r"\bxmm\d", operands):
                integer = group == "MMX" or mnemonic.startswith("p")
                return "SSE2" if integer else group
            return group
    return "unknown"


def classify(text: str, privileged: bool = False, following: list[str] | None = None) -> Classification:
    """Classifies one line of disassembly (without address and bytes).

    privileged: the code runs in ring 0 or without an operating system, where nobody emulates.
    following: the instructions after it, needed to judge TZCNT.
    """
    if _DATA.search(text):
        return Classification(Kind.FOREIGN, UNDECODABLE)
    prefixes, mnemonic, operands = split_instruction(text)
    if mnemonic in PREFIXES and not operands:
        return _NATIVE
    if mnemonic == "mov" and _CONTROL_REGISTER_4.search(operands):
        return Classification(Kind.FOREIGN, "CR4")
    if mnemonic in I486 and not (mnemonic == "nop" and operands):
        return _NATIVE
    if mnemonic == "tzcnt" and not scan_uses_flags(following or []):
        return _REP_BSF
    for group, pattern in _EMULATED:
        if pattern.fullmatch(mnemonic):
            return Classification(Kind.FOREIGN if privileged else Kind.EMULATED, group)
    return Classification(Kind.FOREIGN, _foreign_group(mnemonic, operands))
