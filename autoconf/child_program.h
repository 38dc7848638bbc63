// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>

namespace clusterdisc {

/// The path of a program in $PATH; none when there is no such one.
std::optional<std::string> find_program(const std::string& name);

/// Runs a program at the terminal that this one has, and waits for its end. Keys that interrupt it do not end this
/// program. Throws std::system_error when it cannot be started.
void run_program(const std::string& path);

}  // namespace clusterdisc
