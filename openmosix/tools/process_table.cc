// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/process_table.h"

#include <algorithm>
#include <array>
#include <span>

#include "common/printable_text.h"
#include "control/process_list.h"

namespace openmosix {

namespace {

constexpr std::size_t columns = 9;
constexpr std::size_t max_field = 60;

using Fields = std::array<std::string, columns>;

constexpr std::array<const char*, columns> headings = {"PID",      "HOME", "NODE", "STATE",  "MOVES",
                                                       "CANTMOVE", "USER", "TIME", "COMMAND"};

/// Never empty, so that every line has the same number of words.
std::string cell(const std::string& text) {
    return text.empty() ? "-" : clusterdisc::shown(text, max_field);
}

bool is_right_aligned(std::size_t column) {
    return column == 0 || column == 4 || column == 7;
}

std::string to_line(const Fields& fields, std::span<const std::size_t> widths) {
    std::string line;
    for (std::size_t column = 0; column < columns; ++column) {
        const std::string& field = fields.at(column);
        const std::string blanks(widths[column] - std::min(field.size(), widths[column]), ' ');
        line += column == 0 ? "" : "  ";
        line += is_right_aligned(column) ? blanks + field : field;
        if (!is_right_aligned(column) && column + 1 < columns) {
            line += blanks;
        }
    }
    return line + '\n';
}

}  // namespace

ProcessRow to_row(const nlohmann::json& state, bool is_guest) {
    ProcessRow row;
    row.pid = static_cast<pid_t>(number_in(state, "pid"));
    row.home = std::to_string(number_in(state, "home"));
    if (is_guest) {
        row.home += ':' + std::to_string(number_in(state, "home_pid"));
    }
    row.node = std::to_string(number_in(state, "node"));
    row.state = text_in(state, "state");
    row.moves = number_in(state, "moves");
    row.reason = text_in(state, "reason");
    row.command = text_in(state, "name");
    return row;
}

std::string to_time(std::uint64_t seconds) {
    const auto two_digits = [](std::uint64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); };
    const std::uint64_t hours = seconds / 3600;
    const std::uint64_t minutes = seconds / 60 % 60;
    const std::string end = ':' + two_digits(seconds % 60);
    return hours > 0 ? std::to_string(hours) + ':' + two_digits(minutes) + end : std::to_string(minutes) + end;
}

std::string to_table(const std::vector<ProcessRow>& rows) {
    std::vector<Fields> lines;
    Fields& heading = lines.emplace_back();
    std::ranges::copy(headings, heading.begin());
    for (const ProcessRow& row : rows) {
        lines.push_back({std::to_string(row.pid), cell(row.home), cell(row.node), cell(row.state),
                         std::to_string(row.moves), cell(row.reason), cell(row.user), to_time(row.seconds),
                         cell(row.command)});
    }
    std::array<std::size_t, columns> widths{};
    for (const Fields& fields : lines) {
        for (std::size_t column = 0; column < columns; ++column) {
            widths.at(column) = std::max(widths.at(column), fields.at(column).size());
        }
    }
    std::string table;
    for (const Fields& fields : lines) {
        table += to_line(fields, widths);
    }
    return table;
}

}  // namespace openmosix
