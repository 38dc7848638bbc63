// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/process_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "common/printable_text.h"
#include "monitor/figures_text.h"
#include "tools/process_table.h"

namespace openmosix::monitor {

namespace {

using Place = ProcessFacts::Place;

enum class Column : std::uint8_t { pid, owner, node, place, percent, time, since, moves, lock, why, command };
enum class Side : std::uint8_t { left, right };

struct ColumnLayout {
    Column column;
    const char* heading;
    std::size_t width;
    Side side;
    /// Columns with higher numbers are the first to be left out.
    unsigned rank;
};

constexpr std::size_t min_command = 8;
constexpr std::array<ColumnLayout, 10> layouts = {{
    {Column::pid, "PID", 7, Side::right, 0},
    {Column::owner, "USER", 9, Side::left, 3},
    {Column::node, "NODE", 5, Side::right, 0},
    {Column::place, "STATE", 6, Side::left, 4},
    {Column::percent, "%CPU", 5, Side::right, 1},
    {Column::time, "TIME", 8, Side::right, 5},
    {Column::since, "SINCE", 6, Side::right, 6},
    {Column::moves, "MOVES", 5, Side::right, 8},
    {Column::lock, "L", 1, Side::left, 2},
    {Column::why, "WHY", 10, Side::left, 7},
}};

/// Columns up to this rank have room.
unsigned max_rank(std::size_t columns) {
    unsigned shown = 0;
    for (unsigned rank = 0; rank <= layouts.size(); ++rank) {
        std::size_t width = min_command;
        for (const ColumnLayout& layout : layouts) {
            width += layout.rank <= rank ? layout.width + 1 : 0;
        }
        if (width <= columns) {
            shown = rank;
        }
    }
    return shown;
}

std::string fitted(std::string text, const ColumnLayout& layout) {
    if (text.size() > layout.width) {
        text.resize(layout.width);
    }
    const std::string spaces(layout.width - text.size(), ' ');
    return layout.side == Side::right ? spaces + text : text + spaces;
}

std::string percent_text(double percent) {
    constexpr double max_percent = 99'999;
    return std::to_string(std::llround(std::clamp(percent, 0.0, max_percent)));
}

std::string lock_text(const std::optional<bool>& is_locked) {
    return is_locked.value_or(false) ? "L" : "";
}

std::string cell(const TableRow& row, Column column) {
    const ProcessFacts& facts = row.facts;
    switch (column) {
        case Column::pid:
            return std::to_string(facts.key.pid);
        case Column::owner:
            return owner_of(facts);
        case Column::node:
            return facts.node == 0 ? "-" : std::to_string(facts.node);
        case Column::place:
            return name_of(facts.place);
        case Column::percent:
            return percent_text(facts.percent);
        case Column::time:
            return to_time(facts.used_milliseconds / milliseconds_per_second);
        case Column::since:
            return to_duration_text(facts.seconds_there);
        case Column::moves:
            return to_short_number(facts.moves);
        case Column::lock:
            return lock_text(row.is_locked);
        case Column::why:
            return row.reason.empty() ? "-" : clusterdisc::shown(row.reason.substr(0, row.reason.find(':')));
        case Column::command:
            break;
    }
    return clusterdisc::shown(facts.name);
}

template <typename Text>
std::string to_line(std::size_t columns, Text text) {
    const unsigned shown = max_rank(columns);
    std::string line;
    for (const ColumnLayout& layout : layouts) {
        if (layout.rank <= shown) {
            line += fitted(text(layout), layout) + ' ';
        }
    }
    return line;
}

}  // namespace

const char* name_of(Place place) {
    static constexpr std::array<const char*, 6> names = {"here", "moving", "away", "home", "guest", "lost"};
    return names.at(static_cast<std::size_t>(place));
}

std::string owner_of(const ProcessFacts& facts) {
    return facts.place == Place::guest ? std::to_string(facts.home) + ':' + std::to_string(facts.home_pid)
                                       : clusterdisc::shown(facts.user);
}

std::string table_heading(std::size_t columns) {
    return to_line(columns, [](const ColumnLayout& layout) { return std::string(layout.heading); }) + "COMMAND";
}

std::string table_line(const TableRow& row, std::size_t columns) {
    return to_line(columns, [&row](const ColumnLayout& layout) { return cell(row, layout.column); }) +
           cell(row, Column::command);
}

}  // namespace openmosix::monitor
