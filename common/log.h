// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace clusterdisc {

enum class LogLevel : std::uint8_t { error, warning, info, debug };

/// One line on standard error; with the priority of sd-daemon(3) before it when the journal reads it, else with the
/// program's name. Where the line is not printable text (printable_text.h) it is escaped.
void log_line(LogLevel level, const std::string& text);

/// The number that syslog(3) has for it.
int priority_of(LogLevel level);

/// True if the journal reads standard error (systemd.exec(5)).
bool is_read_by_journal();

/// One of: error, warning, info, debug.
bool parse_log_level(std::string_view text, LogLevel& level);

}  // namespace clusterdisc
