// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>

namespace openmosix {

inline std::runtime_error no_such_process(pid_t pid) {
    return std::runtime_error("process " + std::to_string(pid) + " does not exist");
}

/// The content of /proc/PID/`name`; none when there is no such process, also when it ends between opening and reading.
/// Throws std::system_error when we may not read it or when it is longer than `max_size` bytes.
std::optional<std::string> find_process_file(pid_t pid, const std::string& name, std::size_t max_size);
/// The same; throws no_such_process() when there is none.
std::string read_process_file(pid_t pid, const std::string& name, std::size_t max_size);

}  // namespace openmosix
