// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/critical_section.h"

#include <sys/ptrace.h>

#include <array>
#include <cstdint>
#include <span>

namespace openmosix {

namespace {

template <typename T>
std::span<std::uint8_t> bytes_of(T& object) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
    return {reinterpret_cast<std::uint8_t*>(&object), sizeof object};
}

/// struct rseq_cs of linux/rseq.h.
struct Sequence {
    std::uint32_t version;
    std::uint32_t flags;
    std::uint64_t start;
    std::uint64_t length;
    std::uint64_t abort;
};

/// Offset of rseq_cs in struct rseq.
constexpr std::uint64_t pointer_place = 8;

}  // namespace

void leave_critical_section(const MemoryFile& memory, pid_t pid, Registers& registers) {
    __ptrace_rseq_configuration configuration{};
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    if (::ptrace(PTRACE_GET_RSEQ_CONFIGURATION, pid, sizeof configuration, &configuration) <= 0 ||
        configuration.rseq_abi_pointer == 0) {
        return;
    }
    std::uint64_t address = 0;
    Sequence sequence{};
    if (!memory.read(configuration.rseq_abi_pointer + pointer_place, bytes_of(address)) || address == 0 ||
        !memory.read(address, bytes_of(sequence))) {
        return;
    }
    if (registers.instruction_pointer() - sequence.start < sequence.length) {
        registers.instruction_pointer() = sequence.abort;
    }
}

}  // namespace openmosix
