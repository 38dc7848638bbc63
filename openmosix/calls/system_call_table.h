// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "abi.h"

namespace openmosix {

/// What becomes of a system call that a process makes away from home;
/// generate.py says it in words.
enum class CallClass : std::uint8_t {
    local,
    mapping,
    action,
    mask,
    signal_wait,
    identity,
    futex,
    clock,
    accounting,
    interval_timer,
    exit,
    forwarded,
    home,
    missing,
};

/// What an argument is; generate.py says it in words.
enum class ArgumentKind : std::uint8_t {
    plain,
    path,
    in,
    out,
    outall,
    inout,
    rest,
    timeout,
    iovin,
    iovout,
    msgin,
    msgout,
    mmsgin,
    mmsgout,
    addrout,
    sysvin,
    sysvout,
    ioctl,
    fcntl,
    prctl,
    sockopt,
    select,
    ipc,
    socketcall,
};

inline constexpr std::uint8_t no_argument = 255;

struct ArgumentShape {
    ArgumentKind kind = ArgumentKind::plain;
    /// Which argument says how long it is.
    std::uint8_t length_argument = no_argument;
    /// That argument is an int and not a word: the kernel does not look at its
    /// upper half.
    bool length_is_int = false;
    /// The call never has more to say than fits: a length beyond that changes nothing.
    bool is_only_limit = false;
    /// Bytes, or bytes of each that the length argument counts.
    std::uint16_t size = 0;
};

struct SystemCall {
    std::string_view name;
    std::uint32_t number = 0;
    CallClass call_class = CallClass::missing;
    std::array<ArgumentShape, 6> arguments{};
};

/// In order of their numbers.
[[nodiscard]] std::span<const SystemCall> system_calls(Abi abi);

/// None when there is no such number.
[[nodiscard]] const SystemCall* find_system_call(Abi abi, std::uint32_t number);
/// Whether kernels newer than the table may have a call of this number.
[[nodiscard]] bool is_newer_call(std::uint32_t number);
/// None when the ABI has no such call.
[[nodiscard]] const SystemCall* find_system_call(Abi abi, std::string_view name);

}  // namespace openmosix
