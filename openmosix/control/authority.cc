// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/authority.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>

#include "common/file.h"

namespace openmosix {

std::optional<ProcessOwner> parse_owner(std::string_view status) {
    constexpr std::string_view key = "\nUid:";
    const std::size_t start = status.find(key);
    if (start == std::string_view::npos) {
        return std::nullopt;
    }
    std::string_view line = status.substr(start + key.size());
    line = line.substr(0, line.find('\n'));
    ProcessOwner owner{};
    for (uid_t& user : owner) {
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), user);
        if (error != std::errc()) {
            return std::nullopt;
        }
        line.remove_prefix(static_cast<std::size_t>(end - line.data()));
    }
    return owner;
}

std::optional<ProcessOwner> read_owner(pid_t pid) {
    constexpr std::size_t longest_status = std::size_t{64} << 10U;
    try {
        const auto status = clusterdisc::read_file("/proc/" + std::to_string(pid) + "/status", longest_status);
        return status ? parse_owner(*status) : std::nullopt;
    } catch (const std::system_error&) {
        // ESRCH: it ended between open(2) and read(2).
        return std::nullopt;
    }
}

bool may_move(uid_t user, const ProcessOwner& owner) {
    return user == 0 || std::ranges::all_of(owner, [user](uid_t its) { return its == user; });
}

}  // namespace openmosix
