// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/move_journal.h"

#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "common/log_event.h"

namespace openmosix {

namespace {

std::string with_decimals(double seconds) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.2f", seconds);
    return text.data();
}

}  // namespace

void log_move(const balance::Move& move, const balance::MoveResult& result, balance::NodeId own) {
    const std::string pid = std::to_string(move.process.pid);
    const std::string home = std::to_string(move.process.home);
    const std::string target = std::to_string(move.target);
    const bool is_own = move.process.home == own;
    const std::string outcome = to_text(result);
    std::vector<clusterdisc::LogField> fields = {{"MESSAGE_ID", std::string(move_message_id)},
                                                 {"OPENMOSIX_HOME", home},
                                                 {"OPENMOSIX_PID", pid},
                                                 {"OPENMOSIX_TARGET", target},
                                                 {"OPENMOSIX_PURPOSE", to_text(move.purpose)},
                                                 {"OPENMOSIX_GAIN_SECONDS", with_decimals(move.gain)},
                                                 {"OPENMOSIX_RESULT", outcome}};
    if (is_own) {
        fields.push_back({"OBJECT_PID", pid});
    }
    clusterdisc::log_event(clusterdisc::LogLevel::info,
                           "process " + pid + (is_own ? "" : " of node " + home) + " to node " + target + ": " +
                               to_text(move.purpose) + " (" + outcome + ")",
                           fields);
}

}  // namespace openmosix
