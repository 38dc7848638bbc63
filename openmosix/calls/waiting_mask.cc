// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/waiting_mask.h"

#include <cstring>
#include <vector>

#include "calls/system_call_table.h"

namespace openmosix {

namespace {

std::optional<std::uint64_t> read(ProcessMemory& memory, std::uint64_t address, std::size_t size) {
    std::vector<std::uint8_t> bytes(size);
    std::uint64_t value = 0;
    if (address == 0 || !memory.read(address, bytes)) {
        return std::nullopt;
    }
    std::memcpy(&value, bytes.data(), size);
    return value;
}

}  // namespace

std::optional<std::uint64_t> waiting_mask(Abi abi, std::uint32_t number, const std::array<std::uint64_t, 6>& arguments,
                                          ProcessMemory& memory) {
    const SystemCall* call = find_system_call(abi, number);
    if (call == nullptr) {
        return std::nullopt;
    }
    if (call->name == "sigsuspend") {
        // By value, of the first 32 signals; which of the arguments it is depends
        // on the architecture.
        return arguments[2];
    }
    if (call->name == "rt_sigsuspend") {
        return read(memory, arguments[0], sizeof(std::uint64_t));
    }
    if (call->name.starts_with("ppoll")) {
        return read(memory, arguments[3], sizeof(std::uint64_t));
    }
    if (call->name == "epoll_pwait") {
        return read(memory, arguments[4], sizeof(std::uint64_t));
    }
    if (call->name == "epoll_pwait2") {
        return read(memory, arguments[4], sizeof(std::uint64_t));
    }
    if (call->name.starts_with("pselect6")) {
        const auto address = read(memory, arguments[5], word_size(abi));
        return address ? read(memory, *address, sizeof(std::uint64_t)) : std::nullopt;
    }
    return std::nullopt;
}

bool waits_for_signals(Abi abi, std::uint32_t number) {
    const SystemCall* call = find_system_call(abi, number);
    return call != nullptr && (call->call_class == CallClass::signal_wait || call->name.starts_with("ppoll") ||
                               call->name.starts_with("pselect6") || call->name.starts_with("epoll_pwait"));
}

}  // namespace openmosix
