// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace clusterdisc {

enum class LogLevel : std::uint8_t { error, warning, info, debug };

/// One line on standard error; with the priority of sd-daemon(3) before it when the journal reads it.
void log_line(LogLevel level, const std::string& line);

}  // namespace clusterdisc
