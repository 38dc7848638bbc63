// SPDX-License-Identifier: GPL-2.0-or-later
// Resource limits that home keeps, and the body's kernel enforces.
#include <sys/resource.h>

#include <limits>
#include <string_view>

#include "calls/system_call_table.h"
#include "supervisor/guest_supervisor.h"
#include "words.h"

namespace openmosix {

std::optional<std::uint64_t> GuestSupervisor::wanted_stack_limit() const {
    const SystemCall* call = find_system_call(at_call_.abi, static_cast<std::uint32_t>(at_call_.call_number()));
    const std::string_view name = call == nullptr ? "" : call->name;
    const bool is_old = name == "setrlimit";
    const std::size_t resource_index = is_old ? 0 : 1;
    const std::uint64_t address = at_call_.argument(is_old ? 1 : 2);
    if ((!is_old && name != "prlimit64") || address == 0 ||
        static_cast<std::uint32_t>(at_call_.argument(resource_index)) != RLIMIT_STACK) {
        return std::nullopt;
    }
    const auto process = static_cast<std::uint32_t>(at_call_.argument(0));
    if (!is_old && process != 0 && process != prepare_.pid) {
        return std::nullopt;
    }
    // struct rlimit of the ABI, or struct rlimit64: what holds comes first, and all bits mean no limit.
    const std::size_t size = is_old ? word_size(at_call_.abi) : sizeof(std::uint64_t);
    Bytes limit(size);
    if (!memory_->read(address, limit)) {
        return std::nullopt;
    }
    const std::uint64_t value = word_in(limit, 0, size);
    const bool is_endless = size == 4 && value == std::numeric_limits<std::uint32_t>::max();
    return is_endless ? RLIM_INFINITY : value;
}

}  // namespace openmosix
