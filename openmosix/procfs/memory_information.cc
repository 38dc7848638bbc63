// SPDX-License-Identifier: GPL-2.0-or-later
#include "procfs/memory_information.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "common/file.h"

namespace openmosix {

namespace {

std::uint64_t bytes_of(std::string_view name) {
    constexpr std::uint64_t bytes_of_kilobyte = 1024;
    constexpr std::size_t longest = 65536;
    return kilobytes_of(clusterdisc::read_file("/proc/meminfo", longest).value_or(""), name) * bytes_of_kilobyte;
}

}  // namespace

std::uint64_t kilobytes_of(std::string_view meminfo, std::string_view name) {
    while (!meminfo.empty()) {
        std::string_view line = meminfo.substr(0, meminfo.find('\n'));
        meminfo.remove_prefix(std::min(line.size() + 1, meminfo.size()));
        if (!line.starts_with(name) || !line.substr(name.size()).starts_with(':')) {
            continue;
        }
        line.remove_prefix(name.size() + 1);
        line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
        std::uint64_t kilobytes = 0;
        const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), kilobytes);
        return error == std::errc() ? kilobytes : 0;
    }
    return 0;
}

std::uint64_t available_memory() {
    return bytes_of("MemAvailable");
}

std::uint64_t free_swap() {
    return bytes_of("SwapFree");
}

}  // namespace openmosix
