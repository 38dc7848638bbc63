// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/interrupted_clock.h"

#include <cstring>
#include <vector>

namespace openmosix {

namespace {

/// What a handler and those that it calls have on the stack, rarely more.
constexpr std::size_t max_searched = std::size_t{64} << 10U;

/// The words between the instruction pointer and the code segment in struct sigcontext
/// (arch/x86/include/uapi/asm/sigcontext.h): amd64 has the flags there.
constexpr std::size_t words_before_segment(Abi abi) {
    return abi == Abi::i386 ? 1 : 2;
}

}  // namespace

bool has_interrupted_clock(const MemoryFile& memory, const Registers& registers, const Vdso& vdso) {
    std::vector<std::uint8_t> stack(max_searched);
    stack.resize(memory.read_some(registers.stack_pointer(), stack));
    const std::size_t word = word_size(registers.abi);
    const std::size_t distance = words_before_segment(registers.abi) * word;
    const auto word_at = [&](std::size_t place) {
        std::uint64_t value = 0;
        std::memcpy(&value, stack.data() + place, word);
        return value;
    };
    for (std::size_t place = 0; place + distance + word <= stack.size(); place += word) {
        // The segment has 16 bits.
        if (vdso.is_in_clock_code(word_at(place)) &&
            (word_at(place + distance) & 0xffffU) == (registers.code_segment() & 0xffffU)) {
            return true;
        }
    }
    return false;
}

}  // namespace openmosix
