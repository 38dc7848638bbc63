// SPDX-License-Identifier: GPL-2.0-or-later
#include "procfs/process_file.h"

#include <system_error>
#include <utility>

#include "common/file.h"

namespace openmosix {

std::optional<std::string> find_process_file(pid_t pid, const std::string& name, std::size_t max_size) {
    try {
        return clusterdisc::read_file("/proc/" + std::to_string(pid) + "/" + name, max_size);
    } catch (const std::system_error& error) {
        if (error.code() != std::errc::no_such_process) {
            throw;
        }
        return std::nullopt;
    }
}

std::string read_process_file(pid_t pid, const std::string& name, std::size_t max_size) {
    auto content = find_process_file(pid, name, max_size);
    if (!content) {
        throw no_such_process(pid);
    }
    return *std::move(content);
}

}  // namespace openmosix
