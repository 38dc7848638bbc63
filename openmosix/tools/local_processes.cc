// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/local_processes.h"

#include <pwd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>

namespace openmosix {

std::vector<pid_t> all_processes() {
    std::vector<pid_t> pids;
    for (const auto& folder : std::filesystem::directory_iterator("/proc")) {
        const std::string name = folder.path().filename().string();
        pid_t pid = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (error == std::errc() && end == name.data() + name.size()) {
            pids.push_back(pid);
        }
    }
    std::ranges::sort(pids);
    return pids;
}

std::string user_name(uid_t user) {
    const passwd* const entry = ::getpwuid(user);
    return entry == nullptr ? std::to_string(user) : entry->pw_name;
}

}  // namespace openmosix
