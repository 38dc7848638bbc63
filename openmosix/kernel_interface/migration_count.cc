// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_interface/migration_count.h"

#include <charconv>
#include <string>
#include <system_error>

#include "procfs/process_file.h"

namespace openmosix::kernel {

std::uint32_t read_migration_count(pid_t pid) {
    constexpr std::size_t max_size = 64;
    std::uint32_t count = 0;
    try {
        const std::string text = find_process_file(pid, "nmigs", max_size).value_or("");
        std::from_chars(text.data(), text.data() + text.size(), count);
    } catch (const std::system_error&) {
        // This kernel does not count.
    }
    return count;
}

}  // namespace openmosix::kernel
