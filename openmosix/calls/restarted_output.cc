// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/restarted_output.h"

#include <algorithm>
#include <ctime>

#include "calls/system_call_table.h"

namespace openmosix {

namespace {

constexpr std::uint64_t most_polled = 65536;
constexpr std::size_t size_of_pollfd = 8;

}  // namespace

std::optional<RestartedOutput> find_restarted_output(const Registers& registers) {
    const SystemCall* call = registers.call_number() < 0
                                 ? nullptr
                                 : find_system_call(registers.abi, static_cast<std::uint32_t>(registers.call_number()));
    if (call == nullptr) {
        return std::nullopt;
    }
    RestartedOutput output;
    if (call->name == "poll") {
        output.address = registers.argument(0);
        output.size = static_cast<std::size_t>(std::min(registers.argument(1), most_polled)) * size_of_pollfd;
    } else if (call->name == "nanosleep" || call->name.starts_with("clock_nanosleep")) {
        const bool is_relative = call->name == "nanosleep" || (registers.argument(1) & TIMER_ABSTIME) == 0;
        output.address = is_relative ? registers.argument(call->name == "nanosleep" ? 1 : 3) : 0;
        output.size = call->name.ends_with("time64") ? 16 : 2 * word_size(registers.abi);
        output.is_rest = true;
    }
    return output.address == 0 || output.size == 0 ? std::nullopt : std::optional(output);
}

}  // namespace openmosix
