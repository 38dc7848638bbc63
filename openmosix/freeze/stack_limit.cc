// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/stack_limit.h"

#include <sys/resource.h>

#include <sstream>
#include <stdexcept>
#include <string>

#include "procfs/process_file.h"

namespace openmosix {

std::uint64_t stack_limit_of(pid_t pid) {
    constexpr std::size_t max_size = 8192;
    constexpr const char* name = "Max stack size";
    std::istringstream lines(read_process_file(pid, "limits", max_size));
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(name)) {
            continue;
        }
        std::istringstream words(line.substr(std::string(name).size()));
        std::string soft;
        words >> soft;
        if (soft == "unlimited") {
            return RLIM_INFINITY;
        }
        std::uint64_t value = 0;
        if (std::istringstream(soft) >> value) {
            return value;
        }
    }
    throw std::runtime_error("/proc/" + std::to_string(pid) + "/limits has no stack size");
}

}  // namespace openmosix
