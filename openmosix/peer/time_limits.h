// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

/// How long the ends of a migration wait for each other.
namespace openmosix {

/// From the connection to Prepared, and of the guest supervisor to the page connection.
inline constexpr int seconds_to_prepare = 15;
/// From Arrive to Ready, and from Ready to Go.
inline constexpr int seconds_to_build = 30;

}  // namespace openmosix
