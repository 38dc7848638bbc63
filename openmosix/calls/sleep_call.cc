// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/sleep_call.h"

#include <ctime>

#include "calls/system_call_table.h"

namespace openmosix {

std::optional<SleepCall> find_sleep_call(Abi abi, std::uint32_t number, std::uint64_t flags) {
    const SystemCall* call = find_system_call(abi, number);
    if (call != nullptr && call->name == "nanosleep") {
        return SleepCall{0, 1, word_size(abi), false};
    }
    if (call != nullptr && call->name.starts_with("clock_nanosleep")) {
        const std::size_t word = call->name.ends_with("time64") ? 8 : word_size(abi);
        return SleepCall{2, 3, word, (flags & TIMER_ABSTIME) != 0};
    }
    return std::nullopt;
}

}  // namespace openmosix
