// SPDX-License-Identifier: GPL-2.0-or-later
#include "body/call_filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>

#include <array>
#include <cstddef>
#include <ctime>
#include <span>

namespace openmosix {

namespace {

constexpr std::array<std::uint32_t, 2> futex_i386{240, 422};
constexpr std::array<std::uint32_t, 1> futex_amd64{202};
/// FUTEX_LOCK_PI, FUTEX_UNLOCK_PI, FUTEX_TRYLOCK_PI, FUTEX_WAIT_REQUEUE_PI, FUTEX_CMP_REQUEUE_PI, FUTEX_LOCK_PI2
/// (linux/futex.h).
constexpr std::array<std::uint32_t, 6> inheriting_operations{6, 7, 8, 11, 12, 13};

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
    for (const std::uint32_t number : abi == Abi::i386 ? std::span<const std::uint32_t>(futex_i386) : futex_amd64) {
        // The operation without its flags. Those with priority inheritance have a thread id in the futex's word, which
        // is home's, and our kernel takes it for one of its own.
        constexpr std::uint32_t operations = 0x7f;
        program.push_back(unless_equal(number, 3 + 2 * static_cast<std::uint8_t>(inheriting_operations.size())));
        program.push_back(load(offsetof(seccomp_data, args) + sizeof(std::uint64_t)));
        program.push_back(statement(BPF_ALU | BPF_AND | BPF_K, operations));
        for (const std::uint32_t operation : inheriting_operations) {
            program.push_back(unless_equal(operation, 1));
            program.push_back(answer(SECCOMP_RET_TRACE));
        }
        program.push_back(answer(SECCOMP_RET_ALLOW));
    }
    program.push_back(answer(SECCOMP_RET_TRACE));
    return program;
}

}  // namespace openmosix
