// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpu/extended_state_access.h"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

namespace openmosix {

namespace {

constexpr std::size_t largest_image = std::size_t{64} << 10U;
constexpr std::size_t legacy_size = 512;
constexpr std::uint64_t x87_and_sse = 3;
constexpr std::uint64_t x87 = 1;

std::optional<Bytes> read_set(pid_t pid, int set) {
    Bytes bytes(largest_image);
    iovec vector{bytes.data(), bytes.size()};
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    if (::ptrace(PTRACE_GETREGSET, pid, set, &vector) == -1) {
        if (errno == ESRCH) {
            throw std::system_error(errno, std::generic_category(), "floating-point state");
        }
        return std::nullopt;
    }
    bytes.resize(vector.iov_len);
    return bytes;
}

void write_set(pid_t pid, int set, Bytes& bytes) {
    iovec vector{bytes.data(), bytes.size()};
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    if (::ptrace(PTRACE_SETREGSET, pid, set, &vector) == -1) {
        throw std::system_error(errno, std::generic_category(), "floating-point state");
    }
}

/// FXSAVE's image: its own set for 32-bit processes, the ordinary one for others (arch/x86/kernel/ptrace.c).
std::optional<int> set_of_fxsave(pid_t pid) {
    for (const int set : {NT_PRXFPREG, NT_PRFPREG}) {
        if (const auto bytes = read_set(pid, set); bytes && bytes->size() == legacy_size) {
            return set;
        }
    }
    return std::nullopt;
}

}  // namespace

ExtendedState read_extended_state(pid_t pid) {
    const auto image = read_set(pid, NT_X86_XSTATE);
    if (image && image->size() > legacy_size) {
        return from_xsave(*image, XsaveLayout::of_this_processor());
    }
    ExtendedState state;
    if (const auto set = set_of_fxsave(pid)) {
        state.legacy = *read_set(pid, *set);
        state.present = x87_and_sse;
        return state;
    }
    const auto fsave = read_set(pid, NT_PRFPREG);
    if (!fsave) {
        throw std::runtime_error("this kernel gives no floating-point state");
    }
    state.legacy = fxsave_from_fsave(*fsave);
    state.present = x87;
    return state;
}

void write_extended_state(pid_t pid, const ExtendedState& state) {
    auto image = read_set(pid, NT_X86_XSTATE);
    if (image && image->size() > legacy_size) {
        into_xsave(state, XsaveLayout::of_this_processor(), *image);
        write_set(pid, NT_X86_XSTATE, *image);
        return;
    }
    if (!state.components.empty()) {
        throw std::runtime_error("this processor has only x87 and SSE, and the program uses more");
    }
    if (const auto set = set_of_fxsave(pid)) {
        Bytes legacy = state.legacy;
        legacy.resize(legacy_size);
        write_set(pid, *set, legacy);
        return;
    }
    Bytes fsave = fsave_from_fxsave(state.legacy);
    write_set(pid, NT_PRFPREG, fsave);
}

}  // namespace openmosix
