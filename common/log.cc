// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/log.h"

#include <syslog.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "common/printable_text.h"

namespace clusterdisc {

void log_line(LogLevel level, const std::string& text) {
    // Names of programs and files are anybody's choice.
    const std::string line = made_printable(text);
    if (is_read_by_journal()) {
        std::fprintf(stderr, "<%d>%s\n", priority_of(level), line.c_str());
    } else {
        std::fprintf(stderr, "%s: %s\n", ::program_invocation_short_name, line.c_str());
    }
}

int priority_of(LogLevel level) {
    constexpr std::array<int, 4> priorities = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};
    return priorities.at(static_cast<std::size_t>(level));
}

bool is_read_by_journal() {
    static const bool is_set = std::getenv("JOURNAL_STREAM") != nullptr;
    return is_set;
}

bool parse_log_level(std::string_view text, LogLevel& level) {
    constexpr std::array<std::string_view, 4> names = {"error", "warning", "info", "debug"};
    const auto* const found = std::ranges::find(names, text);
    if (found == names.end()) {
        return false;
    }
    level = static_cast<LogLevel>(found - names.begin());
    return true;
}

}  // namespace clusterdisc
