// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/node_table.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <numeric>
#include <vector>

#include "common/printable_text.h"

namespace clusterdisc {
namespace {

enum Column : std::uint8_t { id, name, address, state, found, path, round_trip, since, column_count };

using Row = std::array<std::string, column_count>;

constexpr std::size_t gap = 2;

std::string short_time(double microseconds) {
    constexpr double per_millisecond = 1000;
    constexpr double per_second = 1000000;
    // As long as the longest that is taken for a time, so that snprintf() cuts nothing.
    std::array<char, 32> text{};
    if (!(microseconds >= 0 && microseconds < 1e9)) {
        return "?";
    }
    if (microseconds < per_millisecond) {
        std::snprintf(text.data(), text.size(), "%.0fus", microseconds);
    } else if (microseconds < per_second) {
        std::snprintf(text.data(), text.size(), "%.1fms", microseconds / per_millisecond);
    } else {
        std::snprintf(text.data(), text.size(), "%.1fs", microseconds / per_second);
    }
    return text.data();
}

std::string age_since(double since, std::chrono::duration<double> now) {
    constexpr double longest = 1e10;
    const double age = now.count() - since;
    // Also when it is no number at all.
    if (!(age < longest)) {
        return "?";
    }
    return short_age(std::chrono::seconds(static_cast<std::int64_t>(std::max(age, 0.0))));
}

Row to_row(const ListedMember& member, std::chrono::duration<double> now) {
    Row row;
    row[id] = (member.is_self ? "*" : " ") + (member.id ? std::to_string(*member.id) : "-");
    row[name] = shown(member.name);
    row[address] = shown(member.address);
    row[state] = state_word(member);
    row[found] = shown(member.found);
    row[path] = shown(member.path, 64);
    row[round_trip] = member.round_trip_us ? short_time(*member.round_trip_us) : "";
    row[since] = age_since(member.since, now);
    for (std::string& field : row) {
        if (field.empty()) {
            field = "-";
        }
    }
    return row;
}

/// How wide each column is; 0: left out.
using Widths = std::array<std::size_t, column_count>;

std::size_t total(const Widths& widths) {
    const std::size_t columns = column_count - static_cast<std::size_t>(std::ranges::count(widths, std::size_t{0}));
    return std::accumulate(widths.begin(), widths.end(), (columns - 1) * gap);
}

void narrow(std::size_t& column, std::size_t least, std::size_t excess) {
    if (column > least) {
        column = column - least > excess ? column - excess : least;
    }
}

Widths fitted(Widths widths, std::size_t limit) {
    constexpr std::size_t min_text = 12;
    const auto excess = [&] { return total(widths) - std::min(total(widths), limit); };
    for (const Column column : {path, name}) {
        narrow(widths[column], min_text, excess());
    }
    const Widths narrowed = widths;
    for (const Column column : {since, path, found, round_trip, address, name}) {
        if (excess() == 0) {
            break;
        }
        widths[column] = 0;
    }
    // A column that was left out may have made room for more than is needed.
    for (const Column column : {name, path, address, round_trip, found, since}) {
        if (widths[column] == 0) {
            widths[column] = narrowed[column];
            if (excess() > 0) {
                widths[column] = 0;
            }
        }
    }
    return widths;
}

std::string cut(const std::string& text, std::size_t width) {
    return text.size() <= width ? text : text.substr(0, width - 1) + '>';
}

std::string to_line(const Row& row, const Widths& widths) {
    std::string line;
    std::size_t column_end = 0;
    for (std::size_t column = 0; column < column_count; ++column) {
        if (widths[column] == 0) {
            continue;
        }
        if (column_end > 0) {
            line.resize(column_end + gap, ' ');
        }
        const std::size_t start = line.size();
        line += cut(row[column], widths[column]);
        column_end = start + widths[column];
    }
    return line + '\n';
}

}  // namespace

std::string state_word(const ListedMember& member) {
    if (member.condition != "alive") {
        return shown(member.condition, 10);
    }
    if (member.stage != "member") {
        return shown(member.stage, 10);
    }
    return member.in_map ? "member" : "no path";
}

std::string short_age(std::chrono::seconds age) {
    using namespace std::chrono_literals;
    if (age < 1min) {
        return std::to_string(age.count()) + 's';
    }
    if (age < 1h) {
        return std::to_string(age / 1min) + 'm';
    }
    if (age < 24h) {
        return std::to_string(age / 1h) + 'h';
    }
    return std::to_string(age / 24h) + 'd';
}

std::string to_node_table(const ListedCluster& cluster, TableSize size, std::chrono::duration<double> now) {
    std::vector<Row> rows = {{" ID", "NAME", "ADDRESS", "STATE", "FOUND", "PATH", "RTT", "SINCE"}};
    for (const ListedMember& member : cluster.members) {
        rows.push_back(to_row(member, now));
    }
    Widths widths{};
    for (const Row& row : rows) {
        for (std::size_t column = 0; column < column_count; ++column) {
            widths[column] = std::max(widths[column], row[column].size());
        }
    }
    if (size.width > 0) {
        widths = fitted(widths, size.width);
    }
    std::size_t shown_rows = rows.size();
    // The heading and a line that counts the rest are always there.
    if (size.height > 0 && rows.size() > size.height) {
        shown_rows = std::max<std::size_t>(size.height, 2) - 1;
    }
    std::string text;
    for (std::size_t number = 0; number < shown_rows; ++number) {
        text += to_line(rows[number], widths);
    }
    if (shown_rows < rows.size()) {
        text += cut("... and " + std::to_string(rows.size() - shown_rows) + " more",
                    size.width == 0 ? std::string::npos : size.width) +
                '\n';
    }
    return text;
}

}  // namespace clusterdisc
