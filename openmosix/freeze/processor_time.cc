// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/processor_time.h"

#include <charconv>
#include <string>

#include "common/file.h"

namespace openmosix {

std::uint64_t processor_time_of(pid_t pid) {
    const auto text = clusterdisc::read_file("/proc/" + std::to_string(pid) + "/schedstat", 4096);
    std::uint64_t time = 0;
    if (text) {
        std::from_chars(text->data(), text->data() + text->size(), time);
    }
    return time;
}

}  // namespace openmosix
