// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace openmosix {

/// The path in the unified hierarchy (cgroups(7)), from the content of /proc/self/cgroup; empty: there is none.
std::string unified_group(const std::string& content);

}  // namespace openmosix
