// SPDX-License-Identifier: GPL-2.0-or-later
#include "log.h"

#include <syslog.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace clusterdisc {

void log_line(LogLevel level, const std::string& line) {
    static constexpr std::array<int, 4> priorities = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};
    static const bool is_journal = std::getenv("JOURNAL_STREAM") != nullptr;
    if (is_journal) {
        std::fprintf(stderr, "<%d>%s\n", priorities.at(static_cast<std::size_t>(level)), line.c_str());
    } else {
        std::fprintf(stderr, "omdiscd: %s\n", line.c_str());
    }
}

}  // namespace clusterdisc
