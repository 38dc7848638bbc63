// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/node_id.h"

/// What a child of omd says once on its standard output: why it does not believe its peer, since omd alone knows how
/// many are refused, and logs only some of that; or which process has arrived as a guest (omd/child_reports.h).
namespace openmosix {

inline constexpr std::size_t max_report = 1024;

/// A process of another node that is about to run here.
struct ArrivedGuest {
    clusterdisc::NodeId home = 0;
    pid_t pid = 0;
    bool operator==(const ArrivedGuest&) const = default;
};

void report_refusal(std::string_view reason);
void report_arrival(const ArrivedGuest& guest);
/// Closes the standard output.
void report_nothing_more();

/// The guest that a report is about; none when it is why a peer was refused.
std::optional<ArrivedGuest> parse_arrival(std::string_view report);

}  // namespace openmosix
