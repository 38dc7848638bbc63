// SPDX-License-Identifier: GPL-2.0-or-later
#include "procfs/group_memory.h"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <limits>

#include "common/file.h"
#include "procfs/unified_group.h"

namespace openmosix {

std::uint64_t room_in_group(const std::string& directory) {
    std::ifstream limit_file(directory + "/memory.max");
    std::ifstream used_file(directory + "/memory.current");
    std::uint64_t limit = 0;
    std::uint64_t used = 0;
    if (limit_file >> limit && used_file >> used) {
        return limit - std::min(limit, used);
    }
    return std::numeric_limits<std::uint64_t>::max();
}

std::uint64_t room_in_own_group() {
    constexpr std::size_t longest = 65536;
    return room_in_group("/sys/fs/cgroup" +
                         unified_group(clusterdisc::read_file("/proc/self/cgroup", longest).value_or("")));
}

}  // namespace openmosix
