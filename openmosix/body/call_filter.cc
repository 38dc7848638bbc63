// SPDX-License-Identifier: GPL-2.0-or-later
#include "body/call_filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>

#include <cstddef>
#include <ctime>

namespace openmosix {

namespace {

sock_filter statement(unsigned code, std::uint32_t operand) {
    return {static_cast<std::uint16_t>(code), 0, 0, operand};
}

/// Skips `if_not` instructions when it is another value.
sock_filter unless_equal(std::uint32_t value, std::uint8_t if_not) {
    return {BPF_JMP | BPF_JEQ | BPF_K, 0, if_not, value};
}

sock_filter load(std::size_t offset) {
    return statement(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

sock_filter answer(std::uint32_t action) {
    return statement(BPF_RET | BPF_K, action);
}

}  // namespace

std::vector<sock_filter> call_filter(Abi abi, const std::vector<std::uint32_t>& local) {
    std::vector<sock_filter> program{load(offsetof(seccomp_data, arch)),
                                     unless_equal(abi == Abi::i386 ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64, 1),
                                     // Jumps over the next, which is for all others.
                                     statement(BPF_JMP | BPF_JA, 1), answer(SECCOMP_RET_TRACE | call_of_other_abi),
                                     load(offsetof(seccomp_data, nr))};
    for (const std::uint32_t number : local) {
        program.push_back(unless_equal(number, 1));
        program.push_back(answer(SECCOMP_RET_ALLOW));
    }
    const std::vector<std::uint32_t> clock_gettime =
        abi == Abi::i386 ? std::vector<std::uint32_t>{265, 403} : std::vector<std::uint32_t>{228};
    for (const std::uint32_t number : clock_gettime) {
        // Loads the clock only for this number: what follows compares the number again.
        program.push_back(unless_equal(number, 10));
        program.push_back(load(offsetof(seccomp_data, args)));
        for (const int clock : {CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME}) {
            program.push_back(unless_equal(static_cast<std::uint32_t>(clock), 1));
            program.push_back(answer(SECCOMP_RET_ALLOW));
        }
        program.push_back(answer(SECCOMP_RET_TRACE));
    }
    program.push_back(answer(SECCOMP_RET_TRACE));
    return program;
}

}  // namespace openmosix
