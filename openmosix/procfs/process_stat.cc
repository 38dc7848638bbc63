// SPDX-License-Identifier: GPL-2.0-or-later
#include "procfs/process_stat.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "procfs/process_file.h"

namespace openmosix {

namespace {

constexpr std::size_t max_stat_size = 4096;
/// Numbered as in proc_pid_stat(5). Later kernels may have more fields.
constexpr std::size_t first_number = 4;
constexpr std::size_t last_number = 52;

/// Fields that are never negative; the others (such as a priority) do not matter here and are 0.
using Numbers = std::array<std::uint64_t, last_number + 1>;

std::optional<Numbers> parse_numbers(std::string_view text) {
    Numbers numbers{};
    for (std::size_t field = first_number; field <= last_number; ++field) {
        if (!text.starts_with(' ')) {
            return std::nullopt;
        }
        text.remove_prefix(1);
        const bool is_negative = text.starts_with('-');
        text.remove_prefix(is_negative ? 1 : 0);
        std::uint64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc()) {
            return std::nullopt;
        }
        numbers.at(field) = is_negative ? 0 : number;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    }
    const bool is_whole =
        !text.empty() && text.find('\n') == text.size() - 1 && (text == "\n" || text.starts_with(' '));
    return is_whole ? std::optional(numbers) : std::nullopt;
}

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
    // The name is in parentheses and may have parentheses, spaces and line ends; what follows it has none.
    const std::size_t start = text.find(" (");
    const std::size_t end = text.rfind(") ");
    constexpr std::string_view digits = "0123456789";
    if (start == std::string_view::npos || start == 0 || end == std::string_view::npos || end < start + 2 ||
        text.find_first_not_of(digits) != start) {
        return std::nullopt;
    }
    const std::string_view rest = text.substr(end + 2);
    if (rest.empty()) {
        return std::nullopt;
    }
    const auto numbers = parse_numbers(rest.substr(1));
    constexpr auto max_unsigned = std::numeric_limits<unsigned>::max();
    if (!numbers || numbers->at(39) > max_unsigned || numbers->at(41) > max_unsigned) {
        return std::nullopt;
    }
    ProcessStat stat;
    stat.name = text.substr(start + 2, end - start - 2);
    stat.state = rest.front();
    stat.process_group = numbers->at(5);
    stat.session = numbers->at(6);
    stat.terminal = numbers->at(7);
    stat.foreground_group = numbers->at(8);
    stat.flags = numbers->at(9);
    stat.user_time = numbers->at(14);
    stat.system_time = numbers->at(15);
    stat.start_time = numbers->at(22);
    stat.start_code = numbers->at(26);
    stat.end_code = numbers->at(27);
    stat.start_stack = numbers->at(28);
    stat.processor = static_cast<unsigned>(numbers->at(39));
    stat.policy = static_cast<unsigned>(numbers->at(41));
    stat.start_data = numbers->at(45);
    stat.end_data = numbers->at(46);
    stat.start_brk = numbers->at(47);
    stat.arg_start = numbers->at(48);
    stat.arg_end = numbers->at(49);
    stat.env_start = numbers->at(50);
    stat.env_end = numbers->at(51);
    return stat;
}

std::optional<ProcessStat> find_process_stat(pid_t pid) {
    const auto text = find_process_file(pid, "stat", max_stat_size);
    if (!text) {
        return std::nullopt;
    }
    auto stat = parse_process_stat(*text);
    if (!stat) {
        throw std::runtime_error("/proc/" + std::to_string(pid) + "/stat has another format than this program knows");
    }
    return stat;
}

std::optional<ProcessStat> try_to_find_process_stat(pid_t pid) {
    try {
        return find_process_stat(pid);
    } catch (const std::runtime_error&) {
        return std::nullopt;
    }
}

ProcessStat read_process_stat(pid_t pid) {
    auto stat = find_process_stat(pid);
    if (!stat) {
        throw no_such_process(pid);
    }
    return *std::move(stat);
}

}  // namespace openmosix
