// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracee/process_end.h"

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "freeze/process_file.h"

namespace openmosix {

bool has_ended(pid_t pid) {
    constexpr std::size_t longest_status = std::size_t{64} << 10U;
    constexpr std::uint64_t kill = std::uint64_t{1} << (SIGKILL - 1U);
    constexpr int hexadecimal = 16;
    std::string status;
    try {
        status = read_process_file(pid, "status", longest_status);
    } catch (const std::runtime_error&) {
        return true;
    }
    const bool has_memory = status.find("\nVmSize:") != std::string::npos;
    const std::uint64_t pending =
        status_number(status, "SigPnd", hexadecimal) | status_number(status, "ShdPnd", hexadecimal);
    return !has_memory || (pending & kill) != 0;
}

ProcessEnded::ProcessEnded() : std::system_error(ESRCH, std::generic_category()) {}

void fail_for(pid_t pid, int error, const std::string& what) {
    if (has_ended(pid)) {
        throw ProcessEnded();
    }
    throw std::system_error(error, std::generic_category(), what);
}

}  // namespace openmosix
