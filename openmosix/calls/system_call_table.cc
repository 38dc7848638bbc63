// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/system_call_table.h"

#include <algorithm>

namespace openmosix {

namespace {

#include "system_calls.inc"

}  // namespace

std::span<const SystemCall> system_calls(Abi abi) {
    return abi == Abi::i386 ? std::span<const SystemCall>(calls_i386) : std::span<const SystemCall>(calls_amd64);
}

const SystemCall* find_system_call(Abi abi, std::uint32_t number) {
    const auto calls = system_calls(abi);
    const auto found = std::ranges::lower_bound(calls, number, {}, &SystemCall::number);
    return found != calls.end() && found->number == number ? &*found : nullptr;
}

bool is_newer_call(std::uint32_t number) {
    // All architectures give new calls the same numbers, one after another; far beyond there are other ABIs' (x32).
    constexpr std::uint32_t newest = 470;
    constexpr std::uint32_t end = 1024;
    return number > newest && number < end;
}

const SystemCall* find_system_call(Abi abi, std::string_view name) {
    const auto calls = system_calls(abi);
    const auto found = std::ranges::find(calls, name, &SystemCall::name);
    return found != calls.end() ? &*found : nullptr;
}

}  // namespace openmosix
