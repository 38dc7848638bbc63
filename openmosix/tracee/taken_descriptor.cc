// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracee/taken_descriptor.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace openmosix {

clusterdisc::FileDescriptor take_descriptor(pid_t pid, int number) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    const clusterdisc::FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    clusterdisc::FileDescriptor file(static_cast<int>(::syscall(SYS_pidfd_getfd, process.number(), number, 0)));
    if (!file.is_open()) {
        throw std::system_error(errno, std::generic_category(),
                                "process " + std::to_string(pid) + ": file descriptor " + std::to_string(number));
    }
    return file;
}

}  // namespace openmosix
