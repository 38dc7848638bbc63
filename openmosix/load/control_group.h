// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace openmosix {

/// What a control group may use of the processors, in hundredths of one, from the content of cpu.max (cgroup v2) or of
/// cpu.cfs_quota_us and cpu.cfs_period_us (v1); none: no limit.
std::optional<std::uint32_t> parse_processor_limit(std::string_view cpu_max);
std::optional<std::uint32_t> parse_processor_limit(std::string_view quota, std::string_view period);

/// The same of a group, by its directory.
std::optional<std::uint32_t> processor_limit(const std::string& directory);

/// The processes of a group and of those below it, by the group's directory. What ends meanwhile may be among them.
std::vector<pid_t> processes_in(const std::string& directory);

/// The control group of a process as systemd names it, from the content of /proc/PID/cgroup: its path in the unified
/// hierarchy, or in that of systemd where that is empty; empty when there is none.
std::string systemd_group(std::string_view content);

}  // namespace openmosix
