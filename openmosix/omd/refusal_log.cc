// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/refusal_log.h"

#include <chrono>
#include <utility>

#include "common/event_loop.h"
#include "common/log.h"

namespace openmosix {

namespace {

constexpr clusterdisc::Instant pause = std::chrono::seconds(60);

}  // namespace

void RefusalLog::add(const std::string& line) {
    const clusterdisc::Instant now = clusterdisc::EventLoop::now();
    ++unsaid_;
    if (last_ && now - *last_ < pause) {
        return;
    }
    last_ = now;
    const unsigned count = std::exchange(unsaid_, 0);
    const std::string more = count > 1 ? " (and " + std::to_string(count - 1) + " more connections before)" : "";
    clusterdisc::log_line(clusterdisc::LogLevel::warning, line + more);
}

}  // namespace openmosix
