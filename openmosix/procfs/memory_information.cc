// SPDX-License-Identifier: GPL-2.0-or-later
#include "procfs/memory_information.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <string>

namespace openmosix {

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
    constexpr std::uint64_t bytes_of_kilobyte = 1024;
    std::ifstream file("/proc/meminfo");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return kilobytes_of(text, "MemAvailable") * bytes_of_kilobyte;
}

}  // namespace openmosix
