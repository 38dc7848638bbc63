// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/restarted_output.h"

#include <algorithm>

#include "calls/sleep_call.h"
#include "tracee/call_numbers.h"

namespace openmosix {

namespace {

constexpr std::uint64_t most_polled = 65536;
constexpr std::size_t size_of_pollfd = 8;

}  // namespace

std::optional<RestartedOutput> find_restarted_output(const Registers& registers) {
    if (registers.call_number() < 0) {
        return std::nullopt;
    }
    const auto number = static_cast<std::uint32_t>(registers.call_number());
    const auto sleep = find_sleep_call(registers.abi, number, registers.argument(1));
    RestartedOutput output;
    if (sleep && !sleep->is_until) {
        output = {registers.argument(sleep->rest_argument), 2 * sleep->word, true};
    } else if (number == call_numbers(registers.abi).poll) {
        output.address = registers.argument(0);
        output.size = static_cast<std::size_t>(std::min(registers.argument(1), most_polled)) * size_of_pollfd;
    }
    return output.address == 0 || output.size == 0 ? std::nullopt : std::optional(output);
}

}  // namespace openmosix
