// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpu/extended_state_access.h"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <optional>
#include <stdexcept>
#include <string>

#include "tracee/process_end.h"

namespace openmosix {

namespace {

/// With AMX it is 11 KiB.
constexpr std::size_t max_image = std::size_t{64} << 10U;

[[noreturn]] void fail(pid_t pid) {
    fail_for(pid, errno, "its floating-point state");
}

/// None when this kernel has no such register set on this processor.
std::optional<Bytes> read_set(pid_t pid, int set) {
    Bytes bytes(max_image);
    iovec vector{bytes.data(), bytes.size()};
    if (::ptrace(PTRACE_GETREGSET, pid, set, &vector) == -1) {
        if (errno == ESRCH) {
            fail(pid);
        }
        return std::nullopt;
    }
    bytes.resize(vector.iov_len);
    return bytes;
}

void write_set(pid_t pid, int set, Bytes& bytes) {
    iovec vector{bytes.data(), bytes.size()};
    if (::ptrace(PTRACE_SETREGSET, pid, set, &vector) == -1) {
        fail(pid);
    }
}

std::optional<Bytes> read_xsave(pid_t pid) {
    auto image = read_set(pid, NT_X86_XSTATE);
    return image && image->size() > fxsave_size ? std::move(image) : std::nullopt;
}

struct RegisterSet {
    int number = 0;
    Bytes bytes;
};

/// FXSAVE's image: its own set for 32-bit processes, the ordinary one for others (arch/x86/kernel/ptrace.c).
std::optional<RegisterSet> read_fxsave(pid_t pid) {
    for (const int number : {NT_PRXFPREG, NT_PRFPREG}) {
        if (auto bytes = read_set(pid, number); bytes && bytes->size() == fxsave_size) {
            return RegisterSet{number, *std::move(bytes)};
        }
    }
    return std::nullopt;
}

}  // namespace

ExtendedState read_extended_state(pid_t pid) {
    if (const auto image = read_xsave(pid)) {
        return from_xsave(*image, XsaveLayout::of_this_processor());
    }
    ExtendedState state;
    state.present = x87_present;
    if (auto fxsave = read_fxsave(pid)) {
        state.legacy = std::move(fxsave->bytes);
        // FXSAVE does not say what is in use, and home may have x87 only.
        state.present |= is_sse_in_use(state.legacy) ? sse_present : 0;
        return state;
    }
    const auto fsave = read_set(pid, NT_PRFPREG);
    if (!fsave) {
        fail(pid);
    }
    state.legacy = fxsave_from_fsave(*fsave);
    return state;
}

void write_extended_state(pid_t pid, const ExtendedState& state) {
    if (auto image = read_xsave(pid)) {
        into_xsave(state, XsaveLayout::of_this_processor(), *image);
        write_set(pid, NT_X86_XSTATE, *image);
        return;
    }
    if (auto fxsave = read_fxsave(pid)) {
        into_fxsave(state, fxsave->bytes);
        write_set(pid, fxsave->number, fxsave->bytes);
        return;
    }
    Bytes fsave = to_fsave(state);
    write_set(pid, NT_PRFPREG, fsave);
}

}  // namespace openmosix
