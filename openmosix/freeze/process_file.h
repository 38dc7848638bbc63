// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

#include "common/file.h"

namespace openmosix {

inline std::runtime_error no_such_process(pid_t pid) {
    return std::runtime_error("process " + std::to_string(pid) + " does not exist");
}

/// The content of /proc/PID/`name`. Throws no_such_process() also when the process ends between opening and reading,
/// and std::system_error when we may not read it or when it is longer than `longest` bytes.
inline std::string read_process_file(pid_t pid, const std::string& name, std::size_t longest) {
    std::optional<std::string> content;
    try {
        content = clusterdisc::read_file("/proc/" + std::to_string(pid) + "/" + name, longest);
    } catch (const std::system_error& error) {
        if (error.code() != std::errc::no_such_process) {
            throw;
        }
    }
    if (!content) {
        throw no_such_process(pid);
    }
    return *std::move(content);
}

}  // namespace openmosix
