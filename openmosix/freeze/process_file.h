// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
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

/// The first number of a line of /proc/PID/status, in this base; 0 when there is no such line (proc(5)).
inline std::uint64_t status_number(const std::string& status, const std::string& key, int base) {
    const auto place = status.find("\n" + key + ":");
    if (place == std::string::npos) {
        return 0;
    }
    const auto begin = status.find_first_not_of(" \t", place + key.size() + 2);
    std::uint64_t value = 0;
    std::from_chars(status.data() + begin, status.data() + status.size(), value, base);
    return value;
}

}  // namespace openmosix
