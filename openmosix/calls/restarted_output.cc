// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/restarted_output.h"

#include <algorithm>

#include "calls/sleep_call.h"
#include "tracee/call_numbers.h"

namespace openmosix {

namespace {

constexpr std::uint64_t max_polled = 65536;
constexpr std::size_t size_of_pollfd = 8;
/// A struct timespec of 64 bits; that of 32 bits is its first half.
constexpr std::size_t max_size_of_timespec = 16;

}  // namespace

std::vector<RestartedOutput> find_restarted_outputs(const Registers& registers) {
    std::vector<RestartedOutput> outputs;
    if (registers.call_number() < 0) {
        return outputs;
    }
    const CallNumbers& numbers = call_numbers(registers.abi);
    const auto number = static_cast<std::uint32_t>(registers.call_number());
    const bool is_any = number == numbers.restart_syscall;
    const auto add = [&](std::uint64_t address, std::size_t size) {
        if (address != 0 && size != 0 && address <= UINT64_MAX - size) {
            outputs.push_back({address, size});
        }
    };
    if (is_any || number == numbers.poll) {
        add(registers.argument(0),
            static_cast<std::size_t>(std::min(registers.argument(1), max_polled)) * size_of_pollfd);
    }
    if (const auto sleep = find_sleep_call(registers.abi, number, registers.argument(1)); sleep && !sleep->is_until) {
        add(registers.argument(sleep->rest_argument), 2 * sleep->word);
    } else if (is_any) {
        constexpr std::size_t nanosleep_rest = 1;
        constexpr std::size_t clock_nanosleep_rest = 3;
        add(registers.argument(nanosleep_rest), max_size_of_timespec);
        add(registers.argument(clock_nanosleep_rest), max_size_of_timespec);
    }
    return outputs;
}

}  // namespace openmosix
