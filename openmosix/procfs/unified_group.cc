// SPDX-License-Identifier: GPL-2.0-or-later
#include "procfs/unified_group.h"

#include <sstream>

namespace openmosix {

std::string unified_group(const std::string& content) {
    std::istringstream lines(content);
    for (std::string line; std::getline(lines, line);) {
        constexpr const char* unified = "0::/";
        if (line.starts_with(unified)) {
            return line.substr(3);
        }
    }
    return {};
}

}  // namespace openmosix
