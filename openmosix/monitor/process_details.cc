// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/process_details.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "common/printable_text.h"
#include "monitor/figures_text.h"
#include "tools/process_table.h"

namespace openmosix::monitor {

namespace {

using Place = ProcessFacts::Place;

std::string home_text(const ProcessFacts& facts) {
    if (facts.place == Place::guest) {
        return "node " + std::to_string(facts.home) + ", where it is process " + std::to_string(facts.home_pid);
    }
    return facts.home == 0 ? "this node" : "this node, " + std::to_string(facts.home);
}

std::string place_text(const ProcessFacts& facts) {
    const std::string since = " since " + to_duration_text(facts.seconds_there);
    switch (facts.place) {
        case Place::here:
            return "at home" + since + ", was never away";
        case Place::moving:
            return "on its way between two nodes";
        case Place::away:
            return "on node " + std::to_string(facts.node) + since;
        case Place::home:
            return "at home" + since;
        case Place::guest:
            return "here" + since;
        case Place::lost:
            break;
    }
    return "lost with node " + std::to_string(facts.node);
}

std::string lock_text(const TableRow& row) {
    if (!row.is_locked) {
        return "not known";
    }
    return *row.is_locked ? "yes, it moves only when it is told to" : "no";
}

/// Each line of it as it can be shown, and indented.
std::string reason_lines(std::string_view reason) {
    std::string lines;
    while (!reason.empty()) {
        const std::string_view line = reason.substr(0, reason.find('\n'));
        lines += "  " + clusterdisc::shown(line, line.size()) + '\n';
        reason.remove_prefix(std::min(line.size() + 1, reason.size()));
    }
    return lines;
}

}  // namespace

std::string process_details(const TableRow& row, const std::string& why) {
    const ProcessFacts& facts = row.facts;
    std::string text = "Process " + std::to_string(facts.key.pid) + ": " + clusterdisc::shown(facts.name) + '\n';
    const auto add = [&text](const char* label, const std::string& value) { text += label + value + '\n'; };
    add("  whose   ", facts.place == Place::guest ? owner_of(facts) + ", a guest" : owner_of(facts));
    add("  home    ", home_text(facts));
    add("  where   ", place_text(facts));
    add("  moves   ", std::to_string(facts.moves));
    add("  uses    ", std::to_string(std::llround(facts.percent)) + "% of a processor, " +
                          to_time(facts.used_milliseconds / milliseconds_per_second) + " in all");
    add("  locked  ", lock_text(row));
    if (!row.reason.empty()) {
        text += facts.place == Place::here ? "What keeps it here:\n" : "The last reason:\n";
        text += reason_lines(row.reason);
    }
    return text + (why.empty() ? "" : "What omd says of it:\n" + why);
}

}  // namespace openmosix::monitor
