// SPDX-License-Identifier: GPL-2.0-or-later
#include "body/stub.h"

#include <elf.h>

#include <cstring>

#include "tracee/agent_area.h"
#include "tracee/agent_code.h"

namespace openmosix {

namespace {

template <typename Header, typename Segment>
Bytes program(Abi abi) {
    const auto code = call_code(abi);
    constexpr std::size_t code_offset = sizeof(Header) + 2 * sizeof(Segment);
    Header header{};
    std::memcpy(&header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = abi == Abi::i386 ? ELFCLASS32 : ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_EXEC;
    header.e_machine = abi == Abi::i386 ? EM_386 : EM_X86_64;
    header.e_version = EV_CURRENT;
    header.e_entry = static_cast<decltype(header.e_entry)>(stub_address + code_offset);
    header.e_phoff = sizeof(Header);
    header.e_ehsize = sizeof(Header);
    header.e_phentsize = sizeof(Segment);
    header.e_phnum = 2;
    Segment segment{};
    segment.p_type = PT_LOAD;
    segment.p_flags = PF_R | PF_X;
    segment.p_vaddr = static_cast<decltype(segment.p_vaddr)>(stub_address);
    segment.p_paddr = segment.p_vaddr;
    segment.p_filesz = static_cast<decltype(segment.p_filesz)>(code_offset + code.size());
    segment.p_memsz = segment.p_filesz;
    segment.p_align = page_size;
    // Without it all memory of an i386 program could be executed (personality(2), READ_IMPLIES_EXEC).
    Segment stack{};
    stack.p_type = PT_GNU_STACK;
    stack.p_flags = PF_R | PF_W;
    Bytes bytes(code_offset + code.size());
    std::memcpy(bytes.data(), &header, sizeof header);
    std::memcpy(bytes.data() + sizeof header, &segment, sizeof segment);
    std::memcpy(bytes.data() + sizeof header + sizeof segment, &stack, sizeof stack);
    std::memcpy(bytes.data() + code_offset, code.data(), code.size());
    return bytes;
}

}  // namespace

Bytes stub_program(Abi abi) {
    return abi == Abi::i386 ? program<Elf32_Ehdr, Elf32_Phdr>(abi) : program<Elf64_Ehdr, Elf64_Phdr>(abi);
}

std::uint64_t stub_instruction(Abi abi) {
    return stub_address + (abi == Abi::i386 ? sizeof(Elf32_Ehdr) + 2 * sizeof(Elf32_Phdr)
                                            : sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr));
}

}  // namespace openmosix
