// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace clusterdisc {

/// The exit statuses of every ClusterDisc program.
inline constexpr int exit_success = 0;
inline constexpr int exit_failure = 1;
inline constexpr int exit_usage = 2;

}  // namespace clusterdisc
