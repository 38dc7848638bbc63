// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace openmosix {

/// A process as mps shows it.
struct ProcessRow {
    pid_t pid = 0;
    /// A node id; of a guest also the pid there: `1:4711`.
    std::string home;
    std::string node;
    /// here, moving, away, home, lost, guest.
    std::string state;
    std::uint64_t moves = 0;
    /// Why it cannot move, or why it came home; empty: nothing.
    std::string reason;
    std::string user;
    /// Of processors, in seconds, on this node.
    std::uint64_t seconds = 0;
    std::string command;

    bool operator==(const ProcessRow&) const = default;
};

/// What omd says about a process of this node, or about a guest; without user name and time, which the caller finds.
/// Whatever is missing stays empty.
ProcessRow to_row(const nlohmann::json& state, bool is_guest);

/// With a heading, as wide as it must be; what cannot be shown on a terminal is replaced.
std::string to_table(const std::vector<ProcessRow>& rows);

/// `1:02:03` or `2:03`.
std::string to_time(std::uint64_t seconds);

}  // namespace openmosix
